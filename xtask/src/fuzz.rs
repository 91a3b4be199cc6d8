//! Fuzzing: every parser, fed with what libFuzzer makes of good files.
//!
//! A parser is reached through the whole scan, so a target is the scan with the good files of one format as seeds:
//! what identifies a format also leads the fuzzer to its parser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, option, root, step};

/// Version of cargo-fuzz that is installed where it is missing.
const VERSION: &str = "0.13.1";

/// Seeds larger than this slow the fuzzer down more than they teach it.
const LARGEST_SEED: u64 = 64 << 10;

/// Good files kept of one format.
const MOST_SEEDS: usize = 200;

/// A format: its name, the fuzz target, and where good files lie, below the corpus or the repository.
const FORMATS: [(&str, &str, &[&str]); 27] = [
    ("gzip", "evidence", &["archives/gz"]),
    ("zip", "evidence", &["archives/zip"]),
    ("tar", "evidence", &["archives/tar"]),
    ("7z", "evidence", &["archives/7z"]),
    ("xz", "evidence", &["archives/xz"]),
    ("bzip2", "evidence", &["archives/bz2"]),
    ("zstd", "evidence", &["archives/zst"]),
    ("archives", "evidence", &["archives/libarchive", "archives/plaso", "malformed/archives"]),
    ("cab", "evidence", &["tests/samples/cab"]),
    ("evtx", "evidence", &["evtx", "evtx-sigma"]),
    ("pcap", "evidence", &["pcap", "pcap-maltrail"]),
    ("mail", "evidence", &["email"]),
    ("sqlite", "evidence", &["tests/samples/sqlite"]),
    ("journal", "evidence", &["tests/samples/journal"]),
    ("shortcut", "evidence", &["tests/samples/shortcut"]),
    ("outlook", "evidence", &["tests/samples/outlook"]),
    ("login", "evidence", &["tests/samples/login"]),
    ("hive", "evidence", &["tests/samples/hive"]),
    ("pdf", "evidence", &["tests/samples/pdf", "tests/samples/office"]),
    ("prefetch", "evidence", &["tests/samples/prefetch"]),
    ("logs", "text", &["logs", "malformed/text", "tests/cases"]),
    ("stix", "pack", &["indicators/stix"]),
    ("misp", "pack", &["indicators/misp", "indicators/warninglists"]),
    ("openioc", "pack", &["indicators/openioc"]),
    ("csv", "pack", &["indicators/csv", "malformed/csv", "iocs"]),
    ("lists", "pack", &["indicators/text", "indicators/misc"]),
    ("rules", "pack", &["indicators/yara", "indicators/sigma", "malformed/yaml"]),
];

/// `cargo xtask fuzz [FORMAT]... [--seconds N]`: all formats where none is named.
pub(crate) fn fuzz(arguments: &[&str]) -> Result<()> {
    let seconds: u32 =
        option(arguments, "--seconds").unwrap_or("60").parse().map_err(|_| "--seconds takes a number")?;
    let known = |name: &&str| FORMATS.iter().any(|(format, ..)| format == name);
    let named: Vec<&str> = arguments.iter().copied().filter(known).collect();
    ready()?;
    step::run("build the fuzz targets", &mut cargo_fuzz("build", &[]))?;
    let mut failed = Vec::new();
    for (format, target, folders) in FORMATS {
        if !named.is_empty() && !named.contains(&format) {
            continue;
        }
        let corpus = root().join("target/fuzz-corpus").join(format);
        let count = seed(&corpus, folders)?;
        let time = format!("-max_total_time={seconds}");
        let mut run = cargo_fuzz("run", &[target]);
        run.arg(&corpus).args(["--", &time, "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1"]);
        if let Err(message) = step::run(&format!("fuzz {format} with {count} seeds"), &mut run) {
            failed.push(message);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n")) }
}

/// Installs cargo-fuzz where it is missing.
fn ready() -> Result<()> {
    if tools().join("bin/cargo-fuzz").is_file() {
        return Ok(());
    }
    eprintln!("cargo-fuzz {VERSION} is missing: it is built into target/tools (about one minute)");
    let mut install = Command::new("cargo");
    install.args(["install", "cargo-fuzz", "--quiet", "--version", VERSION, "--root"]).arg(tools());
    step::run("install cargo-fuzz", &mut install)
}

fn tools() -> PathBuf {
    root().join("target/tools")
}

/// cargo-fuzz without sanitizers: the code is safe Rust, and so the stable compiler is enough.
fn cargo_fuzz(verb: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(tools().join("bin/cargo-fuzz"));
    command.args(["fuzz", verb]).args(arguments).args(["--fuzz-dir", "tests/fuzz", "-s", "none"]);
    // Coverage counters are a compiler flag that stable Rust keeps behind this variable.
    command
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", root().join("target/fuzz"))
        .current_dir(root());
    command
}

/// Copies small good files into the fuzzer's folder, which keeps what earlier runs found; tells how many there are.
fn seed(corpus: &Path, folders: &[&str]) -> Result<usize> {
    fs::create_dir_all(corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    let mut files = Vec::new();
    for folder in folders {
        gather(&root().join(folder), &mut files);
        gather(&root().join("../shared/corpus").join(folder), &mut files);
    }
    files.sort();
    for (number, file) in files.iter().take(MOST_SEEDS).enumerate() {
        // The first byte says how the evidence is cut into blocks.
        let mut bytes = vec![97];
        bytes.extend(fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?);
        let path = corpus.join(format!("seed-{number}"));
        fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(files.len().min(MOST_SEEDS))
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, files);
        } else if entry.metadata().is_ok_and(|about| about.len() <= LARGEST_SEED) {
            files.push(path);
        }
    }
}
