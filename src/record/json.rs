//! One JSON object a line (RFC 8259; JSON Lines): any object, nested as it may be. The line is walked through once,
//! without building a tree; only places of known fields are kept.
//!
//! What this reader does not do: it does not check numbers and escapes by the grammar (a reader of evidence is tolerant).

use crate::model::Field;

use super::access::is_address;
use super::inner::Quoting;
use super::vocabulary::{Gather, is_time, looks_like_time};
use super::{Record, Span};

/// Objects and arrays inside each other. Deeper ones are walked through, but their keys are not told apart.
const DEEPEST: usize = 64;

/// The name of objects that no key names more exactly: one a line, or in a document.
pub(super) const LINES: &str = "JSON lines";
pub(super) const DOCUMENT: &str = "JSON document";

/// Keys by which a format is named.
#[derive(Default)]
struct Marks {
    suricata: bool,
    zeek: bool,
    cloudtrail: bool,
    journal: bool,
    office: bool,
    azure: bool,
    windows: bool,
    /// A packet of the answer is told of.
    to_client: bool,
    /// The ports of sender and receiver.
    ports: [Option<u16>; 2],
}

impl Marks {
    fn see(&mut self, key: &[u8], value: &[u8]) {
        let port = || std::str::from_utf8(value).ok()?.parse().ok();
        match key {
            b"direction" => self.to_client = value == b"to_client",
            b"src_port" => self.ports[0] = port(),
            b"dest_port" => self.ports[1] = port(),
            b"event_type" => self.suricata = true,
            b"id.orig_h" | b"id_orig_h" | b"_path" => self.zeek = true,
            b"awsRegion" | b"eventSource" => self.cloudtrail = true,
            b"__REALTIME_TIMESTAMP" => self.journal = true,
            b"Workload" | b"RecordType" => self.office = true,
            b"operationName" | b"activityDateTime" => self.azure = true,
            b"EventID" | b"EventRecordID" | b"ProviderGuid" => self.windows = true,
            _ => {}
        }
    }

    /// What keys of these formats mean otherwise than their names say elsewhere.
    fn correct(&self, line: &[u8], record: &mut Record) {
        match self.name() {
            // Zeek tells of traffic: no row names the machine that wrote it, or a program, and a `client` may be a user.
            "Zeek log (JSON)" => {
                record.clear(Field::Server);
                record.clear(Field::Process);
                if record.get(Field::Client, line).is_some_and(|client| !is_address(client)) {
                    record.clear(Field::Client);
                }
            }
            // Suricata tells of an alert and of a file who sent the packet ("EVE JSON Format"): of an answer, that is the server.
            "Suricata EVE" => {
                let is_answer = self.to_client
                    || (record.span(Field::Method).is_some()
                        && matches!(self.ports, [Some(from), Some(to)] if from < 1_024 && to >= 1_024));
                if let (true, Some(from), Some(to)) =
                    (is_answer, record.span(Field::Client), record.span(Field::ServerAddress))
                {
                    record.set(Field::Client, to);
                    record.set(Field::ServerAddress, from);
                }
            }
            _ => {}
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Marks { cloudtrail: true, .. } => "AWS CloudTrail",
            Marks { journal: true, .. } => "systemd journal (JSON)",
            Marks { windows: true, .. } => "Windows events (JSON)",
            Marks { zeek: true, .. } => "Zeek log (JSON)",
            Marks { suricata: true, .. } => "Suricata EVE",
            Marks { office: true, .. } => "Microsoft 365 audit log",
            Marks { azure: true, .. } => "Azure log (JSON)",
            _ => LINES,
        }
    }
}

/// Reads a line that is one whole object.
pub(super) fn read(line: &[u8]) -> Option<(Record, &'static str)> {
    let start = line.iter().position(|byte| !byte.is_ascii_whitespace())?;
    if line[start] != b'{' {
        return None;
    }
    let mut gather = Gather::default();
    let mut marks = Marks::default();
    let end = walk(line, start, |place, value| {
        if place.depth < 2 {
            marks.see(place.key, &line[value.clone()]);
        }
        gather.add(line, place.parent, place.key, value, place.depth);
    })?;
    let rest = line[end..].trim_ascii();
    let mut record = gather.finish(line);
    record.quoting = Quoting::Backslash;
    marks.correct(line, &mut record);
    (rest.is_empty() || rest == b",").then_some((record, marks.name()))
}

/// Whether an object at the start of `text` stands around records: an array in it holds objects with a time of their
/// own, or is named `Records`, and the object itself has no time. `cut`: it is longer than the text; then any array of
/// objects makes it one.
pub(super) fn is_envelope(text: &[u8], cut: bool) -> bool {
    if !holds_objects(text) {
        return false;
    }
    let (mut outer, mut inner, mut objects) = (false, false, false);
    walk(text, 0, |place, value| {
        let member = place.arrays > 0 && place.object;
        objects |= member;
        if member && place.parent.eq_ignore_ascii_case(b"records") {
            inner = true;
        } else if place.arrays == 0 {
            let value = &text[value];
            outer |= looks_like_time(place.key, value) || is_time(place.parent, place.key, value);
        } else if !inner {
            inner = is_time(place.parent, place.key, &text[value]);
        }
    });
    if cut { objects } else { inner && !outer }
}

/// Whether an array begins with an object somewhere in the text.
pub(super) fn holds_objects(text: &[u8]) -> bool {
    memchr::memchr_iter(b'[', text).any(|at| {
        text[at + 1..].iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| *byte == b'{')
    })
}

/// Where a value stands.
struct Place<'l> {
    /// The key of the object around it.
    parent: &'l [u8],
    key: &'l [u8],
    /// Objects and arrays around the innermost one.
    depth: usize,
    /// Arrays around it.
    arrays: usize,
    /// The innermost is an object.
    object: bool,
}

/// One open object or array: whether it is an object, the key it stands under, that of the object around it, and the arrays open
/// with it. There are many of them, so they are small.
#[derive(Clone, Copy, Default)]
struct Open {
    object: bool,
    key: (u32, u32),
    around: (u32, u32),
    arrays: u32,
}

impl Open {
    /// The key of the object around a value in it.
    const fn parent(&self) -> (u32, u32) {
        if self.object { self.key } else { self.around }
    }
}

/// Goes through the value at `start`; tells `scalar` of each key with a string, number or word. Returns where it ends;
/// `None` where it does not end or is no JSON.
fn walk<'l>(line: &'l [u8], start: usize, mut scalar: impl FnMut(Place<'l>, Span)) -> Option<usize> {
    let mut stack = [Open::default(); DEEPEST];
    let mut depth = 0usize;
    let mut at = start;
    // The key that waits for its value.
    let mut key: Option<(u32, u32)> = None;
    loop {
        at += line.get(at..)?.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let inside = depth.checked_sub(1).and_then(|index| stack.get(index)).copied().unwrap_or_default();
        let byte = *line.get(at)?;
        match byte {
            b'{' | b'[' => {
                let name = key.take().unwrap_or(inside.key);
                if let Some(slot) = stack.get_mut(depth) {
                    let object = byte == b'{';
                    let arrays = inside.arrays + u32::from(!object);
                    *slot = Open { object, key: name, around: inside.parent(), arrays };
                }
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                if depth <= DEEPEST && inside.object != (byte == b'}') {
                    return None;
                }
                depth = depth.checked_sub(1)?;
                at += 1;
                key = None;
                if depth == 0 {
                    return Some(at);
                }
            }
            b',' | b':' => at += 1,
            _ => {
                let (span, end) = value(line, at)?;
                at = end;
                if inside.object && key.is_none() {
                    at += line.get(at..)?.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                    if byte != b'"' || line.get(at) != Some(&b':') {
                        return None;
                    }
                    at += 1;
                    key = Some((span.start as u32, span.end as u32));
                } else {
                    let name = key.take().unwrap_or(inside.key);
                    let text = |(start, end): (u32, u32)| &line[start as usize..end as usize];
                    let place = Place {
                        parent: text(inside.parent()),
                        key: text(name),
                        depth: depth - 1,
                        arrays: inside.arrays as usize,
                        object: inside.object,
                    };
                    scalar(place, span);
                }
            }
        }
    }
}

/// The string (without its quotes), number or word at `at`, and where it ends.
fn value(line: &[u8], at: usize) -> Option<(Span, usize)> {
    if line[at] == b'"' {
        let mut end = at + 1;
        loop {
            end += memchr::memchr2(b'"', b'\\', line.get(end..)?)?;
            if line[end] == b'"' {
                return Some((at + 1..end, end + 1));
            }
            end += 2;
        }
    }
    let word = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let length = line[at..].iter().take_while(word).count();
    (length > 0).then_some((at..at + length, at + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(line: &str, field: Field) -> String {
        let (record, _) = read(line.as_bytes()).expect(line);
        String::from_utf8_lossy(record.get(field, line.as_bytes()).unwrap_or_default()).into_owned()
    }

    #[test]
    fn requests_of_eve_and_zeek_have_method_target_and_status() {
        let eve = r#"{"timestamp":"2020-12-16T10:00:00.123456+0000","event_type":"http","src_ip":"192.0.2.7","dest_ip":"198.51.100.1","http":{"hostname":"h.example","url":"\/a.html","http_user_agent":"UA","http_method":"POST","status":200,"length":12}}"#;
        let zeek = r#"{"ts":1608112800.5,"uid":"C","id.orig_h":"192.0.2.7","id.resp_h":"198.51.100.1","method":"POST","host":"h.example","uri":"/a.html","user_agent":"UA","status_code":200}"#;
        for line in [eve, zeek] {
            assert_eq!(get(line, Field::Client), "192.0.2.7");
            assert_eq!(get(line, Field::Method), "POST");
            assert!(get(line, Field::Target).ends_with("/a.html"));
            assert_eq!(get(line, Field::Status), "200");
            assert_eq!(get(line, Field::Host), "h.example");
            assert_eq!(get(line, Field::UserAgent), "UA");
            assert!(read(line.as_bytes()).is_some_and(|(record, _)| record.time.is_some()));
        }
        assert_eq!(read(eve.as_bytes()).map(|(_, name)| name), Some("Suricata EVE"));
    }

    #[test]
    fn only_whole_objects_are_records_and_no_prefix_panics() {
        let line = br#"{"a":[1,{"b":"x\"y"}],"c":null,"d":"\u00fc"}"#;
        assert!(read(line).is_some());
        for length in 0..line.len() {
            assert_eq!(read(&line[..length]), None, "{length}");
        }
        for line in ["{\"a\" 1}", "{]", "[1]", "{a:1}", "{} x", "{\"a\":1"] {
            assert_eq!(read(line.as_bytes()), None, "{line}");
        }
        assert_eq!(read(&[b"{\"a\":".repeat(100_000), b"1".to_vec()].concat()), None);
    }

    #[test]
    fn who_asked_is_not_the_machine_that_tells_nor_whom_it_is_about() {
        for (line, field, wanted) in [
            (r#"{"host":{"ip":["10.0.0.5"],"name":"web1"},"message":"x"}"#, Field::Client, ""),
            (r#"{"host":{"ip":"10.0.0.5"},"source":{"ip":"192.0.2.7"}}"#, Field::Client, "192.0.2.7"),
            (r#"{"observer.ip":"10.0.0.5","client.ip":"192.0.2.7"}"#, Field::Client, "192.0.2.7"),
            (
                r#"{"eventName":"CreateAccessKey","awsRegion":"r","requestParameters":{"userName":"victim"},"userIdentity":{"userName":"bob"}}"#,
                Field::User,
                "bob",
            ),
            (
                r#"{"awsRegion":"r","requestParameters":{"userName":"victim"},"userIdentity":{"sessionContext":{"sessionIssuer":{"userName":"role"}}}}"#,
                Field::User,
                "role",
            ),
            (
                r#"{"_path":"kerberos","id.orig_h":"192.0.2.7","client":"bob/DOM","service":"krbtgt/DOM"}"#,
                Field::Process,
                "",
            ),
            (r#"{"id_orig_h":"192.0.2.7","id_resp_h":"198.51.100.1"}"#, Field::ServerAddress, "198.51.100.1"),
            (r#"{"_path":"capture_loss","peer":"zeek"}"#, Field::Client, ""),
            (
                r#"{"event_type":"alert","src_ip":"198.51.100.1","dest_ip":"192.0.2.7","direction":"to_client"}"#,
                Field::Client,
                "192.0.2.7",
            ),
            (
                r#"{"event_type":"fileinfo","src_ip":"198.51.100.1","src_port":80,"dest_ip":"192.0.2.7","dest_port":50000,"http":{"http_method":"GET","url":"/a"}}"#,
                Field::ServerAddress,
                "198.51.100.1",
            ),
            (
                r#"{"event_type":"alert","src_ip":"192.0.2.7","src_port":53,"dest_ip":"10.0.0.5"}"#,
                Field::Client,
                "192.0.2.7",
            ),
            (
                r#"{"remote_addr":"10.0.0.1","x_forwarded_for":"192.0.2.7, 10.0.0.2"}"#,
                Field::Client,
                "10.0.0.1",
            ),
            (
                r#"{"remote_addr":"10.0.0.1","x_forwarded_for":"192.0.2.7, 10.0.0.2"}"#,
                Field::Forwarded,
                "192.0.2.7, 10.0.0.2",
            ),
            (r#"{"X-Forwarded-For":"192.0.2.7, 10.0.0.2"}"#, Field::Client, "192.0.2.7"),
            (
                r#"{"ClientRequestURI":"/a","EdgeResponseStatus":404,"ClientRequestMethod":"GET"}"#,
                Field::Status,
                "404",
            ),
        ] {
            assert_eq!(get(line, field), wanted, "{field:?} in {line}");
        }
    }

    #[test]
    fn a_query_with_a_key_of_its_own_belongs_to_the_target() {
        let line = br#"{"httpMethod":"get","requestUri":"/a","requestQuery":"b=1","httpStatus":200}"#;
        let (record, _) = read(line).expect("a record");
        assert_eq!(record.target(line).as_deref(), Some(&b"/a?b=1"[..]));
        assert_eq!(record.get(Field::Method, line), Some(&b"get"[..]));
        let line = br#"{"httpMethod":"GET","originalRequestUriWithArgs":"/a?b=1","requestQuery":"b=1"}"#;
        let (record, _) = read(line).expect("a record");
        assert_eq!(record.target(line).as_deref(), Some(&b"/a?b=1"[..]));
    }
}
