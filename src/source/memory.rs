//! Bytes held in memory.

use std::io;

use super::Source;

/// Bytes of one piece. Pieces are never moved, so that growing costs neither copies nor twice the memory.
const PIECE: usize = 1 << 20;

/// Bytes held in memory, in pieces of one size.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    pieces: Vec<Vec<u8>>,
    size: u64,
}

impl Memory {
    /// Nothing yet.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Adds bytes at the end.
    pub fn extend(&mut self, mut bytes: &[u8]) {
        self.size += bytes.len() as u64;
        while !bytes.is_empty() {
            if self.pieces.last().is_none_or(|piece| piece.len() == PIECE) {
                self.pieces.push(Vec::new());
            }
            let Some(piece) = self.pieces.last_mut() else { return };
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - piece.len()));
            piece.extend_from_slice(now);
            bytes = later;
        }
    }
}

impl From<&[u8]> for Memory {
    fn from(bytes: &[u8]) -> Memory {
        let mut memory = Memory::new();
        memory.extend(bytes);
        memory
    }
}

impl Source for Memory {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let Ok(offset) = usize::try_from(offset) else { return Ok(0) };
        let rest = self.pieces.get(offset / PIECE).and_then(|piece| piece.get(offset % PIECE..));
        let rest = rest.unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_was_added_across_its_pieces() {
        let bytes: Vec<u8> = (0..PIECE * 2 + 77).map(|index| (index % 251) as u8).collect();
        let mut memory = Memory::new();
        for block in bytes.chunks(100_003) {
            memory.extend(block);
        }
        assert_eq!(memory.size(), bytes.len() as u64);
        let mut read = vec![0; 300];
        memory.read_exact_at(PIECE as u64 - 150, &mut read).expect("inside");
        assert_eq!(read, &bytes[PIECE - 150..PIECE + 150]);
    }

    #[test]
    fn nothing_stands_behind_the_end() {
        let mut memory = Memory::from(b"abc".as_slice());
        assert_eq!(memory.read_at(3, &mut [0; 4]).expect("no error"), 0);
        assert_eq!(memory.read_at(u64::MAX, &mut [0; 4]).expect("no error"), 0);
        assert!(memory.read_exact_at(1, &mut [0; 3]).is_err());
    }
}
