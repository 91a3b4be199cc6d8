//! `#011`, `#012`, `#033`: control characters as rsyslog hands them on (its option `$EscapeControlCharactersOnReceive`:
//! a number sign and three octal digits).

use super::view::Edit;

pub(super) fn next(hay: &[u8], from: usize) -> Option<usize> {
    memchr::memchr(b'#', &hay[from..]).map(|at| from + at)
}

pub(super) fn at(hay: &[u8], at: usize) -> Option<Edit> {
    let digits = hay[at..].strip_prefix(b"#")?.first_chunk::<3>()?;
    let byte = octal(digits).filter(|byte| *byte < b' ' || *byte == 0x7F)?;
    Some(Edit::byte(4, spaced(byte)))
}

/// The byte that three octal digits write.
pub(super) fn octal(digits: &[u8; 3]) -> Option<u8> {
    let number =
        digits.iter().try_fold(0, |number, digit| Some(number * 8 + char::from(*digit).to_digit(8)?));
    u8::try_from(number?).ok()
}

/// What ends a line or a word becomes a space: the reading is one line.
pub(super) fn spaced(byte: u8) -> u8 {
    if matches!(byte, 0 | b'\t' | b'\n' | b'\r') { b' ' } else { byte }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_control_characters_only() {
        let taken = |text: &str| at(text.as_bytes(), 0).map(|edit| edit.bytes().to_vec());
        for (text, byte) in
            [("#012evil", b' '), ("#011203.0.113.77", b' '), ("#033[0m", 0x1B), ("#000", b' ')]
        {
            assert_eq!(taken(text), Some(vec![byte]), "{text}");
        }
        for text in ["#101", "#12", "#019", "#303", "012", "#-12", "#056"] {
            assert_eq!(taken(text), None, "{text}");
        }
    }
}
