//! Containers made here, whole, cut and damaged.

use std::io::Write;

use belljar::model::{ScanEvent, Sink};
use belljar::{pack, scan};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in members {
        let mut header = [0u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
        header[136..148].copy_from_slice(b"00000000000\0");
        header[148..156].copy_from_slice(b"        ");
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend_from_slice(&header);
        out.extend_from_slice(bytes);
        out.resize(out.len().div_ceil(512) * 512, 0);
    }
    out.resize(out.len() + 1_024, 0);
    out
}

/// A zip whose members are deflated or stored, with descriptors behind them where `open`.
fn zip(members: &[(&str, &[u8])], deflated: bool, open: bool) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in members {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let packed = if deflated {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes).expect("memory");
            encoder.finish().expect("memory")
        } else {
            bytes.to_vec()
        };
        let sizes = [crc.sum(), packed.len() as u32, bytes.len() as u32];
        let numbers = |values: [u32; 3]| values.into_iter().flat_map(u32::to_le_bytes).collect::<Vec<u8>>();
        let fixed = |sizes: [u32; 3]| {
            let mut fixed =
                vec![20, 0, if open { 8 } else { 0 }, 0, if deflated { 8 } else { 0 }, 0, 0, 0, 0, 0];
            fixed.extend(numbers(sizes));
            fixed.extend((name.len() as u16).to_le_bytes());
            fixed.extend([0, 0]);
            fixed
        };
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(fixed(sizes));
        directory.extend([0; 10]);
        directory.extend((out.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(fixed(if open { [0; 3] } else { sizes }));
        out.extend(name.as_bytes());
        out.extend(&packed);
        if open {
            out.extend(b"PK\x07\x08");
            out.extend(numbers(sizes));
        }
    }
    let start = out.len() as u32;
    let count = members.len() as u16;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn events(name: &str, bytes: &[u8], size: usize) -> Vec<ScanEvent> {
    let set = scan::compile(&pack::bundled().packs);
    events_with(&set, name, bytes, size)
}

fn events_with(
    set: &std::sync::Arc<belljar::index::IndicatorSet>,
    name: &str,
    bytes: &[u8],
    size: usize,
) -> Vec<ScanEvent> {
    let mut all = Vec::new();
    let mut scanner = scan::Scanner::new(set.clone(), Default::default());
    scanner.begin(name, &mut all as &mut dyn Sink);
    for block in bytes.chunks(size.max(1)) {
        scanner.feed(block, &mut all);
    }
    scanner.finish(&mut all);
    all
}

fn codes(events: &[ScanEvent]) -> Vec<String> {
    let codes = events.iter().filter_map(|event| match event {
        ScanEvent::Diagnostic(diagnostic) => Some(diagnostic.code.clone()),
        _ => None,
    });
    codes.collect()
}

fn artifacts(events: &[ScanEvent]) -> Vec<(String, u64, bool)> {
    let all = events.iter().filter_map(|event| match event {
        ScanEvent::Artifact(artifact) => Some((artifact.artifact.clone(), artifact.size, artifact.complete)),
        _ => None,
    });
    all.collect()
}

const LOG: &[u8] =
    b"192.0.2.9 - - [20/Dec/2020:10:00:00 +0000] \"GET /courier/oauth.api HTTP/1.1\" 200 12 \"-\" \"x\"\n";

/// One good file of each format, with a log inside.
fn good() -> Vec<(&'static str, Vec<u8>)> {
    let log = LOG.repeat(40);
    let members: [(&str, &[u8]); 3] = [("a/access_log", &log), ("empty", b""), ("b.txt", b"hello")];
    let mut twice = gzip(&log);
    twice.extend(gzip(&log));
    vec![
        ("log.gz", gzip(&log)),
        ("twice.gz", twice),
        ("a.tar", tar(&members)),
        ("stored.zip", zip(&members, false, false)),
        ("deflated.zip", zip(&members, true, false)),
        ("open-deflated.zip", zip(&members, true, true)),
        ("open-stored.zip", zip(&members, false, true)),
        ("nested.tgz", gzip(&tar(&[("in.zip", &zip(&members, true, true))]))),
    ]
}

#[test]
fn good_files_are_read_in_full_however_they_are_cut() {
    let set = scan::compile(&pack::bundled().packs);
    for (name, bytes) in good() {
        let whole = events_with(&set, name, &bytes, bytes.len());
        assert_eq!(codes(&whole), Vec::<String>::new(), "{name}");
        assert!(artifacts(&whole).iter().all(|(_, _, complete)| *complete), "{name}");
        let seen = whole.iter().filter(|event| matches!(event, ScanEvent::Sighting(_))).count();
        assert!(seen >= 40, "{name}: {seen}");
        for size in [1, 7, 4_096] {
            assert!(events_with(&set, name, &bytes, size) == whole, "{name} in blocks of {size}");
        }
    }
}

/// An archive in the hexadecimal form.
fn cpio(members: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, mode, bytes) in members.iter().chain(&[("TRAILER!!!", 0, &b""[..])]) {
        let (size, length) = (bytes.len(), name.len() + 1);
        out.extend(
            format!("070701{:08x}{mode:08x}{:032x}{size:08x}{:032x}{length:08x}{:08x}", 1, 0, 0, 0).bytes(),
        );
        out.extend(name.bytes().chain([0]));
        out.resize(out.len().next_multiple_of(4), 0);
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    out
}

#[test]
fn bytes_of_entries_of_any_kind_are_examined() {
    let mut odd = tar(&[("part", b"0123456789"), ("page.php/", b"0123456789")]);
    odd[156] = b'M';
    odd[148..156].fill(b' ');
    let sum: u32 = odd[..512].iter().map(|byte| u32::from(*byte)).sum();
    odd[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let listed = cpio(&[("plain", 0o644, b"0123456789"), ("folder", 0o040_755, b"0123456789")]);
    for (name, bytes) in [("a.tar", odd), ("a.cpio", listed)] {
        for size in [1, 7, bytes.len()] {
            let events = events(name, &bytes, size);
            let sizes: Vec<u64> = artifacts(&events).iter().map(|(_, size, _)| *size).collect();
            assert_eq!((codes(&events), sizes[..2].to_vec()), (vec![], vec![10, 10]), "{name}");
        }
    }
}

#[test]
fn what_follows_the_end_of_cpio_or_a_damaged_header_is_found_or_told() {
    let one = cpio(&[("one", 0o100_644, b"1")]);
    let three: [(&str, u32, &[u8]); 3] =
        [("one", 0o100_644, b"1"), ("two", 0o100_644, b"2"), ("three", 0o100_644, b"3")];
    let mut damaged = cpio(&three);
    damaged[116 + 4 + 20] = b'x';
    for (bytes, told, count) in [
        ([one.clone(), vec![0; 200], one.clone()].concat(), vec![], 2),
        ([one.clone(), vec![0; 200]].concat(), vec![], 1),
        ([one.clone(), b"other bytes".to_vec()].concat(), vec!["cpio-trailing-bytes"], 1),
        (damaged, vec!["cpio-corrupt"], 2),
    ] {
        for size in [1, 7, bytes.len()] {
            let events = events("a.cpio", &bytes, size);
            assert_eq!(
                (codes(&events), artifacts(&events).len() - 1),
                (told.iter().map(|code| (*code).to_owned()).collect(), count)
            );
        }
    }
}

#[test]
fn what_stands_behind_zeros_at_the_end_of_gzip_is_read_or_told() {
    let two = [gzip(b"one\n"), vec![0; 300], gzip(b"two\n")].concat();
    let other = [gzip(b"one\n"), vec![0; 300], b"other".to_vec()].concat();
    let only = [gzip(b"one\n"), vec![0; 300]].concat();
    for size in [1, 97, usize::MAX] {
        let told = |bytes: &[u8]| {
            let events = events("a.gz", bytes, size);
            (codes(&events), artifacts(&events)[0].1)
        };
        assert_eq!(told(&two), (vec![], 8));
        assert_eq!(told(&other), (vec!["gzip-trailing-bytes".to_owned()], 4));
        assert_eq!(told(&only), (vec![], 4));
    }
}

#[test]
fn every_prefix_is_told_and_nothing_breaks() {
    let set = scan::compile(&pack::bundled().packs);
    for (name, bytes) in good() {
        // Enough bytes that the format is known, so that the rest is missed.
        let known = if name.ends_with(".tar") { 512 } else { 4 };
        for length in known..bytes.len() {
            let events = events_with(&set, name, &bytes[..length], 61);
            let end_zeros = bytes[length..].iter().all(|byte| *byte == 0) && !name.ends_with("zip");
            let second = name == "twice.gz" && length == bytes.len() / 2;
            assert!(
                !codes(&events).is_empty() || end_zeros || second,
                "{name} cut to {length} of {}",
                bytes.len()
            );
        }
    }
}

#[test]
fn damaged_files_never_break_the_scanner() {
    let set = scan::compile(&pack::bundled().packs);
    let rounds: u64 =
        std::env::var("BELLJAR_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(150);
    let mut number = 1u64;
    let mut next = |below: usize| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (number >> 33) as usize % below.max(1)
    };
    for (name, bytes) in good() {
        for _ in 0..rounds {
            let mut bytes = bytes.clone();
            for _ in 0..=next(8) {
                let at = next(bytes.len());
                match next(3) {
                    0 => bytes[at] = next(256) as u8,
                    1 => bytes.truncate(at.max(4)),
                    _ => {
                        let part = bytes[at..(at + next(64)).min(bytes.len())].to_vec();
                        let to = next(bytes.len());
                        bytes.splice(to..to, part);
                    }
                }
            }
            let whole = events_with(&set, name, &bytes, usize::MAX);
            assert!(events_with(&set, name, &bytes, 13) == whole, "{name}: the cut shows in a damaged file");
        }
    }
}

#[test]
fn a_bomb_is_stopped_and_the_rest_is_read() {
    let zeros = vec![0u8; 16 << 20];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..40 {
        encoder.write_all(&zeros).expect("memory");
    }
    let bomb = encoder.finish().expect("memory");
    let events = events("bomb.gz", &bomb, 1 << 16);
    assert_eq!(codes(&events), ["limit-ratio"]);
    assert!(artifacts(&events).iter().all(|(_, size, _)| *size < 1 << 28));
}

#[test]
fn nesting_ends_at_the_stated_depth() {
    let mut bytes = LOG.to_vec();
    for _ in 0..12 {
        bytes = gzip(&bytes);
    }
    assert_eq!(codes(&events("deep.gz", &bytes, 4_096)), ["limit-depth"]);
}
