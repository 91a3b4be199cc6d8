//! Records inside records. What collects logs (Docker, Kubernetes, Filebeat, Splunk, CloudWatch, syslog, audit exports) carries a
//! line as the text of a record of its own: in a JSON string, in a quoted cell, behind a header. The text is read again as a
//! line of its own, with what the carrier did to it undone, and what it tells is placed in the bytes of the carrier's line.
//!
//! A request tells of itself what its carrier can only tell of where it came from: its fields count. What is no request
//! only adds to what the carrier tells.

use std::borrow::Cow;

use crate::model::{Field, Outcome, Timestamp, Zone};

use super::{Columns, FORMATS, Format, Record, Span, cues, read_as};

/// Carriers inside each other: a line in Docker's JSON in Filebeat's JSON in a cell of an export is at the fourth place.
const DEEPEST: usize = 4;

/// What a format does to a text that it carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Quoting {
    /// Nothing.
    #[default]
    Plain,
    /// Escapes with a backslash (RFC 8259, section 7).
    Backslash,
    /// Each quote is written twice (RFC 4180, section 2.7).
    Doubled,
}

/// A text and where its bytes stand in the line.
struct Text<'l> {
    bytes: Cow<'l, [u8]>,
    places: Places,
}

enum Places {
    /// All are so many bytes further on.
    Shift(usize),
    /// The place of each byte, and of the end.
    Each(Vec<u32>),
}

impl Places {
    fn of(&self, at: usize) -> usize {
        match self {
            Places::Shift(shift) => at + shift,
            Places::Each(places) => places.get(at).or(places.last()).map_or(0, |place| *place as usize),
        }
    }

    fn span(&self, span: Span) -> Span {
        // The end is one past the last byte: what the carrier wrote for the byte behind it is not part of it.
        let start = self.of(span.start);
        match self {
            Places::Shift(shift) => start..span.end + shift,
            Places::Each(_) if span.is_empty() => start..start,
            Places::Each(_) => start..self.of(span.end).max(start),
        }
    }
}

impl<'l> Text<'l> {
    /// The text at `span`, with the quoting undone, and without colors, spaces in front and line ends behind.
    fn inside(self, span: Span, quoting: Quoting) -> Option<Text<'l>> {
        let bytes = self.bytes.get(span.clone())?;
        let is_written = match quoting {
            Quoting::Plain => false,
            Quoting::Backslash => memchr::memchr(b'\\', bytes).is_some(),
            Quoting::Doubled => memchr::memchr(b'"', bytes).is_some(),
        } || memchr::memchr(0x1B, bytes).is_some();
        if is_written {
            return Some(self.undone(span, quoting));
        }
        let blank = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let start = span.start + blank;
        let end = start + bytes[blank..].trim_ascii_end().len();
        let places = match self.places {
            Places::Shift(shift) => Places::Shift(shift + start),
            Places::Each(places) => Places::Each(places.get(start..=end)?.to_vec()),
        };
        let bytes = match self.bytes {
            Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[start..end]),
            Cow::Owned(bytes) => Cow::Owned(bytes[start..end].to_vec()),
        };
        Some(Text { bytes, places })
    }

    fn undone(&self, span: Span, quoting: Quoting) -> Text<'l> {
        let text = &self.bytes[..span.end];
        let mut bytes = Vec::with_capacity(span.len());
        let mut places = Vec::with_capacity(span.len() + 1);
        let mut at = span.start;
        while at < text.len() {
            let (byte, length) = match (text[at], quoting) {
                (b'\\', Quoting::Backslash) => escape(&text[at..]),
                (b'"', Quoting::Doubled) if text.get(at + 1) == Some(&b'"') => (Some(b'"'), 2),
                (byte, _) => (Some(byte), 1),
            };
            let color = if byte == Some(0x1B) { color(&text[at + length..]) } else { None };
            if let Some(byte) = byte
                && color.is_none()
                && !(bytes.is_empty() && byte.is_ascii_whitespace())
            {
                bytes.push(byte);
                places.push(self.places.of(at) as u32);
            }
            at += length + color.unwrap_or(0);
        }
        while bytes.last().is_some_and(u8::is_ascii_whitespace) {
            bytes.pop();
        }
        let end = places.get(bytes.len()).copied().unwrap_or(self.places.of(text.len()) as u32);
        places.truncate(bytes.len());
        places.push(end);
        Text { bytes: Cow::Owned(bytes), places: Places::Each(places) }
    }
}

/// The byte that an escape stands for, and how many bytes it takes up. Characters beyond ASCII stay as they are written: no field
/// begins or ends there.
fn escape(text: &[u8]) -> (Option<u8>, usize) {
    match text.get(1) {
        Some(b'n') => (Some(b'\n'), 2),
        Some(b'r') => (Some(b'\r'), 2),
        Some(b't') => (Some(b'\t'), 2),
        Some(byte @ (b'"' | b'\\' | b'/')) => (Some(*byte), 2),
        Some(b'u') => {
            let digits = text.get(2..6).and_then(|digits| std::str::from_utf8(digits).ok());
            match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(u8::is_ascii) {
                Some(byte) => (Some(byte), 6),
                None => (Some(b'\\'), 1),
            }
        }
        _ => (Some(b'\\'), 1),
    }
}

/// Bytes of a sequence that sets colors or clears a line, behind its escape byte (ECMA-48, section 5.4).
fn color(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"[")?;
    let length = rest.iter().take(24).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    rest.get(length).filter(|byte| byte.is_ascii_alphabetic()).map(|_| length + 2)
}

/// Adds to a record what the records in its free text tell, and what the innermost text says in words.
pub(super) fn refine(line: &[u8], record: &mut Record) {
    let mut text = Text { bytes: Cow::Borrowed(line), places: Places::Shift(0) };
    let mut message = record.span(Field::Message);
    let mut quoting = record.quoting;
    let mut process = record.get(Field::Process, line).map(<[u8]>::to_vec);
    for depth in 0..=DEEPEST {
        let Some(span) = message else { return };
        let Some(inside) = text.inside(span, quoting) else { return };
        text = inside;
        let inner = if depth < DEEPEST { read(&text.bytes, record.time.is_none()) } else { None };
        let Some(inner) = inner else {
            let mut told = Record::default();
            cues::refine(&text.bytes, process.as_deref(), &mut told);
            return merge(&told, &text.places, record);
        };
        message = inner.span(Field::Message);
        quoting = inner.quoting;
        process = inner.get(Field::Process, &text.bytes).map(<[u8]>::to_vec).or(process);
        merge(&inner, &text.places, record);
    }
}

/// Reads a text as a line; `timeless`: its carrier has no time, so a time alone is something too. Formats whose columns a line in front
/// names are not looked for.
fn read(text: &[u8], timeless: bool) -> Option<Record> {
    let columns = Columns::default();
    FORMATS
        .into_iter()
        .filter(|format| match format {
            Format::W3c | Format::Table => false,
            Format::Plain => timeless,
            _ => true,
        })
        .find_map(|format| read_as(format, &columns, text))
        .map(|(record, _)| record)
}

/// Adds what an inner record tells, the fields of a request in place of the carrier's.
fn merge(inner: &Record, places: &Places, record: &mut Record) {
    let is_request = inner.span(Field::Target).is_some() && inner.span(Field::Status).is_some();
    if is_request
        && inner.span(Field::Host).is_none()
        && record.span(Field::Server).is_none()
        && let Some(host) = record.span(Field::Host)
    {
        // The carrier's host is the machine the line is from, not the one that was asked for.
        record.set(Field::Server, host);
        record.clear(Field::Host);
    }
    let has_status = record.span(Field::Status).is_some();
    let stays = |field| matches!(field, Field::Time | Field::Message | Field::Server | Field::Process);
    for field in Field::ALL {
        if let Some(span) = inner.span(field)
            && (record.span(field).is_none() || (is_request && !stays(field)))
        {
            record.set(field, places.span(span));
        }
    }
    if is_request {
        record.query = (0, 0);
        if let Some(query) = super::place(inner.query) {
            record.set_query(places.span(query));
        }
    }
    if record.outcome == Outcome::Unknown && !has_status {
        record.outcome = inner.outcome;
    }
    if let Some(time) = inner.time
        && record.time.is_none_or(|outer| tells_more(&time, &outer, is_request))
    {
        record.time = Some(time);
        if let Some(span) = inner.span(Field::Time) {
            record.set(Field::Time, places.span(span));
        }
    }
}

/// Whether the time of an event is to be told rather than the time at which its carrier noted it.
fn tells_more(inner: &Timestamp, outer: &Timestamp, is_request: bool) -> bool {
    let has_zone = |time: &Timestamp| time.zone != Zone::Unknown;
    match inner.is_certain() && !outer.is_certain() {
        true => true,
        false => is_request && inner.is_certain() == outer.is_certain() && has_zone(inner) >= has_zone(outer),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reader;
    use super::*;

    fn told(line: &str, field: Field) -> String {
        let bytes = line.as_bytes();
        let mut reader = Reader::new();
        let mut record = reader.read(bytes).expect(line);
        reader.refine(bytes, &mut record);
        String::from_utf8_lossy(record.get(field, bytes).unwrap_or_default()).into_owned()
    }

    #[test]
    fn fields_of_an_inner_record_are_placed_in_the_line_of_its_carrier() {
        let line = r#"{"log":"192.0.2.7 - - [16/Dec/2020:10:00:00 +0000] \"GET \/a HTTP\/1.1\" 404 0 \"-\" \"U \\\"x\\\" A\"\n","host":"node1"}"#;
        for (field, wanted) in [
            (Field::Client, "192.0.2.7"),
            (Field::Method, "GET"),
            (Field::Target, r#"\/a"#),
            (Field::Server, "node1"),
            (Field::Host, ""),
        ] {
            assert_eq!(told(line, field), wanted, "{field:?}");
        }
        assert_eq!(told(line, Field::Status), "404");
        assert_eq!(told(line, Field::UserAgent), r#"U \\\"x\\\" A"#);
    }

    #[test]
    fn what_is_no_request_only_adds_to_its_carrier() {
        let line = r#"{"timestamp":"2020-12-16T10:00:00Z","src_ip":"192.0.2.7","message":"{\"ip\":\"10.0.0.1\",\"user\":\"bob\"}"}"#;
        assert_eq!((told(line, Field::Client), told(line, Field::User)), ("192.0.2.7".into(), "bob".into()));
    }

    #[test]
    fn carriers_without_end_and_every_prefix_are_taken() {
        let mut line = "192.0.2.7 said \\ \u{1b}[31m\"x".to_owned();
        for _ in 0..8 {
            line = format!("{{\"message\":{}}}", serde_json::to_string(&line).expect("a string"));
        }
        let bytes = line.as_bytes();
        for quoting in [Quoting::Plain, Quoting::Backslash, Quoting::Doubled] {
            for length in (0..bytes.len()).step_by(7).chain([bytes.len()]) {
                let mut record = Record::of(None, &[(Field::Message, 0..length)]);
                record.quoting = quoting;
                refine(&bytes[..length], &mut record);
            }
        }
    }
}
