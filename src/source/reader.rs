//! A source as the standard library's `Read` and `Seek`, for readers that want those.

use std::io::{self, Read, Seek, SeekFrom};

use super::Source;

/// Bytes read ahead. Small, because readers of directories jump about; large reads go past it.
const AHEAD: usize = 16 << 10;

/// Reads a source from a place that moves.
#[derive(Debug)]
pub struct Reader<S> {
    from: S,
    at: u64,
    ahead: Vec<u8>,
    /// Where `ahead` begins.
    ahead_at: u64,
}

impl<S: Source> Reader<S> {
    /// Begins at the first byte.
    pub fn new(from: S) -> Reader<S> {
        Reader { from, at: 0, ahead: Vec::new(), ahead_at: 0 }
    }
}

impl<S: Source> Read for Reader<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let inside = |reader: &Self| {
            usize::try_from(reader.at.checked_sub(reader.ahead_at)?)
                .ok()
                .filter(|place| *place < reader.ahead.len())
        };
        let mut place = inside(self);
        if place.is_none() {
            if into.len() >= AHEAD {
                let count = self.from.read_at(self.at, into)?;
                self.at += count as u64;
                return Ok(count);
            }
            self.ahead.resize(AHEAD, 0);
            let read = self.from.read_at(self.at, &mut self.ahead);
            self.ahead.truncate(*read.as_ref().unwrap_or(&0));
            read?;
            self.ahead_at = self.at;
            place = inside(self);
        }
        let rest = place.and_then(|place| self.ahead.get(place..)).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl<S: Source> Seek for Reader<S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.from.size().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Memory;
    use super::*;

    #[test]
    fn reads_what_a_cursor_over_the_same_bytes_reads() {
        let bytes: Vec<u8> = (0..100_000u32).map(|index| (index * 7 % 253) as u8).collect();
        let mut reader = Reader::new(Memory::from(bytes.as_slice()));
        let mut twin = io::Cursor::new(&bytes);
        let moves =
            [SeekFrom::Start(5), SeekFrom::End(-20), SeekFrom::Current(-3_000), SeekFrom::Start(200_000)];
        for (step, to) in moves.into_iter().cycle().take(40).enumerate() {
            assert_eq!(reader.seek(to).expect("a place"), twin.seek(to).expect("a place"));
            let (mut one, mut other) = (vec![0; step * 997], vec![0; step * 997]);
            let read = |from: &mut dyn Read, into: &mut [u8]| {
                let mut done = 0;
                while let Ok(count @ 1..) = from.read(&mut into[done..]) {
                    done += count;
                }
                done
            };
            assert_eq!(read(&mut reader, &mut one), read(&mut twin, &mut other));
            assert_eq!(one, other);
        }
        assert!(reader.seek(SeekFrom::End(-200_000)).is_err());
    }
}
