//! A MISP event (MISP core format, section 2): an attribute for each indicator that counts alone.

use serde_json::{Value, json};

use crate::model::{Indicator, Kind, Pack, Severity, Timestamp, identifier};
use crate::pack::{draft, misp_tags};

use super::Written;

/// Writes the event.
pub(super) fn write(pack: &Pack, at: Timestamp, written: &mut Written) {
    super::lose_combinations(pack, "a MISP event", written);
    super::lose_the_rest(pack, "a MISP event", written);
    let mut attributes = Vec::new();
    for one in pack.indicators.iter().filter(|one| one.group.is_none()) {
        match attribute(pack, one, attributes.len(), &at) {
            Some(attribute) => {
                lose_lines(one, &attribute, written);
                attributes.push(attribute);
            }
            None => {
                let reason = format!("MISP has no type for the kind {}", one.kind.as_str());
                written.lose(&one.id, &one.value, reason, "convert to native or stix, which hold it");
            }
        }
    }
    let date = at.utc().and_then(|at| at.get(..10).map(str::to_owned)).unwrap_or_default();
    let mut event = json!({
        "uuid": identifier(&format!("event {} {}", pack.id, Value::from(attributes.clone()))),
        "info": if pack.title.is_empty() { &pack.id } else { &pack.title },
        "date": date, "timestamp": at.seconds.to_string(), "threat_level_id": "4", "analysis": "2", "distribution": "0",
        "published": false, "Attribute": attributes,
    });
    let tlp = pack.tlp.to_ascii_lowercase();
    if tlp.starts_with("tlp:") {
        event["Tag"] = json!([{"name": tlp}]);
    } else {
        super::lose_part(pack, "a MISP event without a tag of the taxonomy tlp", "tlp", &pack.tlp, written);
    }
    if !pack.publisher.is_empty() {
        let id = identifier(&format!("publisher {}", pack.publisher));
        event["Orgc"] = json!({"name": pack.publisher, "uuid": id});
    }
    let text = serde_json::to_string_pretty(&json!({"Event": event})).expect("plain data") + "\n";
    written.files.push((format!("{}.misp.json", pack.id), text.into_bytes()));
}

/// Lists the texts of an indicator that a comment, which holds them line by line, cannot tell apart again.
fn lose_lines(one: &Indicator, attribute: &Value, written: &mut Written) {
    let Some((again, _)) = misp_tags::restore(attribute) else { return };
    let innocent = |one: &Indicator| one.innocent.clone().unwrap_or_default();
    for (place, text, again) in [
        ("context", one.context.clone(), again.context.clone()),
        ("source", one.source.clone(), again.source.clone()),
        ("innocent", innocent(one), innocent(&again)),
    ] {
        if text != again {
            let reason = "its lines do not show where one text of a MISP comment ends and the next begins";
            let hint = "write it in one line, or convert to native or stix, which hold it";
            written.lose(format!("{}, {place}", one.id), &text, reason, hint);
        }
    }
}

fn attribute(pack: &Pack, one: &Indicator, number: usize, at: &Timestamp) -> Option<Value> {
    let (name, category) = named(one.kind)?;
    // MISP's type has to give the same value again; the kind is tagged where the type means another.
    let same = |name: &str| {
        draft::understand(name, &one.value)
            .is_ok_and(|found| found.kind == one.kind && found.value == one.value)
    };
    let kind = (!same(name)).then_some(one.kind);
    let mut attribute = json!({
        "uuid": identifier(&format!("attribute {} {number} {} {}", pack.id, one.kind.as_str(), one.value)),
        "type": name, "category": category, "value": one.value, "to_ids": one.severity >= Severity::Medium,
        "comment": misp_tags::comment(one), "timestamp": at.seconds.to_string(), "distribution": "5",
        "Tag": misp_tags::tags(one, kind),
    });
    for (name, moment) in [("first_seen", one.valid_from), ("last_seen", one.valid_until)] {
        if let Some(moment) = moment.and_then(|at| at.utc()) {
            attribute[name] = format!("{}000+00:00", moment.trim_end_matches('Z')).into();
        }
    }
    Some(attribute)
}

/// MISP's type and category for a kind (MISP core format, "type" and "category").
fn named(kind: Kind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        Kind::Md5 => ("md5", "Payload delivery"),
        Kind::Sha1 => ("sha1", "Payload delivery"),
        Kind::Sha256 => ("sha256", "Payload delivery"),
        Kind::Ipv4 | Kind::Ipv6 | Kind::Cidr => ("ip-dst", "Network activity"),
        Kind::Domain => ("domain", "Network activity"),
        Kind::Url => ("url", "Network activity"),
        Kind::RequestTarget => ("uri", "Network activity"),
        Kind::FilePath | Kind::FileName => ("filename", "Payload delivery"),
        Kind::Email => ("email", "Payload delivery"),
        Kind::UserAgent => ("user-agent", "Network activity"),
        Kind::Text => ("pattern-in-file", "Payload delivery"),
        Kind::Regex => return None,
    })
}
