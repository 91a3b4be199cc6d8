//! Outlook messages and OLE files that other programs wrote (tests/samples), and winmail.dat made by [MS-OXTNEF].

use belljar::identify;
use belljar::model::{ArtifactKind, Limits, ScanEvent};
use belljar::{pack, scan};

use crate::mutation::survive;
use crate::parts::{All, decoded};
use crate::samples::sample;

fn names(all: &All) -> Vec<&str> {
    all.members.iter().map(|member| member.name.as_str()).collect()
}

fn lines(all: &All) -> Vec<&str> {
    all.records.iter().map(|record| record.text.as_str()).collect()
}

#[test]
fn a_message_gives_headers_addresses_bodies_attachments_and_the_message_within() {
    let bytes = sample("outlook/mail.msg");
    assert_eq!(identify::identify(&bytes[..4_096], false).kind, ArtifactKind::Compound);
    let all = decoded(ArtifactKind::Compound, &bytes, bytes.len());
    assert!(all.diagnostics.is_empty(), "{:?}", all.diagnostics);
    let lines = lines(&all);
    for line in [
        "Received=from mx.evil.example (mx.evil.example [192.0.2.7]) by mail.example.org; Wed, 16 Dec 2020 10:00:00 +0000",
        "Subject=Invoice \u{fc}",
        "SenderEmailAddress=mallory@evil.example",
        "MessageDeliveryTime=2020-12-16T10:00:00Z",
        "Part=Recipient DisplayName=Alice AddressType=SMTP EmailAddress=alice@example.org SmtpAddress=alice@example.org",
    ] {
        assert!(lines.contains(&line), "{line}");
    }
    assert_eq!(
        names(&all),
        [
            "body",
            "body.html",
            "hello.txt",
            "\u{fc} big.bin",
            "message 3/body",
            "message 3/in.txt",
            "other properties"
        ]
    );
    assert_eq!(all.members[1].bytes, b"<a href=\"http://evil.example/y\">y</a>");
    assert_eq!(all.members[2].bytes, b"hello");
    assert_eq!(all.members[3].bytes, b"evil.example\n".repeat(1_000));
    assert_eq!(all.members[5].bytes, b"hello inner");
    let times: Vec<String> =
        all.records.iter().filter_map(|record| record.time).map(|time| time.to_string()).collect();
    assert!(times.contains(&"2020-12-16T09:59:00Z".to_owned()), "{times:?}");
}

#[test]
fn values_are_sighted_in_the_wide_texts_of_messages_and_documents() {
    let list = "type,value\ndomain,evil.example\nip,192.0.2.7\nsha256,2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\n";
    let pack = pack::read("mail", vec![("iocs.csv".to_owned(), list.as_bytes().to_vec())]);
    let set = scan::compile(&[pack]);
    for (name, places) in [
        (
            "mail.msg",
            &[
                "mail.msg",
                "mail.msg > body",
                "mail.msg > body.html",
                "mail.msg > hello.txt",
                "mail.msg > message 3/body",
            ][..],
        ),
        ("table.xls", &["table.xls > Workbook"]),
    ] {
        let bytes = sample(&format!("outlook/{name}"));
        let run = |size: usize| {
            let mut scanner = scan::Scanner::new(set.clone(), Limits::default());
            let mut events: Vec<ScanEvent> = Vec::new();
            scanner.begin(name, &mut events);
            bytes.chunks(size).for_each(|block| {
                scanner.feed(block, &mut events);
            });
            scanner.finish(&mut events);
            events
        };
        let whole = run(bytes.len());
        for size in [1, 7, 4_096] {
            assert_eq!(run(size), whole, "{name} in blocks of {size}");
        }
        let seen: Vec<&str> = whole
            .iter()
            .filter_map(|event| match event {
                ScanEvent::Sighting(sighting) => Some(sighting.artifact.as_str()),
                _ => None,
            })
            .collect();
        for place in places {
            assert!(seen.contains(place), "{place} is not in {seen:?}");
        }
    }
}

#[test]
fn every_prefix_of_a_compound_file_is_read_as_far_as_it_goes() {
    for name in ["mail.msg", "table.xls"] {
        let bytes = sample(&format!("outlook/{name}"));
        let last = bytes.len() - 512;
        for length in (8..last).step_by(509).chain([last]) {
            let all = decoded(ArtifactKind::Compound, &bytes[..length], length);
            assert!(!all.diagnostics.is_empty(), "{name}: {length} bytes, {:?}", names(&all));
        }
    }
}

#[test]
fn damaged_messages_and_documents_are_survived() {
    for name in ["mail.msg", "table.xls"] {
        let bytes = sample(&format!("outlook/{name}"));
        survive(ArtifactKind::Compound, &bytes, 2_000, bytes.len() * 40);
    }
    survive(ArtifactKind::Tnef, &winmail(), 4_000, 1 << 20);
}

fn attribute(out: &mut Vec<u8>, level: u8, name: u32, value: &[u8]) {
    out.push(level);
    out.extend(name.to_le_bytes());
    out.extend((value.len() as u32).to_le_bytes());
    out.extend(value);
    out.extend(value.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte))).to_le_bytes());
}

fn property(out: &mut Vec<u8>, id: u16, kind: u16, value: &[u8]) {
    out.extend(kind.to_le_bytes());
    out.extend(id.to_le_bytes());
    if id >= 0x8000 {
        out.extend([7; 16]);
        out.extend(1u32.to_le_bytes());
        out.extend(6u32.to_le_bytes());
        out.extend(b"n\0\xFC\0\0\0\0\0");
    }
    if kind != 0x0040 {
        out.extend(1u32.to_le_bytes());
        out.extend((value.len() as u32).to_le_bytes());
    }
    out.extend(value);
    out.resize(out.len().next_multiple_of(4), 0);
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

fn winmail() -> Vec<u8> {
    let mut inner = b"\x78\x9F\x3E\x22\x02\0".to_vec();
    attribute(&mut inner, 1, 0x0001_8004, b"inner evil.example\0");
    let mut file = b"\x78\x9F\x3E\x22\x01\0".to_vec();
    attribute(&mut file, 1, 0x0001_8004, b"outer\0");
    attribute(&mut file, 1, 0x0003_8005, b"\xE4\x07\x0C\0\x10\0\x0A\0\x01\0\x02\0\x03\0");
    let mut properties = 4u32.to_le_bytes().to_vec();
    property(&mut properties, 0x8001, 0x001F, &wide("named"));
    property(&mut properties, 0x0E06, 0x0040, &132_525_864_000_000_000u64.to_le_bytes());
    property(&mut properties, 0x0C1F, 0x001F, &wide("mallory@evil.example"));
    property(&mut properties, 0x1013, 0x0102, b"<a href='http://evil.example/'>");
    attribute(&mut file, 1, 0x0006_9003, &properties);
    attribute(&mut file, 2, 0x0006_9002, &[0; 14]);
    attribute(&mut file, 2, 0x0001_8010, b"SHORT~1.TXT\0");
    attribute(&mut file, 2, 0x0006_800F, b"hello");
    let mut properties = 1u32.to_le_bytes().to_vec();
    property(&mut properties, 0x3707, 0x001F, &wide("long \u{fc}.txt"));
    attribute(&mut file, 2, 0x0006_9005, &properties);
    attribute(&mut file, 2, 0x0006_9002, &[0; 14]);
    let mut properties = 1u32.to_le_bytes().to_vec();
    property(&mut properties, 0x3701, 0x000D, &[&[0; 16][..], &inner].concat());
    attribute(&mut file, 2, 0x0006_9005, &properties);
    file
}

#[test]
fn winmail_dat_gives_properties_and_attachments_with_their_long_names() {
    let bytes = winmail();
    assert_eq!(identify::identify(&bytes, true).kind, ArtifactKind::Tnef);
    let all = decoded(ArtifactKind::Tnef, &bytes, bytes.len());
    assert_eq!(
        lines(&all),
        [
            "Subject=outer",
            "DateSent=2020-12-16T10:01:02Z",
            "Property-8001=named",
            "MessageDeliveryTime=2020-12-16T10:00:00Z",
            "SenderEmailAddress=mallory@evil.example",
            "AttachTitle=SHORT~1.TXT",
            "AttachLongFilename=long \u{fc}.txt",
        ]
    );
    assert_eq!(names(&all), ["body.html", "long \u{fc}.txt", "attachment 2"]);
    assert_eq!(all.members[1].bytes, b"hello");
    let inner = decoded(ArtifactKind::Tnef, &all.members[2].bytes, 1);
    assert_eq!(lines(&inner), ["Subject=inner evil.example"]);
    assert!(all.diagnostics.is_empty() && inner.diagnostics.is_empty());
}

#[test]
fn every_prefix_of_winmail_dat_says_that_it_is_cut() {
    let bytes = winmail();
    let mut quiet = 0;
    for length in 4..bytes.len() {
        quiet += u64::from(decoded(ArtifactKind::Tnef, &bytes[..length], 7).diagnostics.is_empty());
    }
    // Between two attributes nothing tells that more would have followed: once behind the head, once behind each but the last.
    assert_eq!(quiet, 9);
}
