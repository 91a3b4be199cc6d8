//! The Unix program compress, `.Z` (POSIX.1-2017, compress: "adaptive Lempel-Ziv coding"; the layout as in
//! ncompress 4.2): LZW with codes of 9 to 16 bits. The format has no length and no checksum, so a cut between
//! two codes shows only where bits are left over.

use super::decompress::{Decompressor, Fault, Fed, Out};
use crate::model::{Flow, Limits};

/// The code that empties the table, in block mode.
const CLEAR: u16 = 256;

/// Decompresses one file.
pub(super) struct Compress {
    header: Vec<u8>,
    block_mode: bool,
    most_bits: u32,
    bits: u32,
    buffer: u64,
    held: u32,
    /// Codes read since the width changed: they come in groups of eight.
    in_group: u32,
    /// Bits of the last group that stand for no code.
    skip: u32,
    prefix: Vec<u16>,
    last: Vec<u8>,
    next: u32,
    previous: Option<u16>,
    first_of_previous: u8,
    word: Vec<u8>,
    out: Vec<u8>,
}

impl Compress {
    /// The table is bounded by the format: 65,536 entries.
    pub(super) fn open(_: &Limits) -> Box<dyn Decompressor> {
        Box::new(Compress {
            header: Vec::new(),
            block_mode: false,
            most_bits: 16,
            bits: 9,
            buffer: 0,
            held: 0,
            in_group: 0,
            skip: 0,
            prefix: vec![0; 1 << 16],
            last: vec![0; 1 << 16],
            next: 256,
            previous: None,
            first_of_previous: 0,
            word: Vec::new(),
            out: Vec::new(),
        })
    }

    fn header(&mut self, byte: u8) -> Result<(), Fault> {
        self.header.push(byte);
        if let [0x1F, 0x9D, flags] = self.header[..] {
            self.most_bits = u32::from(flags & 0x1F);
            self.block_mode = flags & 0x80 != 0;
            self.next = 256 + u32::from(self.block_mode);
            if !(9..=16).contains(&self.most_bits) || flags & 0x60 != 0 {
                return Err(Fault::Corrupt);
            }
        }
        Ok(())
    }

    /// Bits that fill up the group of eight codes when the width changes.
    fn end_group(&mut self) {
        self.skip = (8 - self.in_group % 8) % 8 * self.bits;
        self.in_group = 0;
    }

    fn code(&mut self, code: u16) -> Result<(), Fault> {
        if self.block_mode && code == CLEAR {
            self.end_group();
            self.bits = 9;
            self.next = 257;
            self.previous = None;
            return Ok(());
        }
        let Some(previous) = self.previous else {
            if code > 255 {
                return Err(Fault::Corrupt);
            }
            self.first_of_previous = code as u8;
            self.previous = Some(code);
            self.out.push(code as u8);
            return Ok(());
        };
        if u32::from(code) > self.next || (u32::from(code) == self.next && self.next >= 1 << self.most_bits) {
            return Err(Fault::Corrupt);
        }
        let mut at = code;
        if u32::from(code) == self.next {
            // The word that is being made: the previous one and its own first byte.
            self.word.push(self.first_of_previous);
            at = previous;
        }
        while at > 255 {
            self.word.push(self.last[usize::from(at)]);
            at = self.prefix[usize::from(at)];
        }
        self.word.push(at as u8);
        self.first_of_previous = at as u8;
        self.out.extend(self.word.drain(..).rev());
        if self.next < 1 << self.most_bits {
            self.prefix[self.next as usize] = previous;
            self.last[self.next as usize] = at as u8;
            self.next += 1;
            if self.next == 1 << self.bits && self.bits < self.most_bits {
                self.end_group();
                self.bits += 1;
            }
        }
        self.previous = Some(code);
        Ok(())
    }

    fn byte(&mut self, byte: u8) -> Result<(), Fault> {
        self.buffer |= u64::from(byte) << self.held;
        self.held += 8;
        loop {
            let skipped = self.skip.min(self.held);
            self.buffer >>= skipped;
            self.held -= skipped;
            self.skip -= skipped;
            if self.skip > 0 || self.held < self.bits {
                return Ok(());
            }
            let code = (self.buffer & ((1 << self.bits) - 1)) as u16;
            self.buffer >>= self.bits;
            self.held -= self.bits;
            self.in_group += 1;
            self.code(code)?;
        }
    }
}

impl Decompressor for Compress {
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Result<Fed, Fault> {
        for byte in input {
            let result = if self.header.len() < 3 { self.header(*byte) } else { self.byte(*byte) };
            if (result.is_err() || self.out.len() >= 32 << 10) && !self.out.is_empty() {
                let flow = out(&self.out);
                self.out.clear();
                if flow == Flow::Stop {
                    return Ok(Fed::Stop);
                }
            }
            result?;
        }
        if !self.out.is_empty() && out(&std::mem::take(&mut self.out)) == Flow::Stop {
            return Ok(Fed::Stop);
        }
        Ok(Fed::More)
    }

    fn finish(&mut self, _: &mut Out<'_>) -> Result<Fed, Fault> {
        // Less than a code's bits may be left, all of them zero.
        if self.header.len() < 3 || self.buffer != 0 {
            return Err(Fault::Truncated);
        }
        Ok(Fed::End { used: 0, back: Vec::new(), right: true })
    }
}
