//! Regular expressions over one line, behind a piece of text that every match holds.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind};

/// A compiled regular expression. `^` and `$` are the ends of a line, and no match goes past one.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    anchor: Option<Vec<u8>>,
}

/// A shorter piece of text would be found in every other line.
const SHORTEST_ANCHOR: usize = 3;

impl Pattern {
    /// Compiles a pattern that `pack/` accepted; `None` where it does not compile after all.
    pub(super) fn new(pattern: &str) -> Option<Pattern> {
        let regex = RegexBuilder::new(pattern).multi_line(true).unicode(false).build();
        let regex = regex.or_else(|_| RegexBuilder::new(pattern).multi_line(true).build()).ok()?;
        let hir =
            regex_syntax::ParserBuilder::new().utf8(false).multi_line(true).build().parse(pattern).ok()?;
        let anchor = required(&hir).filter(|anchor| anchor.len() >= SHORTEST_ANCHOR);
        Some(Pattern { regex, anchor })
    }

    /// A piece of text that every match holds.
    pub(super) fn anchor(&self) -> Option<&[u8]> {
        self.anchor.as_deref()
    }

    /// Calls `found` for each match within the line around `at`.
    pub(super) fn find_around(&self, hay: &[u8], at: Range<usize>, found: impl FnMut(Range<usize>)) {
        let start = memchr::memrchr(b'\n', &hay[..at.start]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &hay[at.start..]).map_or(hay.len(), |end| at.start + end);
        self.in_line(&hay[start..end], start, found);
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

/// The longest piece of text that every match holds, as far as the structure tells: literals, and what stands inside
/// groups and repetitions that are not optional. Alternatives and classes hold none.
fn required(hir: &Hir) -> Option<Vec<u8>> {
    let mut longest: Option<Vec<u8>> = None;
    let mut open = vec![hir];
    while let Some(hir) = open.pop() {
        match hir.kind() {
            HirKind::Literal(literal) if longest.as_ref().is_none_or(|old| old.len() < literal.0.len()) => {
                longest = Some(literal.0.to_vec());
            }
            HirKind::Capture(capture) => open.push(&capture.sub),
            HirKind::Repetition(repetition) if repetition.min > 0 => open.push(&repetition.sub),
            HirKind::Concat(parts) => open.extend(parts),
            _ => {}
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_anchor_is_text_that_every_match_holds() {
        let anchor = |pattern: &str| {
            let pattern = Pattern::new(pattern).expect("compiles");
            pattern.anchor().map(|anchor| String::from_utf8_lossy(anchor).into_owned())
        };
        assert_eq!(anchor(r"abc(defgh)?xy").as_deref(), Some("abc"));
        assert_eq!(anchor(r"(?:GET|POST) /courier/[a-z]+\.html").as_deref(), Some(" /courier/"));
        assert_eq!(anchor(r"(abc|def)"), None);
        assert_eq!(anchor(r"(?i)evil"), None);
    }
}
