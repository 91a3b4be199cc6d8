//! One row for each kept sighting, for spreadsheets.

use crate::model::Report;

use super::words;

const COLUMNS: [&str; 18] = [
    "pack",
    "indicator",
    "severity",
    "title",
    "kind",
    "value",
    "artifact",
    "line",
    "offset",
    "length",
    "observed",
    "decoding",
    "time",
    "client",
    "method",
    "status",
    "outcome",
    "excerpt",
];

/// The sightings of all findings as CSV (RFC 4180), with a header line.
pub fn csv(report: &Report) -> String {
    let mut out = row(COLUMNS.map(str::to_owned));
    for finding in &report.findings {
        for sighting in &finding.sightings {
            let request = sighting.request.clone().unwrap_or_default();
            out += &row([
                finding.pack.clone(),
                finding.indicator.clone(),
                words::grade(finding).to_owned(),
                finding.title.clone(),
                sighting.kind.as_str().to_owned(),
                sighting.value.clone(),
                sighting.artifact.clone(),
                sighting.line.map(|line| line.to_string()).unwrap_or_default(),
                sighting.offset.to_string(),
                sighting.length.to_string(),
                sighting.observed.clone(),
                sighting.decoding.join(" > "),
                sighting.time.map(|time| time.to_string()).unwrap_or_default(),
                request.client,
                request.method,
                request.status.map(|status| status.to_string()).unwrap_or_default(),
                words::outcome(sighting.outcome).to_owned(),
                sighting.excerpt.clone(),
            ]);
        }
    }
    out
}

fn row(cells: [String; COLUMNS.len()]) -> String {
    cells.map(|cell| quoted(&cell)).join(",") + "\r\n"
}

/// A cell in quotes. One that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV Injection").
fn quoted(cell: &str) -> String {
    let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_formula_is_text() {
        assert_eq!(super::quoted("=cmd|'/c x'!A1"), "\"'=cmd|'/c x'!A1\"");
        assert_eq!(super::quoted("a\"b"), "\"a\"\"b\"");
    }
}
