//! Is it text, and in which encoding?

use crate::model::ArtifactKind;

/// The encoding of text that begins with `head`, or `None` for a binary.
pub(super) fn encoding(head: &[u8], whole: bool) -> Option<ArtifactKind> {
    match head {
        [0xFF, 0xFE, ..] => return Some(ArtifactKind::TextUtf16Le),
        [0xFE, 0xFF, ..] => return Some(ArtifactKind::TextUtf16Be),
        _ => {}
    }
    if let Some(kind) = utf16_without_mark(head) {
        return Some(kind);
    }
    if !mostly_printable(head) {
        return None;
    }
    let cut = |error: std::str::Utf8Error| error.error_len().is_none() && !whole;
    let valid = std::str::from_utf8(head).map_or_else(cut, |_| true);
    Some(if valid || mostly_utf8(head) { ArtifactKind::TextUtf8 } else { ArtifactKind::TextLatin1 })
}

/// Logs are ASCII for the most part, so in UTF-16 nearly every second byte is zero and the others are not.
fn utf16_without_mark(head: &[u8]) -> Option<ArtifactKind> {
    let pairs = head.as_chunks::<2>().0;
    if pairs.len() < 4 {
        return None;
    }
    let text = |byte: u8| (b' '..0x7F).contains(&byte) || matches!(byte, b'\t' | b'\r' | b'\n');
    let little = pairs.iter().filter(|pair| pair[1] == 0 && text(pair[0])).count();
    let big = pairs.iter().filter(|pair| pair[0] == 0 && text(pair[1])).count();
    let most = |count: usize| count * 10 >= pairs.len() * 9;
    if most(little) {
        return Some(ArtifactKind::TextUtf16Le);
    }
    most(big).then_some(ArtifactKind::TextUtf16Be)
}

/// Control characters that text does not hold may be one in ten bytes: a log that a crash padded with zeros, or that
/// took down an attack byte by byte, is still a log. Machine code and compressed data have far more.
fn mostly_printable(head: &[u8]) -> bool {
    let odd = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B | 0x08);
    let odds = head.iter().filter(|byte| odd(byte)).count();
    let high = head.iter().filter(|byte| (0x80..0xA0).contains(*byte)).count();
    let readable = head.iter().filter(|byte| byte.is_ascii_graphic() || **byte == b' ').count();
    let multibyte =
        std::str::from_utf8(head).map_or_else(|error| error.valid_up_to() + 4 > head.len(), |_| true);
    // Text in the encodings before Unicode may have few bytes of ASCII; it has hardly any control characters.
    let tidy = odds * 100 <= head.len();
    odds * 10 <= head.len() && (tidy || multibyte || (high * 10 <= head.len() && readable * 2 >= head.len()))
}

/// Whether most bytes beyond ASCII are parts of UTF-8 sequences: one broken sequence does not make a log Latin-1.
fn mostly_utf8(head: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in head.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| *byte >= 0x80).count();
        bad += chunk.invalid().len();
    }
    good > bad * 4
}
