//! Real logs: which format each is read as, and how much of it is read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use belljar::model::{Limits, ScanEvent};
use belljar::scan;

use super::corpus::{corpus, files};

/// Files under `logs` of which at least one record is read, in percent. It only ever rises.
const RECOGNIZED: usize = 91;

/// Scans one file in blocks of `size`.
fn scanned(path: &Path, size: usize) -> Vec<ScanEvent> {
    let mut scanner = scan::Scanner::new(scan::compile(&[]), Limits::default());
    let mut events = Vec::new();
    scanner.begin(&path.file_name().expect("a name").to_string_lossy(), &mut events);
    for block in fs::read(path).expect("a log").chunks(size) {
        let _ = scanner.feed(block, &mut events);
    }
    scanner.finish(&mut events);
    events
}

#[test]
fn most_real_logs_are_recognized() {
    let Some(corpus) = corpus() else { return };
    let (mut all, mut recognized) = (0, 0);
    let mut formats: BTreeMap<String, (usize, u64, u64)> = BTreeMap::new();
    for path in files(&corpus.join("logs")) {
        for event in scanned(&path, 1 << 20) {
            let ScanEvent::Artifact(artifact) = event else { continue };
            let Some(text) = artifact.text else { continue };
            // What was transferred in a packet capture is no log.
            if artifact.artifact.contains(" > flow ") {
                continue;
            }
            all += 1;
            recognized += usize::from(text.records > 0);
            let time = |time: Option<belljar::model::Timestamp>| {
                time.map_or_else(|| "-".to_owned(), |time| time.to_string())
            };
            let name = if text.format.is_empty() { "(none)" } else { text.format.as_str() };
            println!(
                "{}\t{name}\t{} records\t{} unparsed of {} lines\t{}\t{}",
                path.strip_prefix(&corpus).unwrap_or(&path).display(),
                text.records,
                text.unparsed,
                text.lines,
                time(text.first_time),
                time(text.last_time),
            );
            let row = formats.entry(name.to_owned()).or_default();
            *row = (row.0 + 1, row.1 + text.records, row.2 + text.unparsed);
        }
    }
    for (name, (files, records, unparsed)) in formats {
        println!("= {name}: {files} files, {records} records, {unparsed} unparsed");
    }
    println!("= recognized: {recognized} of {all}");
    assert!(recognized * 100 >= all * RECOGNIZED, "{recognized} of {all} recognized");
}

#[test]
fn block_sizes_do_not_show_in_real_logs() {
    let Some(corpus) = corpus() else { return };
    for path in files(&corpus.join("logs")).into_iter().step_by(23) {
        if fs::metadata(&path).is_ok_and(|data| data.len() > 10_000) {
            continue;
        }
        let whole = scanned(&path, usize::MAX);
        for size in [1, 7, 4_096] {
            assert_eq!(scanned(&path, size), whole, "{}, blocks of {size}", path.display());
        }
    }
}

#[test]
fn values_beyond_ascii_are_met_in_old_encodings_at_their_bytes() {
    let csv = "kind,value\ntext,секретный-файл\n";
    let pack = belljar::pack::read("p", vec![("iocs.csv".to_owned(), csv.as_bytes().to_vec())]);
    let (log, _, _) = encoding_rs::WINDOWS_1251.encode(
        "2020-12-16 10:00:00 пользователь вошёл в систему\n2020-12-16 10:00:01 открыт секретный-файл в папке\n",
    );
    for size in [1, 7, 4_096] {
        let mut scanner = scan::Scanner::new(scan::compile(std::slice::from_ref(&pack)), Limits::default());
        let mut events = Vec::new();
        scanner.begin("app.log", &mut events);
        for block in log.chunks(size) {
            let _ = scanner.feed(block, &mut events);
        }
        scanner.finish(&mut events);
        let seen: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                ScanEvent::Sighting(seen) => {
                    Some((seen.line, seen.offset, seen.length, seen.decoding.clone()))
                }
                _ => None,
            })
            .collect();
        assert_eq!(seen, [(Some(2), 76, 14, vec!["windows-1251".to_owned()])], "blocks of {size}");
        let told = events.iter().any(|event| {
            matches!(event, ScanEvent::Artifact(artifact)
                if artifact.text.as_ref().is_some_and(|text| text.encoding == "windows-1251"))
        });
        assert!(told, "{events:?}");
    }
}
