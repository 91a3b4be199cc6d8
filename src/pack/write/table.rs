//! `indicators.csv`: the table of a pack folder, which also stands alone.

use crate::model::{Confidence, Indicator, Pack};

use super::Written;

/// The columns, in the order of `iocs/README.md`.
const COLUMNS: [&str; 12] = [
    "kind",
    "value",
    "severity",
    "confidence",
    "valid_from",
    "valid_until",
    "context",
    "source",
    "method",
    "stage",
    "group",
    "innocent",
];

/// Writes the indicators that count alone, and lists the rest of the pack.
pub(super) fn write(pack: &Pack, written: &mut Written) {
    super::lose_combinations(pack, "a table", written);
    super::lose_the_head(pack, "a table", written);
    super::lose_the_rest(pack, "a table", written);
    let alone = pack.indicators.iter().filter(|one| one.group.is_none());
    written.files.push(("indicators.csv".to_owned(), rows(alone)));
}

/// A table of indicators.
pub(super) fn rows<'i>(indicators: impl Iterator<Item = &'i Indicator>) -> Vec<u8> {
    let rows = indicators.map(|one| {
        let date = |at: Option<crate::model::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        vec![
            one.kind.as_str().to_owned(),
            one.value.clone(),
            one.severity.as_str().to_owned(),
            confidence(one.confidence).to_owned(),
            date(one.valid_from),
            date(one.valid_until),
            one.context.clone(),
            one.source.clone(),
            text(&one.method),
            text(&one.stage),
            text(&one.group),
            text(&one.innocent),
        ]
    });
    csv(&COLUMNS, rows)
}

/// A table with a header line.
pub(super) fn csv(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let whole = "memory takes every row, and all have the same number of cells";
    writer.write_record(header).expect(whole);
    for row in rows {
        writer.write_record(&row).expect(whole);
    }
    writer.into_inner().expect(whole)
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Unstated => "",
        Confidence::OneSource => "one-source",
        Confidence::TwoSources => "two-sources",
    }
}
