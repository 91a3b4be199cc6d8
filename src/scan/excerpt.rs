//! Attacker-written bytes, made fit to be shown: shortened, readable, and without effect on a terminal or a page.

use std::ops::Range;

/// Bytes shown on each side of a match.
const AROUND: usize = 160;

/// Bytes of an observed value that are shown.
const VALUE: usize = 512;

/// The line around `span`, shortened with `…`.
pub(super) fn excerpt(line: &[u8], span: &Range<usize>) -> String {
    let start = span.start.saturating_sub(AROUND);
    let end = span.end.min(span.start + VALUE).saturating_add(AROUND).min(line.len());
    let mut out = String::new();
    if start > 0 {
        out.push('…');
    }
    out.push_str(&readable(&line[start..end]));
    if end < line.len() {
        out.push('…');
    }
    out
}

/// The value itself, shortened with `…`.
pub(super) fn value(bytes: &[u8]) -> String {
    match bytes.get(..VALUE) {
        Some(start) if bytes.len() > VALUE => readable(start) + "…",
        _ => readable(bytes),
    }
}

/// UTF-8 where it is, Latin-1 for stray bytes; control and direction-changing characters escaped.
pub(super) fn readable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' => {
                    out.extend(character.escape_unicode());
                }
                control if control.is_control() => out.extend(control.escape_default()),
                plain => out.push(plain),
            }
        }
        for byte in chunk.invalid() {
            match char::from(*byte) {
                control if control.is_control() => out.push_str(&format!("\\x{byte:02x}")),
                plain => out.push(plain),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        let text = readable(b"a\x1b[31m\r\n\xe9\x9b \xe2\x80\xae");
        assert_eq!(text, "a\\u{1b}[31m\\r\\né\\x9b \\u{202e}");
    }
}
