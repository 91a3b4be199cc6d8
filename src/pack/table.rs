//! CSV and TSV with a header line: columns are known by their names, in any order. A table is long (a value and its type
//! in each row) or wide (columns named SHA256, Domain, C2 ...).

use crate::model::{Confidence, Diagnostic, DiagnosticSeverity, Indicator, Pack, Severity, Timestamp};

use super::draft::{self, Draft};
use super::{naming, rejected};

/// Which column holds what.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    delimiter: u8,
    names: Vec<String>,
    values: Values,
}

/// Where the values stand.
#[derive(Clone, Debug)]
enum Values {
    /// One a row: its column, and that of its type.
    Long { value: usize, kind: Option<usize> },
    /// One in each of these columns, whose names are types.
    Wide(Vec<usize>),
}

impl Default for Values {
    fn default() -> Self {
        Values::Wide(Vec::new())
    }
}

impl Header {
    /// Whether one column holds the values and another their types.
    pub(super) fn is_typed(&self) -> bool {
        matches!(self.values, Values::Long { kind: Some(_), .. })
    }

    /// Which columns are read, in words.
    pub(super) fn words(&self) -> String {
        let separator = match self.delimiter {
            b'\t' => "tabs",
            b';' => "semicolons",
            b'|' => "bars",
            _ => "commas",
        };
        let name = |place: &usize| format!("\u{201C}{}\u{201D}", self.names[*place]);
        let columns = match &self.values {
            Values::Long { value, kind: Some(kind) } => {
                format!("values in the column {}, their types in {}", name(value), name(kind))
            }
            Values::Long { value, kind: None } => {
                format!("values in the column {}, their types by their form", name(value))
            }
            Values::Wide(all) => {
                let all: Vec<String> = all.iter().map(name).collect();
                format!("values in the columns {}, which name their types", all.join(", "))
            }
        };
        format!(
            "A table with {separator} between its columns: {columns}. To have others read, name them value and type, or by their type (sha256, domain, ip), in the first line, and give the file again."
        )
    }
}

/// Names of the column with the value, and of that with its type.
const VALUE: [&str; 9] = [
    "value",
    "indicator",
    "ioc",
    "indicator_value",
    "ioc_value",
    "observable",
    "indicators",
    "iocs",
    "artifact",
];
const TYPE: [&str; 7] =
    ["kind", "type", "indicator_type", "ioc_type", "entity_type", "category", "observable_type"];

/// The header in the first line of `text`, if it names a column with values.
pub(super) fn header(text: &str) -> Option<Header> {
    let first = text
        .trim_start_matches('\u{FEFF}')
        .lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with('#'))?;
    let count = |d: &u8| first.bytes().filter(|byte| byte == d).count();
    let delimiter = [b',', b'\t', b';', b'|'].into_iter().max_by_key(count)?;
    let names: Vec<String> = first
        .split(char::from(delimiter))
        .map(|name| name.trim().trim_matches('"').trim().to_ascii_lowercase().replace([' ', '-'], "_"))
        .collect();
    let place =
        |wanted: &[&str]| wanted.iter().find_map(|name| names.iter().position(|column| column == name));
    let values = match place(&VALUE) {
        Some(value) => Values::Long { value, kind: place(&TYPE).filter(|kind| *kind != value) },
        None => {
            let of = |is: fn(&str) -> bool| -> Vec<usize> {
                let fitting = names.iter().enumerate().filter(|(_, name)| is(name.as_str()));
                fitting.map(|(place, _)| place).collect()
            };
            let mut typed = of(naming::is_type);
            if typed.is_empty() {
                typed = of(naming::is_refused_type);
            }
            if typed.is_empty() {
                return None;
            }
            Values::Wide(typed)
        }
    };
    Some(Header { delimiter, names, values })
}

/// A cell over more lines than this is a quote that somebody forgot to close.
const TALLEST_CELL: usize = 200;

/// Reads every row into `pack`: as indicators or as rejected.
pub(super) fn read(pack: &mut Pack, path: &str, text: &str, header: &Header) {
    let Some((at, line)) = rows(pack, path, text, header, true, 0) else { return };
    let hint = "close the quote in that line, or leave it out";
    let message =
        format!("{path}, line {line}: a quote does not end; from there on quotes are read as they stand");
    pack.diagnostics.push(Diagnostic::new(DiagnosticSeverity::Warning, "open-quote", message, hint).at(path));
    rows(pack, path, &text[at..], header, false, line - 1);
}

/// Reads the rows of `text`, whose first line is line `before + 1`; stops where a quote does not end, and tells the
/// byte and the line at which its row begins.
fn rows(
    pack: &mut Pack,
    path: &str,
    text: &str,
    header: &Header,
    quoted: bool,
    before: u64,
) -> Option<(usize, u64)> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(header.delimiter)
        .flexible(true)
        .has_headers(quoted)
        .quoting(quoted)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {
                let position = record.position().cloned().unwrap_or_else(csv::Position::new);
                let tall = record
                    .iter()
                    .any(|cell| memchr::memchr_iter(b'\n', cell.as_bytes()).count() > TALLEST_CELL);
                if quoted && tall {
                    return Some((usize::try_from(position.byte()).ok()?, position.line()));
                }
                take(pack, &format!("{path}, line {}", before + position.line()), &record, header);
            }
            Ok(false) => return None,
            Err(error) => {
                let reason = format!("the row cannot be read: {error}");
                pack.rejected.push(rejected(path.to_owned(), "", reason, "check the quotes around it"));
            }
        }
    }
}

fn take(pack: &mut Pack, place: &str, record: &csv::StringRecord, header: &Header) {
    let shown = record.iter().collect::<Vec<_>>().join(",");
    let mut refuse = |reason: String, hint: &str| {
        pack.rejected.push(rejected(place.to_owned(), &shown, reason, hint));
    };
    if record.len() != header.names.len() && matches!(header.values, Values::Long { .. }) {
        let reason = format!("expected {} columns, found {}", header.names.len(), record.len());
        return refuse(reason, "put values that hold the separator in quotes");
    }
    let about = match about(record, header) {
        Ok(about) => about,
        Err((reason, hint)) => return refuse(reason, &hint),
    };
    match &header.values {
        Values::Long { value, kind } => {
            let name = kind.and_then(|kind| record.get(kind)).unwrap_or_default().to_owned();
            let value = record.get(*value).unwrap_or_default().to_owned();
            draft::take(pack, Draft { place: place.to_owned(), name, value, about });
        }
        Values::Wide(columns) => {
            for column in columns {
                let cell = record.get(*column).unwrap_or_default();
                let name = &header.names[*column];
                // A cell may hold several values, and often holds a dash for none.
                let spaced = !name.contains("file") && !name.contains("user");
                let split = |c: char| {
                    matches!(c, '\n' | '\r' | ';' | '|') || (spaced && (c.is_whitespace() || c == ','))
                };
                for value in cell.split(split).map(str::trim) {
                    if matches!(
                        value.to_ascii_lowercase().as_str(),
                        "" | "-" | "n/a" | "na" | "none" | "null" | "unknown"
                    ) {
                        continue;
                    }
                    let (place, name, value) = (place.to_owned(), name.clone(), value.to_owned());
                    draft::take(pack, Draft { place, name, value, about: about.clone() });
                }
            }
        }
    }
}

/// What a row says about its values.
fn about(record: &csv::StringRecord, header: &Header) -> Result<Indicator, naming::Refusal> {
    let column = |name: &str| {
        let place = header.names.iter().position(|column| column == name)?;
        record.get(place).map(str::trim).filter(|text| !text.is_empty())
    };
    let mut dates = [None, None];
    for (date, names) in dates.iter_mut().zip([["valid_from", "first_seen"], ["valid_until", "valid_to"]]) {
        // `First Seen` of a wide table may have any form, and only orders its rows.
        if let Some(text) = names.iter().find_map(|name| column(name)) {
            *date = Timestamp::parse(text);
            if date.is_none() && matches!(header.values, Values::Long { .. }) {
                let hint = "write dates as 2020-12-16 or 2020-12-16T10:00:00Z";
                return Err((format!("{text:?} is no date"), hint.to_owned()));
            }
        }
    }
    let severity = match column("severity").map(severity_of) {
        Some(None) => {
            let reason = "the severity is none of info, low, medium, high, critical";
            return Err((reason.to_owned(), "correct it, or leave it empty for medium".to_owned()));
        }
        Some(Some(severity)) => severity,
        None => Severity::default(),
    };
    let text = |names: &[&str]| names.iter().find_map(|name| column(name)).unwrap_or_default().to_owned();
    let mut context = text(&["context", "description", "comment", "notes", "note", "comments"]);
    if let Values::Wide(columns) = &header.values {
        let others = header
            .names
            .iter()
            .zip(record.iter())
            .enumerate()
            .filter(|(place, (_, cell))| !columns.contains(place) && !cell.trim().is_empty());
        context =
            others.map(|(_, (name, cell))| format!("{name}: {}", cell.trim())).collect::<Vec<_>>().join("; ");
    }
    Ok(Indicator {
        severity,
        confidence: confidence_of(column("confidence").unwrap_or_default()),
        valid_from: dates[0],
        valid_until: dates[1],
        context,
        source: text(&["source", "reference", "references"]),
        method: column("method").map(str::to_owned),
        stage: column("stage").map(str::to_owned),
        group: column("group").map(str::to_owned),
        innocent: column("innocent").map(str::to_owned),
        ..Indicator::default()
    })
}

fn severity_of(text: &str) -> Option<Severity> {
    let lower = text.to_ascii_lowercase();
    let all = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    all.into_iter().find(|severity| severity.as_str() == lower)
}

fn confidence_of(text: &str) -> Confidence {
    match text {
        "seen-in-two-sources" | "two-sources" => Confidence::TwoSources,
        "seen-in-source" | "one-source" => Confidence::OneSource,
        _ => Confidence::Unstated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    fn pack(text: &str) -> Pack {
        let mut pack = Pack { id: "t".into(), ..Pack::default() };
        read(&mut pack, "t.csv", text, &header(text).expect("a header"));
        pack
    }

    #[test]
    fn every_row_is_loaded_or_rejected() {
        let text = "type,value,id\r\nipv4,1.2.3.4,a\nmutex,x,b\nmd5,12,c\npath,\"/a,b\",d\nip,1.2.3.0/24\ndomain,evil.com,e\n";
        let pack = pack(text);
        assert_eq!(pack.indicators.len(), 3);
        assert_eq!(pack.rejected.len(), 3);
        assert_eq!(pack.indicators[1].id, "t#4");
    }

    #[test]
    fn an_open_quote_takes_no_rows_with_it() {
        let rows: String = (0..1_000).map(|n| format!("ipv4,10.1.{}.{}\n", n / 250, n % 250)).collect();
        let pack = pack(&format!("type,value\nipv4,1.2.3.4\nipv4,\"1.2.3.5\n{rows}"));
        assert_eq!((pack.indicators.len(), pack.rejected.len()), (1_001, 1), "{:?}", pack.diagnostics);
        assert_eq!(pack.rejected[0].place, "t.csv, line 3");
        assert!(pack.diagnostics[0].message.contains("line 3"));
    }

    #[test]
    fn columns_come_in_any_order_and_tabs_do() {
        let pack = pack("Comment\tIndicator\tType\nbad\tevil.com\thostname\n");
        assert_eq!(pack.indicators[0].kind, Kind::Domain);
        assert_eq!(pack.indicators[0].context, "bad");
    }

    #[test]
    fn columns_named_by_types_hold_a_value_each() {
        let pack = pack(
            "SHA256,MD5,Name,C2 Server\n2e0df09fa37eabcae645302d9865913b818ee0993199a6d904728f3093ff48c7,-,a.doc,evil[.]net 1.2.3.4\n",
        );
        let kinds: Vec<Kind> = pack.indicators.iter().map(|indicator| indicator.kind).collect();
        assert_eq!(kinds, [Kind::Sha256, Kind::Domain, Kind::Ipv4]);
        assert_eq!(pack.indicators[0].context, "name: a.doc");
    }
}
