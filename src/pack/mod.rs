//! What publishers hand out goes in, in their own formats; one `Pack` comes out, with what was taken and what was not.

mod allow;
mod bundled;
mod canonical;
mod chirp;
mod columns;
mod condition;
mod draft;
mod json;
mod lint;
mod list;
mod misp;
mod misp_tags;
mod naming;
mod native;
mod openioc;
mod prose;
mod recognize;
mod refang;
mod repeats;
mod rules;
mod stix;
pub mod stix_equivalence;
mod stix_extension;
pub mod stix_match;
pub mod stix_pattern;
mod suffix;
mod table;
mod warninglist;
mod web;
mod write;

use std::borrow::Cow;

use crate::model::{Diagnostic, DiagnosticSeverity, Pack, Rejected};

pub use bundled::{ALLOW, Bundled, Files, bundled, bundled_files, carried, carry, known_good};
pub use canonical::{canonical, sniff};
pub use columns::{Column, Columns, Role, ToldBy};
pub use lint::lint;
pub use prose::{Extracted, extract};
pub use recognize::recognize;
pub use refang::refang;
pub use write::{Form, Written, patterns, write};

/// A larger indicator file is refused: reading it would take the memory that the evidence needs.
pub const LARGEST: usize = 64 << 20;

/// How the summary begins that a pack gets whose files say none.
const MADE: &str = "Indicators from the file ";

/// The summary of a pack whose files say none.
fn made(base: &str) -> String {
    format!("{MADE}{base}.")
}

/// Reads a pack: one indicator file, or the files of a pack folder (one of them `pack.toml`), with paths relative to
/// that folder. Never fails: what cannot be taken is in `rejected` and `diagnostics`.
pub fn read(name: &str, files: Vec<(String, Vec<u8>)>) -> Pack {
    let digest = digest(&files);
    let mut pack = if files.iter().any(|(path, _)| path == "pack.toml") {
        native::read(name, &files)
    } else {
        single(name, &files)
    };
    pack.digest = digest;
    pack
}

fn single(name: &str, files: &[(String, Vec<u8>)]) -> Pack {
    let mut pack = named(name);
    for (path, bytes) in files {
        one(&mut pack, path, bytes);
    }
    say_when_empty(&mut pack);
    pack
}

/// The pack of one file, still empty.
fn named(name: &str) -> Pack {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = base.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or("indicators");
    let summary = made(base);
    Pack { id: stem.to_owned(), title: base.to_owned(), summary, ..Pack::default() }
}

fn say_when_empty(pack: &mut Pack) {
    if pack.indicators.is_empty() && pack.rejected.is_empty() && pack.diagnostics.is_empty() {
        let said = nothing(pack).at(&pack.title);
        pack.diagnostics.push(said);
    }
}

/// What is said of a file without any indicator.
fn nothing(pack: &Pack) -> Diagnostic {
    let known: usize = pack.allow.iter().map(|list| list.entries.len()).sum();
    if known > 0 {
        let message = format!("a list of {known} ordinary values: they weigh findings down");
        return Diagnostic::new(DiagnosticSeverity::Note, "known-good-list", message, "nothing to do");
    }
    let message = "nothing in this file is an indicator that could be searched for";
    let hint =
        "give a CSV with the columns type and value, STIX, MISP, OpenIOC, a list, or the advisory's text";
    Diagnostic::new(DiagnosticSeverity::Error, "no-indicators", message, hint)
}

/// Reads one file, whose content tells its format.
fn one(pack: &mut Pack, path: &str, bytes: &[u8]) {
    if bytes.len() > LARGEST {
        let message =
            format!("{path} has more than {LARGEST} bytes, the most that an indicator file may have");
        let hint = "split it, or leave out what is not searched for";
        pack.diagnostics
            .push(Diagnostic::new(DiagnosticSeverity::Error, "pack-too-large", message, hint).at(path));
        return;
    }
    let wide = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    if !wide && bytes.iter().take(4_096).any(|byte| *byte == 0) {
        let message = format!("{path} is no text");
        let hint = "give the indicators as CSV, STIX, MISP, OpenIOC, a list or text; Office and PDF files as plain text";
        pack.diagnostics
            .push(Diagnostic::new(DiagnosticSeverity::Error, "pack-unreadable", message, hint).at(path));
        return;
    }
    let text = text_of(bytes);
    if openioc::is_openioc(&text) {
        return openioc::read(pack, path, &text);
    }
    if text.trim_start().starts_with(['{', '[']) && json::read(pack, path, &text) {
        return;
    }
    if let Some(columns) = Columns::by_name(&text) {
        table::read(pack, path, &text, &columns);
    } else if chirp::is_chirp(&text) {
        chirp::read(pack, path, &text);
    } else if rules::read(pack, path, &text) {
    } else if let Some(columns) = Columns::by_content(&text) {
        table::read(pack, path, &text, &columns);
    } else {
        list::read(pack, path, &text);
    }
}

/// How the columns of an indicator file are read; `None` for a file without columns.
pub fn columns(file: &[u8]) -> Option<Columns> {
    let text = text_of(columns::head(file));
    let is_other =
        text.trim_start().starts_with(['{', '[', '<']) || file.starts_with(b"PK") || chirp::is_chirp(&text);
    if is_other { None } else { columns::of(&text) }
}

/// Reads a table whose columns a person gave these roles.
pub fn read_table(name: &str, file: Vec<u8>, roles: &[Role]) -> Pack {
    let Some(columns) = columns(&file) else { return read(name, vec![(name.to_owned(), file)]) };
    let mut pack = named(name);
    let columns = columns.with_roles(roles);
    let base = pack.title.clone();
    table::read(&mut pack, &base, &text_of(&file), &columns);
    say_when_empty(&mut pack);
    pack.digest = digest(&[(name.to_owned(), file)]);
    pack
}

/// UTF-8, or UTF-16 with a byte-order mark; stray bytes as Latin-1.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |little: bool| {
        let units = bytes[2..].as_chunks::<2>().0.iter();
        let units =
            units.map(|pair| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) });
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xFF, 0xFE, ..] => utf16(true),
        [0xFE, 0xFF, ..] => utf16(false),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
    }
}

fn rejected(place: String, text: &str, reason: impl Into<String>, hint: impl Into<String>) -> Rejected {
    let shown: String = text.chars().take(120).collect();
    Rejected { place, text: shown, reason: reason.into(), hint: hint.into() }
}

/// SHA-256 over the paths, lengths and bytes of a pack's files, in the order of their paths.
fn digest(files: &[(String, Vec<u8>)]) -> String {
    let mut sorted: Vec<&(String, Vec<u8>)> = files.iter().collect();
    sorted.sort();
    use sha2::{Digest, Sha256};
    let mut all = Sha256::new();
    for (path, bytes) in sorted {
        all.update(format!("{path}\0{}\0", bytes.len()).as_bytes());
        all.update(bytes);
    }
    all.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
