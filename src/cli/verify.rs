//! `belljar verify`: whether files are those that a report is about.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::process::ExitCode;

use crate::model::{ArtifactSummary, Report, ScanEvent};
use crate::{digest, pack};

use super::args::Verify;
use super::evidence::{self, Item, Origin};
use super::output;

/// What a report says about the files that were given to it: name, SHA-256.
#[derive(Default)]
struct Said {
    files: BTreeMap<String, String>,
    packs: Vec<(String, String)>,
    unlisted: u64,
}

/// Compares, prints a line a file, and tells the exit code: 0 the same files, 1 others.
pub(super) fn run(options: &Verify) -> Result<ExitCode, String> {
    let said = read(options)?;
    let mut out = output::open(None)?;
    let mut text = String::new();
    let mut met: BTreeSet<String> = BTreeSet::new();
    let mut others = 0;
    for item in evidence::gather(&options.paths) {
        let found = sha256(&item).map_err(|error| format!("{} cannot be read: {error}", item.name))?;
        let elsewhere = || said.files.iter().find(|(_, digest)| **digest == found).map(|(name, _)| name);
        match (said.files.get(&item.name), elsewhere()) {
            (Some(digest), _) if *digest == found => {
                text += &format!("same: {} (SHA-256 {found})\n", item.name);
                met.insert(item.name);
            }
            (Some(digest), _) => {
                text += &format!(
                    "changed: {}: the report has SHA-256 {digest}, the file has {found}\n",
                    item.name
                );
                met.insert(item.name);
                others += 1;
            }
            (None, Some(name)) => {
                text += &format!("same: {}, which the report calls {name} (SHA-256 {found})\n", item.name);
                met.insert(name.clone());
            }
            (None, None) => {
                text += &format!("not in the report: {} (SHA-256 {found})\n", item.name);
                others += 1;
            }
        }
    }
    for (name, digest) in said.files.iter().filter(|(name, _)| !met.contains(*name)) {
        text += &format!("not given: {name} (SHA-256 {digest})\n");
        others += 1;
    }
    if said.unlisted > 0 {
        text += &format!(
            "{} artifacts of the report are counted and not listed: they cannot be compared\n",
            said.unlisted
        );
    }
    let bundled = pack::bundled().packs;
    for (id, digest) in &said.packs {
        text += &match bundled.iter().find(|pack| pack.id == *id) {
            Some(pack) if pack.digest == *digest => format!("pack {id}: as this program has it\n"),
            Some(_) => format!("pack {id}: another edition than this program has ({digest})\n"),
            None => format!("pack {id}: not one of this program's ({digest})\n"),
        };
    }
    output::write(&mut *out, &text)?;
    Ok(ExitCode::from(u8::from(others > 0)))
}

/// Reads a report in JSON or JSON lines.
fn read(options: &Verify) -> Result<Said, String> {
    let shown = options.report.display();
    let text =
        fs::read_to_string(&options.report).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let mut said = Said::default();
    let mut take = |artifact: &ArtifactSummary| {
        // Members are part of the file that holds them.
        if !artifact.artifact.contains(" > ") {
            said.files.insert(artifact.artifact.clone(), artifact.digests.sha256.clone());
        }
    };
    if let Ok(report) = serde_json::from_str::<Report>(&text) {
        report.coverage.artifacts.iter().for_each(&mut take);
        said.packs = report.provenance.packs;
        said.unlisted = report.coverage.unlisted;
    } else {
        for line in text.lines() {
            match serde_json::from_str::<ScanEvent>(line) {
                Ok(ScanEvent::Artifact(artifact)) => take(&artifact),
                Ok(_) => {}
                Err(_) => {
                    return Err(format!(
                        "{shown} is no report in JSON or JSON lines; save the report with --format json, or with the page's Save as JSON"
                    ));
                }
            }
        }
    }
    if said.files.is_empty() {
        return Err(format!("{shown} names no file, so there is nothing to compare"));
    }
    Ok(said)
}

fn sha256(item: &Item) -> io::Result<String> {
    let mut reader: Box<dyn Read> = match &item.origin {
        Origin::File(path) => Box::new(File::open(path)?),
        Origin::StandardInput => Box::new(io::stdin()),
        Origin::Unreadable(diagnostic) => return Err(io::Error::other(diagnostic.message.clone())),
    };
    let mut digester = digest::Digester::new();
    let mut block = vec![0; 1 << 20];
    loop {
        match reader.read(&mut block)? {
            0 => return Ok(digester.finish().sha256),
            length => digester.update(&block[..length]),
        }
    }
}
