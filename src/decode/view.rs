//! A decoded reading of a line, which remembers where each of its bytes came from.

use std::ops::Range;

use super::{DECODINGS, Decoding};

/// What one written form stands for.
pub(super) struct Edit {
    /// Bytes of the written form, at least one.
    pub(super) written: usize,
    /// The bytes it stands for, in the first `length` places.
    pub(super) bytes: [u8; 16],
    /// How many of `bytes` count.
    pub(super) length: usize,
}

impl Edit {
    /// A written form of `written` bytes that stands for one byte.
    pub(super) fn byte(written: usize, byte: u8) -> Edit {
        Edit::text(written, &[byte])
    }

    /// A written form of `written` bytes that stands for at most 16 bytes.
    pub(super) fn text(written: usize, text: &[u8]) -> Edit {
        let mut bytes = [0; 16];
        let length = text.len().min(16);
        bytes[..length].copy_from_slice(&text[..length]);
        Edit { written, bytes, length }
    }

    /// A written form that stands for one character.
    pub(super) fn character(written: usize, character: char) -> Edit {
        Edit::text(written, character.encode_utf8(&mut [0; 4]).as_bytes())
    }
}

/// Where a decoded byte stood in the reading below: its position, and whether decoding made it.
#[derive(Clone, Copy, Debug)]
struct Origin {
    position: u32,
    made: bool,
}

/// A decoded reading of a line.
#[derive(Clone, Debug)]
pub struct View {
    /// The decoded bytes.
    pub bytes: Vec<u8>,
    levels: Vec<Level>,
}

/// One decoding on top of another.
#[derive(Clone, Debug)]
struct Level {
    name: &'static str,
    /// One more than the decoded bytes: the last is the end.
    origins: Vec<Origin>,
}

/// Where a match in a [`View`] stands in the line, and by which decodings it is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Bytes of the line as written.
    pub span: Range<usize>,
    /// Outermost first.
    pub decoding: Vec<String>,
}

impl View {
    /// The way back of `span`; `None` where the last decoding changed neither it nor its neighbors, so that
    /// the reading below shows the same match.
    pub fn trace(&self, span: Range<usize>) -> Option<Trace> {
        let mut decoding = Vec::new();
        let mut span = span;
        for (depth, level) in self.levels.iter().enumerate().rev() {
            let from = span.start.saturating_sub(1);
            let until = (span.end + 1).min(level.origins.len() - 1);
            let touched = level.origins[from..until].iter().any(|origin| origin.made);
            if !touched && depth + 1 == self.levels.len() {
                return None;
            }
            if touched {
                decoding.push(level.name.to_owned());
            }
            let start = level.origins[span.start].position as usize;
            let end = level.origins[span.end].position as usize;
            span = start..end;
        }
        decoding.reverse();
        Some(Trace { span, decoding })
    }
}

/// Every decoded reading of `line`: each decoding on top of the ones before it, again and again, until nothing
/// changes or `rounds` are done. Empty for a line without written forms.
pub fn views(line: &[u8], rounds: usize) -> Vec<View> {
    let mut all: Vec<View> = Vec::new();
    for _ in 0..rounds {
        let before = all.len();
        for decoding in &DECODINGS {
            let (below, levels) = match all.last() {
                Some(view) => (view.bytes.as_slice(), view.levels.as_slice()),
                None => (line, [].as_slice()),
            };
            let Some((bytes, origins)) = apply(below, decoding) else { continue };
            let mut levels = levels.to_vec();
            levels.push(Level { name: decoding.name, origins });
            all.push(View { bytes, levels });
        }
        if all.len() == before {
            break;
        }
    }
    all
}

type Applied = (Vec<u8>, Vec<Origin>);

/// The text below with every written form replaced by what it stands for; `None` where there is none.
fn apply(below: &[u8], decoding: &Decoding) -> Option<Applied> {
    let mut applied: Option<Applied> = None;
    let (mut copied, mut from) = (0, 0);
    while let Some(at) = (decoding.next)(below, from) {
        from = at + 1;
        let Some(edit) = (decoding.at)(below, at) else { continue };
        let (bytes, origins) = applied
            .get_or_insert_with(|| (Vec::with_capacity(below.len()), Vec::with_capacity(below.len() + 1)));
        copy(below, copied..at, bytes, origins);
        bytes.extend_from_slice(&edit.bytes[..edit.length]);
        let origin = Origin { position: at as u32, made: true };
        origins.extend(std::iter::repeat_n(origin, edit.length));
        copied = at + edit.written.max(1);
        from = copied;
    }
    let (mut bytes, mut origins) = applied?;
    copy(below, copied..below.len(), &mut bytes, &mut origins);
    origins.push(Origin { position: below.len() as u32, made: false });
    Some((bytes, origins))
}

fn copy(below: &[u8], span: Range<usize>, bytes: &mut Vec<u8>, origins: &mut Vec<Origin>) {
    bytes.extend_from_slice(below.get(span.clone()).unwrap_or_default());
    origins.extend(span.map(|position| Origin { position: position as u32, made: false }));
}

impl View {
    /// A reading made by `name` from `(byte, position)` pairs, whose bytes are all made by decoding.
    pub(super) fn made(name: &'static str, made: &[(u8, u32)], end: u32) -> View {
        let bytes = made.iter().map(|(byte, _)| *byte).collect();
        let mut origins: Vec<Origin> =
            made.iter().map(|(_, position)| Origin { position: *position, made: true }).collect();
        origins.push(Origin { position: end, made: false });
        View { bytes, levels: vec![Level { name, origins }] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(line: &str) -> String {
        views(line.as_bytes(), 4)
            .pop()
            .map(|view| String::from_utf8_lossy(&view.bytes).into_owned())
            .unwrap_or_default()
    }

    #[test]
    fn undoes_forms_within_forms() {
        assert_eq!(last("%252e%252e"), "..");
        assert_eq!(last("a&amp;#46;b"), "a.b");
        assert_eq!(last(r"%5cx2e"), ".");
        assert_eq!(last("plain 100 % & more"), "");
    }

    #[test]
    fn traces_a_match_to_the_bytes_as_written() {
        let line = b"GET /%2563ourier/x";
        let all = views(line, 4);
        let view = all.last().expect("two rounds");
        assert_eq!(view.bytes, b"GET /courier/x");
        let trace = view.trace(4..12).expect("decoded");
        assert_eq!(trace.span, 4..16);
        assert_eq!(trace.decoding, ["percent", "percent"]);
        assert_eq!(view.trace(12..14), None);
    }

    #[test]
    fn never_grows_past_the_bytes_as_written() {
        let line = "%".repeat(1_000) + &"&#46;".repeat(100);
        assert!(views(line.as_bytes(), 4).iter().all(|view| view.bytes.len() <= line.len()));
    }
}
