//! JSON documents: records with their lines, places and times, however the file is written and fed.

use belljar::model::{Limits, ScanEvent, Sighting, TextSummary};
use belljar::{pack, scan};

/// Scans `text` in blocks of `size` for the indicators of a CSV.
fn scanned(text: &[u8], size: usize, limits: Limits) -> Vec<ScanEvent> {
    let csv = b"kind,value\nip,198.51.100.77\ntext,a-written-secret\n".to_vec();
    let pack = pack::read("p", vec![("iocs.csv".to_owned(), csv)]);
    let mut scanner = scan::Scanner::new(scan::compile(&[pack]), limits);
    let mut events = Vec::new();
    scanner.begin("events.json", &mut events);
    for block in text.chunks(size) {
        let _ = scanner.feed(block, &mut events);
    }
    scanner.finish(&mut events);
    events
}

fn sightings<'e>(events: &'e [ScanEvent]) -> Vec<&'e Sighting> {
    let sighting =
        |event: &'e ScanEvent| if let ScanEvent::Sighting(sighting) = event { Some(sighting) } else { None };
    events.iter().filter_map(sighting).collect()
}

fn summary(events: &[ScanEvent]) -> TextSummary {
    let text = events.iter().find_map(|event| match event {
        ScanEvent::Artifact(artifact) => artifact.text.clone(),
        _ => None,
    });
    text.expect("a text")
}

fn event(number: usize, address: &str) -> String {
    format!(
        "{{\"eventVersion\":\"1.08\",\"userIdentity\":{{\"userName\":\"bob\"}},\"eventTime\":\"2020-12-16T10:{:02}:00Z\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"GetObject\",\"awsRegion\":\"eu-west-1\",\"sourceIPAddress\":\"{address}\",\"resources\":[{{\"ARN\":\"a-written-\\u0073ecret\"}}]}}",
        number % 60
    )
}

/// As CloudTrail delivers it: one line.
fn trail() -> String {
    let events: Vec<String> = (0..40).map(|number| event(number, &format!("192.0.2.{number}"))).collect();
    let last = event(59, "198.51.100.77");
    format!("{{\"Records\":[{},{last}]}}", events.join(","))
}

fn pretty(text: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
    serde_json::to_string_pretty(&value).expect("JSON").replace("secret", "\\u0073ecret")
}

#[test]
fn each_element_is_a_record_on_one_line_or_many() {
    let array = format!("[{},\n{}]\n", event(1, "198.51.100.77"), event(2, "192.0.2.1"));
    for (text, records) in [(trail(), 41), (pretty(&trail()), 41), (array, 2)] {
        let events = scanned(text.as_bytes(), usize::MAX, Limits::default());
        let text_summary = summary(&events);
        assert_eq!((text_summary.records, text_summary.unparsed), (records, 0), "{text}");
        assert_eq!(text_summary.format, "AWS CloudTrail");
        let lines = text.lines().count() as u64;
        assert_eq!(text_summary.lines, lines);
        let seen = sightings(&events);
        let address = seen.iter().find(|seen| seen.value == "198.51.100.77").expect("the address");
        let (start, end) = (address.offset as usize, (address.offset + address.length) as usize);
        assert_eq!(&text[start..end], "198.51.100.77");
        assert_eq!(address.line, Some(text[..start].matches('\n').count() as u64 + 1));
        assert!(address.time.is_some_and(|time| time.to_string().ends_with(":00Z")), "{address:?}");
        assert_eq!(address.field, Some(belljar::model::Field::Client));
        let decoded: Vec<_> = seen.iter().filter(|seen| seen.value == "a-written-secret").collect();
        assert_eq!(decoded.len() as u64, records, "one in each record, behind its escape");
    }
}

#[test]
fn journals_and_exports_are_records() {
    let journal = "{\n\t\"__REALTIME_TIMESTAMP\" : \"1608112800243000\",\n\t\"_HOSTNAME\" : \"h\",\n\t\"MESSAGE\" : \"Accepted password for bob from 198.51.100.77 port 22\"\n}\n".repeat(3);
    let azure = r#"{"value":[{"createdDateTime":"2020-12-16T10:00:00Z","operationName":"x","ipAddress":"198.51.100.77"},{"createdDateTime":"2020-12-17T10:00:00Z","operationName":"y","ipAddress":"192.0.2.1"}],"@odata.context":"https://graph.example/"}"#;
    let office = "[\n  {\n    \"CreationTime\": \"2020-12-16T10:00:00\",\n    \"Workload\": \"Exchange\",\n    \"ClientIP\": \"198.51.100.77\"\n  }\n]\n";
    for (text, records, format) in [
        (journal.as_str(), 3, "systemd journal (JSON)"),
        (azure, 2, "Azure log (JSON)"),
        (office, 1, "Microsoft 365 audit log"),
    ] {
        let events = scanned(text.as_bytes(), 7, Limits::default());
        let found = summary(&events);
        assert_eq!((found.records, found.unparsed), (records, 0), "{text}");
        assert!(found.format == format && found.first_time.is_some(), "{found:?}");
        assert!(sightings(&events).iter().all(|seen| seen.time.is_some()) && !sightings(&events).is_empty());
    }
}

#[test]
fn the_events_are_the_same_for_each_block_size_and_each_prefix() {
    let limits = Limits { object: 600, ..Limits::default() };
    let long = format!(
        "[{},{{\"a\":[{}0]}},{}]",
        event(1, "198.51.100.77"),
        "\"198.51.100.77\",".repeat(90),
        event(2, "x")
    );
    for text in [trail(), pretty(&trail()), long] {
        for limits in [Limits::default(), limits] {
            let whole = scanned(text.as_bytes(), usize::MAX, limits);
            for size in [1, 7, 4_096] {
                assert_eq!(scanned(text.as_bytes(), size, limits), whole, "blocks of {size}");
            }
        }
        for end in (0..text.len()).step_by(97) {
            let part = &text.as_bytes()[..end];
            assert_eq!(scanned(part, 7, limits), scanned(part, usize::MAX, limits), "{end} bytes");
        }
    }
}

#[test]
fn an_object_beyond_the_limit_is_searched_and_told() {
    let text = format!(
        "[{{\"blob\":\"{}\",\"ip\":\"198.51.100.77\"}},{}]",
        "x".repeat(3 << 20),
        event(2, "198.51.100.77")
    );
    let events = scanned(text.as_bytes(), 1 << 20, Limits::default());
    assert_eq!(sightings(&events).iter().filter(|seen| seen.value == "198.51.100.77").count(), 2);
    let found = summary(&events);
    assert_eq!((found.records, found.unparsed), (1, 1));
    let told =
        |event: &ScanEvent| matches!(event, ScanEvent::Diagnostic(note) if note.code == "large-objects");
    assert!(events.iter().any(told), "{events:?}");
}

#[test]
fn wide_text_is_a_document_too() {
    let text = pretty(&trail());
    let wide: Vec<u8> =
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let events = scanned(&wide, 4_096, Limits::default());
    assert_eq!(summary(&events).records, 41);
    let seen = sightings(&events);
    let address = seen.iter().find(|seen| seen.value == "198.51.100.77").expect("the address");
    let start = address.offset as usize;
    let bytes: Vec<u8> = "198.51.100.77".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(&wide[start..start + address.length as usize], bytes);
}

#[test]
fn saved_events_are_records_in_one_line_over_several_and_in_utf_16() {
    let event = |number: usize, address: &str| {
        format!(
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>4625</EventID><TimeCreated SystemTime='2020-12-16T10:00:{:02}.0Z'/><Computer>web1</Computer></System><EventData><Data Name='IpAddress'>{address}</Data></EventData></Event>",
            number % 60
        )
    };
    let many: String = (0..900).map(|number| event(number, "192.0.2.1")).collect();
    let one_line = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<Events>{many}{}</Events>",
        event(7, "198.51.100.77")
    );
    let pretty = one_line.replace("><", ">\r\n  <");
    for text in [one_line, pretty] {
        let wide: Vec<u8> =
            [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for (bytes, unit) in [(text.as_bytes().to_vec(), 1), (wide, 2)] {
            let events = scanned(&bytes, 4_096, Limits::default());
            let told = summary(&events);
            assert_eq!((told.records, told.unparsed, told.format.as_str()), (901, 0, "Windows events (XML)"));
            let [seen] = sightings(&events)[..] else { panic!("{:?}", sightings(&events)) };
            assert_eq!(seen.time.map(|time| time.to_string()).as_deref(), Some("2020-12-16T10:00:07Z"));
            assert_eq!(seen.field, Some(belljar::model::Field::Client));
            let at = seen.offset as usize / unit;
            let at = if unit == 2 { at - 1 } else { at };
            assert_eq!(&text[at..at + 13], "198.51.100.77");
            assert_eq!(seen.line, Some(text[..at].matches('\n').count() as u64 + 1));
        }
    }
}
