//! Domains, hosts of URLs, e-mail addresses and digests: values that are looked up whole.

use std::collections::HashMap;

use super::IndicatorId;
use super::few::Few;
use super::url::{Tails, UrlParts};

/// A table of exact names with a filter in front that keeps most strangers out.
#[derive(Debug)]
struct Table<V> {
    entries: HashMap<Box<[u8]>, Few<V>>,
    filter: Vec<u64>,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Table { entries: HashMap::new(), filter: Vec::new() }
    }
}

impl<V: Clone> Table<V> {
    fn add(&mut self, name: &[u8], value: V) {
        self.filter.resize(1 << 14, 0);
        let bit = filter_bit(name);
        self.filter[bit / 64] |= 1 << (bit % 64);
        match self.entries.get_mut(name) {
            Some(values) => values.push(value),
            None => drop(self.entries.insert(name.into(), Few::One(value))),
        }
    }

    fn get(&self, name: &[u8]) -> &[V] {
        let bit = filter_bit(name);
        if self.filter.get(bit / 64).is_none_or(|word| word >> (bit % 64) & 1 == 0) {
            return &[];
        }
        self.entries.get(name).map_or(&[], Few::as_slice)
    }
}

/// 20 bits of FNV-1a, folded: one filter bit in a million names costs nothing to be wrong about.
fn filter_bit(name: &[u8]) -> usize {
    let hash = name.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ((hash >> 44) ^ (hash & 0xF_FFFF)) as usize & 0xF_FFFF
}

/// Compiled names.
#[derive(Debug, Default)]
pub struct Names {
    domains: Table<IndicatorId>,
    urls: Table<(IndicatorId, UrlParts)>,
    emails: Table<IndicatorId>,
    digests: Table<IndicatorId>,
    /// Last labels of all domains and URL hosts: `index.html` ends in none of them.
    last_labels: Table<()>,
}

impl Names {
    pub(super) fn add_domain(&mut self, value: &str, id: IndicatorId) {
        self.add_last_label(value);
        self.domains.add(value.as_bytes(), id);
        if let Some(own) = own_letters(value) {
            self.add_last_label(&own);
            self.domains.add(own.as_bytes(), id);
        }
    }

    pub(super) fn add_url(&mut self, url: UrlParts, id: IndicatorId) {
        let host = url.host.clone();
        for host in own_letters(&host).into_iter().chain([host]) {
            self.add_last_label(&host);
            self.urls.add(host.as_bytes(), (id, url.clone()));
        }
    }

    fn add_last_label(&mut self, host: &str) {
        let label = host.rsplit('.').next().unwrap_or(host);
        if self.last_labels.get(label.as_bytes()).is_empty() {
            self.last_labels.add(label.as_bytes(), ());
        }
    }

    pub(super) fn add_email(&mut self, value: &str, id: IndicatorId) {
        self.emails.add(value.to_ascii_lowercase().as_bytes(), id);
    }

    pub(super) fn add_digest(&mut self, value: &str, id: IndicatorId) {
        self.digests.add(value.as_bytes(), id);
    }

    /// Whether dotted tokens have to be looked at.
    pub fn has_hosts(&self) -> bool {
        !self.last_labels.entries.is_empty()
    }

    /// Whether e-mail addresses have to be looked at.
    pub fn has_emails(&self) -> bool {
        !self.emails.entries.is_empty()
    }

    /// Whether digests have to be looked at.
    pub fn has_digests(&self) -> bool {
        !self.digests.entries.is_empty()
    }

    /// Calls `met` for each domain indicator that `name` equals or lies below, with the offset in `name` at which
    /// the indicator's value begins.
    pub fn meet_domain(&self, name: &[u8], mut met: impl FnMut(IndicatorId, usize)) {
        let last = memchr::memrchr(b'.', name).map_or(0, |dot| dot + 1);
        let mut lower = [0u8; 64];
        let label = lowered(&name[last..], &mut lower);
        // The filter knows ASCII only.
        let is_ascii = name[last..].is_ascii();
        if is_ascii && label.is_none_or(|label| self.last_labels.get(label).is_empty()) {
            return;
        }
        let name = lowercase(name);
        let mut start = 0;
        loop {
            self.domains.get(&name[start..]).iter().for_each(|id| met(*id, start));
            match memchr::memchr(b'.', &name[start..]) {
                Some(dot) => start += dot + 1,
                None => return,
            }
        }
    }

    /// Calls `met` for each URL indicator whose URL stands around the host at `span`, with the span of the URL.
    pub fn meet_url(
        &self,
        hay: &[u8],
        span: std::ops::Range<usize>,
        tails: &mut Tails,
        mut met: impl FnMut(IndicatorId, std::ops::Range<usize>),
    ) {
        if self.urls.entries.is_empty() || span.len() > 255 {
            return;
        }
        let host = lowercase(&hay[span.clone()]);
        // The dot of the root may end a name in front of a path (RFC 3986, section 3.2.2).
        let rooted =
            hay[span.end..].starts_with(b".") && matches!(hay.get(span.end + 1), Some(b'/' | b':' | b'?'));
        let span = span.start..span.end + usize::from(rooted);
        for (id, parts) in self.urls.get(&host) {
            if let Some(whole) = parts.stands_around(hay, span.clone(), tails) {
                met(*id, whole);
            }
        }
    }

    /// Indicators of an e-mail address.
    pub fn meet_email(&self, address: &[u8]) -> &[IndicatorId] {
        self.emails.get(&address.to_ascii_lowercase())
    }

    /// Indicators of a digest in hexadecimal, any case.
    pub fn meet_digest(&self, digest: &[u8]) -> &[IndicatorId] {
        let mut lower = [0u8; 64];
        lowered(digest, &mut lower).map_or(&[], |digest| self.digests.get(digest))
    }
}

/// An internationalized name in its own letters, as evidence may write it.
fn own_letters(name: &str) -> Option<String> {
    name.contains("xn--").then(|| idna::domain_to_unicode(name).0)
}

/// A name in lower case, byte for byte in its place: a letter whose lower case is longer or shorter stays.
fn lowercase(name: &[u8]) -> Vec<u8> {
    let text = if name.is_ascii() { None } else { std::str::from_utf8(name).ok() };
    let Some(text) = text else { return name.to_ascii_lowercase() };
    let lower = |letter: char| {
        let mut lower = letter.to_lowercase();
        let first = lower.next().filter(|first| first.len_utf8() == letter.len_utf8());
        first.filter(|_| lower.next().is_none()).unwrap_or(letter)
    };
    text.chars().map(lower).collect::<String>().into_bytes()
}

fn lowered<'b>(text: &[u8], buffer: &'b mut [u8; 64]) -> Option<&'b [u8]> {
    let out = buffer.get_mut(..text.len())?;
    for (to, from) in out.iter_mut().zip(text) {
        *to = from.to_ascii_lowercase();
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_seen_below_itself_and_nowhere_else() {
        let mut names = Names::default();
        names.add_domain("evil.com", IndicatorId(7));
        let seen = |name: &str| {
            let mut count = 0;
            names.meet_domain(name.as_bytes(), |_, _| count += 1);
            count
        };
        for name in ["evil.com", "EVIL.COM", "a.b.evil.com"] {
            assert_eq!(seen(name), 1, "{name}");
        }
        for name in ["notevil.com", "evil.com.au", "com", "evil.co", "evil.org"] {
            assert_eq!(seen(name), 0, "{name}");
        }
    }

    #[test]
    fn a_name_in_its_own_letters_is_met_in_either_case() {
        let mut names = Names::default();
        names.add_domain("xn--mnchen-3ya.example", IndicatorId(1));
        let url = UrlParts::of_canonical("http://xn--mnchen-3ya.example/p/x").expect("a URL");
        names.add_url(url, IndicatorId(2));
        let seen = |host: &str, rest: &str| {
            let mut all = Vec::new();
            let text = format!("http://{host}{rest}");
            names.meet_domain(host.as_bytes(), |id, _| all.push(id.0));
            names.meet_url(text.as_bytes(), 7..7 + host.len(), &mut Tails::default(), |id, _| all.push(id.0));
            all
        };
        for host in ["m\u{fc}nchen.example", "M\u{dc}NCHEN.Example", "xn--mnchen-3ya.example"] {
            assert_eq!(seen(host, "/p/x"), [1, 2], "{host}");
            assert_eq!(seen(host, "./p/x"), [1, 2], "{host}");
            assert_eq!(seen(host, ".:80/p/x"), [1, 2], "{host}");
            assert_eq!(seen(host, "../p/x"), [1], "{host}");
        }
        for host in ["munchen.example", "m\u{fa}nchen.example", "xm\u{fc}nchen.example"] {
            assert_eq!(seen(host, "/p/x"), [0u32; 0], "{host}");
        }
    }
}
