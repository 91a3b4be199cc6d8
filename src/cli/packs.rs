//! `belljar packs`: what is searched for, and whether the search works.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::model::{Allow, Limits, Pack};
use crate::{pack, scan};

use super::args::{Packs, Shape};
use super::{convert, output};

/// The packs that were asked for, and the known-good lists.
pub(super) fn load(names: &[String]) -> Result<(Vec<Pack>, Vec<Allow>), String> {
    if names.is_empty() {
        let bundled = pack::bundled();
        return Ok((bundled.packs, bundled.allow));
    }
    let mut packs: Vec<Pack> = Vec::new();
    for name in names {
        let (id, files) = files(name)?;
        let mut pack = scan::read_pack(&id, files, &Limits::default());
        // Two files of the same name are two packs.
        let same = packs
            .iter()
            .filter(|other| other.id == pack.id || other.id.starts_with(&format!("{}~", pack.id)))
            .count();
        if same > 0 {
            let id = format!("{}~{}", pack.id, same + 1);
            for indicator in &mut pack.indicators {
                indicator.id = indicator.id.replacen(&pack.id, &id, 1);
            }
            pack.id = id;
        }
        packs.push(pack);
    }
    Ok((packs, pack::known_good()))
}

/// The name and the files of a pack: a folder, an indicator file, or a bundled pack.
pub(super) fn files(name: &str) -> Result<(String, pack::Files), String> {
    match pack::bundled_files(name) {
        Some(files) => Ok((name.to_owned(), files)),
        None => on_disk(Path::new(name)),
    }
}

fn on_disk(path: &Path) -> Result<(String, pack::Files), String> {
    // One byte more than is read tells that there is more.
    let read = |path: &Path| {
        let mut bytes = Vec::new();
        let read =
            fs::File::open(path).and_then(|file| file.take(pack::LARGEST as u64 + 1).read_to_end(&mut bytes));
        read.map(|_| bytes).map_err(|error| {
            let shown = path.display();
            if path == Path::new(pack::ALLOW) {
                return format!(
                    "{shown} is no pack but the known-good lists, which every search has; leave it out"
                );
            }
            format!(
                "the pack {shown} cannot be read: {error}; bundled packs are listed by `belljar packs list`"
            )
        })
    };
    let full = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let name = full.file_name().map_or_else(|| "pack".into(), |name| name.to_string_lossy()).into_owned();
    if !path.is_dir() {
        return Ok((name.clone(), vec![(name, read(path)?)]));
    }
    let mut files = Vec::new();
    let mut open: Vec<PathBuf> = vec![path.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder)
            .map_err(|error| format!("{} cannot be listed: {error}", folder.display()))?;
        for entry in entries.flatten() {
            let inner = entry.path();
            if inner.is_dir() {
                open.push(inner);
            } else {
                let relative =
                    inner.strip_prefix(path).unwrap_or(&inner).to_string_lossy().replace('\\', "/");
                files.push((relative, read(&inner)?));
            }
        }
    }
    files.sort();
    if !files.iter().any(|(path, _)| path == "pack.toml") {
        return Err(format!("{} is no pack folder: it has no pack.toml", path.display()));
    }
    Ok((name, files))
}

pub(super) fn run(command: &Packs) -> Result<ExitCode, String> {
    let mut out = output::open(None)?;
    let (text, code) = match command {
        Packs::List { format } => (list(*format), 0),
        Packs::Show { pack, format } => (show(&one(pack)?, *format), 0),
        Packs::Lint { pack, format } => lint(&one(pack)?, columns(pack)?.as_ref(), *format),
        Packs::Test { packs } => test(packs)?,
        Packs::Convert(options) => return convert::run(options),
    };
    output::write(&mut *out, &text)?;
    Ok(ExitCode::from(code))
}

pub(super) fn one(name: &str) -> Result<Pack, String> {
    let (packs, _) = load(&[name.to_owned()])?;
    packs.into_iter().next().ok_or_else(|| format!("no pack {name}"))
}

fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).expect("plain data") + "\n"
}

fn list(format: Shape) -> String {
    let packs = pack::bundled().packs;
    match format {
        Shape::Json => pretty(&packs.iter().map(|pack| serde_json::json!({"id": pack.id, "title": pack.title, "indicators": pack.indicators.len(), "digest": pack.digest})).collect::<Vec<_>>()),
        Shape::Text => packs.iter().map(|pack| format!("{}: {} ({} indicators)\n", pack.id, pack.title, pack.indicators.len())).collect(),
    }
}

fn show(pack: &Pack, format: Shape) -> String {
    if format == Shape::Json {
        let mut shown = pack.clone();
        shown.specimens.clear();
        return pretty(&shown);
    }
    let mut out = format!("{}\n{}\n\n", pack.title, pack.summary);
    for indicator in &pack.indicators {
        out += &format!(
            "{} {} {} [{}] {}\n",
            indicator.id,
            indicator.kind.as_str(),
            indicator.value,
            indicator.severity.as_str(),
            indicator.context
        );
    }
    out + "\n" + &pack.guidance
}

/// The columns of a pack that is one table.
fn columns(name: &str) -> Result<Option<pack::Columns>, String> {
    let (_, files) = files(name)?;
    Ok(if let [(_, bytes)] = &files[..] { pack::columns(bytes) } else { None })
}

fn lint(pack: &Pack, columns: Option<&pack::Columns>, format: Shape) -> (String, u8) {
    let doubts = pack::lint(pack);
    let code = u8::from(!doubts.is_empty() || !pack.rejected.is_empty() || !pack.diagnostics.is_empty());
    let all: Vec<_> = pack.diagnostics.iter().chain(&doubts).collect();
    if format == Shape::Json {
        let value = serde_json::json!({
            "pack": pack.id, "loaded": pack.indicators.len(), "rejected": pack.rejected, "diagnostics": all, "indicators": pack.indicators, "columns": columns,
        });
        return (pretty(&value), code);
    }
    let mut out = format!(
        "{}: {} loaded, {} rejected, {} doubtful\n",
        pack.id,
        pack.indicators.len(),
        pack.rejected.len(),
        all.len()
    );
    if let Some(columns) = columns {
        out += &format!("  read as: {}\n", columns.words());
    }
    for row in &pack.rejected {
        out += &format!("  rejected: {}: {}\n    {}; {}\n", row.place, row.text, row.reason, row.hint);
    }
    for diagnostic in all {
        out += &format!("  {}: {}; {}\n", diagnostic.code, diagnostic.message, diagnostic.hint);
    }
    (out, code)
}

fn test(names: &[String]) -> Result<(String, u8), String> {
    let (packs, allow) = load(names)?;
    let mut out = String::new();
    let mut code = 0;
    for pack in packs {
        let one = std::slice::from_ref(&pack);
        let set = scan::compile(one);
        let control = scan::control(one, &allow, &set);
        let probes = scan::probes(&pack, &set);
        out += &format!(
            "{}: control {} of {}; {} own lines and {} near misses, {} wrong\n",
            pack.id,
            control.fired,
            control.total,
            probes.lines,
            probes.misses,
            probes.failures.len()
        );
        for failure in &probes.failures {
            out += &format!("  {failure}\n");
            code = 1;
        }
        for failure in &control.failures {
            out += &format!("  not found: {failure}\n");
            code = 1;
        }
    }
    Ok((out, code))
}
