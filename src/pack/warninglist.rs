//! MISP warninglists: values that ordinary systems show (misp-warninglists, `schema.json`). Their five types say how a
//! value is compared: `cidr`, `hostname` (the name and those below it), `string` (the whole value), `substring`, `regex`.

use serde_json::Value;

use crate::model::{Allow, AllowEntry, Kind, Pack};

use super::canonical::{canonical, sniff};
use super::rejected;

const TYPES: [&str; 5] = ["cidr", "hostname", "string", "substring", "regex"];

/// Whether a JSON value is a warninglist.
pub(super) fn is_warninglist(value: &Value) -> bool {
    value["list"].is_array() && value["type"].as_str().is_some_and(|name| TYPES.contains(&name))
}

/// Reads every value into a known-good list of `pack`, or rejects it.
pub(super) fn read(pack: &mut Pack, path: &str, value: &Value) {
    let (name, how) =
        (value["name"].as_str().unwrap_or("warninglist"), value["type"].as_str().unwrap_or_default());
    let mut list = Allow {
        id: name.to_ascii_lowercase().replace(' ', "-"),
        title: value["description"].as_str().unwrap_or(name).to_owned(),
        source: format!("MISP warninglist {name}, version {}", value["version"]),
        entries: Vec::new(),
    };
    for (number, one) in value["list"].as_array().into_iter().flatten().enumerate() {
        let Some(text) = one.as_str() else {
            let place = format!("{path}, value {}", number + 1);
            let hint = "tell the list's publisher";
            pack.rejected.push(rejected(place, &one.to_string(), "a value of a list has to be a text", hint));
            continue;
        };
        match entry(how, text) {
            Ok((kind, value, whole)) => {
                list.entries.push(AllowEntry { kind, value, whole, note: name.to_owned() });
            }
            Err(reason) => {
                let place = format!("{path}, value {}", number + 1);
                let hint = "correct the value, or tell the list's publisher";
                pack.rejected.push(rejected(place, text, reason, hint));
            }
        }
    }
    pack.allow.push(list);
}

/// A value's kind, its canonical form, and whether it is compared as a whole only.
fn entry(how: &str, text: &str) -> Result<(Kind, String, bool), String> {
    let form = |kind: Kind, text: &str| canonical(kind, text);
    Ok(match how {
        "cidr" if text.contains('/') => (Kind::Cidr, form(Kind::Cidr, text)?, false),
        "cidr" => match form(Kind::Ipv4, text) {
            Ok(value) => (Kind::Ipv4, value, true),
            Err(_) => (Kind::Ipv6, form(Kind::Ipv6, text)?, true),
        },
        "hostname" => name(text),
        "substring" => (Kind::Text, text.to_owned(), false),
        "regex" => (Kind::Regex, form(Kind::Regex, &expression(text))?, false),
        // `.example.com` is the end of a name, as the lists of providers write it.
        _ if text.starts_with('.') => name(text),
        _ => match sniff(text) {
            Some(kind) => (kind, form(kind, text)?, true),
            None => (Kind::Text, text.to_owned(), true),
        },
    })
}

/// A name, also a top-level one, with those below it.
fn name(text: &str) -> (Kind, String, bool) {
    let text = text.trim_start_matches('.');
    let value = canonical(Kind::Domain, text).unwrap_or_else(|_| text.to_ascii_lowercase());
    (Kind::Domain, value, false)
}

/// An expression between slashes with flags behind, as PHP writes it (`/evil/i`), or alone.
fn expression(text: &str) -> String {
    let between = text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
    match between {
        Some((pattern, flags)) if flags.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            let known: String = flags.chars().filter(|flag| matches!(flag, 'i' | 's' | 'm' | 'x')).collect();
            if known.is_empty() { pattern.to_owned() } else { format!("(?{known}){pattern}") }
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(how: &str, values: &[&str]) -> Pack {
        let value = serde_json::json!({"name": "n", "type": how, "version": 1, "list": values});
        let mut pack = Pack::default();
        assert!(is_warninglist(&value));
        read(&mut pack, "list.json", &value);
        pack
    }

    #[test]
    fn each_type_is_read_as_it_is_compared() {
        for (how, text, kind, value, whole) in [
            ("cidr", "10.0.0.0/8", Kind::Cidr, "10.0.0.0/8", false),
            ("cidr", "1.1.1.1", Kind::Ipv4, "1.1.1.1", true),
            ("cidr", "2001:DB8::1", Kind::Ipv6, "2001:db8::1", true),
            ("hostname", "Example.COM", Kind::Domain, "example.com", false),
            ("hostname", "arpa", Kind::Domain, "arpa", false),
            ("string", ".google.ad", Kind::Domain, "google.ad", false),
            ("string", "apple.com", Kind::Domain, "apple.com", true),
            (
                "string",
                "D41D8CD98F00B204E9800998ECF8427E",
                Kind::Md5,
                "d41d8cd98f00b204e9800998ecf8427e",
                true,
            ),
            ("string", "svchost.exe -k", Kind::Text, "svchost.exe -k", true),
            ("substring", "sandbox", Kind::Text, "sandbox", false),
            ("regex", "/\\.windows\\.com$/i", Kind::Regex, "(?i)\\.windows\\.com$", false),
            ("regex", "^a/b$", Kind::Regex, "^a/b$", false),
        ] {
            let pack = list(how, &[text]);
            let found = &pack.allow[0].entries[0];
            assert_eq!((found.kind, found.value.as_str(), found.whole), (kind, value, whole), "{how} {text}");
        }
    }

    #[test]
    fn what_is_none_of_its_type_is_rejected() {
        for (how, text) in
            [("cidr", "10.0.0.0/99"), ("cidr", "evil.com"), ("regex", "(unclosed"), ("regex", ".*")]
        {
            let pack = list(how, &["1.1.1.1/32", text]);
            let held = pack.allow[0].entries.len() + pack.rejected.len();
            assert_eq!((held, pack.rejected.last().map(|row| row.text.as_str())), (2, Some(text)), "{how}");
        }
    }
}
