//! The rules of the house, read off the source: arrows go one way, and nothing below the doors touches the outside.

use std::fs;
use std::path::{Path, PathBuf};

/// Stages in the order of the data's way, each with the other stages that it may name.
const STAGES: [(&str, &[&str]); 12] = [
    ("model", &[]),
    ("source", &[]),
    ("pack", &[]),
    ("index", &[]),
    ("identify", &[]),
    ("digest", &[]),
    ("container", &["source"]),
    ("decode", &["source"]),
    ("record", &[]),
    ("observe", &[]),
    ("assess", &[]),
    ("report", &[]),
];

fn sources(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the source").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            all.push(path);
        }
    }
}

/// Source without its unit tests and comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_stage_knows_the_model_and_no_other_stage() {
    let all_stages = [
        "source",
        "pack",
        "index",
        "identify",
        "digest",
        "container",
        "decode",
        "record",
        "observe",
        "scan",
        "assess",
        "report",
        "cli",
        "web",
    ];
    for (stage, may) in STAGES {
        let mut files = Vec::new();
        sources(&root().join("src").join(stage), &mut files);
        assert!(!files.is_empty(), "{stage}");
        for file in files {
            let code = code(&file);
            for other in all_stages.iter().filter(|other| **other != stage && !may.contains(other)) {
                assert!(!code.contains(&format!("crate::{other}")), "{} names {other}", file.display());
            }
        }
    }
}

#[test]
fn nothing_below_the_doors_touches_clock_files_environment_or_page() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    for file in files {
        let inside = file.strip_prefix(root().join("src")).expect("below src");
        if ["cli", "web", "main.rs", "bin"].iter().any(|door| inside.starts_with(door)) {
            continue;
        }
        let code = code(&file);
        for outside in [
            "std::fs",
            "std::env::",
            "std::time",
            "std::net::Tcp",
            "std::process",
            "web_sys",
            "js_sys",
            "gloo",
        ] {
            assert!(!code.contains(outside), "{} uses {outside}", file.display());
        }
    }
}

#[test]
fn no_code_writes_markup_or_leads_elsewhere() {
    let mut files = Vec::new();
    sources(&root().join("src/web"), &mut files);
    files.extend(["www/boot.js", "www/worker.js"].map(|path| root().join(path)));
    for file in files {
        let code = code(&file);
        for banned in [
            "set_inner_html",
            "innerHTML",
            "insertAdjacentHTML",
            "eval(",
            "RtcPeerConnection",
            "set_location",
            "localStorage",
            "indexedDB",
            "importScripts",
        ] {
            assert!(!code.contains(banned), "{} uses {banned}", file.display());
        }
    }
}

#[test]
fn files_hold_one_idea() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    for file in files {
        let lines = code(&file).lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines <= 600, "{} has {lines} lines of code", file.display());
    }
}
