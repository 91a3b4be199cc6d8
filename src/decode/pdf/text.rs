//! Strings of a PDF (ISO 32000-1, section 7.3.4) as plain text, and the text that the operators of a page show.

use super::lexer::{Lexer, Token, is_space};

/// Text that is shown in pieces with less than this between them, in thousandths of its size, is one word (section 9.4.3).
const SPACE: f32 = -200.0;

/// What is kept of a stream at a time; a string longer than that is searched as it is written only.
const HELD: usize = 1 << 20;

/// The text of a string; `None` where it is no text, or written just so.
pub(super) fn unwritten(token: Token, written: &[u8]) -> Option<Vec<u8>> {
    let inner = written.get(1..written.len().saturating_sub(1))?;
    let text = readable(bytes(token, written)?)?;
    (token == Token::Hexadecimal || text != inner).then_some(text)
}

/// The text of a string, however it is written; `None` where it is no text.
pub(super) fn string(token: Token, written: &[u8]) -> Option<Vec<u8>> {
    readable(bytes(token, written)?)
}

/// The text that a string stands for, or its bytes where it is none.
pub(super) fn plain(bytes: Vec<u8>) -> Vec<u8> {
    readable(bytes.clone()).unwrap_or(bytes)
}

/// The bytes that a string stands for; `None` for other words.
pub(super) fn bytes(token: Token, written: &[u8]) -> Option<Vec<u8>> {
    let inner = written.get(1..written.len().saturating_sub(1))?;
    match token {
        Token::Literal => Some(literal(inner)),
        Token::Hexadecimal => {
            let digits: Vec<u8> = inner
                .iter()
                .filter_map(|byte| char::from(*byte).to_digit(16))
                .map(|digit| digit as u8)
                .collect();
            Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect())
        }
        _ => None,
    }
}

/// Undoes the escapes of a literal string (section 7.3.4.2, table 3).
fn literal(inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let [first, behind @ ..] = rest {
        rest = behind;
        if *first != b'\\' {
            // An end of line is one line feed.
            match (*first, behind.first()) {
                (b'\r', Some(b'\n')) => {}
                (b'\r', _) => out.push(b'\n'),
                _ => out.push(*first),
            }
            continue;
        }
        let Some((code, behind)) = behind.split_first() else { break };
        rest = behind;
        match code {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(0x0C),
            b'\r' => rest = rest.strip_prefix(b"\n").unwrap_or(rest),
            b'\n' => {}
            b'0'..=b'7' => {
                let mut value = u32::from(code - b'0');
                for _ in 0..2 {
                    let Some((digit @ b'0'..=b'7', behind)) = rest.split_first() else { break };
                    value = value * 8 + u32::from(digit - b'0');
                    rest = behind;
                }
                out.push(value as u8);
            }
            _ => out.push(*code),
        }
    }
    out
}

/// Bytes as text, if that is what they are: UTF-16 and UTF-8 with their marks (section 7.9.2.2; ISO 32000-2 for UTF-8), else
/// an encoding whose letters stand for themselves.
fn readable(bytes: Vec<u8>) -> Option<Vec<u8>> {
    let wide = |units: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = units.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
        let text: String =
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        text.into_bytes()
    };
    // What has a mark is text, whatever characters are in it.
    let (mut text, is_marked) = match &bytes[..] {
        [0xFE, 0xFF, units @ ..] => (wide(units, u16::from_be_bytes), true),
        [0xFF, 0xFE, units @ ..] => (wide(units, u16::from_le_bytes), true),
        [0xEF, 0xBB, 0xBF, text @ ..] => (text.to_vec(), true),
        _ => (bytes, false),
    };
    // Some programs end strings as they do in memory.
    text.truncate(text.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
    let fits = |byte: &u8| *byte >= b' ' && *byte != 0x7F || matches!(byte, 8..=13);
    (!text.is_empty() && (is_marked || text.iter().all(fits))).then_some(text)
}

/// Finds, in a decoded stream, the text that is not written as it reads: escaped, in hexadecimal, or shown piece by piece.
///
/// What it does not do: (1) it knows no encodings of fonts but those whose letters stand for themselves; (2) it joins no text
/// that is shown by several operators.
#[derive(Default)]
pub(super) struct Shown {
    held: Vec<u8>,
    array: Option<Array>,
    closed: Option<Array>,
}

/// The strings of an array so far.
#[derive(Default)]
struct Array {
    joined: Vec<u8>,
    apart: Vec<u8>,
    count: usize,
}

impl Shown {
    /// Takes the next bytes of the stream; gives each text.
    pub(super) fn feed(&mut self, mut bytes: &[u8], take: &mut dyn FnMut(&[u8])) {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(HELD - self.held.len()));
            self.held.extend_from_slice(now);
            bytes = later;
            if self.held.len() == HELD {
                self.read(false, take);
            }
        }
    }

    /// The stream is over.
    pub(super) fn finish(mut self, take: &mut dyn FnMut(&[u8])) {
        self.read(true, take);
        for array in [self.closed, self.array].into_iter().flatten() {
            array.give(false, take);
        }
    }

    fn read(&mut self, last: bool, take: &mut dyn FnMut(&[u8])) {
        let held = std::mem::take(&mut self.held);
        let mut lexer = Lexer::new(&held);
        let mut kept = held.len();
        while let Some((token, place)) = lexer.next() {
            // The word may go on in what follows.
            let is_cut = place.end == held.len()
                || (token == Token::Stray && matches!(held[place.start], b'(' | b'<'));
            if !last && is_cut && place.start > held.len() / 2 {
                kept = place.start;
                break;
            }
            self.word(token, &held[place], take);
        }
        self.held = held[kept..].to_vec();
    }

    fn word(&mut self, token: Token, written: &[u8], take: &mut dyn FnMut(&[u8])) {
        if let Some(array) = self.closed.take() {
            array.give(written == b"TJ", take);
        }
        match token {
            Token::OpenArray => self.array = Some(Array::default()),
            Token::CloseArray => self.closed = self.array.take(),
            Token::Literal | Token::Hexadecimal => {
                let text = unwritten(token, written);
                match &mut self.array {
                    Some(array) => array.push(token, written, text),
                    None => text.iter().for_each(|text| take(text)),
                }
            }
            Token::Word => {
                if let Some(array) = &mut self.array {
                    let number = std::str::from_utf8(written).ok().and_then(|text| text.parse::<f32>().ok());
                    if number.is_some_and(|number| number <= SPACE) {
                        array.joined.push(b' ');
                    }
                }
            }
            _ => {}
        }
    }
}

impl Array {
    fn push(&mut self, token: Token, written: &[u8], text: Option<Vec<u8>>) {
        self.count += 1;
        match text {
            Some(text) => {
                self.joined.extend_from_slice(&text);
                if !self.apart.is_empty() {
                    self.apart.push(b' ');
                }
                self.apart.extend_from_slice(&text);
            }
            None if token == Token::Literal => self.joined.extend_from_slice(&written[1..written.len() - 1]),
            None => {}
        }
    }

    /// `together`: the strings are shown one behind the other.
    fn give(&self, together: bool, take: &mut dyn FnMut(&[u8])) {
        let text = if together && self.count > 1 { &self.joined } else { &self.apart };
        if !text.iter().all(|byte| is_space(*byte)) {
            take(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(written: &str) -> Option<String> {
        let token = if written.starts_with('(') { Token::Literal } else { Token::Hexadecimal };
        unwritten(token, written.as_bytes()).map(|text| String::from_utf8_lossy(&text).into_owned())
    }

    #[test]
    fn strings_are_read_as_the_standard_writes_them() {
        let table = [
            (r"(http://evil\056example/\(a\))", Some("http://evil.example/(a)")),
            (r"(\150\164\164p\72//x\57)", Some("http://x/")),
            ("(evil\\\n.exam\\\r\nple)", Some("evil.example")),
            (r"(a\qb\\c)", Some(r"aqb\c")),
            ("(as it is (so))", None),
            ("(a\\000b)", None),
            ("(\\376\\377\\000a\\000\\056)", Some("a.")),
            ("<68 7474703a2F2F7>", Some("http://p")),
            ("<FEFF00650076>", Some("ev")),
            ("<FEFF0065000100760000>", Some("e\u{1}v")),
            ("<657600>", Some("ev")),
            ("<EFBBBF65>", Some("e")),
            ("<0012ff>", None),
            ("<>", None),
        ];
        for (written, text) in table {
            assert_eq!(plain(written).as_deref(), text, "{written}");
        }
    }

    fn shown(stream: &[u8], size: usize) -> Vec<String> {
        let mut all = Vec::new();
        let mut take = |text: &[u8]| all.push(String::from_utf8_lossy(text).into_owned());
        let mut shown = Shown::default();
        for block in stream.chunks(size) {
            shown.feed(block, &mut take);
        }
        shown.finish(&mut take);
        all
    }

    #[test]
    fn text_shown_piece_by_piece_is_read_as_one() {
        let stream = br"BT (plain) Tj [(ev) 20 (il.ex) -15.5 (ample) -333 (192.0.2.7)] TJ <65> Tj [(a\056b) 7 0 R (c)] /X [(a\056)] TJ";
        for size in [1, 7, 1_000] {
            assert_eq!(shown(stream, size), ["evil.example 192.0.2.7", "e", "a.b", "a."]);
        }
    }

    #[test]
    fn long_streams_are_read_piece_by_piece() {
        let mut stream = b"(aaaaaaaaa) Tj\n".repeat(150_000);
        stream.extend_from_slice(br"(evil\056example) Tj");
        stream.splice(HELD - 8..HELD - 8, *br" (e\056x) ");
        let all = shown(&stream, 4_096);
        assert_eq!(all.last().map(String::as_str), Some("evil.example"));
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(shown(&b"(".repeat(3 << 20), 1 << 20).is_empty());
    }
}
