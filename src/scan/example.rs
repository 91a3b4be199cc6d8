//! A text that a regular expression matches, for the positive control.

use regex_syntax::hir::{Class, Hir, HirKind};

/// A shortest text, or nearly so, that `pattern` matches; `None` where none could be made up.
pub(super) fn of(pattern: &str) -> Option<String> {
    let hir = regex_syntax::ParserBuilder::new().utf8(false).multi_line(true).build().parse(pattern).ok()?;
    let mut bytes = Vec::new();
    append(&hir, &mut bytes)?;
    let text = String::from_utf8(bytes).ok()?;
    let regex = regex::Regex::new(&format!("(?m){pattern}")).ok()?;
    // A boundary or an anchor may want something around it.
    [text.clone(), format!("/{text} "), format!(" {text}/"), format!("x{text}"), format!("x{text}x")]
        .into_iter()
        .find(|text| !text.contains('\n') && regex.is_match(text))
}

fn append(hir: &Hir, out: &mut Vec<u8>) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(class) => out.extend_from_slice(&member(class)?),
        HirKind::Repetition(repetition) => {
            for _ in 0..repetition.min.min(1_000) {
                append(&repetition.sub, out)?;
            }
        }
        HirKind::Capture(capture) => append(&capture.sub, out)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| append(part, out))?,
        HirKind::Alternation(parts) => append(parts.first()?, out)?,
    }
    Some(())
}

/// A character of a class: a letter or digit where it has one.
fn member(class: &Class) -> Option<Vec<u8>> {
    let wanted = ['a', 'A', '0', '_', '/', ' '];
    match class {
        Class::Unicode(class) => {
            let has = |c: char| class.iter().any(|range| range.start() <= c && c <= range.end());
            let c = wanted
                .into_iter()
                .find(|c| has(*c))
                .or_else(|| class.iter().next().map(|range| range.start()))?;
            Some(c.to_string().into_bytes())
        }
        Class::Bytes(class) => {
            let has = |byte: u8| class.iter().any(|range| range.start() <= byte && byte <= range.end());
            let byte = wanted.into_iter().map(|c| c as u8).find(|byte| has(*byte));
            Some(vec![byte.or_else(|| class.iter().next().map(|range| range.start()))?])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_matches() {
        for pattern in [
            r"js/coreUtils\.js\?([0-9_]+)",
            r"\\evil\.exe\b",
            r"^GET /(a|b)[^ ]{3,5} HTTP",
            r"(?i)cmd=[a-z]+$",
            r"\bx\B",
            r"\d+\.\d+",
        ] {
            assert!(of(pattern).is_some(), "{pattern}");
        }
        assert_eq!(of("[z&&a]"), None);
    }
}
