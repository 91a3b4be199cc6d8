//! What is doubtful about a pack, and what to do about it. A doubtful indicator is searched for all the same.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::model::{Diagnostic, DiagnosticSeverity, Indicator, Kind, Pack};

/// Digests of the empty file and of a lone line feed: every system has such files.
const TRIVIAL: [&str; 6] = [
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "68b329da9893e34099c7d8ad5cb9c940",
    "adc83b19e793491b1c6ea0fd8b46cd9f32e592fc",
    "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b",
];

/// Public DNS resolvers, as their operators announce them.
const RESOLVERS: [&str; 8] = [
    "8.8.8.8",
    "8.8.4.4",
    "1.1.1.1",
    "1.0.0.1",
    "9.9.9.9",
    "149.112.112.112",
    "208.67.222.222",
    "208.67.220.220",
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
    let mut places: BTreeMap<(Kind, &str), &str> = BTreeMap::new();
    for indicator in &pack.indicators {
        let mut say = |code: &str, message: String, hint: &str| {
            let message = format!("{}: {message}", indicator.id);
            all.push(Diagnostic::new(DiagnosticSeverity::Warning, code, message, hint).at(&pack.id));
        };
        if let Some(first) = places.insert((indicator.kind, &indicator.value), &indicator.id) {
            say("duplicate", format!("the same value as {first}"), "keep one, with both sources");
        }
        value(indicator, &mut say);
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
    all
}

fn value(indicator: &Indicator, say: &mut dyn FnMut(&str, String, &str)) {
    let value = indicator.value.as_str();
    if value.contains(['\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{2013}', '\u{2026}']) {
        say(
            "typography",
            "it has typographic quotes or dashes, as word processors put in".into(),
            "write what the evidence holds",
        );
    }
    match indicator.kind {
        Kind::Md5 | Kind::Sha1 | Kind::Sha256 if TRIVIAL.contains(&value) => {
            say(
                "trivial-file",
                "the digest of an empty file or a lone line end".into(),
                "leave it out: every system has such files",
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

fn address(value: &str, say: &mut dyn FnMut(&str, String, &str)) {
    if RESOLVERS.contains(&value) {
        say("public-resolver", "a public DNS resolver".into(), "leave it out: every network asks it");
    }
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

    #[test]
    fn tells_what_is_doubtful() {
        let text = "type,value\nsha1,da39a3ee5e6b4b0d3255bfef95601890afd80709\nip,8.8.8.8\nip,10.0.0.1\ncidr,10.0.0.0/8\nip,8.8.8.8\n";
        let pack = super::super::read("x.csv", vec![("x.csv".into(), text.into())]);
        let codes: Vec<String> = lint(&pack).into_iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(
            codes,
            ["trivial-file", "public-resolver", "private-address", "broad", "duplicate", "public-resolver"]
        );
    }
}
