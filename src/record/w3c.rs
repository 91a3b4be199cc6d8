//! W3C extended log files, as IIS writes them: a `#Fields:` line names the columns (W3C Working Draft WD-logfile-960323).

use crate::model::{Field, Timestamp, Zone};

use super::access::word;
use super::{Record, clock};

/// Where the columns of the last `#Fields:` line are.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    date: Option<usize>,
    time: Option<usize>,
    stem: Option<usize>,
    query: Option<usize>,
    fields: Vec<(usize, Field)>,
    today: Option<Timestamp>,
    /// Times are those of the machine's own zone, which the log does not name.
    local: bool,
}

impl Columns {
    /// Reads a directive line; tells whether it was one.
    pub(super) fn directive(&mut self, line: &[u8]) -> bool {
        if let Some(names) = line.strip_prefix(b"#Fields:") {
            *self = Columns { today: self.today, local: self.local, ..Columns::default() };
            let names = String::from_utf8_lossy(names).into_owned();
            for (column, name) in names.split_ascii_whitespace().enumerate() {
                self.column(column, &name.to_ascii_lowercase());
            }
        } else if line.starts_with(b"#Time Format: Local") {
            self.local = true;
        } else if let Some(date) = line.strip_prefix(b"#Date:") {
            self.today = clock::iso(date.trim_ascii_start(), 0)
                .map(|(time, _)| Timestamp { zone: Zone::Offset(0), ..time });
        }
        line.first() == Some(&b'#')
    }

    fn column(&mut self, column: usize, name: &str) {
        let field = match name {
            "date" => return self.date = Some(column),
            "time" => return self.time = Some(column),
            "cs-uri-stem" | "cs-uri" => return self.stem = Some(column),
            "cs-uri-query" => return self.query = Some(column),
            "c-ip" => Field::Client,
            "cs-username" => Field::User,
            "cs-method" => Field::Method,
            "sc-status" => Field::Status,
            "sc-bytes" => Field::Size,
            "cs(referer)" => Field::Referer,
            "cs(user-agent)" => Field::UserAgent,
            "cs-host" => Field::Host,
            "s-computername" => Field::Server,
            "s-ip" | "dst-ip" => Field::ServerAddress,
            "src-ip" => Field::Client,
            "action" => Field::Action,
            "path" => Field::Message,
            "size" => Field::Size,
            _ => return,
        };
        self.fields.push((column, field));
    }

    /// The name of the format.
    pub(super) const fn name(&self) -> &'static str {
        if self.local { "Windows firewall log" } else { "W3C extended log (IIS)" }
    }

    /// Reads a line by the columns.
    pub(super) fn read(&self, line: &[u8]) -> Option<Record> {
        let time_column = self.time?;
        let mut record = Record::default();
        let mut spans = Vec::with_capacity(32);
        let mut at = 0;
        while at < line.len() && spans.len() < 64 {
            let span = word(line, at);
            at = span.end;
            if !span.is_empty() {
                spans.push(span);
            }
        }
        let clock_span = spans.get(time_column)?;
        let date_span = self.date.and_then(|column| spans.get(column));
        record.time = match date_span {
            Some(date) if date.end + 1 == clock_span.start => {
                clock::iso(line, date.start).map(|(time, _)| time)
            }
            _ => self.today,
        };
        let zone = if self.local { Zone::Unknown } else { Zone::Offset(0) };
        record.time = record.time.map(|time| Timestamp { zone, ..time });
        record.time?;
        record.set(Field::Time, date_span.unwrap_or(clock_span).start..clock_span.end);
        for (column, field) in &self.fields {
            record.set_value(line, *field, spans.get(*column)?.clone());
        }
        if let Some(stem) = self.stem.and_then(|column| spans.get(column)) {
            let query = self
                .query
                .and_then(|column| spans.get(column))
                .filter(|query| line[(*query).clone()] != *b"-");
            let end = query.filter(|query| query.start == stem.end + 1).map_or(stem.end, |query| query.end);
            record.set(Field::Target, stem.start..end);
        }
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_by_the_named_columns() {
        let mut columns = Columns::default();
        assert!(
            columns.directive(b"#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query c-ip sc-status")
        );
        let line = b"2020-12-16 10:00:00 10.0.0.1 GET /a.aspx x=1 192.0.2.7 200";
        let record = columns.read(line).expect("a record");
        assert_eq!(record.get(Field::Target, line), Some(&b"/a.aspx x=1"[..]));
        assert_eq!(record.get(Field::Client, line), Some(&b"192.0.2.7"[..]));
        assert_eq!(record.time.map(|time| time.to_string()).as_deref(), Some("2020-12-16T10:00:00Z"));
    }
}
