//! Packet captures, compared with what tshark says of them and with the corpus of a traffic sensor.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use belljar::model::{ArtifactKind, Limits, ScanEvent};
use belljar::{pack, scan};

use crate::corpus::corpus;
use crate::parts::{All, Kept, decoded};

/// Where the answers differ on purpose: file, what, the very values, class, reason.
fn deviations() -> Vec<csv::StringRecord> {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables/capture-deviations.csv");
    let mut reader = csv::Reader::from_path(table).expect("the table of deviations");
    reader.records().map(|row| row.expect("a row")).collect()
}

fn lines(path: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(path).expect("facts");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn read(corpus: &Path, file: &str, size: usize) -> All {
    decoded(ArtifactKind::Capture, &fs::read(corpus.join(file)).expect("a capture"), size)
}

/// All values of the pairs of these names, up to the next pair.
fn values(records: &[Kept], names: &[&str]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for record in records {
        for name in names {
            let mark = format!(" {name}=");
            for (at, _) in record.text.match_indices(&mark) {
                let rest = &record.text[at + mark.len()..];
                all.insert(rest.split(' ').next().unwrap_or_default().to_owned());
            }
        }
    }
    all
}

/// Values of a field of the shared vocabulary in records of a protocol.
fn fields(records: &[Kept], protocol: &str, name: &str) -> BTreeSet<String> {
    let mark = format!(" Protocol={protocol} ");
    let of_protocol = records.iter().filter(|record| record.text.contains(&mark));
    let each = of_protocol.flat_map(|record| {
        let of_name = record.fields.iter().filter(|(field, _)| field.as_str() == name);
        of_name.map(|(_, span)| record.text.get(span.clone()).unwrap_or_default().to_owned())
    });
    each.collect()
}

fn addresses(records: &[Kept]) -> BTreeSet<String> {
    let flows: Vec<&Kept> = records.iter().filter(|record| record.text.contains(" PacketsSent=")).collect();
    let each = flows.into_iter().filter(|record| !record.text.contains("Protocol=arp")).flat_map(|record| {
        let ends = record.fields.iter().filter(|(field, _)| matches!(field.as_str(), "client" | "server"));
        ends.map(|(_, span)| record.text[span.clone()].to_owned())
    });
    each.collect()
}

fn wanted(fact: &serde_json::Value, name: &str) -> BTreeSet<String> {
    let values = fact[name].as_array().into_iter().flatten();
    values.filter_map(|value| value.as_str()).map(str::to_owned).collect()
}

/// Agrees, deviates on purpose, fails: counted by what was asked.
#[derive(Default)]
struct Score {
    counts: BTreeMap<String, [u64; 3]>,
}

impl Score {
    fn tell(&mut self, what: &str, file: &str, right: bool, table: &[csv::StringRecord], values: &str) {
        let counts = self.counts.entry(what.to_owned()).or_default();
        if right {
            counts[0] += 1;
        } else if table.iter().any(|row| file.ends_with(&row[0]) && &row[1] == what && &row[2] == values) {
            counts[1] += 1;
        } else {
            counts[2] += 1;
            eprintln!("differs: {what}: {file}: {values}");
        }
    }

    fn finish(&self) {
        for (what, [agree, deviate, fail]) in &self.counts {
            eprintln!("{what}: {agree} agree, {deviate} deviate, {fail} fail");
        }
        assert!(self.counts.values().all(|counts| counts[2] == 0));
    }
}

#[test]
fn captures_hold_what_tshark_sees_in_them() {
    let Some(corpus) = corpus() else { return };
    let table = deviations();
    let mut score = Score::default();
    for fact in lines(&corpus.join("facts/pcap.jsonl")) {
        let file = fact["file"].as_str().expect("a file");
        if fact["tshark_error"].is_string() {
            continue;
        }
        let all = read(&corpus, file, 1 << 20);
        let packets =
            all.records.last().and_then(|record| record.word("Packets")).unwrap_or_default().to_owned();
        score.tell(
            "packets",
            file,
            packets.parse() == Ok(fact["packets"].as_u64().unwrap_or(0)),
            &table,
            &format!("{packets} and {} by tshark", fact["packets"]),
        );
        let canonical = |text: &str| {
            text.parse().map_or(text.to_owned(), |address: std::net::IpAddr| address.to_string())
        };
        let seen: [(&str, BTreeSet<String>); 7] = [
            ("ip", addresses(&all.records)),
            ("dns_query", values(&all.records, &["Query", "Name"])),
            ("dns_answer_ip", values(&all.records, &["A", "AAAA"])),
            ("http_host", fields(&all.records, "http", "host")),
            ("http_uri", fields(&all.records, "http", "target")),
            ("http_user_agent", fields(&all.records, "http", "user-agent")),
            ("tls_sni", fields(&all.records, "tls", "host")),
        ];
        for (name, seen) in seen {
            let wanted: BTreeSet<String> = wanted(&fact, name).iter().map(|value| canonical(value)).collect();
            if wanted.is_empty() {
                continue;
            }
            let missing: Vec<&str> = wanted.difference(&seen).map(String::as_str).collect();
            score.tell(name, file, missing.is_empty(), &table, &missing.join(" "));
            if name == "ip" {
                let more: Vec<&str> = seen.difference(&wanted).map(String::as_str).collect();
                score.tell("ip-only", file, more.is_empty(), &table, &more.join(" "));
            }
        }
    }
    score.finish();
}

#[test]
fn indicators_of_the_sensors_corpus_are_met() {
    let Some(corpus) = corpus() else { return };
    let table = deviations();
    let mut score = Score::default();
    for case in lines(&corpus.join("suites/maltrail-pcap.jsonl")) {
        let file = case["input"]["local_file"].as_str().expect("a file");
        let trails = fs::read_to_string(corpus.join(case["input"]["trails"].as_str().expect("a list")))
            .expect("trails");
        let mut csv = String::from("kind,value\n");
        for trail in trails.lines().filter_map(|line| line.split(',').next()) {
            let (host, path) = trail.split_once('/').unwrap_or((trail, ""));
            let is_address =
                host.split(':').next().is_some_and(|host| host.parse::<std::net::IpAddr>().is_ok());
            let kind = if !path.is_empty() {
                "url"
            } else if is_address {
                "ip"
            } else {
                "domain"
            };
            csv.push_str(&format!(
                "{kind},{}\n",
                if kind == "ip" { host.split(':').next().unwrap_or(host) } else { trail }
            ));
        }
        let pack = pack::read("trails", vec![("trails.csv".to_owned(), csv.into_bytes())]);
        let mut scanner = scan::Scanner::new(scan::compile(&[pack]), Limits::default());
        let mut events: Vec<ScanEvent> = Vec::new();
        scanner.begin(file, &mut events);
        scanner.feed(&fs::read(corpus.join(file)).expect("a capture"), &mut events);
        scanner.finish(&mut events);
        let seen: BTreeSet<String> = events
            .iter()
            .filter_map(|event| match event {
                ScanEvent::Sighting(sighting) => Some(sighting.value.clone()),
                _ => None,
            })
            .collect();
        for text in case["expected"]["substrings_in_events"].as_array().into_iter().flatten() {
            let text = text.as_str().expect("a text");
            let right = seen.iter().any(|value| text.contains(value.as_str()) || value.contains(text));
            score.tell("maltrail", file, right, &table, text);
        }
        if case["expected"]["substrings_in_events"].as_array().is_some_and(Vec::is_empty) {
            score.tell("maltrail-silent", file, seen.is_empty(), &table, &format!("{seen:?}"));
        }
    }
    score.finish();
}

#[test]
fn parts_are_the_same_however_a_capture_is_cut() {
    let Some(corpus) = corpus() else { return };
    for fact in lines(&corpus.join("facts/pcap.jsonl")) {
        let file = fact["file"].as_str().expect("a file");
        if fs::metadata(corpus.join(file)).map_or(u64::MAX, |data| data.len()) > 64 << 10 {
            continue;
        }
        let whole = read(&corpus, file, usize::MAX);
        for size in [1, 7, 4_096] {
            assert!(read(&corpus, file, size) == whole, "{file} in blocks of {size}");
        }
    }
}
