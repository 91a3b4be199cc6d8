//! Locked zip members, made here and of other projects, and packings that few programs use.

use std::fs;
use std::sync::Arc;

use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use belljar::index::IndicatorSet;
use belljar::model::{Limits, ScanEvent};
use belljar::scan;
use hmac::{Hmac, Mac};
use sha1::Sha1;

use crate::corpus::corpus;
use crate::locked;

/// A locked member: the bytes that stand in the archive, its flags, its method, its extra fields and its checksum.
struct Locked {
    data: Vec<u8>,
    method: u16,
    extra: Vec<u8>,
    crc: u32,
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The traditional encryption as its specification words it (APPNOTE 6.3.10, section 6.1), with a CRC step that is
/// computed bit by bit.
fn traditional(content: &[u8], password: &str) -> Locked {
    let step = |sum: u32, byte: u8| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    };
    let mut keys = [0x1234_5678u32, 0x2345_6789, 0x3456_7890];
    let update = |keys: &mut [u32; 3], byte: u8| {
        keys[0] = step(keys[0], byte);
        keys[1] = keys[1].wrapping_add(keys[0] & 0xFF).wrapping_mul(134_775_813).wrapping_add(1);
        keys[2] = step(keys[2], (keys[1] >> 24) as u8);
    };
    password.bytes().for_each(|byte| update(&mut keys, byte));
    let crc = crc(content);
    let mut header = *b"eleven byte.";
    header[11] = (crc >> 24) as u8;
    let data = header.iter().chain(content).map(|plain| {
        let mask = (keys[2] | 2) as u16;
        let byte = plain ^ (mask.wrapping_mul(mask ^ 1) >> 8) as u8;
        update(&mut keys, *plain);
        byte
    });
    Locked { data: data.collect(), method: 0, extra: Vec::new(), crc }
}

/// AE-2 with a key of 256 bits.
fn aes(content: &[u8], password: &str) -> Locked {
    let salt = *b"sixteen of salt.";
    let mut keys = [0; 66];
    pbkdf2::pbkdf2_hmac::<Sha1>(password.as_bytes(), &salt, 1_000, &mut keys);
    let cipher = aes::Aes256Enc::new_from_slice(&keys[..32]).expect("a key");
    let mut locked = content.to_vec();
    for (number, block) in locked.chunks_mut(16).enumerate() {
        let mut mask = Array::from((number as u128 + 1).to_le_bytes());
        cipher.encrypt_block(&mut mask);
        block.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }
    let mut code = Hmac::<Sha1>::new_from_slice(&keys[32..64]).expect("a key");
    code.update(&locked);
    let code = code.finalize().into_bytes();
    let data = [&salt, &keys[64..], &locked, &code[..10]].concat();
    Locked { data, method: 99, extra: b"\x01\x99\x07\x00\x02\x00AE\x03\x00\x00".to_vec(), crc: 0 }
}

/// An archive of one locked member and one that is not.
fn archive(locked: &Locked, size: usize) -> Vec<u8> {
    let plain = Locked { data: b"plain".to_vec(), method: 0, extra: Vec::new(), crc: crc(b"plain") };
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, member, flags, size) in [("locked.txt", locked, 1u16, size), ("plain.txt", &plain, 0, 5)] {
        let mut fixed = vec![51, 0];
        fixed.extend(flags.to_le_bytes());
        fixed.extend(member.method.to_le_bytes());
        fixed.extend([0; 4]);
        fixed.extend(
            [member.crc, member.data.len() as u32, size as u32].into_iter().flat_map(u32::to_le_bytes),
        );
        fixed.extend((name.len() as u16).to_le_bytes());
        fixed.extend((member.extra.len() as u16).to_le_bytes());
        directory.extend(b"PK\x01\x02\x33\x00");
        directory.extend(&fixed);
        directory.extend([0; 10]);
        directory.extend((out.len() as u32).to_le_bytes());
        directory.extend(name.bytes().chain(member.extra.iter().copied()));
        out.extend(b"PK\x03\x04");
        out.extend(&fixed);
        out.extend(name.bytes().chain(member.extra.iter().copied()));
        out.extend(&member.data);
    }
    let start = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0\x02\0\x02\0");
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn events(set: &Arc<IndicatorSet>, bytes: &[u8], passwords: &[&str], size: usize) -> Vec<ScanEvent> {
    locked::events("a.zip", Limits::default(), set, bytes, passwords, size)
}

/// Codes with the names that their messages give.
fn told(events: &[ScanEvent]) -> Vec<(&str, bool)> {
    let all = events.iter().filter_map(|event| match event {
        ScanEvent::Diagnostic(told) => Some((told.code.as_str(), told.message.contains("locked.txt"))),
        _ => None,
    });
    all.collect()
}

/// What came out: names, sizes and whether complete.
fn members(events: &[ScanEvent]) -> Vec<(&str, u64, bool)> {
    let all = events.iter().filter_map(|event| match event {
        ScanEvent::Artifact(artifact) => {
            let name = artifact.artifact.rsplit(" > ").next()?;
            Some((name, artifact.size, artifact.complete))
        }
        _ => None,
    });
    all.collect()
}

const CONTENT: &[u8] = b"a file that is locked, a little longer than one block of a cipher";

#[test]
fn a_locked_member_opens_with_a_given_password_and_with_the_usual_one() {
    let set = scan::compile(&[]);
    for lock in [traditional, aes] {
        for (password, given) in [("secret", &["wrong", "secret"][..]), ("infected", &[])] {
            let bytes = archive(&lock(CONTENT, password), CONTENT.len());
            let whole = events(&set, &bytes, given, usize::MAX);
            assert_eq!(told(&whole), []);
            let size = CONTENT.len() as u64;
            assert_eq!(members(&whole)[..2], [("locked.txt", size, true), ("plain.txt", 5, true)]);
            for size in [1, 7, 4_096] {
                assert!(events(&set, &bytes, given, size) == whole, "in blocks of {size}");
            }
        }
    }
}

#[test]
fn a_member_that_stays_locked_is_named_and_the_others_are_read() {
    let set = scan::compile(&[]);
    for lock in [traditional, aes] {
        let bytes = archive(&lock(CONTENT, "secret"), CONTENT.len());
        let whole = events(&set, &bytes, &["wrong"], 7);
        assert_eq!(told(&whole), [("password-needed", true)]);
        let size = bytes.len() as u64;
        assert_eq!(members(&whole), [("plain.txt", 5, true), ("a.zip", size, false)]);
    }
}

#[test]
fn locked_data_that_was_changed_is_told() {
    let set = scan::compile(&[]);
    for lock in [traditional, aes] {
        let mut locked = lock(CONTENT, "secret");
        let at = locked.data.len() - 12;
        locked.data[at] ^= 1;
        let whole = events(&set, &archive(&locked, CONTENT.len()), &["secret"], 7);
        assert_eq!(told(&whole), [("zip-checksum", true)]);
    }
}

#[test]
fn each_prefix_of_a_locked_archive_is_told() {
    let set = scan::compile(&[]);
    for lock in [traditional, aes] {
        let bytes = archive(&lock(CONTENT, "infected"), CONTENT.len());
        for length in 4..bytes.len() {
            assert_ne!(told(&events(&set, &bytes[..length], &[], 61)), [], "cut to {length}");
        }
    }
}

#[test]
fn trying_passwords_ends_at_its_limit() {
    let set = scan::compile(&[]);
    let bytes = archive(&aes(CONTENT, "secret"), CONTENT.len());
    let limits = Limits { key_rounds: 10_000, ..Limits::default() };
    let whole = locked::events("a.zip", limits, &set, &bytes, &["one", "two", "secret"], usize::MAX);
    assert_eq!(told(&whole), [("limit-key-rounds", false)]);
    assert_eq!(members(&whole)[0], ("plain.txt", 5, true));
}

/// Archives of libarchive's tests that are locked with AES, all with one password.
const WITH_AES: [&str; 1] = ["test_read_format_zip_winzip_aes256_large.zip"];

#[test]
fn archives_that_others_locked_open_with_their_password() {
    let Some(corpus) = corpus() else { return };
    let set = scan::compile(&[]);
    for name in WITH_AES {
        let bytes =
            fs::read(corpus.join("archives/libarchive/libarchive+libarchive").join(name)).expect("a file");
        let whole = events(&set, &bytes, &["password"], 1 << 16);
        assert_eq!(told(&whole), [], "{name}");
        assert!(members(&whole).len() > 1);
        assert_eq!(events(&set, &bytes, &["password"], 13), whole, "{name}");
    }
}
