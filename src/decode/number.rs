//! IPv4 addresses written in other numbers in a URL: as one, `http://3232235777/` or `http://0xC0A80101/`, or as up to
//! four, of which some are hexadecimal or octal, `http://0300.0xA8.1.1/` (WHATWG URL, section 3.5, the IPv4 parser).

use std::net::Ipv4Addr;

use super::entity::decimal;
use super::percent::hex;
use super::view::Edit;

/// What stands before an address in a URL.
const SCHEME: &[u8] = b"://";

/// The longest form looked at, four octal numbers with a zero or two more than they need.
const LONGEST: usize = 32;

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
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.';
    let length = rest.iter().take(LONGEST).take_while(|byte| inside(byte)).count();
    let ends =
        rest.get(length).is_none_or(|byte| !inside(byte) && !matches!(byte, b'-' | b'_') && byte.is_ascii());
    let address = address(&rest[..length]).filter(|_| ends)?;
    Some(Edit::text(length, Ipv4Addr::from(address).to_string().as_bytes()))
}

/// The address that `text` writes; `None` for dotted decimal, which needs no decoding.
fn address(text: &[u8]) -> Option<u32> {
    let mut parts = text.split(|byte| *byte == b'.').map(number);
    let mut numbers = [0; 4];
    let (mut count, mut is_odd) = (0, false);
    for place in &mut numbers {
        let Some(part) = parts.next() else { break };
        let (number, odd) = part?;
        *place = number;
        is_odd |= odd;
        count += 1;
    }
    // Few digits are a name or a number of something else.
    let long = count == 1 && text.len() >= 8;
    if parts.next().is_some() || !(is_odd || long) {
        return None;
    }
    // The last number fills the rest of the address.
    let last = numbers[count - 1];
    let room = 8 * (5 - count as u32);
    let fits =
        last.checked_shr(room).unwrap_or(0) == 0 && numbers[..count - 1].iter().all(|number| *number < 256);
    let first = numbers[..count - 1].iter().zip([24, 16, 8]).map(|(number, shift)| number << shift);
    fits.then(|| first.sum::<u32>() | last)
}

/// A number and whether it is anything but decimal.
fn number(digits: &[u8]) -> Option<(u32, bool)> {
    match digits {
        [b'0', b'x' | b'X', digits @ ..] if !digits.is_empty() => Some((hex(digits)?, true)),
        [b'0', digits @ ..] if !digits.is_empty() => {
            let octal =
                |number: u32, digit: &u8| number.checked_mul(8)?.checked_add(char::from(*digit).to_digit(8)?);
            Some((digits.iter().try_fold(0, octal)?, true))
        }
        digits if !digits.is_empty() => Some((decimal(digits)?, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_browser_takes_for_an_address() {
        let read = |host: &str| {
            let edit = at(format!("://{host}").as_bytes(), 3)?;
            Some(String::from_utf8_lossy(edit.bytes()).into_owned())
        };
        for host in [
            "3405803853/",
            "0xCB00714D/",
            "0313.0.0161.0115/x",
            "0xCB.0x00.0x71.0x4D:80/",
            "0xcb.0.29005",
            "0xCB.29005/",
            "203.0.0x71.77",
        ] {
            assert_eq!(read(host).as_deref(), Some("203.0.113.77"), "{host}");
        }
        for host in [
            "203.0.113.77/",
            "0313.0.0161.0115.example/",
            "0319.0.0161.0115/",
            "0xCB.0x100.0x71.0x4D/",
            "0xCB.0.0.0.1/",
            "0x.1.1.1/",
            "1234567/",
            "0xCB.0.0.0-x",
            "0xCB..1/",
            "0x1CB00714D/",
        ] {
            assert_eq!(read(host), None, "{host}");
        }
    }
}
