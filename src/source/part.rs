//! A stretch of a source, as a source of its own.

use std::io;

use super::Source;

/// A stretch of another source. What reads it cannot leave it.
#[derive(Debug)]
pub struct Part<S> {
    from: S,
    start: u64,
    size: u64,
}

impl<S: Source> Part<S> {
    /// `size` bytes from `start` on, or as many of them as there are.
    pub fn new(from: S, start: u64, size: u64) -> Part<S> {
        let size = size.min(from.size().saturating_sub(start));
        Part { from, start, size }
    }
}

impl<S: Source> Source for Part<S> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = into.len().min(left);
        if count == 0 {
            return Ok(0);
        }
        // Within bounds: an offset below the size cannot overflow past the end of what is there.
        self.from.read_at(self.start.saturating_add(offset), &mut into[..count])
    }
}

#[cfg(test)]
mod tests {
    use super::super::Memory;
    use super::*;

    #[test]
    fn cannot_be_left() {
        let mut part = Part::new(Memory::from(b"0123456789".as_slice()), 3, 4);
        let mut read = [0; 10];
        assert_eq!((part.size(), part.read_at(1, &mut read).expect("no error")), (4, 3));
        assert_eq!(&read[..3], b"456");
        assert_eq!(part.read_at(4, &mut read).expect("no error"), 0);
        assert_eq!(Part::new(Memory::from(b"0123".as_slice()), 3, u64::MAX).size(), 1);
        assert_eq!(Part::new(Memory::from(b"0123".as_slice()), 9, 1).size(), 0);
    }
}
