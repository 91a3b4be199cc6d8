//! LZWDecode (ISO 32000-1, section 7.4.4): codes of 9 to 12 bits, the first bit of each the highest, as in TIFF.

use crate::model::Flow;

use super::filter::{Fed, Filter, Out, PIECE};

/// Empties the table.
const CLEAR: usize = 256;

/// The data are over.
const END: usize = 257;

/// Entries of a full table.
const FULL: usize = 1 << 12;

/// Undoes LZW.
pub(super) struct Lzw {
    /// The code before each, its last byte, and its length.
    before: Vec<u16>,
    last: Vec<u8>,
    length: Vec<u16>,
    next: usize,
    previous: Option<usize>,
    /// Codes grow by a bit one code early, as most encoders do.
    early: usize,
    buffer: u32,
    held: u32,
}

impl Lzw {
    pub(super) fn new(early: bool) -> Lzw {
        Lzw {
            before: vec![0; FULL],
            last: (0..FULL).map(|code| code as u8).collect(),
            length: vec![1; FULL],
            next: END + 1,
            previous: None,
            early: usize::from(early),
            buffer: 0,
            held: 0,
        }
    }

    fn bits(&self) -> u32 {
        match self.next + self.early {
            0..512 => 9,
            512..1_024 => 10,
            1_024..2_048 => 11,
            _ => 12,
        }
    }

    /// Appends what a code stands for; `None` for one that stands for nothing yet.
    fn code(&mut self, code: usize, made: &mut Vec<u8>) -> Option<()> {
        let from = made.len();
        let known = if code < self.next && code != END { code } else { self.previous? };
        if code > self.next || (code == self.next && self.next == FULL) {
            return None;
        }
        let length = usize::from(self.length[known]);
        made.resize(from + length, 0);
        let mut at = known;
        for byte in made[from..].iter_mut().rev() {
            *byte = self.last[at];
            at = usize::from(self.before[at]);
        }
        let first = made[from];
        if code == self.next {
            // The word that is being made: the previous one and its own first byte.
            made.push(first);
        }
        if let Some(previous) = self.previous.filter(|_| self.next < FULL) {
            self.before[self.next] = previous as u16;
            self.last[self.next] = first;
            self.length[self.next] = self.length[previous] + 1;
            self.next += 1;
        }
        self.previous = Some(code);
        Some(())
    }
}

impl Filter for Lzw {
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Fed {
        let mut made = Vec::new();
        let mut fed = Fed::More;
        for (at, byte) in input.iter().enumerate() {
            self.buffer = self.buffer << 8 | u32::from(*byte);
            self.held += 8;
            let bits = self.bits();
            if self.held < bits {
                continue;
            }
            self.held -= bits;
            let code = (self.buffer >> self.held) as usize & ((1 << bits) - 1);
            match code {
                CLEAR => (self.next, self.previous) = (END + 1, None),
                END => {
                    fed = Fed::End(at + 1);
                    break;
                }
                _ if self.code(code, &mut made).is_none() => {
                    fed = Fed::Bad;
                    break;
                }
                _ => {}
            }
            if made.len() >= PIECE && out(&std::mem::take(&mut made)) == Flow::Stop {
                return Fed::Stop;
            }
        }
        if !made.is_empty() && out(&made) == Flow::Stop { Fed::Stop } else { fed }
    }

    fn finish(&mut self, _: &mut Out<'_>) -> bool {
        // Some encoders leave the last code out.
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an encoder writes that never clears its table but when that is full.
    fn encoded(plain: &[u8], early: bool) -> Vec<u8> {
        let mut table = std::collections::HashMap::<Vec<u8>, usize>::new();
        let (mut out, mut buffer, mut held) = (Vec::new(), 0u64, 0u32);
        let mut next = END + 1;
        let mut put = |code: usize, next: usize| {
            // The reader is one entry behind.
            let size = next.saturating_sub(1) + usize::from(early);
            let bits = match size {
                0..512 => 9,
                512..1_024 => 10,
                1_024..2_048 => 11,
                _ => 12,
            };
            buffer = buffer << bits | code as u64;
            held += bits;
            while held >= 8 {
                held -= 8;
                out.push((buffer >> held) as u8);
                buffer &= (1 << held) - 1;
            }
            if code == END && held > 0 {
                out.push((buffer << (8 - held)) as u8);
            }
        };
        put(CLEAR, next);
        let mut word: Vec<u8> = Vec::new();
        let of = |table: &std::collections::HashMap<Vec<u8>, usize>, word: &[u8]| {
            if word.len() == 1 { Some(usize::from(word[0])) } else { table.get(word).copied() }
        };
        for byte in plain {
            let longer = [word.as_slice(), &[*byte]].concat();
            if of(&table, &longer).is_some() {
                word = longer;
                continue;
            }
            put(of(&table, &word).expect("known"), next);
            table.insert(longer, next);
            next += 1;
            if next == FULL {
                put(CLEAR, next);
                table.clear();
                next = END + 1;
            }
            word = vec![*byte];
        }
        put(of(&table, &word).expect("known"), next);
        put(END, next + 1);
        out
    }

    #[test]
    fn undoes_codes_of_every_length_fed_in_any_blocks() {
        let plain: Vec<u8> = (0..60_000u32).map(|n| (n * n / 7 % 251) as u8 ^ (n / 900) as u8).collect();
        for early in [true, false] {
            let packed = encoded(&plain, early);
            for size in [1, 7, 4_096, packed.len()] {
                let mut lzw = Lzw::new(early);
                let mut all = Vec::new();
                let mut ended = false;
                for block in packed.chunks(size) {
                    let fed = lzw.feed(block, &mut |made| {
                        all.extend_from_slice(made);
                        Flow::Continue
                    });
                    ended |= matches!(fed, Fed::End(_));
                    assert!(matches!(fed, Fed::More | Fed::End(_)));
                }
                assert!(ended && all == plain, "{early} {size}");
            }
        }
    }

    #[test]
    fn a_code_that_stands_for_nothing_is_damage() {
        let fed = Lzw::new(true).feed(&[0x80, 0x7F, 0xFF], &mut |_| Flow::Continue);
        assert_eq!(fed, Fed::Bad);
    }
}
