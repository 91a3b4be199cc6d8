//! Registry hives, made by the layout that Suhanov's "Windows registry file format specification" publishes.

use belljar::identify;
use belljar::model::ArtifactKind::{self, Hive};

use crate::mutation::survive;
use crate::parts::{All, decoded};

/// Ticks of 2020-12-16T10:00:00Z.
const WRITTEN: u64 = 132_525_864_000_000_000;

/// Writes cells into one bin.
struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn new() -> Writer {
        let mut bytes = b"regf".to_vec();
        bytes.resize(4_096, 0);
        bytes[4] = 1;
        bytes[8] = 1;
        bytes[20] = 1;
        bytes[24] = 5;
        bytes.extend_from_slice(b"hbin");
        bytes.resize(4_096 + 32, 0);
        Writer { bytes }
    }

    /// Appends a cell; returns its offset.
    fn cell(&mut self, content: &[u8], used: bool) -> u32 {
        let at = self.bytes.len() - 4_096;
        let size = (content.len() + 4).next_multiple_of(8) as i32;
        self.bytes.extend_from_slice(&if used { -size } else { size }.to_le_bytes());
        self.bytes.extend_from_slice(content);
        self.bytes.resize(4_096 + at + size as usize, 0);
        at as u32
    }

    fn key(&mut self, name: &str, parent: Option<u32>, values: &[u32]) -> u32 {
        let list: Vec<u8> = values.iter().flat_map(|at| at.to_le_bytes()).collect();
        let list = if values.is_empty() { u32::MAX } else { self.cell(&list, true) };
        let mut cell = b"nk".to_vec();
        cell.extend_from_slice(&(0x20 | if parent.is_none() { 4u16 } else { 0 }).to_le_bytes());
        cell.extend_from_slice(&WRITTEN.to_le_bytes());
        cell.resize(76, 0);
        cell[16..20].copy_from_slice(&parent.unwrap_or(0).to_le_bytes());
        cell[36..40].copy_from_slice(&(values.len() as u32).to_le_bytes());
        cell[40..44].copy_from_slice(&list.to_le_bytes());
        cell[72..74].copy_from_slice(&(name.len() as u16).to_le_bytes());
        cell.extend_from_slice(name.as_bytes());
        self.cell(&cell, true)
    }

    fn value(&mut self, name: &str, kind: u32, data: &[u8]) -> u32 {
        let (size, at) = match data.len() {
            0..=4 => {
                let mut inline = data.to_vec();
                inline.resize(4, 0);
                let inline = u32::from_le_bytes([inline[0], inline[1], inline[2], inline[3]]);
                (data.len() as u32 | 1 << 31, inline)
            }
            length if length > 16_344 => {
                let pieces: Vec<u8> =
                    data.chunks(16_344).flat_map(|piece| self.cell(piece, true).to_le_bytes()).collect();
                let count = (pieces.len() / 4) as u16;
                let list = self.cell(&pieces, true);
                let head = [b"db", &count.to_le_bytes()[..], &list.to_le_bytes()].concat();
                (length as u32, self.cell(&head, true))
            }
            length => (length as u32, self.cell(data, true)),
        };
        let mut cell = b"vk".to_vec();
        cell.extend_from_slice(&(name.len() as u16).to_le_bytes());
        for number in [size, at, kind, 1] {
            cell.extend_from_slice(&number.to_le_bytes());
        }
        cell.extend_from_slice(name.as_bytes());
        self.cell(&cell, true)
    }

    fn finish(mut self) -> Vec<u8> {
        let rest = self.bytes.len().next_multiple_of(4_096) - self.bytes.len();
        if rest > 4 {
            self.cell(&vec![0; rest - 4], false);
        }
        let length = (self.bytes.len() - 4_096) as u32;
        self.bytes[40..44].copy_from_slice(&length.to_le_bytes());
        self.bytes[4_096 + 8..4_096 + 12].copy_from_slice(&length.to_le_bytes());
        self.bytes
    }
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

fn made() -> Vec<u8> {
    let mut hive = Writer::new();
    let root = hive.key("ROOT", None, &[]);
    let software = hive.key("Software", Some(root), &[]);
    let values = [
        hive.value("Updater", 1, &wide("powershell -c http://evil.example/a")),
        hive.value("", 4, &7u32.to_le_bytes()),
        hive.value("Blob", 3, &wide("\u{1}binary.evil.example")),
        hive.value("Long", 3, &[&vec![1; 20_000][..], b"long.evil.example"].concat()),
    ];
    hive.key("Run", Some(software), &values);
    hive.cell(b"vk deleted.evil.example", false);
    hive.finish()
}

fn lines(all: &All) -> Vec<&str> {
    all.records.iter().map(|record| record.text.as_str()).collect()
}

#[test]
fn every_value_is_a_record_with_the_path_and_time_of_its_key() {
    let bytes = made();
    assert_eq!(identify::identify(&bytes[..4_096], false).kind, Hive);
    let all = decoded(Hive, &bytes, bytes.len());
    assert!(all.diagnostics.is_empty(), "{:?}", all.diagnostics);
    assert_eq!(
        lines(&all),
        [
            r"Key=ROOT",
            r"Key=ROOT\Software",
            r"Key=ROOT\Software\Run Value=Updater Type=REG_SZ Data=powershell -c http://evil.example/a",
            r"Key=ROOT\Software\Run Value=(default) Type=REG_DWORD Data=7",
            r"Key=ROOT\Software\Run Value=Blob Type=REG_BINARY Size=42",
            r"Key=ROOT\Software\Run Value=Long Type=REG_BINARY Size=20017",
        ]
    );
    assert_eq!(all.records[2].time.map(|time| time.to_string()).as_deref(), Some("2020-12-16T10:00:00Z"));
    let names: Vec<&str> = all.members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["binary values", "unused cells"]);
    for (member, text) in [
        (0, wide("binary.evil.example")),
        (0, b"evil.example".to_vec()),
        (1, b"deleted.evil.example".to_vec()),
    ] {
        assert!(memchr::memmem::find(&all.members[member].bytes, &text).is_some(), "{member}");
        assert_eq!(all.members[member].kind, Some(ArtifactKind::Binary));
    }
}

#[test]
fn data_of_another_type_than_stated_is_searched() {
    let mut hive = Writer::new();
    let values = [
        hive.value("Text", 1, b"cmd /c start http://evil.example/a"),
        hive.value("Number", 4, b"\x01\0\0\0\0\0\0\0http://number.evil.example/"),
        hive.value("Ordinary", 1, &wide("ordinary text")),
    ];
    hive.key("ROOT", None, &values);
    let bytes = hive.finish();
    let all = decoded(Hive, &bytes, bytes.len());
    let binary = &all.members[0].bytes;
    for text in ["http://evil.example/a", "http://number.evil.example/"] {
        assert!(memchr::memmem::find(binary, text.as_bytes()).is_some(), "{text}");
    }
    assert_eq!(memchr::memmem::find(binary, &wide("ordinary")[..8]), None);
}

#[test]
fn a_hive_in_use_and_a_log_are_told() {
    let mut bytes = made();
    bytes[4] = 2;
    assert_eq!(decoded(Hive, &bytes, 4_096).diagnostics[0].code, "hive-in-use");
    bytes[28] = 6;
    let all = decoded(Hive, &bytes, 4_096);
    assert_eq!(all.diagnostics[0].code, "hive-log");
    assert_eq!(all.members[0].bytes, bytes);
}

#[test]
fn every_prefix_is_read_as_far_as_it_goes() {
    let bytes = made();
    for length in (0..bytes.len()).step_by(41) {
        let all = decoded(Hive, &bytes[..length], length.max(1));
        assert!(!all.diagnostics.is_empty(), "{length}");
        assert_eq!(decoded(Hive, &bytes[..length], 977), all, "{length}");
    }
    for size in [1, 7, 4_096] {
        assert_eq!(decoded(Hive, &bytes, size), decoded(Hive, &bytes, bytes.len()), "{size}");
    }
}

#[test]
fn damaged_hives_end_and_come_to_no_more_than_they_hold() {
    survive(Hive, &made(), 2_000, 4 << 20);
}
