//! Transfer encodings (RFC 2045 section 6): base64 and quoted-printable, decoded as their bytes come.

/// How a part's bytes were made fit for the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Transfer {
    /// 7bit, 8bit, binary, or a word that is not known.
    #[default]
    AsIs,
    Base64,
    QuotedPrintable,
    /// As `uuencode` of POSIX.1-2017 writes it, historical algorithm.
    Uuencode,
}

impl Transfer {
    /// The encoding that a `Content-Transfer-Encoding` names.
    pub(super) fn named(word: &str) -> Transfer {
        let word = word.trim();
        if word.eq_ignore_ascii_case("base64") {
            Transfer::Base64
        } else if word.eq_ignore_ascii_case("quoted-printable") {
            Transfer::QuotedPrintable
        } else if ["x-uuencode", "uuencode", "x-uue"].iter().any(|name| word.eq_ignore_ascii_case(name)) {
            Transfer::Uuencode
        } else {
            Transfer::AsIs
        }
    }
}

/// Base64 digits that do not fill three bytes yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Base64 {
    bits: u32,
    digits: u8,
}

impl Base64 {
    /// Appends what `text` decodes to. What is no digit is passed over, padding ends a group.
    pub(super) fn feed(&mut self, text: &[u8], out: &mut Vec<u8>) {
        for byte in text {
            let value = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => {
                    self.finish(out);
                    continue;
                }
                _ => continue,
            };
            self.bits = self.bits << 6 | u32::from(value);
            self.digits += 1;
            if self.digits == 4 {
                out.extend_from_slice(&self.bits.to_be_bytes()[1..]);
                (self.bits, self.digits) = (0, 0);
            }
        }
    }

    /// Appends the bytes of an unfinished group.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        match self.digits {
            2 => out.push((self.bits >> 4) as u8),
            3 => out.extend_from_slice(&[(self.bits >> 10) as u8, (self.bits >> 2) as u8]),
            _ => {}
        }
        (self.bits, self.digits) = (0, 0);
    }
}

/// Appends what one line decodes to: `text` without and `end` with its line end. `=` at the end joins it to the next.
pub(super) fn quoted_printable(text: &[u8], end: &[u8], out: &mut Vec<u8>) {
    let text = text.trim_ascii_end();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let pair = text.get(at + 1..at + 3).and_then(|pair| Some((digit(pair[0])?, digit(pair[1])?)));
        match (byte, pair) {
            (b'=', Some((high, low))) => {
                out.push(high << 4 | low);
                at += 3;
            }
            (b'=', None) if at + 1 == text.len() => return,
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out.extend_from_slice(end);
}

/// Appends what one line decodes to: its first character says how many bytes it holds.
pub(super) fn uuencode(line: &[u8], out: &mut Vec<u8>) {
    let value = |byte: u8| u32::from(byte.wrapping_sub(b' ') & 63);
    let Some((first, digits)) = line.split_first() else { return };
    let framing = line.starts_with(b"begin ") || line == b"end";
    if framing || !(b' '..=b'`').contains(first) {
        return;
    }
    let end = out.len() + value(*first) as usize;
    for group in digits.chunks(4) {
        let digit = |place: usize| group.get(place).map_or(0, |byte| value(*byte));
        let bits = digit(0) << 18 | digit(1) << 12 | digit(2) << 6 | digit(3);
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    out.truncate(end);
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded_however_it_is_cut() {
        let text = b"aHR0cDovL2V4YW1w\r\nbGUub3JnLw==";
        for size in [1, 3, 100] {
            let (mut state, mut out) = (Base64::default(), Vec::new());
            text.chunks(size).for_each(|block| state.feed(block, &mut out));
            state.finish(&mut out);
            assert_eq!(out, b"http://example.org/");
        }
    }

    #[test]
    fn uuencoded_lines_give_as_many_bytes_as_they_say() {
        let mut out = Vec::new();
        for line in [&b"begin 644 a"[..], b"#0V%T", b"\"0V$", b"`", b"end"] {
            uuencode(line, &mut out);
        }
        assert_eq!(out, b"CatCa");
    }

    #[test]
    fn quoted_printable_joins_soft_breaks_and_keeps_what_is_no_code() {
        let mut out = Vec::new();
        for line in [&b"caf=C3=A9 =3D  "[..], b"http://ex=", b"ample.org/?a=xy"] {
            quoted_printable(line, b"\n", &mut out);
        }
        assert_eq!(String::from_utf8_lossy(&out), "caf\u{e9} =\nhttp://example.org/?a=xy\n");
    }
}
