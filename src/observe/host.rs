//! Dotted tokens: host names and IPv4 addresses.
//!
//! Every such token has a dot, and dots are rare in logs beside letters, so the search jumps from dot to dot.

use std::net::Ipv4Addr;
use std::ops::Range;

/// A dotted token and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostToken {
    /// Four decimal numbers of 0 to 255 without leading zeros, not part of a longer name or number.
    Address(Ipv4Addr, Range<usize>),
    /// Anything else that is shaped like a host name: labels joined by dots. Not yet lower-cased.
    Name(Range<usize>),
}

/// Letters, digits, hyphen, underscore, dot, and every byte of a non-ASCII letter.
const HOST: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b'.' || b >= 0x80;
        byte += 1;
    }
    table
};

/// The longest name that DNS allows is 253 octets (RFC 1035, section 2.3.4); longer runs of dotted text are
/// passed over, so that a megabyte of dots costs no more than a megabyte of anything.
const LONGEST: usize = 1_024;

/// Calls `found` for each dotted token, in order.
pub fn hosts(hay: &[u8], mut found: impl FnMut(HostToken)) {
    let mut done = 0;
    for dot in memchr::memchr_iter(b'.', hay) {
        if dot < done {
            continue;
        }
        let mut start = dot;
        while start > done && HOST[hay[start - 1] as usize] {
            start -= 1;
        }
        let mut end = dot + 1;
        while end < hay.len() && HOST[hay[end] as usize] {
            end += 1;
        }
        done = end;
        if end - start <= LONGEST {
            token(hay, start, end, &mut found);
        }
    }
}

fn token(hay: &[u8], mut start: usize, mut end: usize, found: &mut impl FnMut(HostToken)) {
    while start < end && matches!(hay[start], b'.' | b'-') {
        start += 1;
    }
    while end > start && matches!(hay[end - 1], b'.' | b'-') {
        end -= 1;
    }
    let text = &hay[start..end];
    let (Some(first), Some(last)) = (text.first(), text.last()) else { return };
    if first.is_ascii_digit()
        && last.is_ascii_digit()
        && let Some(address) = parse_v4(text)
    {
        found(HostToken::Address(address, start..end));
        return;
    }
    if text.iter().any(|b| matches!(b, b'-' | b'_')) {
        for part in text.split(|b| matches!(b, b'-' | b'_')) {
            if let Some(address) = parse_v4(part) {
                let at = start + (part.as_ptr() as usize - text.as_ptr() as usize);
                found(HostToken::Address(address, at..at + part.len()));
            }
        }
    }
    if last.is_ascii_alphanumeric() || *last >= 0x80 {
        found(HostToken::Name(start..end));
    }
}

/// Reads strict dotted decimal. Leading zeros are refused: readers disagree whether they mean octal
/// (RFC 6943, section 3.1.1).
fn parse_v4(text: &[u8]) -> Option<Ipv4Addr> {
    if !(7..=15).contains(&text.len()) {
        return None;
    }
    let mut octets = [0u8; 4];
    let mut parts = text.split(|b| *b == b'.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || part.len() > 3 || (part.len() > 1 && part[0] == b'0') {
            return None;
        }
        let mut value = 0u16;
        for digit in part {
            if !digit.is_ascii_digit() {
                return None;
            }
            value = value * 10 + u16::from(digit - b'0');
        }
        *octet = u8::try_from(value).ok()?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        hosts(text.as_bytes(), |token| {
            all.push(match token {
                HostToken::Address(address, _) => format!("ip {address}"),
                HostToken::Name(span) => format!("name {}", &text[span]),
            });
        });
        all
    }

    #[test]
    fn an_address_is_bounded_on_both_sides() {
        assert_eq!(seen("from 1.1.1.1."), ["ip 1.1.1.1"]);
        assert_eq!(seen("[1.1.1.1]:80"), ["ip 1.1.1.1"]);
        assert_eq!(seen("::ffff:1.1.1.1"), ["ip 1.1.1.1"]);
        assert_eq!(seen("10.0.0.1-10.0.0.9"), ["ip 10.0.0.1", "ip 10.0.0.9", "name 10.0.0.1-10.0.0.9"]);
        for other in ["11.1.1.12.5", "1.1.1.256", "1.1.1.01", "1.1.1"] {
            assert!(seen(other).iter().all(|token| token.starts_with("name")), "{other}");
        }
        assert_eq!(seen("1.1.1.1.example"), ["name 1.1.1.1.example"]);
    }

    #[test]
    fn a_name_loses_the_punctuation_around_it() {
        assert_eq!(seen("(http://A.evil.COM./x)"), ["name A.evil.COM"]);
        assert_eq!(seen("ops@evil.com,"), ["name evil.com"]);
        assert_eq!(seen("... -- ."), Vec::<String>::new());
    }
}
