//! A line of text goes in; a record comes out: its time and the places of its fields.

mod access;
mod clock;
mod dates;
mod error_log;
mod plain;
mod syslog;
mod w3c;

use std::ops::Range;

use crate::model::{Field, Timestamp};

pub use dates::Dates;

type Span = Range<usize>;

/// A line that a format's reader understood. Field places are byte ranges of the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// When it happened.
    pub time: Option<Timestamp>,
    spans: [Option<(u32, u32)>; Field::ALL.len()],
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
        self.spans[field as usize].map(|(start, end)| start as usize..end as usize)
    }

    /// The bytes of a field.
    pub fn get<'l>(&self, field: Field, line: &'l [u8]) -> Option<&'l [u8]> {
        line.get(self.span(field)?)
    }

    /// The innermost field that holds the byte at `offset`.
    pub fn field_at(&self, offset: usize) -> Option<Field> {
        let holds = |field: &Field| self.span(*field).is_some_and(|span| span.contains(&offset));
        let width = |field: &Field| self.span(*field).map_or(usize::MAX, |span| span.len());
        Field::ALL.into_iter().filter(holds).min_by_key(width)
    }

    /// Sets the place of a field.
    fn set(&mut self, field: Field, span: Span) {
        self.spans[field as usize] = Some((span.start as u32, span.end as u32));
    }

    /// Sets the place of a field, unless a lone `-` stands for "nothing" there.
    fn set_value(&mut self, line: &[u8], field: Field, span: Span) {
        if line.get(span.clone()).is_some_and(|bytes| bytes != b"-" && !bytes.is_empty()) {
            self.set(field, span);
        }
    }
}

/// The formats, in the order in which they are tried: the stricter first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Access,
    ApacheError,
    NginxError,
    W3c,
    SyslogIetf,
    SyslogBsd,
    Plain,
}

const FORMATS: [Format; 7] = [
    Format::Access,
    Format::ApacheError,
    Format::NginxError,
    Format::W3c,
    Format::SyslogIetf,
    Format::SyslogBsd,
    Format::Plain,
];

/// Reads the lines of one file. Files may mix formats: each line is tried with the one that read the line before, then
/// with the others.
#[derive(Debug, Default)]
pub struct Reader {
    current: Option<Format>,
    columns: w3c::Columns,
    /// Records by the name of their format.
    names: Vec<(&'static str, u64)>,
    fields: u32,
    /// Lines in a row that no format read.
    strangers: u32,
}

/// After so many lines in a row that no format read, only every sixteenth is tried with all of them.
const PATIENCE: u32 = 256;

impl Reader {
    /// A reader that knows nothing of the file yet.
    pub fn new() -> Reader {
        Reader::default()
    }

    /// Chooses the format that reads most of the first lines.
    pub fn detect(&mut self, lines: &[&[u8]]) {
        let mut columns = w3c::Columns::default();
        // A directive names columns and may hold a date, but it is no record of any format.
        let lines: Vec<&[u8]> = lines.iter().copied().filter(|line| !columns.directive(line)).collect();
        let mut best = (0, None);
        for format in FORMATS {
            let count = lines.iter().filter(|line| read_as(format, &columns, line).is_some()).count();
            if count > best.0 {
                best = (count, Some(format));
            }
        }
        self.current = best.1;
    }

    /// Reads one line, without its line end; `None` where no format knows it.
    pub fn read(&mut self, line: &[u8]) -> Option<Record> {
        if line.first() == Some(&b'#') && self.columns.directive(line) {
            return None;
        }
        let (record, name) = self.try_formats(line)?;
        for field in Field::ALL {
            self.fields |= u32::from(record.span(field).is_some()) << field as u32;
        }
        match self.names.iter_mut().find(|(known, _)| std::ptr::eq(*known, name)) {
            Some((_, count)) => *count += 1,
            None => self.names.push((name, 1)),
        }
        Some(record)
    }

    fn try_formats(&mut self, line: &[u8]) -> Option<(Record, &'static str)> {
        if let Some(format) = self.current
            && let Some(found) = read_as(format, &self.columns, line)
        {
            self.strangers = 0;
            return Some(found);
        }
        self.strangers += 1;
        if self.strangers > PATIENCE && !self.strangers.is_multiple_of(16) {
            return None;
        }
        let others = FORMATS.into_iter().filter(|format| Some(*format) != self.current);
        let (format, found) =
            others.into_iter().find_map(|format| Some((format, read_as(format, &self.columns, line)?)))?;
        self.strangers = 0;
        self.current = Some(format);
        Some(found)
    }

    /// The name of the format that read most lines; empty where none did.
    pub fn format(&self) -> &'static str {
        self.names.iter().max_by_key(|(_, count)| *count).map_or("", |(name, _)| name)
    }

    /// The fields that any record had.
    pub fn fields(&self) -> Vec<Field> {
        Field::ALL.into_iter().filter(|field| self.fields >> *field as u32 & 1 == 1).collect()
    }
}

fn read_as(format: Format, columns: &w3c::Columns, line: &[u8]) -> Option<(Record, &'static str)> {
    match format {
        Format::Access => access::read(line).map(|(record, shape)| (record, shape.name())),
        Format::ApacheError => Some((error_log::apache(line)?, "Apache error log")),
        Format::NginxError => Some((error_log::nginx(line)?, "nginx error log")),
        Format::W3c => Some((columns.read(line)?, "W3C extended log (IIS)")),
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
}
