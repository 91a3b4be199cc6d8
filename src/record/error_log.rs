//! Error logs of Apache 2.2 and 2.4 (`ErrorLogFormat` in the httpd manual) and of nginx.

use crate::model::Field;

use super::access::{quoted, request};
use super::{Record, Span, clock};

/// Reads `[Wed Dec 16 10:00:00.123456 2020] [module:level] [pid 1] [client 192.0.2.7:5678] message`.
pub(super) fn apache(line: &[u8]) -> Option<Record> {
    if line.first() != Some(&b'[') {
        return None;
    }
    let (time, end) = clock::ctime(line, 1)?;
    if line.get(end) != Some(&b']') {
        return None;
    }
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, 1..end);
    let mut at = end + 1;
    while line.get(at..).is_some_and(|rest| rest.starts_with(b" [")) {
        let close = at + 2 + memchr::memchr(b']', &line[at + 2..])?;
        let part = &line[at + 2..close];
        if let Some(client) = part.strip_prefix(b"client ") {
            let start = close - client.len();
            record.set(Field::Client, start..start + without_port(client));
        }
        at = close + 1;
    }
    let text = (at + 1).min(line.len());
    record.set(Field::Message, text..line.len());
    let lead = b", referer: ";
    let referer = memchr::memmem::rfind(&line[text..], lead).map(|at| text + at);
    if let Some(at) = referer {
        record.set_value(line, Field::Referer, at + lead.len()..line.len());
    }
    let end = referer.unwrap_or(line.len());
    for (lead, close) in MISSING {
        if let Some(at) = memchr::memmem::find(&line[text..end], lead) {
            let start = text + at + lead.len();
            let length = line[start..end].iter().position(|byte| *byte == close).unwrap_or(end - start);
            record.set_value(line, Field::File, start..start + length);
            break;
        }
    }
    Some(record)
}

/// What Apache writes in front of a file that was asked for, and what ends it.
const MISSING: [(&[u8], u8); 4] = [
    (b"File does not exist: ", b'\n'),
    (b"denied by server configuration: ", b'\n'),
    (b"script not found or unable to stat: ", b'\n'),
    (b"script '", b'\''),
];

/// Bytes of an address in front of its port.
fn without_port(client: &[u8]) -> usize {
    match memchr::memrchr(b':', client) {
        Some(colon) if client[..colon].contains(&b'.') || client[..colon].contains(&b']') => colon,
        Some(colon) if memchr::memchr_iter(b':', client).count() == 8 => colon,
        _ => client.len(),
    }
}

/// Reads `2020/12/16 10:00:00 [error] 123#0: *1 message, client: 192.0.2.7, server: s, request: "GET / HTTP/1.1", host: "h"`.
pub(super) fn nginx(line: &[u8]) -> Option<Record> {
    let (time, end) = clock::iso(line, 0)?;
    if line.get(4) != Some(&b'/') || line.get(end..end + 2) != Some(b" [") {
        return None;
    }
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, 0..end);
    record.set(Field::Message, (end + 1).min(line.len())..line.len());
    if let Some(client) = value(line, b", client: ") {
        record.set(Field::Client, client);
    }
    // The name of a virtual server, which several machines may have, or `_`.
    if let Some(server) = value(line, b", server: ").filter(|server| line[server.clone()] != *b"_") {
        record.set_value(line, Field::Host, server);
    }
    for (key, field) in [(&b", host: \""[..], Field::Host), (b", referrer: \"", Field::Referer)] {
        if let Some(at) = memchr::memmem::find(line, key) {
            record.set(field, quoted(line, at + key.len() - 1));
        }
    }
    let key = b", request: \"";
    if let Some(at) = memchr::memmem::find(line, key) {
        request(line, &quoted(line, at + key.len() - 1), &mut record);
    }
    Some(record)
}

fn value(line: &[u8], key: &[u8]) -> Option<Span> {
    let start = memchr::memmem::find(line, key)? + key.len();
    let length = memchr::memchr(b',', &line[start..]).unwrap_or(line.len() - start);
    Some(start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_ages_of_apache_and_nginx() {
        let old = b"[Wed Dec 16 10:00:00 2020] [error] [client 192.0.2.7] File does not exist: /x";
        let record = apache(old).expect("2.2");
        assert_eq!(record.get(Field::Client, old), Some(&b"192.0.2.7"[..]));
        let new = b"[Wed Dec 16 10:00:00.123456 2020] [php7:error] [pid 12] [client 192.0.2.7:5678] PHP x";
        let record = apache(new).expect("2.4");
        assert_eq!(record.get(Field::Client, new), Some(&b"192.0.2.7"[..]));
        assert_eq!(record.get(Field::Message, new), Some(&b"PHP x"[..]));
        let line = br#"2020/12/16 10:00:00 [error] 1#0: *1 open() failed, client: 192.0.2.7, server: s, request: "GET /a HTTP/1.1", host: "h.example""#;
        let record = nginx(line).expect("nginx");
        assert_eq!(record.get(Field::Target, line), Some(&b"/a"[..]));
        assert_eq!(record.get(Field::Host, line), Some(&b"h.example"[..]));
        assert_eq!(record.span(Field::Server), None);
        for (text, file, referer) in [
            ("File does not exist: /var/www/a b", "/var/www/a b", ""),
            ("AH00128: File does not exist: /var/www/a, referer: http://h/b", "/var/www/a", "http://h/b"),
            ("AH01071: script '/var/www/a.php' not found or unable to stat", "/var/www/a.php", ""),
            ("AH01630: client denied by server configuration: /var/www/a", "/var/www/a", ""),
        ] {
            let line = format!(
                "[Wed Dec 16 10:00:00.123456 2020] [core:info] [pid 12] [client 192.0.2.7:5678] {text}"
            );
            let record = apache(line.as_bytes()).expect("2.4");
            let told = [Field::File, Field::Referer]
                .map(|field| record.get(field, line.as_bytes()).unwrap_or_default());
            assert_eq!(told, [file, referer].map(str::as_bytes), "{line}");
            (0..line.len()).for_each(|length| {
                let _ = apache(&line.as_bytes()[..length]);
            });
        }
    }
}
