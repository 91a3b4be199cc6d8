//! Real logs: which format each is read as, and how much of it is read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use belljar::model::{Limits, ScanEvent};
use belljar::scan;

use super::corpus::{corpus, files};

/// Files under `logs` of which at least one record is read, in percent. It only ever rises.
const RECOGNIZED: usize = 96;

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

/// Files of which lines are not understood on purpose, each with the class of its reason.
fn deviations() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables");
    let rows = |name: &str| {
        let mut reader = csv::Reader::from_path(folder.join(name)).expect(name);
        let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect(name)).collect();
        rows.into_iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect::<BTreeMap<_, _>>()
    };
    let classes = rows("record-classes.csv");
    let files = rows("record-deviations.csv");
    for (file, class) in &files {
        assert!(classes.contains_key(class), "{file}: no reason is given for {class}");
    }
    files
}

/// Records that a file must give, counted without the reader: objects of JSON, by a JSON parser, or lines that hold
/// something and name no columns. `None` for what is packed or no text in UTF-8.
fn counted(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}');
    if text.starts_with(['{', '[']) {
        let values: Result<Vec<serde_json::Value>, _> =
            serde_json::Deserializer::from_str(text).into_iter().collect();
        if let Ok(values) = values {
            return Some(values.iter().map(objects).sum());
        }
    }
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    Some(lines.count() as u64)
}

/// Records of a JSON value: those of an array or of the array that an envelope holds, else the object itself.
fn objects(value: &serde_json::Value) -> u64 {
    let named = ["Records", "records", "items", "value"].iter().find_map(|name| value.get(name)?.as_array());
    match named.or(value.as_array()) {
        Some(records) => records.iter().map(objects).sum(),
        None => u64::from(value.is_object()),
    }
}

#[test]
fn real_logs_are_read_line_by_line_or_a_reason_is_given() {
    let Some(corpus) = corpus() else { return };
    let deviations = deviations();
    let (mut all, mut recognized, mut agree, mut deviate) = (0, 0, 0, 0);
    let mut failed = Vec::new();
    let mut formats: BTreeMap<String, (usize, u64, u64)> = BTreeMap::new();
    for path in files(&corpus.join("logs")) {
        let shown = path.strip_prefix(&corpus).unwrap_or(&path).display().to_string();
        let bytes = fs::read(&path).expect("a log");
        let expected = counted(&bytes);
        for event in scanned(&path, 1 << 20) {
            let ScanEvent::Artifact(artifact) = event else { continue };
            let Some(text) = artifact.text else { continue };
            // What was transferred in a packet capture is no log.
            if artifact.artifact.contains(" > flow ") {
                continue;
            }
            all += 1;
            recognized += usize::from(text.records > 0);
            let is_packed = artifact.artifact.contains(" > ");
            // A table's header is a line that is no record.
            let counts = is_packed
                || expected.is_none_or(|lines| (lines.saturating_sub(1)..=lines).contains(&text.records));
            let state = match (text.records > 0 && text.unparsed == 0 && counts, deviations.get(&shown)) {
                (true, None) => "agrees",
                (false, Some(_)) => "deviates",
                _ => "FAILS",
            };
            agree += usize::from(state == "agrees");
            deviate += usize::from(state == "deviates");
            let name = if text.format.is_empty() { "(none)" } else { text.format.as_str() };
            let time = |time: Option<belljar::model::Timestamp>| {
                time.map_or_else(|| "-".to_owned(), |time| time.to_string())
            };
            let row = format!(
                "{shown}\t{name}\t{} records\t{} unparsed of {} lines\t{}\t{}\t{state}",
                text.records,
                text.unparsed,
                text.lines,
                time(text.first_time),
                time(text.last_time),
            );
            println!("{row}");
            if state == "FAILS" {
                failed.push(format!("{row}\texpected {expected:?}"));
            }
            let row = formats.entry(name.to_owned()).or_default();
            *row = (row.0 + 1, row.1 + text.records, row.2 + text.unparsed);
        }
    }
    for (name, (files, records, unparsed)) in formats {
        println!("= {name}: {files} files, {records} records, {unparsed} unparsed");
    }
    println!("= recognized: {recognized} of {all}; agree {agree}, deviate {deviate}, fail {}", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
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
