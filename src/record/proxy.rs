//! Proxies: Squid's native access log ("Features/LogFormat", squid wiki) and HAProxy's HTTP log (HAProxy
//! configuration manual, section 8.2.3).

use crate::model::Field;

use super::access::{quoted, request, word};
use super::{Record, clock};

/// Reads `1286536309.450 180 192.0.2.7 TCP_MISS/200 3413 GET http://h/ user hierarchy/peer type`.
pub(super) fn squid(line: &[u8]) -> Option<Record> {
    let (time, end) = clock::epoch(line, 0).filter(|(_, end)| line.get(*end) == Some(&b' '))?;
    let elapsed = word(line, end);
    let client = word(line, elapsed.end);
    let result = word(line, client.end);
    let size = word(line, result.end);
    let method = word(line, size.end);
    let target = word(line, method.end);
    let user = word(line, target.end);
    let slash = result.start + memchr::memchr(b'/', &line[result.clone()])?;
    let digits = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    if !digits(&line[elapsed])
        || !digits(&line[slash + 1..result.end])
        || !digits(&line[size.clone()])
        || target.is_empty()
    {
        return None;
    }
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, 0..end);
    record.set(Field::Client, client);
    record.set(Field::Status, slash + 1..result.end);
    record.set(Field::Size, size);
    record.set(Field::Method, method);
    record.set(Field::Target, target);
    record.set_value(line, Field::User, user);
    Some(record)
}

/// Reads `192.0.2.7:33317 [06/Feb/2009:12:14:14.655] front back/srv 10/0/30/69/109 200 2750 - - ... "GET / HTTP/1.1"`,
/// behind the syslog header that HAProxy's lines have.
pub(super) fn haproxy(line: &[u8]) -> Option<Record> {
    let bracket = memchr::memmem::find(&line[..line.len().min(256)], b"]: ").map(|at| at + 3).unwrap_or(0);
    let client = word(line, bracket);
    let open = client.end + 1;
    if line.get(open) != Some(&b'[') {
        return None;
    }
    let colon = memchr::memrchr(b':', &line[client.clone()])? + client.start;
    let (time, time_end) = clock::common(line, open + 1)?;
    let front = word(line, time_end + 1);
    let back = word(line, front.end);
    let timers = word(line, back.end);
    let status = word(line, timers.end);
    let size = word(line, status.end);
    if line.get(time_end) != Some(&b']') || !line[back].contains(&b'/') || status.len() != 3 {
        return None;
    }
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, open + 1..time_end);
    record.set(Field::Client, client.start..colon);
    if line[status.clone()].iter().all(u8::is_ascii_digit) {
        record.set(Field::Status, status);
    }
    record.set_value(line, Field::Size, size.clone());
    if let Some(header) = line[..client.start].strip_suffix(b" ").and_then(super::syslog::bsd) {
        for field in [Field::Server, Field::Process] {
            if let Some(span) = header.span(field) {
                record.set(field, span);
            }
        }
    }
    if let Some(quote) = memchr::memchr(b'"', &line[size.end..]) {
        request(line, &quoted(line, size.end + quote), &mut record);
    }
    Some(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_requests_of_both() {
        let squid_line =
            b"1286536309.450    180 192.0.2.7 TCP_MISS/200 3413 GET http://h.example/a - DIRECT/h text/html";
        let haproxy_line = br#"Feb  6 12:14:14 localhost haproxy[14389]: 192.0.2.7:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET http://h.example/a HTTP/1.1""#;
        let record = haproxy(haproxy_line).expect("a record");
        assert_eq!(record.get(Field::Server, haproxy_line), Some(&b"localhost"[..]));
        for (record, line) in
            [(squid(squid_line), &squid_line[..]), (haproxy(haproxy_line), &haproxy_line[..])]
        {
            let record = record.expect("a record");
            assert_eq!(record.get(Field::Client, line), Some(&b"192.0.2.7"[..]));
            assert_eq!(record.get(Field::Status, line), Some(&b"200"[..]));
            assert_eq!(record.get(Field::Method, line), Some(&b"GET"[..]));
            assert_eq!(record.get(Field::Target, line), Some(&b"http://h.example/a"[..]));
            (0..line.len()).for_each(|length| {
                let _ = (squid(&line[..length]), haproxy(&line[..length]));
            });
        }
    }
}
