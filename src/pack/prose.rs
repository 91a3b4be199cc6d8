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
    pattern(
        r#"(?i)(?:https?|s?ftps?|wss?|tcp|udp|telnet|ldaps?|rmi|file|smb|ssh|socks[45]?|irc)://[^\s"'<>|\\^`{}\u{201C}\u{201D}\u{2018}\u{2019}]+"#,
    )
});
static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[\w-]+(?:\.[\w-]+)+"));
static DIGEST: LazyLock<Regex> = LazyLock::new(|| pattern(r"[0-9A-Fa-f]{32,}"));
static ADDRESS4: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2}\b)?"));
static ADDRESS6: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:/[0-9]{1,3})?"));
static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"\w(?:[\w-]*\w)?(?:\.\w(?:[\w-]*\w)?)+"));
/// A path right behind a host and, where there is one, a port.
static PATH: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"^(?::[0-9]{1,5})?/[^\s"'<>|\\^`{},;\u{201C}\u{201D}\u{2018}\u{2019}]+"#));
/// What says that the hexadecimal digits behind it are no digest of a whole file.
static OTHER_DIGEST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(imp(?:ort)?[ _-]?hash|impfuzzy|authenti[ _-]?hash|pe[ _-]?hash|rich[ _-]?(?:pe)?(?:header)?[ _-]?hash|vhash|tlsh|telfhash|ja3s?|jarm|hassh|icon[ _-]?hash|dhash|key|thumbprint|fingerprint|serial(?: number)?|guid|uuid)\W{0,8}$",
    )
});
static VERSION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)(?:\b(?:version|versions|ver|build|release|firmware)\W{0,3}|\bv\.?)$"));

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

/// Something in a text that has the form of a value and is none.
struct Refused {
    line: usize,
    text: String,
    reason: String,
}

/// Every value in `text`, in order, each once.
pub fn extract(text: &str) -> Vec<Extracted> {
    all_in(text).0
}

fn all_in(text: &str) -> (Vec<Extracted>, Vec<Refused>) {
    let mut all: Vec<Extracted> = Vec::new();
    let mut refused: Vec<Refused> = Vec::new();
    let mut known: BTreeSet<(Kind, String)> = BTreeSet::new();
    let mut named: BTreeSet<String> = BTreeSet::new();
    let mut before = String::new();
    for (number, line) in text.lines().enumerate() {
        let plain = refang(line);
        let mut here =
            Line { text: &plain, before: &before, taken: Vec::new(), all: Vec::new(), refused: Vec::new() };
        here.values();
        here.all.sort_by_key(|(at, ..)| *at);
        let lower = line.to_lowercase();
        for (_, kind, value) in here.all {
            if known.insert((kind, value.clone())) {
                let host = value.split("://").last().unwrap_or(&value).split('/').next().unwrap_or(&value);
                let defanged = !lower.contains(host);
                let sentence: String = line.trim().chars().take(SENTENCE).collect();
                all.push(Extracted { kind, value, defanged, line: number + 1, sentence });
            }
        }
        for (text, reason) in here.refused {
            if named.insert(text.clone()) {
                refused.push(Refused { line: number + 1, text, reason });
            }
        }
        if !line.trim().is_empty() {
            before = plain.into_owned();
        }
    }
    (all, refused)
}

/// Reads every value of a text into `pack`.
pub(super) fn read(pack: &mut Pack, path: &str, text: &str) {
    let (all, refused) = all_in(text);
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
    for one in refused {
        let place = format!("{path}, line {}", one.line);
        let hint = "write it into a CSV with the columns type and value if it is an indicator";
        pack.rejected.push(rejected(place, &one.text, one.reason, hint));
    }
}

/// One line in its plain form, and what was taken out of it so far.
struct Line<'t> {
    text: &'t str,
    /// The line in front of it, whose end may say what this one's first value is.
    before: &'t str,
    taken: Vec<Range<usize>>,
    all: Vec<(usize, Kind, String)>,
    refused: Vec<(String, String)>,
}

impl Line<'_> {
    /// Kinds that hold others come first.
    fn values(&mut self) {
        self.urls();
        self.digests();
        self.emails();
        self.addresses6();
        self.addresses4();
        self.names();
    }

    fn take(&mut self, span: Range<usize>, kind: Kind, value: String) {
        self.all.push((span.start, kind, value));
        self.taken.push(span);
    }

    fn urls(&mut self) {
        let text = self.text;
        let mut at = 0;
        while let Some(found) = URL.find_at(text, at) {
            let url = without_punctuation(found.as_str());
            // What was cut off may hold the next one: `[a](https://b)`.
            at = found.start() + url.len().max(1);
            while !text.is_char_boundary(at) {
                at += 1;
            }
            if let Ok(value) = canonical(Kind::Url, url) {
                self.take(found.start()..found.start() + url.len(), Kind::Url, value);
            }
        }
    }

    fn digests(&mut self) {
        let text = self.text;
        for found in DIGEST.find_iter(text) {
            if !free(text, found.range(), &self.taken, |c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let front = &text[..found.start()];
            let front = if front.trim().is_empty() { self.before.trim_end() } else { front };
            let kind = match found.len() {
                32 => Kind::Md5,
                40 => Kind::Sha1,
                64 => Kind::Sha256,
                length => {
                    let reason = match length {
                        56 | 96 | 128 => {
                            format!(
                                "a digest of {length} digits (SHA-224, SHA-384, SHA-512) is not made of evidence"
                            )
                        }
                        _ => {
                            format!("no digest has {length} hexadecimal digits: cut short, or several joined")
                        }
                    };
                    self.refused.push((found.as_str().to_owned(), reason));
                    continue;
                }
            };
            self.taken.push(found.range());
            match OTHER_DIGEST.captures(front) {
                Some(label) => {
                    let reason =
                        format!("its label says {:?}, which is no digest of a whole file", &label[1]);
                    self.refused.push((found.as_str().to_owned(), reason));
                }
                None => self.all.push((found.start(), kind, found.as_str().to_ascii_lowercase())),
            }
        }
    }

    fn emails(&mut self) {
        let text = self.text;
        for found in EMAIL.find_iter(text) {
            let email = found.as_str().trim_start_matches(['.', '\'', '*', '/', '=', '-', '{', '|']);
            // `smtp.mailfrom=a@b.c`: a field of a header and its value.
            let email = match email.split_once('=') {
                Some((field, value)) if !field.contains(['+', '@']) => value,
                _ => email,
            };
            let start = found.end() - email.len();
            if free(text, start..found.end(), &self.taken, |_| false)
                && has_top_level(email)
                && let Ok(value) = canonical(Kind::Email, email)
            {
                self.take(start..found.end(), Kind::Email, value);
            }
        }
    }

    fn addresses4(&mut self) {
        let text = self.text;
        for found in ADDRESS4.find_iter(text) {
            let (address, prefix) = found.as_str().split_once('/').unwrap_or((found.as_str(), ""));
            let bounded = free(text, found.range(), &self.taken, |c| c.is_ascii_digit())
                && !dotted(text, found.range());
            if !bounded || address.parse::<Ipv4Addr>().is_err() {
                continue;
            }
            if VERSION.is_match(&text[..found.start()]) {
                self.taken.push(found.range());
                self.refused
                    .push((found.as_str().to_owned(), "it reads as the version of a program".to_owned()));
                continue;
            }
            let host = found.start()..found.start() + address.len();
            let block = canonical(Kind::Cidr, found.as_str()).ok().filter(|_| !prefix.is_empty());
            match block {
                Some(block) => self.take(found.range(), Kind::Cidr, block),
                None if self.path_behind(&host) => {}
                None => self.take(host, Kind::Ipv4, address.to_owned()),
            }
        }
    }

    fn addresses6(&mut self) {
        let text = self.text;
        for found in ADDRESS6.find_iter(text) {
            let mut address = found.as_str().trim_start_matches('.');
            let mut start = found.end() - address.len();
            // The tag in front of an address literal, `[IPv6:2001:db8::1]` (RFC 5321, section 4.1.3).
            if let Some(rest) = address.strip_prefix("6:").filter(|_| text[..start].ends_with("IPv")) {
                start += 2;
                address = rest;
            }
            address = address.trim_end_matches('.');
            address = if address.ends_with("::") { address } else { address.trim_end_matches(':') };
            let span = start..start + address.len();
            let tagged = text[..start].ends_with("IPv6:");
            let joins = |c: char| c.is_alphanumeric() || (c == ':' && !tagged);
            let (bare, prefix) = address.split_once('/').unwrap_or((address, ""));
            if !free(text, span.clone(), &self.taken, joins)
                || bare.len() < 3
                || bare.parse::<Ipv6Addr>().is_err()
            {
                continue;
            }
            let kind = if prefix.is_empty() { Kind::Ipv6 } else { Kind::Cidr };
            if let Ok(value) = canonical(kind, address) {
                self.take(span, kind, value);
            }
        }
    }

    fn names(&mut self) {
        let text = self.text;
        for found in NAME.find_iter(text) {
            if free(text, found.range(), &self.taken, |c| matches!(c, '@' | '\\' | '$' | '='))
                && is_host(text, found.range())
                && let Ok(value) = canonical(Kind::Domain, found.as_str())
                && !self.path_behind(&found.range())
            {
                self.take(found.range(), Kind::Domain, value);
            }
        }
    }

    /// Takes a host with a path behind it as a URL without its scheme; tells whether it did.
    fn path_behind(&mut self, host: &Range<usize>) -> bool {
        let Some(path) = PATH.find(&self.text[host.end..]) else { return false };
        let whole = without_punctuation(&self.text[host.start..host.end + path.end()]);
        let is_path = whole.get(host.len()..).is_some_and(|rest| rest.trim_end_matches('/').contains('/'));
        match canonical(Kind::Url, &format!("http://{whole}")) {
            Ok(value) if is_path => {
                self.take(host.start..host.start + whole.len(), Kind::Url, value);
                true
            }
            _ => false,
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

/// Whether an address goes on as a longer dotted number or name, such as a version.
fn dotted(line: &str, span: Range<usize>) -> bool {
    let before = &line.as_bytes()[..span.start];
    let after = &line.as_bytes()[span.end..];
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let lower =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
    (before.last() == Some(&b'.') && digit(before.len().checked_sub(2).and_then(|at| before.get(at))))
        || (after.first() == Some(&b'.') && lower(after.get(1)))
}

/// Whether a name ends in a top-level domain.
pub(super) fn has_top_level(name: &str) -> bool {
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
    let mut letters = last.chars();
    let sentence = letters.next().is_some_and(char::is_uppercase) && letters.any(char::is_lowercase);
    let path_before = line[..span.start].ends_with(['/', '\\']) && !line[..span.start].ends_with("//");
    !sentence && !path_before
}

/// Drops the punctuation of the sentence around a URL, and what stands behind a bracket that it does not open.
fn without_punctuation(url: &str) -> &str {
    let mut open = [0_i32; 2];
    let mut end = url.len();
    for (at, c) in url.char_indices() {
        match c {
            '(' => open[0] += 1,
            ')' => open[0] -= 1,
            '[' => open[1] += 1,
            ']' => open[1] -= 1,
            _ => {}
        }
        if open.iter().any(|count| *count < 0) {
            end = at;
            break;
        }
    }
    url[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '(', '[', '\u{2026}'])
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
        assert_eq!(
            seen("get evil.com/a/b.sh and 1.2.3.4:80/x"),
            ["url http://evil.com/a/b.sh", "url http://1.2.3.4/x"]
        );
        assert_eq!(
            seen("see [x](https://evil.com/a), BAR.COM"),
            ["url https://evil.com/a", "domain bar.com"]
        );
    }

    #[test]
    fn what_only_looks_like_a_value_is_named() {
        let mut pack = Pack { id: "a".into(), ..Pack::default() };
        let text = "Imphash: 18ddf28a71089acdbab5038f58044c0a\nfixed in version 9.12.3.70\nSHA-512\n";
        let text = format!("{text}{}\n{}\n", "ab".repeat(64), "ab".repeat(30));
        read(&mut pack, "a.txt", &text);
        assert_eq!(pack.indicators, Vec::new());
        let reasons: Vec<&str> = pack.rejected.iter().map(|row| row.reason.as_str()).collect();
        assert_eq!(reasons.len(), 4, "{reasons:?}");
        assert!(reasons[0].contains("Imphash") && reasons[1].contains("version"), "{reasons:?}");
    }

    #[test]
    fn live_links_beside_defanged_ones_are_references() {
        let mut pack = Pack { id: "a".into(), ..Pack::default() };
        read(&mut pack, "a.txt", "C2: evil[.]com\nSee https://www.cisa.gov/alert for more\n");
        assert_eq!((pack.indicators.len(), pack.rejected.len()), (1, 1));
        assert_eq!(pack.indicators[0].context, "C2: evil[.]com");
    }
}
