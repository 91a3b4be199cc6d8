//! Request targets (RFC 9112, section 3.2): a path, and parameters in any order.
//!
//! An indicator that begins with `/` names the whole path; one that begins with `*` any path that ends so; another
//! the last segments of a path. `*` stands for any bytes of the path. Parameters after `?` all have to be there, in any
//! order and among others; one without a value meets any value. Letter case does not count, `//`, `/./` and `/../` are
//! folded first, and an absolute form (`http://host/path`) is read like the origin form. An indicator that holds `/..`
//! is about the way the path is written: nothing is folded for it.

use std::ops::Range;

/// A compiled request target.
#[derive(Clone, Debug)]
pub(super) struct Target {
    path: Vec<u8>,
    parameters: Vec<Vec<u8>>,
}

impl Target {
    pub(super) fn of_canonical(value: &str) -> Target {
        let lower = value.to_ascii_lowercase();
        let (path, query) = lower.split_once('?').unwrap_or((&lower, ""));
        let path = match path.as_bytes().first() {
            Some(b'/' | b'*') => path.to_owned(),
            _ => format!("*/{path}"),
        };
        let parameters = query.split('&').filter(|part| !part.is_empty());
        Target {
            path: path.into_bytes(),
            parameters: parameters.map(|part| part.as_bytes().to_vec()).collect(),
        }
    }

    /// The piece of text that every such target holds and few others do: the longest path segment between wildcards,
    /// which also stands in paths that have to be folded first, or else a parameter's name.
    pub(super) fn anchor(&self) -> Vec<u8> {
        let runs = self.path.split(|byte| *byte == b'*');
        let run = runs.max_by_key(|run| run.len()).unwrap_or_default();
        let segment = run.split(|byte| *byte == b'/').max_by_key(|segment| segment.len()).unwrap_or_default();
        let named = self.parameters.iter().max_by_key(|parameter| parameter.len());
        match named {
            Some(parameter) if segment.len() < 8 => parameter.clone(),
            _ if segment.len() < 4 => run.to_vec(),
            _ => segment.to_vec(),
        }
    }

    /// The span of the request target around the anchor at `found`, if it is this one.
    pub(super) fn stands_around(&self, hay: &[u8], found: Range<usize>) -> Option<Range<usize>> {
        let token = token_around(hay, found.clone());
        let start = token.start + origin(&hay[token.clone()], found.start - token.start);
        let end = token.end;
        if let Some(mark) = memchr::memchr(b'?', &hay[start..end]) {
            let (path, query) = (&hay[start..start + mark], &hay[start + mark + 1..end]);
            return (self.is_path(path) && self.parameters_in(query)).then_some(start..end);
        }
        if self.parameters.is_empty() {
            return self.is_path(&hay[start..end]).then_some(start..end);
        }
        // The W3C Extended Log File Format has columns of their own for the path and the query (cs-uri-stem and
        // cs-uri-query).
        let column = |at: usize| hay.get(at).is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        if column(end) {
            let query = token_around(hay, end + 1..end + 1);
            if self.is_path(&hay[start..end]) && self.parameters_in(&hay[query.clone()]) {
                return Some(start..query.end);
            }
        }
        let before = token.start.checked_sub(1).filter(|at| column(*at))?;
        let path = token_around(hay, before..before);
        (self.is_path(&hay[path.clone()]) && self.parameters_in(&hay[token])).then_some(path.start..end)
    }

    fn is_path(&self, path: &[u8]) -> bool {
        if self.is_traversal() {
            return glob(&self.path, &path.to_ascii_lowercase());
        }
        let path = path.split(|byte| matches!(byte, b'#' | b';')).next().unwrap_or_default();
        glob(&self.path, &folded(path))
    }

    /// Whether the way the path is written is the sign: such a path is compared as it stands.
    fn is_traversal(&self) -> bool {
        memchr::memmem::find(&self.path, b"/..").is_some()
    }

    fn parameters_in(&self, query: &[u8]) -> bool {
        let lower = query.to_ascii_lowercase();
        self.parameters.iter().all(|wanted| {
            lower.split(|byte| matches!(byte, b'&' | b';' | b'?')).any(|parameter| {
                parameter == wanted.as_slice()
                    || (parameter.starts_with(wanted)
                        && (wanted.ends_with(b"=") || parameter.get(wanted.len()) == Some(&b'=')))
            })
        })
    }
}

/// What stands around `place` without a byte that ends a request target.
fn token_around(hay: &[u8], place: Range<usize>) -> Range<usize> {
    let start = hay[..place.start].iter().rposition(|byte| ends_target(*byte)).map_or(0, |at| at + 1);
    let length = hay[place.end..].iter().position(|byte| ends_target(*byte));
    start..place.end + length.unwrap_or(hay.len() - place.end)
}

/// Bytes that do not stand in a request target as logs write it.
fn ends_target(byte: u8) -> bool {
    byte <= b' '
        || byte == 0x7F
        || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'|' | b'`' | b'(' | b')' | b',' | b'[' | b']')
}

/// Where the path begins in a token: after `http://host`, `host:port`, `key=` or `key:`; `anchor` is a place inside
/// the target.
fn origin(token: &[u8], anchor: usize) -> usize {
    let before = &token[..anchor];
    let mut start = 0;
    if let Some(scheme) = memchr::memmem::rfind(before, b"://") {
        start = scheme + 3;
        return start + token[start..].iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(0);
    }
    // `src=/path` or `uri:/path`, but not the `=` of a parameter behind a `?`.
    let path_part = memchr::memchr(b'?', before).map_or(before, |mark| &before[..mark]);
    if let Some(separator) = path_part.iter().position(|byte| matches!(byte, b'=' | b':')) {
        let port = path_part[separator + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        start = separator + 1 + if path_part[separator] == b':' { port } else { 0 };
    }
    // `host.example/path`, as virtual-host logs write it.
    if let Some(slash) = memchr::memchr(b'/', &token[start..]) {
        let host = &token[start..start + slash];
        let is_host = host.contains(&b'.')
            && host.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        if is_host && slash > 0 {
            start += slash;
        }
    }
    start
}

/// The path in lower case, with `//`, `/./` and `/../` folded (RFC 3986, section 5.2.4).
fn folded(path: &[u8]) -> Vec<u8> {
    let lower = path.to_ascii_lowercase();
    let odd = memchr::memmem::find(&lower, b"//").is_some() || memchr::memmem::find(&lower, b"/.").is_some();
    if !odd {
        return lower;
    }
    let mut segments: Vec<&[u8]> = Vec::new();
    for segment in lower.split(|byte| *byte == b'/') {
        match segment {
            b"" | b"." => {}
            b".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut out = Vec::with_capacity(lower.len());
    for segment in &segments {
        out.push(b'/');
        out.extend_from_slice(segment);
    }
    if lower.ends_with(b"/") || out.is_empty() {
        out.push(b'/');
    }
    out
}

/// Whether `text` is `pattern`, in which `*` stands for any bytes. Linear: it goes back to the last `*` only.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((after, from)) = star {
            p = after;
            t = from + 1;
            star = Some((after, t));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(value: &str, text: &str) -> bool {
        let target = Target::of_canonical(value);
        let lower = text.to_ascii_lowercase();
        let anchor = target.anchor();
        let found = memchr::memmem::find(lower.as_bytes(), &anchor);
        found.is_some_and(|at| target.stands_around(text.as_bytes(), at..at + anchor.len()).is_some())
    }

    #[test]
    fn a_whole_path_is_met_in_every_form_a_log_writes() {
        let value = "/courier/about.html";
        for text in [
            "\"GET /courier/about.html HTTP/1.1\"",
            "\"GET /courier/about.html?dwn=x HTTP/1.1\"",
            "\"GET //courier/./x/../about.html HTTP/1.1\"",
            "\"GET https://fta.example/courier/about.html HTTP/1.1\"",
            "src=/Courier/About.html",
            "fta.example:443/courier/about.html",
            "fta.example/courier/about.html",
        ] {
            assert!(stands(value, text), "{text}");
        }
        for text in [
            "/courier/about.htmlx",
            "/web/courier/about.html",
            "/courier/about.html.bak",
            "/courier/about.html/x",
        ] {
            assert!(!stands(value, text), "{text}");
        }
    }

    #[test]
    fn a_traversal_is_met_as_it_is_written() {
        assert!(stands("*/images/..;*", "GET /goanywhere/images/..;/wizard/Setup.xhtml HTTP/1.1"));
        assert!(stands("/api/code/../*", "GET /api/code/../../license/keys HTTP/1.1"));
        assert!(!stands("/api/code/../*", "GET /api/code/license/keys HTTP/1.1"));
    }

    #[test]
    fn parameters_are_met_in_any_order() {
        let value = "*.html?dwn=&fn=";
        assert!(stands(value, "GET /courier/about.html?dwn=a&fn=b HTTP/1.1"));
        assert!(stands(value, "GET /x.html?z=1&fn=b&dwn=a HTTP/1.1"));
        assert!(!stands(value, "GET /x.html?dwn=a HTTP/1.1"));
        assert!(!stands(value, "GET /x.php?dwn=a&fn=b HTTP/1.1"));
        assert!(stands("/a?b=1", "GET /a?c&b=1 HTTP"));
        assert!(!stands("/abcdefgh?b=1", "GET /abcdefgh?b=12 HTTP"));
    }

    #[test]
    fn parameters_are_met_in_a_column_of_their_own() {
        for value in ["/moveitisapi/moveitisapi.dll?action=m2", "*.dll?action=m2&x="] {
            assert!(stands(
                value,
                "10.0.0.5 POST /moveitisapi/moveitisapi.dll x=1&action=m2 443 - 192.0.2.9"
            ));
            assert!(stands(value, "10.0.0.5\tPOST\t/MOVEitISAPI/MOVEitISAPI.dll\taction=m2&x=\t443"));
            assert!(!stands(value, "10.0.0.5 POST /moveitisapi/moveitisapi.dll - 443 action=m2&x=1"));
            assert!(!stands(value, "10.0.0.5 POST /moveitisapi/moveitisapi.dllx x=1&action=m2 443"));
            assert!(!stands(value, "10.0.0.5 POST /moveitisapi/moveitisapi.dll x=1&action=m22 443"));
        }
        assert!(!stands("/a.html?dwn=&fn=", "\"GET /a.html HTTP/1.1\" 200 \"dwn=1&fn=2\""));
    }

    #[test]
    fn a_relative_value_names_the_last_segments() {
        assert!(stands("document_root.html", "POST /courier/document_root.html HTTP/1.1"));
        assert!(!stands("document_root.html", "POST /courier/my_document_root.html HTTP/1.1"));
    }
}
