//! A line of text goes in; a record comes out: its time and the places of its fields.

mod access;
mod clock;
mod container;
mod cues;
mod dates;
mod document;
mod error_log;
mod event_document;
mod event_xml;
mod ftp;
mod hosts;
mod inner;
mod json;
mod keyed;
mod piece;
mod plain;
mod proxy;
mod service;
mod syslog;
mod table;
mod transfer;
mod vocabulary;
mod w3c;

use std::borrow::Cow;
use std::ops::Range;

use crate::model::{Field, Outcome, Timestamp};

pub use dates::Dates;
pub use hosts::Hosts;
pub use piece::{Cut, Piece, Unit, cutter};

type Span = Range<usize>;

/// A line that a format's reader understood. Field places are byte ranges of the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// When it happened.
    pub time: Option<Timestamp>,
    /// First byte, and one past the end plus one; zeros where there is no such field.
    spans: [(u32, u32); Field::ALL.len()],
    /// The query, in the same form, where it has a place apart from the path.
    query: (u32, u32),
    /// What became of what is told, where words or an FTP reply say so and no HTTP status.
    outcome: Outcome,
    /// What the format does to its free text.
    quoting: inner::Quoting,
    /// Nothing but a time was looked for.
    is_plain: bool,
}

impl Record {
    /// A record whose places are known beforehand.
    pub fn of(time: Option<Timestamp>, fields: &[(Field, Range<usize>)]) -> Record {
        let mut record = Record { time, ..Record::default() };
        fields.iter().for_each(|(field, span)| record.set(*field, span.clone()));
        record
    }

    /// The place of a field, if this record has it.
    pub fn span(&self, field: Field) -> Option<Range<usize>> {
        place(self.spans[field as usize])
    }

    /// The request target: the path, and behind `?` the query that has a place of its own, as in the W3C Extended Log File Format.
    pub fn target<'l>(&self, line: &'l [u8]) -> Option<Cow<'l, [u8]>> {
        let path = self.get(Field::Target, line)?;
        Some(match place(self.query).and_then(|query| line.get(query)) {
            Some(query) => [path, query].join(&b'?').into(),
            None => path.into(),
        })
    }

    /// What became of what the record tells, as far as it says so.
    pub fn outcome(&self, line: &[u8]) -> Outcome {
        let number = |field| std::str::from_utf8(self.get(field, line)?).ok()?.parse::<u64>().ok();
        let status = number(Field::Status).and_then(|status| u16::try_from(status).ok());
        let Some(status) = status.filter(|_| self.outcome == Outcome::Unknown) else { return self.outcome };
        if !self.get(Field::Method, line).is_some_and(ftp::is_command) {
            return Outcome::of_status(status);
        }
        // A transfer that broke off when bytes had passed was neither refused nor completed.
        let is_part = status == 426 && number(Field::Size).is_some_and(|size| size > 0);
        if is_part { Outcome::Unknown } else { Outcome::of_reply(status) }
    }

    /// Where its time stands, in a line of which only that is known.
    pub fn column(&self) -> Option<usize> {
        self.span(Field::Time).filter(|_| self.is_plain).map(|span| span.start)
    }

    /// The bytes of a field.
    pub fn get<'l>(&self, field: Field, line: &'l [u8]) -> Option<&'l [u8]> {
        line.get(self.span(field)?)
    }

    /// The innermost field that holds the byte at `offset`.
    pub fn field_at(&self, offset: usize) -> Option<Field> {
        let holds = |field: &Field| self.span(*field).is_some_and(|span| span.contains(&offset));
        let width = |field: &Field| self.span(*field).map_or(usize::MAX, |span| span.len());
        let in_query = || place(self.query).filter(|query| query.contains(&offset)).map(|_| Field::Target);
        Field::ALL.into_iter().filter(holds).min_by_key(width).or_else(in_query)
    }

    /// Sets the place of a field.
    fn set(&mut self, field: Field, span: Span) {
        self.spans[field as usize] = noted(span);
    }

    /// Sets the place of a query apart from its path.
    fn set_query(&mut self, span: Span) {
        self.query = noted(span);
    }

    /// Takes a field away.
    fn clear(&mut self, field: Field) {
        self.spans[field as usize] = (0, 0);
    }

    /// Sets the place of a field, unless a lone `-` stands for "nothing" there.
    fn set_value(&mut self, line: &[u8], field: Field, span: Span) {
        if line.get(span.clone()).is_some_and(|bytes| bytes != b"-" && !bytes.is_empty()) {
            self.set(field, span);
        }
    }
}

fn noted(span: Span) -> (u32, u32) {
    (span.start as u32, span.end as u32 + 1)
}

fn place((start, end): (u32, u32)) -> Option<Span> {
    (end > 0).then(|| start as usize..end as usize - 1)
}

/// The formats, in the order in which they are tried: the stricter first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    EventXml,
    Cef,
    Leef,
    Container,
    HaProxy,
    Squid,
    Access,
    Service,
    ApacheError,
    NginxError,
    W3c,
    SyslogIetf,
    Table,
    Pairs,
    CrushFtp,
    Xferlog,
    FileTransfer,
    SyslogBsd,
    Plain,
}

const FORMATS: [Format; 20] = [
    Format::Json,
    Format::EventXml,
    Format::Cef,
    Format::Leef,
    Format::Container,
    Format::HaProxy,
    Format::Squid,
    Format::Access,
    Format::Service,
    Format::ApacheError,
    Format::NginxError,
    Format::W3c,
    Format::SyslogIetf,
    Format::Table,
    Format::Pairs,
    Format::CrushFtp,
    Format::Xferlog,
    Format::FileTransfer,
    Format::SyslogBsd,
    Format::Plain,
];

/// What the last lines that name columns said.
#[derive(Debug, Default)]
struct Columns {
    w3c: w3c::Columns,
    table: table::Table,
}

impl Columns {
    fn directive(&mut self, line: &[u8]) -> bool {
        line.first() == Some(&b'#') && (self.table.directive(line) || self.w3c.directive(line))
    }
}

/// Reads the lines of one file. Files may mix formats: each line is tried with the one that read the line before, then
/// with the others.
#[derive(Debug, Default)]
pub struct Reader {
    current: Option<Format>,
    columns: Columns,
    /// Records by the name of their format.
    names: Vec<(&'static str, u64)>,
    fields: u32,
    hosts: Hosts,
    /// Lines in a row that no format read.
    strangers: u32,
    /// Lines in a row that are known by their time alone.
    plain: u32,
    read: u64,
    header: bool,
}

/// So many records at the start, and one in so many later, are looked into for the fields of their free text.
const REFINED: u64 = 64;

/// After so many lines in a row that no format read, only every sixteenth is tried with all of them.
const PATIENCE: u32 = 256;

/// After so many lines in a row that are known by their time alone, all formats are tried with one in so many only, and with lines
/// that matter.
const STEADY: u32 = 16;

impl Reader {
    /// A reader that knows nothing of the file yet.
    pub fn new() -> Reader {
        Reader::default()
    }

    /// Chooses the format that reads most of the first lines.
    pub fn detect(&mut self, lines: &[&[u8]]) {
        let mut columns = Columns::default();
        // A directive or a header names columns and may hold a date, but it is no record of any format.
        let lines: Vec<&[u8]> = lines
            .iter()
            .map(|line| line.trim_ascii_end())
            .filter(|line| !columns.directive(line) && !columns.table.header(line))
            .collect();
        let mut best = (0, None);
        for format in FORMATS {
            let count = lines.iter().filter(|line| read_as(format, &columns, line).is_some()).count();
            // Nearly each line of each format has a time: that alone is the format of a log of which little else is known.
            let count = if format == Format::Plain { count / 4 } else { count };
            if count > best.0 {
                best = (count, Some(format));
            }
        }
        self.current = best.1;
    }

    /// Reads one line, without its line end; `None` where no format knows it.
    pub fn read(&mut self, line: &[u8]) -> Option<Record> {
        self.header = line.first() == Some(&b'#') && self.columns.directive(line);
        if self.header {
            return None;
        }
        let (record, name) = self.try_formats(line)?;
        Some(self.note(line, record, name))
    }

    /// Reads one record that a document was cut into: a JSON object or an event in XML; `None` where it is none.
    pub fn read_object(&mut self, object: &[u8]) -> Option<Record> {
        self.header = false;
        if let Some(record) = event_xml::read(object) {
            return Some(self.note(object, record, event_xml::NAME));
        }
        let (record, name) = json::read(object)?;
        Some(self.note(object, record, if name == json::LINES { json::DOCUMENT } else { name }))
    }

    fn note(&mut self, line: &[u8], mut record: Record, name: &'static str) -> Record {
        self.read += 1;
        // A record without a time of its own may carry one that has it.
        if self.read <= REFINED || self.read.is_multiple_of(REFINED) || record.time.is_none() {
            self.refine(line, &mut record);
        }
        if let Some(host) = record.get(Field::Server, line) {
            self.hosts.add(host);
        }
        for field in Field::ALL {
            self.fields |= u32::from(record.span(field).is_some()) << field as u32;
        }
        match self.names.iter_mut().find(|(known, _)| std::ptr::eq(*known, name)) {
            Some((_, count)) => *count += 1,
            None => self.names.push((name, 1)),
        }
        record
    }

    /// Looks into the free text of a record for who asked and what was done. This costs more than the record itself,
    /// so it is for records that matter; of the others, some are looked into to learn which fields a log has.
    pub fn refine(&self, line: &[u8], record: &mut Record) {
        if record.is_plain
            && let Some((_, (told, _))) = self.try_all(line, Some(Format::Plain))
        {
            *record = told;
        }
        inner::refine(line, record);
    }

    fn try_formats(&mut self, line: &[u8]) -> Option<(Record, &'static str)> {
        let is_steady = self.current != Some(Format::Plain) || !self.plain.is_multiple_of(STEADY);
        if let Some(format) = self.current.filter(|_| is_steady)
            && let Some(found) = read_as(format, &self.columns, line)
        {
            self.strangers = 0;
            self.plain = if format == Format::Plain { self.plain.saturating_add(1) } else { 0 };
            return Some(found);
        }
        self.strangers += 1;
        self.header = self.columns.table.header(line);
        if self.header {
            return None;
        }
        if self.strangers > PATIENCE && !self.strangers.is_multiple_of(16) {
            return None;
        }
        let (format, found) = self.try_all(line, self.current.filter(|_| is_steady))?;
        self.strangers = 0;
        self.plain = if format == Format::Plain { self.plain.saturating_add(1) } else { 0 };
        // A line of another kind does not change what a log is, where only its time tells that it is one.
        if format != Format::Plain || self.plain >= STEADY {
            self.current = Some(format);
        }
        Some(found)
    }

    /// The first format that reads a line, of all but one.
    fn try_all(&self, line: &[u8], but: Option<Format>) -> Option<(Format, (Record, &'static str))> {
        let others = FORMATS.into_iter().filter(|format| Some(*format) != but);
        others.into_iter().find_map(|format| Some((format, read_as(format, &self.columns, line)?)))
    }

    /// Whether the line read last says how the others are to be read: it is no record, and no line that was not understood.
    pub fn was_header(&self) -> bool {
        self.header
    }

    /// The name of the format that read most lines; empty where none did.
    pub fn format(&self) -> &'static str {
        self.names.iter().max_by_key(|(_, count)| *count).map_or("", |(name, _)| name)
    }

    /// The machines that records name as their own, the first few.
    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// The fields that any record had.
    pub fn fields(&self) -> Vec<Field> {
        Field::ALL.into_iter().filter(|field| self.fields >> *field as u32 & 1 == 1).collect()
    }
}

fn read_as(format: Format, columns: &Columns, line: &[u8]) -> Option<(Record, &'static str)> {
    match format {
        Format::Access => access::read(line).map(|(record, shape)| (record, shape.name())),
        Format::Container => container::read(line),
        Format::Service => service::read(line),
        Format::ApacheError => Some((error_log::apache(line)?, "Apache error log")),
        Format::NginxError => Some((error_log::nginx(line)?, "nginx error log")),
        Format::W3c => Some((columns.w3c.read(line)?, columns.w3c.name())),
        Format::Json => json::read(line),
        Format::EventXml => Some((event_xml::read(line)?, event_xml::NAME)),
        Format::Cef => keyed::cef(line),
        Format::Leef => keyed::leef(line),
        Format::HaProxy => Some((proxy::haproxy(line)?, "HAProxy log")),
        Format::Squid => Some((proxy::squid(line)?, "Squid access log")),
        Format::Table => columns.table.read(line),
        Format::Pairs => keyed::pairs(line),
        Format::CrushFtp => Some((transfer::crushftp(line)?, "CrushFTP log")),
        Format::Xferlog => Some((transfer::xferlog(line)?, "FTP transfer log (xferlog)")),
        Format::FileTransfer => ftp::read(line),
        Format::SyslogIetf => Some((syslog::ietf(line)?, "syslog (RFC 5424)")),
        Format::SyslogBsd => Some((syslog::bsd(line)?, "syslog")),
        Format::Plain => Some((plain::read(line)?, "lines with a time")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_directive_is_no_record_of_another_format() {
        let mut reader = Reader::new();
        let row: &[u8] = b"2023-05-27 00:00:00 GET /a 192.0.2.10 200";
        let head: [&[u8]; 3] =
            [b"#Date: 2023-05-27 00:00:00", b"#Fields: date time cs-method cs-uri-stem c-ip sc-status", row];
        reader.detect(&head);
        head.iter().for_each(|line| {
            reader.read(line);
        });
        assert_eq!(reader.format(), "W3C extended log (IIS)");
    }

    #[test]
    fn a_line_of_another_kind_does_not_take_the_fields_from_those_behind_it() {
        let access = |number| {
            format!(
                r#"192.0.2.7 - - [16/Dec/2020:10:00:{:02} +0000] "GET /a HTTP/1.1" 404 1 "-" "U""#,
                number % 60
            )
        };
        for odd in [1, 30, 200] {
            let mut lines: Vec<String> = (0..80).map(access).collect();
            let other = "16/Dec/2020:10:00:00 +0000 something else".to_owned();
            (0..odd).for_each(|_| lines.insert(1, other.clone()));
            let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
            let mut reader = Reader::new();
            reader.detect(&lines[..64]);
            let read: Vec<Record> = lines
                .iter()
                .map(|line| {
                    let mut record = reader.read(line).expect("a record");
                    reader.refine(line, &mut record);
                    record
                })
                .collect();
            let told =
                read.iter().zip(&lines).filter(|(record, line)| record.outcome(line) == Outcome::Refused);
            assert_eq!(told.count(), 80, "{odd} lines of another kind");
            assert!(odd > 80 || reader.format().starts_with("Apache"), "{odd}: {}", reader.format());
        }
    }
}
