//! Pieces of text of which every match of a regular expression holds one, so that the expression itself is only tried
//! where one of them stands.

use regex_syntax::hir::{Class, Hir, HirKind};

/// More alternatives than this are not worth looking for.
const MOST: usize = 64;

/// A repeated piece is written out up to this often.
const REPEATED: u32 = 8;

/// A shorter piece would be found in every other line.
const SHORTEST: usize = 4;

/// What nearly every line of some common log holds: finding it says nothing.
const COMMON: [&[u8]; 9] =
    [b"http/1.", b"https://", b"http://", b"mozilla/", b"get /", b"post /", b"windows", b".aspx", b".html"];

/// Lowercase pieces of text of which every match holds at least one, in any ASCII letter case; `None` where the
/// expression has none that is rare enough.
pub(super) fn anchors(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let part = Part::of(hir);
    let best = rarer(part.exact, part.holds);
    best.filter(|pieces| rarity(pieces) >= SHORTEST)
}

/// What is known of the matches of a part of an expression.
struct Part {
    /// Every match is one of these.
    exact: Option<Vec<Vec<u8>>>,
    /// Every match holds one of these.
    holds: Option<Vec<Vec<u8>>>,
}

impl Part {
    fn of(hir: &Hir) -> Part {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Part::exactly(vec![Vec::new()]),
            HirKind::Literal(literal) => Part::exactly(vec![literal.0.to_ascii_lowercase()]),
            HirKind::Class(class) => Part { exact: members(class), holds: None },
            HirKind::Capture(capture) => Part::of(&capture.sub),
            HirKind::Repetition(repetition) => {
                Part::repeated(&repetition.sub, repetition.min, repetition.max)
            }
            HirKind::Concat(parts) => Part::one_after_the_other(parts),
            HirKind::Alternation(parts) => Part::either(parts),
        }
    }

    fn exactly(pieces: Vec<Vec<u8>>) -> Part {
        Part { exact: Some(pieces), holds: None }
    }

    fn repeated(sub: &Hir, min: u32, max: Option<u32>) -> Part {
        let part = Part::of(sub);
        match (min, max) {
            (0, Some(1)) => Part {
                exact: part.exact.and_then(|pieces| joined(vec![vec![Vec::new()], pieces])),
                holds: None,
            },
            (0, _) => Part { exact: None, holds: None },
            (least, most) => {
                let once = part.exact.clone();
                let mut all = part.exact.filter(|_| most == Some(least) && least <= REPEATED);
                for _ in 1..least.min(REPEATED) {
                    all = all.zip(once.as_ref()).and_then(|(all, once)| crossed(&all, once));
                }
                Part { exact: all, holds: rarer(once, part.holds) }
            }
        }
    }

    fn one_after_the_other(parts: &[Hir]) -> Part {
        let mut run = vec![Vec::new()];
        let mut broken = false;
        let mut holds = None;
        for part in parts.iter().map(Part::of) {
            let longer = part.exact.as_ref().and_then(|pieces| crossed(&run, pieces));
            if let Some(longer) = longer {
                run = longer;
                continue;
            }
            broken = true;
            let ended = std::mem::replace(&mut run, part.exact.unwrap_or_else(|| vec![Vec::new()]));
            holds = rarer(rarer(holds, Some(ended)), part.holds);
        }
        if broken { Part { exact: None, holds: rarer(holds, Some(run)) } } else { Part::exactly(run) }
    }

    fn either(parts: &[Hir]) -> Part {
        let parts: Vec<Part> = parts.iter().map(Part::of).collect();
        let exact: Option<Vec<_>> = parts.iter().map(|part| part.exact.clone()).collect();
        let holds: Option<Vec<_>> = parts.into_iter().map(|part| rarer(part.exact, part.holds)).collect();
        Part { exact: exact.and_then(joined), holds: holds.and_then(joined) }
    }
}

/// The members of a class, if they are few once letter case is left out.
fn members(class: &Class) -> Option<Vec<Vec<u8>>> {
    let mut pieces = Vec::new();
    match class {
        Class::Bytes(class) => {
            for range in class.iter() {
                pieces.extend((range.start()..=range.end()).map(|byte| vec![byte.to_ascii_lowercase()]));
            }
        }
        Class::Unicode(class) => {
            for range in class.iter() {
                if pieces.len() + range.len() > MOST * 4 {
                    return None;
                }
                for member in range.start()..=range.end() {
                    pieces.push(member.to_ascii_lowercase().to_string().into_bytes());
                }
            }
        }
    }
    pieces.sort_unstable();
    pieces.dedup();
    (!pieces.is_empty() && pieces.len() <= MOST / 4).then_some(pieces)
}

/// Every piece of `first` followed by every piece of `second`.
fn crossed(first: &[Vec<u8>], second: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    (first.len() * second.len() <= MOST).then(|| {
        first.iter().flat_map(|start| second.iter().map(|end| [&start[..], &end[..]].concat())).collect()
    })
}

/// All pieces of all `sets`.
fn joined(sets: Vec<Vec<Vec<u8>>>) -> Option<Vec<Vec<u8>>> {
    let mut all: Vec<Vec<u8>> = sets.into_iter().flatten().collect();
    all.sort_unstable();
    all.dedup();
    (all.len() <= MOST).then_some(all)
}

fn rarer(first: Option<Vec<Vec<u8>>>, second: Option<Vec<Vec<u8>>>) -> Option<Vec<Vec<u8>>> {
    match (first, second) {
        (Some(first), Some(second)) if rarity(&second) > rarity(&first) => Some(second),
        (first, second) => first.or(second),
    }
}

/// Bytes of the least telling piece, without what is in every other line.
fn rarity(pieces: &[Vec<u8>]) -> usize {
    let bytes = |piece: &Vec<u8>| {
        let common = COMMON.iter().filter(|common| memchr::memmem::find(piece, common).is_some());
        piece.len() - common.map(|common| common.len()).sum::<usize>().min(piece.len())
    };
    pieces.iter().map(bytes).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: &str) -> Vec<String> {
        let mut parser = regex_syntax::ParserBuilder::new().utf8(false).unicode(false).build();
        let found = anchors(&parser.parse(pattern).expect("parses")).unwrap_or_default();
        found.iter().map(|piece| String::from_utf8_lossy(piece).into_owned()).collect()
    }

    #[test]
    fn an_anchor_is_text_that_every_match_holds() {
        assert_eq!(of(r"abc(defgh)?xy"), ["abcxy", "abcdefghxy"]);
        assert_eq!(of(r"(?:GET|POST) /courier/[a-z]+\.html"), ["get /courier/", "post /courier/"]);
        assert_eq!(of(r"(abc|def)"), [""; 0]);
        assert_eq!(of(r"x+yyyz{2}[^a]*w"), ["yyyzz"]);
        assert_eq!(of(r"(ab){3}"), ["ababab"]);
        assert_eq!(of(r"\b[a-f]\d{4}[a-f]\b"), [""; 0]);
        assert_eq!(of(r"a*b?c"), [""; 0]);
    }

    #[test]
    fn letter_case_does_not_hide_an_anchor() {
        assert_eq!(of(r"(?i)\\Desktop\\evil\.exe"), [r"\desktop\evil.exe"]);
        assert_eq!(of(r"[Cc]:\\[Ww]in"), [r"c:\win"]);
        let mut unicode = regex_syntax::ParserBuilder::new().utf8(false).build();
        let found = anchors(&unicode.parse("(?i)keyed").expect("parses")).expect("found");
        assert_eq!(found, [b"keyed".to_vec(), "\u{212A}eyed".as_bytes().to_vec()]);
    }

    #[test]
    fn what_is_in_every_line_is_passed_over() {
        assert_eq!(of(r"(v|%76)(p|%70)n/[^\s]*\sHTTP/1\.1"), ["%76%70n/", "%76pn/", "v%70n/", "vpn/"]);
        assert_eq!(of(r"\d+ HTTP/1\.\d"), [""; 0]);
    }
}
