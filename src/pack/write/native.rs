//! The pack folder: everything that a pack holds.

use serde::Serialize;

use crate::model::{Pack, Verdict};

use super::{Written, table, toml};

/// A case of `specimens/expected.toml`.
#[derive(Serialize)]
struct Case<'p> {
    name: &'p str,
    about: &'p str,
    verdict: Verdict,
    findings: std::collections::BTreeMap<&'p str, u64>,
}

/// Writes the folder's files.
pub(super) fn write(pack: &Pack, written: &mut Written) {
    let mut file = |path: &str, bytes: Vec<u8>| written.files.push((path.to_owned(), bytes));
    file("pack.toml", manifest(pack).into_bytes());
    file("indicators.csv", table::rows(pack.indicators.iter()));
    if !pack.rejected.is_empty() {
        let rows = pack
            .rejected
            .iter()
            .map(|row| vec![row.place.clone(), row.text.clone(), row.reason.clone(), row.hint.clone()]);
        file("not-indicators.csv", table::csv(&["place", "value", "reason", "hint"], rows));
    }
    if !pack.guidance.is_empty() {
        file("guidance/en.md", pack.guidance.clone().into_bytes());
    }
    if !pack.expected.is_empty() {
        let cases: Vec<Case<'_>> = pack
            .expected
            .iter()
            .map(|case| Case {
                name: &case.case,
                about: &case.about,
                verdict: case.verdict,
                findings: case.findings.iter().map(|(name, count)| (name.as_str(), *count)).collect(),
            })
            .collect();
        let mut out = String::new();
        toml::tables(&mut out, "case", &cases);
        file("specimens/expected.toml", out.trim_start().as_bytes().to_vec());
    }
    for specimen in &pack.specimens {
        file(&format!("specimens/{}", specimen.path), specimen.bytes.clone());
    }
}

/// `pack.toml`.
fn manifest(pack: &Pack) -> String {
    let mut out = String::new();
    for (key, value) in [
        ("title", &pack.title),
        ("summary", &pack.summary),
        ("publisher", &pack.publisher),
        ("contact", &pack.contact),
        ("tlp", &pack.tlp),
        ("licence", &pack.licence),
    ] {
        toml::entry(&mut out, key, value);
    }
    if let Some(window) = &pack.window {
        toml::table(&mut out, "window", window);
    }
    toml::tables(&mut out, "product", &pack.products);
    toml::tables(&mut out, "bring", &pack.bring);
    toml::tables(&mut out, "source", &pack.sources);
    toml::tables(&mut out, "combination", &pack.combinations);
    toml::tables(&mut out, "sequence", &pack.sequences);
    out
}
