//! Dotted tokens: host names and IPv4 addresses.
//!
//! Every such token has a dot, and dots are rare in logs beside letters, so the search jumps from dot to dot.

use std::net::Ipv4Addr;
use std::ops::Range;

use super::script;

/// A dotted token and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostToken {
    /// Four decimal numbers of 0 to 255, not part of a longer name or number. A fifth number behind them is a port.
    Address(Ipv4Addr, Range<usize>),
    /// Anything else that is shaped like a host name: labels joined by dots. Not yet lower-cased.
    Name(Range<usize>),
    /// A name with letters of a script that is written without spaces, and where the last of them ends. It may be a
    /// name within a sentence: the parts without such letters are offered as names of their own.
    Joined(Range<usize>, usize),
}

/// Letters, digits, hyphen, underscore, dot.
const HOST: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b'.';
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
        let foreign = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii());
        if (start > done && foreign(hay.get(start - 1))) || foreign(hay.get(end)) {
            let host = |byte: u8| HOST[byte as usize] || !byte.is_ascii();
            while start > done && host(hay[start - 1]) {
                start -= 1;
            }
            while end < hay.len() && host(hay[end]) {
                end += 1;
            }
            done = end;
            script::words(hay, start..end, |word| foreign_word(hay, word, &mut found));
            continue;
        }
        done = end;
        if end - start <= LONGEST {
            token(hay, start, end, &mut found);
        }
    }
}

/// The span without the dots and hyphens around it.
fn trimmed(hay: &[u8], mut span: Range<usize>) -> Range<usize> {
    while span.start < span.end && matches!(hay[span.start], b'.' | b'-') {
        span.start += 1;
    }
    while span.end > span.start && matches!(hay[span.end - 1], b'.' | b'-') {
        span.end -= 1;
    }
    span
}

fn token(hay: &[u8], start: usize, end: usize, found: &mut impl FnMut(HostToken)) {
    let span = trimmed(hay, start..end);
    if !addresses(hay, span.clone(), found) {
        name(hay, span, found);
    }
}

/// Tells of the addresses in a token, and whether the token is one as a whole.
fn addresses(hay: &[u8], span: Range<usize>, found: &mut impl FnMut(HostToken)) -> bool {
    let text = &hay[span.clone()];
    let (Some(first), Some(last)) = (text.first(), text.last()) else { return false };
    if first.is_ascii_digit()
        && last.is_ascii_digit()
        && let Some((address, length)) =
            parse_v4(text).map(|address| (address, text.len())).or_else(|| with_port(text))
    {
        found(HostToken::Address(address, span.start..span.start + length));
        return true;
    }
    if text.iter().any(|b| matches!(b, b'-' | b'_')) {
        for part in text.split(|b| matches!(b, b'-' | b'_')) {
            if let Some(address) = parse_v4(part) {
                let at = span.start + (part.as_ptr() as usize - text.as_ptr() as usize);
                found(HostToken::Address(address, at..at + part.len()));
            }
        }
    }
    false
}

fn name(hay: &[u8], span: Range<usize>, found: &mut impl FnMut(HostToken)) {
    if hay[span.clone()].last().is_some_and(|last| last.is_ascii_alphanumeric() || !last.is_ascii()) {
        found(HostToken::Name(span));
    }
}

/// A word in which not all may be ASCII.
///
/// An address goes on in no byte that is not ASCII, unless a dot joins the two. A name does: one whose first letter is a
/// Cyrillic `e` is not the one that looks the same. Only where letters of a script without spaces touch it, it may end.
fn foreign_word(hay: &[u8], word: Range<usize>, found: &mut impl FnMut(HostToken)) {
    let dotted = |span: Range<usize>| memchr::memchr(b'.', &hay[span]).is_some();
    if !dotted(word.clone()) {
        return;
    }
    if hay[word.clone()].is_ascii() {
        if word.len() <= LONGEST {
            token(hay, word.start, word.end, found);
        }
        return;
    }
    let mut end = word.start;
    for run in hay[word.clone()].chunk_by(|one, other| one.is_ascii() == other.is_ascii()) {
        let run = end..end + run.len();
        end = run.end;
        let span = trimmed(hay, run.clone());
        let goes_on = (run.start > word.start && dotted(run.start..span.start))
            || (run.end < word.end && dotted(span.end..run.end));
        if run.len() <= LONGEST && !goes_on {
            addresses(hay, span, found);
        }
    }
    let last = script::parts(hay, word.clone(), |part| {
        let span = trimmed(hay, part.clone());
        let goes_on = part.end < word.end && dotted(span.end..part.end);
        if span.len() <= LONGEST && !goes_on && dotted(span.clone()) {
            name(hay, span, found);
        }
    });
    let span = trimmed(hay, word);
    if let Some(last) = last.filter(|_| span.len() <= LONGEST && dotted(span.clone())) {
        found(HostToken::Joined(span, last));
    }
}

/// `203.0.113.77.52344`: an address and its port, as tcpdump and the netstat of BSD write them. Tells the address and the
/// length of what is written of it.
fn with_port(text: &[u8]) -> Option<(Ipv4Addr, usize)> {
    // `537.36` and `1.1` are in every line.
    let dot = if text.len() < 9 { return None } else { memchr::memrchr(b'.', text)? };
    super::is_port(&text[dot + 1..]).then(|| Some((parse_v4(&text[..dot])?, dot)))?
}

/// Reads strict dotted decimal. Leading zeros are refused: readers disagree whether they mean octal
/// (RFC 6943, section 3.1.1). Only where all four numbers have three digits, zeros fill a column of fixed width.
fn parse_v4(text: &[u8]) -> Option<Ipv4Addr> {
    if !(7..=15).contains(&text.len()) {
        return None;
    }
    let is_padded = text.len() == 15;
    let mut octets = [0u8; 4];
    let mut parts = text.split(|b| *b == b'.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || part.len() > 3 || (part.len() > 1 && part[0] == b'0' && !is_padded) {
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
                HostToken::Joined(span, last) => {
                    format!("joined {}|{}", &text[span.start..last], &text[last..span.end])
                }
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
        for other in ["11.1.1.12.5.1", "1.1.1.256", "1.1.1.01", "1.1.1"] {
            assert!(seen(other).iter().all(|token| token.starts_with("name")), "{other}");
        }
        assert_eq!(seen("1.1.1.1.example"), ["name 1.1.1.1.example"]);
    }

    #[test]
    fn a_fifth_number_is_a_port() {
        let text = "IP 203.0.113.77.52344 > 10.0.0.1.443:";
        assert_eq!(seen(text), ["ip 203.0.113.77", "ip 10.0.0.1"]);
        for other in
            ["1.1.1.1.0", "1.1.1.1.65536", "1.1.1.1.05", "1.1.1.1.5.5", "1.3.6.1.4.1.311", "1.1.1.300.5"]
        {
            assert!(seen(other).iter().all(|token| token.starts_with("name")), "{other}");
        }
    }

    #[test]
    fn zeros_may_fill_all_four_numbers_or_none() {
        assert_eq!(seen("203.000.113.077 001.002.003.004"), ["ip 203.0.113.77", "ip 1.2.3.4"]);
        for other in ["203.0.113.077", "203.00.113.77", "0203.000.113.077", "203.000.113.777"] {
            assert!(seen(other).iter().all(|token| token.starts_with("name")), "{other}");
        }
    }

    #[test]
    fn a_name_loses_the_punctuation_around_it() {
        assert_eq!(seen("(http://A.evil.COM./x)"), ["name A.evil.COM"]);
        assert_eq!(seen("ops@evil.com,"), ["name evil.com"]);
        assert_eq!(seen("... -- ."), Vec::<String>::new());
    }

    #[test]
    fn an_address_ends_where_ascii_does() {
        for text in [
            "\u{7528}\u{6237}\u{4ece}203.0.113.77\u{767b}\u{5f55}",
            "\u{201c}203.0.113.77\u{201d}",
            "IP\u{ff1a}203.0.113.77",
            "\u{a0}203.0.113.77\u{a0}ok",
            "\u{430}203.0.113.77.\u{2026}",
            "a.b\u{2192}203.0.113.77",
        ] {
            assert!(seen(text).contains(&"ip 203.0.113.77".to_owned()), "{text}");
        }
        for text in [
            "\u{4ece}203.0.113.778",
            "203.0.113.77.\u{4e2d}\u{56fd}",
            "\u{4ece}.203.0.113.77",
            "\u{4ece}1.2.203.0.113.77",
        ] {
            assert!(!seen(text).iter().any(|token| token.starts_with("ip")), "{text}");
        }
        let mut all = 0;
        hosts(b"from\xa0203.0.113.77\xa0ok \xff10.0.0.1", |token| {
            all += usize::from(matches!(token, HostToken::Address(..)));
        });
        assert_eq!(all, 2);
    }

    #[test]
    fn a_name_ends_at_signs_and_at_scripts_without_spaces_and_in_no_alphabet() {
        for text in [
            "\u{201c}evil-test.com\u{201d}",
            "\u{2014}evil-test.com\u{2014}",
            "\u{8bbf}\u{95ee}\u{4e86}evil-test.com\u{7f51}\u{7ad9}",
            "\u{e44}\u{e1b}evil-test.com\u{e41}\u{e25}\u{e49}\u{e27}",
            "evil-test.com\u{c5d0}\u{c11c}",
            "\u{feff}evil-test.com",
            "\u{540d}-evil-test.com",
            "\u{7f51}\u{7ad9}.evil-test.com",
        ] {
            assert!(seen(text).contains(&"name evil-test.com".to_owned()), "{text}: {:?}", seen(text));
        }
        for text in [
            "\u{435}vil-test.com",
            "\u{435}evil-test.com",
            "evil-test.com\u{e9}",
            "evil-test.com\u{301}",
            "x\u{ad}evil-test.com",
            "evil-test.com.\u{7f51}\u{7ad9}",
        ] {
            assert!(!seen(text).contains(&"name evil-test.com".to_owned()), "{text}: {:?}", seen(text));
        }
        assert_eq!(seen("m\u{fc}nchen.example"), ["name m\u{fc}nchen.example"]);
        let joined = "a.\u{7f51}\u{7ad9}.evil.com";
        assert_eq!(seen(joined), ["name evil.com", "joined a.\u{7f51}\u{7ad9}|.evil.com"]);
    }

    #[test]
    fn a_long_sentence_without_spaces_hides_nothing() {
        let text = format!("{}evil.com{}10.0.0.1\u{3002}", "\u{4e2d}".repeat(900), "\u{4e2d}".repeat(900));
        assert_eq!(seen(&text), ["ip 10.0.0.1", "name evil.com", "name 10.0.0.1"]);
    }
}
