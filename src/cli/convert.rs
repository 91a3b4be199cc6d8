//! `belljar packs convert`: a pack in another format, and what that format cannot hold.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use crate::model::Timestamp;
use crate::pack::{self, Form, Written};

use super::args::{Convert, Target};
use super::{output, packs};

/// Converts, says on standard error what was lost, and tells the exit code: 0 nothing, 1 something.
pub(super) fn run(options: &Convert) -> Result<ExitCode, String> {
    let at = match &options.at {
        None => None,
        Some(text) => Some(Timestamp::parse(text).filter(|at| at.year_known).ok_or_else(|| {
            format!("--at {text:?} is no time; write it as 2020-12-16 or 2020-12-16T10:00:00Z")
        })?),
    };
    let form = match options.to {
        Target::Native => Form::Native,
        Target::Stix => Form::Stix,
        Target::Misp => Form::Misp,
        Target::Csv => Form::Csv,
    };
    let source = packs::one(&options.pack)?;
    for diagnostic in &source.diagnostics {
        eprintln!("{}: {}; {}", diagnostic.code, diagnostic.message, diagnostic.hint);
    }
    let written = pack::write(&source, form, at);
    match (&options.output, form) {
        (None, Form::Native) => {
            return Err("a native pack is a folder: name it with -o FOLDER".to_owned());
        }
        (Some(folder), Form::Native) => folder_of(folder, &written)?,
        (path, _) => {
            let mut out = output::open(path.as_deref())?;
            for (_, bytes) in &written.files {
                output::write(&mut *out, &String::from_utf8_lossy(bytes))?;
            }
        }
    }
    for note in &written.notes {
        eprintln!("{}: {}; {}", note.code, note.message, note.hint);
    }
    for row in &written.lost {
        eprintln!("lost: {}: {}\n  {}; {}", row.place, row.text, row.reason, row.hint);
    }
    let kept =
        source.indicators.iter().filter(|one| !written.lost.iter().any(|row| row.place == one.id)).count();
    eprintln!(
        "{}: {kept} of {} indicators written, {} parts lost",
        source.id,
        source.indicators.len(),
        written.lost.len()
    );
    Ok(ExitCode::from(u8::from(!written.lost.is_empty() || !source.diagnostics.is_empty())))
}

/// Writes a folder, which has to be new or empty: files of another pack among these would be read as this one's.
fn folder_of(folder: &Path, written: &Written) -> Result<(), String> {
    let trouble =
        |path: &Path, error: std::io::Error| format!("{} cannot be written: {error}", path.display());
    fs::create_dir_all(folder).map_err(|error| trouble(folder, error))?;
    let mut entries = fs::read_dir(folder).map_err(|error| trouble(folder, error))?;
    if entries.next().is_some() {
        return Err(format!("{} is not empty: name a new folder", folder.display()));
    }
    for (name, bytes) in &written.files {
        // Names of specimens come from the pack, which may be anybody's.
        if name.split(['/', '\\']).any(|part| matches!(part, "" | "." | "..")) || name.contains(':') {
            return Err(format!("the pack's file {name:?} would not stay inside the folder"));
        }
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| trouble(parent, error))?;
        }
        fs::write(&path, bytes).map_err(|error| trouble(&path, error))?;
    }
    Ok(())
}
