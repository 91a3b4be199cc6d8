//! Journals that systemd wrote (tests/samples), and small ones made by systemd.io/JOURNAL_FILE_FORMAT.

use std::io::Read;

use belljar::identify;
use belljar::model::{ArtifactKind, Field};

use crate::mutation::survive;
use crate::parts::{All, decoded};
use crate::samples::sample;

fn unpacked(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let packed = sample(&format!("journal-packed/{name}.journal.gz"));
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("a good file");
    bytes
}

/// An xz stream of `MESSAGE=xz ` and sixty times `evil.example `, without a check, written by Python's lzma.
const XZ: &str = "fd377a585a000000ff12d9410200210116000000742fe5a3e0031600225d00269146c0d19457e495c7d8c8e516b50a4af255d566b80af748d93225a2825566e0000000000001369706000000b1943b57a8000afc020000000000595a";

/// Appends an object; returns its place.
fn object(file: &mut Vec<u8>, kind: u8, flags: u8, head: usize, payload: &[u8]) -> u64 {
    let at = file.len() as u64;
    file.extend_from_slice(&[kind, flags, 0, 0, 0, 0, 0, 0]);
    file.extend_from_slice(&((head + payload.len()) as u64).to_le_bytes());
    file.resize(file.len() + head - 16, 0);
    file.extend_from_slice(payload);
    file.resize(file.len().next_multiple_of(8), 0);
    at
}

/// An entry at a time in microseconds.
fn entry(file: &mut Vec<u8>, compact: bool, micros: u64, items: &[u64]) -> u64 {
    let width = if compact { 4 } else { 16 };
    let list: Vec<u8> = items
        .iter()
        .flat_map(|at| {
            let mut item = at.to_le_bytes().to_vec();
            item.resize(16, 0);
            item.truncate(width);
            item
        })
        .collect();
    let at = object(file, 3, 0, 64, &list);
    file[at as usize + 24..at as usize + 32].copy_from_slice(&micros.to_le_bytes());
    at
}

fn made(compact: bool) -> Vec<u8> {
    let mut file = b"LPKSHHRH".to_vec();
    file.resize(272, 0);
    file[12] = if compact { 16 } else { 0 } | 11;
    file[88..96].copy_from_slice(&272u64.to_le_bytes());
    let head = if compact { 72 } else { 64 };
    // The tables that lead to fields and to data, with no places in them; the name of a field.
    object(&mut file, 5, 0, 16, &[0; 32]);
    object(&mut file, 4, 0, 16, &[0; 32]);
    object(&mut file, 2, 0, 40, b"_HOSTNAME");
    let host = object(&mut file, 1, 0, head, b"_HOSTNAME=fta");
    let text = object(&mut file, 1, 0, head, b"MESSAGE=GET http://evil.example/a\nfrom 192.0.2.7");
    entry(&mut file, compact, 1_608_112_800_250_000, &[host, text]);
    let xz: Vec<u8> =
        (0..XZ.len()).step_by(2).map(|at| u8::from_str_radix(&XZ[at..at + 2], 16).expect("hex")).collect();
    let packed = object(&mut file, 1, 1, head, &xz);
    entry(&mut file, compact, 1_608_112_801_000_000, &[packed, host]);
    // LZ4: the length, then one block of literals (lz4_Block_format.md).
    let literal = b"MESSAGE=lz4 says evil.example";
    let block =
        [&(literal.len() as u64).to_le_bytes()[..], &[0xF0, literal.len() as u8 - 15], literal].concat();
    let packed = object(&mut file, 1, 2, head, &block);
    entry(&mut file, compact, 1_608_112_802_000_000, &[packed, host]);
    // Zstandard (RFC 8878, section 3.1.1): the magic number, a header with the length, then one last block that is raw.
    let literal = b"MESSAGE=zstd says evil.example";
    let length = literal.len() as u8;
    let frame =
        [&[0x28, 0xB5, 0x2F, 0xFD, 0x20, length], &[length << 3 | 1, length >> 5, 0][..], literal].concat();
    let packed = object(&mut file, 1, 4, head, &frame);
    let last = entry(&mut file, compact, 1_608_112_803_000_000, &[packed, host]);
    // A list of entries, and a seal over what stands before it.
    object(&mut file, 6, 0, 24, &last.to_le_bytes()[..if compact { 4 } else { 8 }]);
    object(&mut file, 7, 0, 64, &[]);
    object(&mut file, 1, 0, head, b"MESSAGE=no entry names this");
    let rest = file.len() as u64 - 272;
    file[96..104].copy_from_slice(&rest.to_le_bytes());
    file.resize(file.len() + 256, 0);
    file
}

fn lines(all: &All) -> Vec<&str> {
    all.records.iter().map(|record| record.text.as_str()).collect()
}

#[test]
fn entries_of_both_forms_of_real_files_have_time_and_fields_also_packed_ones() {
    for name in ["compact", "wide"] {
        let bytes = unpacked(name);
        assert_eq!(identify::identify(&bytes[..4_096], false).kind, ArtifactKind::Journal);
        let all = decoded(ArtifactKind::Journal, &bytes, 1 << 20);
        assert!(all.diagnostics.is_empty() && all.members.is_empty(), "{name}: {:?}", all.diagnostics);
        assert_eq!(all.records.len(), 32, "{name}");
        let first = &all.records[0];
        for pair in [
            "_HOSTNAME=fta",
            "SYSLOG_IDENTIFIER=sshd",
            "MESSAGE=Accepted password for root from 192.0.2.7 port 4711 ssh2",
        ] {
            assert!(first.text.contains(pair), "{name}: {}", first.text);
        }
        assert_eq!(first.time.map(|time| time.to_string()).as_deref(), Some("2020-12-16T10:00:00Z"));
        let second = &all.records[1];
        assert!(
            second.text.contains("MESSAGE=first line second line http://evil.example/a pad pad"),
            "{name}"
        );
        assert_eq!(second.time.map(|time| time.to_string()).as_deref(), Some("2020-12-16T10:00:01.25Z"));
        let process = second.fields.iter().find(|(field, _)| *field == Field::Process).expect("a process");
        assert_eq!(&second.text[process.1.clone()], "CRON");
        assert!(all.records[31].text.contains("MESSAGE=line 29"), "{name}");
    }
}

#[test]
fn a_real_file_that_was_cut_short_gives_what_is_there() {
    let bytes = unpacked("wide");
    let used = bytes.iter().rposition(|byte| *byte != 0).expect("something") + 1;
    let all = decoded(ArtifactKind::Journal, &bytes[..used - 3_000], 4_096);
    assert!((10..32).contains(&all.records.len()), "{}", all.records.len());
    assert_eq!(all.diagnostics[0].code, "journal-damaged");
}

#[test]
fn fields_packed_in_any_way_and_fields_without_entry_are_records() {
    for compact in [false, true] {
        let all = decoded(ArtifactKind::Journal, &made(compact), 7);
        assert!(all.diagnostics.is_empty(), "{:?}", all.diagnostics);
        let long = format!("_HOSTNAME=fta MESSAGE=xz {}", "evil.example ".repeat(60));
        assert_eq!(
            lines(&all),
            [
                "_HOSTNAME=fta MESSAGE=GET http://evil.example/a from 192.0.2.7",
                &long,
                "_HOSTNAME=fta MESSAGE=lz4 says evil.example",
                "_HOSTNAME=fta MESSAGE=zstd says evil.example",
                "MESSAGE=no entry names this",
            ]
        );
        assert!(all.records[4].time.is_none());
    }
}

#[test]
fn the_samples_that_the_fuzzer_begins_with_are_small_and_made_as_here() {
    for (name, compact) in [("compact", true), ("wide", false)] {
        let bytes = sample(&format!("journal/{name}.journal"));
        assert_eq!(identify::identify(&bytes, true).kind, ArtifactKind::Journal);
        assert!(bytes == made(compact) && bytes.len() < 3_000, "{name}: {} bytes", bytes.len());
    }
}

#[test]
fn every_prefix_is_read_as_far_as_it_goes() {
    let bytes = made(false);
    let used = bytes.len() - 256;
    for length in 0..used {
        let all = decoded(ArtifactKind::Journal, &bytes[..length], length.max(1));
        assert!(!all.diagnostics.is_empty(), "{length}");
        for size in [1, 7] {
            assert_eq!(decoded(ArtifactKind::Journal, &bytes[..length], size), all, "{length}");
        }
    }
}

#[test]
fn damaged_journals_end_and_come_to_no_more_than_they_hold() {
    survive(ArtifactKind::Journal, &made(false), 3_000, 4 << 20);
    survive(ArtifactKind::Journal, &made(true), 3_000, 4 << 20);
}
