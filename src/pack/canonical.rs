//! One canonical form for each kind of value, so that a value is written in one way wherever it comes from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::Kind;

use super::refang::refang;
use super::web;

/// The canonical form of `value`, or why it is none of its kind.
pub fn canonical(kind: Kind, value: &str) -> Result<String, String> {
    let value = value.trim();
    if value.is_empty() {
        return Err("the value is empty".to_owned());
    }
    if value.contains(['\n', '\r']) {
        return Err("the value goes over more than one line, and lines are searched one by one".to_owned());
    }
    match kind {
        Kind::Md5 => hash(value, 32),
        Kind::Sha1 => hash(value, 40),
        Kind::Sha256 => hash(value, 64),
        Kind::Ipv4 => ipv4(&refang(value)).map(|address| address.to_string()),
        Kind::Ipv6 => ipv6(&refang(value)).map(|address| address.to_string()),
        Kind::Cidr => cidr(&refang(value)),
        Kind::Domain => domain(&refang(value)),
        Kind::Url => web::url(&refang(value)),
        Kind::Email => email(&refang(value)),
        Kind::Regex => regex(value),
        Kind::RequestTarget => request_target(value),
        Kind::FileName if value.contains('/') => Err("a file name has no `/`; use file-path".to_owned()),
        Kind::FilePath | Kind::FileName | Kind::UserAgent | Kind::Text => Ok(value.to_owned()),
    }
}

/// The kind that a bare value is by its form, if that is clear.
pub fn sniff(value: &str) -> Option<Kind> {
    sniffed(value).map(|(kind, _)| kind)
}

/// The kind that a bare value is by its form, and its canonical form.
pub(super) fn sniffed(value: &str) -> Option<(Kind, String)> {
    let value = refang(value.trim());
    let value = value.as_ref();
    if matches!(value.len(), 32 | 40 | 64) && value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let kind = match value.len() {
            32 => Kind::Md5,
            40 => Kind::Sha1,
            _ => Kind::Sha256,
        };
        return Some((kind, value.to_ascii_lowercase()));
    }
    let is = |kind: Kind| canonical(kind, value).ok().map(|form| (kind, form));
    if value.contains("://") {
        return is(Kind::Url);
    }
    if value.starts_with('/') && value.len() > 1 && !value.contains(' ') {
        return is(Kind::RequestTarget);
    }
    let first = value.bytes().next()?;
    if value.contains('@') {
        return is(Kind::Email);
    }
    let numeric = first.is_ascii_digit() || value.contains(':');
    let address = || is(Kind::Ipv4).or_else(|| is(Kind::Ipv6)).or_else(|| is(Kind::Cidr));
    numeric.then(address).flatten().or_else(|| is(Kind::Domain))
}

fn hash(value: &str, length: usize) -> Result<String, String> {
    if value.len() != length {
        let count = value.chars().count();
        let found = match count {
            32 => ", as MD5 has".to_owned(),
            40 => ", as SHA-1 has".to_owned(),
            64 => ", as SHA-256 has".to_owned(),
            _ if count > length => ": several joined, or another digest".to_owned(),
            _ => ": it is cut short".to_owned(),
        };
        return Err(format!("expected {length} hexadecimal digits, found {count} characters{found}"));
    }
    match value.chars().find(|c| !c.is_ascii_hexdigit()) {
        Some(other) => Err(format!("expected hexadecimal digits, found {other:?}")),
        None => Ok(value.to_ascii_lowercase()),
    }
}

fn ipv4(value: &str) -> Result<Ipv4Addr, String> {
    if value.contains('/') {
        return Err("this is a block of addresses; use cidr".to_owned());
    }
    if value.split('.').count() == 4 && value.split('.').any(|part| part.len() > 1 && part.starts_with('0')) {
        return Err(
            "a part with a leading zero: some read it as octal, some as decimal; write it without".to_owned()
        );
    }
    if value
        .rsplit_once(':')
        .is_some_and(|(host, port)| host.parse::<Ipv4Addr>().is_ok() && port.parse::<u16>().is_ok())
    {
        return Err("an address with a port: ports are not matched; write the address alone".to_owned());
    }
    value.parse().map_err(|_| {
        "expected four decimal numbers of 0 to 255 without leading zeros, joined by dots".to_owned()
    })
}

fn ipv6(value: &str) -> Result<Ipv6Addr, String> {
    let bare = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
    // A zone (RFC 4007, section 11) names a network card of the host that wrote it, and says nothing elsewhere.
    let bare = match bare.split_once('%') {
        Some((address, zone)) if !zone.is_empty() && !zone.contains(['%', '/']) => address,
        _ => bare,
    };
    bare.parse().map_err(|_| "expected an IPv6 address as in RFC 4291, section 2.2".to_owned())
}

fn cidr(value: &str) -> Result<String, String> {
    let (address, prefix) = value.split_once('/').ok_or("expected an address, `/` and a prefix length")?;
    let prefix: u32 = prefix.parse().map_err(|_| format!("the prefix length {prefix:?} is not a number"))?;
    match address.parse::<IpAddr>().map_err(|_| format!("{address:?} is not an address"))? {
        IpAddr::V4(address) if prefix <= 32 => {
            let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
            Ok(format!("{}/{prefix}", Ipv4Addr::from(u32::from(address) & mask)))
        }
        IpAddr::V6(address) if prefix <= 128 => {
            let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
            Ok(format!("{}/{prefix}", Ipv6Addr::from(u128::from(address) & mask)))
        }
        _ => Err(format!("the prefix length {prefix} is longer than the address")),
    }
}

fn domain(value: &str) -> Result<String, String> {
    let name = value.trim_end_matches('.').trim_start_matches("*.").to_ascii_lowercase();
    if name.contains("://") || name.contains('/') {
        return Err("this has a path or a scheme; use url".to_owned());
    }
    if name.parse::<IpAddr>().is_ok() {
        return Err("this is an address; use ipv4 or ipv6".to_owned());
    }
    if name.contains(':') {
        return Err("a name with a port: ports are not matched; write the name alone".to_owned());
    }
    // UTS 46, non-transitional: the form in which the name system and most logs write it.
    let name = if name.is_ascii() {
        name
    } else {
        idna::domain_to_ascii(&name).map_err(|_| "expected a name that IDNA allows (UTS 46)".to_owned())?
    };
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if !name.split('.').all(label_ok) || name.len() > 253 {
        return Err("expected labels of letters, digits and hyphens joined by dots".to_owned());
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    if !name.contains('.') || last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("expected at least two labels, the last of them a top-level domain".to_owned());
    }
    Ok(name)
}

fn email(value: &str) -> Result<String, String> {
    let (local, host) = value.rsplit_once('@').ok_or("expected a local part, @ and a domain")?;
    let odd = local.is_empty() || local.chars().any(|c| c.is_whitespace() || "<>,;:\"()[]".contains(c));
    if odd {
        return Err("expected an address such as name@example.com".to_owned());
    }
    Ok(format!("{}@{}", local.to_ascii_lowercase(), domain(host)?))
}

fn request_target(value: &str) -> Result<String, String> {
    if value.contains(char::is_whitespace) {
        return Err(
            "a request target has no spaces; percent-decode it only where the server would".to_owned()
        );
    }
    let fixed = value.replace(['*', '/', '?', '&', '='], "");
    if fixed.len() < 3 {
        return Err("too little fixed text: this would meet nearly every request".to_owned());
    }
    Ok(value.to_owned())
}

fn regex(value: &str) -> Result<String, String> {
    // Bytes first, as the search compiles it: a class such as `[^x]` is a hundred times smaller without Unicode.
    let build = |unicode: bool| {
        let mut builder = regex::bytes::RegexBuilder::new(value);
        builder.multi_line(true).unicode(unicode).size_limit(4 << 20).build()
    };
    match build(false).or_else(|_| build(true)) {
        Ok(regex) if regex.is_match(b"") => {
            Err("it matches the empty text, so it would match every line".to_owned())
        }
        Ok(_) => Ok(value.to_owned()),
        Err(error) => {
            Err(error.to_string().lines().last().unwrap_or("it does not compile").trim().to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_one_form() {
        for (kind, value, form) in [
            (Kind::Md5, "D41D8CD98F00B204E9800998ECF8427E", "d41d8cd98f00b204e9800998ecf8427e"),
            (Kind::Ipv4, "1[.]2[.]3[.]4", "1.2.3.4"),
            (Kind::Ipv6, "2001:0DB8:0:0::1", "2001:db8::1"),
            (Kind::Cidr, "79.141.162.82/22", "79.141.160.0/22"),
            (Kind::Domain, "*.Evil[.]COM.", "evil.com"),
            (Kind::Domain, "B\u{fc}cher.example", "xn--bcher-kva.example"),
            (Kind::Url, "hxxps://Evil[.]com:443/A?b#c", "https://evil.com/A?b"),
            (Kind::Url, "http://evil.com", "http://evil.com/"),
            (Kind::Email, "Ops[@]Evil.com", "ops@evil.com"),
        ] {
            assert_eq!(canonical(kind, value).as_deref(), Ok(form), "{value}");
        }
    }

    #[test]
    fn what_is_not_of_its_kind_is_refused_with_a_reason() {
        for (kind, value) in [
            (Kind::Md5, "d41d8"),
            (Kind::Sha1, "zz39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (Kind::Ipv4, "1.2.3.04"),
            (Kind::Ipv4, "1.2.3.4:80"),
            (Kind::Cidr, "1.2.3.4/33"),
            (Kind::Domain, "localhost"),
            (Kind::Domain, "1.2.3.4"),
            (Kind::Url, "evil.com/x"),
            (Kind::Regex, "(unclosed"),
            (Kind::Regex, "x*"),
            (Kind::Text, " "),
        ] {
            assert!(canonical(kind, value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_bare_value_is_what_it_looks_like() {
        for (value, kind) in [
            ("1.2.3.4", Some(Kind::Ipv4)),
            ("1.2.3.0/24", Some(Kind::Cidr)),
            ("::1", Some(Kind::Ipv6)),
            ("evil[.]com", Some(Kind::Domain)),
            ("hxxp://evil.com/x", Some(Kind::Url)),
            ("a@evil.com", Some(Kind::Email)),
            ("/a/b.php", Some(Kind::RequestTarget)),
            ("hello", None),
        ] {
            assert_eq!(sniff(value), kind, "{value}");
        }
    }
}
