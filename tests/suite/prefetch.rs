//! Prefetch files made here by the published layout, of every version, and packed as Windows 10 packs them.

use belljar::identify;
use belljar::model::ArtifactKind::Prefetch;
use belljar::model::{Field, Limits, ScanEvent};
use belljar::{pack, scan};

use crate::mutation::survive;
use crate::parts::decoded;

/// 2020-12-16T10:00:00Z.
const RUN: u64 = 132_525_864_000_000_000;

const FILES: [&str; 2] =
    [r"\VOLUME{01d1-beef}\WINDOWS\SYSTEM32\NTDLL.DLL", r"\VOLUME{01d1-beef}\USERS\PUBLIC\MIMI.EXE"];

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A file of this version: bytes of its information, its times, where the count of runs stands, and bytes of a volume.
fn file(version: u32, information: usize, times: (usize, u64), count: usize, volume: usize) -> Vec<u8> {
    let mut all = vec![0; 84 + information];
    let put =
        |all: &mut Vec<u8>, at: usize, value: u32| all[at..at + 4].copy_from_slice(&value.to_le_bytes());
    put(&mut all, 0, version);
    all[4..8].copy_from_slice(b"SCCA");
    all[16..32].copy_from_slice(&wide("MIMI.EXE"));
    put(&mut all, 76, 0xC0FF_EE00);
    put(&mut all, count, 7);
    for nth in 0..times.1 {
        let at = times.0 + nth as usize * 8;
        all[at..at + 8].copy_from_slice(&(RUN - nth * 36_000_000_000).to_le_bytes());
    }
    let metrics = all.len() as u32;
    put(&mut all, 84, metrics);
    all.extend_from_slice(&[0xAB; 32]);
    let strings: Vec<u8> = FILES.iter().flat_map(|file| [wide(file), vec![0; 2]].concat()).collect();
    let at = all.len() as u32;
    put(&mut all, 100, at);
    put(&mut all, 104, strings.len() as u32);
    all.extend_from_slice(&strings);
    let mut section = vec![0; volume];
    let directory = r"\VOLUME{01d1-beef}\USERS\PUBLIC";
    put(&mut section, 0, volume as u32);
    put(&mut section, 4, 18);
    section[8..16].copy_from_slice(&(RUN - 1_000_000_000_000_000).to_le_bytes());
    put(&mut section, 16, 0xBEEF);
    put(&mut section, 28, volume as u32 + 36);
    put(&mut section, 32, 1);
    section.extend_from_slice(&wide(r"\VOLUME{01d1-beef}"));
    section.extend_from_slice(&(directory.len() as u16).to_le_bytes());
    section.extend_from_slice(&wide(directory));
    section.extend_from_slice(&[0, 0]);
    let at = all.len() as u32;
    put(&mut all, 108, at);
    put(&mut all, 112, 1);
    put(&mut all, 116, section.len() as u32);
    all.extend_from_slice(&section);
    let size = all.len() as u32;
    put(&mut all, 12, size);
    all
}

/// One of each version; version 30 has two forms.
fn every_version() -> [Vec<u8>; 6] {
    [
        file(17, 68, (120, 1), 144, 40),
        file(23, 156, (128, 1), 152, 104),
        file(26, 224, (128, 8), 208, 104),
        file(30, 220, (128, 8), 208, 96),
        file(30, 212, (128, 3), 200, 96),
        file(31, 212, (128, 8), 200, 96),
    ]
}

/// Packs with codes of nine bits for everything and no matches ([MS-XCA] section 2.1.4).
fn packed(plain: &[u8]) -> Vec<u8> {
    let mut all = [b"MAM\x04".to_vec(), (plain.len() as u32).to_le_bytes().to_vec()].concat();
    for block in plain.chunks(1 << 16) {
        all.extend_from_slice(&[0x99; 256]);
        let bits: Vec<u16> =
            block.iter().flat_map(|byte| (0..9).rev().map(|bit| u16::from(*byte) >> bit & 1)).collect();
        for unit in bits.chunks(16) {
            let value = unit.iter().enumerate().fold(0, |value, (at, bit)| value | bit << (15 - at));
            all.extend_from_slice(&value.to_le_bytes());
        }
        all.extend_from_slice(&[0; 2]);
    }
    all
}

#[test]
fn every_version_tells_runs_volumes_and_files() {
    for (bytes, runs) in every_version().iter().zip([1, 1, 8, 8, 3, 8]) {
        assert_eq!(identify::identify(bytes, true).kind, Prefetch);
        let all = decoded(Prefetch, bytes, bytes.len());
        assert!(all.diagnostics.is_empty(), "{:?}", all.diagnostics);
        let texts: Vec<&str> = all.records.iter().map(|record| record.text.as_str()).collect();
        assert_eq!(
            texts[0],
            r"Run=2020-12-16T10:00:00Z Process=MIMI.EXE Path=\VOLUME{01d1-beef}\USERS\PUBLIC\MIMI.EXE RunCount=7 PathHash=C0FFEE00"
        );
        assert_eq!(texts.iter().filter(|text| text.starts_with("Run=")).count(), runs);
        assert_eq!(texts[runs..runs + 2], FILES.map(|file| format!("File={file} Process=MIMI.EXE")));
        assert_eq!(
            texts[runs + 2..],
            [
                r"Volume=\VOLUME{01d1-beef} VolumeCreated=2017-10-16T00:13:20Z VolumeSerial=0000BEEF",
                r"Directory=\VOLUME{01d1-beef}\USERS\PUBLIC Process=MIMI.EXE",
            ]
        );
        let file = &all.records[runs];
        assert_eq!(file.time, all.records[0].time);
        assert_eq!(file.fields[0].0, Field::File);
        let place = file.offset as usize..(file.offset + file.length) as usize;
        assert_eq!(bytes[place], wide(FILES[0]));
        assert!(memchr::memmem::find(&all.members[0].bytes, &[0xAB; 32]).is_some());
    }
}

#[test]
fn a_packed_file_is_unpacked_and_a_name_is_seen_with_the_time_it_ran() {
    let plain = file(30, 212, (128, 3), 200, 96);
    let bytes = packed(&plain);
    let all = decoded(Prefetch, &bytes, 7);
    assert!(all.diagnostics.is_empty(), "{:?}", all.diagnostics);
    assert!(all.members[0].bytes == plain && all.members[0].complete);
    let list = pack::read("list", vec![("i.csv".to_owned(), b"type,value\nfilename,mimi.exe\n".to_vec())]);
    let mut scanner = scan::Scanner::new(scan::compile(&[list]), Limits::default());
    let mut events: Vec<ScanEvent> = Vec::new();
    scanner.begin("MIMI.EXE-C0FFEE00.pf", &mut events);
    let _ = scanner.feed(&bytes, &mut events);
    scanner.finish(&mut events);
    let seen = events.iter().find_map(|event| match event {
        ScanEvent::Sighting(seen) => Some((seen.artifact.clone(), seen.time.map(|time| time.to_string()))),
        _ => None,
    });
    let path = "MIMI.EXE-C0FFEE00.pf > unpacked".to_owned();
    assert_eq!(seen, Some((path, Some("2020-12-16T10:00:00Z".to_owned()))));
}

#[test]
fn what_is_damaged_or_unknown_is_told() {
    let codes = |bytes: &[u8]| -> Vec<String> {
        decoded(Prefetch, bytes, 100).diagnostics.into_iter().map(|said| said.code).collect()
    };
    let mut other = file(31, 212, (128, 8), 200, 96);
    other[0] = 99;
    assert_eq!(codes(&other), ["prefetch-version"]);
    let mut huge = packed(&other);
    huge[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(codes(&huge), ["limit-held"]);
    let mut bomb = [b"MAM\x84".to_vec(), (64u32 << 20).to_le_bytes().to_vec(), vec![0; 4]].concat();
    bomb.extend_from_slice(&[0x99; 300]);
    assert_eq!(codes(&bomb), ["prefetch-damaged"]);
}

#[test]
fn every_prefix_is_read_as_far_as_it_goes() {
    for bytes in every_version().iter().chain([&packed(&every_version()[4])]) {
        for length in 8..bytes.len() - 3 {
            let all = decoded(Prefetch, &bytes[..length], length);
            assert!(!all.diagnostics.is_empty(), "{length}");
            assert_eq!(decoded(Prefetch, &bytes[..length], 7), all, "{length}");
        }
        survive(Prefetch, bytes, 1_000, 1 << 20);
    }
}
