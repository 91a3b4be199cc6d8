//! What Belljar says in a STIX bundle beside the standard's own properties: a property extension (STIX 2.1, section 7.3).
//!
//! It is believed only where it says what the object itself says: pattern and dates are made from it anew, and where
//! somebody changed the object since, the object counts and the extension does not.

use serde_json::{Map, Value};

use crate::model::{Combination, Indicator, Pack, PackSource, Timestamp};

use super::draft::{self, Draft};
use super::stix_equivalence::equivalent;
use super::{stix_pattern, write};

/// The extension's identifier.
pub(super) const ID: &str = "extension-definition--3f0c9c1e-5b63-4d0b-8f0e-7d2b6c1a9e44";

/// The extension, with the members of `own`.
pub(super) fn of(own: Map<String, Value>) -> Value {
    let mut inner = own;
    inner.insert("extension_type".into(), "property-extension".into());
    let mut all = Map::new();
    all.insert(ID.into(), Value::Object(inner));
    Value::Object(all)
}

/// An indicator as the extension says it: without its id, and without what the object says.
pub(super) fn row(indicator: &Indicator, with_context: bool) -> Map<String, Value> {
    let Ok(Value::Object(mut row)) = serde_json::to_value(indicator) else { return Map::new() };
    row.remove("id");
    if !with_context {
        row.remove("context");
    }
    row
}

fn indicator(row: &Value, context: &str) -> Option<Indicator> {
    let mut row = row.as_object()?.clone();
    row.insert("id".into(), "".into());
    row.entry("context").or_insert_with(|| context.into());
    serde_json::from_value(Value::Object(row)).ok()
}

/// The dates of an object: when it begins to be valid, and when it ends, later than that (STIX 2.1, section 4.7).
pub(super) fn dates(indicator: &Indicator, created: &str) -> (String, Option<String>) {
    let until = indicator.valid_until.and_then(|at| at.utc());
    let from = indicator.valid_from.and_then(|at| at.utc()).unwrap_or_else(|| created.to_owned());
    match until {
        Some(until) if until > from => (from, Some(until)),
        // Both ends of a span belong to it here, and the second does not in STIX.
        Some(until) if until == from => {
            let later = Timestamp::parse(&until).and_then(|at| {
                Timestamp { nanos: at.nanos.saturating_add(1_000_000).min(999_000_000), ..at }.utc()
            });
            (from, later)
        }
        Some(until) if indicator.valid_from.is_none() => ("1970-01-01T00:00:00.000Z".to_owned(), Some(until)),
        _ => (from, None),
    }
}

/// Takes an indicator object into the pack as its extension says it; tells whether that was possible.
pub(super) fn restore(pack: &mut Pack, place: &str, object: &Value) -> bool {
    let own = &object["extensions"][ID];
    let text = |name: &str| object[name].as_str().unwrap_or_default();
    if !own.is_object() {
        return false;
    }
    let context = text("description");
    if own["combination"].is_object() {
        let Ok(combination) = serde_json::from_value::<Combination>(own["combination"].clone()) else {
            return false;
        };
        let members = own["members"].as_array().into_iter().flatten().map(|row| indicator(row, ""));
        let Some(members) = members.collect::<Option<Vec<Indicator>>>() else { return false };
        let same = write::combined(&combination, &members.iter().collect::<Vec<_>>());
        if !same.is_ok_and(|same| means(&same, text("pattern"))) || members.is_empty() {
            return false;
        }
        let understood = |one: &Indicator| draft::understand(one.kind.as_str(), &one.value).is_ok();
        if !members.iter().all(understood) {
            return false;
        }
        for member in members {
            take(pack, place, Indicator { group: Some(combination.id.clone()), ..member });
        }
        pack.combinations.push(combination);
        return true;
    }
    let Some(one) = indicator(own, context) else { return false };
    let (from, until) = dates(&one, text("created"));
    let same_dates = from == text("valid_from") && until.as_deref() == object["valid_until"].as_str();
    let same = write::one(&one).is_ok_and(|same| means(&same, text("pattern")));
    if !same || !same_dates || one.group.is_some() {
        return false;
    }
    take(pack, place, one);
    true
}

/// Other programs write a pattern with other blanks and brackets.
fn means(one: &str, other: &str) -> bool {
    let parsed = (stix_pattern::parse(one), stix_pattern::parse(other));
    one == other || matches!(parsed, (Ok(one), Ok(other)) if equivalent(&one, &other))
}

fn take(pack: &mut Pack, place: &str, about: Indicator) {
    let (name, value) = (about.kind.as_str().to_owned(), about.value.clone());
    draft::take(pack, Draft { place: place.to_owned(), name, value, about });
}

/// What a bundle's one report says about the whole: title, summary, publisher, sources, and what the extension adds.
pub(super) fn about(pack: &mut Pack, objects: &[&Value]) {
    let mut reports = objects.iter().filter(|object| object["type"] == "report");
    let (Some(report), None) = (reports.next(), reports.next()) else { return };
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    if !text(report, "name").is_empty() {
        pack.title = text(report, "name");
    }
    if report["description"].is_string() {
        pack.summary = text(report, "description");
    }
    let author =
        objects.iter().find(|object| object["id"].is_string() && object["id"] == report["created_by_ref"]);
    if let Some(author) = author {
        pack.publisher = text(author, "name");
    }
    let references = report["external_references"].as_array().into_iter().flatten();
    pack.sources =
        references.map(|one| PackSource { title: text(one, "source_name"), url: text(one, "url") }).collect();
    let own = &report["extensions"][ID];
    if !own.is_object() {
        return;
    }
    (pack.contact, pack.licence, pack.guidance) =
        (text(own, "contact"), text(own, "licence"), text(own, "guidance"));
    pack.products = listed(own, "products");
    pack.bring = listed(own, "bring");
    pack.sources = listed(own, "sources");
    pack.sequences = listed(own, "sequences");
    pack.window = serde_json::from_value(own["window"].clone()).unwrap_or_default();
}

fn listed<T: serde::de::DeserializeOwned>(own: &Value, name: &str) -> Vec<T> {
    serde_json::from_value(own[name].clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    fn bundle(change: impl Fn(&mut Value)) -> Pack {
        let mut pack = Pack { id: "p".into(), title: "T".into(), ..Pack::default() };
        pack.indicators.push(Indicator {
            id: "p#1".into(),
            kind: Kind::RequestTarget,
            value: "*.html?dwn=".into(),
            method: Some("POST".into()),
            valid_from: Timestamp::parse("2020-12-16"),
            context: "A shell.".into(),
            ..Indicator::default()
        });
        let written = write::write(&pack, write::Form::Stix, None);
        let mut bundle: Value = serde_json::from_slice(&written.files[0].1).expect("JSON");
        bundle["objects"].as_array_mut().expect("objects").iter_mut().for_each(change);
        crate::pack::read("p.json", vec![("p.json".into(), bundle.to_string().into_bytes())])
    }

    #[test]
    fn the_extension_counts_only_as_long_as_it_says_what_the_object_says() {
        let read = bundle(|_| ());
        assert_eq!(read.indicators[0].value, "*.html?dwn=");
        assert_eq!(
            read.indicators[0].valid_from.map(|at| at.to_string()).as_deref(),
            Some("2020-12-16T00:00:00")
        );
        let read = bundle(|object| {
            if object["type"] == "indicator" {
                object["pattern"] = "[domain-name:value = 'evil.com']".into();
            }
        });
        assert_eq!((read.indicators[0].kind, read.indicators[0].value.as_str()), (Kind::Domain, "evil.com"));
        let read = bundle(|object| {
            if object["type"] == "indicator" {
                object["revoked"] = true.into();
            }
        });
        assert_eq!((read.indicators.len(), read.rejected.len()), (0, 1));
    }

    #[test]
    fn a_span_of_one_moment_ends_a_millisecond_later() {
        let at = Timestamp::parse("2020-12-16");
        let one = Indicator { valid_from: at, valid_until: at, ..Indicator::default() };
        let (from, until) = dates(&one, "");
        assert_eq!(
            (from.as_str(), until.as_deref()),
            ("2020-12-16T00:00:00.000Z", Some("2020-12-16T00:00:00.001Z"))
        );
    }
}
