//! Indicator files of CHIRP (CISA): YAML documents, each with an `ioc_type`. Those of the type `network` list addresses and
//! names, line by line in blocks; the others are rules over events, registry keys, files or memory, which are named as not
//! evaluated.

use crate::model::{Indicator, Pack};

use super::draft::{self, Draft};
use super::{rejected, rules};

/// Whether `text` is such a file.
pub(super) fn is_chirp(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("ioc_type:"))
}

/// Reads every value of its lists into `pack`, and names each rule.
pub(super) fn read(pack: &mut Pack, path: &str, text: &str) {
    let mut document: Vec<(usize, &str)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_end() == "---" {
            one(pack, path, &document);
            document.clear();
        } else {
            document.push((number + 1, line));
        }
    }
    one(pack, path, &document);
}

fn one(pack: &mut Pack, path: &str, document: &[(usize, &str)]) {
    let field = |name: &str| {
        let at = document.iter().position(|(_, line)| line.starts_with(name))?;
        let value = plain(document[at].1[name.len()..].trim());
        // A text in a block begins in the next line.
        let next = document.get(at + 1).map_or("", |(_, line)| plain(line.trim()));
        Some((document[at].0, if matches!(value, "|" | ">" | "") { next } else { value }.to_owned()))
    };
    let Some((line, kind)) = field("ioc_type:") else { return };
    let name = field("name:").map(|(_, name)| name).unwrap_or_default();
    if kind != "network" {
        let reason = format!("a CHIRP {kind} rule: rules are not evaluated");
        pack.rejected.push(rejected(format!("{path}, line {line}"), &name, reason, rules::HINT));
        return;
    }
    let description = field("description:").map(|(_, text)| text).unwrap_or_default();
    let about = Indicator {
        context: [name, description]
            .iter()
            .filter(|text| !text.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(": "),
        source: "CISA CHIRP".to_owned(),
        ..Indicator::default()
    };
    let list = document.iter().skip_while(|(_, line)| !line.starts_with("indicator:")).skip(1);
    for (number, line) in list.take_while(|(_, line)| line.is_empty() || line.starts_with([' ', '#', '\t'])) {
        let line = line.trim().trim_start_matches("- ");
        // `ips: |` begins a list; `ips: 192.0.2.1` is one.
        let value = match line.split_once(':') {
            Some((key, rest))
                if key.bytes().all(|byte| byte.is_ascii_lowercase()) && !rest.starts_with("//") =>
            {
                rest
            }
            _ => line,
        };
        let value = value.split(" #").next().unwrap_or_default();
        // Addresses copied from web pages bring characters that nobody sees.
        let value: String =
            value.chars().filter(|c| !matches!(c, '\u{200B}'..='\u{200D}' | '\u{FEFF}')).collect();
        let value = plain(value.trim());
        if matches!(value, "" | "|" | ">" | "|-" | ">-") || value.starts_with('#') {
            continue;
        }
        let (place, value) = (format!("{path}, line {number}"), value.to_owned());
        draft::take(pack, Draft { place, name: String::new(), value, about: about.clone() });
    }
}

/// Without the quotes around it.
fn plain(text: &str) -> &str {
    text.trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_rules_are_named_and_nothing_else_is_taken() {
        let text = "# https://example.com/alert\n---\nname: \"Some addresses\"\ndescription: |\n  \"Seen by us\"\n  \"https://example.com/report\"\n\
            ioc_type: \"network\"\nindicator:\n  ips: |\n    192.0.2.1\u{200D}\u{200D}\n    198.51.100.7\n  domains: |\n    evil.com # since May\n\
            \x20   what is this\n---\nname: Shell\nioc_type: yara\nindicator:\n  rule: |\n    rule X { strings: $a = \"http://good.example/bot\" condition: $a }\n";
        assert!(is_chirp(text));
        let mut pack = Pack { id: "c".into(), ..Pack::default() };
        read(&mut pack, "c.yaml", text);
        let values: Vec<&str> = pack.indicators.iter().map(|one| one.value.as_str()).collect();
        assert_eq!(values, ["192.0.2.1", "198.51.100.7", "evil.com"]);
        assert_eq!(pack.indicators[0].context, "Some addresses: Seen by us");
        let rejected: Vec<&str> = pack.rejected.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(rejected, ["what is this", "Shell"]);
        assert_eq!(pack.rejected[0].place, "c.yaml, line 14");
    }
}
