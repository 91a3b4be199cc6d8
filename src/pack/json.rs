//! JSON of any publisher: STIX and MISP by their own readers, warninglists, and objects with a type and a value.

use serde_json::Value;

use crate::model::{Allow, AllowEntry, Diagnostic, DiagnosticSeverity, Indicator, Kind, Pack};

use super::canonical::{canonical, sniff};
use super::draft::{self, Draft};
use super::{misp, prose, rejected, stix};

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
                let message = format!("the JSON cannot be read: {error}");
                let hint = "fetch the file again; what stands before that place was read, where there is any";
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
        } else if let Some(list) = warninglist(value) {
            pack.allow.push(list);
        } else if value["vulnerabilities"].is_array() && value["catalogVersion"].is_string() {
            let count = value["vulnerabilities"].as_array().map_or(0, Vec::len);
            let reason = format!(
                "a catalog of {count} exploited vulnerabilities: evidence does not show them by name"
            );
            pack.rejected.push(rejected(path.to_owned(), "", reason, "nothing to do"));
        } else if objects(pack, path, value) == 0 {
            prose::read(pack, path, &strings(value));
        }
    }
    true
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

/// A MISP warninglist: values that ordinary systems show (misp-warninglists, its JSON schema).
fn warninglist(value: &Value) -> Option<Allow> {
    let values = value["list"].as_array()?;
    let kind = value["type"].as_str()?;
    if !matches!(kind, "cidr" | "hostname" | "string" | "substring" | "regex") {
        return None;
    }
    let name = value["name"].as_str().unwrap_or("warninglist");
    let entry = |text: &str| {
        let kind = match kind {
            "cidr" if text.contains('/') => Kind::Cidr,
            "hostname" => Kind::Domain,
            "substring" => Kind::Text,
            "regex" => Kind::Regex,
            _ => sniff(text).unwrap_or(Kind::Text),
        };
        let text = if kind == Kind::Regex {
            text.trim_start_matches('/').trim_end_matches("/i").trim_end_matches('/')
        } else {
            text
        };
        let value = canonical(kind, text.trim_start_matches('.')).unwrap_or_else(|_| text.to_owned());
        AllowEntry { kind, value, note: name.to_owned() }
    };
    Some(Allow {
        id: name.to_ascii_lowercase().replace(' ', "-"),
        title: value["description"].as_str().unwrap_or(name).to_owned(),
        source: format!("MISP warninglist {name}, version {}", value["version"]),
        entries: values.iter().filter_map(Value::as_str).map(entry).collect(),
    })
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
    fn warninglists_weigh_down() {
        let (read, _) = pack(r#"{"name":"n","type":"cidr","version":1,"list":["1.1.1.1","10.0.0.0/8"]}"#);
        assert_eq!(read.allow[0].entries.len(), 2);
        assert_eq!(read.allow[0].entries[1].kind, Kind::Cidr);
    }
}
