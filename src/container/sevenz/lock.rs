//! How folders are locked: AES in CBC mode with a key of 256 bits, made of a password by many rounds of SHA-256
//! ("Methods.txt" of the LZMA SDK, method 06F10701).
//!
//! Nothing tells whether a password is right but the checksum of what comes out.

use std::io::{self, Read};

use aes::Aes256Dec;
use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use sha2::{Digest, Sha256};

use crate::model::{Diagnostic, Passwords};
use crate::source::Allowance;

/// The method's number.
pub(super) const METHOD: u64 = 0x06_F1_07_01;

/// Blocks unlocked at a time.
const BLOCKS: usize = 256;

/// Rounds hashed in one go.
const BATCH: u64 = 64;

/// Bytes that the hash takes in one step.
const HASHED: u64 = 64;

/// A key.
pub(super) type Key = [u8; 32];

/// What stands in the properties of a locked coder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lock {
    /// As a power of two; 63 stands for none.
    rounds: u8,
    salt: Vec<u8>,
    start: [u8; 16],
}

impl Lock {
    pub(super) fn read(properties: &[u8]) -> Option<Lock> {
        let (first, rest) = properties.split_first()?;
        let (lengths, rest) = rest.split_first().unwrap_or((&0, &[]));
        let salt = usize::from(first >> 7) + usize::from(lengths >> 4);
        let start = usize::from(first >> 6 & 1) + usize::from(lengths & 0xF);
        let (salt, rest) = rest.split_at_checked(salt)?;
        let mut lock = Lock { rounds: first & 0x3F, salt: salt.to_vec(), start: [0; 16] };
        lock.start.get_mut(..start)?.copy_from_slice(rest.get(..start)?);
        Some(lock)
    }
}

/// Makes keys of passwords, each once.
pub(super) struct Keys {
    passwords: Passwords,
    allowance: Allowance,
    made: Vec<(usize, u8, Vec<u8>, Key)>,
    /// The password that opened something last.
    last: Option<usize>,
}

impl Keys {
    pub(super) fn new(passwords: &Passwords, allowance: &Allowance) -> Keys {
        Keys { passwords: passwords.clone(), allowance: allowance.clone(), made: Vec::new(), last: None }
    }

    /// Numbers of the passwords, in the order in which to try them.
    pub(super) fn order(&self) -> Vec<usize> {
        let others = (0..self.passwords.iter().count()).filter(|number| Some(*number) != self.last);
        self.last.into_iter().chain(others).collect()
    }

    /// This password opened something.
    pub(super) fn opened(&mut self, password: usize) {
        self.last = Some(password);
    }

    /// Trying a password took as much work as this many rounds of making a key.
    pub(super) fn worked(&self, rounds: u64) -> Result<(), Diagnostic> {
        self.allowance.derive(rounds)
    }

    /// The key that the password of this number makes for this lock.
    pub(super) fn key(&mut self, password: usize, lock: &Lock) -> Result<Key, Diagnostic> {
        let known = |(number, rounds, salt, _): &&(usize, u8, Vec<u8>, Key)| {
            *number == password && *rounds == lock.rounds && *salt == lock.salt
        };
        if let Some((.., key)) = self.made.iter().find(known) {
            return Ok(*key);
        }
        let text = self.passwords.iter().nth(password).unwrap_or_default();
        let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let key = derive(&text, lock, &self.allowance)?;
        // Archives have one salt, or one a folder; hostile ones may not fill the memory.
        if self.made.len() < 1_000 {
            self.made.push((password, lock.rounds, lock.salt.clone(), key));
        }
        Ok(key)
    }
}

fn derive(password: &[u8], lock: &Lock, allowance: &Allowance) -> Result<Key, Diagnostic> {
    let text: Vec<u8> = lock.salt.iter().chain(password).copied().collect();
    if lock.rounds == 63 {
        let mut key = [0; 32];
        key.iter_mut().zip(text).for_each(|(key, byte)| *key = byte);
        return Ok(key);
    }
    let rounds = 1u64 << lock.rounds;
    let round = text.len() as u64 + 8;
    allowance.derive(rounds.saturating_mul(round.div_ceil(HASHED)))?;
    let mut hash = Sha256::new();
    let mut batch = Vec::new();
    let mut number = 0;
    while number < rounds {
        batch.clear();
        let until = (number + BATCH).min(rounds);
        for number in number..until {
            batch.extend_from_slice(&text);
            batch.extend_from_slice(&number.to_le_bytes());
        }
        hash.update(&batch);
        number = until;
    }
    Ok(hash.finalize().into())
}

/// Unlocks what is read through it.
pub(super) struct Unlocked<R> {
    input: R,
    cipher: Aes256Dec,
    /// The block before, as it stands in the archive.
    before: [u8; 16],
    held: Vec<u8>,
    read: usize,
}

impl<R: Read> Unlocked<R> {
    pub(super) fn new(input: R, key: &Key, lock: &Lock) -> Unlocked<R> {
        let cipher = Aes256Dec::new(&Array::from(*key));
        Unlocked { input, cipher, before: lock.start, held: Vec::new(), read: 0 }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.held.clear();
        self.read = 0;
        (&mut self.input).take((BLOCKS * 16) as u64).read_to_end(&mut self.held)?;
        let whole = self.held.len() / 16 * 16;
        self.held.truncate(whole);
        for block in self.held.as_chunks_mut::<16>().0 {
            let locked = *block;
            let mut plain = Array::from(locked);
            self.cipher.decrypt_block(&mut plain);
            for ((byte, plain), before) in block.iter_mut().zip(plain).zip(self.before) {
                *byte = plain ^ before;
            }
            self.before = locked;
        }
        Ok(())
    }
}

impl<R: Read> Read for Unlocked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read == self.held.len() {
            self.fill()?;
        }
        let rest = self.held.get(self.read..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.read += count;
        Ok(count)
    }
}
