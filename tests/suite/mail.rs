//! Mails, compared with what CPython's reader says of them.

use std::fs;
use std::path::Path;

use belljar::identify;
use belljar::model::{ArtifactKind, Digests, Limits, ScanEvent};
use belljar::{pack, scan};

use crate::corpus::corpus;
use crate::parts::{All, Part, decoded};

fn deviations() -> Vec<csv::StringRecord> {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables/mail-deviations.csv");
    let mut reader = csv::Reader::from_path(table).expect("the table of deviations");
    reader.records().map(|row| row.expect("a row")).collect()
}

/// All members of a mail and of the mails in it.
fn members(all: &All, found: &mut Vec<Part>, headers: &mut String) {
    all.records.iter().for_each(|record| {
        headers.push_str(&record.text);
        headers.push('\n');
    });
    for member in &all.members {
        found.push(member.clone());
        if member.kind == Some(ArtifactKind::Mail) {
            members(&decoded(ArtifactKind::Mail, &member.bytes, 4_096), found, headers);
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    let mut scanner = scan::Scanner::new(scan::compile(&[]), Limits::default());
    let mut events: Vec<ScanEvent> = Vec::new();
    scanner.begin("x.bin", &mut events);
    scanner.feed(bytes, &mut events);
    scanner.finish(&mut events);
    let own = events.into_iter().rev().find_map(|event| match event {
        ScanEvent::Artifact(summary) if summary.artifact == "x.bin" => Some(summary.digests),
        _ => None,
    });
    own.map_or_else(String::new, |digests: Digests| digests.sha256)
}

#[test]
fn headers_parts_and_links_are_those_that_another_reader_sees() {
    let Some(corpus) = corpus() else { return };
    let table = deviations();
    let text = fs::read_to_string(corpus.join("facts/email.jsonl")).expect("facts");
    let (mut agree, mut deviate, mut fail, mut named) = ([0u64; 4], [0u64; 4], 0, 0);
    const WHAT: [&str; 4] = ["headers", "hops", "parts", "links"];
    for line in text.lines() {
        let fact: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let file = fact["file"].as_str().expect("a file");
        let bytes = fs::read(corpus.join(file)).expect("a mail");
        let head = &bytes[..bytes.len().min(identify::HEAD)];
        let kind = identify::identify(head, bytes.len() <= identify::HEAD).kind;
        named += u64::from(matches!(kind, ArtifactKind::Mail | ArtifactKind::Mailbox));
        let all = decoded(ArtifactKind::Mail, &bytes, 4_096);
        let (mut parts, mut headers) = (Vec::new(), String::new());
        members(&all, &mut parts, &mut headers);
        let digests: Vec<String> = parts.iter().map(|part| sha256(&part.bytes)).collect();
        let mut tell = |what: usize, right: bool, value: &str, show: String| {
            if right {
                agree[what] += 1;
            } else if table
                .iter()
                .any(|row| file.ends_with(&row[0]) && row[1] == *WHAT[what] && &row[2] == value)
            {
                deviate[what] += 1;
            } else {
                fail += 1;
                eprintln!("differs: {}: {file}: {value}: {show}", WHAT[what]);
            }
        };
        let squeezed =
            |text: &str| text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect::<String>();
        let all_headers = squeezed(&headers);
        for (name, values) in fact["headers"].as_object().into_iter().flatten() {
            for value in values.as_array().into_iter().flatten() {
                let raw = value.as_str().unwrap_or_default();
                if raw.contains("=?") {
                    // The other reader gives the value as it stands; here it is decoded.
                    let start = format!("{}=", name.to_ascii_lowercase());
                    let mut own =
                        headers.lines().filter(|line| line.to_ascii_lowercase().starts_with(&start));
                    tell(0, own.any(|line| !line.contains("?=")), raw, String::new());
                    continue;
                }
                let value = squeezed(&format!("{name}={}", value.as_str().unwrap_or_default()));
                let right = all_headers.to_ascii_lowercase().contains(&value.to_ascii_lowercase());
                tell(0, right, &value, String::new());
            }
        }
        for address in fact["received_ips"].as_array().into_iter().flatten() {
            let address = address.as_str().unwrap_or_default();
            tell(1, headers.contains(address), address, String::new());
        }
        for part in fact["parts"].as_array().into_iter().flatten() {
            let right = digests.iter().any(|digest| Some(digest.as_str()) == part["sha256"].as_str());
            let sizes: Vec<usize> = parts.iter().map(|part| part.bytes.len()).collect();
            let digest = part["sha256"].as_str().and_then(|digest| digest.get(..16)).unwrap_or_default();
            tell(2, right, digest, format!("{part}, here {sizes:?}"));
        }
        for link in fact["urls_in_decoded_text"].as_array().into_iter().flatten() {
            let link = link.as_str().unwrap_or_default();
            let right = parts.iter().any(|part| String::from_utf8_lossy(&part.bytes).contains(link));
            tell(3, right, link, String::new());
        }
    }
    eprintln!("{WHAT:?}: agree {agree:?}, deviate {deviate:?}, fail {fail}; {named} named as mail");
    assert_eq!(fail, 0);
}

const MAIL: &str = "Return-Path: <a@example.org>\r\nReceived: from x (x [192.0.2.7])\r\n\tby y; Wed, 16 Dec 2020 10:00:00 +0000\r\nFrom: a@example.org\r\nTo: b@example.org\r\nSubject: =?utf-8?B?w7wgZXZpbC5leGFtcGxl?=\r\nDate: Wed, 16 Dec 2020 09:59:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b 1\"\r\n\r\nThis is MIME.\r\n--b 1\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<a href=3D\"http://ev=\r\nil.example/x\">x</a>\r\n--b 1\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename*=utf-8''%C3%BC.bin\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b 1\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nevil.example\r\n--b 1--\r\n";

#[test]
fn values_are_sighted_in_headers_bodies_attachments_and_attached_mails() {
    let list = "type,value\ndomain,evil.example\nip,192.0.2.7\nsha256,2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\n";
    let pack = pack::read("mail", vec![("iocs.csv".to_owned(), list.as_bytes().to_vec())]);
    let set = scan::compile(&[pack]);
    let run = |size: usize| {
        let mut scanner = scan::Scanner::new(set.clone(), Limits::default());
        let mut events: Vec<ScanEvent> = Vec::new();
        scanner.begin("a.eml", &mut events);
        MAIL.as_bytes().chunks(size).for_each(|block| {
            scanner.feed(block, &mut events);
        });
        scanner.finish(&mut events);
        events
    };
    let whole = run(MAIL.len());
    for size in [1, 7, 4_096] {
        assert_eq!(run(size), whole, "blocks of {size}");
    }
    let mut seen: Vec<(String, String)> = Vec::new();
    for event in &whole {
        match event {
            ScanEvent::Sighting(sighting) => seen.push((sighting.artifact.clone(), sighting.value.clone())),
            ScanEvent::Artifact(summary) if summary.artifact == "a.eml" => {
                let text = summary.text.as_ref().expect("records");
                assert_eq!(
                    text.first_time.map(|time| time.to_string()).as_deref(),
                    Some("2020-12-16T09:59:00Z")
                );
                assert!(summary.complete);
            }
            _ => {}
        }
    }
    seen.sort();
    seen.dedup();
    let places: Vec<&str> = seen.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(
        places,
        [
            "a.eml",
            "a.eml",
            "a.eml > part 1 (text/html)",
            "a.eml > part 3 (message/rfc822) > part 1 (text/plain)",
            "a.eml > \u{fc}.bin"
        ]
    );
}

#[test]
fn every_prefix_of_a_mail_is_read_as_far_as_it_goes() {
    let body = MAIL.find("boundary=\"b").expect("a boundary") + 11;
    for length in 0..MAIL.len() {
        let all = decoded(ArtifactKind::Mail, &MAIL.as_bytes()[..length], 7);
        let told = all.diagnostics.iter().any(|diagnostic| diagnostic.code == "mail-truncated");
        assert_eq!(told, length >= body && length < MAIL.len() - 2, "{length}: {all:?}");
    }
}

#[test]
fn a_mailbox_gives_its_mails() {
    let mail = "From a@b Wed Dec 16 10:00:00 2020\nFrom: a\nTo: b\nSubject: c\n\nFrom here on\n\n";
    let mailbox = mail.repeat(3);
    let all = decoded(ArtifactKind::Mailbox, mailbox.as_bytes(), 5);
    assert_eq!(all.members.len(), 3);
    assert_eq!(all.members[2].bytes, mail.as_bytes()[34..]);
    assert_eq!(identify::identify(mailbox.as_bytes(), true).kind, ArtifactKind::Mailbox);
}

#[test]
fn no_real_log_is_taken_for_a_mail() {
    let Some(corpus) = corpus() else { return };
    let mut open = vec![corpus.join("logs")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
                continue;
            }
            let bytes = fs::read(entry.path()).expect("a log");
            let kind = identify::identify(&bytes[..bytes.len().min(identify::HEAD)], false).kind;
            assert!(
                !matches!(kind, ArtifactKind::Mail | ArtifactKind::Mailbox),
                "{}",
                entry.path().display()
            );
        }
    }
}
