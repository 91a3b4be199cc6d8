//! Suites about taking values out of text, and about undoing what makes them harmless.

use std::collections::BTreeSet;

use belljar::model::Kind;
use belljar::pack::{canonical, extract, refang};
use serde_json::Value;

use super::Case;

/// The kind that a peer's name for a type means, if Belljar has it.
fn kind_of(name: &str) -> Option<Kind> {
    Some(match name {
        "urls" | "urls_complete" | "url" => Kind::Url,
        "domains" | "dns" => Kind::Domain,
        "ipv4s" | "ipv4" => Kind::Ipv4,
        "ipv6s" | "ipv6" => Kind::Ipv6,
        "ipv4_cidrs" => Kind::Cidr,
        "email_addresses" | "email_addresses_complete" | "email" => Kind::Email,
        "md5s" | "md5_hash" => Kind::Md5,
        "sha1s" | "sha1_hash" => Kind::Sha1,
        "sha256s" | "sha256_hash" => Kind::Sha256,
        _ => return None,
    })
}

/// What Belljar takes out of `text`, by kind.
fn taken(text: &str, kind: Kind) -> Vec<String> {
    extract(text).into_iter().filter(|one| one.kind == kind).map(|one| one.value).collect()
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(all) => all.iter().flat_map(texts).collect(),
        Value::Object(all) => all.values().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        _ => Vec::new(),
    }
}

/// The canonical form of what a peer expects; its own form where it has none.
fn form(kind: Kind, value: &str) -> String {
    let bare = || canonical(kind, &format!("http://{value}")).ok().filter(|_| !value.contains('@'));
    canonical(kind, value).ok().or_else(bare).unwrap_or_else(|| value.to_owned())
}

/// Compares what is found with what a peer expects of one type.
fn compare(case: &mut Case, name: &str, expected: &[String], exact: bool) {
    let text = case.input.clone();
    let Some(kind) = kind_of(name) else {
        expected.iter().for_each(|value| case.differs(name, format!("missing {value}")));
        return;
    };
    let found: BTreeSet<String> = taken(&text, kind).into_iter().collect();
    let wanted: BTreeSet<String> = expected.iter().map(|value| form(kind, value)).collect();
    for value in wanted.difference(&found) {
        let word = if covered(&text, kind, value) { "inside another value" } else { "missing" };
        case.differs(name, format!("{word} {value}"));
    }
    if exact {
        found.difference(&wanted).for_each(|value| case.differs(name, format!("extra {value}")));
    }
}

/// Whether a name or an address is part of a URL, a mail address or a block that was taken.
fn covered(text: &str, kind: Kind, value: &str) -> bool {
    let wider: &[Kind] = match kind {
        Kind::Domain => &[Kind::Url, Kind::Email],
        Kind::Ipv4 | Kind::Ipv6 => &[Kind::Url, Kind::Cidr, Kind::Email],
        _ => return false,
    };
    wider.iter().any(|kind| taken(text, *kind).iter().any(|whole| whole.to_lowercase().contains(value)))
}

fn asserts(case: &mut Case, line: &Value) {
    for assert in line["expected"]["asserts"].as_array().into_iter().flatten() {
        let (Some(name), Some(op)) = (assert["type"].as_str(), assert["op"].as_str()) else { continue };
        let value = &assert["value"];
        match op {
            "equals" | "equals_as_set" => compare(case, name, &texts(value), true),
            "contains" => compare(case, name, &texts(value), false),
            "not_contains" => {
                let found = kind_of(name).map(|kind| taken(&case.input, kind)).unwrap_or_default();
                if texts(value).iter().any(|value| found.contains(value)) {
                    case.differs(name, format!("extra {value}"));
                }
            }
            "count_eq" | "count_gt" => {
                let found = kind_of(name).map_or(0, |kind| taken(&case.input, kind).len() as u64);
                let wanted = value.as_u64().unwrap_or_default();
                if !(found == wanted || (op == "count_gt" && found > wanted)) {
                    case.differs(name, format!("count {found} of {wanted}"));
                }
            }
            other => case.differs(name, format!("assert {other}")),
        }
    }
}

fn first_type(line: &Value) -> String {
    let exact = line["expected"]["exact"].as_object();
    let one = exact.filter(|all| all.len() == 1).and_then(|all| all.keys().next().cloned());
    let asserted: BTreeSet<&str> = line["expected"]["asserts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|assert| assert["type"].as_str())
        .collect();
    match (one, asserted.len()) {
        (Some(one), _) => one,
        (None, 1) => asserted.into_iter().next().unwrap_or_default().to_owned(),
        _ => "several".to_owned(),
    }
}

/// Text in, values of every type out.
pub(super) fn ioc_finder(line: &Value) -> Case {
    let text = line["input"].as_str().unwrap_or_default();
    let mut case = Case::new(line, first_type(line), text);
    asserts(&mut case, line);
    if let Some(exact) = line["expected"]["exact"].as_object() {
        for (name, values) in exact {
            compare(&mut case, name, &texts(values), true);
        }
        if line["params"]["included_ioc_types"].is_null() {
            for name in [
                "urls",
                "domains",
                "ipv4s",
                "ipv6s",
                "ipv4_cidrs",
                "email_addresses",
                "md5s",
                "sha1s",
                "sha256s",
            ] {
                if !exact.contains_key(name) && !exact.contains_key(&format!("{name}_complete")) {
                    compare(&mut case, name, &[], true);
                }
            }
        }
    }
    case
}

/// Harmless form in, plain form out.
pub(super) fn ioc_fanger(line: &Value) -> Case {
    let text = line["input"].as_str().unwrap_or_default();
    let operation = line["operation"].as_str().unwrap_or_default();
    let mut case = Case::new(line, operation, text);
    let wanted = line["expected"]["asserts"][0]["value"].as_str().unwrap_or_default();
    if operation != "fang" {
        case.differs(operation, "not done");
    } else if refang(text) != wanted {
        let found = refang(text).into_owned();
        let values = |text: &str| -> BTreeSet<(Kind, String)> {
            extract(text).into_iter().map(|one| (one.kind, one.value)).collect()
        };
        let same = values(text) == values(wanted) && !values(wanted).is_empty();
        case.differs(operation, if same { "same values".to_owned() } else { format!("gave {found}") });
    }
    case
}

/// One operation a kind; the peer gives values as they were written.
pub(super) fn iocextract(line: &Value) -> Case {
    let text = line["input"].as_str().unwrap_or_default();
    let operation = line["operation"].as_str().unwrap_or_default();
    let mut case = Case::new(line, operation, text);
    let assert = &line["expected"]["asserts"][0];
    let kinds: &[Kind] = match operation {
        "extract_urls" | "extract_encoded_urls" => &[Kind::Url, Kind::Domain],
        "extract_emails" => &[Kind::Email],
        "extract_ipv4s" => &[Kind::Ipv4],
        "extract_ipv6s" => &[Kind::Ipv6],
        "extract_ips" => &[Kind::Ipv4, Kind::Ipv6],
        "extract_md5_hashes" => &[Kind::Md5],
        "extract_sha1_hashes" => &[Kind::Sha1],
        "extract_iocs" => &[Kind::Url, Kind::Ipv4, Kind::Ipv6, Kind::Email],
        "refang_data" | "refang_email" => {
            let wanted = assert["value"].as_str().unwrap_or_default();
            if refang(text.trim()) != wanted.trim() {
                case.differs(operation, format!("gave {} for {wanted}", refang(text)));
            }
            return case;
        }
        other => {
            case.differs(other, "not done");
            return case;
        }
    };
    let found: Vec<String> = kinds.iter().flat_map(|kind| taken(text, *kind)).collect();
    match (assert["op"].as_str().unwrap_or_default(), &assert["value"]) {
        ("count_eq", count) => {
            if Some(found.len() as u64) != count.as_u64() {
                case.differs(operation, format!("count {} of {count}: {found:?}", found.len()));
            }
        }
        (op, value) => {
            let written = value.as_str().unwrap_or_default();
            let wanted = kinds.iter().find_map(|kind| canonical(*kind, written).ok());
            let bare = || canonical(Kind::Url, &format!("http://{}", refang(written))).ok();
            let wanted =
                wanted.or_else(|| bare().filter(|_| operation == "extract_urls" && !written.contains("//")));
            let wanted = wanted.unwrap_or_else(|| format!("(no canonical form) {written}"));
            let there =
                if op == "first_equals" { found.first() == Some(&wanted) } else { found.contains(&wanted) };
            if !there {
                case.differs(operation, format!("wanted {wanted}, found {found:?}"));
            }
        }
    }
    case
}

/// Text in, numbers of values out.
pub(super) fn msticpy(line: &Value) -> Case {
    let mut case = Case::new(line, first_type(line), line["input"].as_str().unwrap_or_default());
    asserts(&mut case, line);
    case
}

/// Values of types that Belljar does not search for.
pub(super) fn iocsearcher(line: &Value) -> Case {
    msticpy(line)
}
