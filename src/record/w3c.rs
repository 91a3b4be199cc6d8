//! W3C extended log files, as IIS writes them: a `#Fields:` line names the columns (W3C Working Draft WD-logfile-960323). Cells may
//! be quoted, and tabs may stand between them (Amazon CloudFront, "Standard log file fields").

use crate::model::{Field, Timestamp, Zone};

use super::access::quoted;
use super::vocabulary::{self, Means};
use super::{Record, Span, clock};

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
            "cs-uri-stem" | "cs-uri" | "cs-uri-path" => return self.stem = Some(column),
            "cs-uri-query" => return self.query = Some(column),
            "c-ip" => Field::Client,
            "cs-username" => Field::User,
            "cs-method" => Field::Method,
            "sc-status" => Field::Status,
            "sc-bytes" => Field::Size,
            "cs(referer)" | "cs(referrer)" | "cs-referred" => Field::Referer,
            "cs(user-agent)" | "c-agent" => Field::UserAgent,
            // What the browser asked CloudFront for stands behind the name of its distribution, and counts.
            "cs-host" | "cs(host)" | "x-host-header" | "r-host" => Field::Host,
            "s-computername" => Field::Server,
            "s-ip" | "dst-ip" | "r-ip" => Field::ServerAddress,
            "src-ip" => Field::Client,
            "action" | "s-action" | "sc-action" => Field::Action,
            "size" => Field::Size,
            // Where an FTP command led.
            "x-fullpath" => Field::File,
            _ => match vocabulary::means(b"", header(name).as_bytes()) {
                Some(Means::Field(Field::Forwarded, _)) => Field::Forwarded,
                _ => return,
            },
        };
        self.fields.push((column, field));
    }

    /// The name of the format.
    pub(super) const fn name(&self) -> &'static str {
        if self.local { "Windows firewall log" } else { "W3C extended log (IIS)" }
    }

    /// Reads a line by the columns.
    pub(super) fn read(&self, line: &[u8]) -> Option<Record> {
        let mut record = Record::default();
        let spans = cells(line);
        // Where only a date is logged, no hour is told.
        if let Some(clock_span) = self.time.map(|column| spans.get(column)) {
            let clock_span = clock_span?;
            let date_span = self.date.and_then(|column| spans.get(column));
            record.time = match date_span {
                Some(date) if date.end < clock_span.start => {
                    clock::date_and_clock(line, date.start, clock_span.start)
                }
                _ => self.today,
            };
            let zone = if self.local { Zone::Unknown } else { Zone::Offset(0) };
            record.time = record.time.map(|time| Timestamp { zone, ..time });
            record.time?;
            record.set(Field::Time, date_span.unwrap_or(clock_span).start..clock_span.end);
        } else {
            clock::date(line, spans.get(self.date?)?.start)?;
        }
        for (column, field) in &self.fields {
            let span = spans.get(*column)?.clone();
            record.set_value(line, *field, if *field == Field::Method { method(line, span) } else { span });
        }
        if let Some(stem) = self.stem.and_then(|column| spans.get(column)) {
            record.set_value(line, Field::Target, stem.clone());
            let query = self.query.and_then(|column| spans.get(column));
            if let Some(query) = query.filter(|query| line[(*query).clone()] != *b"-") {
                record.set_query(query.clone());
            }
        }
        Some(record)
    }
}

/// The name of a header in a name of the form `cs(X-Forwarded-For)`.
fn header(name: &str) -> &str {
    name.strip_prefix("cs(").and_then(|name| name.strip_suffix(')')).unwrap_or(name)
}

/// The method without the number of the session that IIS writes in front of an FTP command: `[2]USER`.
fn method(line: &[u8], span: Span) -> Span {
    match (line.get(span.start), memchr::memchr(b']', &line[span.clone()])) {
        (Some(b'['), Some(close)) => span.start + close + 1..span.end,
        _ => span,
    }
}

/// The cells of a line, without their quotes.
fn cells(line: &[u8]) -> Vec<Span> {
    let mut spans = Vec::with_capacity(32);
    let mut at = 0;
    while spans.len() < 64 {
        at += line[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        match line.get(at) {
            None => break,
            Some(b'"') => {
                let span = quoted(line, at);
                at = (span.end + 1).min(line.len());
                spans.push(span);
            }
            Some(_) => {
                let end = memchr::memchr2(b' ', b'\t', &line[at..]).map_or(line.len(), |length| at + length);
                spans.push(at..end);
                at = end;
            }
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;

    #[test]
    fn reads_by_the_named_columns() {
        let mut columns = Columns::default();
        assert!(
            columns.directive(b"#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query c-ip sc-status")
        );
        let line = b"2020-12-16 10:00:00 10.0.0.1 GET /a.aspx x=1 192.0.2.7 200";
        let record = columns.read(line).expect("a record");
        assert_eq!(record.get(Field::Target, line), Some(&b"/a.aspx"[..]));
        assert_eq!(record.target(line).as_deref(), Some(&b"/a.aspx?x=1"[..]));
        assert_eq!(record.field_at(42), Some(Field::Target));
        assert_eq!(record.get(Field::Client, line), Some(&b"192.0.2.7"[..]));
        assert_eq!(record.time.map(|time| time.to_string()).as_deref(), Some("2020-12-16T10:00:00Z"));
    }

    #[test]
    fn cells_are_quoted_or_between_tabs_and_a_date_alone_is_no_time() {
        let mut columns = Columns::default();
        columns.directive(
            b"#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status",
        );
        let line = b"2020-12-16\t10:00:00\tCDG50\t703\t192.0.2.7\tGET\th.example\t/a\t404";
        let record = columns.read(line).expect("a record");
        assert_eq!(record.get(Field::Client, line), Some(&b"192.0.2.7"[..]));
        assert_eq!(record.get(Field::Status, line), Some(&b"404"[..]));
        assert_eq!(record.time.map(|time| time.to_string()).as_deref(), Some("2020-12-16T10:00:00Z"));
        columns.directive(b"#Fields: date time c-ip cs(User-Agent)");
        let line = br#""2020-12-16" "10:00:00" "192.0.2.7" "U A""#;
        let record = columns.read(line).expect("a record");
        assert_eq!(record.get(Field::UserAgent, line), Some(&b"U A"[..]));
        assert!(record.time.is_some());
        columns.directive(b"#Fields: date c-ip cs-uri-stem");
        let line = b"2020-12-16 192.0.2.7 /a";
        let record = columns.read(line).expect("a record");
        assert_eq!((record.get(Field::Target, line), record.time), (Some(&b"/a"[..]), None));
        assert_eq!(columns.read(b"hello there you"), None);
        (0..line.len()).for_each(|length| {
            let _ = columns.read(&line[..length]);
        });
    }

    #[test]
    fn a_forwarded_address_is_no_client_and_a_query_may_stand_apart() {
        let mut columns = Columns::default();
        for name in ["X-Forwarded-For", "cs(X-Forwarded-For)", "OriginalIP", "X-Real-IP"] {
            columns.directive(format!("#Fields: date time c-ip cs-uri-stem sc-status {name}").as_bytes());
            let line = b"2020-12-16 10:00:00 10.0.0.1 /a 200 192.0.2.7,+10.0.0.9";
            let record = columns.read(line).expect("a record");
            assert_eq!(record.get(Field::Client, line), Some(&b"10.0.0.1"[..]), "{name}");
            assert_eq!(record.get(Field::Forwarded, line), Some(&b"192.0.2.7,+10.0.0.9"[..]), "{name}");
        }
        columns.directive(b"#Fields: date time c-ip cs-method cs(Host) cs-uri-stem sc-status cs(User-Agent) cs-uri-query x-host-header x-forwarded-for");
        let line =
            b"2020-12-16\t10:00:00\t192.0.2.7\tGET\td.example\t/a.html\t200\tUA\tdwn=1&fn=2\th.example\t-";
        let record = columns.read(line).expect("a record");
        assert_eq!(record.target(line).as_deref(), Some(&b"/a.html?dwn=1&fn=2"[..]));
        assert_eq!(record.get(Field::Host, line), Some(&b"h.example"[..]));
        assert_eq!(record.get(Field::Forwarded, line), None);
    }

    #[test]
    fn ftp_commands_of_iis_have_no_session_and_their_replies_are_told_as_such() {
        let mut columns = Columns::default();
        columns.directive(b"#Fields: date time c-ip cs-method cs-uri-stem sc-status sc-bytes x-fullpath");
        for (told, target, outcome) in [
            ("[2]USER bob 331 0 -", "bob", Outcome::Unknown),
            ("[2]PASS - 230 0 -", "", Outcome::Answered),
            ("STOR a.aspx 226 0 /up/a.aspx", "a.aspx", Outcome::Answered),
            ("STOR a.aspx 550 0 /up/a.aspx", "a.aspx", Outcome::Refused),
            ("STOR a.aspx 426 0 /up/a.aspx", "a.aspx", Outcome::Refused),
            ("STOR a.aspx 426 512 /up/a.aspx", "a.aspx", Outcome::Unknown),
            ("GET /a.aspx 302 0 -", "/a.aspx", Outcome::Redirected),
        ] {
            let line = format!("2020-12-16 10:00:00 192.0.2.7 {told}").into_bytes();
            let record = columns.read(&line).expect(told);
            assert_eq!(record.get(Field::Target, &line).unwrap_or_default(), target.as_bytes(), "{told}");
            assert_eq!(record.outcome(&line), outcome, "{told}");
            assert!(record.get(Field::Method, &line).is_some_and(|method| method.is_ascii()), "{told}");
            assert_ne!(record.get(Field::Method, &line).map(|method| method[0]), Some(b'['), "{told}");
        }
    }
}
