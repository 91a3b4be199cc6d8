//! Suites about STIX patterns.

use belljar::pack::{stix_equivalence, stix_match, stix_pattern};
use serde_json::Value;

use super::Case;

/// Is it a pattern?
pub(super) fn validator(line: &Value) -> Case {
    let pattern = line["input"].as_str().unwrap_or_default();
    let operation = line["operation"].as_str().unwrap_or_default();
    let version = line["stix_version"].as_str().unwrap_or_default();
    let mut case = Case::new(line, format!("{operation} {version}"), pattern);
    let wanted = line["expected"]["valid"].as_bool().unwrap_or(true);
    match stix_pattern::parse(pattern) {
        Ok(_) if !wanted => case.differs(operation, "taken"),
        Err(error) if wanted => case.differs(operation, format!("refused: {error}")),
        _ => {}
    }
    case
}

/// Does it match the observations?
pub(super) fn matcher(line: &Value) -> Case {
    let pattern = line["input"]["pattern"].as_str().unwrap_or_default();
    let version = line["stix_version"].as_str().unwrap_or_default();
    let mut case = Case::new(line, format!("match {version}"), pattern);
    let none = Vec::new();
    let observations = line["input"]["observations"].as_array().unwrap_or(&none);
    let found = stix_pattern::parse(pattern).and_then(|pattern| stix_match::matches(&pattern, observations));
    match (found, line["expected"]["match"].as_bool()) {
        (Ok(found), Some(wanted)) if found != wanted => case.differs("match", format!("gave {found}")),
        (Ok(found), None) => case.differs("match", format!("gave {found} for an error")),
        (Err(error), Some(_)) => case.differs("match", format!("refused: {error}")),
        _ => {}
    }
    case
}

/// Do two patterns mean the same?
pub(super) fn equivalence(line: &Value) -> Case {
    let pattern = |name: &str| line["input"][name].as_str().unwrap_or_default();
    let mut case = Case::new(line, "equivalent", format!("{} {}", pattern("a"), pattern("b")));
    let wanted = line["expected"]["equivalent"].as_bool().unwrap_or_default();
    match (stix_pattern::parse(pattern("a")), stix_pattern::parse(pattern("b"))) {
        (Ok(a), Ok(b)) => {
            if stix_equivalence::equivalent(&a, &b) != wanted {
                case.differs("equivalent", format!("not {wanted}"));
            }
        }
        (Err(error), _) | (_, Err(error)) => case.differs("equivalent", format!("refused: {error}")),
    }
    case
}
