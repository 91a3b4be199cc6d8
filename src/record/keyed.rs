//! Lines of keys and values: `key=value` (logfmt, Fortinet, auditd), CEF (ArcSight "Common Event Format", revision 25)
//! and LEEF 1.0 and 2.0 (IBM "Log Event Extended Format").

use crate::model::Field;

use super::inner::Quoting;
use super::vocabulary::Gather;
use super::{Record, Span, clock};

/// So many pairs make a line one of this kind.
const FEWEST: usize = 3;

/// The stamp of an audit event stands in the first so many bytes.
const AUDIT: usize = 512;

/// Reads a line of `key=value` pairs that begins with a key, perhaps behind a syslog priority or a clock without a date.
pub(super) fn pairs(line: &[u8]) -> Option<(Record, &'static str)> {
    let start =
        if line.first() == Some(&b'<') { memchr::memchr(b'>', &line[..line.len().min(8)])? + 1 } else { 0 };
    let start = start + clock::length(line, start);
    key_end(line, start)?;
    let mut gather = Gather::default();
    let count = gather_pairs(line, start, &mut gather);
    if count < FEWEST || gather.count() == 0 {
        return None;
    }
    let is_audit = line.starts_with(b"type=") || line.starts_with(b"node=");
    let audit =
        is_audit.then(|| memchr::memmem::find(&line[..line.len().min(AUDIT)], b"msg=audit(")).flatten();
    let mut record = gather.finish(line);
    record.quoting = Quoting::Backslash;
    // Beside the name of the device (FortiOS log reference), `hostname` is the host that was asked for.
    if record.span(Field::Host).is_none()
        && record.span(Field::Server).is_some_and(|name| ends_key(&line[..name.start], b"devname="))
        && let Some(at) = memchr::memmem::find(line, b" hostname=")
    {
        record.set_value(line, Field::Host, pair_value(line, at + b" hostname=".len()).0);
    }
    if let Some(at) = audit {
        record.time = clock::epoch(line, at + 10).map(|(time, _)| time);
        // `hostname` is where a login came from, and the stamp of the event is no text.
        record.clear(Field::Server);
        if let Some(node) = line.strip_prefix(b"node=") {
            record.set(Field::Server, 5..5 + memchr::memchr(b' ', node).unwrap_or(node.len()));
        }
        if record.get(Field::Message, line).is_some_and(|text| text.starts_with(b"audit(")) {
            record.clear(Field::Message);
        }
        return Some((record, "Linux audit log"));
    }
    Some((record, "key=value lines"))
}

/// Whether a key with its `=`, and perhaps a quote, stands at the end of a text.
fn ends_key(text: &[u8], key: &[u8]) -> bool {
    text.strip_suffix(b"\"").unwrap_or(text).ends_with(key)
}

/// Takes the pairs from `at` on; tells how many there were.
pub(super) fn gather_pairs(line: &[u8], at: usize, gather: &mut Gather) -> usize {
    let mut at = at;
    let mut count = 0;
    while at < line.len() {
        let Some(equals) = key_end(line, at) else {
            match memchr::memchr(b' ', &line[at..]) {
                Some(length) => at += length + 1,
                None => break,
            }
            continue;
        };
        let (value, end) = pair_value(line, equals + 1);
        gather.add(line, b"", &line[at..equals], value, 0);
        count += 1;
        at = end + line[end..].iter().take_while(|byte| matches!(byte, b' ' | b',' | b';')).count();
    }
    count
}

/// The `=` that ends the key at `at`.
fn key_end(line: &[u8], at: usize) -> Option<usize> {
    let key = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.-@/".contains(byte);
    let length = line.get(at..)?.iter().take(48).take_while(key).count();
    (length > 0 && line.get(at + length) == Some(&b'=')).then_some(at + length)
}

fn pair_value(line: &[u8], at: usize) -> (Span, usize) {
    match line.get(at) {
        Some(b'"') => {
            let span = super::access::quoted(line, at);
            let end = (span.end + 1).min(line.len());
            (span, end)
        }
        _ => {
            let length = memchr::memchr2(b' ', b'\t', &line[at..]).unwrap_or(line.len() - at);
            // What parts the pairs is no part of them; nor are the brackets around an address or name (Dovecot).
            let value = &line[at..at + length];
            let end =
                at + value.iter().rposition(|byte| !matches!(byte, b',' | b';')).map_or(0, |last| last + 1);
            let is_framed = line.get(at) == Some(&b'<') && end > at + 1 && line[end - 1] == b'>';
            let frame = usize::from(is_framed);
            (at + frame..end - frame, at + length)
        }
    }
}

/// Reads `CEF:0|vendor|product|version|class|name|severity|extension`, at the start or behind a syslog header.
pub(super) fn cef(line: &[u8]) -> Option<(Record, &'static str)> {
    let at = memchr::memmem::find(&line[..line.len().min(256)], b"CEF:")?;
    let mut bars = Vec::with_capacity(7);
    let mut from = at;
    while bars.len() < 7 {
        let bar = from + memchr::memchr(b'|', line.get(from..)?)?;
        if bar == 0 || line[bar - 1] != b'\\' {
            bars.push(bar);
        }
        from = bar + 1;
    }
    let mut gather = Gather::default();
    let extension = from;
    let mut key_at = extension + line[extension..].iter().take_while(|byte| **byte == b' ').count();
    while let Some(equals) = key_end(line, key_at) {
        let next = next_key(line, equals + 1);
        let end = next.map_or(line.len(), |next| next - 1);
        let value = &line[equals + 1..end];
        let value = equals + 1..equals + 1 + value.trim_ascii_end().len();
        gather.add(line, b"", &line[key_at..equals], value, 0);
        match next {
            Some(next) => key_at = next,
            None => break,
        }
    }
    let mut record = gather.finish(line);
    if record.span(Field::Message).is_none() {
        record.set_value(line, Field::Message, bars[4] + 1..bars[5]);
    }
    outer_time(line, at, &mut record);
    Some((record, "CEF"))
}

/// Where the next ` key=` of a CEF extension begins: values may hold spaces.
fn next_key(line: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(length) = memchr::memchr(b' ', line.get(at..)?) {
        at += length + 1;
        if key_end(line, at).is_some() {
            return Some(at);
        }
    }
    None
}

/// Reads `LEEF:1.0|vendor|product|version|event|key=value<tab>...`; version 2.0 names the separator before the pairs.
pub(super) fn leef(line: &[u8]) -> Option<(Record, &'static str)> {
    let at = memchr::memmem::find(&line[..line.len().min(256)], b"LEEF:")?;
    let bars: Vec<usize> = memchr::memchr_iter(b'|', line).filter(|bar| *bar > at).take(6).collect();
    let (mut start, mut separator) = (bars.get(4)? + 1, b'\t');
    if line[at + 5..].starts_with(b"2.")
        && let Some(next) = bars.get(5).filter(|next| **next - start <= 5)
    {
        separator = match &line[start..*next] {
            [one] => *one,
            [b'0', b'x' | b'X', rest @ ..] | [b'x' | b'X', rest @ ..] => std::str::from_utf8(rest)
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok())
                .unwrap_or(b'\t'),
            _ => b'\t',
        };
        start = next + 1;
    }
    let mut gather = Gather::default();
    while start < line.len() {
        let end = start + memchr::memchr(separator, &line[start..]).unwrap_or(line.len() - start);
        if let Some(equals) = key_end(line, start).filter(|equals| *equals < end) {
            gather.add(line, b"", &line[start..equals], equals + 1..end, 0);
        }
        start = end + 1;
    }
    let mut record = gather.finish(line);
    outer_time(line, at, &mut record);
    Some((record, "LEEF"))
}

/// Time and machine of the syslog header in front, where the event has none of its own.
fn outer_time(line: &[u8], at: usize, record: &mut Record) {
    if (record.time.is_none() || record.span(Field::Server).is_none())
        && let Some(outer) = super::syslog::bsd(&line[..at]).or_else(|| super::syslog::ietf(&line[..at]))
    {
        record.time = record.time.or(outer.time);
        if let (None, Some(server)) = (record.span(Field::Server), outer.span(Field::Server)) {
            record.set(Field::Server, server);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(found: Option<(Record, &'static str)>, field: Field, line: &str) -> String {
        let (record, _) = found.expect(line);
        String::from_utf8_lossy(record.get(field, line.as_bytes()).unwrap_or_default()).into_owned()
    }

    #[test]
    fn reads_requests_of_each_form() {
        let line = "Dec 16 10:00:00 fw CEF:0|v|p|1|100|a \\| b|10|src=192.0.2.7 requestMethod=POST request=http://h.example/a b msg=two words rt=1608112800000";
        assert_eq!(get(cef(line.as_bytes()), Field::Client, line), "192.0.2.7");
        assert_eq!(get(cef(line.as_bytes()), Field::Target, line), "http://h.example/a b");
        assert_eq!(get(cef(line.as_bytes()), Field::Message, line), "two words");
        let line = "LEEF:2.0|v|p|1|e|^|src=192.0.2.7^usrName=bob^url=/a";
        assert_eq!(get(leef(line.as_bytes()), Field::Client, line), "192.0.2.7");
        let line =
            "<189>date=2020-12-16 time=10:00:00 devname=\"fw\" srcip=192.0.2.7 hostname=\"h\" url=\"/a b\"";
        let (record, _) = pairs(line.as_bytes()).expect(line);
        assert_eq!(record.get(Field::Target, line.as_bytes()), Some(&b"/a b"[..]));
        assert_eq!(record.get(Field::Server, line.as_bytes()), Some(&b"fw"[..]));
        assert_eq!(record.get(Field::Host, line.as_bytes()), Some(&b"h"[..]));
        assert_eq!(record.time.map(|time| time.to_string()).as_deref(), Some("2020-12-16T10:00:00"));
        let line = r#"type=SYSCALL msg=audit(1608112800.243:24287): arch=c000003e comm="cat" exe="/bin/cat""#;
        let (record, name) = pairs(line.as_bytes()).expect(line);
        assert_eq!(record.get(Field::Process, line.as_bytes()), Some(&b"cat"[..]));
        assert!(name == "Linux audit log" && record.time.is_some());
        let line = "Dec 16 10:00:00 fw CEF:0|v|p|1|100|a|10|src=192.0.2.7";
        assert_eq!(get(cef(line.as_bytes()), Field::Server, line), "fw");
        let line = "LEEF:1.0|v|p|1|e|usrName=bob";
        assert_eq!(get(leef(line.as_bytes()), Field::User, line), "bob");
        let line = "type=LOGIN_ERROR, user=<bob@h.example>, rip=192.0.2.7, lip=10.0.0.1, x=;";
        assert_eq!(get(pairs(line.as_bytes()), Field::Client, line), "192.0.2.7");
        assert_eq!(get(pairs(line.as_bytes()), Field::User, line), "bob@h.example");
        let line = r#"node=web1 type=USER_AUTH msg=audit(1608112800.243:24287): pid=1 msg='acct="root" hostname=192.0.2.7 addr=192.0.2.7 terminal=ssh'"#;
        assert_eq!(get(pairs(line.as_bytes()), Field::Server, line), "web1");
        assert_eq!(get(pairs(line.as_bytes()), Field::Client, line), "192.0.2.7");
        assert!(pairs(line.as_bytes()).is_some_and(|(record, _)| record.time.is_some()));
        assert_eq!(get(pairs(&line.as_bytes()["node=web1 ".len()..]), Field::Server, line), "");
        for length in 0..line.len() {
            let part = &line.as_bytes()[..length];
            let _ = (pairs(part), cef(part), leef(part));
        }
    }
}
