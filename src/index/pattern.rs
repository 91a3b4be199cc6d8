//! Regular expressions over one line, tried where a piece of text stands that every match holds.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};

use super::anchor::anchors;

/// A compiled regular expression. `^` and `$` are the ends of a line, and no match goes past one.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    anchors: Option<Vec<Vec<u8>>>,
}

impl Pattern {
    /// Compiles a pattern that `pack/` accepted; `None` where it does not compile after all.
    pub(super) fn new(pattern: &str) -> Option<Pattern> {
        [false, true].iter().find_map(|unicode| {
            let regex = RegexBuilder::new(pattern).multi_line(true).unicode(*unicode).build().ok()?;
            let mut parser = regex_syntax::ParserBuilder::new();
            let hir = parser.utf8(false).multi_line(true).unicode(*unicode).build().parse(pattern).ok()?;
            Some(Pattern { regex, anchors: anchors(&hir) })
        })
    }

    /// Lowercase pieces of text of which every match holds one.
    pub(super) fn anchors(&self) -> Option<&[Vec<u8>]> {
        self.anchors.as_deref()
    }

    /// Calls `found` for each match within the line around `at`. Returns where that line stands.
    pub(super) fn find_around(&self, hay: &[u8], at: usize, found: impl FnMut(Range<usize>)) -> Range<usize> {
        let start = memchr::memrchr(b'\n', &hay[..at]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &hay[at..]).map_or(hay.len(), |end| at + end);
        self.in_line(&hay[start..end], start, found);
        start..end
    }

    /// Calls `found` for each match in `hay`, line by line; `base` is added to every span.
    pub(super) fn find_all(&self, hay: &[u8], base: usize, mut found: impl FnMut(Range<usize>)) {
        let mut from = 0;
        while let Some(first) = self.regex.find_at(hay, from) {
            let start = memchr::memrchr(b'\n', &hay[..first.start()]).map_or(0, |end| end + 1);
            let end =
                memchr::memchr(b'\n', &hay[first.start()..]).map_or(hay.len(), |end| first.start() + end);
            self.in_line(&hay[start..end], base + start, &mut found);
            from = end + 1;
            if from > hay.len() {
                return;
            }
        }
    }

    fn in_line(&self, line: &[u8], base: usize, mut found: impl FnMut(Range<usize>)) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        for span in self.regex.find_iter(line).filter(|span| !span.is_empty()) {
            found(base + span.start()..base + span.end());
        }
    }
}
