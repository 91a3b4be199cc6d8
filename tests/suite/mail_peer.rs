//! Mails, compared part by part with what the tests of another reader (stalwartlabs/mail-parser) expect of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use belljar::model::ArtifactKind;
use serde_json::Value;

use crate::corpus::corpus;
use crate::parts::{All, decoded};

/// Where the answers differ on purpose: file, what, value, class, reason.
fn deviations() -> Vec<csv::StringRecord> {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables/mail-peer-deviations.csv");
    let mut reader = csv::Reader::from_path(table).expect("the table of deviations");
    reader.records().map(|row| row.expect("a row")).collect()
}

/// What both readers must see alike, whatever they do with line ends and letters beyond ASCII.
fn squeezed(bytes: &[u8]) -> String {
    bytes.iter().filter(|byte| byte.is_ascii_graphic()).map(|byte| char::from(*byte)).collect()
}

/// A mail taken apart: bodies, names of attachments, subjects.
#[derive(Default)]
struct Seen {
    bodies: BTreeSet<String>,
    names: BTreeSet<String>,
    subjects: BTreeSet<String>,
}

impl Seen {
    fn own(&mut self, all: &All) {
        for record in &all.records {
            if let Some(subject) =
                record.text.strip_prefix("Subject=").or(record.text.strip_prefix("subject="))
            {
                self.subjects.insert(squeezed(subject.as_bytes()));
            }
        }
        for member in &all.members {
            self.names.insert(squeezed(member.name.as_bytes()));
            self.bodies.insert(squeezed(&member.bytes));
            if member.kind == Some(ArtifactKind::Mail) {
                self.own(&decoded(ArtifactKind::Mail, &member.bytes, 4_096));
            }
        }
    }

    fn peer(&mut self, mail: &Value) {
        for part in mail["parts"].as_array().into_iter().flatten() {
            for (kind, body) in part["body"].as_object().into_iter().flatten() {
                match kind.as_str() {
                    "Message" => self.peer(body),
                    "Multipart" => {}
                    _ => {
                        let bytes = body.as_array().into_iter().flatten();
                        let bytes: Vec<u8> = bytes
                            .filter_map(Value::as_u64)
                            .filter_map(|byte| u8::try_from(byte).ok())
                            .collect();
                        let text = body.as_str().map_or(bytes, |text| text.as_bytes().to_vec());
                        self.bodies.insert(squeezed(&text));
                    }
                }
            }
            for header in part["headers"].as_array().into_iter().flatten() {
                if header["name"] == "subject"
                    && let Some(subject) = header["value"]["Text"].as_str()
                {
                    self.subjects.insert(squeezed(subject.as_bytes()));
                }
                for attribute in header["value"]["ContentType"]["attributes"].as_array().into_iter().flatten()
                {
                    if matches!(attribute["name"].as_str(), Some("filename" | "name"))
                        && let Some(name) = attribute["value"].as_str()
                    {
                        self.names.insert(squeezed(name.as_bytes()));
                    }
                }
            }
        }
    }
}

#[test]
fn the_parts_of_mails_are_those_that_another_readers_tests_expect() {
    let Some(corpus) = corpus() else { return };
    let table = deviations();
    let (mut agree, mut deviate, mut fail) = ([0u64; 3], [0u64; 3], 0);
    let (mut cases, mut whole) = (0, 0);
    const WHAT: [&str; 3] = ["bodies", "names", "subjects"];
    let text = fs::read_to_string(corpus.join("suites/mail-parser-rs.jsonl")).expect("the suite");
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("JSON");
        let file = case["input"]["local_file"].as_str().expect("a file");
        let expected = case["expected"]["json_file"].as_str().expect("an answer");
        let expected = fs::read(corpus.join(expected)).expect("an answer");
        let expected: Value = serde_json::from_slice(&expected).expect("JSON");
        let bytes = fs::read(corpus.join(file)).expect("a mail");
        let (mut own, mut peer) = (Seen::default(), Seen::default());
        own.own(&decoded(ArtifactKind::Mail, &bytes, 4_096));
        peer.peer(&expected);
        let pairs = [(&own.bodies, &peer.bodies), (&own.names, &peer.names), (&own.subjects, &peer.subjects)];
        let mut differs = false;
        for (what, (own, peer)) in pairs.into_iter().enumerate() {
            for value in peer.iter().filter(|value| !value.is_empty()) {
                let shown: String = value.chars().take(60).collect();
                let row = |row: &csv::StringRecord| {
                    file.ends_with(&row[0]) && row[1] == *WHAT[what] && row[2] == *shown
                };
                if own.contains(value) {
                    agree[what] += 1;
                    continue;
                }
                differs = true;
                if table.iter().any(row) {
                    deviate[what] += 1;
                } else {
                    fail += 1;
                    eprintln!("differs: {}: {file}: {shown}", WHAT[what]);
                }
            }
        }
        cases += 1;
        whole += u64::from(!differs);
    }
    eprintln!("{cases} mails, {whole} alike; {WHAT:?}: agree {agree:?}, deviate {deviate:?}, fail {fail}");
    assert_eq!(fail, 0);
}
