//! Outside material, where it is at hand: other people's logs, archives and the answers of other programs.

use std::fs;
use std::path::{Path, PathBuf};

use belljar::model::{Limits, ScanEvent};
use belljar::{pack, scan};

pub(crate) fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("the corpus is not here: nothing to compare");
    None
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            if entry.path().is_dir() { open.push(entry.path()) } else { all.push(entry.path()) }
        }
    }
    all.sort();
    all
}

/// Sightings that are right: file, value, and what the log tells.
const TRUE_IN_LOGS: [(&str, &str, &str); 1] = [(
    "modsecurity-logs-nginx.log",
    "${jndi:ldap:/",
    "a Log4Shell probe of 26 December 2021, which ModSecurity wrote down: in the request, and in its referrer",
)];

#[test]
fn real_logs_give_no_sighting_of_any_bundled_pack_that_is_not_explained() {
    let Some(corpus) = corpus() else { return };
    let set = scan::compile(&pack::bundled().packs);
    let mut scanner = scan::Scanner::new(set, Limits::default());
    let mut explained = 0;
    for path in files(&corpus.join("logs")) {
        let mut events: Vec<ScanEvent> = Vec::new();
        scanner.begin(&path.to_string_lossy(), &mut events);
        scanner.feed(&fs::read(&path).expect("a log"), &mut events);
        scanner.finish(&mut events);
        for event in events {
            let ScanEvent::Sighting(sighting) = event else { continue };
            let known =
                |(file, value, _): &(&str, &str, &str)| path.ends_with(file) && sighting.value == *value;
            assert!(
                TRUE_IN_LOGS.iter().any(known),
                "{}: {} {}: {}",
                path.display(),
                sighting.indicator,
                sighting.value,
                sighting.excerpt
            );
            explained += 1;
        }
    }
    assert_eq!(explained, 2, "sightings that are right are still seen");
}

/// Scans one file and gives its events.
fn scanned(path: &Path, packs: &[belljar::model::Pack]) -> Vec<ScanEvent> {
    let mut scanner = scan::Scanner::new(scan::compile(packs), Limits::default());
    let mut events = Vec::new();
    scanner.begin(&path.file_name().expect("a name").to_string_lossy(), &mut events);
    for block in fs::read(path).expect("a file").chunks(1 << 20) {
        scanner.feed(block, &mut events);
    }
    scanner.finish(&mut events);
    events
}

#[test]
fn planted_values_are_found_where_they_stand_and_nothing_else_is() {
    let Some(corpus) = corpus() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted");
    fs::create_dir_all(&folder).expect("a folder");
    let variants: [(&str, &[&str]); 8] = [
        ("web", &[]),
        ("web", &["--utf16", "--crlf"]),
        ("web", &["--gzip"]),
        ("syslog", &[]),
        ("iis", &["--crlf"]),
        ("json", &[]),
        ("mixed", &[]),
        ("mixed", &["--long-line-every", "200"]),
    ];
    for (number, (kind, options)) in variants.into_iter().enumerate() {
        let log = folder.join(format!("{number}.log"));
        let made = std::process::Command::new("python3")
            .arg(corpus.join("make_bench.py"))
            .args(["--kind", kind, "--size", "4M", "--plant", "400", "--out"])
            .arg(&log)
            .args(options)
            .output();
        if !made.is_ok_and(|made| made.status.success()) {
            eprintln!("no python3: no planted logs");
            return;
        }
        let csv = fs::read(folder.join(format!("{number}.log.iocs.csv"))).expect("indicators");
        let pack = pack::read("planted", vec![("iocs.csv".to_owned(), csv)]);
        let truth = fs::read(folder.join(format!("{number}.log.truth.json"))).expect("the truth");
        let truth: serde_json::Value = serde_json::from_slice(&truth).expect("JSON");
        let place = |entry: &serde_json::Value, name: &str| entry[name].as_u64().expect("a number");
        let canonical = |value: &str| {
            value.parse().map_or(value.to_owned(), |address: std::net::Ipv6Addr| address.to_string())
        };
        let mut wanted: Vec<(u64, u64, u64, String)> = truth["planted"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|entry| {
                let value = canonical(entry["value"].as_str().expect("a value"));
                (place(entry, "offset"), place(entry, "length"), place(entry, "line"), value)
            })
            .collect();
        let mut seen: Vec<(u64, u64, u64, String)> = scanned(&log, &[pack])
            .into_iter()
            .filter_map(|event| match event {
                ScanEvent::Sighting(seen) => {
                    Some((seen.offset, seen.length, seen.line.unwrap_or_default(), seen.value))
                }
                _ => None,
            })
            .collect();
        wanted.sort();
        seen.sort();
        assert!(wanted.len() > 200, "{kind} {options:?}");
        for entry in &wanted {
            assert!(seen.contains(entry), "{kind} {options:?}: not found: {entry:?}");
        }
        for entry in &seen {
            assert!(wanted.contains(entry), "{kind} {options:?}: nothing was planted at {entry:?}");
        }
    }
}
