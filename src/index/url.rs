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
    pub(super) fn stands_around(
        &self,
        hay: &[u8],
        host: Range<usize>,
        tails: &mut Tails,
    ) -> Option<Range<usize>> {
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
        let behind = end + self.path_and_query(&hay[end..])?;
        let goes_on = self.query.is_none() && hay.get(behind) == Some(&b'?');
        if goes_on || hay.get(behind) == Some(&b'#') {
            return Some(start..tails.trimmed(hay, behind));
        }
        ends_at(&hay[behind..]).then_some(start..behind)
    }

    /// The length of this path and, where there is one, this query at the beginning of `tail`. The parts are compared
    /// before anything is known of where the URL ends: they may hold what elsewhere stands around one.
    fn path_and_query(&self, tail: &[u8]) -> Option<usize> {
        let rest = match tail.strip_prefix(self.path.as_bytes()) {
            Some(rest) => rest,
            None if self.path == "/" => tail,
            None => return None,
        };
        let rest = match &self.query {
            Some(query) => rest.strip_prefix(b"?")?.strip_prefix(query.as_bytes())?,
            None => rest,
        };
        Some(tail.len() - rest.len())
    }
}

/// Where URLs end; kept from one host to the next, so that a long one with many hosts in it is read once.
#[derive(Debug, Default)]
pub struct Tails {
    /// What was last read.
    read: Range<usize>,
    /// Its end without the punctuation of the sentence around.
    trimmed: usize,
}

impl Tails {
    /// Where the URL ends that goes on at `from`.
    fn trimmed(&mut self, hay: &[u8], from: usize) -> usize {
        if !self.read.contains(&from) {
            let end = from + hay[from..].iter().take_while(|byte| !ends_url(**byte)).count();
            let last = hay[from..end].iter().rposition(|byte| !is_punctuation(*byte));
            self.read = from..end;
            self.trimmed = last.map_or(from, |last| from + last + 1);
        }
        self.trimmed.max(from)
    }
}

/// Whether a URL may end in front of `rest`: where text around it begins, or punctuation of the sentence. It may hold
/// a comma, semicolon or bracket, but where one joins a list or stands in brackets these belong to the text around it.
fn ends_at(rest: &[u8]) -> bool {
    let punctuation = rest.iter().take_while(|byte| is_punctuation(**byte)).count();
    rest.get(punctuation).is_none_or(|byte| ends_url(*byte))
        || matches!(rest.first(), Some(b',' | b';' | b')' | b']'))
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

/// The punctuation of a sentence around a URL.
fn is_punctuation(byte: u8) -> bool {
    matches!(byte, b'.' | b',' | b';' | b':' | b')' | b']' | b'!')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(url: &str, text: &str) -> Option<String> {
        let parts = UrlParts::of_canonical(url)?;
        let at = text.to_ascii_lowercase().find(&parts.host)?;
        let span = parts.stands_around(text.as_bytes(), at..at + parts.host.len(), &mut Tails::default())?;
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

    #[test]
    fn a_path_or_query_may_hold_what_stands_around_urls() {
        for url in [
            "http://dl.example/a(1)",
            "http://dl.example/o'brien.pdf",
            "http://dl.example/a?b={x|y}",
            "http://dl.example/a?b=c.",
            "http://dl.example/a?r=http://z.example/k,(1)",
        ] {
            for text in
                [format!("GET {url} 200"), format!("\"{url}\""), format!("({url}), then"), format!("'{url}'")]
            {
                assert_eq!(stands(url, &text).as_deref(), Some(url), "{text}");
            }
            for text in [
                format!("{url}x"),
                format!("{url}.x"),
                format!("{url}/x"),
                url.replace("dl.example/", "dl.example/x/"),
            ] {
                assert_eq!(stands(url, &text), None, "{text}");
            }
        }
        assert_eq!(
            stands("http://dl.example/a", "GET http://dl.example/a?b=1(2),3. 200").as_deref(),
            Some("http://dl.example/a?b=1(2),3")
        );
        for text in
            ["see http://dl.example.", "OU=http://dl.example,O=x", "dl.example:80", "http://dl.example/#x?y"]
        {
            assert!(stands("http://dl.example/", text).is_some(), "{text}");
        }
        for text in ["http://dl.example/x", "http://dl.examplex", "http://dl.example:8080/"] {
            assert_eq!(stands("http://dl.example/", text), None, "{text}");
        }
    }
}
