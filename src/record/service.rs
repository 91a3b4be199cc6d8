//! Requests as web services note them that are no access log of a web server: Gin (`logger.go`), Uvicorn (`logging.py`),
//! Atlassian Bitbucket ("How to read the Bitbucket Data Center Log Formats"), Atlassian Confluence (`conf_access_log`, the pattern in its
//! `server.xml`), Nginx Proxy Manager (`log_format proxy`), and AWS load balancers ("Access logs for your Application Load
//! Balancer", and for the classic one).

use crate::model::Field;

use super::access::{quoted, request, skip_spaces, word};
use super::{Record, Span, clock};

/// Reads a line of any of the forms.
pub(super) fn read(line: &[u8]) -> Option<(Record, &'static str)> {
    match line.first()? {
        b'[' => gin(line)
            .map(|record| (record, "Gin request log"))
            .or_else(|| Some((confluence(line)?, "Atlassian access log")))
            .or_else(|| Some((proxy_manager(line)?, "Nginx Proxy Manager log"))),
        b'h' | b'w' | b'1'..=b'2' if let Some(record) = load_balancer(line) => {
            Some((record, "AWS load balancer log"))
        }
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

/// Reads `[17/Jun/2021:12:57:26 +0200] bob http-nio-8090-exec-6 192.0.2.7 GET /a HTTP/1.1 200 20ms 7881 http://h/ Mozilla/5.0 (X11)`.
fn confluence(line: &[u8]) -> Option<Record> {
    let (time, end) = clock::common(line, 1).filter(|(_, end)| line.get(*end) == Some(&b']'))?;
    let user = word(line, end + 1);
    let thread = word(line, user.end);
    let client = word(line, thread.end);
    let method = word(line, client.end);
    let near = line.get(method.end..)?;
    // The target is what stands up to the version: it may hold spaces.
    let version = method.end + memchr::memmem::find(near, b" HTTP/")? + 1;
    let status = word(line, word(line, version).end);
    let taken = word(line, status.end);
    let size = word(line, taken.end);
    if !is_status(&line[status.clone()]) || !line[taken].ends_with(b"ms") {
        return None;
    }
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, 1..end);
    record.set_value(line, Field::User, user);
    record.set_value(line, Field::Client, client);
    request(line, &(method.start..word(line, version).end), &mut record);
    record.set(Field::Status, status);
    record.set_value(line, Field::Size, size.clone());
    let referer = word(line, size.end);
    record.set_value(line, Field::UserAgent, skip_spaces(line, referer.end).min(line.len())..line.len());
    record.set_value(line, Field::Referer, referer);
    Some(record)
}

/// Reads `[10/Feb/2024:21:25:00 +0100] - 200 200 - GET https h.example "/a" [Client 192.0.2.7] [Length 20] [Gzip -] [Sent-to 10.0.0.5] "UA" "referer"`.
fn proxy_manager(line: &[u8]) -> Option<Record> {
    let (time, end) = clock::common(line, 1).filter(|(_, end)| line.get(*end) == Some(&b']'))?;
    let lead = b" [Client ";
    let mark = end + memchr::memmem::find(&line[end..], lead)?;
    let quote = end + memchr::memchr(b'"', &line[end..mark])?;
    let mut words = Vec::with_capacity(8);
    let mut at = end + 1;
    while at < quote && words.len() < 8 {
        let next = word(&line[..quote], at);
        at = next.end;
        words.push(next);
    }
    words.retain(|word| !word.is_empty());
    let [before @ .., method, _, host] = &words[..] else { return None };
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, 1..end);
    // The status of the server behind comes first, what the proxy answered second.
    record.set(Field::Status, before.iter().rev().find(|word| is_status(&line[(*word).clone()]))?.clone());
    record.set(Field::Method, method.clone());
    record.set_value(line, Field::Host, host.clone());
    record.set(Field::Target, quoted(line, quote));
    let mut at = mark;
    for (lead, field) in
        [(&lead[..], Field::Client), (b" [Length ", Field::Size), (b" [Sent-to ", Field::ServerAddress)]
    {
        let Some(found) = memchr::memmem::find(&line[at..], lead) else { break };
        let start = at + found + lead.len();
        let length = memchr::memchr(b']', &line[start..])?;
        record.set_value(line, field, start..start + length);
        at = start + length;
    }
    for field in [Field::UserAgent, Field::Referer] {
        let Some(quote) = memchr::memchr(b'"', line.get(at..)?) else { break };
        let value = quoted(line, at + quote);
        at = value.end + 1;
        record.set_value(line, field, value);
    }
    Some(record)
}

/// Reads `https 2023-04-26T12:23:00.186641Z app/a 192.0.2.7:44740 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://h:443/a HTTP/1.1" "UA" ...`;
/// the classic form has no kind in front of the time.
fn load_balancer(line: &[u8]) -> Option<Record> {
    let kind = word(line, 0);
    let is_classic = line[kind.clone()].first()?.is_ascii_digit();
    let is_kind =
        is_classic || matches!(&line[kind.clone()], b"http" | b"https" | b"h2" | b"grpcs" | b"ws" | b"wss");
    let stamp = if is_classic { kind } else { word(line, kind.end) };
    let (time, _) =
        is_kind.then(|| clock::iso(line, stamp.start).filter(|(_, end)| *end == stamp.end)).flatten()?;
    let name = word(line, stamp.end);
    let client = word(line, name.end);
    let server = word(line, client.end);
    let mut at = server.end;
    for _ in 0..3 {
        let timer = word(line, at);
        at = timer.end;
        let text = line[timer].strip_prefix(b"-").unwrap_or(b"0.0");
        if !text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
            return None;
        }
    }
    let status = word(line, at);
    let received = word(line, word(line, status.end).end);
    let sent = word(line, received.end);
    let quote = skip_spaces(line, sent.end);
    let colon = client.start + memchr::memrchr(b':', &line[client.clone()])?;
    if line.get(quote) != Some(&b'"') || !(is_status(&line[status.clone()]) || line[status.clone()] == *b"-")
    {
        return None;
    }
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, stamp);
    record.set(Field::Client, client.start..colon);
    record.set_value(line, Field::Status, status);
    record.set_value(line, Field::Size, sent);
    if let Some(colon) = memchr::memrchr(b':', &line[server.clone()]) {
        record.set(Field::ServerAddress, server.start..server.start + colon);
    }
    let asked = quoted(line, quote);
    request(line, &asked, &mut record);
    let agent = skip_spaces(line, asked.end + 1);
    if line.get(agent) == Some(&b'"') {
        record.set_value(line, Field::UserAgent, quoted(line, agent));
    }
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
            (
                "[17/Jun/2021:12:57:26 +0200] bob http-nio-8090-exec-6 192.0.2.7 GET /a b?c=d HTTP/1.1 200 1020ms 7881 http://h/ Mozilla/5.0 (X11)",
                ["192.0.2.7", "bob", "GET", "/a b?c=d", "200", "Mozilla/5.0 (X11)"],
            ),
            (
                "[17/Jun/2021:12:57:26 +0200] - http-nio-8090-exec-6 192.0.2.7 POST /a HTTP/1.1 302 7ms - - curl/8",
                ["192.0.2.7", "", "POST", "/a", "302", "curl/8"],
            ),
            (
                r#"[10/Feb/2024:21:25:00 +0100] - 502 404 - GET https h.example "/a" [Client 192.0.2.7] [Length 2048] [Gzip 1.2] [Sent-to 10.0.0.5] "U A" "https://r.example/""#,
                ["192.0.2.7", "", "GET", "/a", "404", "U A"],
            ),
            (
                r#"https 2023-04-26T12:23:00.186641Z app/a/4 192.0.2.7:44740 10.0.0.1:80 0.086 -1 0.037 403 - 0 57 "GET https://h.example:443/a HTTP/1.1" "curl/7" E"#,
                ["192.0.2.7", "", "GET", "https://h.example:443/a", "403", "curl/7"],
            ),
            (
                r#"2015-05-13T23:39:43.945958Z my-lb 192.0.2.7:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://h:80/ HTTP/1.1" "curl/7" - -"#,
                ["192.0.2.7", "", "GET", "http://h:80/", "200", "curl/7"],
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
