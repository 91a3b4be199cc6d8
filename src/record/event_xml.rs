//! Windows events as XML, as `wevtutil qe /f:xml` writes them and collectors send them ("Event Schema", Microsoft Learn).
//! Elements with text, `Data` elements by the name in their attribute, and the attributes of `System` are values.
//!
//! What this reader does not do: it does not undo entities; the search does.

use super::event_document::opens;
use super::vocabulary::Gather;
use super::{Record, Span};

/// The format's name.
pub(super) const NAME: &str = "Windows events (XML)";

/// Reads `<Event xmlns='...'><System>...<EventID>4625</EventID>...</System><EventData><Data Name='IpAddress'>192.0.2.7</Data>...`.
pub(super) fn read(line: &[u8]) -> Option<Record> {
    let start = line.iter().position(|byte| !byte.is_ascii_whitespace())?;
    if !opens(&line[start..], b"<Event") {
        return None;
    }
    memchr::memmem::rfind(line, b"</Event>")?;
    let mut gather = Gather::default();
    let mut at = start;
    while let Some(open) = memchr::memchr(b'<', line.get(at..)?).map(|length| at + length) {
        let close = open + memchr::memchr(b'>', &line[open..])?;
        let tag = open + 1..close;
        at = close + 1;
        if matches!(line.get(open + 1), Some(b'/' | b'?' | b'!')) {
            continue;
        }
        let name = name(line, tag.start);
        for (key, value) in attributes(line, name.end..tag.end) {
            match &line[key.clone()] {
                b"SystemTime" => gather.add(line, b"", b"SystemTime", value, 0),
                // `Data` and its like have their own name in this attribute.
                b"Name" if line[name.clone()] == *b"Data" => {
                    let key = &line[value];
                    gather.add(line, b"", key, text(line, at), 0);
                }
                _ => {}
            }
        }
        if line[name.clone()] != *b"Data" {
            gather.add(line, b"", &line[name], text(line, at), 0);
        }
    }
    (gather.count() > 0).then(|| gather.finish(line))
}

fn name(line: &[u8], at: usize) -> Span {
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':');
    at..at + line[at..].iter().take_while(part).count()
}

/// What stands from `at` up to the next element.
fn text(line: &[u8], at: usize) -> Span {
    let rest = line.get(at..).unwrap_or_default();
    at..at + memchr::memchr(b'<', rest).unwrap_or(rest.len())
}

/// The attributes in a tag, with either quote around their values.
fn attributes(line: &[u8], tag: Span) -> impl Iterator<Item = (Span, Span)> {
    let mut at = tag.start;
    std::iter::from_fn(move || {
        at += line[at..tag.end].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let key = name(&line[..tag.end], at);
        let quote = *line[..tag.end].get(key.end + 1).filter(|_| line.get(key.end) == Some(&b'='))?;
        let start = key.end + 2;
        if key.is_empty() || !matches!(quote, b'\'' | b'"') {
            return None;
        }
        let end = start + memchr::memchr(quote, &line[start..tag.end])?;
        at = end + 1;
        Some((key, start..end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Field;

    #[test]
    fn an_event_has_its_time_computer_and_named_data() {
        let line = br#"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P'/><EventID>4625</EventID><TimeCreated SystemTime='2020-12-16T10:00:00.1Z'/><Computer>web1</Computer></System><EventData><Data Name='TargetUserName'>bob</Data><Data Name="IpAddress">192.0.2.7</Data><Data Name='Empty'/></EventData></Event>"#;
        let record = read(line).expect("an event");
        assert_eq!(record.get(Field::Client, line), Some(&b"192.0.2.7"[..]));
        assert_eq!(record.get(Field::User, line), Some(&b"bob"[..]));
        assert_eq!(record.get(Field::Server, line), Some(&b"web1"[..]));
        assert_eq!(record.time.map(|time| time.to_string()).as_deref(), Some("2020-12-16T10:00:00.1Z"));
        for length in 0..line.len() {
            assert_eq!(read(&line[..length]), None, "{length}");
        }
    }
}
