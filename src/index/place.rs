//! Where request targets stand in text: as the middle of a quoted request, as a column, as a value, or in prose.
//!
//! A quoted request (`"METHOD target HTTP/1.1"`) says where its target begins and ends, spaces included. Elsewhere a
//! target ends at what no log writes inside one. Brackets, commas, apostrophes and bars are in between: RFC 3986,
//! sections 2.2 and 3.4, allows most of them and browsers send them as they are, but text also puts them around
//! targets. They end a path, but no query, in which file names and lists are common.

use std::ops::Range;

/// The longest method of a request that is told from prose.
const METHOD: usize = 20;

/// The longest key in front of a value, `referer=/path`.
const KEY: usize = 32;

/// One request target as it stands in text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The target, with what may stand in front of its path.
    pub(super) target: Range<usize>,
    /// Everything up to the spaces or quotes around it.
    pub(super) token: Range<usize>,
    /// A quoted request says that these are its ends.
    pub(super) is_request: bool,
}

/// Finds the targets around places of one text; neighbors are found without reading the text again.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The text between two quotes or ends of line that was last looked at.
    quoted: Range<usize>,
    /// The target, where that text is a request.
    request: Option<Range<usize>>,
    token: Range<usize>,
    /// The targets in the token, in order.
    parts: Vec<Range<usize>>,
    /// Bytes looked at.
    #[cfg(test)]
    pub(super) steps: usize,
}

impl Places {
    /// The target that `found` is a part of.
    pub(super) fn around(&mut self, hay: &[u8], found: &Range<usize>) -> Place {
        if !self.quoted.contains(&found.start) {
            self.quoted = around(hay, found.start..found.start, ends_quoted);
            self.request = request(hay, &self.quoted);
            self.count(self.quoted.len());
        }
        let in_request = |target: &&Range<usize>| target.start <= found.start && found.end <= target.end;
        if let Some(target) = self.request.as_ref().filter(in_request) {
            return Place { target: target.clone(), token: target.clone(), is_request: true };
        }
        if found.start < self.token.start || found.end > self.token.end || self.token.is_empty() {
            self.token = around(hay, found.clone(), ends_token);
            self.count(self.token.len());
            parts(hay, &self.token, &mut self.parts);
        }
        let first = self.parts.partition_point(|part| part.end <= found.start);
        let last = self.parts.partition_point(|part| part.end < found.end);
        let start = self.parts.get(first).map_or(found.start, |part| part.start.min(found.start));
        let end = self.parts.get(last).map_or(found.end, |part| part.end.max(found.end));
        Place { target: start..end, token: self.token.clone(), is_request: false }
    }

    #[cfg(test)]
    fn count(&mut self, bytes: usize) {
        self.steps += bytes;
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "counts in tests")]
    fn count(&self, _bytes: usize) {}
}

/// What stands around `place` without a byte that `ends`.
pub(super) fn around(hay: &[u8], place: Range<usize>, ends: fn(u8) -> bool) -> Range<usize> {
    let start = hay[..place.start].iter().rposition(|byte| ends(*byte)).map_or(0, |at| at + 1);
    let length = hay[place.end..].iter().position(|byte| ends(*byte));
    start..place.end + length.unwrap_or(hay.len() - place.end)
}

fn ends_quoted(byte: u8) -> bool {
    byte < b' ' || byte == b'"'
}

/// Bytes that do not stand in a request target as logs write it.
pub(super) fn ends_token(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7F || matches!(byte, b'"' | b'<' | b'>' | b'`')
}

/// Bytes that stand in a query as well as around a target.
pub(super) fn is_between(byte: u8) -> bool {
    matches!(byte, b'\'' | b'|' | b'(' | b')' | b',' | b'[' | b']')
}

/// The target of the request line (RFC 9112, section 3) that stands in quotes at `quoted`, if one does.
fn request(hay: &[u8], quoted: &Range<usize>) -> Option<Range<usize>> {
    let opens = quoted.start.checked_sub(1).is_some_and(|at| hay[at] == b'"');
    if !opens || hay.get(quoted.end) != Some(&b'"') {
        return None;
    }
    let text = &hay[quoted.clone()];
    let text = text.strip_suffix(b"\\").unwrap_or(text);
    let method = text.iter().take(METHOD).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let end = memchr::memrchr(b' ', text)?;
    let version = text[end + 1..].strip_prefix(b"HTTP/")?;
    let is_version = version.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let is_request = method > 2 && text[method] == b' ' && method < end && is_version;
    // Windows drops spaces at the end of a name, and so do servers on it.
    let target_end = text[..end].trim_ascii_end().len().max(method + 1);
    is_request.then(|| quoted.start + method + 1..quoted.start + target_end)
}

/// Splits a token into its targets.
fn parts(hay: &[u8], token: &Range<usize>, parts: &mut Vec<Range<usize>>) {
    parts.clear();
    let quoted =
        token.start.checked_sub(1).is_some_and(|at| hay[at] == b'"') && hay.get(token.end) == Some(&b'"');
    let (mut start, mut in_query) = (token.start, false);
    for at in token.clone() {
        let byte = hay[at];
        in_query |= byte == b'?';
        let splits = is_between(byte)
            && (!in_query || (!quoted && matches!(byte, b',' | b'|') && begins(&hay[at + 1..token.end])));
        if splits {
            parts.extend((start < at).then_some(start..at));
            (start, in_query) = (at + 1, false);
        }
    }
    parts.extend((start < token.end).then_some(start..token.end));
}

/// Whether a further column or value begins here that is a path or a URL: `/path`, `http://host`, `referer=/path`.
fn begins(mut text: &[u8]) -> bool {
    for _ in 0..2 {
        let is_key = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let key = text.iter().take(KEY).take_while(is_key).count();
        match text.get(key) {
            Some(b'=' | b':') if key > 0 => text = &text[key + 1..],
            _ => break,
        }
    }
    text.starts_with(b"/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target<'t>(text: &'t str, mark: &str) -> &'t str {
        let at = text.find(mark).expect("the mark");
        &text[Places::default().around(text.as_bytes(), &(at..at + mark.len())).target]
    }

    #[test]
    fn a_quoted_request_says_where_its_target_ends() {
        for (text, wanted) in [
            ("\"GET /a b(1),'c'?<x> HTTP/1.1\" 200", "/a b(1),'c'?<x>"),
            (r#""m":"x \"GET /a?b=(c) HTTP/2\" 200""#, "/a?b=(c)"),
            ("\"GET http://h/a|b HTTP/1.0\"", "http://h/a|b"),
            ("\"GET /a.aspx  HTTP/1.1\"", "/a.aspx"),
        ] {
            assert_eq!(target(text, "a"), wanted, "{text}");
        }
        assert_eq!(target("\"say /a,b to HTTP/x\"", "a,"), "/a,b");
        assert_eq!(target("GET /a b HTTP/1.1", "/a"), "/a");
    }

    #[test]
    fn elsewhere_brackets_and_commas_end_a_path_and_no_query() {
        for (text, wanted) in [
            ("(/web/a.html)", "/web/a.html"),
            ("1,GET,/web/a.html,200", "/web/a.html"),
            ("'/web/a.html'", "/web/a.html"),
            ("/web/a.html?b=(1),2&c[]=o'x 200", "/web/a.html?b=(1),2&c[]=o'x"),
            ("/web/a.html?b=1,referer=/c", "/web/a.html?b=1"),
            ("/web/a.html?b=1|http://h/c", "/web/a.html?b=1"),
            ("\"/web/a.html?b=1,/c\"", "/web/a.html?b=1,/c"),
        ] {
            assert_eq!(target(text, "web"), wanted, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_read_once_for_all_its_places() {
        for piece in ["dwn=", "dwn=,", "?dwn=,/", "\"dwn= ", "dwn= "] {
            let text = piece.repeat(50_000);
            let mut places = Places::default();
            for (at, _) in text.match_indices("dwn=") {
                places.around(text.as_bytes(), &(at..at + 4));
            }
            assert!(places.steps <= 2 * text.len(), "{piece}: {}", places.steps);
        }
    }
}
