//! The findings as a STIX 2.1 bundle: what was looked for (indicator), what was seen (observed-data over
//! cyber-observable objects), that the one met the other (sighting), and the answer (report).
//!
//! What this does not hold: (1) places inside a file, excerpts and the ledger, for which STIX has no property; the JSON
//! report has them; (2) artifacts in which nothing was found.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::model::{Finding, Kind, Outcome, Report, Sighting, identifier, observable_identifier};

use super::words;

/// Patterns of what findings are about, by the id of the indicator or combination.
pub type Patterns = BTreeMap<String, String>;

/// The findings as STIX. A finding whose indicator has no pattern, such as a sequence, is told in a note.
pub fn stix(report: &Report, patterns: &Patterns) -> String {
    let at = report.provenance.environment.started.and_then(|at| at.utc());
    let at = at.unwrap_or_else(|| "1970-01-01T00:00:00.000Z".to_owned());
    let mut bundle = Bundle { at, author: String::new(), objects: BTreeMap::new(), order: Vec::new() };
    let made = &report.provenance;
    bundle.author = bundle.add(
        "identity",
        json!({"name": format!("{} {}", made.tool, made.version).trim(), "identity_class": "system"}),
    );
    for finding in &report.findings {
        bundle.finding(report, finding, patterns);
    }
    let mut refs = bundle.order.clone();
    refs.dedup();
    let mut said = vec![report.sentence.clone()];
    said.extend(report.reasons.iter().cloned());
    bundle.add(
        "report",
        json!({
            "name": format!("Belljar: {}", report.verdict.title()), "description": said.join("\n"),
            "labels": [report.verdict.as_str()], "report_types": ["observed-data"], "published": bundle.at, "object_refs": refs,
        }),
    );
    let objects: Vec<&Value> = bundle.order.iter().filter_map(|id| bundle.objects.get(id)).collect();
    let id = identifier(&format!("bundle {}", bundle.order.join(" ")));
    let whole = json!({"type": "bundle", "id": format!("bundle--{id}"), "objects": objects});
    serde_json::to_string_pretty(&whole).expect("plain data") + "\n"
}

/// Objects in the making, each once.
struct Bundle {
    at: String,
    author: String,
    objects: BTreeMap<String, Value>,
    order: Vec<String>,
}

impl Bundle {
    /// Adds a domain or relationship object.
    fn add(&mut self, kind: &str, fields: Value) -> String {
        let mut object = fields.as_object().cloned().unwrap_or_default();
        object.insert("type".into(), kind.into());
        object.insert("spec_version".into(), "2.1".into());
        object.insert("created".into(), self.at.clone().into());
        object.insert("modified".into(), self.at.clone().into());
        if !self.author.is_empty() {
            object.insert("created_by_ref".into(), self.author.clone().into());
        }
        let id = format!("{kind}--{}", identifier(&Value::Object(object.clone()).to_string()));
        self.put(id, object)
    }

    /// Adds a cyber-observable object, whose identifier follows from the properties that make it what it is.
    fn observable(&mut self, kind: &str, fields: Value, identity: &Value) -> String {
        let mut object = fields.as_object().cloned().unwrap_or_default();
        object.insert("type".into(), kind.into());
        object.insert("spec_version".into(), "2.1".into());
        let id = format!("{kind}--{}", observable_identifier(&identity.to_string()));
        self.put(id, object)
    }

    fn put(&mut self, id: String, mut object: Map<String, Value>) -> String {
        object.insert("id".into(), id.clone().into());
        if self.objects.insert(id.clone(), Value::Object(object)).is_none() {
            self.order.push(id.clone());
        }
        id
    }

    fn finding(&mut self, report: &Report, finding: &Finding, patterns: &Patterns) {
        let mut refs: BTreeSet<String> = BTreeSet::new();
        for sighting in &finding.sightings {
            refs.insert(self.file(report, &sighting.artifact));
            refs.extend(self.value(sighting));
        }
        let refs: Vec<String> = refs.into_iter().collect();
        let told = described(finding);
        let Some(pattern) = patterns.get(&finding.indicator) else {
            if !refs.is_empty() {
                self.add("note", json!({"abstract": finding.title, "content": told, "object_refs": refs}));
            }
            return;
        };
        let first = finding.first_time.and_then(|at| at.utc());
        let last = finding.last_time.and_then(|at| at.utc());
        let indicator = self.add(
            "indicator",
            json!({
                "name": finding.title, "pattern": pattern, "pattern_type": "stix", "pattern_version": "2.1",
                "valid_from": first.clone().unwrap_or_else(|| self.at.clone()), "indicator_types": ["malicious-activity"],
            }),
        );
        let mut sighting = json!({
            "sighting_of_ref": indicator, "count": finding.count.clamp(1, 999_999_999), "description": told,
            "where_sighted_refs": [self.author],
        });
        if !refs.is_empty() {
            let observed = self.add(
                "observed-data",
                json!({
                    "first_observed": first.clone().unwrap_or_else(|| self.at.clone()),
                    "last_observed": last.clone().or_else(|| first.clone()).unwrap_or_else(|| self.at.clone()),
                    "number_observed": finding.count.clamp(1, 999_999_999), "object_refs": refs,
                }),
            );
            sighting["observed_data_refs"] = json!([observed]);
        }
        if let Some(first) = first {
            sighting["last_seen"] = last.unwrap_or_else(|| first.clone()).into();
            sighting["first_seen"] = first.into();
        }
        self.add("sighting", sighting);
    }

    /// The artifact a value was seen in, with its digests.
    fn file(&mut self, report: &Report, artifact: &str) -> String {
        let known = report.coverage.artifacts.iter().find(|known| known.artifact == artifact);
        let mut fields = json!({"name": artifact});
        let mut identity = json!({"name": artifact});
        if let Some(known) = known {
            let digests = &known.digests;
            let all = [("MD5", &digests.md5), ("SHA-1", &digests.sha1), ("SHA-256", &digests.sha256)];
            let all: Vec<_> = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            let hashes: Map<String, Value> =
                all.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
            fields["size"] = known.size.into();
            // Of several digests the first of the standard's list makes the identifier (STIX 2.1, section 2.9).
            if let Some((name, value)) = all.first() {
                identity["hashes"] = json!({*name: value});
                fields["hashes"] = hashes.into();
            }
        }
        self.observable("file", fields, &identity)
    }

    /// The value that was seen, where STIX has an object for its kind.
    fn value(&mut self, sighting: &Sighting) -> Option<String> {
        let seen = |value: &str| json!({"value": value});
        let (kind, fields) = match sighting.kind {
            Kind::Ipv4 => ("ipv4-addr", seen(&sighting.value)),
            Kind::Ipv6 => ("ipv6-addr", seen(&sighting.value)),
            Kind::Cidr => match sighting.observed.parse() {
                Ok(std::net::IpAddr::V4(address)) => ("ipv4-addr", seen(&address.to_string())),
                Ok(std::net::IpAddr::V6(address)) => ("ipv6-addr", seen(&address.to_string())),
                Err(_) => return None,
            },
            Kind::Domain => ("domain-name", seen(&sighting.value)),
            Kind::Url => ("url", seen(&sighting.value)),
            Kind::Email => ("email-addr", seen(&sighting.value)),
            Kind::FileName => ("file", json!({"name": sighting.value})),
            _ => return None,
        };
        let identity = fields.clone();
        Some(self.observable(kind, fields, &identity))
    }
}

/// A finding for people.
fn described(finding: &Finding) -> String {
    let mut lines = vec![format!("{} ({})", finding.title, words::grade(finding))];
    if finding.outcome != Outcome::Unknown {
        lines.push(format!("Outcome: {}.", words::outcome(finding.outcome)));
    }
    lines.extend([finding.why.clone()]);
    lines.extend(finding.weighing.iter().cloned());
    lines.extend(finding.sightings.iter().take(5).map(|one| {
        let line = one.line.map(|line| format!(", line {line}")).unwrap_or_default();
        format!("Seen in {}{line}.", one.artifact)
    }));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}
