//! Windows event logs, compared with what two other readers and one peer's own tests say of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use belljar::model::{ArtifactKind, Limits, ScanEvent};
use belljar::{pack, scan};

use crate::corpus::corpus;
use crate::parts::{All, decoded};

/// Where the answers differ on purpose: file, what, the very values, why.
fn deviations() -> Vec<csv::StringRecord> {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables/evtx-deviations.csv");
    let mut reader = csv::Reader::from_path(table).expect("the table of deviations");
    reader.records().map(|row| row.expect("a row")).collect()
}

fn read(corpus: &Path, file: &str) -> All {
    decoded(ArtifactKind::Evtx, &fs::read(corpus.join(file)).expect("an event log"), 1 << 20)
}

fn lines(path: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(path).expect("facts");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Counts what agrees, deviates on purpose, fails; prints the failures.
#[derive(Default)]
struct Score {
    agree: BTreeMap<&'static str, u64>,
    deviate: BTreeMap<&'static str, u64>,
    fail: u64,
}

impl Score {
    fn tell(
        &mut self,
        what: &'static str,
        file: &str,
        right: bool,
        table: &[csv::StringRecord],
        values: &str,
    ) {
        if right {
            *self.agree.entry(what).or_default() += 1;
        } else if table.iter().any(|row| file.ends_with(&row[0]) && &row[1] == what && &row[2] == values) {
            *self.deviate.entry(what).or_default() += 1;
        } else {
            self.fail += 1;
            eprintln!("differs: {what}: {file}: {values}");
        }
    }
}

#[test]
fn events_are_those_that_two_other_readers_see() {
    let Some(corpus) = corpus() else { return };
    let table = deviations();
    let mut score = Score::default();
    let mut records = 0;
    for fact in lines(&corpus.join("facts/evtx.jsonl")) {
        let file = fact["file"].as_str().expect("a file");
        let all = read(&corpus, file);
        records += all.records.len();
        let count = all.records.len() as u64;
        let judges = [&fact["evtx_rs"]["records"], &fact["python_evtx"]["records"]];
        let judges: Vec<u64> = judges.iter().filter_map(|count| count.as_u64()).collect();
        let (least, most) =
            (judges.iter().min().copied().unwrap_or(0), judges.iter().max().copied().unwrap_or(0));
        let values = format!("{count} and {judges:?} by others");
        score.tell("records", file, (least..=most).contains(&count), &table, &values);
        let mut ids: BTreeMap<String, u64> = BTreeMap::new();
        for record in &all.records {
            *ids.entry(record.word("EventID").unwrap_or_default().to_owned()).or_default() += 1;
        }
        for (id, wanted) in fact["evtx_rs"]["event_ids"].as_object().into_iter().flatten() {
            let seen = ids.get(id).copied().unwrap_or(0);
            let right = if judges.len() == 2 && least == most {
                Some(seen) == wanted.as_u64()
            } else {
                Some(seen) >= wanted.as_u64()
            };
            score.tell("event-ids", file, right, &table, &format!("{id}: {seen} and {wanted} by others"));
        }
        for (provider, wanted) in fact["evtx_rs"]["providers"].as_object().into_iter().flatten() {
            let mark = format!("Provider={provider} ");
            let seen = all.records.iter().filter(|record| record.text.contains(&mark)).count() as u64;
            let values = format!("{provider}: {seen} and {wanted} by others");
            score.tell("providers", file, Some(seen) >= wanted.as_u64(), &table, &values);
        }
        for text in fact["strings_present"].as_array().into_iter().flatten() {
            let value = text["value"].as_str().expect("a text").replace(char::is_control, " ");
            let seen = all.records.iter().any(|record| record.text.contains(&value));
            score.tell("strings", file, seen, &table, &format!("{value:?} as {}", text["field"]));
        }
    }
    eprintln!("{records} records; agree {:?}, deviate {:?}, fail {}", score.agree, score.deviate, score.fail);
    assert_eq!(score.fail, 0);
}

#[test]
fn record_counts_are_those_of_the_peers_own_tests() {
    let Some(corpus) = corpus() else { return };
    let table = deviations();
    let mut score = Score::default();
    for case in lines(&corpus.join("suites/evtx-rs-counts.jsonl")) {
        let file = case["input"]["local_file"].as_str().expect("a file");
        let all = read(&corpus, file);
        let right = Some(all.records.len() as u64) == case["expected"]["records_ok"].as_u64();
        let values = format!("{} and {} by the peer", all.records.len(), case["expected"]["records_ok"]);
        score.tell("peer-count", file, right, &table, &values);
    }
    eprintln!("agree {:?}, deviate {:?}, fail {}", score.agree, score.deviate, score.fail);
    assert_eq!(score.fail, 0);
}

/// A log of the corpus with ordinary events, whole.
const GOOD: &str = "evtx-sigma/SigmaHQ+sigma/rules-emerging-threats/2025/Exploits/CVE-2025-55182/proc_creation_win_exploit_cve_2025_55182_susp_nodejs_server_child_process/271de298-cc0e-4842-acd8-079a0a99ea65.evtx";

#[test]
fn the_events_are_the_same_however_the_log_is_cut() {
    let Some(corpus) = corpus() else { return };
    for file in [GOOD, "evtx/omerbenamram+evtx/sample_with_a_bad_chunk_magic.evtx"] {
        let bytes = fs::read(corpus.join(file)).expect("an event log");
        let whole = decoded(ArtifactKind::Evtx, &bytes, bytes.len());
        for size in [1, 7, 4_096] {
            assert_eq!(decoded(ArtifactKind::Evtx, &bytes, size), whole, "blocks of {size}");
        }
    }
}

#[test]
fn every_prefix_of_a_log_is_read_as_far_as_it_goes_and_said_to_be_cut() {
    let Some(corpus) = corpus() else { return };
    let bytes = fs::read(corpus.join(GOOD)).expect("an event log");
    let last = decoded(ArtifactKind::Evtx, &bytes, bytes.len()).records[0].clone();
    let used = (last.offset + last.length) as usize;
    for length in
        (8..4_096).step_by(97).chain(4_097..used.min(12_000)).chain((used..bytes.len()).step_by(4_001))
    {
        let all = decoded(ArtifactKind::Evtx, &bytes[..length], 1 << 20);
        let told = all.diagnostics.iter().any(|diagnostic| diagnostic.code == "evtx-truncated");
        assert!(told, "{length} bytes: {:?}", all.diagnostics);
        assert_eq!(all.records.len(), usize::from(length >= used), "{length} bytes");
    }
}

#[test]
fn values_inside_events_are_sighted_with_their_time_and_place() {
    let Some(corpus) = corpus() else { return };
    let list = "type,value\nmd5,352b525e9c26cb92693899528fe007c2\nsha256,1f1d918ec49e0b7c59b704ff412e1a6e224da81c08cda657e1cb482abaac146c\ntext,bun-node-274e01c73\\node.exe\n";
    let pack = pack::read("events", vec![("iocs.csv".to_owned(), list.as_bytes().to_vec())]);
    let bytes = fs::read(corpus.join(GOOD)).expect("an event log");
    let mut scanner = scan::Scanner::new(scan::compile(&[pack]), Limits::default());
    let mut events: Vec<ScanEvent> = Vec::new();
    scanner.begin("Sysmon.evtx", &mut events);
    scanner.feed(&bytes, &mut events);
    scanner.finish(&mut events);
    let mut values = Vec::new();
    let record = &decoded(ArtifactKind::Evtx, &bytes, bytes.len()).records[0];
    for event in &events {
        match event {
            ScanEvent::Sighting(seen) => {
                values.push(seen.kind.as_str());
                assert_eq!((seen.line, seen.offset, seen.length), (Some(1), record.offset, record.length));
                assert!(seen.time.is_some() && seen.excerpt.contains('='), "{seen:?}");
            }
            ScanEvent::Artifact(summary) => {
                let text = summary.text.as_ref().expect("records");
                assert_eq!((text.records, text.unparsed), (1, 0));
                assert_eq!(text.format, "Windows event log (EVTX)");
                assert_eq!(text.first_time, record.time);
            }
            _ => {}
        }
    }
    values.sort_unstable();
    values.dedup();
    assert_eq!(values, ["md5", "sha256", "text"]);
}
