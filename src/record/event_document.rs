//! Windows events as an XML document: `<Events><Event ...>...</Event>...</Events>`, as the Event Viewer saves them, all in one
//! line or each over several. The stream is cut behind each event; its bytes stay as they are.

use super::piece::{Cut, Piece, Unit, between_words};

const END: &[u8] = b"</Event>";

/// Cuts a stream into events and what stands around them.
#[derive(Debug)]
pub(super) struct EventDocument {
    limit: usize,
    /// An event was begun.
    inside: bool,
    /// The current piece is part of an event longer than the limit.
    large: bool,
    /// Where the current piece begins, and the next byte to look at.
    start: usize,
    at: usize,
}

impl EventDocument {
    /// Whether text that begins so is a document of events: behind the XML declaration and comments stands their element, with their
    /// namespace or their `System`; others' elements have the same name.
    pub(super) fn begins(head: &[u8]) -> bool {
        let mut rest = head.trim_ascii_start();
        loop {
            let end: &[u8] = match rest {
                [b'<', b'?', ..] => b"?>",
                [b'<', b'!', b'-', b'-', ..] => b"-->",
                _ => {
                    let names: [&[u8]; 2] = [b"<System", b"schemas.microsoft.com/win/"];
                    return (opens(rest, b"<Events") || opens(rest, b"<Event"))
                        && names.iter().any(|name| memchr::memmem::find(rest, name).is_some());
                }
            };
            let Some(length) = memchr::memmem::find(rest, end) else { return false };
            rest = rest[length + end.len()..].trim_ascii_start();
        }
    }

    /// Begins a document; pieces are at most `limit` bytes long.
    pub(super) fn new(limit: usize) -> EventDocument {
        EventDocument { limit: limit.max(2), inside: false, large: false, start: 0, at: 0 }
    }

    /// Goes on between events, up to the end of a line or the next event; `false` where more bytes are needed.
    fn around(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) -> bool {
        match memchr::memchr2(b'<', b'\n', &bytes[self.at..]).map(|length| self.at + length) {
            Some(at) if bytes[at] == b'\n' => {
                self.at = at + 1;
                self.outside(bytes, self.at, pieces);
            }
            Some(at) if opens(&bytes[at..], b"<Event") => {
                self.outside(bytes, at, pieces);
                (self.inside, self.at) = (true, at + 1);
            }
            // It may be the beginning of an event's tag.
            Some(at) if bytes.len() - at <= b"<Event".len() => {
                self.at = at;
                return false;
            }
            Some(at) => self.at = at + 1,
            None => {
                self.at = bytes.len();
                return false;
            }
        }
        true
    }

    /// What is no event ends here: a line of text, or tags and spaces.
    fn outside(&mut self, bytes: &[u8], end: usize, pieces: &mut Vec<Piece>) {
        let is_text = |byte: &u8| !byte.is_ascii_whitespace();
        let first = bytes[self.start..end].iter().find(|byte| is_text(byte));
        let unit = if first.is_some_and(|first| *first != b'<') { Unit::Line } else { Unit::Around };
        self.end(unit, end, pieces);
    }

    /// Goes on in an event, up to its end or to another that begins before; `false` where more bytes are needed.
    fn event(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) -> bool {
        let tag = memchr::memmem::find_iter(&bytes[self.at..], b"<").map(|length| self.at + length);
        for at in tag {
            if bytes[at..].starts_with(END) {
                self.inside = false;
                let unit = if self.large { Unit::Rest } else { Unit::Record };
                self.at = at + END.len();
                self.end(unit, self.at, pieces);
                return true;
            }
            if opens(&bytes[at..], b"<Event") {
                let unit = if self.large { Unit::Rest } else { Unit::Broken };
                self.at = at + 1;
                self.end(unit, at, pieces);
                return true;
            }
            if bytes.len() - at < END.len() {
                self.at = at;
                return false;
            }
        }
        self.at = bytes.len();
        false
    }

    fn too_long(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        let middle = self.start + self.limit / 2;
        let at = between_words(bytes, middle, self.start + self.limit);
        let inside = self.inside;
        self.end(if inside { Unit::Part } else { Unit::Around }, at, pieces);
        self.large = inside;
        self.at = self.at.max(at);
    }

    fn end(&mut self, unit: Unit, end: usize, pieces: &mut Vec<Piece>) {
        if end > self.start {
            pieces.push(Piece { unit, end });
            self.start = end;
        }
        self.large = false;
    }
}

impl Cut for EventDocument {
    fn cut(&mut self, bytes: &[u8], finished: bool, pieces: &mut Vec<Piece>) {
        loop {
            let window = &bytes[..bytes.len().min(self.start + self.limit)];
            let goes_on = if self.inside { self.event(window, pieces) } else { self.around(window, pieces) };
            if !goes_on {
                if bytes.len() < self.start + self.limit {
                    break;
                }
                self.too_long(bytes, pieces);
            }
        }
        if finished && self.start < bytes.len() {
            match self.inside {
                _ if self.large => self.end(Unit::Rest, bytes.len(), pieces),
                true => self.end(Unit::Broken, bytes.len(), pieces),
                false => self.outside(bytes, bytes.len(), pieces),
            }
        }
    }

    fn shift(&mut self, count: usize) {
        self.start = self.start.saturating_sub(count);
        self.at = self.at.saturating_sub(count);
    }
}

/// Whether an element of this name opens here.
pub(super) fn opens(text: &[u8], tag: &[u8]) -> bool {
    text.strip_prefix(tag)
        .and_then(<[u8]>::first)
        .is_some_and(|next| *next == b'>' || next.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, limit: usize, step: usize) -> Vec<(Unit, String)> {
        let (mut cutter, mut held, mut all) = (EventDocument::new(limit), Vec::new(), Vec::new());
        let mut blocks = text.as_bytes().chunks(step).peekable();
        while let Some(block) = blocks.next() {
            held.extend_from_slice(block);
            let mut cuts = Vec::new();
            cutter.cut(&held, blocks.peek().is_none(), &mut cuts);
            let mut start = 0;
            for cut in cuts {
                all.push((cut.unit, String::from_utf8_lossy(&held[start..cut.end]).into_owned()));
                start = cut.end;
            }
            held.drain(..start);
            cutter.shift(start);
        }
        assert!(held.is_empty());
        all
    }

    #[test]
    fn events_in_one_line_and_over_several_are_records_however_they_are_cut() {
        let text = "<?xml version=\"1.0\"?>\n<Events><Event xmlns='x'><EventData>1</EventData></Event><Event\n>2\n</Event>\n<Event xmlns='x'>3<Event >4</Event></Events>\nlog line\n<Event >5";
        assert!(EventDocument::begins(b"<!-- x --><Events><Event><System>"));
        let whole = pieces(text, 1_000, usize::MAX);
        let records: Vec<&str> =
            whole.iter().filter(|(unit, _)| *unit == Unit::Record).map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            records,
            [
                "<Event xmlns='x'><EventData>1</EventData></Event>",
                "<Event\n>2\n</Event>",
                "<Event >4</Event>"
            ]
        );
        let told = |unit: Unit| {
            whole.iter().filter(|(of, _)| *of == unit).map(|(_, text)| text.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(told(Unit::Broken), ["<Event xmlns='x'>3", "<Event >5"]);
        assert_eq!(told(Unit::Line), ["log line\n"]);
        assert_eq!(whole.iter().map(|(_, text)| text.as_str()).collect::<String>(), text);
        for step in 1..20 {
            assert_eq!(pieces(text, 1_000, step), whole, "{step}");
        }
    }

    #[test]
    fn an_event_without_end_is_cut_between_words() {
        let text = format!("<Event >{}</Event><Event >x</Event>", "word ".repeat(100));
        for step in [1, 7, usize::MAX] {
            let all = pieces(&text, 64, step);
            assert!(all.iter().all(|(_, piece)| piece.len() <= 64), "{all:?}");
            assert_eq!(all.iter().filter(|(unit, _)| *unit == Unit::Rest).count(), 1);
            assert_eq!(all.last(), Some(&(Unit::Record, "<Event >x</Event>".to_owned())));
            assert_eq!(all.iter().map(|(_, piece)| piece.as_str()).collect::<String>(), text);
        }
        for other in [
            "<Event time=\"2020-12-16 10:00:00\" host=\"web1\"/>",
            "<EventData>",
            "<x/>",
            "",
            "<?xml",
            "text <Event >",
        ] {
            assert!(!EventDocument::begins(other.as_bytes()), "{other}");
        }
    }
}
