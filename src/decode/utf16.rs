//! UTF-16 (RFC 2781): whole texts as a stream, and stretches of it inside binaries.

use super::view::View;

/// Turns a UTF-16 stream into UTF-8, block by block, however it is cut.
#[derive(Debug)]
pub struct Utf16 {
    little_endian: bool,
    half: Option<u8>,
    lead: Option<u16>,
}

impl Utf16 {
    /// A decoder for one byte order.
    pub fn new(little_endian: bool) -> Utf16 {
        Utf16 { little_endian, half: None, lead: None }
    }

    /// Appends the UTF-8 of the next bytes to `out`. An unpaired surrogate becomes U+FFFD.
    pub fn feed(&mut self, block: &[u8], out: &mut Vec<u8>) {
        let mut block = block;
        if let (Some(first), Some(second)) = (self.half, block.first()) {
            self.half = None;
            self.unit([first, *second], out);
            block = &block[1..];
        }
        let (pairs, rest) = block.as_chunks::<2>();
        for pair in pairs {
            self.unit(*pair, out);
        }
        self.half = self.half.or(rest.first().copied());
    }

    /// The stream is over: what is still open becomes U+FFFD.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if self.lead.take().is_some() {
            push(out, char::REPLACEMENT_CHARACTER);
        }
        if self.half.take().is_some() {
            push(out, char::REPLACEMENT_CHARACTER);
        }
    }

    fn unit(&mut self, pair: [u8; 2], out: &mut Vec<u8>) {
        let unit = if self.little_endian { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) };
        if unit < 0x80 && self.lead.is_none() {
            out.push(unit as u8);
            return;
        }
        if let Some(lead) = self.lead.take() {
            if (0xDC00..0xE000).contains(&unit) {
                let code = 0x1_0000 + ((u32::from(lead) - 0xD800) << 10) + (u32::from(unit) - 0xDC00);
                push(out, char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                return;
            }
            push(out, char::REPLACEMENT_CHARACTER);
        }
        match unit {
            0xD800..0xDC00 => self.lead = Some(unit),
            _ => push(out, char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }
}

fn push(out: &mut Vec<u8>, character: char) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The shortest stretch of UTF-16 in a binary that is taken for text.
const SHORTEST: usize = 6;

/// The readable UTF-16 stretches of a binary, in both byte orders at every alignment, one a line; `None` where
/// there are none. Only ASCII in UTF-16: that is what indicators are written in.
pub fn wide(hay: &[u8]) -> Option<View> {
    memchr::memchr(0, hay)?;
    let mut made: Vec<(u8, u32)> = Vec::new();
    let mut position = 0;
    while position + 1 < hay.len() {
        let length = stretch(&hay[position..]);
        if length < SHORTEST {
            position += 1;
            continue;
        }
        for unit in 0..length {
            let at = position + unit * 2;
            made.push((hay[at] | hay[at + 1], at as u32));
        }
        made.push((b'\n', (position + length * 2) as u32));
        position += length * 2;
    }
    (!made.is_empty()).then(|| View::made("utf-16", &made, hay.len() as u32))
}

/// The readable bytes of a text that was decoded as UTF-16 and is none, one stretch a line: what a program appended in
/// ASCII, or UTF-16 after a lost byte. `None` where there are none.
pub fn narrow(text: &[u8], little_endian: bool) -> Option<View> {
    let mut made: Vec<(u8, u32)> = Vec::new();
    let mut begin = 0;
    let close = |made: &mut Vec<(u8, u32)>, begin: &mut usize, at: usize| {
        if made.len() - *begin < SHORTEST {
            made.truncate(*begin);
        } else {
            made.push((b'\n', at as u32));
        }
        *begin = made.len();
    };
    let mut position = 0;
    for chunk in text.utf8_chunks() {
        for (at, character) in chunk.valid().char_indices() {
            let at = position + at;
            match pair(character, little_endian) {
                Some(bytes) => {
                    made.extend(bytes.into_iter().filter(|byte| *byte != 0).map(|byte| (byte, at as u32)))
                }
                None => close(&mut made, &mut begin, at),
            }
        }
        position += chunk.valid().len() + chunk.invalid().len();
    }
    close(&mut made, &mut begin, text.len());
    (!made.is_empty()).then(|| View::made("bytes", &made, text.len() as u32))
}

/// Whether [`narrow`] may find something: two bytes of ASCII make a character of three bytes of UTF-8.
pub fn may_be_narrow(text: &[u8]) -> bool {
    text.iter().any(|byte| (0xE0..0xE8).contains(byte))
}

/// The two bytes that a decoder took for one character, where both are ASCII of a text, or one is and the other is zero.
fn pair(character: char, little_endian: bool) -> Option<[u8; 2]> {
    let unit = u16::try_from(u32::from(character)).ok().filter(|unit| *unit >= 0x0800)?;
    let bytes = if little_endian { unit.to_le_bytes() } else { unit.to_be_bytes() };
    let plain = |byte: u8| matches!(byte, 0 | b'\t' | b'\n' | b'\r' | 0x20..0x7F);
    (plain(bytes[0]) && plain(bytes[1])).then_some(bytes)
}

/// Units of printable ASCII at the start of `hay`, all in the byte order of the first.
fn stretch(hay: &[u8]) -> usize {
    let printable = |byte: u8| (0x20..0x7F).contains(&byte) || byte == b'\t';
    let little_endian = hay[1] == 0;
    hay.as_chunks::<2>()
        .0
        .iter()
        .take_while(|pair| {
            let (text, zero) = if little_endian { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
            zero == 0 && printable(text)
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_gives_the_same_text_however_it_is_cut() {
        let text = "Zugriff für 😀 on /courier/about.html";
        for little_endian in [true, false] {
            let bytes: Vec<u8> = text
                .encode_utf16()
                .flat_map(|unit| if little_endian { unit.to_le_bytes() } else { unit.to_be_bytes() })
                .collect();
            for size in [1, 2, 3, 7, bytes.len()] {
                let mut decoder = Utf16::new(little_endian);
                let mut out = Vec::new();
                bytes.chunks(size).for_each(|block| decoder.feed(block, &mut out));
                decoder.finish(&mut out);
                assert_eq!(String::from_utf8_lossy(&out), text);
            }
        }
    }

    #[test]
    fn broken_surrogates_are_replaced() {
        let mut decoder = Utf16::new(true);
        let mut out = Vec::new();
        decoder.feed(&[0x3D, 0xD8, 0x41, 0x00, 0x3D, 0xD8, 0x42], &mut out);
        decoder.finish(&mut out);
        assert_eq!(String::from_utf8_lossy(&out), "\u{FFFD}A\u{FFFD}\u{FFFD}");
    }

    #[test]
    fn what_is_no_utf_16_in_a_text_of_it_is_shown_as_bytes() {
        for little_endian in [true, false] {
            let order = |unit: u16| if little_endian { unit.to_le_bytes() } else { unit.to_be_bytes() };
            let mut appended: Vec<u8> = "first line\r\n".encode_utf16().flat_map(order).collect();
            appended.extend_from_slice(b"GET evil.example/a\n");
            let mut shifted: Vec<u8> = "GET evil.example/a\n".encode_utf16().flat_map(order).collect();
            shifted.insert(0, if little_endian { 0 } else { b'x' });
            for bytes in [appended, shifted] {
                let (mut decoder, mut text) = (Utf16::new(little_endian), Vec::new());
                decoder.feed(&bytes, &mut text);
                decoder.finish(&mut text);
                assert!(may_be_narrow(&text));
                let view = narrow(&text, little_endian).expect("a stretch");
                assert!(memchr::memmem::find(&view.bytes, b"evil.example/a").is_some(), "{:?}", view.bytes);
            }
        }
        let chinese = "\u{8BBF}\u{95EE} evil.example \u{7F51}\u{7AD9}";
        assert!(narrow(chinese.as_bytes(), true).is_none());
    }

    #[test]
    fn a_binary_shows_its_wide_strings() {
        let mut bytes = vec![1, 2, 3];
        bytes.extend("evil.example".encode_utf16().flat_map(u16::to_le_bytes));
        let view = wide(&bytes).expect("a stretch");
        assert!(view.bytes.starts_with(b"evil.example"));
        let trace = view.trace(0..12).expect("made by decoding");
        assert_eq!((trace.span, trace.decoding), (3..27, vec!["utf-16".to_owned()]));
    }
}
