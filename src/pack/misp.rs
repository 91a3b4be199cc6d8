//! MISP: events, lists of attributes, and feed manifests (the MISP core format, section 2).

use serde_json::Value;

use crate::model::{Indicator, Pack, Severity};

use super::draft::{self, Draft};
use super::{MADE, misp_tags, rejected};

/// Whether a JSON value is a MISP event, a list of them, or a list of attributes.
pub(super) fn is_misp(value: &Value) -> bool {
    let one = |value: &Value| {
        value["Event"].is_object()
            || value["Attribute"].is_array()
            || value["response"].is_array()
            || value["response"]["Attribute"].is_array()
            || (value["uuid"].is_string() && value["category"].is_string() && value["value"].is_string())
    };
    one(value) || value.as_array().and_then(|all| all.first()).is_some_and(one) || manifest(value).is_some()
}

/// The events that a feed's manifest names.
fn manifest(value: &Value) -> Option<usize> {
    let events = value.as_object().filter(|events| !events.is_empty())?;
    events
        .iter()
        .all(|(id, event)| id.len() == 36 && event["info"].is_string() && event["Orgc"].is_object())
        .then_some(events.len())
}

/// Reads every attribute into `pack`.
pub(super) fn read(pack: &mut Pack, path: &str, value: &Value) {
    if let Some(count) = manifest(value) {
        let reason = format!("this is a feed's manifest: it names {count} events and holds no attribute");
        pack.rejected.push(rejected(path.to_owned(), "", reason, "add the feed's event files (UUID.json)"));
        return;
    }
    let before = pack.indicators.len() + pack.rejected.len();
    match value {
        Value::Array(all) => all.iter().for_each(|one| any(pack, path, one)),
        one => any(pack, path, one),
    }
    if pack.indicators.len() + pack.rejected.len() == before {
        let reason = "the event has no attribute";
        pack.rejected.push(rejected(path.to_owned(), "", reason, "ask the publisher for its attributes"));
    }
}

fn any(pack: &mut Pack, path: &str, value: &Value) {
    match &value["response"] {
        Value::Array(all) => return all.iter().for_each(|one| any(pack, path, one)),
        inner @ Value::Object(_) => return any(pack, path, inner),
        _ => {}
    }
    let event = if value["Event"].is_object() { &value["Event"] } else { value };
    if event["value"].is_string() && event["type"].is_string() {
        return attribute(pack, path, event, "");
    }
    let info = event["info"].as_str().unwrap_or_default();
    if !info.is_empty() && pack.summary.starts_with(MADE) {
        pack.title = info.to_owned();
    }
    if let Some(publisher) = event["Orgc"]["name"].as_str().filter(|_| pack.publisher.is_empty()) {
        publisher.clone_into(&mut pack.publisher);
    }
    for tag in event["Tag"].as_array().into_iter().flatten() {
        if let Some(tlp) = tag["name"].as_str().and_then(|name| name.strip_prefix("tlp:")) {
            pack.tlp = format!("TLP:{}", tlp.to_ascii_uppercase());
        }
    }
    for one in event["Attribute"].as_array().into_iter().flatten() {
        attribute(pack, path, one, info);
    }
    for object in event["Object"].as_array().into_iter().flatten() {
        let name = object["name"].as_str().unwrap_or_default();
        for one in object["Attribute"].as_array().into_iter().flatten() {
            attribute(pack, path, one, if name.is_empty() { info } else { name });
        }
    }
}

fn attribute(pack: &mut Pack, path: &str, attribute: &Value, from: &str) {
    let text = |name: &str| attribute[name].as_str().unwrap_or_default().trim();
    let (kind, value) = (text("type"), text("value"));
    let number = pack.indicators.len() + pack.rejected.len() + 1;
    let id = if text("uuid").is_empty() { format!("attribute {number}") } else { text("uuid").to_owned() };
    let place = format!("{path}, {id}");
    let mut refuse = |reason: &str, hint: &str| {
        pack.rejected.push(rejected(place.clone(), value, reason, hint));
    };
    if is_true(&attribute["deleted"]) {
        return refuse("its publisher deleted it", "nothing to do");
    }
    if let Some(reason) = context_only(kind, text("category")) {
        return refuse(reason, "nothing to do: it helps to read the event, not to search");
    }
    if let Some((about, own)) = misp_tags::restore(attribute) {
        let name = own.map_or_else(|| kind.to_owned(), |own| own.as_str().to_owned());
        draft::take(pack, Draft { place, name, value: value.to_owned(), about });
        return;
    }
    let for_detection = is_true(&attribute["to_ids"]);
    let mut about: Vec<String> =
        vec![from.to_owned(), text("category").to_owned(), text("comment").to_owned()];
    let tags = attribute["Tag"].as_array().into_iter().flatten();
    about.extend(tags.filter_map(|tag| tag["name"].as_str()).map(str::to_owned));
    about.retain(|text| !text.is_empty());
    let mut about = Indicator {
        severity: if for_detection { Severity::Medium } else { Severity::Low },
        context: about.join("; "),
        source: if text("event_id").is_empty() {
            String::new()
        } else {
            format!("MISP event {}", text("event_id"))
        },
        innocent: (!for_detection)
            .then(|| "Its publisher did not mark it for detection (to_ids).".to_owned()),
        ..Indicator::default()
    };
    let (name, value) = single(kind, value, &mut about);
    draft::take(pack, Draft { place, name, value, about });
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(is) => *is,
        Value::Number(number) => number.as_u64() == Some(1),
        Value::String(text) => text == "1" || text == "true",
        _ => false,
    }
}

/// Types that say something about other attributes and are nothing to search for.
fn context_only(kind: &str, category: &str) -> Option<&'static str> {
    match kind {
        "comment" | "text" | "other" | "counter" | "datetime" | "size-in-bytes" | "boolean" | "float"
        | "hex" | "port" | "AS" | "cpe" | "weakness" | "attachment" | "mime-type" | "campaign-name"
        | "campaign-id" | "threat-actor" | "target-org" | "target-user" | "target-machine"
        | "target-location" | "target-external" | "anonymised" => {
            Some("it is context for the event's other attributes")
        }
        "link" | "url" if category == "External analysis" => Some("it is a reference to an analysis"),
        _ => None,
    }
}

/// A composite type is searched for by the half that says most; the other half goes to the context.
pub(super) fn single(kind: &str, value: &str, about: &mut Indicator) -> (String, String) {
    let kind = if kind == "malware-sample" { "filename|md5" } else { kind };
    let (Some((left, right)), Some((first, second))) = (kind.split_once('|'), value.split_once('|')) else {
        return (kind.to_owned(), value.to_owned());
    };
    let mut also = |what: &str, other: &str| {
        about.context = format!(
            "{}{}with the {what} {other}",
            about.context,
            if about.context.is_empty() { "" } else { "; " }
        );
    };
    match (left, right) {
        ("filename", digest) => {
            also("file name", first);
            (digest.to_owned(), second.to_owned())
        }
        ("domain", "ip") => {
            also("address", second);
            (left.to_owned(), first.to_owned())
        }
        (_, "port") => {
            also("port", second);
            (left.to_owned(), first.to_owned())
        }
        _ => (kind.to_owned(), value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_is_taken_or_refused() {
        let event = serde_json::json!({"Event": {"info": "A case", "Tag": [{"name": "tlp:amber"}],
            "Attribute": [
                {"type": "ip-dst", "value": "1.2.3.4", "category": "Network activity", "to_ids": true, "uuid": "1"},
                {"type": "filename|md5", "value": "a.exe|0123456789abcdef0123456789abcdef", "to_ids": true},
                {"type": "ip-dst|port", "value": "1.2.3.5|443", "to_ids": false},
                {"type": "comment", "value": "see there"},
                {"type": "mutex", "value": "x"},
                {"type": "link", "value": "https://example.com/report", "category": "External analysis"}],
            "Object": [{"name": "file", "Attribute": [{"type": "sha256", "value": "zz", "to_ids": true}]}]}});
        let mut pack = Pack { id: "m".into(), ..Pack::default() };
        assert!(is_misp(&event));
        read(&mut pack, "e.json", &event);
        assert_eq!((pack.indicators.len(), pack.rejected.len()), (3, 4));
        assert_eq!(pack.tlp, "TLP:AMBER");
        assert_eq!(pack.indicators[2].severity, Severity::Low);
        assert!(pack.indicators[1].context.contains("a.exe"));
    }
}
