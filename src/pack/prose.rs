//! Text that was written for people: an advisory, a mail, a blog post. Values are taken out of it, each with the sentence
//! it stands in.
//!
//! Where a text defangs its indicators, its live links and names are references, not indicators: they are named as such.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::model::{Indicator, Kind, Pack};

use super::canonical::canonical;
use super::draft::{self, Draft};
use super::refang::refang;
use super::rejected;

/// A value taken out of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extracted {
    /// What it is.
    pub kind: Kind,
    /// Its canonical form.
    pub value: String,
    /// Whether it was written so that nobody clicks on it.
    pub defanged: bool,
    /// The line it stands in, 1-based.
    pub line: usize,
    /// That line, shortened.
    pub sentence: String,
}

/// Longer lines are cut for the context.
const SENTENCE: usize = 240;

static URL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)\b(?:https?|ftps?|sftp|wss?|tcp|udp)://[^\s"'<>|\\^`{}\u{201C}\u{201D}\u{2018}\u{2019}]+"#)
});
static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[\w-]+(?:\.[\w-]+)+"));
static DIGEST: LazyLock<Regex> = LazyLock::new(|| pattern(r"[0-9A-Fa-f]{32,}"));
static ADDRESS4: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?"));
static ADDRESS6: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:/[0-9]{1,3})?"));
static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"\w(?:[\w-]*\w)?(?:\.\w(?:[\w-]*\w)?)+"));

/// Top-level domains that are also the endings of files: `archive.zip` is a name of a domain only if it is defanged.
const ENDINGS: [&str; 16] =
    ["zip", "mov", "sh", "py", "pl", "rs", "md", "so", "ps", "app", "ai", "cab", "java", "bz", "gdn", "in"];

static TOP_LEVEL: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("tlds.txt").lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).collect()
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// Every value in `text`, in order, each once.
pub fn extract(text: &str) -> Vec<Extracted> {
    let mut all: Vec<Extracted> = Vec::new();
    let mut known: BTreeSet<(Kind, String)> = BTreeSet::new();
    for (number, line) in text.lines().enumerate() {
        let plain = refang(line);
        let mut here: Vec<(usize, Kind, String)> = Vec::new();
        values(&plain, &mut here);
        here.sort_by_key(|(at, ..)| *at);
        for (_, kind, value) in here {
            if known.insert((kind, value.clone())) {
                let host = value.split("://").last().unwrap_or(&value).split('/').next().unwrap_or(&value);
                let lower = line.to_lowercase();
                let defanged = !lower.contains(host) || (kind == Kind::Url && !lower.contains("://"));
                let sentence: String = line.trim().chars().take(SENTENCE).collect();
                all.push(Extracted { kind, value, defanged, line: number + 1, sentence });
            }
        }
    }
    all
}

/// Reads every value of a text into `pack`.
pub(super) fn read(pack: &mut Pack, path: &str, text: &str) {
    let all = extract(text);
    let is_name = |kind: Kind| matches!(kind, Kind::Domain | Kind::Url | Kind::Email);
    let defangs = all.iter().any(|one| one.defanged && is_name(one.kind));
    for one in all {
        let place = format!("{path}, line {}", one.line);
        if defangs && !one.defanged && is_name(one.kind) {
            let reason =
                "it is written as a live link in a text that defangs its indicators: taken for a reference";
            let hint = "write it into a CSV with the columns type and value if it is an indicator";
            pack.rejected.push(rejected(place, &one.value, reason, hint));
            continue;
        }
        let about = Indicator { context: one.sentence, ..Indicator::default() };
        let name = one.kind.as_str().to_owned();
        draft::take(pack, Draft { place, name, value: one.value, about });
    }
}

/// Appends every value of a line with the place where it begins.
fn values(line: &str, all: &mut Vec<(usize, Kind, String)>) {
    let mut taken: Vec<Range<usize>> = Vec::new();
    for found in URL.find_iter(line) {
        let text = without_punctuation(found.as_str());
        if let Ok(value) = canonical(Kind::Url, text) {
            taken.push(found.start()..found.start() + text.len());
            all.push((found.start(), Kind::Url, value));
        }
    }
    for found in DIGEST.find_iter(line) {
        let kind = match found.len() {
            32 => Kind::Md5,
            40 => Kind::Sha1,
            64 => Kind::Sha256,
            _ => continue,
        };
        if free(line, found.range(), &taken, |c| c.is_alphanumeric() || c == '_') {
            taken.push(found.range());
            all.push((found.start(), kind, found.as_str().to_ascii_lowercase()));
        }
    }
    for found in EMAIL.find_iter(line) {
        let text = found.as_str().trim_start_matches(['.', '\'', '*', '/', '=', '-', '{', '|']);
        let start = found.end() - text.len();
        if free(line, start..found.end(), &taken, |_| false)
            && has_top_level(text)
            && let Ok(value) = canonical(Kind::Email, text)
        {
            taken.push(found.range());
            all.push((start, Kind::Email, value));
        }
    }
    for found in ADDRESS4.find_iter(line) {
        let (address, prefix) = found.as_str().split_once('/').unwrap_or((found.as_str(), ""));
        let bounded =
            free(line, found.range(), &taken, |c| c.is_ascii_digit()) && !dotted(line, found.range());
        if !bounded || address.parse::<Ipv4Addr>().is_err() {
            continue;
        }
        let block = canonical(Kind::Cidr, found.as_str()).ok().filter(|_| !prefix.is_empty());
        let (kind, value) = match block {
            Some(block) => (Kind::Cidr, block),
            None => (Kind::Ipv4, address.to_owned()),
        };
        taken.push(found.range());
        all.push((found.start(), kind, value));
    }
    for found in ADDRESS6.find_iter(line) {
        let text = found.as_str().trim_end_matches('.');
        let text = if text.ends_with("::") { text } else { text.trim_end_matches(':') };
        let bounded = free(line, found.start()..found.start() + text.len(), &taken, |c| {
            c.is_alphanumeric() || c == ':'
        });
        let (address, prefix) = text.split_once('/').unwrap_or((text, ""));
        if !bounded || address.len() < 3 || address.parse::<Ipv6Addr>().is_err() {
            continue;
        }
        let kind = if prefix.is_empty() { Kind::Ipv6 } else { Kind::Cidr };
        if let Ok(value) = canonical(kind, text) {
            taken.push(found.range());
            all.push((found.start(), kind, value));
        }
    }
    for found in NAME.find_iter(line) {
        if free(line, found.range(), &taken, |c| matches!(c, '@' | '\\' | '$' | '='))
            && is_host(line, found.range())
            && let Ok(value) = canonical(Kind::Domain, found.as_str())
        {
            all.push((found.start(), Kind::Domain, value));
        }
    }
}

/// Whether nothing taken overlaps, and no character that `joins` stands beside it.
fn free(line: &str, span: Range<usize>, taken: &[Range<usize>], joins: impl Fn(char) -> bool) -> bool {
    let before = line[..span.start].chars().next_back();
    let after = line[span.end..].chars().next();
    !taken.iter().any(|other| other.start < span.end && span.start < other.end)
        && !before.is_some_and(&joins)
        && !after.is_some_and(&joins)
}

/// Whether an address goes on as a longer dotted number, such as a version.
fn dotted(line: &str, span: Range<usize>) -> bool {
    let before = &line.as_bytes()[..span.start];
    let after = &line.as_bytes()[span.end..];
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    (before.last() == Some(&b'.') && digit(before.len().checked_sub(2).and_then(|at| before.get(at))))
        || (after.first() == Some(&b'.') && digit(after.get(1)))
}

fn has_top_level(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    TOP_LEVEL.contains(last.as_str()) || last.starts_with("xn--") || !last.is_ascii()
}

/// A name in the domain name system, and not that of a file.
fn is_host(line: &str, span: Range<usize>) -> bool {
    let name = &line[span.clone()];
    let last = name.rsplit('.').next().unwrap_or_default();
    if !has_top_level(name) || ENDINGS.contains(&last.to_ascii_lowercase().as_str()) {
        return false;
    }
    // `System.Net`, `e.g`: words that a sentence or a program joins by dots.
    let mixed = name.chars().any(char::is_uppercase) && name.chars().any(char::is_lowercase);
    let sentence = mixed && last.chars().next().is_some_and(char::is_uppercase);
    let path_before = line[..span.start].ends_with(['/', '\\']) && !line[..span.start].ends_with("//");
    !sentence && !path_before
}

/// Drops the punctuation of the sentence around a URL.
fn without_punctuation(url: &str) -> &str {
    let mut url = url;
    loop {
        let last = url.chars().next_back();
        let unopened = |open: char, close: char| {
            last == Some(close) && url.matches(close).count() > url.matches(open).count()
        };
        let drop = matches!(last, Some('.' | ',' | ';' | ':' | '!' | '?' | '*' | '\u{2026}'))
            || unopened('(', ')')
            || unopened('[', ']');
        match last {
            Some(last) if drop => url = &url[..url.len() - last.len_utf8()],
            _ => return url,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<String> {
        extract(text).into_iter().map(|one| format!("{} {}", one.kind.as_str(), one.value)).collect()
    }

    #[test]
    fn takes_values_out_of_sentences() {
        assert_eq!(
            seen(
                "They used hxxps://evil[.]com/a (see 1[.]2[.]3[.]4, 10.0.0.0/8 and ops[@]evil[.]net), version 9.12.3.70.1"
            ),
            ["url https://evil.com/a", "ipv4 1.2.3.4", "cidr 10.0.0.0/8", "email ops@evil.net"]
        );
        assert_eq!(
            seen("MD5: D41D8CD98F00B204E9800998ECF8427E; 2001:db8::1, at 12:30:45"),
            ["md5 d41d8cd98f00b204e9800998ecf8427e", "ipv6 2001:db8::1"]
        );
        assert_eq!(
            seen("open about.html, run.sh and System.Net in /usr/lib/x.com or e.g. this"),
            Vec::<String>::new()
        );
        assert_eq!(seen("c2 is update.evil.xyz."), ["domain update.evil.xyz"]);
    }

    #[test]
    fn live_links_beside_defanged_ones_are_references() {
        let mut pack = Pack { id: "a".into(), ..Pack::default() };
        read(&mut pack, "a.txt", "C2: evil[.]com\nSee https://www.cisa.gov/alert for more\n");
        assert_eq!((pack.indicators.len(), pack.rejected.len()), (1, 1));
        assert_eq!(pack.indicators[0].context, "C2: evil[.]com");
    }
}
