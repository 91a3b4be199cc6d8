//! URLs in the one form in which clients ask for them: what the WHATWG URL standard serializes, without the fragment,
//! which never reaches a server.
//!
//! What this does not do: (1) relative URLs and URLs without a host, such as `mailto:`, are none that a log shows;
//! (2) spaces are not percent-encoded, since a cell with a space more often holds two values.

use url::Url;

/// The canonical form of an absolute URL with a host.
pub(super) fn url(value: &str) -> Result<String, String> {
    if value.contains(char::is_whitespace) {
        return Err("a URL has no spaces; percent-encode them".to_owned());
    }
    let mut url = Url::parse(value).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => "expected a scheme, as in https://host/path".to_owned(),
        other => format!("the URL standard refuses it: {other}"),
    })?;
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
        return Err("expected a host behind the scheme".to_owned());
    };
    if host.contains('*') {
        return Err("its host has a wildcard; write the domain, which its subdomains belong to".to_owned());
    }
    // The standard lowers the host of the schemes it knows; the names of hosts have no case under any.
    let lower = host.trim_end_matches('.').to_ascii_lowercase();
    if lower != host && url.set_host(Some(&lower)).is_err() {
        return Err("expected a host behind the scheme".to_owned());
    }
    url.set_fragment(None);
    let text = url.as_str();
    let end = text.find("://").map_or(0, |at| at + 3);
    let bare = !text[end..].contains(['/', '?']);
    Ok(if bare { format!("{text}/") } else { text.to_owned() })
}

/// The dotted form of an IPv4 address written as one number or in hexadecimal (WHATWG URL, section 3.5); `None` for
/// other text. A part with a leading zero is octal for some readers and decimal for others, and is left alone.
pub(super) fn ipv4_number(value: &str) -> Option<String> {
    let hex = value.to_ascii_lowercase().starts_with("0x");
    let single = value.len() > 7 && value.bytes().all(|byte| byte.is_ascii_digit());
    if !hex && (!single || value.starts_with('0')) {
        return None;
    }
    match url::Host::parse(value) {
        Ok(url::Host::Ipv4(address)) => Some(address.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_url_has_the_form_in_which_it_is_asked_for() {
        for (written, form) in [
            ("https://Evil.com:443/A?b#c", "https://evil.com/A?b"),
            ("http://evil.com", "http://evil.com/"),
            ("http://evil.com./x", "http://evil.com/x"),
            ("http://evil.com/a/../b/./c", "http://evil.com/b/c"),
            ("http:\\\\evil.com\\x", "http://evil.com/x"),
            ("http://0x7f.1/", "http://127.0.0.1/"),
            ("http://2130706433/", "http://127.0.0.1/"),
            ("http://B\u{fc}cher.example/\u{fc}", "http://xn--bcher-kva.example/%C3%BC"),
            ("http://[2001:DB8:0::1]:80/", "http://[2001:db8::1]/"),
            ("tcp://EVIL.com:4444", "tcp://evil.com:4444/"),
            ("http://u:p@evil.com/", "http://u:p@evil.com/"),
        ] {
            assert_eq!(url(written).as_deref(), Ok(form), "{written}");
            assert_eq!(url(form).as_deref(), Ok(form), "{form}, a second time");
        }
        for refused in
            ["evil.com/x", "mailto:a@b.c", "http://", "http://*.evil.com/", "http://a b/", "http://a%b/"]
        {
            assert!(url(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn numbers_are_addresses_and_leading_zeros_are_not() {
        assert_eq!(ipv4_number("2130706433").as_deref(), Some("127.0.0.1"));
        assert_eq!(ipv4_number("0x7f000001").as_deref(), Some("127.0.0.1"));
        for other in ["017700000001", "4294967296", "123", "evil", "0x1g"] {
            assert_eq!(ipv4_number(other), None, "{other}");
        }
    }
}
