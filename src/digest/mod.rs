//! Bytes go in; the three digests by which advisories name files come out, in one pass.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::model::Digests;

/// Hashes a stream of bytes with MD5, SHA-1 and SHA-256.
#[derive(Clone, Default)]
pub struct Digester {
    md5: Md5,
    sha1: Sha1,
    sha256: Sha256,
}

/// All three read a stretch while it is in the processor's nearest cache.
const STRETCH: usize = 16 << 10;

/// Bytes that take far longer to hash than a thread takes to start.
const WORTH_A_THREAD: usize = 256 << 10;

impl Digester {
    /// A hash of nothing yet.
    pub fn new() -> Digester {
        Digester::default()
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        for stretch in bytes.chunks(STRETCH) {
            self.md5.update(stretch);
            self.sha1.update(stretch);
            self.sha256.update(stretch);
        }
    }

    /// Takes the next bytes while `other` runs: beside it where there are threads and the work is worth one, else
    /// before it.
    pub fn update_beside<T>(&mut self, bytes: &[u8], other: impl FnOnce() -> T) -> T {
        if cfg!(target_family = "wasm") || bytes.len() < WORTH_A_THREAD {
            self.update(bytes);
            return other();
        }
        std::thread::scope(|scope| {
            scope.spawn(|| self.update(bytes));
            other()
        })
    }

    /// The digests, in lower-case hexadecimal.
    pub fn finish(self) -> Digests {
        Digests {
            md5: hex(&self.md5.finalize()),
            sha1: hex(&self.sha1.finalize()),
            sha256: hex(&self.sha256.finalize()),
        }
    }
}

/// The SHA-256 of `bytes`, in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_standards_test_vectors() {
        let mut digester = Digester::new();
        digester.update(b"a");
        digester.update(b"bc");
        let digests = digester.finish();
        assert_eq!(digests.md5, "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(digests.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(digests.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
