//! LZX as cabinets use it ([MS-PATCH], without the extensions of LZX DELTA: no match is longer than 257 bytes).
//! The packed bytes of one block go in, its at most 32 KiB come out; the window stays for the next block.

use super::huffman::{Bits, Code};

/// Bytes that a block unpacks to; matches do not cross that border.
pub(super) const FRAME: usize = 32 << 10;

/// Elements of the main tree that are bytes; the others are matches.
const BYTES: usize = 256;

/// Elements of the tree of lengths.
const LENGTHS: usize = 249;

/// Blocks behind this many bytes are not translated.
const TRANSLATED: u64 = 1 << 30;

/// The bytes are not what the format allows, or cut short.
#[derive(Clone, Copy, Debug)]
pub(super) struct Damaged;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Verbatim,
    Aligned,
    Plain,
}

/// Decompresses LZX.
pub(super) struct Lzx {
    window: Vec<u8>,
    /// Bytes put out so far.
    total: u64,
    /// Size of the translated file, where addresses of calls are to be translated back; `None` before the first block.
    translation: Option<i32>,
    recent: [usize; 3],
    kind: Kind,
    block: usize,
    left: usize,
    /// The byte behind a plain run of odd length has not come yet.
    padding: bool,
    main_lengths: Vec<u8>,
    length_lengths: Vec<u8>,
    main: Code,
    length: Code,
    aligned: Code,
}

impl Lzx {
    /// With a window of `1 << bits` bytes; `None` where the format does not have it (15 to 21).
    pub(super) fn new(bits: u16) -> Option<Lzx> {
        let slots = match bits {
            15..=19 => usize::from(bits) * 2,
            20 => 42,
            21 => 50,
            _ => return None,
        };
        Some(Lzx {
            window: vec![0; 1 << bits],
            total: 0,
            translation: None,
            recent: [1; 3],
            kind: Kind::Verbatim,
            block: 0,
            left: 0,
            padding: false,
            main_lengths: vec![0; BYTES + 8 * slots],
            length_lengths: vec![0; LENGTHS],
            main: Code::default(),
            length: Code::default(),
            aligned: Code::default(),
        })
    }

    /// Unpacks one block to `size` bytes, or to as many as come out before something is wrong.
    pub(super) fn unpack(&mut self, packed: &[u8], size: usize, out: &mut Vec<u8>) -> Result<(), Damaged> {
        let mut bits = Bits::new(packed);
        let start = self.total;
        let unpacked = self.frame(&mut bits, size.min(FRAME));
        let made = (self.total - start) as usize;
        out.clear();
        let mask = self.window.len() - 1;
        let from = start as usize & mask;
        let first = made.min(self.window.len() - from);
        out.extend_from_slice(&self.window[from..from + first]);
        out.extend_from_slice(&self.window[..made - first]);
        if let Some(size) = self.translation.filter(|size| *size != 0 && start < TRANSLATED) {
            translate(out, start as i32, size);
        }
        unpacked
    }

    fn frame(&mut self, bits: &mut Bits<'_>, size: usize) -> Result<(), Damaged> {
        if self.translation.is_none() {
            let is_translated = bits.take(1)? != 0;
            let size = if is_translated { bits.take(16)? << 16 | bits.take(16)? } else { 0 };
            self.translation = Some(size as i32);
        }
        let mut todo = size;
        while todo > 0 {
            if self.left == 0 {
                self.begin(bits)?;
            }
            let run = self.left.min(todo);
            if self.kind == Kind::Plain {
                let plain = bits.plain(run);
                let whole = plain.len() == run;
                plain.iter().for_each(|byte| self.push(*byte));
                if !whole {
                    return Err(Damaged);
                }
            } else {
                self.coded(bits, run)?;
            }
            self.left -= run;
            todo -= run;
            if self.left == 0 && self.kind == Kind::Plain && self.block % 2 == 1 {
                self.padding = bits.plain(1).is_empty();
            }
        }
        Ok(())
    }

    /// Reads the header of a run, and the codes of its elements.
    fn begin(&mut self, bits: &mut Bits<'_>) -> Result<(), Damaged> {
        if std::mem::take(&mut self.padding) {
            bits.plain(1);
        }
        let kind = bits.take(3)?;
        self.block = (bits.take(16)? << 8 | bits.take(8)?) as usize;
        self.left = self.block;
        match kind {
            1 => self.kind = Kind::Verbatim,
            2 => {
                let mut lengths = [0; 8];
                for length in &mut lengths {
                    *length = bits.take(3)? as u8;
                }
                self.aligned = Code::new(&lengths)?;
                self.kind = Kind::Aligned;
            }
            3 => {
                self.kind = Kind::Plain;
                bits.align();
                for place in &mut self.recent {
                    let field: [u8; 4] = bits.plain(4).try_into().map_err(|_| Damaged)?;
                    *place = u32::from_le_bytes(field) as usize;
                }
                return Ok(());
            }
            _ => return Err(Damaged),
        }
        let (bytes, matches) = self.main_lengths.split_at_mut(BYTES);
        lengths(bits, bytes)?;
        lengths(bits, matches)?;
        lengths(bits, &mut self.length_lengths)?;
        self.main = Code::new(&self.main_lengths)?;
        self.length = Code::new(&self.length_lengths)?;
        Ok(())
    }

    /// Decodes `run` bytes of coded elements.
    fn coded(&mut self, bits: &mut Bits<'_>, mut run: usize) -> Result<(), Damaged> {
        while run > 0 {
            let element = self.main.next(bits)?;
            if element < BYTES {
                self.push(element as u8);
                run -= 1;
                continue;
            }
            let (slot, mut length) = ((element - BYTES) >> 3, (element - BYTES) & 7);
            if length == 7 {
                length += self.length.next(bits)?;
            }
            length += 2;
            let distance = match slot {
                0..=2 => {
                    self.recent.swap(0, slot);
                    self.recent[0]
                }
                _ => {
                    let distance = self.distance(bits, slot)?;
                    self.recent = [distance, self.recent[0], self.recent[1]];
                    distance
                }
            };
            // Nothing stands in front of the first byte.
            if distance == 0 || distance as u64 > self.total || distance > self.window.len() || length > run {
                return Err(Damaged);
            }
            let mask = self.window.len() - 1;
            for _ in 0..length {
                let byte = self.window[(self.total as usize).wrapping_sub(distance) & mask];
                self.push(byte);
            }
            run -= length;
        }
        Ok(())
    }

    /// The distance of a match in this slot of positions.
    fn distance(&mut self, bits: &mut Bits<'_>, slot: usize) -> Result<usize, Damaged> {
        let (extra, base) = place(slot);
        let more = match (self.kind, extra) {
            (Kind::Aligned, 3..) => {
                let high = bits.take(extra - 3)? as usize;
                high << 3 | self.aligned.next(bits)?
            }
            (_, extra) => bits.take(extra)? as usize,
        };
        Ok(base + more - 2)
    }

    fn push(&mut self, byte: u8) {
        let mask = self.window.len() - 1;
        self.window[self.total as usize & mask] = byte;
        self.total += 1;
    }
}

/// How many further bits a slot of positions has, and its first position.
fn place(slot: usize) -> (u32, usize) {
    match slot {
        0..=3 => (0, slot),
        4..=35 => ((slot / 2 - 1) as u32, (2 + slot % 2) << (slot / 2 - 1)),
        _ => (17, (slot - 34) << 17),
    }
}

/// Lengths of a code, written as differences to those of the code before, packed with a code of their own.
fn lengths(bits: &mut Bits<'_>, lengths: &mut [u8]) -> Result<(), Damaged> {
    let mut own = [0; 20];
    for length in &mut own {
        *length = bits.take(4)? as u8;
    }
    let code = Code::new(&own)?;
    let mut at = 0;
    while at < lengths.len() {
        let element = code.next(bits)?;
        let (count, value) = match element {
            17 => (bits.take(4)? as usize + 4, 0),
            18 => (bits.take(5)? as usize + 20, 0),
            19 => {
                let count = bits.take(1)? as usize + 4;
                (count, changed(lengths[at], code.next(bits)?)?)
            }
            element => (1, changed(lengths[at], element)?),
        };
        let end = lengths.len().min(at + count);
        lengths[at..end].fill(value);
        at = end;
    }
    Ok(())
}

/// A length changed by a difference modulo 17.
fn changed(length: u8, by: usize) -> Result<u8, Damaged> {
    if by > 16 { Err(Damaged) } else { Ok(((usize::from(length) + 17 - by) % 17) as u8) }
}

/// Translates the targets of x86 calls from places in the file back to distances.
fn translate(out: &mut [u8], start: i32, size: i32) {
    let end = out.len().saturating_sub(10);
    let mut at = 0;
    while at < end {
        if out[at] != 0xE8 {
            at += 1;
            continue;
        }
        let here = start.wrapping_add(at as i32);
        if let Some(field) = out[at + 1..].first_chunk_mut::<4>() {
            let target = i32::from_le_bytes(*field);
            if target >= here.wrapping_neg() && target < size {
                let back = if target >= 0 { target.wrapping_sub(here) } else { target.wrapping_add(size) };
                *field = back.to_le_bytes();
            }
        }
        at += 5;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_of_positions_follow_each_other_without_gaps() {
        for slot in 0..49 {
            let (extra, base) = place(slot);
            assert_eq!(place(slot + 1).1, base + (1 << extra), "{slot}");
        }
        assert_eq!(place(49).1 + (1 << 17), 1 << 21);
    }

    #[test]
    fn calls_are_translated_but_not_at_the_end() {
        let mut out = vec![0xE8, 0x10, 0, 0, 0, 0xE8, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, 5, 6];
        let wanted = vec![0xE8, 0x0B, 0, 0, 0, 0xE8, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, 5, 6];
        let mut twin = out.clone();
        translate(&mut out, 5, 100);
        assert_eq!(out[1], wanted[1]);
        // A place before the beginning counts from the end.
        assert_eq!(out[6..10], (99i32).to_le_bytes());
        translate(&mut twin[..10], 5, 100);
        assert_eq!(twin[1], 0x10);
    }
}
