//! Syslog: RFC 3164 with or without priority, RFC 5424, and the form that rsyslog writes to files.

use crate::model::Field;

use super::access::word;
use super::{Record, clock};

/// Reads `<34>Dec 16 10:00:00 host process[12]: message`, or the same with an ISO time.
pub(super) fn bsd(line: &[u8]) -> Option<Record> {
    let at = priority(line);
    let (time, end) = clock::syslog(line, at)
        .or_else(|| clock::iso(line, at).filter(|_| line.get(at + 10) == Some(&b'T')))?;
    if line.get(end) != Some(&b' ') {
        return None;
    }
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, at..end);
    let host = word(line, end);
    let tag = word(line, host.end);
    if host.is_empty() {
        return None;
    }
    if line[host.clone()].ends_with(b":") {
        // No host: the tag follows the time.
        record.set(Field::Process, host.start..host.end - 1);
        record.set(Field::Message, word(line, host.end).start..line.len());
        return Some(record);
    }
    let text = &line[tag.clone()];
    let is_tagged = text.ends_with(b":");
    // With a time that other programs write too, a name alone may be anything: `INFO`, a number, what was done.
    let is_dated = line[at].is_ascii_digit();
    let name = &line[host.clone()];
    let is_host = if is_dated && !is_tagged { is_machine(name) } else { is_name(name) };
    if text == b"-" || !is_host {
        // No host either: an access log's client and its identity follow the time, or whatever a program says.
        record.set(Field::Message, host.start..line.len());
        return Some(record);
    }
    record.set(Field::Server, host);
    if is_tagged {
        let name = text.iter().position(|byte| matches!(byte, b'[' | b':')).unwrap_or(text.len());
        record.set(Field::Process, tag.start..tag.start + name);
        record.set(Field::Message, word(line, tag.end).start..line.len());
    } else {
        record.set(Field::Message, tag.start..line.len());
    }
    Some(record)
}

/// Reads `<34>1 2020-12-16T10:00:00Z host process 12 id [data] message` (RFC 5424, section 6).
pub(super) fn ietf(line: &[u8]) -> Option<Record> {
    let at = priority(line);
    if at == 0 || line.get(at..at + 2) != Some(b"1 ") {
        return None;
    }
    let mut record = Record::default();
    let stamp = word(line, at + 2);
    if let Some((time, _)) = clock::iso(line, stamp.start) {
        record.time = Some(time);
        record.set(Field::Time, stamp.clone());
    } else if line[stamp.clone()] != *b"-" {
        return None;
    }
    let host = word(line, stamp.end);
    let process = word(line, host.end);
    let number = word(line, process.end);
    let id = word(line, number.end);
    record.set_value(line, Field::Server, host);
    record.set_value(line, Field::Process, process);
    record.set(Field::Message, word(line, id.end).start..line.len());
    Some(record)
}

/// Whether a word may name a machine (RFC 3164, section 4.1.2: a name or an address), and is no level.
fn is_name(host: &[u8]) -> bool {
    let part = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'%') || *byte >= 0x80
    };
    let levels: [&[u8]; 10] =
        [b"debug", b"info", b"notice", b"warn", b"warning", b"err", b"error", b"crit", b"fatal", b"trace"];
    host.iter().all(part)
        && host.iter().any(u8::is_ascii_alphanumeric)
        && !levels.iter().any(|level| level.eq_ignore_ascii_case(host))
}

/// Whether a word is sure to name a machine: it has a dot, a hyphen or a colon, or letters and digits.
fn is_machine(host: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| host.iter().any(test);
    is_name(host)
        && (has(|byte| matches!(byte, b'.' | b'-' | b':'))
            || (has(u8::is_ascii_alphabetic) && has(u8::is_ascii_digit)))
}

/// Bytes of `<34>` at the start of a line.
fn priority(line: &[u8]) -> usize {
    let digits = line.iter().skip(1).take(3).take_while(|byte| byte.is_ascii_digit()).count();
    if line.first() == Some(&b'<') && digits > 0 && line.get(digits + 1) == Some(&b'>') {
        digits + 2
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_form() {
        for line in [
            "Dec 16 10:00:00 fta httpd[12]: hello",
            "<34>Dec  6 10:00:00 fta httpd: hello",
            "2020-12-16T10:00:00.1+01:00 fta httpd[12]: hello",
        ] {
            let record = bsd(line.as_bytes()).expect(line);
            assert_eq!(record.get(Field::Process, line.as_bytes()), Some(&b"httpd"[..]), "{line}");
            assert_eq!(record.get(Field::Message, line.as_bytes()), Some(&b"hello"[..]), "{line}");
        }
        for (line, server) in [
            ("2020-12-16T10:00:00Z web1 system,error login failure", Some("web1")),
            ("2020-12-16T10:00:00Z 192.0.2.7 system,error login failure", Some("192.0.2.7")),
            ("2020-12-16T10:00:00Z fta httpd: x", Some("fta")),
            ("Dec 16 10:00:00 fta some text", Some("fta")),
            ("Dec 16 10:00:00 --- last message repeated 2 times ---", None),
            ("2020-12-16T10:00:00Z INFO [main] x", None),
            ("2020-12-16T10:00:00Z [AUTH] WARN: x", None),
            ("2020-12-16T10:00:00Z 344 [Note] x", None),
            ("2020-12-16T10:00:00Z | 401 | x", None),
            ("2020-12-16T10:00:00Z ACCEPT host=192.0.2.7", None),
        ] {
            let record = bsd(line.as_bytes()).expect(line);
            assert_eq!(record.get(Field::Server, line.as_bytes()), server.map(str::as_bytes), "{line}");
        }
        let line = b"<34>1 2020-12-16T10:00:00Z fta httpd 12 - - hello";
        let record = ietf(line).expect("5424");
        assert_eq!(record.get(Field::Server, line), Some(&b"fta"[..]));
    }
}
