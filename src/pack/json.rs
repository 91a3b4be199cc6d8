//! JSON of any publisher: STIX and MISP by their own readers, warninglists, and objects with a type and a value.

use serde_json::Value;

use crate::model::{Diagnostic, DiagnosticSeverity, Indicator, Pack};

use super::draft::{self, Draft};
use super::{misp, prose, rejected, stix, warninglist};

/// Names under which objects hold their value and its type.
const VALUE: [&str; 5] = ["value", "indicator", "ioc", "observable", "ioc_value"];
const TYPE: [&str; 5] = ["type", "kind", "ioc_type", "indicator_type", "threat_type"];

/// Reads `text` into `pack`; tells whether it is JSON, or begins as JSON and breaks off.
pub(super) fn read(pack: &mut Pack, path: &str, text: &str) -> bool {
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match value {
            Ok(value) => values.push(value),
            // A list of defanged values begins with a bracket too.
            Err(_) if values.is_empty() && !text.trim_start().starts_with(['{', '[']) => return false,
            Err(error) => {
                let looks = text.trim_start().starts_with("{\"")
                    || text.trim_start().starts_with("{\n")
                    || text.contains("\":");
                if values.is_empty() && !looks {
                    return false;
                }
                let message = format!("{path}: the JSON cannot be read: {}", broken(&error));
                let hint = "fetch the file again, whole; the other packs are searched for all the same";
                pack.diagnostics.push(
                    Diagnostic::new(DiagnosticSeverity::Error, "pack-unreadable", message, hint).at(path),
                );
                break;
            }
        }
    }
    for value in &values {
        if stix::is_stix(value) {
            stix::read(pack, path, value);
        } else if misp::is_misp(value) {
            misp::read(pack, path, value);
        } else if warninglist::is_warninglist(value) {
            warninglist::read(pack, path, value);
        } else if value["vulnerabilities"].is_array() && value["catalogVersion"].is_string() {
            catalog(pack, path, value);
        } else if objects(pack, path, value) == 0 {
            prose::read(pack, path, &strings(value));
        }
    }
    true
}

/// What is wrong, and where.
fn broken(error: &serde_json::Error) -> String {
    if error.is_eof() {
        let (line, column) = (error.line(), error.column());
        return format!(
            "it breaks off at line {line} column {column}, expected the rest of what began before"
        );
    }
    error.to_string()
}

/// Takes every object that has a value; tells how many there were.
fn objects(pack: &mut Pack, path: &str, value: &Value) -> usize {
    let mut count = 0;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(all) => open.extend(all.iter().rev()),
            Value::Object(object) => {
                let text = |names: &[&str]| names.iter().find_map(|name| object.get(*name)?.as_str());
                match (text(&VALUE), text(&TYPE)) {
                    (Some(value), Some(name)) => {
                        count += 1;
                        let context =
                            text(&["description", "comment", "context", "name"]).unwrap_or_default();
                        let source = text(&["source", "reference"]).unwrap_or_default();
                        let about = Indicator {
                            context: context.into(),
                            source: source.into(),
                            ..Indicator::default()
                        };
                        let place = format!("{path}, object {count}");
                        let mut about = about;
                        let (name, value) = misp::single(name, value, &mut about);
                        draft::take(pack, Draft { place, name, value, about });
                    }
                    _ => open.extend(object.values().rev()),
                }
            }
            _ => {}
        }
    }
    count
}

/// Every text of a JSON value, a line each.
fn strings(value: &Value) -> String {
    let mut all = String::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => {
                all.push_str(text);
                all.push('\n');
            }
            Value::Array(values) => open.extend(values.iter().rev()),
            Value::Object(object) => open.extend(object.values().rev()),
            _ => {}
        }
    }
    all
}

/// CISA's catalog of exploited vulnerabilities (KEV): for context, and nothing that evidence shows.
fn catalog(pack: &mut Pack, path: &str, value: &Value) {
    for (number, entry) in value["vulnerabilities"].as_array().into_iter().flatten().enumerate() {
        let text = |name: &str| entry[name].as_str().unwrap_or_default();
        let shown = format!("{} {}", text("cveID"), text("vulnerabilityName"));
        let reason = "a vulnerability of a catalog, for context: evidence does not show it by name";
        let place = format!("{path}, vulnerability {}", number + 1);
        pack.rejected.push(rejected(place, shown.trim(), reason, "nothing to do"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(text: &str) -> (Pack, bool) {
        let mut pack = Pack { id: "j".into(), ..Pack::default() };
        let is_json = read(&mut pack, "j.json", text);
        (pack, is_json)
    }

    #[test]
    fn objects_with_type_and_value_and_any_other_text() {
        let (read, _) =
            pack(r#"{"data":[{"type":"domain","value":"evil[.]com"},{"type":"mutex","value":"x"}]}"#);
        assert_eq!((read.indicators.len(), read.rejected.len()), (1, 1));
        let (read, _) = pack(r#"{"c2":["evil[.]com","1.2.3.4"]}"#);
        assert_eq!(read.indicators.len(), 2);
    }

    #[test]
    fn broken_json_says_where() {
        let (read, is_json) = pack("{\"type\":\"bundle\",\"objects\":[");
        assert!(is_json && read.diagnostics[0].message.contains("line 1"), "{:?}", read.diagnostics);
        assert!(!pack("[.]evil").1);
    }

    #[test]
    fn a_catalog_is_refused_row_by_row() {
        let (read, _) = pack(
            r#"{"catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-2021-27101"},{"cveID":"CVE-2021-27102"}]}"#,
        );
        assert_eq!(read.rejected.len(), 2);
        assert_eq!(read.rejected[1].text, "CVE-2021-27102");
    }
}
