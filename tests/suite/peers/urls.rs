//! Suites about URLs, names and the parts of requests.

use belljar::model::{Indicator, Kind, Pack};
use belljar::pack::{canonical, lint};
use serde_json::Value;

use super::Case;

/// The WHATWG URL standard's own data. Belljar takes absolute URLs with a host; fragments never reach a server.
pub(super) fn whatwg(line: &Value) -> Case {
    let text = line["input"]["url"].as_str().unwrap_or_default();
    let mut case = Case::new(line, "url", text);
    if !line["input"]["base"].is_null() && !text.contains("://") {
        "relative".clone_into(&mut case.kind);
    }
    let expected = &line["expected"];
    let wanted = expected["href"].as_str().map(|href| href.split('#').next().unwrap_or(href).to_owned());
    let kind = case.kind.clone();
    match (canonical(Kind::Url, text), wanted) {
        (Ok(found), Some(wanted)) if found != wanted => {
            case.differs(&kind, format!("gave {found} for {wanted}"));
        }
        (Err(_), Some(wanted)) => case.differs(&kind, format!("refused {wanted}")),
        (Ok(found), None) => case.differs(&kind, format!("taken as {found}")),
        _ => {}
    }
    case
}

/// A label and its ASCII form.
pub(super) fn punycode(line: &Value) -> Case {
    let decoded = line["input"]["decoded"].as_str().unwrap_or_default();
    let encoded = line["input"]["encoded"].as_str().unwrap_or_default();
    let mut case = Case::new(line, "label", decoded);
    let found = canonical(Kind::Domain, &format!("{decoded}.example"));
    let wanted = format!("xn--{}.example", encoded.to_ascii_lowercase());
    match found {
        Ok(found) if found == wanted => {}
        Ok(found) => case.differs("label", format!("gave {found} for {wanted}")),
        Err(_) => case.differs("label", format!("refused {wanted}")),
    }
    case
}

/// Which part of a name is registered?
pub(super) fn suffixes(line: &Value) -> Case {
    let input = line["input"].as_str().unwrap_or_default();
    let mut case = Case::new(line, "suffix", input);
    let form = |name: &str| canonical(Kind::Domain, name).ok();
    // A suffix alone is no domain indicator where it is one label, so it is asked for as it stands.
    let asked = form(input)
        .unwrap_or_else(|| form(&format!("x.{input}")).map_or_else(String::new, |long| long[2..].to_owned()));
    let wanted = line["expected"]["registrable_domain"].as_str().and_then(form);
    match wanted {
        None if !asked.is_empty() && !is_suffix(&asked) => {
            case.differs("suffix", "taken for a name of its own")
        }
        Some(own) if is_suffix(&own) => case.differs("suffix", format!("{own} is taken for a suffix")),
        Some(own) => {
            let above = own.split_once('.').map_or("", |(_, above)| above);
            // An exception's rule is one for all the other names beside it (`*.kobe.jp`, `!city.kobe.jp`).
            if !is_suffix(above) && !is_suffix(&format!("nobody.{above}")) {
                case.differs("suffix", format!("{above} is taken for a name of its own"));
            }
        }
        None => {}
    }
    case
}

/// Whether the linter says that everybody may register names below this one.
fn is_suffix(name: &str) -> bool {
    let one = Indicator { kind: Kind::Domain, value: name.to_owned(), ..Indicator::default() };
    let said = lint(&Pack { indicators: vec![one], ..Pack::default() });
    said.iter().any(|one| one.message.contains("Public Suffix List"))
}

/// What maltrail's sensor asks of names, hosts with ports, expressions and requests.
pub(super) fn maltrail(line: &Value) -> Case {
    let operation = line["operation"].as_str().unwrap_or_default();
    let input = line["input"][0].as_str().unwrap_or_default();
    let wanted = line["expected"]["columns"][0].as_str().unwrap_or_default();
    let mut case = Case::new(line, operation, input);
    match operation {
        "valid_dns_name" => {
            let found = if canonical(Kind::Domain, input).is_ok() { "1" } else { "0" };
            if found != wanted {
                case.differs(operation, format!("gave {found}"));
            }
        }
        "wildcard_trails" => {
            let found = match canonical(Kind::Regex, &input.replace("\\\\", "\\")) {
                Ok(_) => "1".to_owned(),
                Err(error) => format!("0: {error}"),
            };
            if !found.starts_with(wanted) {
                case.differs(operation, format!("gave {found}"));
            }
        }
        "parse_host_port" => {
            let csv = format!("value\n\"{input}\"\n");
            let pack = belljar::pack::read("l.csv", vec![("l.csv".to_owned(), csv.into_bytes())]);
            let found = pack.indicators.first().map(|one| one.value.clone()).unwrap_or_default();
            if found != wanted {
                case.differs(operation, format!("gave {found:?} for {wanted}"));
            }
        }
        "compress_ipv6" => {
            let text = input.strip_prefix("expanded:").map_or_else(
                || input.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(":"),
                str::to_owned,
            );
            let found = canonical(Kind::Ipv6, &text).unwrap_or_default();
            if found != wanted {
                case.differs(operation, format!("gave {found} for {wanted}"));
            }
        }
        other => case.differs(other, "not done"),
    }
    case
}
