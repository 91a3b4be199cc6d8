//! IPv4 addresses written as one number in a URL, `http://3232235777/` or `http://0xC0A80101/`
//! (WHATWG URL, section 3.5, the IPv4 number parser).

use std::net::Ipv4Addr;

use super::entity::decimal;
use super::percent::hex;
use super::view::Edit;

/// What stands before an address in a URL.
const SCHEME: &[u8] = b"://";

pub(super) fn next(hay: &[u8], from: usize) -> Option<usize> {
    // What ends just before `from` counts too.
    let start = from.saturating_sub(SCHEME.len());
    memchr::memmem::find(&hay[start..], SCHEME).map(|at| start + at + SCHEME.len())
}

pub(super) fn at(hay: &[u8], at: usize) -> Option<Edit> {
    if !hay.get(at)?.is_ascii_digit() || !hay[..at].ends_with(SCHEME) {
        return None;
    }
    let rest = &hay[at..];
    let length = rest.iter().take(12).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let ends = rest
        .get(length)
        .is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b'-' | b'_'));
    let text = &rest[..length];
    let number = match text {
        [b'0', b'x' | b'X', digits @ ..] if !digits.is_empty() => hex(digits)?,
        digits if digits.len() >= 8 => decimal(digits)?,
        _ => return None,
    };
    ends.then(|| Edit::text(length, Ipv4Addr::from(number).to_string().as_bytes()))
}
