//! `belljar verify`: whether files are those that a report is about.

use std::fs::{self, File};
use std::io::{self, Read};
use std::process::ExitCode;

use crate::model::{ArtifactSummary, Report, ScanEvent};
use crate::{digest, pack};

use super::args::Verify;
use super::evidence::{self, Item, Origin};
use super::output;

/// A file that a report names.
struct Named {
    name: String,
    digest: String,
    /// It was given.
    met: bool,
}

/// What a report says about the files that were given to it. Two of them may have one name, and two one content.
#[derive(Default)]
struct Said {
    files: Vec<Named>,
    packs: Vec<(String, String)>,
    unlisted: u64,
}

impl Said {
    /// The first file like this, before any that was given already.
    fn take(&mut self, is: impl Fn(&Named) -> bool, again: bool) -> Option<&Named> {
        let unmet = self.files.iter().position(|file| !file.met && is(file));
        let place = unmet.or_else(|| self.files.iter().position(|file| again && is(file)))?;
        let file = self.files.get_mut(place)?;
        file.met = true;
        Some(file)
    }
}

/// Compares, prints a line a file, and tells the exit code: 0 the same files, 1 others.
pub(super) fn run(options: &Verify) -> Result<ExitCode, String> {
    let mut said = read(options)?;
    let mut out = output::open(None)?;
    let mut text = String::new();
    let mut others = 0;
    let mut given = Vec::new();
    for item in evidence::gather(&options.paths) {
        let found = sha256(&item).map_err(|error| format!("{} cannot be read: {error}", item.name))?;
        // Files under their own names come first, so that a copy takes no other's place.
        let same = said.take(|file| file.name == item.name && file.digest == found, false).is_some();
        given.push((item.name, found, same));
    }
    for (name, found, same) in given {
        if same {
            text += &format!("same: {name} (SHA-256 {found})\n");
        } else if let Some(Named { digest, .. }) = said.take(|file| file.name == name, false) {
            text += &format!("changed: {name}: the report has SHA-256 {digest}, the file has {found}\n");
            others += 1;
        } else if let Some(file) = said.take(|file| file.digest == found, true) {
            text += &format!("same: {name}, which the report calls {} (SHA-256 {found})\n", file.name);
        } else {
            text += &format!("not in the report: {name} (SHA-256 {found})\n");
            others += 1;
        }
    }
    for Named { name, digest, .. } in said.files.iter().filter(|file| !file.met) {
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
            let (name, digest) = (artifact.artifact.clone(), artifact.digests.sha256.clone());
            said.files.push(Named { name, digest, met: false });
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
