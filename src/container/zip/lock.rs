//! How zip members are locked: the traditional encryption (APPNOTE 6.3.10, section 6.1) and WinZip's AES ("AES
//! Encryption Information: Encryption Specification AE-1 and AE-2", 2009).
//!
//! The traditional one tells a wrong password by one byte only, AES by two: a password that passes may still be wrong,
//! and what comes out is then damaged. What is not read: PKWARE's strong encryption (APPNOTE, section 7).

use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use hmac::{Hmac, Mac};
use sha1::Sha1;

use crate::model::{Diagnostic, Passwords};
use crate::source::Allowance;

/// Bytes of the traditional encryption's header.
const TRADITIONAL_HEADER: usize = 12;

/// Bytes of the code behind data that is locked with AES.
const CODE: usize = 10;

/// Rounds that AES keys take (AE-1 and AE-2, section III.B).
const ROUNDS: u32 = 1_000;

/// Bytes that one round of the key derivation yields: a SHA-1 digest.
const ROUND_BYTES: usize = 20;

/// How a member is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// The last byte of the unlocked header is this one.
    Traditional { check: u8 },
    /// Bytes of the key.
    Aes { key: usize },
}

impl Lock {
    /// Of the extra field that AES members have, with the method that the data is packed with and whether its
    /// checksum is left out (AE-2).
    pub(super) fn aes(field: &[u8]) -> Option<(Lock, u16, bool)> {
        let [version, _, b'A', b'E', strength @ 1..=3, low, high, ..] = *field else { return None };
        let key = 8 + 8 * usize::from(strength);
        Some((Lock::Aes { key }, u16::from_le_bytes([low, high]), version == 2))
    }

    /// Bytes that stand before the data.
    pub(super) fn before(self) -> usize {
        match self {
            Lock::Traditional { .. } => TRADITIONAL_HEADER,
            // The salt is half as long as the key; two bytes follow that a password is checked with.
            Lock::Aes { key } => key / 2 + 2,
        }
    }

    /// Bytes that stand behind the data.
    pub(super) fn behind(self) -> usize {
        match self {
            Lock::Traditional { .. } => 0,
            Lock::Aes { .. } => CODE,
        }
    }

    /// Tries the passwords on the bytes before the data, `first` before the others. Tells too which one it was.
    pub(super) fn open(
        self,
        header: &[u8],
        passwords: &Passwords,
        first: Option<usize>,
        allowance: &Allowance,
    ) -> Result<Option<(usize, Cipher)>, Diagnostic> {
        let all: Vec<&str> = passwords.iter().collect();
        let order = first.into_iter().chain((0..all.len()).filter(|number| Some(*number) != first));
        for number in order {
            let Some(password) = all.get(number) else { continue };
            let cipher = match self {
                Lock::Traditional { check } => {
                    Traditional::open(password, header, check).map(Cipher::Traditional)
                }
                Lock::Aes { key } => Aes::open(password, header, key, allowance)?.map(Cipher::Aes),
            };
            if let Some(cipher) = cipher {
                return Ok(Some((number, cipher)));
            }
        }
        Ok(None)
    }
}

/// What unlocks the data of one member.
pub(super) enum Cipher {
    Traditional(Traditional),
    Aes(Box<Aes>),
}

impl Cipher {
    /// Unlocks the next bytes in place.
    pub(super) fn decrypt(&mut self, bytes: &mut [u8]) {
        match self {
            Cipher::Traditional(keys) => bytes.iter_mut().for_each(|byte| *byte = keys.decrypt(*byte)),
            Cipher::Aes(aes) => aes.decrypt(bytes),
        }
    }

    /// Takes locked bytes into the code that stands behind the data.
    pub(super) fn sum(&mut self, locked: &[u8]) {
        if let Cipher::Aes(aes) = self {
            aes.code.update(locked);
        }
    }

    /// Whether the code behind the data is right.
    pub(super) fn agrees(&self, code: &[u8]) -> bool {
        match self {
            Cipher::Traditional(_) => true,
            Cipher::Aes(aes) => aes.code.clone().verify_truncated_left(code).is_ok(),
        }
    }
}

/// The keys of the traditional encryption.
pub(super) struct Traditional([u32; 3]);

impl Traditional {
    fn open(password: &str, header: &[u8], check: u8) -> Option<Traditional> {
        let mut keys = Traditional([0x1234_5678, 0x2345_6789, 0x3456_7890]);
        password.bytes().for_each(|byte| keys.update(byte));
        let mut last = None;
        for byte in header {
            last = Some(keys.decrypt(*byte));
        }
        (last == Some(check)).then_some(keys)
    }

    fn update(&mut self, byte: u8) {
        let [first, second, third] = &mut self.0;
        *first = crc(*first, byte);
        *second = second.wrapping_add(*first & 0xFF).wrapping_mul(134_775_813).wrapping_add(1);
        *third = crc(*third, (*second >> 24) as u8);
    }

    fn decrypt(&mut self, byte: u8) -> u8 {
        let mask = (self.0[2] | 2) & 0xFFFF;
        let plain = byte ^ (mask.wrapping_mul(mask ^ 1) >> 8) as u8;
        self.update(plain);
        plain
    }
}

/// CRC-32 of one more byte, without the inversions at both ends.
fn crc(sum: u32, byte: u8) -> u32 {
    (sum >> 8) ^ TABLE[((sum ^ u32::from(byte)) & 0xFF) as usize]
}

/// CRC-32 of each byte (ISO 3309, as in RFC 1952, section 8).
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut sum = index as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 };
            bit += 1;
        }
        table[index] = sum;
        index += 1;
    }
    table
};

/// AES in counter mode; the counter is little-endian and begins at one.
pub(super) struct Aes {
    key: Key,
    counter: u128,
    mask: [u8; 16],
    /// Bytes of the mask that were used.
    used: usize,
    code: Hmac<Sha1>,
}

enum Key {
    Aes128(Aes128Enc),
    Aes192(Aes192Enc),
    Aes256(Aes256Enc),
}

impl Aes {
    fn open(
        password: &str,
        header: &[u8],
        key: usize,
        allowance: &Allowance,
    ) -> Result<Option<Box<Aes>>, Diagnostic> {
        let Some((salt, check)) = header.split_at_checked(key / 2) else { return Ok(None) };
        let mut made = [0; 2 * 32 + 2];
        let made = &mut made[..2 * key + 2];
        allowance.derive(u64::from(ROUNDS) * made.len().div_ceil(ROUND_BYTES) as u64)?;
        pbkdf2::pbkdf2_hmac::<Sha1>(password.as_bytes(), salt, ROUNDS, made);
        if made[2 * key..] != *check {
            return Ok(None);
        }
        let cipher = match key {
            16 => Aes128Enc::new_from_slice(&made[..key]).map(Key::Aes128),
            24 => Aes192Enc::new_from_slice(&made[..key]).map(Key::Aes192),
            _ => Aes256Enc::new_from_slice(&made[..key]).map(Key::Aes256),
        };
        let code = Hmac::<Sha1>::new_from_slice(&made[key..2 * key]);
        let (Ok(key), Ok(code)) = (cipher, code) else { return Ok(None) };
        Ok(Some(Box::new(Aes { key, counter: 0, mask: [0; 16], used: 16, code })))
    }

    fn decrypt(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.used == self.mask.len() {
                self.counter = self.counter.wrapping_add(1);
                let mut block = Array::from(self.counter.to_le_bytes());
                match &self.key {
                    Key::Aes128(key) => key.encrypt_block(&mut block),
                    Key::Aes192(key) => key.encrypt_block(&mut block),
                    Key::Aes256(key) => key.encrypt_block(&mut block),
                }
                self.mask = block.into();
                self.used = 0;
            }
            *byte ^= self.mask[self.used];
            self.used += 1;
        }
    }
}
