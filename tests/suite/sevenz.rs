//! 7z archives of other projects against what other readers list, and archives made here: locked, damaged, hostile.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use belljar::index::IndicatorSet;
use belljar::model::{Limits, ScanEvent};
use belljar::scan;
use belljar::source::Memory;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::corpus::corpus;
use crate::locked;

fn events(set: &Arc<IndicatorSet>, bytes: &[u8], passwords: &[&str], size: usize) -> Vec<ScanEvent> {
    locked::events("a.7z", Limits::default(), set, bytes, passwords, size)
}

fn told(events: &[ScanEvent]) -> Vec<&str> {
    let all = events.iter().filter_map(|event| match event {
        ScanEvent::Diagnostic(told) => Some(told.code.as_str()),
        _ => None,
    });
    all.collect()
}

/// What came out: names, sizes and whether complete. The archive itself comes last.
fn members(events: &[ScanEvent]) -> Vec<(&str, u64, bool)> {
    let all = events.iter().filter_map(|event| match event {
        ScanEvent::Artifact(artifact) => {
            let name = artifact.artifact.strip_prefix("a.7z > ").unwrap_or(&artifact.artifact);
            Some((name, artifact.size, artifact.complete))
        }
        _ => None,
    });
    all.collect()
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// A number in its longest form.
fn number(value: u64) -> Vec<u8> {
    [&[0xFF][..], &value.to_le_bytes()].concat()
}

/// A coder: its method, and its properties.
type Coder<'c> = (&'c [u8], &'c [u8]);

/// An archive of one folder, whose coders follow each other, the last one reading the packed bytes.
fn archive(packed: &[u8], coders: &[Coder<'_>], sizes: &[u64], files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut directory = b"\x01\x04\x06".to_vec();
    directory.extend([0, 1, 9]);
    directory.extend(number(packed.len() as u64));
    directory.extend([0, 7, 0x0B, 1, 0, coders.len() as u8]);
    for (method, properties) in coders {
        directory.extend([0x20 | method.len() as u8]);
        directory.extend(*method);
        directory.extend(number(properties.len() as u64));
        directory.extend(*properties);
    }
    for input in 1..coders.len() as u8 {
        directory.extend([input - 1, input]);
    }
    directory.push(0x0C);
    sizes.iter().for_each(|size| directory.extend(number(*size)));
    directory.extend([0, 8, 0x0D]);
    directory.extend(number(files.len() as u64));
    if files.len() > 1 {
        directory.push(9);
        files[1..].iter().for_each(|(_, content)| directory.extend(number(content.len() as u64)));
    }
    directory.extend([0x0A, 1]);
    files.iter().for_each(|(_, content)| directory.extend(crc(content).to_le_bytes()));
    directory.extend([0, 0, 5]);
    directory.extend(number(files.len() as u64));
    let mut names = vec![0];
    for (name, _) in files {
        names.extend(name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
    }
    directory.push(0x11);
    directory.extend(number(names.len() as u64));
    directory.extend(names);
    directory.extend([0, 0]);
    framed(packed, &directory)
}

fn framed(packed: &[u8], directory: &[u8]) -> Vec<u8> {
    let mut start = (packed.len() as u64).to_le_bytes().to_vec();
    start.extend((directory.len() as u64).to_le_bytes());
    start.extend(crc(directory).to_le_bytes());
    let mut bytes = b"7z\xBC\xAF\x27\x1C\0\x04".to_vec();
    bytes.extend(crc(&start).to_le_bytes());
    [bytes, start, packed.to_vec(), directory.to_vec()].concat()
}

const FILES: [(&str, &[u8]); 2] = [("one.txt", b"one content"), ("two.txt", b"another one")];

fn content() -> Vec<u8> {
    FILES.iter().flat_map(|(_, content)| content.to_vec()).collect()
}

fn stored() -> Vec<u8> {
    let content = content();
    archive(&content, &[(b"\0", b"")], &[content.len() as u64], &FILES)
}

/// Locked with AES, the key made in 2^6 rounds with a salt.
fn locked(password: &str) -> Vec<u8> {
    let (salt, start) = (*b"salt", *b"sixteen at first");
    let mut hash = Sha256::new();
    for round in 0u64..1 << 6 {
        hash.update(salt);
        password.encode_utf16().for_each(|unit| hash.update(unit.to_le_bytes()));
        hash.update(round.to_le_bytes());
    }
    let cipher = aes::Aes256Enc::new_from_slice(&hash.finalize()).expect("a key");
    let content = content();
    let mut packed = content.clone();
    packed.resize(content.len().next_multiple_of(16), 0);
    let mut before = start;
    for block in packed.as_chunks_mut::<16>().0 {
        let mut mixed = Array::from(*block);
        mixed.iter_mut().zip(before).for_each(|(byte, before)| *byte ^= before);
        cipher.encrypt_block(&mut mixed);
        *block = mixed.into();
        before = *block;
    }
    let properties = [&[0xC6, 0x3F][..], &salt, &start].concat();
    let size = content.len() as u64;
    archive(&packed, &[(b"\x06\xF1\x07\x01", &properties)], &[size], &FILES)
}

#[test]
fn members_come_out_alike_however_the_archive_is_cut_and_where_it_is_read_in_place() {
    let set = scan::compile(&[]);
    for bytes in [stored(), locked("infected")] {
        let whole = events(&set, &bytes, &[], usize::MAX);
        assert_eq!(told(&whole), [] as [&str; 0]);
        let size = bytes.len() as u64;
        assert_eq!(members(&whole), [("one.txt", 11, true), ("two.txt", 11, true), ("a.7z", size, true)]);
        for size in [1, 7, 4_096] {
            assert!(events(&set, &bytes, &[], size) == whole, "in blocks of {size}");
        }
        let mut placed: Vec<ScanEvent> = Vec::new();
        let mut scanner = scan::Scanner::new(set.clone(), Limits::default());
        scanner.begin_with("a.7z", Some(Box::new(Memory::from(bytes.as_slice()))), &mut placed);
        scanner.feed(&bytes, &mut placed);
        scanner.finish(&mut placed);
        assert_eq!(placed, whole);
    }
}

#[test]
fn a_locked_archive_opens_with_a_given_password_only() {
    let set = scan::compile(&[]);
    let bytes = locked("secret");
    assert_eq!(members(&events(&set, &bytes, &["wrong", "secret"], 7)).len(), 3);
    let closed = events(&set, &bytes, &["wrong"], 7);
    assert_eq!(told(&closed), ["password-needed"]);
    assert_eq!(members(&closed), [("a.7z", bytes.len() as u64, false)]);
    let limits = Limits { key_rounds: 100, ..Limits::default() };
    assert_eq!(
        told(&locked::events("a.7z", limits, &set, &bytes, &["wrong", "secret"], 7)),
        ["limit-key-rounds"]
    );
}

#[test]
fn each_prefix_and_each_changed_byte_of_the_content_is_told() {
    let set = scan::compile(&[]);
    let bytes = stored();
    for length in 6..bytes.len() {
        assert_ne!(told(&events(&set, &bytes[..length], &[], 61)), [] as [&str; 0], "cut to {length}");
    }
    let mut changed = bytes;
    changed[32] ^= 1;
    let changed = events(&set, &changed, &[], 61);
    assert_eq!(told(&changed), ["7z-checksum"]);
    assert_eq!(members(&changed)[..2], [("one.txt", 11, false), ("two.txt", 11, true)]);
}

#[test]
fn damaged_directories_end_in_a_result() {
    let set = scan::compile(&[]);
    let mut number = 11u64;
    let mut next = |below: usize| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (number >> 33) as usize % below.max(1)
    };
    let rounds: u64 =
        std::env::var("BELLJAR_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let limits = Limits { held: 1 << 20, dictionary: 1 << 20, ..Limits::default() };
    for good in [stored(), locked("infected")] {
        let packed = u64::from_le_bytes(good[12..20].try_into().expect("eight")) as usize;
        let (packed, directory) = good[32..].split_at(packed);
        for _ in 0..rounds {
            let mut directory = directory.to_vec();
            for _ in 0..=next(4) {
                let at = next(directory.len());
                match next(4) {
                    0 => directory[at] = next(256) as u8,
                    1 => directory[at] = [0, 1, 0x7F, 0x80, 0xFF][next(5)],
                    2 => {
                        directory.remove(at);
                    }
                    _ => directory.insert(at, next(256) as u8),
                }
            }
            // The checksums are right, so that the directory is read.
            let bytes = framed(packed, &directory);
            let whole = locked::events("a.7z", limits, &set, &bytes, &[], usize::MAX);
            assert_eq!(members(&whole).last().map(|last| last.0), Some("a.7z"));
        }
    }
}

#[test]
fn what_belongs_to_no_member_is_told_and_no_part_of_the_list_comes_twice() {
    let set = scan::compile(&[]);
    let codes = |bytes: &[u8]| {
        let all = events(&set, bytes, &[], bytes.len());
        told(&all).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(codes(&stored()), Vec::<String>::new());
    assert_eq!(codes(&[stored(), b"behind".to_vec()].concat()), ["7z-left-over-bytes"]);
    assert_eq!(codes(&framed(b"between", b"\x01\x05\x00\x00\x00")), ["7z-left-over-bytes"]);
    assert_eq!(codes(&framed(&[], b"\x01\x05\x00\x00\x05\x00\x00\x00")), ["7z-corrupt"]);
}

#[test]
fn what_would_fill_the_memory_is_refused_with_its_limit() {
    let set = scan::compile(&[]);
    let huge = 1u64 << 40;
    let lzma: Coder<'_> = (b"\x03\x01\x01", b"\x5D\xFF\xFF\xFF\xFF");
    let lzma2: Coder<'_> = (b"\x21", b"\x28");
    let ppmd: Coder<'_> = (b"\x03\x04\x01", b"\x06\0\0\0\x80");
    let several = [(b"\x21".as_slice(), b"\x1A".as_slice()); 20];
    let cases: [&[Coder<'_>]; 4] = [&[lzma], &[lzma2], &[ppmd], &several];
    for coders in cases {
        let bytes = archive(&[0; 64], coders, &vec![huge; coders.len()], &[("bomb", b"")]);
        let whole = events(&set, &bytes, &[], 4_096);
        assert_eq!(told(&whole), ["limit-dictionary"], "{coders:?}");
        assert_eq!(members(&whole).len(), 1);
    }
    // A dictionary that is larger than all there is to unpack need not be there.
    let small = archive(&[0; 64], &[lzma], &[10], &[("small", b"")]);
    assert_eq!(told(&events(&set, &small, &[], 4_096)), ["7z-checksum"]);
    let limits = Limits { directory: 50, ..Limits::default() };
    assert_eq!(told(&locked::events("a.7z", limits, &set, &stored(), &[], 7)), ["limit-dictionary"]);
    let limits = Limits { members: 1, ..Limits::default() };
    assert_eq!(told(&locked::events("a.7z", limits, &set, &stored(), &[], 7)), ["limit-members"]);
    let limits = Limits { held: 100, ..Limits::default() };
    assert_eq!(told(&locked::events("a.7z", limits, &set, &stored(), &[], 7)), ["limit-held"]);
}

/// Passwords of the archives that are locked.
const PASSWORDS: [&str; 3] = ["12345678", "sevenz-rust", "iBlm8NTigvru0Jr0"];

/// Archives that are not read in full, and why.
const DEVIATIONS: [(&str, &str); 2] = [
    ("zstdmt-brotli.7z", "Brotli, which 7-Zip itself does not have, is named as not read"),
    ("zstdmt-lz4.7z", "LZ4, which 7-Zip itself does not have, is named as not read"),
];

#[test]
fn archives_of_others_agree_with_what_other_readers_list() {
    let Some(corpus) = corpus() else { return };
    let set = scan::compile(&[]);
    let facts = fs::read_to_string(corpus.join("facts/archives.jsonl")).expect("facts");
    let (mut agree, mut stated) = (0, 0);
    for fact in facts.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let Some(file) = fact["file"].as_str().filter(|file| file.ends_with(".7z")) else { continue };
        let Ok(bytes) = fs::read(corpus.join(file)) else { continue };
        let name = Path::new(file).file_name().expect("a name").to_string_lossy();
        let whole = events(&set, &bytes, &PASSWORDS, usize::MAX);
        for size in [1, 7, 4_096] {
            assert!(events(&set, &bytes, &PASSWORDS, size) == whole, "{file} in blocks of {size}");
        }
        if DEVIATIONS.iter().any(|(file, _)| *file == name) {
            assert_eq!(told(&whole), ["7z-method-unsupported"], "{file}");
            stated += 1;
            continue;
        }
        let listed = fact["python"]["members"].as_array().filter(|listed| !listed.is_empty());
        if fact["7z"]["test_rc"] != 0 && fact["bsdtar"]["rc"] != 0 {
            assert_ne!(told(&whole), [] as [&str; 0], "{file}: others refuse it");
        } else {
            let found = members(&whole);
            assert_eq!(told(&whole), [] as [&str; 0], "{file}");
            assert!(found.len() > 1, "{file}: nothing came out");
            let Some(listed) = listed else {
                agree += 1;
                continue;
            };
            let files = listed.iter().filter(|member| member["dir"] != true);
            assert_eq!(files.clone().count(), found.len() - 1, "{file}");
            for member in files {
                let (name, size) = (member["name"].as_str(), member["bytes"].as_u64());
                let same = |(found, bytes, complete): &(&str, u64, bool)| {
                    Some(*found) == name && Some(*bytes) == size && *complete
                };
                assert!(found.iter().any(same), "{file}: {member} is not among {found:?}");
            }
        }
        agree += 1;
    }
    eprintln!("{agree} agree, {stated} deviate with a reason");
    assert!(agree + stated > 30);
}
