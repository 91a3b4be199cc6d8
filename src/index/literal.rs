//! Indicators that are pieces of text: each kind's own rule says whether a candidate counts.

use std::collections::HashMap;
use std::ops::Range;

use super::IndicatorId;
use super::pattern::Pattern;
use super::pieces::Pieces;
use super::place::Places;
use super::target::Target;
use super::url::{Tails, UrlParts};
use crate::model::Kind;

/// An indicator met in a stretch of text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// First and past-the-last byte.
    pub start: usize,
    /// Past the last byte.
    pub end: usize,
    /// Which indicator.
    pub id: IndicatorId,
}

/// How a candidate is judged.
#[derive(Debug)]
enum Rule {
    Target(Target),
    Url(UrlParts),
    FilePath(Vec<u8>),
    FileName,
    UserAgent(Vec<u8>),
    Text(Vec<u8>),
    Regex(Pattern),
    /// The mark of a product.
    Mark,
}

#[derive(Debug)]
struct Entry {
    rule: Rule,
    id: IndicatorId,
}

/// Compiled pieces of text.
#[derive(Debug, Default)]
pub struct Literals {
    pieces: Pieces,
    /// What each piece stands for.
    owners: Vec<Vec<u32>>,
    entries: Vec<Entry>,
    /// Regular expressions without a piece of text that every match holds.
    unanchored: Vec<u32>,
}

/// Collects pieces of text.
#[derive(Default)]
pub(super) struct Builder {
    pieces: std::collections::BTreeMap<Vec<u8>, Vec<u32>>,
    entries: Vec<Entry>,
    unanchored: Vec<u32>,
}

impl Builder {
    fn add(&mut self, anchor: &[u8], rule: Rule, id: IndicatorId) {
        let entry = self.entries.len() as u32;
        self.pieces.entry(anchor.to_ascii_lowercase()).or_default().push(entry);
        self.entries.push(Entry { rule, id });
    }

    pub(super) fn add_target(&mut self, value: &str, id: IndicatorId) {
        let target = Target::of_canonical(value);
        let anchor = target.anchor();
        if !anchor.is_empty() {
            self.add(&anchor, Rule::Target(target), id);
        }
    }

    /// A URL whose host is no dotted name (`localhost`, `[2001:db8::1]`), so that no host token leads to it.
    pub(super) fn add_url(&mut self, url: UrlParts, id: IndicatorId) {
        let anchor = format!("://{}", url.host);
        self.add(anchor.as_bytes(), Rule::Url(url), id);
    }

    pub(super) fn add_text(&mut self, kind: Kind, value: &str, id: IndicatorId) {
        let bytes = value.as_bytes().to_vec();
        if bytes.is_empty() {
            return;
        }
        match kind {
            Kind::FilePath => {
                let entry = self.entries.len() as u32;
                if has_drive(&bytes) {
                    for separator in ["/", "\\"] {
                        let written = value.replace(['/', '\\'], separator).to_ascii_lowercase();
                        self.pieces.entry(written.into_bytes()).or_default().push(entry);
                    }
                    self.entries.push(Entry { rule: Rule::FilePath(bytes), id });
                } else {
                    self.add(&bytes.clone(), Rule::FilePath(bytes), id);
                }
            }
            Kind::FileName => self.add(&bytes, Rule::FileName, id),
            Kind::UserAgent => self.add(&bytes.clone(), Rule::UserAgent(bytes), id),
            _ => self.add(&bytes.clone(), Rule::Text(bytes), id),
        }
    }

    /// A piece of text by which a product's records are told, in any letter case.
    pub(super) fn add_mark(&mut self, value: &str, id: IndicatorId) {
        self.add(value.as_bytes(), Rule::Mark, id);
    }

    pub(super) fn add_regex(&mut self, value: &str, id: IndicatorId) {
        let Some(pattern) = Pattern::new(value) else { return };
        let entry = self.entries.len() as u32;
        match pattern.anchors() {
            Some(anchors) => {
                anchors.iter().for_each(|anchor| self.pieces.entry(anchor.clone()).or_default().push(entry));
            }
            None => self.unanchored.push(entry),
        }
        self.entries.push(Entry { rule: Rule::Regex(pattern), id });
    }

    /// Compiles what was added.
    pub(super) fn build(self) -> Literals {
        let (pieces, owners) = self.pieces.into_iter().unzip();
        Literals { pieces: Pieces::new(pieces), owners, entries: self.entries, unanchored: self.unanchored }
    }
}

impl Literals {
    /// Appends every indicator met in `hay`, in which lines end with a line feed.
    pub fn find(&self, hay: &[u8], found: &mut Vec<Found>) {
        // Expressions, and the line on which each was last tried.
        let mut tried = Vec::new();
        let mut targets = Targets::default();
        let mut tails = Tails::default();
        self.pieces.find(hay, |piece, at| {
            for entry in &self.owners[piece] {
                let judged = &self.entries[*entry as usize];
                match &judged.rule {
                    Rule::Regex(pattern) => once_a_line(&mut tried, *entry, at.start, || {
                        pattern.find_around(hay, at.start, |span| push(found, judged.id, span))
                    }),
                    Rule::Target(target) => {
                        targets.judge(*entry, target, hay, &at, |span| push(found, judged.id, span));
                    }
                    Rule::Url(url) => {
                        let host = at.start + "://".len()..at.end;
                        let span = url.stands_around(hay, host, &mut tails);
                        span.into_iter().for_each(|span| push(found, judged.id, span));
                    }
                    rule => {
                        rule.stands(hay, at.clone()).into_iter().for_each(|span| push(found, judged.id, span))
                    }
                }
            }
        });
        for entry in &self.unanchored {
            let entry = &self.entries[*entry as usize];
            if let Rule::Regex(pattern) = &entry.rule {
                pattern.find_all(hay, 0, |span| push(found, entry.id, span));
            }
        }
    }
}

impl Rule {
    /// Where the piece of text really stands, whose candidate is `at`, if that can be told of the candidate alone.
    fn stands(&self, hay: &[u8], at: Range<usize>) -> Option<Range<usize>> {
        match self {
            Rule::FilePath(path) => file_path(path, hay, at),
            Rule::FileName => file_name(hay, at),
            Rule::UserAgent(value) => user_agent(value, hay, at),
            Rule::Text(value) => (hay[at.clone()] == **value).then_some(at),
            Rule::Mark => Some(at),
            Rule::Target(_) | Rule::Url(_) | Rule::Regex(_) => None,
        }
    }
}

/// Judges request targets, each once by each indicator: one with a thousand anchors costs no more than one with a
/// single one.
#[derive(Default)]
struct Targets {
    places: Places,
    /// For each indicator, where the target and the column that it was last judged on begin.
    judged: HashMap<u32, (usize, usize)>,
}

impl Targets {
    fn judge(
        &mut self,
        entry: u32,
        target: &Target,
        hay: &[u8],
        found: &Range<usize>,
        mut met: impl FnMut(Range<usize>),
    ) {
        let place = self.places.around(hay, found);
        let (last, last_column) = self.judged.entry(entry).or_insert((usize::MAX, usize::MAX));
        if std::mem::replace(last, place.target.start) != place.target.start {
            target.stands_in(hay, &place).into_iter().for_each(&mut met);
        }
        if std::mem::replace(last_column, place.token.start) != place.token.start {
            target.stands_in_columns(hay, &place).into_iter().for_each(met);
        }
    }
}

/// Tries an expression on the line around `at`, unless it was the last it was tried on: a line with a thousand anchors
/// costs no more than one with a single one.
fn once_a_line(
    tried: &mut Vec<(u32, Range<usize>)>,
    entry: u32,
    at: usize,
    find: impl FnOnce() -> Range<usize>,
) {
    match tried.iter_mut().find(|(known, _)| *known == entry) {
        Some((_, line)) if line.contains(&at) => {}
        Some((_, line)) => *line = find(),
        None => tried.push((entry, find())),
    }
}

/// Candidates of one place lie close together, so a repeated one is among the last.
fn push(found: &mut Vec<Found>, id: IndicatorId, span: Range<usize>) {
    let new = Found { start: span.start, end: span.end, id };
    if !found.iter().rev().take(16).any(|old| *old == new) {
        found.push(new);
    }
}

/// Whether a path begins with the letter of a Windows drive.
fn has_drive(path: &[u8]) -> bool {
    matches!(path, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic())
}

/// A path is met where it is not the tail or the beginning of a longer one. One that ends with a separator is a
/// folder and may go on. Letter case counts, unless the path is a Windows one. Nothing stands above a drive: a separator
/// before its letter is the end of `\\?\`, `\??\` or `file:///`.
fn file_path(path: &[u8], hay: &[u8], at: Range<usize>) -> Option<Range<usize>> {
    let windows = path.contains(&b'\\') || path.get(1) == Some(&b':');
    if !windows && hay[at.clone()] != *path {
        return None;
    }
    let longer: &[u8] = if has_drive(path) { b"_-." } else { b"_-./\\" };
    let left = at.start.checked_sub(1).map(|before| hay[before]);
    let left_free = left.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !longer.contains(&byte));
    let folder = path.ends_with(b"/") || path.ends_with(b"\\");
    (left_free && (folder || ends_name(hay, at.end))).then_some(at)
}

/// A file name is met as a whole path component. Letter case does not count.
fn file_name(hay: &[u8], at: Range<usize>) -> Option<Range<usize>> {
    let left = at.start.checked_sub(1).map(|before| hay[before]);
    let left_free = left.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !b"_-.".contains(&byte));
    (left_free && ends_name(hay, at.end)).then_some(at)
}

/// Whether a file name may end here: no letter, digit, `_` or `-` follows, nor a dot or separator with more behind.
fn ends_name(hay: &[u8], end: usize) -> bool {
    match hay.get(end) {
        None => true,
        Some(b'.') => hay.get(end + 1).is_none_or(|byte| !byte.is_ascii_alphanumeric()),
        Some(byte) => !byte.is_ascii_alphanumeric() && !b"_-/\\".contains(byte),
    }
}

/// A user agent is met with its own letter case and not inside a longer word. A browser's, which begins with
/// `Mozilla/` as nearly all do, has to be the whole value: its beginning alone is everybody's.
fn user_agent(value: &[u8], hay: &[u8], at: Range<usize>) -> Option<Range<usize>> {
    let free = |byte: Option<u8>| byte.is_none_or(|byte| !super::is_word(byte));
    let left = at.start.checked_sub(1).map(|before| hay[before]);
    let right = hay.get(at.end).copied();
    let whole = !value.starts_with(b"Mozilla/")
        || right.is_none_or(|byte| byte < b' ' || matches!(byte, b'"' | b'\'' | b'|'));
    (hay[at.clone()] == *value && free(left) && free(right) && whole).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(kind: Kind, value: &str, text: &str) -> usize {
        let mut builder = Builder::default();
        match kind {
            Kind::Regex => builder.add_regex(value, IndicatorId(0)),
            Kind::RequestTarget => builder.add_target(value, IndicatorId(0)),
            _ => builder.add_text(kind, value, IndicatorId(0)),
        }
        let mut found = Vec::new();
        builder.build().find(text.as_bytes(), &mut found);
        found.len()
    }

    #[test]
    fn file_paths_are_whole() {
        for text in ["$(sh /tmp/.scr)", "rm /tmp/.scr; x", "open \"/tmp/.scr\""] {
            assert_eq!(met(Kind::FilePath, "/tmp/.scr", text), 1, "{text}");
        }
        for text in ["/var/tmp/.scr", "/tmp/.scr2", "/tmp/.scr/x", "/TMP/.scr", "/tmp/.scr.old"] {
            assert_eq!(met(Kind::FilePath, "/tmp/.scr", text), 0, "{text}");
        }
        assert_eq!(met(Kind::FilePath, "/home/seos/courier/", "in /home/seos/courier/x.php"), 1);
        assert_eq!(met(Kind::FilePath, r"C:\inetpub\x.aspx", r"c:\INETPUB\x.aspx"), 1);
    }

    #[test]
    fn a_path_with_a_drive_is_met_behind_what_windows_writes_before_it_and_with_either_separator() {
        let value = r"C:\inetpub\x.aspx";
        for text in [
            r"\??\C:\inetpub\x.aspx",
            r"\\?\C:\inetpub\x.aspx",
            r"\\.\c:\inetpub\x.aspx",
            "c:/inetpub/x.aspx",
            "file:///C:/Inetpub/x.aspx",
        ] {
            assert_eq!(met(Kind::FilePath, value, text), 1, "{text}");
            assert_eq!(met(Kind::FilePath, "C:/inetpub/x.aspx", text), 1, "{text}");
        }
        for text in
            [r"abC:\inetpub\x.aspx", "c:/inetpub/x.aspxx", r"\??\D:\inetpub\x.aspx", "/inetpub/x.aspx"]
        {
            assert_eq!(met(Kind::FilePath, value, text), 0, "{text}");
        }
        assert_eq!(met(Kind::FilePath, r"\inetpub\x.aspx", r"C:\y\inetpub\x.aspx"), 0);
        assert_eq!(met(Kind::FilePath, r"\inetpub\x.aspx", "/inetpub/x.aspx"), 0);
    }

    #[test]
    fn file_names_are_whole_components() {
        for text in ["/a/human2.aspx", r"a\Human2.ASPX ", "human2.aspx?x=1"] {
            assert_eq!(met(Kind::FileName, "human2.aspx", text), 1, "{text}");
        }
        for text in ["_human2.aspx", "human2.aspxx", "human2.aspx.cs", "human2.aspx/x"] {
            assert_eq!(met(Kind::FileName, "human2.aspx", text), 0, "{text}");
        }
    }

    #[test]
    fn a_regex_is_met_with_and_without_an_anchor() {
        assert_eq!(met(Kind::Regex, r"^POST .*/AHT/\d+ ", "GET /AHT/1 \nPOST /x/AHT/12 HTTP\n"), 1);
        assert_eq!(met(Kind::Regex, r"\b[a-f]\d{4}[a-f]\b", "x a1234b y\nf9999a"), 2);
        assert_eq!(met(Kind::Regex, r"abc\s+def", "abc\ndef abc  def"), 1);
    }

    #[test]
    fn overlapping_pieces_are_all_met() {
        let mut builder = Builder::default();
        for (number, value) in ["abcd", "bc", "cdef"].iter().enumerate() {
            builder.add_text(Kind::Text, value, IndicatorId(number as u32));
        }
        let mut found = Vec::new();
        builder.build().find(b"xabcdefx", &mut found);
        assert_eq!(found.len(), 3);
    }
}
