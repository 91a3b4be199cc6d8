//! Suites about addresses and blocks of them.

use belljar::model::Kind;
use belljar::pack::canonical;
use serde_json::Value;

use super::Case;

/// Constructor calls of a strict parser: valid or not, and the canonical form.
pub(super) fn cpython(line: &Value) -> Case {
    let operation = line["operation"].as_str().unwrap_or_default();
    let text = match &line["input"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut case = Case::new(line, operation, text.as_str());
    let found = match operation {
        "IPv4Address" => canonical(Kind::Ipv4, &text),
        "IPv6Address" => canonical(Kind::Ipv6, &text),
        _ => canonical(Kind::Cidr, &text),
    };
    let expected = &line["expected"];
    match (found, expected["valid"].as_bool()) {
        (Ok(found), Some(true)) => {
            let wanted = expected["canonical"].as_str().unwrap_or_default();
            if found != wanted {
                case.differs(operation, format!("gave {found} for {wanted}"));
            }
        }
        (Err(_), Some(true)) => case.differs(operation, "refused"),
        (Ok(found), _) => case.differs(operation, format!("taken as {found}")),
        (Err(_), _) => {}
    }
    case
}

/// Is an address in one of the blocks?
pub(super) fn warninglist(line: &Value) -> Case {
    let value = line["input"]["value"].as_str().unwrap_or_default();
    let list: Vec<&str> =
        line["input"]["cidr_list"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut case = Case::new(line, "cidr", value);
    let csv = format!("value\n{}\n", list.join("\n"));
    let pack = belljar::pack::read("l.csv", vec![("l.csv".to_owned(), csv.into_bytes())]);
    let mut scanner = belljar::scan::Scanner::new(belljar::scan::compile(&[pack]), Default::default());
    let mut events = Vec::new();
    scanner.begin("t", &mut events);
    scanner.feed(format!("src {value} end\n").as_bytes(), &mut events);
    scanner.finish(&mut events);
    let seen = events.iter().any(|event| matches!(event, belljar::model::ScanEvent::Sighting(_)));
    if Some(seen) != line["expected"]["match"].as_bool() {
        case.differs("cidr", format!("seen {seen}"));
    }
    case
}
