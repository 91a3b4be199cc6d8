//! The evidence on the command line: which files there are, and what each is called in the report.

use std::fs;
use std::path::{Path, PathBuf};

use crate::model::{Diagnostic, DiagnosticSeverity};

/// One file to scan.
#[derive(Debug)]
pub(super) struct Item {
    /// Its name in the report.
    pub(super) name: String,
    pub(super) origin: Origin,
    /// Bytes, where they are known beforehand.
    pub(super) size: u64,
}

/// Where an item's bytes come from.
#[derive(Debug)]
pub(super) enum Origin {
    File(PathBuf),
    StandardInput,
    /// It cannot be read; why.
    Unreadable(Diagnostic),
}

/// All files under `paths`, sorted by name within each folder. A folder's files are named from the folder on, as a
/// browser names those of a dropped folder.
pub(super) fn gather(paths: &[PathBuf]) -> Vec<Item> {
    let mut items = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            items.push(Item { name: "standard input".to_owned(), origin: Origin::StandardInput, size: 0 });
        } else if path.is_dir() {
            let root = match path.file_name() {
                Some(name) => name.to_string_lossy().into_owned() + "/",
                None => String::new(),
            };
            folder(path, &root, &mut items);
        } else {
            let base = path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy());
            let same = |other: &PathBuf| other.file_name() == path.file_name();
            let unique = paths.iter().filter(|other| same(other)).count() == 1;
            let name = if unique { base.into_owned() } else { path.to_string_lossy().into_owned() };
            file(path.clone(), name, &mut items);
        }
    }
    items.sort_by(|one, other| one.name.as_bytes().cmp(other.name.as_bytes()));
    items
}

fn folder(path: &Path, root: &str, items: &mut Vec<Item>) {
    let mut open = vec![(path.to_path_buf(), root.to_owned())];
    while let Some((path, name)) = open.pop() {
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) => {
                items.push(unreadable(name, &format!("the folder cannot be listed: {error}")));
                continue;
            }
        };
        for entry in entries.flatten() {
            let inner = format!("{name}{}", entry.file_name().to_string_lossy());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push((entry.path(), inner + "/")),
                Ok(kind) if kind.is_file() => file(entry.path(), inner, items),
                Ok(kind) if kind.is_symlink() => {
                    items.push(unreadable(inner, "a symbolic link, which is not followed"))
                }
                Ok(_) => items.push(unreadable(inner, "a device, socket or pipe, which is not read")),
                Err(error) => items.push(unreadable(inner, &error.to_string())),
            }
        }
    }
}

fn file(path: PathBuf, name: String, items: &mut Vec<Item>) {
    match fs::metadata(&path) {
        Ok(metadata) => items.push(Item { name, size: metadata.len(), origin: Origin::File(path) }),
        Err(error) => items.push(unreadable(name, &error.to_string())),
    }
}

fn unreadable(name: String, why: &str) -> Item {
    let diagnostic = self::diagnostic(&name, why);
    Item { name, origin: Origin::Unreadable(diagnostic), size: 0 }
}

/// A file was not read; why.
pub(super) fn diagnostic(name: &str, why: &str) -> Diagnostic {
    let message = format!("the file was not read: {why}");
    let hint = "check its path and permissions, and scan it again";
    Diagnostic::new(DiagnosticSeverity::Error, "unreadable", message, hint).at(name)
}
