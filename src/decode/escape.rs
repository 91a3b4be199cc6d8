//! `\x2e`, `\u002e`, `\056`, `\/`, `\\`, `\n`: how Apache, nginx, JSON and shells write bytes in a log.

use super::control::{octal, spaced};
use super::percent::hex;
use super::view::Edit;

pub(super) fn next(hay: &[u8], from: usize) -> Option<usize> {
    memchr::memchr(b'\\', &hay[from..]).map(|at| from + at)
}

pub(super) fn at(hay: &[u8], at: usize) -> Option<Edit> {
    if hay.get(at) != Some(&b'\\') {
        return None;
    }
    match hay.get(at + 1)? {
        b'x' | b'X' => Some(Edit::byte(4, u8::try_from(hex(hay.get(at + 2..at + 4)?)?).ok()?)),
        b'u' | b'U' => Some(Edit::character(6, char::from_u32(hex(hay.get(at + 2..at + 6)?)?)?)),
        b'/' => Some(Edit::byte(2, b'/')),
        b'\\' => Some(Edit::byte(2, b'\\')),
        b'"' => Some(Edit::byte(2, b'"')),
        b'n' | b'r' | b't' => Some(Edit::byte(2, b' ')),
        b'0'..=b'3' => Some(Edit::byte(4, spaced(octal(hay[at + 1..].first_chunk()?)?))),
        _ => None,
    }
}
