//! The pack folder: `pack.toml`, `indicators.csv`, `guidance/en.md`, `specimens/`. `iocs/README.md` describes it.

use serde::Deserialize;

use crate::model::{
    Bring, Combination, Diagnostic, DiagnosticSeverity, Expectation, Pack, PackSource, Product, Sequence,
    Specimen, Verdict, Window,
};

use super::columns::Columns;
use super::{table, text_of};

/// `pack.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    title: String,
    summary: String,
    publisher: String,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    tlp: String,
    #[serde(default)]
    licence: String,
    #[serde(default)]
    product: Vec<Product>,
    window: Option<Window>,
    #[serde(default)]
    bring: Vec<Bring>,
    #[serde(default)]
    source: Vec<PackSource>,
    #[serde(default)]
    combination: Vec<Combination>,
    #[serde(default)]
    sequence: Vec<Sequence>,
}

/// `specimens/expected.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[serde(default)]
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    about: String,
    verdict: Verdict,
    #[serde(default)]
    findings: std::collections::BTreeMap<String, u64>,
}

pub(super) fn read(name: &str, files: &[(String, Vec<u8>)]) -> Pack {
    let id = name.trim_end_matches('/').rsplit('/').next().unwrap_or(name).to_owned();
    let mut pack = Pack { id, ..Pack::default() };
    for (path, bytes) in files {
        let text = || text_of(bytes);
        match path.as_str() {
            "pack.toml" => manifest(&mut pack, &text()),
            "indicators.csv" => match Columns::by_name(&text()) {
                Some(columns) => table::read(&mut pack, path, &text(), &columns),
                None => {
                    trouble(&mut pack, "indicators.csv has no header line with the columns kind and value")
                }
            },
            "guidance/en.md" => pack.guidance = text().into_owned(),
            "specimens/expected.toml" => expected(&mut pack, &text()),
            _ => {
                if let Some(specimen) = path.strip_prefix("specimens/") {
                    pack.specimens.push(Specimen { path: specimen.to_owned(), bytes: bytes.clone() });
                }
            }
        }
    }
    pack.specimens.sort_by(|one, other| one.path.cmp(&other.path));
    pack
}

fn manifest(pack: &mut Pack, text: &str) {
    match toml::from_str::<Manifest>(text) {
        Ok(manifest) => {
            pack.title = manifest.title;
            pack.summary = manifest.summary;
            pack.publisher = manifest.publisher;
            pack.contact = manifest.contact;
            pack.tlp = manifest.tlp;
            pack.licence = manifest.licence;
            pack.products = manifest.product;
            pack.window = manifest.window;
            pack.bring = manifest.bring;
            pack.sources = manifest.source;
            pack.combinations = manifest.combination;
            pack.sequences = manifest.sequence;
        }
        Err(error) => {
            trouble(pack, &format!("pack.toml cannot be read: {}", error.to_string().replace('\n', " ")))
        }
    }
}

fn expected(pack: &mut Pack, text: &str) {
    match toml::from_str::<Expected>(text) {
        Ok(expected) => {
            let cases = expected.case.into_iter();
            pack.expected = cases
                .map(|case| Expectation {
                    case: case.name,
                    about: case.about,
                    verdict: case.verdict,
                    findings: case.findings.into_iter().collect(),
                })
                .collect();
        }
        Err(error) => {
            trouble(
                pack,
                &format!("specimens/expected.toml cannot be read: {}", error.to_string().replace('\n', " ")),
            );
        }
    }
}

fn trouble(pack: &mut Pack, message: &str) {
    let hint = "iocs/README.md says what a pack folder holds";
    let diagnostic = Diagnostic::new(DiagnosticSeverity::Error, "pack-unreadable", message, hint);
    pack.diagnostics.push(diagnostic.at(&pack.id));
}
