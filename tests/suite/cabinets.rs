//! Cabinets that another program wrote (tests/samples), and cabinets made here: damaged, of a set, hostile.

use std::io::Write;
use std::sync::Arc;

use belljar::index::IndicatorSet;
use belljar::model::{ArtifactSummary, Limits, ScanEvent};
use belljar::scan;
use flate2::Compression;
use flate2::write::DeflateEncoder;

use crate::locked;
use crate::samples::sample;

fn events(set: &Arc<IndicatorSet>, bytes: &[u8], size: usize) -> Vec<ScanEvent> {
    locked::events("a.cab", Limits::default(), set, bytes, &[], size)
}

fn told(events: &[ScanEvent]) -> Vec<&str> {
    let all = events.iter().filter_map(|event| match event {
        ScanEvent::Diagnostic(told) => Some(told.code.as_str()),
        _ => None,
    });
    all.collect()
}

/// What came out of the cabinet.
fn members(events: &[ScanEvent]) -> Vec<&ArtifactSummary> {
    let all = events.iter().filter_map(|event| match event {
        ScanEvent::Artifact(artifact) if artifact.artifact.starts_with("a.cab > ") => Some(artifact),
        _ => None,
    });
    all.collect()
}

/// Names, sizes and whether complete.
fn listed(events: &[ScanEvent]) -> Vec<(&str, u64, bool)> {
    let all = members(events);
    let all = all.into_iter().map(|one| (&one.artifact["a.cab > ".len()..], one.size, one.complete));
    all.collect()
}

/// A file as it is listed: name, place in its folder, size, number of its folder, attributes.
type Listed<'f> = (&'f [u8], u32, u32, u16, u16);

/// The checksum method of [MS-CAB].
fn checksum(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let sum = words.iter().fold(0, |sum, word| sum ^ u32::from_le_bytes(*word));
    sum ^ rest.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

/// Blocks as they stand in a cabinet: packed bytes, and how many they unpack to.
fn blocks(parts: &[(Vec<u8>, usize)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (packed, size) in parts {
        let sizes = [(packed.len() as u16).to_le_bytes(), (*size as u16).to_le_bytes()].concat();
        out.extend((checksum(packed) ^ checksum(&sizes)).to_le_bytes());
        out.extend(sizes);
        out.extend(packed);
    }
    out
}

/// A cabinet: folders with a method, a count of blocks, and the number of the run of blocks that they have.
fn cabinet(folders: &[(u16, u16, usize)], runs: &[Vec<u8>], files: &[Listed<'_>]) -> Vec<u8> {
    let mut list = Vec::new();
    for (name, start, size, folder, attributes) in files {
        list.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
        list.extend(folder.to_le_bytes());
        list.extend([0x90, 0x51, 0, 0x50]);
        list.extend(attributes.to_le_bytes());
        list.extend(*name);
        list.push(0);
    }
    let files_at = 36 + folders.len() * 8;
    let mut starts = vec![files_at + list.len()];
    for run in runs {
        starts.push(starts.last().expect("one") + run.len());
    }
    let mut out = b"MSCF\0\0\0\0".to_vec();
    for field in [starts[runs.len()], 0, files_at, 0] {
        out.extend((field as u32).to_le_bytes());
    }
    out.extend([3, 1]);
    for field in [folders.len(), files.len(), 0, 1, 0] {
        out.extend((field as u16).to_le_bytes());
    }
    for (method, count, run) in folders {
        out.extend((starts[*run] as u32).to_le_bytes());
        out.extend([count.to_le_bytes(), method.to_le_bytes()].concat());
    }
    out.extend(list);
    runs.iter().for_each(|run| out.extend(run));
    out
}

fn mszip(content: &[u8]) -> (Vec<u8>, usize) {
    let mut encoder = DeflateEncoder::new(b"CK".to_vec(), Compression::best());
    encoder.write_all(content).expect("memory");
    (encoder.finish().expect("memory"), content.len())
}

const TEXT: &[u8] = b"one content, another one";

/// Two folders, stored and packed, with three files.
fn small() -> Vec<u8> {
    let runs = [blocks(&[(TEXT.to_vec(), TEXT.len())]), blocks(&[mszip(TEXT)])];
    let files: [Listed<'_>; 3] =
        [(b"one.txt", 0, 11, 0, 0x20), (b"two.txt", 11, 13, 0, 0x20), (b"packed.txt", 0, 24, 1, 0x20)];
    cabinet(&[(0, 1, 0), (1, 1, 1)], &runs, &files)
}

#[test]
fn bytes_of_a_folder_that_no_member_names_are_told() {
    let set = scan::compile(&[]);
    let run = [blocks(&[(TEXT.to_vec(), TEXT.len())])];
    let codes = |files: &[Listed<'_>]| {
        let bytes = cabinet(&[(0, 1, 0)], &run, files);
        let all = events(&set, &bytes, bytes.len());
        told(&all).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let one = |start: u32, size: u32| -> Listed<'static> { (b"one.txt", start, size, 0, 0x20) };
    assert_eq!(codes(&[one(0, 24)]), Vec::<String>::new());
    assert_eq!(codes(&[one(0, 24), one(3, 5)]), Vec::<String>::new());
    for files in [&[one(1, 23)][..], &[one(0, 23)], &[one(0, 11), one(13, 11)], &[]] {
        assert_eq!(codes(files), ["cab-left-over-bytes"], "{files:?}");
    }
    let quantum = cabinet(&[(2, 1, 0)], &run, &[]);
    assert_eq!(told(&events(&set, &quantum, 7)), ["cab-left-over-bytes"]);
}

/// What cabextract 1.9 takes out of both samples.
const CONTENTS: [(&str, u64, &str); 4] = [
    ("access.log", 35_001, "005d8907121542a165d5143eeadc773cd66d521f4b7a3f1dc69070efacdcde93"),
    ("zeros.bin", 40_000, "e7e2dcff542de95352682dc186432e98f0188084896773f1973276b0577d5305"),
    ("program.bin", 25_001, "499d5ef813a78805f65ce4cecbef231689007557ee2dd84e33bc74970f7983fb"),
    ("tail.txt", 8, "00df70a2ec5a8bfe4e68d00aba75792b839ea84aa70aa1dd4dfe0e7116e253cc"),
];

#[test]
fn members_have_the_digests_that_another_reader_finds_however_the_file_is_cut() {
    let set = scan::compile(&[]);
    for name in ["cab/mszip.cab", "cab/lzx.cab"] {
        let bytes = sample(name);
        let whole = events(&set, &bytes, bytes.len());
        assert_eq!(told(&whole), [] as [&str; 0], "{name}");
        let found: Vec<(String, u64, String)> = members(&whole)
            .iter()
            .map(|one| (one.artifact["a.cab > ".len()..].to_owned(), one.size, one.digests.sha256.clone()))
            .collect();
        let wanted = CONTENTS.map(|(name, size, digest)| (name.to_owned(), size, digest.to_owned())).to_vec();
        assert_eq!(found, wanted, "{name}");
        for size in [1, 7, 4_096] {
            assert!(events(&set, &bytes, size) == whole, "{name} in blocks of {size}");
        }
    }
}

#[test]
fn every_prefix_is_told() {
    let set = scan::compile(&[]);
    let small = small();
    assert_eq!(told(&events(&set, &small, 7)), [] as [&str; 0]);
    for length in 8..small.len() {
        assert_ne!(told(&events(&set, &small[..length], 7)), [] as [&str; 0], "{length}");
    }
    for name in ["cab/mszip.cab", "cab/lzx.cab"] {
        let bytes = sample(name);
        for length in (8..bytes.len()).step_by(bytes.len() / 40) {
            assert_ne!(told(&events(&set, &bytes[..length], 4_096)), [] as [&str; 0], "{name}: {length}");
        }
    }
}

#[test]
fn damage_never_breaks_the_scan_and_the_blocks_do_not_matter() {
    let set = scan::compile(&[]);
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for (bytes, rounds) in [(small(), 1_500), (sample("cab/mszip.cab"), 60), (sample("cab/lzx.cab"), 120)] {
        for round in 0..rounds {
            let mut damaged = bytes.clone();
            for _ in 0..=round % 3 {
                let at = if next(2) == 0 { next(bytes.len().min(160)) } else { next(bytes.len()) };
                damaged[at.max(8)] = [0, 0xFF, next(256) as u8][next(3)];
            }
            let whole = events(&set, &damaged, damaged.len());
            if round % 8 == 0 {
                assert!(events(&set, &damaged, 13) == whole, "round {round}");
            }
        }
    }
}

#[test]
fn a_wrong_checksum_is_told_and_the_content_is_examined() {
    let mut bytes = small();
    let at = memchr::memmem::find(&bytes, TEXT).expect("stored");
    bytes[at + 1] ^= 1;
    let all = events(&scan::compile(&[]), &bytes, 7);
    assert_eq!(told(&all), ["cab-checksum", "cab-checksum"]);
    assert_eq!(listed(&all), [("one.txt", 11, false), ("two.txt", 13, false), ("packed.txt", 24, true)]);
}

#[test]
fn files_of_one_name_or_with_shared_bytes_all_come_out() {
    let runs = [blocks(&[(TEXT.to_vec(), TEXT.len())])];
    let files: [Listed<'_>; 4] =
        [(b"a", 0, 24, 0, 0), (b"a", 0, 24, 0, 0), (b"b", 13, 11, 0, 0), (b"gr\xFCn", 0, 0, 0, 0)];
    let all = events(&scan::compile(&[]), &cabinet(&[(0, 1, 0)], &runs, &files), 7);
    assert_eq!(told(&all), [] as [&str; 0]);
    assert_eq!(listed(&all), [("a", 24, true), ("gr\u{fc}n", 0, true), ("a", 24, true), ("b", 11, true)]);
    // So many that a folder would be unpacked again and again are named.
    let files = [(&b"a"[..], 0, 24, 0, 0); 30];
    let all = events(&scan::compile(&[]), &cabinet(&[(0, 1, 0)], &runs, &files), 7);
    assert_eq!((told(&all), listed(&all).len()), (vec!["cab-overlap"], 8));
}

#[test]
fn members_that_span_cabinets_of_a_set_are_named() {
    let set = scan::compile(&[]);
    let runs = [blocks(&[(TEXT.to_vec(), TEXT.len()), (b"more".to_vec(), 0)])];
    let files: [Listed<'_>; 2] = [(b"whole", 0, 20, 0, 0), (b"cut", 20, 40, 0xFFFE, 0)];
    let all = events(&set, &cabinet(&[(0, 2, 0)], &runs, &files), 7);
    assert_eq!(told(&all), ["cab-continued"]);
    assert_eq!(listed(&all), [("whole", 20, true), ("cut", 4, false)]);
    let files: [Listed<'_>; 2] = [(b"cut", 20, 40, 0xFFFD, 0), (b"behind", 60, 4, 0, 0)];
    let all = events(&set, &cabinet(&[(0, 2, 0)], &runs, &files), 7);
    assert_eq!(told(&all), ["cab-continued", "cab-not-examined"]);
}

#[test]
fn a_method_that_is_not_read_is_named() {
    let runs = [blocks(&[(TEXT.to_vec(), TEXT.len())])];
    let all = events(&scan::compile(&[]), &cabinet(&[(0x1472, 1, 0)], &runs, &[(b"a", 0, 24, 0, 0)]), 7);
    assert_eq!(told(&all), ["cab-method-unsupported"]);
    let message = all.iter().find_map(|event| match event {
        ScanEvent::Diagnostic(told) => Some(told.message.as_str()),
        _ => None,
    });
    assert!(message.expect("told").contains("Quantum"));
}

#[test]
fn what_stands_behind_a_cabinet_is_a_member() {
    let bytes = [small(), b"a signature".to_vec()].concat();
    let all = events(&scan::compile(&[]), &bytes, 7);
    assert_eq!(told(&all), [] as [&str; 0]);
    assert_eq!(listed(&all).last(), Some(&("11 bytes behind the cabinet", 11, true)));
}

#[test]
fn folders_that_share_their_blocks_do_not_keep_the_reader_busy() {
    let zeros = vec![0; 32 << 10];
    let runs = [blocks(&vec![mszip(&zeros); 3_000])];
    let files: Vec<Listed<'_>> = (0..200).map(|folder| (&b"a"[..], 98_000_000, 1, folder, 0)).collect();
    let bytes = cabinet(&vec![(1, 3_000, 0); 200], &runs, &files);
    let all = events(&scan::compile(&[]), &bytes, bytes.len());
    assert!(told(&all).contains(&"limit-ratio"), "{:?}", told(&all));
}
