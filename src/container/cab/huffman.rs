//! Bits in words of 16, the highest first, and the canonical codes that they are written in ([MS-PATCH], which describes LZX DELTA).

use super::lzx::Damaged;

/// Codes up to this length are looked up at once.
const QUICK: u32 = 10;

/// The longest code.
const LONGEST: usize = 16;

/// Reads bits of one block.
pub(super) struct Bits<'b> {
    bytes: &'b [u8],
    /// The next byte that is not yet in `held`.
    at: usize,
    held: u64,
    count: u32,
}

impl<'b> Bits<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Bits<'b> {
        Bits { bytes, at: 0, held: 0, count: 0 }
    }

    fn fill(&mut self) {
        while self.count <= 32 && self.at < self.bytes.len() {
            let high = self.bytes.get(self.at + 1).copied().unwrap_or_default();
            let word = u16::from_le_bytes([self.bytes[self.at], high]);
            self.held = self.held << 16 | u64::from(word);
            self.count += 16;
            self.at += 2;
        }
    }

    /// The next `count` bits, at most 17.
    pub(super) fn take(&mut self, count: u32) -> Result<u32, Damaged> {
        let bits = self.peek(count);
        self.drop(count)?;
        Ok(bits)
    }

    /// The next bits, with zeros behind the end.
    fn peek(&mut self, count: u32) -> u32 {
        if self.count < count {
            self.fill();
        }
        let bits = match self.count.checked_sub(count) {
            Some(behind) => self.held >> behind,
            None => self.held << (count - self.count),
        };
        (bits & ((1 << count) - 1)) as u32
    }

    fn drop(&mut self, count: u32) -> Result<(), Damaged> {
        self.count = self.count.checked_sub(count).ok_or(Damaged)?;
        Ok(())
    }

    /// Passes over the rest of a word, or a whole one where none is begun.
    pub(super) fn align(&mut self) {
        if self.count.is_multiple_of(16) {
            let _ = self.take(16);
        }
        self.count -= self.count % 16;
    }

    /// Up to `count` bytes as they stand; a word must not be begun.
    pub(super) fn plain(&mut self, count: usize) -> &'b [u8] {
        // What was read ahead is given back.
        self.at = self.at.saturating_sub(self.count as usize / 8).min(self.bytes.len());
        self.count = 0;
        let rest = &self.bytes[self.at..];
        let plain = &rest[..count.min(rest.len())];
        self.at += plain.len();
        plain
    }
}

/// A canonical code.
#[derive(Default)]
pub(super) struct Code {
    /// Element and length for the next `QUICK` bits; length zero where it is longer or not used.
    quick: Vec<(u16, u8)>,
    /// How many codes of each length there are.
    counts: [u16; LONGEST + 1],
    /// Elements in the order of their codes.
    elements: Vec<u16>,
}

impl Code {
    /// The code with these lengths, zero where an element is not used; refuses more codes than there are.
    pub(super) fn new(lengths: &[u8]) -> Result<Code, Damaged> {
        let mut counts = [0u16; LONGEST + 1];
        lengths.iter().for_each(|length| counts[usize::from(*length).min(LONGEST)] += 1);
        counts[0] = 0;
        let mut starts = [0usize; LONGEST + 2];
        let mut codes = [0u32; LONGEST + 2];
        for length in 1..=LONGEST {
            starts[length + 1] = starts[length] + usize::from(counts[length]);
            codes[length + 1] = (codes[length] + u32::from(counts[length])) << 1;
            if codes[length] + u32::from(counts[length]) > 1 << length {
                return Err(Damaged);
            }
        }
        let mut elements = vec![0; starts[LONGEST + 1]];
        let mut quick = vec![(0, 0); 1 << QUICK];
        for (element, length) in lengths.iter().enumerate().filter(|(_, length)| **length > 0) {
            let at = usize::from(*length).min(LONGEST);
            elements[starts[at]] = element as u16;
            starts[at] += 1;
            if let Some(free) = QUICK.checked_sub(at as u32) {
                let first = (codes[at] << free) as usize;
                quick[first..first + (1 << free)].fill((element as u16, *length));
            }
            codes[at] += 1;
        }
        Ok(Code { quick, counts, elements })
    }

    /// The next element.
    pub(super) fn next(&self, bits: &mut Bits<'_>) -> Result<usize, Damaged> {
        let ahead = bits.peek(LONGEST as u32);
        let quick = self.quick.get((ahead >> (LONGEST as u32 - QUICK)) as usize);
        if let Some((element, length @ 1..)) = quick {
            bits.drop(u32::from(*length))?;
            return Ok(usize::from(*element));
        }
        let (mut first, mut index) = (0u32, 0usize);
        for length in 1..=LONGEST {
            let count = u32::from(self.counts[length]);
            let code = ahead >> (LONGEST - length);
            if code < first + count {
                bits.drop(length as u32)?;
                let element = self.elements.get(index + (code - first) as usize).ok_or(Damaged)?;
                return Ok(usize::from(*element));
            }
            index += count as usize;
            first = (first + count) << 1;
        }
        Err(Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_codes_are_told_apart() {
        // 0, 10, 110, ... up to a code of 16 bits, in which the last two differ in one bit.
        let lengths: Vec<u8> = (1..=16).chain([16]).collect();
        let code = Code::new(&lengths).expect("a code");
        let words: [u16; 3] = [0b0101_1011_1011_1101, 0xFFFF, 0xFFFE];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let mut bits = Bits::new(&bytes);
        let read: Vec<usize> = std::iter::from_fn(|| code.next(&mut bits).ok()).collect();
        assert_eq!(read[..4], [0, 1, 2, 3]);
        assert!(Code::new(&[1, 1, 1]).is_err());
        assert!(Code::new(&[0, 0]).expect("no code").next(&mut Bits::new(&[0, 0])).is_err());
    }

    #[test]
    fn plain_bytes_follow_bits_at_the_next_word() {
        let mut bits = Bits::new(&[0x00, 0x60, b'a', b'b', b'c']);
        assert_eq!(bits.take(3).expect("bits"), 3);
        bits.align();
        assert_eq!(bits.plain(2), b"ab");
        assert_eq!(bits.plain(2), b"c");
        assert!(bits.take(1).is_err());
    }
}
