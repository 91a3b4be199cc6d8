//! `&amp;`, `&#46;`, `&#x2e;` (HTML, section 13.5; the five of XML 1.0, section 4.6, and those of Apache's pages).

use super::percent::hex;
use super::view::Edit;

const NAMED: [(&[u8], char); 8] = [
    (b"amp", '&'),
    (b"lt", '<'),
    (b"gt", '>'),
    (b"quot", '"'),
    (b"apos", '\''),
    (b"nbsp", ' '),
    (b"period", '.'),
    (b"sol", '/'),
];

pub(super) fn next(hay: &[u8], from: usize) -> Option<usize> {
    memchr::memchr(b'&', &hay[from..]).map(|at| from + at)
}

pub(super) fn at(hay: &[u8], at: usize) -> Option<Edit> {
    if hay.get(at) != Some(&b'&') {
        return None;
    }
    let window = hay.get(at + 1..)?;
    let window = &window[..window.len().min(10)];
    let length = window.iter().position(|byte| *byte == b';')?;
    let name = &window[..length];
    let written = length + 2;
    let character = match name {
        [b'#', b'x' | b'X', digits @ ..] if !digits.is_empty() => char::from_u32(hex(digits)?)?,
        [b'#', digits @ ..] if !digits.is_empty() => char::from_u32(decimal(digits)?)?,
        _ => NAMED.iter().find(|(known, _)| *known == name)?.1,
    };
    Some(Edit::character(written, character))
}

/// The number that decimal digits write.
pub(super) fn decimal(digits: &[u8]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0u32, |number, digit| number.checked_mul(10)?.checked_add(char::from(*digit).to_digit(10)?))
}
