//! A line that something else carries tells what it tells alone: who asked for what, and what the answer was.

use belljar::model::{Field, Limits, Outcome, ScanEvent, Sighting};
use belljar::scan;

const PACK: &str = "kind,value\nrequest-target,/document_root.html\nfile-name,planted.bin\n";

fn sightings(log: &str, name: &str, size: usize) -> Vec<Sighting> {
    let pack = belljar::pack::read("p", vec![("iocs.csv".to_owned(), PACK.as_bytes().to_vec())]);
    let mut scanner = scan::Scanner::new(scan::compile(std::slice::from_ref(&pack)), Limits::default());
    let mut events = Vec::new();
    scanner.begin(name, &mut events);
    for block in log.as_bytes().chunks(size) {
        let _ = scanner.feed(block, &mut events);
    }
    scanner.finish(&mut events);
    events
        .into_iter()
        .filter_map(|event| if let ScanEvent::Sighting(seen) = event { Some(seen) } else { None })
        .collect()
}

fn access(status: &str) -> String {
    format!(
        r#"192.0.2.7 - bob [16/Dec/2020:10:00:00 +0000] "GET /document_root.html?x=1 HTTP/1.1" {status} 12 "-" "Evil Agent/1.0""#
    )
}

/// A string of JSON around a text.
fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a string")
}

/// A cell of CSV around a text.
fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Each way in which something carries the line, with a name.
fn carriers(line: &str) -> Vec<(&'static str, String)> {
    let docker = format!(
        r#"{{"log":{},"stream":"stdout","time":"2020-12-16T10:00:01.5Z"}}"#,
        json(&format!("{line}\n"))
    );
    let filebeat = format!(
        r#"{{"@timestamp":"2020-12-16T10:00:01.000Z","host":{{"name":"web1","ip":["10.0.0.5"]}},"agent":{{"type":"filebeat"}},"message":{}}}"#,
        json(line)
    );
    let journal = format!(
        r#"{{"__REALTIME_TIMESTAMP":"1608112801000000","_HOSTNAME":"web1","MESSAGE":{}}}"#,
        json(line)
    );
    vec![
        ("bare", line.to_owned()),
        ("syslog", format!("Dec 16 10:00:01 web1 httpd[12]: {line}")),
        ("syslog with a priority", format!("<134>Dec 16 10:00:01 web1 httpd: {line}")),
        ("syslog (IETF)", format!("<134>1 2020-12-16T10:00:01Z web1 httpd 12 - - {line}")),
        ("Docker", docker.clone()),
        ("CRI", format!("2020-12-16T10:00:01.123456789Z stdout F {line}")),
        ("Docker with times", format!("2020-12-16T10:00:01.123456789Z {line}")),
        ("Docker Compose", format!("web-1  | {line}")),
        ("kubectl", format!("[pod/web-5d4/nginx] {line}")),
        ("Filebeat", filebeat.clone()),
        ("Elasticsearch", format!(r#"{{"_index":"logs","_source":{filebeat}}}"#)),
        (
            "GELF",
            format!(
                r#"{{"version":"1.1","host":"web1","short_message":"access","full_message":{},"timestamp":1608112801.5}}"#,
                json(line)
            ),
        ),
        ("journal", journal),
        (
            "CloudWatch event",
            format!(
                r#"{{"timestamp":1608112801000,"message":{},"ingestionTime":1608112802000}}"#,
                json(line)
            ),
        ),
        (
            "CloudWatch subscription",
            format!(
                r#"{{"messageType":"DATA_MESSAGE","logGroup":"g","logEvents":[{{"id":"1","timestamp":1608112801000,"message":{}}}]}}"#,
                json(line)
            ),
        ),
        ("CloudWatch tail", format!("2020-12-16T10:00:01.000000+00:00 web1-stream {line}")),
        (
            "Splunk export",
            format!(
                "\"_time\",\"host\",\"source\",\"_raw\"\n\"2020-12-16T10:00:01.000+0000\",\"web1\",\"/var/log/a\",{}",
                cell(line)
            ),
        ),
        (
            "Azure",
            format!(
                r#"{{"time":"2020-12-16T10:00:01Z","operationName":"x","properties":{}}}"#,
                json(&format!(r#"{{"log":{}}}"#, json(line)))
            ),
        ),
        (
            "Docker in Filebeat",
            format!(r#"{{"@timestamp":"2020-12-16T10:00:02Z","message":{}}}"#, json(&docker)),
        ),
        ("Filebeat in a cell", format!("time,name,message\n2020-12-16T10:00:02Z,n,{}", cell(&filebeat))),
    ]
}

#[test]
fn a_request_tells_the_same_however_it_is_carried() {
    for (status, outcome) in [("200", Outcome::Answered), ("404", Outcome::Refused)] {
        for (name, log) in carriers(&access(status)) {
            let log = format!("{log}\n");
            let seen = sightings(&log, "a.log", usize::MAX);
            assert_eq!(seen.len(), 1, "{name}: {seen:?}");
            let request = seen[0].request.clone().unwrap_or_default();
            assert_eq!(
                (request.client.as_str(), request.method.as_str(), request.status, request.size),
                ("192.0.2.7", "GET", status.parse().ok(), Some(12)),
                "{name}"
            );
            assert!(request.target.ends_with("document_root.html?x=1"), "{name}: {}", request.target);
            assert_eq!((seen[0].outcome, seen[0].field), (outcome, Some(Field::Target)), "{name}");
            let time = seen[0].time.map(|time| time.to_string()).unwrap_or_default();
            assert!(time.starts_with("2020-12-16T10:00:0"), "{name}: {time}");
            for size in [1, 7, 4_096] {
                assert_eq!(sightings(&log, "a.log", size), seen, "{name}, blocks of {size}");
            }
            for length in (0..log.len()).step_by(3) {
                let _ = sightings(&log[..length], "a.log", usize::MAX);
            }
        }
    }
}

#[test]
fn documents_of_a_carrier_are_told_apart_inside() {
    let audit = r#"{"CreationTime":"2020-12-16T10:00:00","Operation":"FileDownloaded","UserId":"bob@h.example","ClientIP":"192.0.2.7","ObjectId":"https://h.example/planted.bin"}"#;
    let eve = r#"{"timestamp":"2020-12-16T10:00:00+0000","event_type":"http","src_ip":"192.0.2.7","http":{"url":"/planted.bin","http_method":"GET","status":404}}"#;
    let cef = "CEF:0|v|p|1|100|a|5|src=192.0.2.7 requestMethod=GET request=/planted.bin outcome=404";
    let csv = format!(
        "CreationDate,UserIds,Operations,AuditData\n2020-12-16T10:00:00.0000000Z,bob@h.example,FileDownloaded,{}",
        cell(audit)
    );
    let log_lines = format!(r#"{{"message":{},"@timestamp":"2020-12-16T10:00:01Z"}}"#, json(eve));
    let wrapped = format!(r#"{{"message":{},"@timestamp":"2020-12-16T10:00:01Z"}}"#, json(cef));
    for (log, field) in [(csv, Field::File), (log_lines, Field::Target), (wrapped, Field::Target)] {
        let seen = sightings(&format!("{log}\n"), "a.log", usize::MAX);
        assert_eq!(seen.len(), 1, "{log}");
        assert_eq!(seen[0].field, Some(field), "{log}");
        let has_client = seen[0].request.as_ref().is_none_or(|request| request.client == "192.0.2.7");
        assert!(has_client, "{log}: {:?}", seen[0].request);
    }
}
