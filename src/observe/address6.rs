//! IPv6 addresses (RFC 4291, section 2.2), in any of their written forms.

use std::net::Ipv6Addr;
use std::ops::Range;

/// The longest written form, `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`.
const LONGEST: usize = 45;

/// What some programs write in front of any address, not only of one of IPv4.
const MAPPED: &[u8] = b"::ffff:";

/// `:65535`, the longest port behind an address.
const PORT: usize = 6;

/// Calls `found` for each address that is not part of a longer word.
pub fn addresses6(hay: &[u8], mut found: impl FnMut(Ipv6Addr, Range<usize>)) {
    let inside = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    let mut done = 0;
    for colon in memchr::memchr_iter(b':', hay) {
        if colon < done {
            continue;
        }
        let mut start = colon;
        while start > done && inside(hay[start - 1]) {
            start -= 1;
        }
        let mut end = colon + 1;
        while end < hay.len() && inside(hay[end]) {
            end += 1;
        }
        done = end;
        if start > 0 && super::is_word(hay[start - 1]) {
            // `key:address`: the word goes to its colon. Behind a pair of them stands the rest of a name, `std::fee`.
            start += memchr::memchr(b':', &hay[start..end]).map_or(0, |colon| colon + 1);
            if hay[start..end].starts_with(b":") && !hay[start..end].starts_with(b"::") {
                continue;
            }
        }
        let right_free = hay.get(end).is_none_or(|byte| !super::is_word(*byte));
        while end > start && hay[end - 1] == b'.' {
            end -= 1;
        }
        if !right_free || start >= end || end - start > MAPPED.len() + LONGEST + PORT {
            continue;
        }
        if let Some((address, span)) = parse(hay, start, end) {
            found(address, span);
        }
    }
}

/// Reads the run as an address. What is not one may be one with a colon of the text around it, or with a port: many
/// programs write `address:port` without brackets, which only a port of five digits or a ninth group gives away.
fn parse(hay: &[u8], start: usize, end: usize) -> Option<(Ipv6Addr, Range<usize>)> {
    let colons = memchr::memchr_iter(b':', &hay[start..end]).count();
    if colons < 2 {
        return None;
    }
    let read = |span: Range<usize>| {
        let text = std::str::from_utf8(hay.get(span.clone())?).ok()?;
        Some((text.parse::<Ipv6Addr>().ok()?, span))
    };
    read(start..end)
        .or_else(|| (hay[end - 1] == b':').then(|| read(start..end - 1))?)
        .or_else(|| (hay[start] == b':').then(|| read(start + 1..end))?)
        .or_else(|| read(start..start + before_port(&hay[start..end])?))
        .or_else(|| {
            let end = end - usize::from(hay[end - 1] == b':');
            read(start..start + before_dotted_port(&hay[start..end])?)
        })
        .or_else(|| hay[start..end].starts_with(MAPPED).then(|| read(start + MAPPED.len()..end))?)
}

/// The length of what stands before `.port`, as tcpdump and the netstat of BSD write it.
fn before_dotted_port(run: &[u8]) -> Option<usize> {
    let dot = memchr::memrchr(b'.', run)?;
    super::is_port(&run[dot + 1..]).then_some(dot)
}

/// The length of what stands before `:port`.
fn before_port(run: &[u8]) -> Option<usize> {
    let colon = memchr::memrchr(b':', run)?;
    super::is_port(&run[colon + 1..]).then_some(colon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_written_form_and_no_clock() {
        let mut all = Vec::new();
        let text =
            b"[2001:db8::1]:443 12:30:45 ::ffff:1.2.3.4, 2001:0DB8:0:0:0:0:0:2. x::1y fe80::1: a::b::c";
        addresses6(text, |address, _| all.push(address.to_string()));
        addresses6(
            b"2001:db8::17b:56446 ::ffff:9.8.7.6:21 2001:db8::5:99999 1:2:3:4:5:6:7:8:22 \
              src:2001:db8::9 host=::ffff:2001:db8::a std::fee::add",
            |address, _| {
                all.push(address.to_string());
            },
        );
        assert_eq!(
            all,
            [
                "2001:db8::1",
                "::ffff:1.2.3.4",
                "2001:db8::2",
                "fe80::1",
                "2001:db8::17b",
                "::ffff:9.8.7.6",
                "1:2:3:4:5:6:7:8",
                "2001:db8::9",
                "2001:db8::a"
            ]
        );
    }

    #[test]
    fn a_number_behind_a_dot_is_a_port() {
        let seen = |text: &str| {
            let mut all = Vec::new();
            addresses6(text.as_bytes(), |address, _| all.push(address.to_string()));
            all
        };
        assert_eq!(seen("IP6 fe80::1.443 > 2001:db8:77::5.52344: Flags"), ["fe80::1", "2001:db8:77::5"]);
        for other in
            ["2001:db8:77::5.0", "2001:db8:77::5.65536", "2001:db8::5.5.5", "12:30:45.123", "2001:db8::5.05"]
        {
            assert_eq!(seen(other), [""; 0], "{other}");
        }
    }
}
