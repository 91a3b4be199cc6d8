//! Requests as web services note them that are no access log of a web server: Gin (`logger.go`), Uvicorn (`logging.py`), and
//! Atlassian Bitbucket ("How to read the Bitbucket Data Center Log Formats").

use crate::model::Field;

use super::access::{quoted, request, skip_spaces, word};
use super::{Record, Span, clock};

/// Reads a line of any of the forms.
pub(super) fn read(line: &[u8]) -> Option<(Record, &'static str)> {
    match line.first()? {
        b'[' => Some((gin(line)?, "Gin request log")),
        b'I' => Some((uvicorn(line)?, "Uvicorn request log")),
        b'0'..=b'9' | b'a'..=b'f' => Some((bitbucket(line)?, "Bitbucket access log")),
        _ => None,
    }
}

/// Reads `[GIN] 2022/02/07 - 10:49:33 | 401 | 505.317µs | 192.0.2.7 | POST     "/client"`.
fn gin(line: &[u8]) -> Option<Record> {
    let rest = line.strip_prefix(b"[GIN] ")?;
    let start = line.len() - rest.len();
    let cells: Vec<Span> = cells(line, start).collect();
    let [stamp, status, _, client, asked, ..] = &cells[..] else { return None };
    let mut record =
        Record { time: clock::date_and_clock(line, stamp.start, stamp.start + 13), ..Record::default() };
    record.set(Field::Time, stamp.clone());
    record.set(Field::Status, status.clone());
    record.set_value(line, Field::Client, client.clone());
    let method = word(&line[..asked.end], asked.start);
    let path = skip_spaces(line, method.end);
    if line.get(path) != Some(&b'"') || !is_status(&line[status.clone()]) {
        return None;
    }
    record.set(Field::Method, method);
    record.set(Field::Target, quoted(line, path));
    Some(record)
}

/// Reads `INFO:     192.0.2.7:52782 - "POST /login HTTP/1.1" 401 Unauthorized`; it has no time.
fn uvicorn(line: &[u8]) -> Option<Record> {
    line.strip_prefix(b"INFO: ")?;
    let client = word(line, 6);
    let dash = word(line, client.end);
    let quote = skip_spaces(line, dash.end);
    if line[dash] != *b"-" || line.get(quote) != Some(&b'"') {
        return None;
    }
    let asked = quoted(line, quote);
    let status = word(line, asked.end + 1);
    if !is_status(&line[status.clone()]) {
        return None;
    }
    let mut record = Record::default();
    let port = memchr::memrchr(b':', &line[client.clone()])?;
    record.set(Field::Client, client.start..client.start + port);
    request(line, &asked, &mut record);
    record.set(Field::Status, status);
    Some(record)
}

/// Reads `192.0.2.7 | https | o@1x2 | bob | 2012-10-29 00:06:26,838 | "GET /git HTTP/1.1" | "referer" "agent" | 200 | 13 | 0 | ...`. A
/// request by gRPC has a further cell in front of the user; one that begins has no status yet.
fn bitbucket(line: &[u8]) -> Option<Record> {
    let cells: Vec<Span> = cells(line, 0).take(12).collect();
    let at =
        cells.iter().take(6).position(|cell| clock::iso(line, cell.start).is_some()).filter(|at| *at >= 4)?;
    let (asked, agent) = (cells.get(at + 1)?, cells.get(at + 2)?);
    if line.get(asked.start) != Some(&b'"') {
        return None;
    }
    let time = clock::iso(line, cells[at].start).map(|(time, _)| time);
    let mut record = Record { time, ..Record::default() };
    record.set(Field::Time, cells[at].clone());
    // Of several addresses the first is who asked, the others the proxies on the way.
    let length = line[cells[0].clone()].iter().take_while(|byte| **byte != b',').count();
    record.set(Field::Client, cells[0].start..cells[0].start + length);
    record.set_value(line, Field::User, cells[at - 1].clone());
    request(line, &quoted(line, asked.start), &mut record);
    if line.get(agent.start) == Some(&b'"') {
        let referer = quoted(line, agent.start);
        let next = skip_spaces(line, referer.end + 1);
        record.set_value(line, Field::Referer, referer);
        if line.get(next) == Some(&b'"') {
            record.set_value(line, Field::UserAgent, quoted(line, next));
        }
    }
    if let Some(status) = cells.get(at + 3).filter(|cell| is_status(&line[(*cell).clone()])) {
        record.set(Field::Status, status.clone());
        // Bytes read come first, bytes written second.
        if let Some(size) = cells.get(at + 5) {
            record.set_value(line, Field::Size, size.clone());
        }
    }
    Some(record)
}

/// What stands between ` | ` from `at` on.
fn cells(line: &[u8], at: usize) -> impl Iterator<Item = Span> {
    let mut from = Some(at);
    std::iter::from_fn(move || {
        let start = from?;
        let bar = memchr::memmem::find(&line[start..], b" | ").map(|length| start + length);
        from = bar.map(|bar| bar + 3);
        let end = bar.unwrap_or(line.len());
        let blank = line[start..end].iter().take_while(|byte| **byte == b' ').count();
        let start = start + blank;
        Some(start..start + line[start..end].trim_ascii_end().len())
    })
}

fn is_status(text: &[u8]) -> bool {
    text.len() == 3 && text.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_tells_a_request_and_its_status() {
        for (line, wanted) in [
            (
                "[GIN] 2022/02/07 - 10:49:33 | 401 |     505.317µs |       192.0.2.7 | POST     \"/client?a=b\"",
                ["192.0.2.7", "", "POST", "/client?a=b", "401", ""],
            ),
            (
                "INFO:     192.0.2.7:52782 - \"POST /login HTTP/1.1\" 401 Unauthorized",
                ["192.0.2.7", "", "POST", "/login", "401", ""],
            ),
            (
                "192.0.2.7,198.51.100.1 | https | o@9Kx1 | bob | 2012-10-29 00:06:26,838 | \"GET /git/a HTTP/1.1\" | \"\" \"git/1.7\" | 200 | 13 | 0 | refs | 101 | tmpqqw |",
                ["192.0.2.7", "bob", "GET", "/git/a", "200", "git/1.7"],
            ),
        ] {
            let bytes = line.as_bytes();
            let (record, _) = read(bytes).expect(line);
            let fields =
                [Field::Client, Field::User, Field::Method, Field::Target, Field::Status, Field::UserAgent];
            let told = fields.map(|field| record.get(field, bytes).unwrap_or_default());
            assert_eq!(told, wanted.map(str::as_bytes), "{line}");
            (0..bytes.len()).for_each(|length| {
                let _ = read(&bytes[..length]);
            });
        }
        assert_eq!(read(b"INFO: started \"x\""), None);
    }
}
