//! STIX bundles (OASIS STIX 2.0 and 2.1): indicators with their patterns, and observed objects.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Indicator, Pack, Severity, Timestamp};

use super::condition::{self, Condition};
use super::draft::{self, Draft};
use super::naming::Refusal;
use super::stix_pattern::{self, Comparison, Literal, Observation, Qualifier};
use super::{rejected, stix_extension};

/// Whether a JSON value is a bundle, or a list of STIX objects.
pub(super) fn is_stix(value: &Value) -> bool {
    let is_object = |value: &Value| {
        let id = value["id"].as_str().unwrap_or_default();
        value["type"].as_str().is_some_and(|kind| id.starts_with(&format!("{kind}--")))
    };
    is_object(value) || value.as_array().and_then(|all| all.first()).is_some_and(is_object)
}

/// Reads every indicator and observed object into `pack`.
pub(super) fn read(pack: &mut Pack, path: &str, value: &Value) {
    let objects: Vec<&Value> = match value {
        Value::Array(all) => all.iter().collect(),
        one => match one["objects"].as_array() {
            Some(all) if one["type"] == "bundle" => all.iter().collect(),
            _ => vec![one],
        },
    };
    stix_extension::about(pack, &objects);
    let context = Context::of(&objects);
    if pack.tlp.is_empty() {
        pack.tlp = context.tlp.clone();
    }
    for (number, object) in objects.iter().enumerate() {
        let name = object["id"].as_str().map_or_else(|| format!("object {}", number + 1), str::to_owned);
        let place = format!("{path}, {name}");
        match object["type"].as_str() {
            Some("indicator")
                if object["revoked"] != true && stix_extension::restore(pack, &place, object) => {}
            Some("indicator") => indicator(pack, &place, object, &context),
            Some("observed-data") => {
                let inner = object["objects"].as_object().into_iter().flat_map(|inner| inner.values());
                inner.for_each(|inner| observed(pack, &place, inner));
            }
            Some(_) => observed(pack, &place, object),
            None => {}
        }
    }
    if pack.indicators.is_empty() && pack.rejected.is_empty() {
        let reason = "the bundle has neither indicators nor observed objects";
        pack.rejected.push(rejected(path.to_owned(), "", reason, "ask the publisher for the indicators"));
    }
}

/// What a bundle says about its indicators elsewhere.
#[derive(Default)]
struct Context<'v> {
    /// Names of malware, campaigns and actors, by the id of the indicator that indicates them.
    indicates: BTreeMap<&'v str, Vec<String>>,
    tlp: String,
}

impl<'v> Context<'v> {
    fn of(objects: &[&'v Value]) -> Context<'v> {
        let mut names: BTreeMap<&str, String> = BTreeMap::new();
        let mut context = Context::default();
        for object in objects {
            let Some(id) = object["id"].as_str() else { continue };
            if let Some(name) = object["name"].as_str() {
                let kind = object["type"].as_str().unwrap_or_default().replace('-', " ");
                names.insert(id, format!("{kind} {name}"));
            }
            if let Some(tlp) = object["definition"]["tlp"].as_str() {
                context.tlp = format!("TLP:{}", tlp.to_ascii_uppercase());
            }
            for extension in object["extensions"].as_object().into_iter().flat_map(|all| all.values()) {
                if let Some(tlp) = extension["tlp_2_0"].as_str() {
                    context.tlp = format!("TLP:{}", tlp.to_ascii_uppercase());
                }
            }
        }
        for object in objects.iter().filter(|object| object["type"] == "relationship") {
            if object["relationship_type"] == "indicates"
                && let (Some(from), Some(to)) = (object["source_ref"].as_str(), object["target_ref"].as_str())
                && let Some(name) = names.get(to)
            {
                context.indicates.entry(from).or_default().push(name.clone());
            }
        }
        context
    }
}

fn indicator(pack: &mut Pack, place: &str, object: &Value, context: &Context<'_>) {
    let text = |name: &str| object[name].as_str().unwrap_or_default();
    let pattern = text("pattern");
    let mut refuse = |reason: String, hint: &str| {
        pack.rejected.push(rejected(place.to_owned(), pattern, reason, hint));
    };
    if object["revoked"] == true {
        return refuse("its publisher revoked it".into(), "nothing to do");
    }
    let language = text("pattern_type");
    if !matches!(language, "" | "stix") {
        let hint = "rules are not evaluated; write what it looks for as request-target, text or regex";
        return refuse(format!("its pattern is a rule in {language}"), hint);
    }
    let observation = match stix_pattern::parse(pattern) {
        Ok(observation) => observation,
        Err(error) => return refuse(format!("its pattern cannot be read: {error}"), "correct the pattern"),
    };
    let mut dates = [None, None];
    for (date, name) in dates.iter_mut().zip(["valid_from", "valid_until"]) {
        *date = Timestamp::parse(text(name));
        if date.is_none() && !text(name).is_empty() {
            return refuse(format!("{name} {:?} is no date", text(name)), "correct the date");
        }
    }
    let id = text("id");
    let mut about = vec![text("name").to_owned(), text("description").to_owned()];
    about.extend(context.indicates.get(id).map(|names| format!("Indicates {}.", names.join(", "))));
    if let Some(confidence) = object["confidence"].as_u64() {
        about.push(format!("Confidence {confidence} of 100."));
    }
    about.retain(|text| !text.is_empty());
    about.dedup();
    let references = object["external_references"].as_array().into_iter().flatten();
    let sources: Vec<&str> = references
        .filter_map(|reference| reference["url"].as_str().or_else(|| reference["source_name"].as_str()))
        .collect();
    let about = Indicator {
        severity: severity(object),
        valid_from: dates[0],
        valid_until: dates[1],
        context: about.join(" "),
        source: sources.join(" ; "),
        ..Indicator::default()
    };
    let title = if text("name").is_empty() { "A STIX pattern" } else { text("name") };
    let condition = observed_condition(&observation);
    condition::take(pack, place, pattern, title, &condition, &about);
}

/// STIX 2.1 `indicator_types` and 2.0 `labels` that say what a hit means.
fn severity(object: &Value) -> Severity {
    let types = ["indicator_types", "labels"].iter().filter_map(|name| object[*name].as_array()).flatten();
    let types: Vec<&str> = types.filter_map(Value::as_str).collect();
    if types.contains(&"benign") {
        Severity::Info
    } else if types.contains(&"anonymization") {
        Severity::Low
    } else {
        Severity::Medium
    }
}

fn observed_condition(observation: &Observation) -> Condition {
    let all = |parts: &[Observation]| parts.iter().map(observed_condition).collect();
    let unseen = |text: &str, reason: &str| Condition::Unseen {
        text: text.to_owned(),
        why: (reason.to_owned(), "look for its parts as indicators of their own".to_owned()),
    };
    match observation {
        Observation::One(comparison) => compared(comparison),
        Observation::Or(parts) => Condition::Any(all(parts)),
        Observation::And(parts) => Condition::Everywhere(all(parts)),
        Observation::FollowedBy(_) => unseen("FOLLOWEDBY", "the order of observations is not evaluated"),
        Observation::Qualified(inner, qualifier) => match (inner.as_ref(), qualifier) {
            // One observation is always within any time, and once is once.
            (Observation::One(_), Qualifier::Within(_)) | (_, Qualifier::Repeats(1)) => {
                observed_condition(inner)
            }
            (_, Qualifier::Within(seconds)) => {
                unseen(&format!("WITHIN {seconds} SECONDS"), "the time between observations is not evaluated")
            }
            (_, Qualifier::Repeats(times)) => {
                unseen(&format!("REPEATS {times} TIMES"), "how often something is seen is not evaluated")
            }
            (_, Qualifier::StartStop(start, stop)) => unseen(
                &format!("START {start} STOP {stop}"),
                "whether something was seen in a span of time is not decided: an indicator's own dates only weigh",
            ),
        },
    }
}

fn compared(comparison: &Comparison) -> Condition {
    match comparison {
        Comparison::Or(parts) => Condition::Any(parts.iter().map(compared).collect()),
        Comparison::And(parts) => {
            let mut all: Vec<Condition> = parts.iter().map(compared).collect();
            let has_digest =
                parts.iter().any(|part| property(part).is_some_and(|(path, _)| path.contains(":hashes.")));
            for (part, condition) in parts.iter().zip(&mut all) {
                let told =
                    property(part).is_some_and(|(path, _)| matches!(path, "file:size" | "file:mime_type"));
                if told && has_digest {
                    *condition = Condition::Implied;
                }
            }
            joined_path(parts).unwrap_or(Condition::All(all))
        }
        Comparison::Test { path, negated, operator, values } => test(path, *negated, operator, values),
    }
}

/// Path and text of an equality.
fn property(comparison: &Comparison) -> Option<(&str, &str)> {
    match comparison {
        Comparison::Test { path, negated: false, operator, values }
            if matches!(operator.as_str(), "=" | "==") =>
        {
            match values.as_slice() {
                [Literal::Text(text) | Literal::Number(text)] => Some((path, text)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A file's name and folder, compared together, are its path.
fn joined_path(parts: &[Comparison]) -> Option<Condition> {
    let [one, other] = parts else { return None };
    let (one, other) = (property(one)?, property(other)?);
    let (name, folder) = match (one.0, other.0) {
        ("file:name", "file:parent_directory_ref.path") => (one.1, other.1),
        ("file:parent_directory_ref.path", "file:name") => (other.1, one.1),
        _ => return None,
    };
    let slash = if folder.contains('\\') { '\\' } else { '/' };
    let value = format!("{}{slash}{name}", folder.trim_end_matches(slash));
    Some(Condition::Value { name: "file-path".into(), value })
}

fn test(path: &str, negated: bool, operator: &str, values: &[Literal]) -> Condition {
    let shown = format!("{path} {}{operator}", if negated { "NOT " } else { "" });
    let unseen = |reason: String, hint: &str| Condition::Unseen {
        text: shown.clone(),
        why: (reason, hint.to_owned()),
    };
    if negated || matches!(operator, "!=" | "<>" | "<" | ">" | "<=" | ">=" | "EXISTS" | "ISSUPERSET") {
        return unseen(
            format!("the comparison {shown} is not evaluated: evidence shows what is there, value by value"),
            "write the values that are meant",
        );
    }
    if path.ends_with("_ref.type") || (path.contains("_refs[") && path.ends_with("].type")) {
        return Condition::Implied;
    }
    let Some(name) = named(path) else {
        let (reason, hint) = unseen_property(path);
        return unseen(reason, &hint);
    };
    let texts: Option<Vec<&str>> = values
        .iter()
        .map(|value| match value {
            Literal::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let Some(texts) = texts else {
        return unseen(format!("{path} is compared with something that is no text"), "correct the pattern");
    };
    match operator {
        "=" | "==" | "IN" => {
            let all = texts
                .iter()
                .map(|text| Condition::Value { name: file_name(name, text), value: (*text).to_owned() });
            let mut all: Vec<Condition> = all.collect();
            if all.len() == 1 { all.remove(0) } else { Condition::Any(all) }
        }
        "ISSUBSET" => Condition::Value { name: "ip".into(), value: texts.concat() },
        "LIKE" => like(name, &texts.concat()).unwrap_or_else(|| {
            unseen(format!("LIKE on {path} is not evaluated in this form"), "write it as text or regex")
        }),
        "MATCHES" if !texts.concat().contains(['^', '$']) => {
            Condition::Value { name: "regex".into(), value: texts.concat() }
        }
        _ => unseen(
            format!("{operator} on {path} is tied to the ends of its field, and lines are searched"),
            "write it as a regex over a line",
        ),
    }
}

/// `LIKE` where it says what a kind of indicator says too.
fn like(name: &str, pattern: &str) -> Option<Condition> {
    let value = |name: &str, value: &str| Some(Condition::Value { name: name.into(), value: value.into() });
    if !pattern.contains(['%', '_']) {
        return value(name, pattern);
    }
    if name == "domain" {
        let rest = pattern.strip_prefix("%.")?;
        return if rest.contains(['%', '_']) { None } else { value("domain", rest) };
    }
    let middle = pattern.strip_prefix('%')?.strip_suffix('%')?;
    if middle.contains(['%', '_']) || middle.len() < 4 { None } else { value("text", middle) }
}

/// A name with a path in it is a path.
fn file_name(name: &str, value: &str) -> String {
    if name == "file-name" && value.contains(['/', '\\']) { "file-path".into() } else { name.into() }
}

/// The kind of value that an object path names.
fn named(path: &str) -> Option<&'static str> {
    if let Some((_, algorithm)) = path.split_once(":hashes.").or_else(|| path.split_once(".hashes.")) {
        return match algorithm.trim_matches('\'').to_ascii_uppercase().as_str() {
            "MD5" => Some("md5"),
            "SHA-1" | "SHA1" => Some("sha1"),
            "SHA-256" | "SHA256" => Some("sha256"),
            _ => None,
        };
    }
    let name = match path {
        "file:name" | "process:name" | "process:image_ref.name" => "file-name",
        "file:path" | "directory:path" | "file:parent_directory_ref.path" | "process:image_ref.path" => {
            "file-path"
        }
        "ipv4-addr:value" | "ipv6-addr:value" => "ip",
        "domain-name:value" | "hostname:value" => "domain",
        "url:value" => "url",
        "email-addr:value" => "email",
        "email-message:subject" | "email-message:body" | "process:command_line" => "text",
        "user-agent:value" | "http-request-ext:user_agent" => "user-agent",
        _ if path.starts_with("email-message:") && path.ends_with("_ref.value") => "email",
        _ if path.starts_with("email-message:") && path.ends_with("_refs[*].value") => "email",
        _ if path.starts_with("network-traffic:") && path.contains("'User-Agent'") => "user-agent",
        _ if path.starts_with("network-traffic:") && path.ends_with("request_value") => "request-target",
        _ if path.starts_with("network-traffic:") && path.ends_with("_ref.value") => "",
        _ if path.starts_with("domain-name:resolves_to_refs") && path.ends_with(".value") => "",
        _ => return None,
    };
    Some(name)
}

fn unseen_property(path: &str) -> Refusal {
    let kind = path.split(':').next().unwrap_or(path);
    let reason = match kind {
        "windows-registry-key" | "mutex" | "process" => {
            format!("{path} shows in the memory or the registry of a running system, which logs seldom quote")
        }
        "network-traffic" => format!("{path} is not read from evidence yet"),
        _ => format!("{path} is not something that evidence shows"),
    };
    (reason, "add a value of its own that logs show, if there is one".to_owned())
}

/// An observed object: somebody saw it, which does not say that it is bad.
fn observed(pack: &mut Pack, place: &str, object: &Value) {
    let mut take = |name: &str, value: &str| {
        let about = Indicator {
            severity: Severity::Low,
            context: "An observed object: its publisher saw it, and does not say here that it is malicious."
                .into(),
            ..Indicator::default()
        };
        let (place, name, value) = (place.to_owned(), name.to_owned(), value.to_owned());
        draft::take(pack, Draft { place, name, value, about });
    };
    let value = object["value"].as_str();
    match (object["type"].as_str().unwrap_or_default(), value) {
        ("ipv4-addr" | "ipv6-addr", Some(value)) => take("ip", value),
        ("domain-name", Some(value)) => take("domain", value),
        ("url", Some(value)) => take("url", value),
        ("email-addr", Some(value)) => take("email", value),
        ("file" | "artifact", _) => {
            let digests = object["hashes"].as_object().into_iter().flatten();
            let digests: Vec<(String, &str)> = digests
                .filter_map(|(algorithm, value)| Some((algorithm.to_ascii_lowercase(), value.as_str()?)))
                .collect();
            for (algorithm, value) in &digests {
                take(algorithm, value);
            }
            if let Some(name) = object["name"].as_str().filter(|_| digests.is_empty()) {
                take(&file_name("file-name", name), name);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Pack {
        let mut pack = Pack { id: "s".into(), ..Pack::default() };
        read(&mut pack, "b.json", &serde_json::from_str(text).expect("JSON"));
        pack
    }

    fn with_pattern(pattern: &str) -> Pack {
        let object = serde_json::json!({
            "type": "bundle", "id": "bundle--1",
            "objects": [{"type": "indicator", "id": "indicator--1", "pattern": pattern, "name": "n"}],
        });
        read_text(&object.to_string())
    }

    #[test]
    fn patterns_become_indicators_or_say_why_not() {
        for (pattern, taken, refused, combined) in [
            ("[domain-name:value = 'evil.com']", 1, 0, 0),
            ("[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e' AND file:size = 0]", 1, 0, 0),
            ("[ipv4-addr:value IN ('1.2.3.4', '1.2.3.5')]", 2, 0, 0),
            (
                "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '1.2.3.4']",
                1,
                0,
                0,
            ),
            ("[network-traffic:dst_ref.value = '1.2.3.4' AND network-traffic:dst_port = 443]", 0, 1, 0),
            (
                "[domain-name:value = 'evil.com' AND domain-name:resolves_to_refs[*].value = '1.2.3.4']",
                2,
                0,
                1,
            ),
            ("[url:value = 'http://evil.com/x'] AND [ipv4-addr:value = '1.2.3.4']", 2, 0, 1),
            ("[a:b = '1'] FOLLOWEDBY [c:d = '2']", 0, 1, 0),
            ("[file:name = 'x.php' AND file:parent_directory_ref.path = '/tmp']", 1, 0, 0),
            ("[domain-name:value != 'good.com']", 0, 1, 0),
            ("[domain-name:value = ", 0, 1, 0),
        ] {
            let pack = with_pattern(pattern);
            let seen = (pack.indicators.len(), pack.rejected.len(), pack.combinations.len());
            assert_eq!(seen, (taken, refused, combined), "{pattern}: {:?}", pack.rejected);
        }
    }

    #[test]
    fn a_span_of_time_around_a_pattern_is_refused_with_its_reason_and_never_loosened() {
        let span = "START t'2020-12-16T10:00:00Z' STOP t'2020-12-17T10:00:00Z'";
        for pattern in [
            format!("[domain-name:value = 'evil.com'] {span}"),
            format!("([domain-name:value = 'evil.com'] AND [ipv4-addr:value = '1.2.3.4']) {span}"),
            format!("([domain-name:value = 'evil.com'] {span}) AND [ipv4-addr:value = '1.2.3.4']"),
        ] {
            let pack = with_pattern(&pattern);
            assert_eq!((pack.indicators.len(), pack.rejected.len()), (0, 1), "{pattern}");
            let told = &pack.rejected[0];
            assert!(told.reason.contains("span of time") && told.text.contains("START"), "{told:?}");
        }
        let pack =
            with_pattern(&format!("[domain-name:value = 'a.com'] {span} OR [ipv4-addr:value = '1.2.3.4']"));
        assert_eq!(
            (pack.indicators.len(), pack.rejected.len()),
            (1, 1),
            "the other alternative stands alone"
        );
        assert!(pack.indicators[0].valid_from.is_none());
    }

    #[test]
    fn revoked_ones_are_refused_and_relations_give_the_context() {
        let pack = read_text(
            r#"{"type":"bundle","id":"bundle--1","objects":[
            {"type":"malware","id":"malware--1","name":"DEWMODE"},
            {"type":"indicator","id":"indicator--1","pattern":"[domain-name:value = 'a.com']","valid_from":"2020-12-16T00:00:00Z"},
            {"type":"indicator","id":"indicator--2","pattern":"[domain-name:value = 'b.com']","revoked":true},
            {"type":"relationship","id":"relationship--1","relationship_type":"indicates","source_ref":"indicator--1","target_ref":"malware--1"}]}"#,
        );
        assert_eq!((pack.indicators.len(), pack.rejected.len()), (1, 1));
        assert!(pack.indicators[0].context.contains("DEWMODE"));
        assert!(pack.indicators[0].valid_from.is_some());
    }
}
