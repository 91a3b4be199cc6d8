//! Request targets (RFC 9112, section 3.2): a path, and parameters in any order.
//!
//! An indicator that begins with `/` names the whole path; one that begins with `*` any path that ends so; another
//! the last segments of a path. `*` stands for any bytes of the path. Parameters after `?` all have to be there, in any
//! order and among others; one without a value meets any value. Letter case does not count, `//`, `/./` and `/../` are
//! folded first, and an absolute form (`http://host/path`) is read like the origin form. An indicator that holds `/..`
//! is about the way the path is written: nothing is folded for it.

use std::borrow::Cow;
use std::ops::Range;

use super::place::{Place, around, ends_token, is_between};

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

    /// The span of the request target at `place`, if it is this one.
    pub(super) fn stands_in(&self, hay: &[u8], place: &Place) -> Option<Range<usize>> {
        let start = place.target.start + origin(&hay[place.target.clone()]);
        let end = place.target.end;
        let Some(mark) = memchr::memchr(b'?', &hay[start..end]).map(|mark| start + mark) else {
            let is_met = self.parameters.is_empty() && self.is_path(&hay[start..end]);
            return is_met.then_some(start..end);
        };
        if !self.is_path(&hay[start..mark]) {
            return None;
        }
        let met = self.parameters_in(&hay[mark + 1..end], place.is_request)?;
        let end = if place.is_request { end } else { end_behind(hay, mark + 1 + met, end) };
        Some(start..end)
    }

    /// The span of a path and a query that have columns of their own, of which `place` is a part: the W3C Extended Log
    /// File Format has cs-uri-stem and cs-uri-query.
    pub(super) fn stands_in_columns(&self, hay: &[u8], place: &Place) -> Option<Range<usize>> {
        if self.parameters.is_empty() || place.is_request {
            return None;
        }
        let is_space = |at: &usize| hay.get(*at).is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        let token = &place.token;
        if let Some(space) = Some(token.end).filter(is_space)
            && let Some(start) = self.path_before(hay, token)
        {
            let query = around(hay, space + 1..space + 1, ends_token);
            if is_query(&hay[query.clone()])
                && let Some(met) = self.parameters_in(&hay[query.clone()], false)
            {
                return Some(start..end_behind(hay, query.start + met, query.end));
            }
        }
        if let Some(space) =
            token.start.checked_sub(1).filter(is_space).filter(|_| is_query(&hay[token.clone()]))
            && let Some(met) = self.parameters_in(&hay[token.clone()], false)
            && let Some(start) = self.path_before(hay, &around(hay, space..space, ends_token))
        {
            return Some(start..end_behind(hay, token.start + met, token.end));
        }
        self.stands_in_cells(hay, token)
    }

    /// The span of a path and a query in a row parted by tabs, a few cells from each other: Amazon CloudFront has status, referer
    /// and user agent between them. The path is a whole cell that begins with a slash, which tells it from a referer.
    fn stands_in_cells(&self, hay: &[u8], token: &Range<usize>) -> Option<Range<usize>> {
        let is_tab = |at: Option<usize>| at.and_then(|at| hay.get(at)) == Some(&b'\t');
        let opens = token.start.checked_sub(1).is_none_or(|before| ends_cell(hay[before]));
        if !opens || hay.get(token.end).is_some_and(|behind| !ends_cell(*behind)) {
            return None;
        }
        let is_stem = |cell: &Range<usize>| {
            hay.get(cell.start) == Some(&b'/') && self.path_before(hay, cell) == Some(cell.start)
        };
        if hay.get(token.start) == Some(&b'/') {
            let mut end = is_stem(token).then_some(token.end)?;
            for _ in 0..APART {
                let cell = around(hay, Some(end + 1).filter(|_| is_tab(Some(end)))?..end + 1, ends_cell);
                if let Some(met) = self.query_in(hay, &cell) {
                    return Some(token.start..met);
                }
                end = cell.end;
            }
            return None;
        }
        let met = self.query_in(hay, token)?;
        let mut start = token.start;
        for _ in 0..APART {
            let tab = start.checked_sub(1).filter(|tab| is_tab(Some(*tab)))?;
            let cell = around(hay, tab..tab, ends_cell);
            if is_stem(&cell) {
                return Some(cell.start..met);
            }
            start = cell.start;
        }
        None
    }

    /// Where the query that is this cell ends, if the parameters stand in it.
    fn query_in(&self, hay: &[u8], cell: &Range<usize>) -> Option<usize> {
        let query = &hay[cell.clone()];
        let met = is_query(query).then(|| self.parameters_in(query, false)).flatten()?;
        Some(end_behind(hay, cell.start + met, cell.end))
    }

    /// Where the path begins that ends with `token`, if it is this one.
    fn path_before(&self, hay: &[u8], token: &Range<usize>) -> Option<usize> {
        if memchr::memchr(b'?', &hay[token.clone()]).is_some() {
            return None;
        }
        let last = hay[token.clone()].iter().rposition(|byte| is_between(*byte));
        let narrow = last.map(|at| token.start + at + 1);
        [Some(token.start), narrow].into_iter().flatten().find_map(|from| {
            let start = from + origin(&hay[from..token.end]);
            self.is_path(&hay[start..token.end]).then_some(start)
        })
    }

    fn is_path(&self, path: &[u8]) -> bool {
        if self.is_traversal() {
            return glob(&self.path, path);
        }
        let path = memchr::memchr2(b'#', b';', path).map_or(path, |end| &path[..end]);
        glob(&self.path, &folded(path))
    }

    /// Whether the way the path is written is the sign: such a path is compared as it stands.
    fn is_traversal(&self) -> bool {
        memchr::memmem::find(&self.path, b"/..").is_some()
    }

    /// How far the query has to be read until all parameters stand there, if they do. `exact`: nothing but the query
    /// can stand in it, no bracket or comma of the text around.
    fn parameters_in(&self, query: &[u8], exact: bool) -> Option<usize> {
        let mut reach = 0;
        for wanted in &self.parameters {
            let mut from = 0;
            let is_met = query.split(|byte| matches!(byte, b'&' | b';' | b'?')).any(|parameter| {
                let start = from;
                from += parameter.len() + 1;
                let begins =
                    parameter.get(..wanted.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(wanted));
                let is_met = begins
                    && (wanted.ends_with(b"=")
                        || parameter
                            .get(wanted.len())
                            .is_none_or(|next| *next == b'=' || (!exact && is_between(*next))));
                if is_met {
                    reach = reach.max(start + wanted.len());
                }
                is_met
            });
            if !is_met {
                return None;
            }
        }
        Some(reach)
    }
}

/// Cells from a path to its query, at most.
const APART: usize = 4;

fn ends_cell(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r')
}

/// Whether a column may be a query, and no target of its own.
fn is_query(text: &[u8]) -> bool {
    memchr::memchr(b'?', text).is_none_or(|mark| memchr::memchr(b'/', &text[..mark]).is_none())
}

/// Where a query ends for the reader that has to be read up to `from` and ends at `end` at the latest.
fn end_behind(hay: &[u8], from: usize, end: usize) -> usize {
    hay[from..end].iter().position(|byte| is_between(*byte)).map_or(end, |length| from + length)
}

/// Where the path begins in a target as it stands in text: after `http://host`, `host:port`, `key=` or `key:`.
fn origin(text: &[u8]) -> usize {
    let path = memchr::memchr(b'?', text).map_or(text, |mark| &text[..mark]);
    if path.starts_with(b"/") {
        return 0;
    }
    if let Some(scheme) = memchr::memmem::rfind(path, b"://") {
        let start = scheme + 3;
        return start + text[start..].iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(0);
    }
    let slash = memchr::memchr(b'/', path).unwrap_or(path.len());
    let mut start = 0;
    if let Some(separator) = path[..slash].iter().rposition(|byte| matches!(byte, b'=' | b':')) {
        let port = path[separator + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        start = separator + 1 + if path[separator] == b':' { port } else { 0 };
    }
    // `host.example/path`, as virtual-host logs write it.
    let host = path.get(start..slash).unwrap_or_default();
    let is_host = host.contains(&b'.')
        && slash < path.len()
        && host.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    if is_host { slash } else { start }
}

/// The path with `//`, `/./` and `/../` folded (RFC 3986, section 5.2.4).
fn folded(path: &[u8]) -> Cow<'_, [u8]> {
    let odd = memchr::memmem::find(path, b"//").is_some() || memchr::memmem::find(path, b"/.").is_some();
    if !odd {
        return Cow::Borrowed(path);
    }
    let mut segments: Vec<&[u8]> = Vec::new();
    for segment in path.split(|byte| *byte == b'/') {
        match segment {
            b"" | b"." => {}
            b".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut out = Vec::with_capacity(path.len());
    for segment in &segments {
        out.push(b'/');
        out.extend_from_slice(segment);
    }
    if path.ends_with(b"/") || out.is_empty() {
        out.push(b'/');
    }
    Cow::Owned(out)
}

/// Whether `text` is the lowercase `pattern` in any letter case, in which `*` stands for any bytes. Linear: it goes back to the last `*` only.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t].to_ascii_lowercase()) {
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
    use super::super::place::Places;
    use super::*;

    fn stands(value: &str, text: &str) -> bool {
        let target = Target::of_canonical(value);
        let lower = text.to_ascii_lowercase();
        let anchor = target.anchor();
        let Some(at) = memchr::memmem::find(lower.as_bytes(), &anchor) else { return false };
        let place = Places::default().around(text.as_bytes(), &(at..at + anchor.len()));
        let met = target.stands_in(text.as_bytes(), &place);
        met.or_else(|| target.stands_in_columns(text.as_bytes(), &place)).is_some()
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
    fn parameters_are_met_a_few_cells_from_their_path() {
        for value in ["*.html?dwn=&fn=", "/courier/about.html?dwn=&fn="] {
            let row =
                "GET\td.example\t/courier/about.html\t200\thttps://h/\tMozilla/5.0%20(X)\tdwn=1&fn=2\t-";
            assert!(stands(value, row), "{value}");
            assert!(stands(value, row.trim_end_matches("\t-")), "{value}");
            assert!(stands(value, &row.replace("\t-", "\r\n")), "{value}");
            assert!(stands(value, "/courier/about.html\t200\tdwn=1&fn=2"), "{value}");
            for other in [
                "GET\td.example\t/courier/about.php\t200\thttps://h/courier/about.html\tUA\tdwn=1&fn=2\t-",
                "GET\td.example\t/courier/about.html\t200\t-\tUA\tdwn=1\t-",
                "GET\t/courier/about.html\t1\t2\t3\t4\tdwn=1&fn=2\t-",
                "GET\t/courier/about.html\t200\t-\tUA\t-\n1\tdwn=1&fn=2\t-",
                "GET /courier/about.html 200 - UA dwn=1&fn=2 -",
            ] {
                assert!(!stands(value, other), "{value} in {other}");
            }
        }
    }

    #[test]
    fn parameters_are_met_whatever_the_values_beside_them_hold() {
        let value = "*.html?dwn=&fn=";
        for query in [
            "dwn=a(1).pdf&fn=b",
            "dwn=a,b.pdf&fn=b",
            "dwn=o'brien.pdf&fn=b",
            "x[]=1&dwn=a&fn=b",
            "a|b&dwn=a&fn=b",
            "r=http://z/k&dwn=a&fn=b",
            "r=/y.php&z=(/k)&fn=b&dwn=a",
        ] {
            for text in [
                format!("\"GET /courier/x.html?{query} HTTP/1.1\" 200"),
                format!("{{\"m\":\"\\\"GET https://h/x.html?{query} HTTP/1.1\\\"\"}}"),
                format!("{{\"url\":\"/x.html?{query}\"}}"),
                format!("request=https://h:8443/x.html?{query} cs1=a"),
                format!("10.0.0.5 GET /x.html {query} 443 -"),
                format!("10.0.0.5\tGET\t/x.html\t{query}\t443"),
                format!("\"http://h/x.html?{query}\""),
                format!("(see /x.html?{query})."),
                format!("uri='/x.html?{query}'"),
                format!("1.2.3.4,GET,/x.html?{query},200,-"),
                format!("GET,/y.php?a=1,200,ref=http://h/x.html?{query},200"),
            ] {
                assert!(stands(value, &text), "{text}");
                assert!(!stands(value, &text.replace("x.html", "x.php")), "{text}");
                assert!(!stands(value, &text.replace("fn=", "f=")), "{text}");
            }
        }
        assert!(stands(value, "\"GET /x.html?dwn=a b <c>.pdf&fn=b HTTP/1.1\""));
        assert!(stands("*.dll?action=m2", "(at /x.dll?a=(1)&action=m2), 1"));
    }

    #[test]
    fn what_a_parameter_holds_is_no_target() {
        for text in [
            "\"GET /x?u=(/courier/about.html) HTTP/1.1\"",
            "\"GET /x?u='/courier/about.html HTTP/1.1\"",
            "\"GET /x?u=http://fta.example/courier/about.html HTTP/1.1\"",
            "GET /x?u=http://fta.example/courier/about.html 200",
        ] {
            assert!(!stands("/courier/about.html", text), "{text}");
        }
        let value = "*.html?dwn=&fn=";
        for text in [
            "GET,/x.html?a=1,200,http://h/y.php?dwn=1&fn=2,-",
            "GET /x.html?a=1|/y.php?dwn=1&fn=2|",
            "GET /x.html http://h/y.php?dwn=1&fn=2 200",
        ] {
            assert!(!stands(value, text), "{text}");
        }
        assert!(!stands("*.dll?action=m2", "\"GET /x.dll?action=m2(1) HTTP/1.1\""));
    }

    #[test]
    fn a_relative_value_names_the_last_segments() {
        assert!(stands("document_root.html", "POST /courier/document_root.html HTTP/1.1"));
        assert!(!stands("document_root.html", "POST /courier/my_document_root.html HTTP/1.1"));
    }
}
