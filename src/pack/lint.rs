//! What is doubtful about a pack, and what to do about it. A doubtful indicator is searched for all the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::OnceLock;

use super::{bundled, repeats, suffix};
use crate::model::{Diagnostic, DiagnosticSeverity, Indicator, Kind, Pack};

/// Known-good lists of `iocs/allow` whose values make an indicator doubtful: list, code, and what to do.
const DOUBTED: [(&str, &str, &str); 4] = [
    ("trivial-files", "trivial-file", "leave it out: every system has such files"),
    ("public-resolvers", "public-resolver", "leave it out: every network asks it"),
    ("popular-sites", "popular-domain", "write the URL that was misused, or grade it info"),
    ("shared-domains", "public-suffix", "write the whole name of the attacker's host"),
];

/// Lines that every network logs: an expression that meets them all meets everything.
const ORDINARY_LINES: [&str; 4] = [
    "192.0.2.10 - - [16/Dec/2020:10:00:00 +0000] \"GET /index.html HTTP/1.1\" 200 5120 \"-\" \"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\"",
    "Dec 16 10:00:00 host sshd[814]: Accepted publickey for admin from 192.0.2.11 port 51022 ssh2",
    "{\"time\":\"2020-12-16T10:00:00Z\",\"level\":\"info\",\"msg\":\"started\"}",
    "2020-12-16 10:00:00 W3SVC1 192.0.2.12 POST /api/v1/items id=7 443 - 192.0.2.13 curl/8.5.0 201 0 0 15",
];

/// Names that every host has.
const ORDINARY_NAMES: [&str; 10] = [
    "index.html",
    "index.php",
    "about.html",
    "main.js",
    "default.aspx",
    "readme.txt",
    "svchost.exe",
    "cmd.exe",
    "powershell.exe",
    "explorer.exe",
];

/// Everything doubtful in `pack`.
pub fn lint(pack: &Pack) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    let known_good = known_good(pack);
    for indicator in &pack.indicators {
        let mut say = |code: &str, message: String, hint: &str| {
            let message = format!("{}: {message}", indicator.id);
            all.push(Diagnostic::new(DiagnosticSeverity::Warning, code, message, hint).at(&pack.id));
        };
        value(indicator, &mut say);
        if let Some(list) = known_good.get(&(indicator.kind, indicator.value.as_str())) {
            say(
                "known-good",
                format!("it stands in the list {list:?} that comes with the pack"),
                "leave it out, or keep it: a sighting of it is weighed down",
            );
        }
        let is_request = matches!(indicator.kind, Kind::RequestTarget | Kind::Url);
        if indicator.method.is_some() && !is_request {
            say(
                "method",
                "only requests have a method, and this is none".into(),
                "make it a request-target, or leave the method out",
            );
        }
        if let (Some(until), Some(window)) = (indicator.valid_until, &pack.window)
            && until.seconds < window.from.seconds
        {
            say(
                "expired",
                "it ends before the attack window of the pack begins, so it never counts in full".into(),
                "correct valid_until or the window",
            );
        }
        if let (Some(from), Some(until)) = (indicator.valid_from, indicator.valid_until)
            && from.seconds > until.seconds
        {
            say("window", "it ends before it begins".into(), "exchange valid_from and valid_until");
        }
        let known = |group: &String| pack.combinations.iter().any(|combination| combination.id == *group);
        if indicator.group.as_ref().is_some_and(|group| !known(group)) {
            say(
                "group",
                "no combination has the name of its group, so it never counts".into(),
                "add the combination to pack.toml",
            );
        }
    }
    all.extend(repeats::repeats(pack));
    all.extend(unreachable(pack));
    all.extend(marks(pack));
    if pack.window.as_ref().is_some_and(|window| window.source.is_empty()) {
        let message = "the window has no source, so nobody can judge which of its days are a choice";
        let hint = "add `source` to [window]: who names the first and the last day, and when";
        all.push(Diagnostic::new(DiagnosticSeverity::Warning, "window-source", message, hint).at(&pack.id));
    }
    all
}

/// A mark shorter than this stands in other products' logs by chance, and slows the search for all other pieces of text.
const SHORTEST_MARK: usize = 8;

/// Marks that do not tell a product.
fn marks(pack: &Pack) -> Vec<Diagnostic> {
    let marks = pack.bring.iter().flat_map(|bring| &bring.marks);
    let short = marks.filter(|mark| mark.len() < SHORTEST_MARK).map(|mark| {
        let message = format!("{mark:?}: a mark of fewer than {SHORTEST_MARK} bytes tells no product");
        let hint = "take a longer piece of what only this product's logs hold";
        Diagnostic::new(DiagnosticSeverity::Warning, "short-mark", message, hint).at(&pack.id)
    });
    short.collect()
}

/// Combinations and sequences that no evidence can meet.
fn unreachable(pack: &Pack) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    let mut say = |message: String, hint: &str| {
        all.push(Diagnostic::new(DiagnosticSeverity::Warning, "never-met", message, hint).at(&pack.id));
    };
    let mut members: BTreeMap<&str, usize> = BTreeMap::new();
    let mut stages: BTreeSet<&str> = BTreeSet::new();
    for indicator in &pack.indicators {
        if let Some(group) = &indicator.group {
            *members.entry(group).or_default() += 1;
        }
        stages.extend(indicator.stage.as_deref());
    }
    for combination in &pack.combinations {
        let count = members.get(combination.id.as_str()).copied().unwrap_or_default();
        if count < combination.needs.max(1) {
            let message = format!(
                "{}: it needs {} of its indicators and has {count}",
                combination.id, combination.needs
            );
            say(message, "give its indicators this group, or lower `needs`");
        }
    }
    for sequence in &pack.sequences {
        if let Some(stage) = sequence.stages.iter().find(|stage| !stages.contains(stage.as_str())) {
            let message = format!("{}: no indicator has the stage {stage:?}", sequence.id);
            say(message, "give an indicator this stage, or correct the name");
        }
    }
    all
}

/// The values of the pack's own known-good lists, with the title of the first list that holds each.
fn known_good(pack: &Pack) -> BTreeMap<(Kind, &str), &str> {
    let mut all = BTreeMap::new();
    for list in &pack.allow {
        for entry in &list.entries {
            all.entry((entry.kind, entry.value.as_str())).or_insert(list.title.as_str());
        }
    }
    all
}

fn value(indicator: &Indicator, say: &mut dyn FnMut(&str, String, &str)) {
    let value = indicator.value.as_str();
    listed(indicator, say);
    let is_plain = value.is_ascii();
    if !is_plain && value.contains(['\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{2013}', '\u{2026}']) {
        say(
            "typography",
            "it has typographic quotes or dashes, as word processors put in".into(),
            "write what the evidence holds",
        );
    }
    if let Some(word) = look_alike(indicator) {
        say(
            "look-alike",
            format!("{word:?} mixes Latin letters with others that look like them"),
            "keep it if the attacker wrote it so; else write it in Latin letters",
        );
    }
    if !is_plain
        && value.chars().any(|c| matches!(c, '\u{200B}'..='\u{200F}' | '\u{00AD}' | '\u{00A0}' | '\u{FEFF}'))
    {
        say(
            "invisible",
            "it holds a character that is not seen, such as a soft hyphen or a space of no width".into(),
            "type it anew",
        );
    }
    let path = value.split_once("://").map_or(value, |(_, rest)| rest);
    let is_path = matches!(indicator.kind, Kind::Url | Kind::RequestTarget | Kind::FilePath);
    if is_path && path.contains("//") && !path.contains("://") {
        say(
            "double-slash",
            "it has two slashes in a row, as slips of the pen have".into(),
            "write one, unless the attacker wrote two",
        );
    }
    match indicator.kind {
        Kind::Domain => domain(value, say),
        Kind::Regex => expression(value, say),
        Kind::UserAgent if ORDINARY_LINES.iter().any(|line| line.contains(value)) => {
            say(
                "ordinary-agent",
                "browsers that everybody uses send it too".into(),
                "write the part that only the attacker's tool sends",
            );
        }
        Kind::Ipv4 | Kind::Ipv6 => address(value, say),
        Kind::Cidr => {
            let (network, prefix) = value.split_once('/').unwrap_or((value, ""));
            let broad = if network.contains(':') { 32 } else { 16 };
            if prefix.parse::<u32>().is_ok_and(|prefix| prefix < broad) {
                say(
                    "broad",
                    format!("a block with a prefix shorter than /{broad} holds mostly strangers"),
                    "name the addresses, or grade it info",
                );
            }
        }
        Kind::Text if value.len() < 4 => {
            say("short", "fewer than four bytes are found by chance".into(), "take a longer piece")
        }
        Kind::FileName
            if ORDINARY_NAMES.contains(&value.to_ascii_lowercase().as_str())
                && indicator.severity > crate::model::Severity::Info =>
        {
            say(
                "ordinary-name",
                "ordinary systems have files of this name".into(),
                "name the path, or grade it info",
            );
        }
        _ => {}
    }
}

/// A word with letters of the Latin alphabet and of another that has the same shapes.
fn look_alike(indicator: &Indicator) -> Option<String> {
    let plain = match indicator.kind {
        Kind::Domain | Kind::Email | Kind::Url if indicator.value.contains("xn--") => {
            let host = indicator.value.split("://").last().unwrap_or_default();
            let host = host.split(['/', '?']).next().unwrap_or_default();
            idna::domain_to_unicode(host.rsplit('@').next().unwrap_or(host)).0
        }
        _ if indicator.value.is_ascii() => return None,
        _ => indicator.value.clone(),
    };
    let other =
        |c: char| matches!(c, '\u{0370}'..='\u{03FF}' | '\u{0400}'..='\u{052F}' | '\u{FF21}'..='\u{FF5A}');
    let mixed = |word: &&str| word.chars().any(other) && word.chars().any(|c| c.is_ascii_alphabetic());
    // Whole labels of such letters hide as well, where the rest of the name is Latin.
    let whole = |word: &&str| word.chars().any(other) && word.chars().all(|c| other(c) || !c.is_alphabetic());
    let mut words = plain.split(|c: char| !c.is_alphanumeric());
    words.find(|word| mixed(word) || (indicator.kind == Kind::Domain && whole(word))).map(str::to_owned)
}

fn domain(value: &str, say: &mut dyn FnMut(&str, String, &str)) {
    if suffix::is_suffix(value) {
        say(
            "public-suffix",
            "strangers register names below it (Public Suffix List), and all of them would be met".into(),
            "write the whole name of the attacker's host",
        );
    }
}

/// Values, each with the place of its list in `DOUBTED` and what the list says of it.
type Listed = HashMap<String, (usize, String)>;

/// What the lists of `DOUBTED` say of a value.
fn listed(indicator: &Indicator, say: &mut dyn FnMut(&str, String, &str)) {
    static LISTS: OnceLock<BTreeMap<Kind, Listed>> = OnceLock::new();
    let lists = LISTS.get_or_init(|| {
        let mut values = BTreeMap::<Kind, Listed>::new();
        for list in bundled::known_good() {
            let Some(place) = DOUBTED.iter().position(|(id, _, _)| *id == list.id) else { continue };
            for entry in list.entries {
                let told = (place, format!("{} ({})", list.title, entry.note));
                values.entry(entry.kind).or_default().insert(entry.value, told);
            }
        }
        values
    });
    let value = match indicator.kind {
        Kind::Domain => indicator.value.strip_prefix("www.").unwrap_or(&indicator.value),
        _ => &indicator.value,
    };
    if let Some((place, what)) = lists.get(&indicator.kind).and_then(|values| values.get(value)) {
        let (_, code, hint) = DOUBTED[*place];
        say(code, format!("it is on the list of {what}"), hint);
    }
}

fn expression(value: &str, say: &mut dyn FnMut(&str, String, &str)) {
    let tree = |unicode: bool| {
        regex_syntax::ParserBuilder::new().utf8(false).unicode(unicode).build().parse(value).ok()
    };
    if tree(false).or_else(|| tree(true)).is_some_and(|tree| tree.properties().minimum_len().is_none()) {
        say("regex-never", "no text matches it".into(), "correct the expression");
        return;
    }
    let builder = regex::bytes::RegexBuilder::new(value).size_limit(4 << 20).build();
    if builder.is_ok_and(|regex| ORDINARY_LINES.iter().all(|line| regex.is_match(line.as_bytes()))) {
        say(
            "regex-everything",
            "ordinary lines of every kind match it".into(),
            "add what only the attack has",
        );
    }
    // A backslash itself in front of an n, and "anything but a line end", are no line ends.
    let escapes = value.replace(r"\\", "").replace(r"[^\n]", "");
    if escapes.contains(r"\n") || escapes.contains(r"\r") {
        say(
            "regex-lines",
            "lines are searched one by one, and none holds a line end".into(),
            "write it for one line",
        );
    }
}

fn address(value: &str, say: &mut dyn FnMut(&str, String, &str)) {
    let private = match value.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            address.is_private()
                || address.is_loopback()
                || address.is_documentation()
                || address.is_link_local()
        }
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        Err(_) => false,
    };
    if private {
        say(
            "private-address",
            "an address of private, loopback or documentation ranges".into(),
            "leave it out: it means another host on every network",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        let pack = super::super::read("x.csv", vec![("x.csv".into(), text.into())]);
        lint(&pack).into_iter().map(|diagnostic| diagnostic.code).collect()
    }

    #[test]
    fn tells_what_is_doubtful() {
        let text = "type,value\nsha1,da39a3ee5e6b4b0d3255bfef95601890afd80709\nip,8.8.8.8\nip,10.0.0.1\ncidr,10.0.0.0/8\nip,8.8.8.8\n";
        assert_eq!(
            codes(text),
            ["trivial-file", "public-resolver", "private-address", "broad", "public-resolver", "duplicate"]
        );
    }

    #[test]
    fn each_doubt_has_its_code_and_ordinary_values_have_none() {
        for (row, code) in [
            ("domain,co.uk", "public-suffix"),
            ("domain,github.io", "public-suffix"),
            ("domain,sharepoint.com", "public-suffix"),
            ("domain,www.google.com", "popular-domain"),
            ("domain,g\u{43e}ogle.com", "look-alike"),
            ("file-name,inv\u{43e}ice.exe", "look-alike"),
            ("file-name,in\u{ad}voice.exe", "invisible"),
            ("text,\u{201c}evil\u{201d}", "typography"),
            ("url,http://evil.com//x", "double-slash"),
            ("regex,[0-9]", "regex-everything"),
            ("regex,evil[^\\x00-\\xff]", "regex-never"),
            ("regex,evil\\nx", "regex-lines"),
            ("user-agent,Mozilla/5.0 (Windows NT 10.0", "ordinary-agent"),
            ("cidr,::/8", "broad"),
        ] {
            assert_eq!(codes(&format!("type,value\n{row}\n")), [code], "{row}");
        }
        for row in [
            "domain,evil.co.uk",
            "domain,b\u{fc}cher.example",
            "url,https://evil.com/a",
            "regex,evil[0-9]+",
            r"regex,evil\\next[^\n]{1,9}x",
            "user-agent,evilbot/1.0",
        ] {
            assert_eq!(codes(&format!("type,value\n{row}\n")), Vec::<String>::new(), "{row}");
        }
        assert_eq!(codes("type,value,severity\nip,1.2.3.4,low\nip,1.2.3.4,high\n"), ["contradiction"]);
    }

    #[test]
    fn what_no_evidence_can_meet_is_named() {
        let combination = crate::model::Combination { id: "c".into(), needs: 2, ..Default::default() };
        let sequence =
            crate::model::Sequence { id: "s".into(), stages: vec!["use".into()], ..Default::default() };
        let pack = Pack { combinations: vec![combination], sequences: vec![sequence], ..Pack::default() };
        let all: Vec<String> = lint(&pack).into_iter().map(|one| one.message).collect();
        assert_eq!(all.len(), 2, "{all:?}");
    }
}
