//! Access logs of Apache and nginx: common, combined, with a virtual host in front or further quoted fields behind
//! (Apache `mod_log_config`, "Access Log" in the httpd manual; nginx `log_format combined`).

use crate::model::Field;

use super::clock;
use super::{Record, Span};

/// Which optional parts a line had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Common,
    Combined,
    VirtualHost,
    TrailingHost,
}

impl Shape {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Shape::Common => "Apache access log (common)",
            Shape::Combined => "Apache access log (combined)",
            Shape::VirtualHost => "Apache access log (virtual host, combined)",
            Shape::TrailingHost => "Apache access log (combined, with Host)",
        }
    }
}

/// Reads `client ident user [time] "request" status size "referer" "user agent"`.
pub(super) fn read(line: &[u8]) -> Option<(Record, Shape)> {
    let bracket = memchr::memchr(b'[', &line[..line.len().min(1_024)])?;
    let (time, time_end) = clock::common(line, bracket + 1)?;
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, bracket + 1..time_end);
    let virtual_host = front(line, bracket, &mut record)?;
    let after = memchr::memchr(b']', &line[time_end..]).map(|length| time_end + length + 1)?;
    let quote = skip_spaces(line, after);
    if line.get(quote) != Some(&b'"') {
        return None;
    }
    let request = quoted(line, quote);
    self::request(line, &request, &mut record);
    let mut at = request.end + 1;
    for field in [Field::Status, Field::Size] {
        let word = word(line, at);
        if word.is_empty() || !line[word.clone()].iter().all(|byte| byte.is_ascii_digit() || *byte == b'-') {
            break;
        }
        record.set(field, word.clone());
        at = word.end;
    }
    record.span(Field::Status)?;
    let mut shape = if virtual_host { Shape::VirtualHost } else { Shape::Common };
    let mut fields = Quoted { line, at };
    if let Some(referer) = fields.next() {
        record.set_value(line, Field::Referer, referer);
    }
    if let Some(agent) = fields.next() {
        record.set_value(line, Field::UserAgent, agent);
        if shape == Shape::Common {
            shape = Shape::Combined;
        }
    }
    // Behind them follow headers that somebody added to the format: the Host, whom a proxy asked for.
    for span in fields {
        let text = &line[span.clone()];
        if record.span(Field::Forwarded).is_none() && is_forwarded(text) {
            record.set(Field::Forwarded, span);
        } else if record.span(Field::Host).is_none() && is_host(text) {
            record.set(Field::Host, span);
            shape = Shape::TrailingHost;
        }
    }
    Some((record, shape))
}

/// Reads what stands before the time: `client ident user`, or `host:port client ident user`. Tells whether there is a
/// virtual host.
fn front(line: &[u8], bracket: usize, record: &mut Record) -> Option<bool> {
    let front = line[..bracket].trim_ascii_end();
    let first = word(front, 0);
    let second = word(front, first.end);
    let third = word(front, second.end);
    let fourth = word(front, third.end);
    // The header of a carrier may stand where client, identity and user would: a priority, a time, a container's name.
    let is_carried = front.first() == Some(&b'<')
        || clock::syslog(front, 0).is_some()
        || clock::iso(front, 0).is_some()
        || front[second.clone()] == *b"|";
    if first.is_empty() || third.is_empty() || is_carried {
        return None;
    }
    let has_host = !fourth.is_empty()
        && is_address(&front[second.clone()])
        && (!is_address(&front[first.clone()]) || fourth.end == front.len());
    if front[first.clone()].ends_with(b",") && is_address(&front[first.clone()]) {
        return Some(chain(front, first, record));
    }
    // What stands in front of a client that is none of its host may be anything: a container's name, a program's.
    let is_client = front[second.clone()] == *b"-";
    if !fourth.is_empty() && !has_host && !is_client && !is_address(&front[first.clone()]) {
        let found = [second.clone(), third.clone(), fourth.clone()]
            .into_iter()
            .find(|word| is_address(&front[word.clone()]));
        if let Some(client) = found {
            let identity = word(front, client.end);
            record.set_value(line, Field::User, word(front, identity.end));
            record.set(Field::Client, client);
            return Some(false);
        }
    }
    let (client, user) = if has_host { (second, fourth) } else { (first.clone(), third) };
    if has_host {
        record.set(Field::Host, first);
    }
    record.set(Field::Client, client);
    record.set_value(line, Field::User, user);
    Some(has_host)
}

/// Reads `192.0.2.7, 10.0.0.1 - bob`: the header of a proxy in place of the client. The first of its addresses is who asked.
fn chain(front: &[u8], first: Span, record: &mut Record) -> bool {
    let mut last = first.clone();
    while front[last.clone()].ends_with(b",") {
        let next = word(front, last.end);
        if next.is_empty() {
            break;
        }
        last = next;
    }
    let identity = word(front, last.end);
    record.set(Field::Forwarded, first.start..last.end);
    record.set(Field::Client, first.start..first.end - 1);
    record.set_value(front, Field::User, word(front, identity.end));
    false
}

/// Splits `GET /path HTTP/1.1`; a request that is no HTTP is all target.
pub(super) fn request(line: &[u8], span: &Span, record: &mut Record) {
    let bytes = &line[span.clone()];
    if bytes == b"-" || bytes.is_empty() {
        return;
    }
    let method =
        bytes.iter().take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_')).count();
    if method == 0 || bytes.get(method) != Some(&b' ') {
        record.set(Field::Target, span.clone());
        return;
    }
    record.set(Field::Method, span.start..span.start + method);
    let start = span.start + method + 1;
    let end = match memchr::memrchr(b' ', bytes) {
        Some(space) if space > method && bytes[space + 1..].starts_with(b"HTTP/") => span.start + space,
        _ => span.end,
    };
    record.set(Field::Target, start..end.max(start));
}

/// Quoted fields from a place on; words without quotes between them are passed over.
struct Quoted<'l> {
    line: &'l [u8],
    at: usize,
}

impl Iterator for Quoted<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let quote = self.at + memchr::memchr(b'"', self.line.get(self.at..)?)?;
        let span = quoted(self.line, quote);
        self.at = span.end + 1;
        Some(span)
    }
}

/// What stands between the quote at `at` and the next one that is not escaped; to the end of the line where there is none.
pub(super) fn quoted(line: &[u8], at: usize) -> Span {
    let start = at + 1;
    let mut from = start;
    while let Some(length) = memchr::memchr(b'"', &line[from.min(line.len())..]) {
        let end = from + length;
        let slashes = line[start..end].iter().rev().take_while(|byte| **byte == b'\\').count();
        if slashes % 2 == 0 {
            return start..end;
        }
        from = end + 1;
    }
    start.min(line.len())..line.len()
}

pub(super) fn skip_spaces(line: &[u8], at: usize) -> usize {
    at + line.get(at..).unwrap_or_default().iter().take_while(|byte| **byte == b' ').count()
}

/// The next run of bytes without spaces from `at` on.
pub(super) fn word(line: &[u8], at: usize) -> Span {
    let start = skip_spaces(line, at).min(line.len());
    let length = memchr::memchr(b' ', &line[start..]).unwrap_or(line.len() - start);
    start..start + length
}

/// Whether a word is an address, perhaps with a comma behind it.
pub(super) fn is_address(text: &[u8]) -> bool {
    let text = text.strip_suffix(b",").unwrap_or(text);
    std::str::from_utf8(text).is_ok_and(|text| text.parse::<std::net::IpAddr>().is_ok())
}

/// Addresses parted by commas.
fn is_forwarded(text: &[u8]) -> bool {
    text.len() > 2 && text.split(|byte| *byte == b',').all(|address| is_address(address.trim_ascii()))
}

/// A host name with a dot, or an address, perhaps with a port: what a Host column holds.
fn is_host(text: &[u8]) -> bool {
    let host = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    text.len() >= 4
        && text.iter().all(host)
        && text.contains(&b'.')
        && text.iter().any(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Vec<(&'static str, String)> {
        let Some((record, _)) = read(line.as_bytes()) else { return Vec::new() };
        let shown = |field: &Field| {
            record
                .get(*field, line.as_bytes())
                .map(|bytes| (field.as_str(), String::from_utf8_lossy(bytes).into_owned()))
        };
        Field::ALL.iter().filter(|field| **field != Field::Time).filter_map(shown).collect()
    }

    fn get(line: &str, field: Field) -> String {
        fields(line)
            .into_iter()
            .find(|(name, _)| *name == field.as_str())
            .map(|(_, value)| value)
            .unwrap_or_default()
    }

    #[test]
    fn reads_every_shape() {
        let common = r#"192.0.2.7 - bob [16/Dec/2020:10:00:00 +0100] "GET /a?x=1 HTTP/1.1" 404 12"#;
        assert_eq!(get(common, Field::Client), "192.0.2.7");
        assert_eq!(get(common, Field::User), "bob");
        assert_eq!(get(common, Field::Target), "/a?x=1");
        assert_eq!(get(common, Field::Status), "404");
        assert_eq!(get(common, Field::Size), "12");
        let combined = r#"::1 - - [16/Dec/2020:10:00:00 +0100] "POST /a b HTTP/1.1" 200 - "http://r.example/" "UA \"x\" y""#;
        assert_eq!(get(combined, Field::Target), "/a b");
        assert_eq!(get(combined, Field::UserAgent), r#"UA \"x\" y"#);
        let host =
            r#"fta.example:443 192.0.2.7 - - [16/Dec/2020:10:00:00 +0100] "GET / HTTP/1.1" 200 5 "-" "UA""#;
        assert_eq!(
            (get(host, Field::Host), get(host, Field::Client)),
            ("fta.example:443".into(), "192.0.2.7".into())
        );
        let trailing =
            r#"192.0.2.7 - - [16/Dec/2020:10:00:00 +0100] "GET / HTTP/1.1" 200 5 "-" "UA" "fta.example""#;
        assert_eq!(get(trailing, Field::Host), "fta.example");
    }

    #[test]
    fn whom_a_proxy_asked_for_is_told_beside_the_client() {
        let end = r#"[16/Dec/2020:10:00:00 +0100] "GET / HTTP/1.1" 200 5 "-" "UA""#;
        for (line, client, forwarded, user, host) in [
            (format!(r#"10.0.0.1 - bob {end} "192.0.2.7""#), "10.0.0.1", "192.0.2.7", "bob", ""),
            (
                format!(r#"10.0.0.1 - - {end} "192.0.2.7, 2001:db8::7" "h.example""#),
                "10.0.0.1",
                "192.0.2.7, 2001:db8::7",
                "",
                "h.example",
            ),
            (format!(r#"10.0.0.1 - - {end} "-" "0.5""#), "10.0.0.1", "", "", ""),
            (format!("192.0.2.7, 10.0.0.1 - bob {end}"), "192.0.2.7", "192.0.2.7, 10.0.0.1", "bob", ""),
            (
                format!("192.0.2.7, 10.0.0.2, 10.0.0.1 - - {end}"),
                "192.0.2.7",
                "192.0.2.7, 10.0.0.2, 10.0.0.1",
                "",
                "",
            ),
            (format!("web.0 nginx: 192.0.2.7 - bob {end}"), "192.0.2.7", "", "bob", ""),
            (format!("h.example 192.0.2.7 - bob {end}"), "192.0.2.7", "", "bob", "h.example"),
            (format!("10.0.0.9 192.0.2.7 - bob {end}"), "192.0.2.7", "", "bob", "10.0.0.9"),
        ] {
            let told =
                [Field::Client, Field::Forwarded, Field::User, Field::Host].map(|field| get(&line, field));
            assert_eq!(told, [client, forwarded, user, host].map(str::to_owned), "{line}");
            (0..line.len()).for_each(|length| {
                let _ = read(&line.as_bytes()[..length]);
            });
        }
    }

    #[test]
    fn a_request_that_is_no_http_is_still_a_record() {
        for request in ["-", "", r"\x16\x03\x01", "GET", "quit now"] {
            let line = format!(r#"192.0.2.7 - - [16/Dec/2020:10:00:00 +0100] "{request}" 400 226 "-" "-""#);
            assert_eq!(get(&line, Field::Status), "400", "{request}");
        }
    }

    #[test]
    fn a_transfer_is_told_by_its_reply() {
        use crate::model::Outcome;
        for (told, outcome) in [
            (r#""STOR /a.php" 226 471"#, Outcome::Answered),
            (r#""STOR /a.php" 550 -"#, Outcome::Refused),
            (r#""USER bob" 331 -"#, Outcome::Unknown),
            (r#""GET /a.php HTTP/1.1" 302 -"#, Outcome::Redirected),
        ] {
            let line = format!("192.0.2.7 UNKNOWN bob [16/Dec/2020:10:00:00 +0100] {told}");
            let (record, _) = read(line.as_bytes()).expect(told);
            assert_eq!(record.outcome(line.as_bytes()), outcome, "{told}");
        }
    }

    #[test]
    fn every_prefix_is_taken_without_panic() {
        let line =
            br#"fta.example:443 192.0.2.7 - - [16/Dec/2020:10:00:00 +0100] "GET / HTTP/1.1" 200 5 "-" "UA""#;
        for length in 0..line.len() {
            let _ = read(&line[..length]);
        }
    }
}
