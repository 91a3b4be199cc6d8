//! Rules that a rule engine would evaluate: they are recognized and named, one by one, as not evaluated.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::Pack;

use super::rejected;

static YARA: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^[ \t]*(?:private[ \t]+|global[ \t]+)*rule[ \t]+([A-Za-z_][A-Za-z0-9_]*)")
        .expect("a constant pattern")
});
static CONDITION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bcondition\s*:").expect("a constant pattern"));
static TITLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^title:[ \t]*(.+)$").expect("a constant pattern"));
static TRAFFIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^[ \t]*(?:alert|drop|reject|pass)[ \t]+(?:tcp|udp|ip|icmp|http|tls|dns|smb|ftp)[^\n]*->[^\n]*\([^\n]*$")
        .expect("a constant pattern")
});

/// What to do about a rule.
pub(super) const HINT: &str = "write the strings or names that it looks for as text, request-target or regex";

/// Whether `text` is a file of rules; if so, each is named in `pack`.
pub(super) fn read(pack: &mut Pack, path: &str, text: &str) -> bool {
    let line_of = |at: usize| text[..at].matches('\n').count() + 1;
    let mut refuse = |at: usize, shown: &str, language: &str| {
        let place = format!("{path}, line {}", line_of(at));
        pack.rejected.push(rejected(
            place,
            shown,
            format!("a {language} rule: rules are not evaluated"),
            HINT,
        ));
    };
    let has = |mark: &str| text.lines().any(|line| line.trim_start().starts_with(mark));
    if has("detection:") && has("logsource:") {
        let titles: Vec<_> = TITLE.captures_iter(text).collect();
        for title in &titles {
            let whole = title.get(0).map_or(0, |title| title.start());
            refuse(whole, &title[1], "Sigma");
        }
        if titles.is_empty() {
            refuse(0, "(no title)", "Sigma");
        }
        return true;
    }
    if CONDITION.is_match(text) && YARA.is_match(text) {
        for rule in YARA.captures_iter(text) {
            refuse(rule.get(0).map_or(0, |rule| rule.start()), &rule[1], "YARA");
        }
        return true;
    }
    let other = [
        ("Splunk", has("how_to_implement:") && has("search:")),
        ("CrowdSec", has("- zones:") || (has("filter:") && has("groupby:"))),
        ("Chainsaw", has("kind: evtx") || (has("filter:") && has("fields:") && has("authors:"))),
        ("Velociraptor", has("sources:") && text.contains("LET ") && text.contains("SELECT ")),
    ];
    if let Some((language, _)) = other.iter().find(|(_, is)| *is) {
        let named = |mark: &str| text.lines().find_map(|line| line.trim_start().strip_prefix(mark));
        let name = named("name:").or_else(|| named("title:")).unwrap_or("(no name)");
        refuse(0, name.trim(), language);
        return true;
    }
    let mut traffic = TRAFFIC.find_iter(text).peekable();
    let found = traffic.peek().is_some();
    traffic.for_each(|rule| refuse(rule.start(), rule.as_str().trim(), "Suricata or Snort"));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_named() {
        let mut pack = Pack::default();
        assert!(read(
            &mut pack,
            "a.yar",
            "rule One { condition: true }\nprivate rule Two {\n condition: One }\n"
        ));
        assert!(read(
            &mut pack,
            "a.yml",
            "title: Web shell\nlogsource:\n  category: webserver\ndetection:\n  condition: x\n"
        ));
        assert!(read(&mut pack, "a.rules", "alert tcp any any -> any 80 (msg:\"x\"; sid:1;)\n"));
        assert!(!read(&mut pack, "a.txt", "evil.com\nthe rule of law\n"));
        let shown: Vec<&str> = pack.rejected.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(shown[..3], ["One", "Two", "Web shell"]);
        assert_eq!(pack.rejected[1].place, "a.yar, line 2");
    }
}
