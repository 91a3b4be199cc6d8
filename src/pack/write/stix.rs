//! A STIX 2.1 bundle: an indicator object for each indicator and combination, a report over them, the publisher's
//! identity, the TLP marking, and the extension in which Belljar says the rest.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::model::{Indicator, Kind, Pack, Severity, Timestamp, identifier};
use crate::pack::stix_extension as extension;

use super::{Written, pattern};

/// When the extension was defined.
const DEFINED: &str = "2026-11-25T00:00:00.000Z";

/// The identity that defines the extension.
const TOOL: &str = "identity--8b2f5c1d-0e64-4a7b-b7f9-54d1c3a6e082";

/// Markings of TLP 2.0 and their identifiers (OASIS cti-stix-common-objects, "TLP 2.0").
const MARKINGS: [(&str, &str, &str); 5] = [
    ("TLP:CLEAR", "clear", "94868c89-83c2-464b-929b-a1a8aa3c8487"),
    ("TLP:GREEN", "green", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb"),
    ("TLP:AMBER", "amber", "55d920b0-5e8b-4f79-9ee9-91f868d9b421"),
    ("TLP:AMBER+STRICT", "amber+strict", "939a9414-2ddd-4d32-a0cd-375ea402b003"),
    ("TLP:RED", "red", "e828b379-4e03-4974-9ac4-e53a884c97c1"),
];

/// Bundle in the making.
struct Bundle {
    at: String,
    author: Option<String>,
    marking: Option<String>,
    objects: Vec<Value>,
    ids: BTreeSet<String>,
}

/// Writes the bundle.
pub(super) fn write(pack: &Pack, at: Timestamp, written: &mut Written) {
    let at = at.utc().unwrap_or_else(|| DEFINED.to_owned());
    let mut bundle = Bundle { at, author: None, marking: None, objects: Vec::new(), ids: BTreeSet::new() };
    bundle.extension();
    bundle.publisher(pack);
    bundle.tlp(pack, written);
    for indicator in pack.indicators.iter().filter(|one| one.group.is_none()) {
        bundle.indicator(indicator, written);
    }
    bundle.combinations(pack, written);
    bundle.report(pack);
    super::lose_specimens(pack, "a STIX bundle", written);
    narrower(pack, written);
    let name: String =
        bundle.objects.iter().map(|object| object["id"].as_str().unwrap_or_default()).collect();
    let whole =
        json!({"type": "bundle", "id": format!("bundle--{}", identifier(&name)), "objects": bundle.objects});
    let text = serde_json::to_string_pretty(&whole).expect("plain data") + "\n";
    written.files.push((format!("{}.stix.json", pack.id), text.into_bytes()));
}

/// Says of which kinds other programs see less than Belljar.
fn narrower(pack: &Pack, written: &mut Written) {
    let count = |kind: Kind| pack.indicators.iter().filter(|one| one.kind == kind).count();
    for (kind, what) in [
        (Kind::Domain, "are compared as they are, without the names below them"),
        (Kind::RequestTarget, "that are plain paths are compared with the whole target, parameters included"),
        (Kind::UserAgent, "are compared as a whole"),
    ] {
        if count(kind) > 0 {
            let message = format!(
                "{} of the kind {}: for other programs than Belljar, those {what}",
                count(kind),
                kind.as_str()
            );
            written.note(
                "narrower-elsewhere",
                message,
                "nothing to do for Belljar, which reads its own meaning",
            );
        }
    }
}

impl Bundle {
    /// Adds an object of this content; the same content twice has two identifiers.
    fn add(&mut self, kind: &str, mut object: Map<String, Value>) -> String {
        object.insert("type".into(), kind.into());
        object.insert("spec_version".into(), "2.1".into());
        object.entry("created").or_insert_with(|| self.at.clone().into());
        object.entry("modified").or_insert_with(|| self.at.clone().into());
        if let Some(author) = &self.author {
            object.insert("created_by_ref".into(), author.clone().into());
        }
        if let Some(marking) = &self.marking {
            object.insert("object_marking_refs".into(), json!([marking]));
        }
        let mut name = Value::Object(object.clone()).to_string();
        let mut id = format!("{kind}--{}", identifier(&name));
        while !self.ids.insert(id.clone()) {
            name.push('+');
            id = format!("{kind}--{}", identifier(&name));
        }
        object.insert("id".into(), id.clone().into());
        self.objects.push(Value::Object(object));
        id
    }

    fn extension(&mut self) {
        self.objects.push(json!({
            "type": "identity", "spec_version": "2.1", "id": TOOL, "created": DEFINED, "modified": DEFINED,
            "name": "Belljar", "identity_class": "system",
        }));
        self.objects.push(json!({
            "type": "extension-definition", "spec_version": "2.1", "id": extension::ID, "created_by_ref": TOOL,
            "created": DEFINED, "modified": DEFINED, "name": "Belljar indicator packs",
            "description": "How an indicator of a Belljar pack is matched and graded, and what a pack says about its incident.",
            "schema": "The properties of the types Indicator, Combination and Pack in Belljar's src/model, as JSON.",
            "version": "1.0.0", "extension_types": ["property-extension"],
        }));
    }

    fn publisher(&mut self, pack: &Pack) {
        if pack.publisher.is_empty() {
            return;
        }
        let identity =
            object(&[("name", pack.publisher.as_str().into()), ("identity_class", "organization".into())]);
        self.author = Some(self.add("identity", identity));
    }

    fn tlp(&mut self, pack: &Pack, written: &mut Written) {
        if pack.tlp.is_empty() {
            return;
        }
        let label = pack.tlp.to_ascii_uppercase().replace("TLP:WHITE", "TLP:CLEAR");
        let Some((name, level, id)) = MARKINGS.into_iter().find(|(name, ..)| *name == label) else {
            written.lose(
                format!("{}, tlp", pack.id),
                &pack.tlp,
                "it is no label of TLP 2.0",
                "write TLP:CLEAR, GREEN, AMBER, AMBER+STRICT or RED",
            );
            return;
        };
        let id = format!("marking-definition--{id}");
        self.objects.push(json!({
            "type": "marking-definition", "spec_version": "2.1", "id": id, "created": "2022-10-01T00:00:00.000Z", "name": name,
            "extensions": {"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {
                "extension_type": "property-extension", "tlp_2_0": level}},
        }));
        self.marking = Some(id);
    }

    fn indicator(&mut self, indicator: &Indicator, written: &mut Written) {
        let pattern = match pattern::one(indicator) {
            Ok(pattern) => pattern,
            Err(reason) => {
                return written.lose(
                    &indicator.id,
                    &indicator.value,
                    reason,
                    "convert to native, which holds it",
                );
            }
        };
        let (from, until) = extension::dates(indicator, &self.at);
        let name = format!("{} {}", indicator.kind.as_str(), indicator.value);
        let mut fields = described(&name, &indicator.context, &indicator.source, indicator.severity);
        fields.insert("pattern".into(), pattern.into());
        fields.insert("valid_from".into(), from.into());
        if let Some(until) = until {
            fields.insert("valid_until".into(), until.into());
        }
        fields.insert("extensions".into(), extension::of(extension::row(indicator, false)));
        self.add("indicator", fields);
    }

    fn combinations(&mut self, pack: &Pack, written: &mut Written) {
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for combination in &pack.combinations {
            let members: Vec<&Indicator> =
                pack.indicators.iter().filter(|one| one.group.as_deref() == Some(&combination.id)).collect();
            let pattern = match pattern::combined(combination, &members) {
                Ok(pattern) => pattern,
                Err(reason) => {
                    written.lose(
                        &combination.id,
                        &combination.title,
                        reason,
                        "convert to native, which holds it",
                    );
                    continue;
                }
            };
            told.insert(&combination.id);
            let mut fields = described(
                &combination.title,
                &combination.context,
                &combination.source,
                combination.severity,
            );
            fields.insert("pattern".into(), pattern.into());
            fields.insert("valid_from".into(), self.at.clone().into());
            let rows = members.iter().map(|one| Value::Object(extension::row(one, true)));
            let own =
                object(&[("combination", json!(combination)), ("members", rows.collect::<Vec<_>>().into())]);
            fields.insert("extensions".into(), extension::of(own));
            self.add("indicator", fields);
        }
        for one in &pack.indicators {
            if one.group.as_deref().is_some_and(|group| !told.contains(group)) {
                let reason = "it counts only as a part of its combination, which is not written";
                written.lose(&one.id, &one.value, reason, "convert to native, which holds it");
            }
        }
    }

    fn report(&mut self, pack: &Pack) {
        let mut refs: Vec<&str> = self
            .objects
            .iter()
            .filter(|object| object["type"] == "indicator")
            .filter_map(|object| object["id"].as_str())
            .collect();
        // A report refers to one object at least (STIX 2.1, section 4.16): without indicators, to whose it is.
        if refs.is_empty() {
            refs.push(self.author.as_deref().unwrap_or(TOOL));
        }
        let name = if pack.title.is_empty() { &pack.id } else { &pack.title };
        let mut fields = object(&[
            ("name", name.as_str().into()),
            ("description", pack.summary.as_str().into()),
            ("report_types", json!(["indicator"])),
            ("published", self.at.clone().into()),
            ("object_refs", json!(refs)),
        ]);
        let references: Vec<Value> =
            pack.sources.iter().map(|source| reference(&source.title, &source.url)).collect();
        if !references.is_empty() {
            fields.insert("external_references".into(), references.into());
        }
        let own = object(&[
            ("contact", pack.contact.as_str().into()),
            ("licence", pack.licence.as_str().into()),
            ("guidance", pack.guidance.as_str().into()),
            ("products", json!(pack.products)),
            ("window", json!(pack.window)),
            ("bring", json!(pack.bring)),
            ("sources", json!(pack.sources)),
            ("sequences", json!(pack.sequences)),
        ]);
        fields.insert("extensions".into(), extension::of(filled(own)));
        self.add("report", fields);
    }
}

fn object(fields: &[(&str, Value)]) -> Map<String, Value> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// Only what says something: STIX 2.1, section 3.1, has no empty lists.
fn filled(fields: Map<String, Value>) -> Map<String, Value> {
    let empty = |value: &Value| {
        value.is_null() || value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty)
    };
    fields.into_iter().filter(|(_, value)| !empty(value)).collect()
}

/// What an indicator object says for people, and its type.
fn described(name: &str, context: &str, source: &str, severity: Severity) -> Map<String, Value> {
    let bad = severity >= Severity::Medium;
    let mut fields = object(&[
        ("name", name.into()),
        ("indicator_types", json!([if bad { "malicious-activity" } else { "anomalous-activity" }])),
        ("pattern_type", "stix".into()),
        ("pattern_version", "2.1".into()),
    ]);
    if !context.is_empty() {
        fields.insert("description".into(), context.into());
    }
    let references: Vec<Value> = source
        .split(" ; ")
        .filter(|part| !part.is_empty())
        .map(|part| if part.contains("://") { reference(part, part) } else { reference(part, "") })
        .collect();
    if !references.is_empty() {
        fields.insert("external_references".into(), references.into());
    }
    fields
}

/// An external reference (STIX 2.1, section 3.8): a name, and an address or a description.
fn reference(title: &str, url: &str) -> Value {
    let is_url = url.contains("://") && !url.contains(char::is_whitespace);
    let (key, value) = if is_url { ("url", url) } else { ("description", title) };
    json!({"source_name": title, key: value})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_has_what_the_standard_wants_of_it() {
        for pack in &crate::pack::bundled().packs {
            let written = super::super::write(pack, super::super::Form::Stix, None);
            let bundle: Value = serde_json::from_slice(&written.files[0].1).expect("JSON");
            let objects = bundle["objects"].as_array().expect("objects");
            let ids: BTreeSet<&str> = objects.iter().filter_map(|object| object["id"].as_str()).collect();
            assert_eq!(ids.len(), objects.len(), "identifiers are unique");
            for object in objects {
                let kind = object["type"].as_str().expect("a type");
                assert!(object["id"].as_str().is_some_and(|id| id.starts_with(&format!("{kind}--"))));
                let wanted: &[&str] = match kind {
                    "indicator" => &["created", "modified", "pattern", "pattern_type", "valid_from"],
                    "report" => &["created", "modified", "name", "published", "object_refs"],
                    "identity" => &["created", "modified", "name"],
                    "extension-definition" => {
                        &["created_by_ref", "name", "schema", "version", "extension_types"]
                    }
                    _ => &["created"],
                };
                for name in wanted {
                    assert!(!object[*name].is_null(), "{kind} without {name}");
                }
                let author = object["created_by_ref"].as_str();
                assert!(author.is_none_or(|id| ids.contains(id)), "{kind} by {author:?}");
                if kind == "indicator" {
                    let pattern = object["pattern"].as_str().expect("a pattern");
                    let parsed = crate::pack::stix_pattern::parse(pattern);
                    assert!(parsed.is_ok(), "{pattern}: {parsed:?}");
                    let until = object["valid_until"].as_str();
                    assert!(until.is_none_or(|until| Some(until) > object["valid_from"].as_str()));
                }
            }
        }
    }
}
