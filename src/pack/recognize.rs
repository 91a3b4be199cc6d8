//! Whether a file that was brought as evidence looks like a file of indicators.

use super::columns::Columns;
use super::openioc;

/// Bytes of the beginning that are looked at.
const HEAD: usize = 16 << 10;

/// The format of the indicator file that begins like this; `None` for anything that may as well be evidence.
///
/// A plain list, a text and a table without a column of types are not recognized: logs look like that too.
pub fn recognize(beginning: &[u8]) -> Option<&'static str> {
    let head = &beginning[..beginning.len().min(HEAD)];
    let holds = |text: &str| memchr::memmem::find(head, text.as_bytes()).is_some();
    if head.starts_with(b"PK\x03\x04") {
        return (holds("pack.toml") && holds("indicators.csv")).then_some("pack folder in a zip");
    }
    let text = super::text_of(head);
    match text.trim_start().chars().next()? {
        '{' | '[' if holds("\"bundle--") || holds("\"indicator--") => Some("STIX"),
        '{' | '[' if holds("\"Event\"") && holds("\"Attribute\"") => Some("MISP event"),
        '<' if openioc::is_openioc(&text) => Some("OpenIOC"),
        _ => {
            let long = Columns::by_name(&text).and_then(|columns| columns.long());
            long.and_then(|(_, kind)| kind).map(|_| "table of indicators")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indicator_files_are_told_from_evidence() {
        for (beginning, format) in [
            (r#"{"type":"bundle","id":"bundle--1","objects":[]}"#, Some("STIX")),
            (r#"{"Event":{"info":"x","Attribute":[]}}"#, Some("MISP event")),
            ("type,value\nipv4,192.0.2.1\n", Some("table of indicators")),
            (r#"{"event":"login","ip":"192.0.2.1"}"#, None),
            ("192.0.2.1 - - [16/Dec/2020:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n", None),
            ("date,time,host,value\n", None),
            ("", None),
        ] {
            assert_eq!(recognize(beginning.as_bytes()), format, "{beginning}");
        }
    }
}
