//! The rows of a table: long (a value and its type in each) or wide (columns named SHA256, Domain, C2 ...), as its columns
//! tell.

use crate::model::{Confidence, Diagnostic, DiagnosticSeverity, Indicator, Pack, Severity, Timestamp};

use super::columns::{Columns, Role};
use super::draft::{self, Draft};
use super::{naming, rejected};

/// A cell over more lines than this is a quote that somebody forgot to close.
const TALLEST_CELL: usize = 200;

/// Reads every row into `pack`: as indicators or as rejected.
pub(super) fn read(pack: &mut Pack, path: &str, text: &str, columns: &Columns) {
    let Some((at, line)) = rows(pack, path, text, columns, true, 0) else { return };
    let hint = "close the quote in that line, or leave it out";
    let message =
        format!("{path}, line {line}: a quote does not end; from there on quotes are read as they stand");
    pack.diagnostics.push(Diagnostic::new(DiagnosticSeverity::Warning, "open-quote", message, hint).at(path));
    rows(pack, path, &text[at..], columns, false, line - 1);
}

/// Reads the rows of `text`, whose first line is line `before + 1`; stops where a quote does not end, and tells the
/// byte and the line at which its row begins.
fn rows(
    pack: &mut Pack,
    path: &str,
    text: &str,
    columns: &Columns,
    quoted: bool,
    before: u64,
) -> Option<(usize, u64)> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(columns.separator as u8)
        .flexible(true)
        .has_headers(quoted && columns.titled)
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
                take(pack, &format!("{path}, line {}", before + position.line()), &record, columns);
            }
            Ok(false) => return None,
            Err(error) => {
                let reason = format!("the row cannot be read: {error}");
                pack.rejected.push(rejected(path.to_owned(), "", reason, "check the quotes around it"));
            }
        }
    }
}

fn take(pack: &mut Pack, place: &str, record: &csv::StringRecord, columns: &Columns) {
    let shown = record.iter().collect::<Vec<_>>().join(",");
    let mut refuse = |reason: String, hint: &str| {
        pack.rejected.push(rejected(place.to_owned(), &shown, reason, hint));
    };
    let long = columns.long();
    if record.len() != columns.all.len() && long.is_some() {
        let reason = format!("expected {} columns, found {}", columns.all.len(), record.len());
        return refuse(reason, "put values that hold the separator in quotes");
    }
    let about = match about(record, columns) {
        Ok(about) => about,
        Err((reason, hint)) => return refuse(reason, &hint),
    };
    let kind = columns.all.iter().position(|column| column.role == Role::Type);
    let kind = kind.and_then(|kind| record.get(kind)).unwrap_or_default();
    if let Some((value, _)) = long {
        let value = record.get(value).unwrap_or_default().to_owned();
        draft::take(pack, Draft { place: place.to_owned(), name: kind.to_owned(), value, about });
        return;
    }
    for (number, column) in columns.read() {
        let name = if let Role::Of(name) = &column.role { name } else { kind };
        // A cell may hold several values, and often holds a dash for none.
        let spaced = !name.contains("file") && !name.contains("user");
        let split =
            |c: char| matches!(c, '\n' | '\r' | ';' | '|') || (spaced && (c.is_whitespace() || c == ','));
        for value in record.get(number).unwrap_or_default().split(split).map(str::trim) {
            let none = ["", "-", "n/a", "na", "none", "null", "unknown"];
            if !none.contains(&value.to_ascii_lowercase().as_str()) {
                let (place, name, value) = (place.to_owned(), name.to_owned(), value.to_owned());
                draft::take(pack, Draft { place, name, value, about: about.clone() });
            }
        }
    }
}

/// What a row says about its values.
fn about(record: &csv::StringRecord, columns: &Columns) -> Result<Indicator, naming::Refusal> {
    let is_long = columns.long().is_some();
    let column = |name: &str| {
        let place = columns.named(name)?;
        record.get(place).map(str::trim).filter(|text| !text.is_empty())
    };
    let mut dates = [None, None];
    for (date, names) in dates.iter_mut().zip([["valid_from", "first_seen"], ["valid_until", "valid_to"]]) {
        // `First Seen` of a wide table may have any form, and only orders its rows.
        if let Some(text) = names.iter().find_map(|name| column(name)) {
            *date = Timestamp::parse(text);
            if date.is_none() && is_long {
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
    if !is_long {
        let others = columns.all.iter().zip(record.iter().map(str::trim));
        let others = others.filter(|(column, cell)| column.role == Role::About && !cell.is_empty());
        let said = others.map(|(column, cell)| match columns.titled {
            true => format!("{}: {cell}", column.name),
            false => cell.to_owned(),
        });
        context = said.collect::<Vec<_>>().join("; ");
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
        read(&mut pack, "t.csv", text, &Columns::by_name(text).expect("a header"));
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
