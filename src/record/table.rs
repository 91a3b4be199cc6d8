//! Tables: a line that names the columns, then rows with commas, tabs, semicolons or bars between cells. CSV (RFC 4180)
//! and TSV, Zeek's own form (`#fields`, Zeek manual "Zeek Log Formats"), Exchange logs (`#Fields:` with commas).

use crate::model::{Field, Zone};

use super::inner::Quoting;
use super::vocabulary::{Gather, Means, knows, means};
use super::{Record, Span};

const EXCHANGE: &str = "Exchange log (CSV)";
const ZEEK: &str = "Zeek log";

/// Columns that are read; further ones are passed over.
const MOST: usize = 512;

/// The columns that the last header named.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    separator: u8,
    /// What the names of the columns stand for.
    columns: Vec<Option<Means>>,
    kind: &'static str,
}

impl Table {
    /// Reads a line that begins with `#`; tells whether it names columns of a table.
    pub(super) fn directive(&mut self, line: &[u8]) -> bool {
        if let Some(names) = line.strip_prefix(b"#fields\t") {
            self.set(b'\t', names, ZEEK);
            return true;
        }
        if let Some(names) = line.strip_prefix(b"#Fields:")
            && names.contains(&b',')
        {
            self.set(b',', names.trim_ascii(), EXCHANGE);
            return true;
        }
        false
    }

    /// Reads a line whose cells are all names, of which the vocabulary knows two at least.
    pub(super) fn header(&mut self, line: &[u8]) -> bool {
        for (separator, kind) in
            [(b',', "CSV"), (b'\t', "TSV"), (b';', "CSV (semicolons)"), (b'|', "CSV (bars)")]
        {
            let cells = cells(line, separator);
            let name = |cell: &Span| {
                let cell = &line[cell.clone()];
                let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-. ()/@:#".contains(byte);
                cell.len() <= 64
                    && cell.iter().all(plain)
                    && cell.iter().any(u8::is_ascii_alphabetic)
                    && !cell[0].is_ascii_digit()
                    && !cell.contains(&b'=')
            };
            if cells.len() >= 3
                && cells.iter().all(name)
                && cells.iter().filter(|cell| knows(&line[(*cell).clone()])).count() >= 2
            {
                self.set(separator, line, kind);
                return true;
            }
        }
        false
    }

    fn set(&mut self, separator: u8, line: &[u8], kind: &'static str) {
        self.separator = separator;
        self.columns = cells(line, separator).into_iter().map(|cell| means(b"", &line[cell])).collect();
        self.kind = kind;
        if kind == EXCHANGE {
            for (cell, means) in cells(line, separator).into_iter().zip(&mut self.columns) {
                *means = exchange(&line[cell], *means);
            }
        }
        if kind == ZEEK {
            let names: Vec<&[u8]> = line.split(|byte| *byte == b'\t').collect();
            for (name, means) in names.iter().zip(&mut self.columns) {
                *means = zeek(&names, name, *means);
            }
        }
    }

    /// Reads a row: as many cells as columns, one more or less where the last is left out or the line ends with a
    /// separator.
    pub(super) fn read(&self, line: &[u8]) -> Option<(Record, &'static str)> {
        if self.columns.is_empty() || memchr::memchr(self.separator, line).is_none() {
            return None;
        }
        let cells = cells(line, self.separator);
        if cells.len().abs_diff(self.columns.len()) > 1 {
            return None;
        }
        let mut gather = Gather::default();
        for (means, cell) in self.columns.iter().zip(cells) {
            gather.take(line, *means, cell, 0);
        }
        if gather.count() == 0 {
            return None;
        }
        let mut record = gather.finish(line);
        let is_quoted = |text: Span| text.start > 0 && line[text.start - 1] == b'"';
        if self.separator != b'\t' && record.span(Field::Message).is_some_and(is_quoted) {
            record.quoting = Quoting::Doubled;
        }
        // Exchange writes its logs in UTC, with or without saying so ("Message tracking", Microsoft Learn).
        if self.kind == EXCHANGE
            && let Some(time) = record.time.as_mut().filter(|time| time.zone == Zone::Unknown)
        {
            time.zone = Zone::Offset(0);
        }
        Some((record, self.kind))
    }
}

/// What a column of Exchange stands for: its server is the machine that writes, and a command one of IMAP or POP.
fn exchange(name: &[u8], means: Option<Means>) -> Option<Means> {
    match means {
        Some(Means::Field(Field::Host, rank)) if name.eq_ignore_ascii_case(b"ServerName") => {
            Some(Means::Field(Field::Server, rank))
        }
        Some(Means::Field(Field::CommandLine, rank)) => Some(Means::Field(Field::Action, rank)),
        _ => means,
    }
}

/// What a column of Zeek stands for. Its logs tell of traffic: no row names the machine that wrote it, or a program; a `client` may be a
/// user, and a `path` the servers a mail came through.
fn zeek(all: &[&[u8]], name: &[u8], means: Option<Means>) -> Option<Means> {
    let has = |name: &[u8]| all.contains(&name);
    match (name, means) {
        (b"command", _) if has(b"reply_code") => Some(Means::Field(Field::Method, 0)),
        (b"arg", _) if has(b"reply_code") => Some(Means::Field(Field::Target, 0)),
        // In smb_files.log, whose path is the share.
        (b"name", _) if has(b"path") && has(b"action") => Some(Means::Field(Field::File, 0)),
        (b"path", _) if has(b"mailfrom") => None,
        (_, Some(Means::Field(Field::Server | Field::Process, _))) => None,
        (b"id.orig_h" | b"src" | b"client_addr", means) => means,
        (_, Some(Means::Field(Field::Client, _))) => None,
        (_, means) => means,
    }
}

/// The cells of a row, without their quotes. A quoted cell that does not end on this line ends with the line.
fn cells(line: &[u8], separator: u8) -> Vec<Span> {
    let mut all = Vec::with_capacity(32);
    let mut at = 0;
    while all.len() < MOST {
        let quoted = separator != b'\t' && line.get(at) == Some(&b'"');
        let (cell, end) = if quoted { quoted_cell(line, at) } else { (at..at, at) };
        let length = memchr::memchr(separator, &line[end..]).unwrap_or(line.len() - end);
        let stop = end + length;
        all.push(if quoted { cell } else { at..stop });
        if stop == line.len() {
            break;
        }
        at = stop + 1;
    }
    all
}

/// The cell whose quote opens at `at`; two quotes inside stand for one (RFC 4180, section 2.7).
fn quoted_cell(line: &[u8], at: usize) -> (Span, usize) {
    let start = at + 1;
    let mut end = start;
    while let Some(length) = memchr::memchr(b'"', &line[end..]) {
        end += length;
        if line.get(end + 1) != Some(&b'"') {
            return (start..end, end + 1);
        }
        end += 2;
    }
    (start..line.len(), line.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;

    #[test]
    fn reads_exchange_zeek_and_csv_by_their_headers() {
        let mut table = Table::default();
        assert!(table.directive(b"#Fields: DateTime,RequestId,ClientIpAddress,Method,UrlStem,HttpStatus"));
        let line = b"2021-03-03T10:00:00.123Z,x,192.0.2.7,POST,/ecp/y.js,200";
        let (record, _) = table.read(line).expect("a row");
        assert_eq!(record.get(Field::Target, line), Some(&b"/ecp/y.js"[..]));
        assert!(record.time.is_some());
        table.directive(b"#Fields: DateTime,UrlHost,UrlStem,ClientIpAddress,ServerHostName,HttpStatus,Method,ResponseBytes,UrlQuery");
        let line = b"2021-03-03T10:00:00.123Z,mail.example,/ecp/y.js,192.0.2.7,EX1,200,POST,12,a=b";
        let (record, _) = table.read(line).expect("a row");
        assert_eq!(record.target(line).as_deref(), Some(&b"/ecp/y.js?a=b"[..]));
        let told = [Field::Server, Field::Host, Field::Size]
            .map(|field| record.get(field, line).unwrap_or_default());
        assert_eq!(told, [&b"EX1"[..], b"mail.example", b"12"]);
        table
            .directive(b"#Fields: date-time,client-ip,server-ip,server-hostname,event-id,original-client-ip");
        let line = b"2021-03-03T10:00:00.123Z,10.0.0.1,10.0.0.2,EX1,RECEIVE,192.0.2.7";
        let (record, _) = table.read(line).expect("a row");
        let told = [Field::Client, Field::Forwarded, Field::Server]
            .map(|field| record.get(field, line).unwrap_or_default());
        assert_eq!(told, [&b"10.0.0.1"[..], b"192.0.2.7", b"EX1"]);
        table.directive(b"#Fields: TimeStamp,ServerName,EventId,EventData");
        let line = b"2021-03-03T10:00:00.123Z,EX1,Request,S:FE=x";
        let (record, _) = table.read(line).expect("a row");
        assert_eq!((record.get(Field::Server, line), record.span(Field::Host)), (Some(&b"EX1"[..]), None));
        assert!(table.directive(b"#fields\tts\tuid\tid.orig_h\tmethod\turi\tstatus_code"));
        let line = b"1608112800.5\tC\t192.0.2.7\tGET\t/a\t404";
        let (record, name) = table.read(line).expect("a row");
        assert_eq!((record.get(Field::Status, line), name), (Some(&b"404"[..]), "Zeek log"));
        table.directive(b"#fields\tts\tid.orig_h\tclient\tservice\tpeer\tmachine\tsan.ip");
        let line = b"1608112800.5\t192.0.2.7\tbob/DOM\tkrbtgt/DOM\tzeek\tI386\t10.0.0.1";
        let (record, _) = table.read(line).expect("a row");
        assert_eq!(record.get(Field::Client, line), Some(&b"192.0.2.7"[..]));
        assert_eq!((record.span(Field::Server), record.span(Field::Process)), (None, None));
        table.directive(b"#fields\tts\tid.orig_h\tuser\tcommand\targ\treply_code\treply_msg");
        for (code, outcome) in
            [("226", Outcome::Answered), ("550", Outcome::Refused), ("150", Outcome::Unknown)]
        {
            let line = format!("1608112800.5\t192.0.2.7\tbob\tSTOR\tftp://h/a.php\t{code}\tx").into_bytes();
            let (record, _) = table.read(&line).expect("a row");
            assert_eq!(record.outcome(&line), outcome, "{code}");
            assert_eq!(record.get(Field::Target, &line), Some(&b"ftp://h/a.php"[..]));
        }
        assert!(table.header(b"\"Timestamp\",\"Client IP\",\"Message\""));
        let line = b"2020-12-16 10:00:00,192.0.2.7,\"a, \"\"b\"\"\"";
        let (record, _) = table.read(line).expect("a row");
        assert_eq!(record.get(Field::Message, line), Some(&b"a, \"\"b\"\""[..]));
        assert!(table.header(b"ID,Date,Time,Description,IP Address,Host Name,MAC Address"));
        for (row, time) in [
            ("10,03/14/23,10:00:00,Assign,192.0.2.7,web1,AA", "2023-03-14T10:00:00"),
            ("10,3/14/2023,1:00:00 PM,Assign,192.0.2.7,web1,AA", "2023-03-14T13:00:00"),
            ("10,14.03.2023,10:00,Assign,192.0.2.7,web1,AA", "2023-03-14T10:00:00"),
            ("10,2023-03-14,10:00:00 PM,Assign,192.0.2.7,web1,AA", "2023-03-14T22:00:00"),
            ("10,3/14/2023 12:00:00 AM,10:00:00,Assign,192.0.2.7,web1,AA", "2023-03-14T10:00:00"),
            ("10,03/04/23,10:00:00,Assign,192.0.2.7,web1,AA", "2023-03-04T10:00:00?"),
        ] {
            let (record, _) = table.read(row.as_bytes()).expect(row);
            assert_eq!(record.time.map(|time| time.to_string()).as_deref(), Some(time), "{row}");
        }
        assert!(!table.header(b"hello, world, this is text"));
        (0..line.len()).for_each(|length| {
            let _ = table.read(&line[..length]);
        });
    }
}
