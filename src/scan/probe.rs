//! Lines made up for an indicator: one that shows it, and lines that nearly do.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::{Indicator, Kind};

use super::example;

/// A line that shows `indicator`, written as a log would; empty where none could be made up.
pub(super) fn positive(indicator: &Indicator) -> String {
    let value = &indicator.value;
    match indicator.kind {
        Kind::Cidr => value.split('/').next().unwrap_or(value).to_owned(),
        Kind::RequestTarget => request(indicator, &value.replace('*', "x")),
        Kind::UserAgent => agent(value),
        Kind::FilePath | Kind::FileName | Kind::Text => value.clone(),
        Kind::Regex => example::of(value).unwrap_or_default(),
        _ => quoted(value),
    }
}

/// Lines that hold something like `indicator` and must not be taken for it.
///
/// What this does not make: (1) near misses of a text that is searched as it is stand in no longer word, since a text
/// is met inside words too; (2) lines that hold the value itself somewhere else.
pub(super) fn misses(indicator: &Indicator) -> Vec<String> {
    let value = indicator.value.as_str();
    let values = match indicator.kind {
        Kind::Md5 | Kind::Sha1 | Kind::Sha256 => digest(value),
        // One number more behind an address is its port.
        Kind::Ipv4 => vec![
            format!("9{value}"),
            format!("{value}5"),
            format!("1.5.{value}"),
            format!("{value}.5.1"),
            format!("{value}.example"),
        ],
        Kind::Ipv6 => vec![format!("{value}f"), format!("f{value}"), format!("{value}:f")],
        Kind::Cidr => outside(value),
        Kind::Domain => domain(value),
        Kind::Url => url(value),
        Kind::Email => vec![format!("x{value}"), format!("{value}x"), format!("{value}.example")],
        Kind::RequestTarget => return target(indicator),
        Kind::FilePath => return path(value),
        Kind::FileName => {
            return vec![
                format!("x{value}"),
                format!("{value}x"),
                format!("{value}.x"),
                format!("{value}/x"),
            ];
        }
        Kind::UserAgent => return self::agents(value),
        Kind::Text => return text(value),
        Kind::Regex => return expression(value),
    };
    values.iter().map(|value| quoted(value)).collect()
}

fn quoted(value: &str) -> String {
    format!("control \"{value}\" control")
}

fn logged(request: &str, agent: &str) -> String {
    format!("192.0.2.1 - - [16/Dec/2020:10:00:00 +0000] \"{request} HTTP/1.1\" 200 1 \"-\" \"{agent}\"")
}

fn request(indicator: &Indicator, target: &str) -> String {
    let slash = if target.starts_with('/') { "" } else { "/" };
    logged(&format!("{} {slash}{target}", indicator.method.as_deref().unwrap_or("GET")), "control")
}

fn agent(value: &str) -> String {
    logged("GET /", value)
}

/// One digit more, one less, and another one in the middle.
fn digest(value: &str) -> Vec<String> {
    let middle = value.len() / 2;
    let other = if value.as_bytes().get(middle) == Some(&b'0') { '1' } else { '0' };
    let changed = format!("{}{other}{}", &value[..middle], &value[middle + 1..]);
    vec![changed, format!("{value}0"), format!("0{value}"), value[1..].to_owned(), format!("{value}x")]
}

/// The addresses right before and right after a block.
fn outside(value: &str) -> Vec<String> {
    let Some((network, prefix)) = value.split_once('/') else { return Vec::new() };
    let (Ok(network), Ok(prefix)) = (network.parse::<IpAddr>(), prefix.parse::<u32>()) else {
        return Vec::new();
    };
    let all = match network {
        IpAddr::V4(network) => {
            let first = u32::from(network);
            let last = first | u32::MAX.checked_shr(prefix).unwrap_or(0);
            let shown = |address| Ipv4Addr::from(address).to_string();
            [first.checked_sub(1).map(shown), last.checked_add(1).map(shown)]
        }
        IpAddr::V6(network) => {
            let first = u128::from(network);
            let last = first | u128::MAX.checked_shr(prefix).unwrap_or(0);
            let shown = |address| Ipv6Addr::from(address).to_string();
            [first.checked_sub(1).map(shown), last.checked_add(1).map(shown)]
        }
    };
    all.into_iter().flatten().collect()
}

fn domain(value: &str) -> Vec<String> {
    let mut all = vec![format!("x{value}"), format!("{value}x"), format!("{value}.example")];
    if value.contains('.') {
        all.push(value.replacen('.', "-", 1));
        all.push(value.replacen('.', "x.", 1));
    }
    all
}

/// Another host, a longer path, and the path in other letter case.
fn url(value: &str) -> Vec<String> {
    let mut all = vec![format!("{value}x")];
    let Some((scheme, rest)) = value.split_once("://") else { return all };
    all.push(format!("{scheme}://x{rest}"));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let swapped = swapped(tail);
    // `%2F` and `%2f` are the same octet (RFC 3986, section 2.1).
    if swapped != tail && !tail.contains('%') {
        all.push(format!("{scheme}://{authority}{swapped}"));
    }
    all
}

fn target(indicator: &Indicator) -> Vec<String> {
    let value = indicator.value.as_str();
    let (path, query) = value.split_once('?').unwrap_or((value, ""));
    let asked = if query.is_empty() { String::new() } else { format!("?{query}") };
    let shown = path.replace('*', "x");
    let mut all = Vec::new();
    if !path.ends_with('*') {
        all.push(format!("{shown}x{asked}"));
        all.push(format!("{shown}/x{asked}"));
    }
    if !path.starts_with('*') && !path.is_empty() {
        all.push(format!("/x{shown}{asked}"));
    }
    let parameters: Vec<&str> = query.split('&').filter(|one| !one.is_empty()).collect();
    for (place, parameter) in parameters.iter().enumerate() {
        let without: Vec<&str> =
            parameters.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, one)| *one).collect();
        // The same parameter twice is there all the same.
        if !without.iter().any(|other| other.starts_with(parameter)) {
            all.push(format!("{shown}?{}", without.join("&")));
            all.push(format!(
                "{shown}?{}",
                [without.as_slice(), &[&format!("x{parameter}")]].concat().join("&")
            ));
        }
    }
    let mut lines: Vec<String> = all.iter().map(|target| request(indicator, target)).collect();
    if let Some(method) = &indicator.method {
        let other = if method.eq_ignore_ascii_case("GET") { "POST" } else { "GET" };
        let other = Indicator { method: Some(other.to_owned()), ..indicator.clone() };
        lines.push(request(&other, &value.replace('*', "x")));
    }
    lines
}

/// A longer path, another folder in front, and other letter case where that counts.
fn path(value: &str) -> Vec<String> {
    let separator = |c: char| c == '/' || c == '\\';
    let mut all = vec![format!("x{value}")];
    match value.strip_suffix(separator) {
        Some(folder) => all.push(format!("{folder}x{}", &value[folder.len()..])),
        None => all.extend([format!("{value}x"), format!("{value}.x"), format!("{value}/x")]),
    }
    let windows = value.contains('\\') || value.as_bytes().get(1) == Some(&b':');
    let swapped = swapped(value);
    if !windows && swapped != value {
        all.push(swapped);
    }
    all
}

fn agents(value: &str) -> Vec<String> {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let mut all = Vec::new();
    if word(value.chars().last()) {
        all.push(format!("{value}x"));
    }
    if word(value.chars().next()) {
        all.push(format!("x{value}"));
    }
    if value.starts_with("Mozilla/") {
        all.push(format!("{value} x"));
    }
    let swapped = swapped(value);
    if swapped != value {
        all.push(swapped);
    }
    all.iter().map(|value| agent(value)).collect()
}

/// Another letter in the middle, and other letter case.
fn text(value: &str) -> Vec<String> {
    let middle = value.char_indices().nth(value.chars().count() / 2);
    let changed = middle.map(|(at, c)| {
        let other = if c == 'q' { 'z' } else { 'q' };
        format!("{}{other}{}", &value[..at], &value[at + c.len_utf8()..])
    });
    let swapped = swapped(value);
    changed.into_iter().chain((swapped != value).then_some(swapped)).collect()
}

/// The example with a character left out, wherever the expression by itself does not match that any more.
fn expression(value: &str) -> Vec<String> {
    let (Some(example), Ok(regex)) = (example::of(value), regex::Regex::new(&format!("(?m){value}"))) else {
        return Vec::new();
    };
    let places = example.char_indices();
    places
        .map(|(at, c)| format!("{}{}", &example[..at], &example[at + c.len_utf8()..]))
        .filter(|text| !regex.is_match(text))
        .collect()
}

fn swapped(value: &str) -> String {
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    value.chars().map(swap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, value: &str) -> Vec<String> {
        misses(&Indicator { kind, value: value.into(), ..Indicator::default() })
    }

    #[test]
    fn near_misses_are_near_and_are_misses() {
        assert!(of(Kind::Ipv4, "1.1.1.1")[0].contains("91.1.1.1"));
        assert_eq!(of(Kind::Cidr, "79.141.160.0/22"), [quoted("79.141.159.255"), quoted("79.141.164.0")]);
        assert_eq!(of(Kind::Cidr, "0.0.0.0/0"), Vec::<String>::new());
        assert!(of(Kind::Url, "http://evil.com/a")[2].contains("http://evil.com/A"));
        assert_eq!(of(Kind::RequestTarget, "/a/b.php?c=1").len(), 5);
        assert_eq!(of(Kind::Regex, r"abc\d")[0], "bc0");
        assert!(of(Kind::FilePath, r"C:\a\b.exe").iter().all(|line| line != r"c:\A\B.EXE"));
    }
}
