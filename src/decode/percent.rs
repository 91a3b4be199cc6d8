//! `%2e` (RFC 3986, section 2.1) and the `%u002e` that IIS takes.

use super::view::Edit;

pub(super) fn next(hay: &[u8], from: usize) -> Option<usize> {
    memchr::memchr(b'%', &hay[from..]).map(|at| from + at)
}

pub(super) fn at(hay: &[u8], at: usize) -> Option<Edit> {
    if hay.get(at) != Some(&b'%') {
        return None;
    }
    if matches!(hay.get(at + 1), Some(b'u' | b'U')) {
        let code = hex(hay.get(at + 2..at + 6)?)?;
        return Some(Edit::character(6, char::from_u32(code)?));
    }
    let code = hex(hay.get(at + 1..at + 3)?)?;
    Some(Edit::byte(3, u8::try_from(code).ok()?))
}

/// The number that hexadecimal digits write; `None` where one of them is no digit.
pub(super) fn hex(digits: &[u8]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0u32, |number, digit| number.checked_mul(16)?.checked_add(char::from(*digit).to_digit(16)?))
}
