//! URLs. An observed URL meets an indicator when host, port, path and, where the indicator has one, query are the same.
//!
//! What this does not do: (1) it does not tell `http` from `https`: the same page is served by both, and proxies often
//! log neither; (2) an indicator without a query meets the same path with any query; (3) fragments never count.

use std::ops::Range;

/// A canonical URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UrlParts {
    scheme: String,
    pub(super) host: String,
    port: Option<String>,
    path: String,
    query: Option<String>,
}

impl UrlParts {
    /// Takes a canonical absolute URL apart.
    pub(super) fn of_canonical(url: &str) -> Option<UrlParts> {
        let (scheme, rest) = url.split_once("://")?;
        let rest = rest.split('#').next().unwrap_or(rest);
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let authority = authority.rsplit('@').next().unwrap_or(authority);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, Some(port.to_owned())),
            _ => (authority, None),
        };
        let (path, query) = match tail.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (tail, None),
        };
        let path = if path.is_empty() { "/" } else { path };
        let port = port.filter(|port| !port.is_empty() && !is_default(scheme, port));
        Some(UrlParts {
            scheme: family(scheme).to_owned(),
            host: host.to_ascii_lowercase(),
            port,
            path: path.to_owned(),
            query,
        })
    }

    /// The span of the whole URL in `hay`, if its host stands at `host`.
    pub(super) fn stands_around(&self, hay: &[u8], host: Range<usize>) -> Option<Range<usize>> {
        let before = &hay[..host.start];
        let mut start = host.start;
        let mut scheme = "";
        if before.ends_with(b"://") {
            let letters =
                before[..before.len() - 3].iter().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
            start = before.len() - 3 - letters;
            scheme = std::str::from_utf8(&before[start..before.len() - 3]).ok()?;
            if family(&scheme.to_ascii_lowercase()) != self.scheme {
                return None;
            }
        }
        let mut end = host.end;
        let mut port = None;
        if hay.get(end) == Some(&b':') {
            let digits = hay[end + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
            port = std::str::from_utf8(&hay[end + 1..end + 1 + digits]).ok().filter(|port| !port.is_empty());
            end += 1 + digits;
        }
        let port = port.filter(|port| !is_default(&scheme.to_ascii_lowercase(), port));
        if port != self.port.as_deref()
            && !(scheme.is_empty() && self.port.is_none() && matches!(port, Some("80" | "443")))
        {
            return None;
        }
        let tail_end = end + hay[end..].iter().take_while(|b| !ends_url(**b)).count();
        let tail = trimmed(&hay[end..tail_end]);
        let whole = start..end + tail.len();
        let tail = tail.split(|b| *b == b'#').next().unwrap_or(tail);
        let (path, query) = match memchr::memchr(b'?', tail) {
            Some(mark) => (&tail[..mark], Some(&tail[mark + 1..])),
            None => (tail, None),
        };
        let path = if path.is_empty() { b"/" } else { path };
        let same_query = self.query.as_ref().is_none_or(|wanted| query == Some(wanted.as_bytes()));
        if path == self.path.as_bytes() && same_query {
            return Some(whole);
        }
        self.ends_before_punctuation(tail).map(|length| start..end + length)
    }

    /// The length of path and query in `tail`, if they stand there and a comma, semicolon or bracket follows: a URL may
    /// hold these, but where one joins a list or stands in brackets they belong to the text around it.
    fn ends_before_punctuation(&self, tail: &[u8]) -> Option<usize> {
        let rest = tail.strip_prefix(self.path.as_bytes())?;
        let rest = match &self.query {
            Some(query) => rest.strip_prefix(b"?")?.strip_prefix(query.as_bytes())?,
            None => rest,
        };
        matches!(rest.first(), Some(b',' | b';' | b')' | b']')).then(|| tail.len() - rest.len())
    }
}

/// Schemes that name the same resource.
fn family(scheme: &str) -> &str {
    match scheme {
        "https" => "http",
        "wss" => "ws",
        other => other,
    }
}

fn is_default(scheme: &str, port: &str) -> bool {
    matches!((scheme, port), ("http" | "ws", "80") | ("https" | "wss", "443") | ("ftp", "21"))
}

fn ends_url(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'|' | b'\\' | b'^' | b'`' | b'{' | b'}')
}

/// Drops the punctuation of the sentence around a URL.
fn trimmed(tail: &[u8]) -> &[u8] {
    let mut end = tail.len();
    while end > 0 && matches!(tail[end - 1], b'.' | b',' | b';' | b':' | b')' | b']' | b'!') {
        end -= 1;
    }
    &tail[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(url: &str, text: &str) -> Option<String> {
        let parts = UrlParts::of_canonical(url)?;
        let at = text.to_ascii_lowercase().find(&parts.host)?;
        let span = parts.stands_around(text.as_bytes(), at..at + parts.host.len())?;
        text.get(span).map(str::to_owned)
    }

    #[test]
    fn the_same_resource_and_nothing_longer() {
        let url = "http://dl.bench.example/p/a.bin";
        for text in [
            "\"http://dl.bench.example/p/a.bin\"",
            "see https://DL.bench.example/p/a.bin, then",
            "dl.bench.example:80/p/a.bin",
            "http://dl.bench.example/p/a.bin?victim=1",
            "[x](http://dl.bench.example/p/a.bin),O=b",
            "OU=http://dl.bench.example/p/a.bin,O=Example",
        ] {
            assert!(stands(url, text).is_some(), "{text}");
        }
        for text in [
            "http://dl.bench.example/p/a.binx",
            "http://dl.bench.example/p/",
            "ftp://dl.bench.example/p/a.bin",
            "http://dl.bench.example:8080/p/a.bin",
        ] {
            assert_eq!(stands(url, text), None, "{text}");
        }
    }
}
