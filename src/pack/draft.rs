//! A value as its publisher wrote it, on its way to become an indicator or a rejection. Every reader ends here, so
//! everything that a file holds is either taken or named with the reason.

use crate::model::{Indicator, Kind, Pack};

use super::canonical::{canonical, sniffed};
use super::naming::{self, Refusal};
use super::refang::refang;
use super::{prose, rejected, web};

/// A value on its way.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Where it stands: file and line, or object.
    pub(super) place: String,
    /// The publisher's name for its type; empty where the value's form has to tell.
    pub(super) name: String,
    /// The value as written.
    pub(super) value: String,
    /// What else is known; its id, kind and value are set here.
    pub(super) about: Indicator,
}

/// A value that was understood.
#[derive(Debug, PartialEq)]
pub(super) struct Understood {
    /// What it is.
    pub(super) kind: Kind,
    /// Its canonical form.
    pub(super) value: String,
    /// In what it differs from what was written, where that is more than spelling.
    pub(super) note: Option<&'static str>,
}

/// Takes the value into the pack, or rejects it. Tells the number of the indicator, if it became one.
pub(super) fn take(pack: &mut Pack, draft: Draft) -> Option<usize> {
    match understand(&draft.name, &draft.value) {
        Ok(understood) => {
            let number = pack.indicators.len();
            let row = number + pack.rejected.len() + 1;
            let mut about = draft.about;
            if let Some(note) = understood.note {
                let joint = if about.context.is_empty() { "" } else { " " };
                about.context = format!("{}{joint}({}: {note})", about.context, draft.value.trim());
            }
            let (kind, value) = (understood.kind, understood.value);
            pack.indicators.push(Indicator { id: format!("{}#{row}", pack.id), kind, value, ..about });
            Some(number)
        }
        Err((reason, hint)) => {
            pack.rejected.push(rejected(draft.place, &draft.value, reason, hint));
            None
        }
    }
}

/// What a value is and its canonical form; else why it is nothing that is searched for.
pub(super) fn understand(name: &str, value: &str) -> Result<Understood, Refusal> {
    let Some(kind) = naming::kind_of(name, value)? else {
        if let Some((kind, value)) = sniffed(value) {
            return Ok(Understood { kind, value, note: None });
        }
        return mended(None, value).ok_or_else(|| {
            if value.trim().starts_with('/')
                && let Err(reason) = canonical(Kind::RequestTarget, value)
            {
                return (format!("not a valid request-target: {reason}"), "write a longer path".to_owned());
            }
            let hint = "write one value a line, or a CSV with the columns type and value";
            ("the value's form does not tell what it is".to_owned(), hint.to_owned())
        });
    };
    match canonical(kind, value) {
        Ok(value) => Ok(Understood { kind, value, note: None }),
        Err(reason) => mended(Some(kind), value).ok_or_else(|| {
            let hint = "correct the value, or its type";
            (format!("not a valid {}: {reason}", kind.as_str()), hint.to_owned())
        }),
    }
}

/// What is meant where the form of a network value is usual in feeds but not that of its kind: a port or a path behind
/// a host, a URL without a scheme, an address under the name of a domain.
fn mended(kind: Option<Kind>, value: &str) -> Option<Understood> {
    if !matches!(kind, None | Some(Kind::Ipv4 | Kind::Ipv6 | Kind::Cidr | Kind::Domain | Kind::Url)) {
        return None;
    }
    let plain = refang(value.trim());
    if let Some(address) = kind.and_then(|_| web::ipv4_number(&plain)) {
        return Some(Understood {
            kind: Kind::Ipv4,
            value: address,
            note: Some("an address written as a number"),
        });
    }
    if plain.contains("://") {
        let note = Some("a URL under the name of another type");
        return canonical(Kind::Url, &plain).ok().map(|value| Understood { kind: Kind::Url, value, note });
    }
    if let Some((kind, value)) = host(&plain) {
        return Some(Understood { kind, value, note: Some("taken for what its form says") });
    }
    let without_port =
        plain.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map(|(host, _)| host);
    if let Some((found, value)) = without_port.and_then(host)
        // Without a type, `a.b:80` in running text is as often a name of a program as of a host.
        && (kind.is_some() || found != Kind::Domain || prose::has_top_level(&value))
    {
        return Some(Understood { kind: found, value, note: Some("ports are not matched") });
    }
    let (name, path) = plain.split_once('/')?;
    let name =
        name.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(name, |(name, _)| name);
    let (found, name) = host(name)?;
    let known = found != Kind::Domain || prose::has_top_level(&name);
    if path.is_empty() && known {
        return Some(Understood { kind: found, value: name, note: Some("taken for its host") });
    }
    if !known && kind != Some(Kind::Url) || found == Kind::Cidr {
        return None;
    }
    let url = canonical(Kind::Url, &format!("http://{plain}")).ok()?;
    Some(Understood { kind: Kind::Url, value: url, note: Some("written without a scheme, taken for a URL") })
}

/// An address, a block of addresses or a name.
fn host(text: &str) -> Option<(Kind, String)> {
    [Kind::Ipv4, Kind::Ipv6, Kind::Cidr, Kind::Domain]
        .into_iter()
        .find_map(|kind| canonical(kind, text).ok().map(|value| (kind, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_feeds_write_is_taken_and_the_difference_is_said() {
        for (name, value, kind, form) in [
            ("ip", "1.2.3.4:443", Kind::Ipv4, "1.2.3.4"),
            ("", "1.2.3.4:443", Kind::Ipv4, "1.2.3.4"),
            ("", "[2001:db8::1]:443", Kind::Ipv6, "2001:db8::1"),
            ("", "evil.com:8080", Kind::Domain, "evil.com"),
            ("domain", "1.2.3.4", Kind::Ipv4, "1.2.3.4"),
            ("ip", "evil.com", Kind::Domain, "evil.com"),
            ("url", "evil[.]com/a.php?x=1", Kind::Url, "http://evil.com/a.php?x=1"),
            ("domain", "evil.com/a", Kind::Url, "http://evil.com/a"),
            ("", "1.2.3.4/bins/arm7", Kind::Url, "http://1.2.3.4/bins/arm7"),
            ("url", "evil.com", Kind::Domain, "evil.com"),
            ("domain", "https://evil.com/", Kind::Url, "https://evil.com/"),
            ("ip", "0x7f000001", Kind::Ipv4, "127.0.0.1"),
        ] {
            let found = understand(name, value).expect(value);
            assert_eq!((found.kind, found.value.as_str()), (kind, form), "{name} {value}");
            assert!(found.note.is_some(), "{name} {value}");
        }
        for (name, value) in
            [("ip", "1.2.3.04"), ("", "and/or"), ("", "main.c:80"), ("md5", "evil.com"), ("ip", "x")]
        {
            assert!(understand(name, value).is_err(), "{name} {value}");
        }
    }
}
