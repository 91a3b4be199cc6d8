//! XPRESS with Huffman codes ([MS-XCA] section 2.2): how Windows packs its own files.

/// Bytes of the table of code lengths in front of each block (section 2.2.1): 512 symbols, four bits each.
const TABLE: usize = 256;

/// Unpacked bytes for which one table stands.
const BLOCK: usize = 1 << 16;

/// The longest code in bits.
const LONGEST: u32 = 15;

/// Unpacks to at most `size` bytes; `false`: the packed bytes are damaged, or end before all those are there.
pub(super) fn unpack(packed: &[u8], size: usize) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let mut bits = Bits { bytes: packed, at: 0, held: 0, count: 0, lent: 0 };
    while out.len() < size {
        let lengths = packed.get(bits.at..).and_then(|rest| rest.first_chunk::<TABLE>());
        let Some(codes) = lengths.and_then(Codes::new) else { return (out, false) };
        bits.begin(bits.at + TABLE);
        let end = (out.len() + BLOCK).min(size);
        while out.len() < end {
            if item(&codes, &mut bits, size, &mut out).is_none() {
                return (out, false);
            }
        }
    }
    (out, true)
}

/// One literal or match (section 2.2.4).
fn item(codes: &Codes, bits: &mut Bits<'_>, size: usize, out: &mut Vec<u8>) -> Option<()> {
    let (symbol, length) = codes.next(bits)?;
    bits.skip(length)?;
    if let Ok(literal) = u8::try_from(symbol) {
        out.push(literal);
        return Some(());
    }
    let wide = u32::from(symbol - 256) / 16;
    let mut length = usize::from(symbol) % 16;
    if length == 15 {
        length += usize::from(bits.byte()?);
        if length == 15 + 255 {
            length = usize::from(bits.unit()?);
            if length == 0 {
                length = usize::from(bits.unit()?) | usize::from(bits.unit()?) << 16;
            }
            if length < 15 {
                return None;
            }
        }
    }
    let distance = bits.top(wide) as usize + (1 << wide);
    bits.skip(wide)?;
    let from = out.len().checked_sub(distance)?;
    for at in from..from + (length + 3).min(size - out.len()) {
        out.push(out[at]);
    }
    Some(())
}

/// Which symbol each 15 bits begin with, and how many of them it takes.
struct Codes(Vec<(u16, u8)>);

impl Codes {
    /// Codes of one length are in the order of their symbols (section 2.2.3); `None` where they are too many.
    fn new(lengths: &[u8; TABLE]) -> Option<Codes> {
        let of = |symbol: usize| u32::from(lengths[symbol / 2] >> (symbol % 2 * 4) & 15);
        let mut all = Vec::with_capacity(1 << LONGEST);
        for length in 1..=LONGEST {
            for symbol in (0..TABLE * 2).filter(|symbol| of(*symbol) == length) {
                let many = 1usize << (LONGEST - length);
                if all.len() + many > 1 << LONGEST {
                    return None;
                }
                all.resize(all.len() + many, (symbol as u16, length as u8));
            }
        }
        Some(Codes(all))
    }

    fn next(&self, bits: &Bits<'_>) -> Option<(u16, u32)> {
        self.0.get(bits.top(LONGEST) as usize).map(|(symbol, length)| (*symbol, u32::from(*length)))
    }
}

/// Bits, the highest of each 16 first, between which whole bytes stand.
struct Bits<'b> {
    bytes: &'b [u8],
    at: usize,
    held: u32,
    /// Bits held beyond the first 16.
    count: i32,
    /// Bits held that were not there: two units are read ahead.
    lent: i32,
}

impl Bits<'_> {
    fn begin(&mut self, at: usize) {
        (self.at, self.lent) = (at, 0);
        let [first, second] = [self.ahead(), self.ahead()];
        (self.held, self.count) = (first << 16 | second, 16);
    }

    /// The next unit, or bits that must not be used.
    fn ahead(&mut self) -> u32 {
        if let Some(unit) = self.unit() {
            return u32::from(unit);
        }
        // No byte stands behind bits that are missing.
        self.at = self.bytes.len();
        self.lent += 16;
        0
    }

    fn top(&self, count: u32) -> u32 {
        if count == 0 { 0 } else { self.held >> (32 - count) }
    }

    /// `None` where more bits are taken than there were.
    fn skip(&mut self, count: u32) -> Option<()> {
        self.held <<= count;
        self.count -= count as i32;
        if self.count < 0 {
            self.held |= self.ahead() << -self.count;
            self.count += 16;
        }
        (self.count + 16 >= self.lent).then_some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn unit(&mut self) -> Option<u16> {
        let unit = *self.bytes.get(self.at..)?.first_chunk()?;
        self.at += 2;
        Some(u16::from_le_bytes(unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of these code lengths, all others zero.
    fn table(lengths: &[(usize, u8)]) -> Vec<u8> {
        let mut table = vec![0; TABLE];
        for (symbol, length) in lengths {
            table[symbol / 2] |= length << (symbol % 2 * 4);
        }
        table
    }

    #[test]
    fn unpacks_the_examples_of_the_standard() {
        let letters: Vec<(usize, u8)> = (97..119)
            .map(|symbol| (symbol, 5))
            .chain((119..123).map(|symbol| (symbol, 4)))
            .chain([(256, 4)])
            .collect();
        let stream = b"\xd8\x52\x3e\xd7\x94\x11\x5b\xe9\x19\x5f\xf9\xd6\x7c\xdf\x8d\x04\0\0\0\0";
        let packed = [table(&letters), stream.to_vec()].concat();
        assert_eq!(unpack(&packed, 26), (b"abcdefghijklmnopqrstuvwxyz".to_vec(), true));
        let again = table(&[(97, 3), (98, 3), (99, 2), (256, 2), (287, 2)]);
        let packed = [again, b"\xa8\xdc\0\0\xff\x26\x01".to_vec()].concat();
        assert_eq!(unpack(&packed, 300), (b"abc".repeat(100), true));
        for length in 0..packed.len() - 1 {
            let (out, whole) = unpack(&packed[..length], 300);
            assert!(!whole && b"abc".repeat(100).starts_with(&out), "{length}");
        }
        assert!(!unpack(&[0xFF; 300], 300).1);
    }
}
