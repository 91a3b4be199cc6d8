//! JSON documents (RFC 8259): one array or object around many records (`{"Records":[...]}` of AWS CloudTrail, exports of
//! Azure, Microsoft 365 and Elasticsearch, arrays of Suricata EVE), and records written over several lines (`journalctl -o
//! json-pretty`). The stream is cut into pieces of which each record is one; its bytes stay as they are.
//!
//! What this reader does not do: (1) it does not take one object for an envelope whose records have no time of their own;
//! (2) it does not mend JSON: behind a line end inside a string it goes on with the next object.

use super::json;
use super::piece::{Cut, Piece, Unit, between_words};

/// Arrays and objects around records that are told apart.
const DEEPEST: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Around records.
    Around,
    /// In a string there.
    Name,
    /// In a line that is no JSON.
    Text,
    /// In an object; a string may be open in it.
    Object,
}

/// Cuts a stream into pieces. It looks at each byte once, at those of an envelope twice.
#[derive(Debug)]
pub(super) struct Document {
    limit: usize,
    mode: Mode,
    /// Arrays (`true`) and objects open around the records.
    open: Vec<bool>,
    /// Those that are open further inside.
    deeper: u64,
    /// Brackets open in the current object.
    depth: u64,
    string: bool,
    escaped: bool,
    /// The current object was asked whether it is an envelope, or stands in one.
    judged: bool,
    /// The current piece is part of something longer than the limit.
    large: bool,
    /// Where the current piece begins, and the next byte to look at.
    start: usize,
    at: usize,
    /// The last place of the current piece where it may be cut between two values.
    comma: usize,
}

impl Document {
    /// Whether text that begins so is to be cut into records rather than lines; `whole`: this is all of it.
    pub(super) fn begins(head: &[u8], whole: bool) -> bool {
        let start = skip_spaces(head, 0);
        match head.get(start) {
            Some(b'[') => {
                let object = skip_spaces(head, start + 1);
                head.get(object) == Some(&b'{') && is_object(head, object)
            }
            Some(b'{') if is_object(head, start) => match object_end(head, start) {
                Some(end) => head[start..end].contains(&b'\n') || json::is_envelope(&head[start..end], false),
                None => head[start..].contains(&b'\n') || (!whole && json::holds_objects(&head[start..])),
            },
            _ => false,
        }
    }

    /// Begins a document; pieces are at most `limit` bytes long.
    pub(super) fn new(limit: usize) -> Document {
        Document {
            limit: limit.max(2),
            mode: Mode::Around,
            open: Vec::new(),
            deeper: 0,
            depth: 0,
            string: false,
            escaped: false,
            judged: false,
            large: false,
            start: 0,
            at: 0,
            comma: 0,
        }
    }

    fn around(&mut self, byte: u8, pieces: &mut Vec<Piece>) {
        let inside = self.open.last().copied().filter(|_| self.deeper == 0);
        match byte {
            b'{' if inside == Some(true) || self.open.is_empty() => {
                self.end(Unit::Around, self.at, pieces);
                self.mode = Mode::Object;
                (self.depth, self.string, self.escaped) = (0, false, false);
                self.judged = !self.open.is_empty();
                return;
            }
            b'{' | b'[' => self.push(byte == b'['),
            b'}' | b']' => self.pop(byte == b']'),
            b'"' if !self.open.is_empty() => {
                self.mode = Mode::Name;
                self.escaped = false;
            }
            b'\n' => {
                self.at += 1;
                return self.end(Unit::Around, self.at, pieces);
            }
            // A text sequence has a record separator in front of each value (RFC 7464, section 2.2).
            b' ' | b'\t' | b'\r' | b',' | 0x1E => {}
            _ if self.open.is_empty() => self.mode = Mode::Text,
            _ => {}
        }
        self.at += 1;
    }

    fn push(&mut self, array: bool) {
        if self.open.len() < DEEPEST { self.open.push(array) } else { self.deeper += 1 }
    }

    fn pop(&mut self, array: bool) {
        if self.deeper > 0 {
            self.deeper -= 1;
        } else if self.open.last() == Some(&array) {
            self.open.pop();
        }
    }

    fn name(&mut self, byte: u8, pieces: &mut Vec<Piece>) {
        self.at += 1;
        match byte {
            b'\n' => {
                self.mode = Mode::Around;
                self.end(Unit::Around, self.at, pieces);
            }
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.mode = Mode::Around,
            _ => {}
        }
    }

    fn text(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        match memchr::memchr(b'\n', &bytes[self.at..]) {
            Some(length) => {
                self.at += length + 1;
                let unit = if self.large { Unit::Rest } else { Unit::Line };
                self.end(unit, self.at, pieces);
                self.mode = Mode::Around;
            }
            None => self.at = bytes.len(),
        }
    }

    /// Goes on in an object, as far as it reaches.
    fn object(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        while self.at < bytes.len() {
            if self.string {
                if !self.in_string(bytes) {
                    let unit = if self.large { Unit::Rest } else { Unit::Broken };
                    self.mode = Mode::Around;
                    return self.end(unit, self.at, pieces);
                }
                continue;
            }
            let byte = bytes[self.at];
            self.at += 1;
            match byte {
                b'"' => self.string = true,
                b'{' | b'[' => self.depth += 1,
                b',' | b'\n' => self.comma = self.at,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return self.closed(bytes, pieces);
                    }
                }
                _ => {}
            }
        }
    }

    /// Goes on in a string; `false` where a line ends in it, which no string can hold (RFC 8259, section 7).
    fn in_string(&mut self, bytes: &[u8]) -> bool {
        if self.escaped {
            self.escaped = false;
            self.at += 1;
            return true;
        }
        match memchr::memchr3(b'"', b'\\', b'\n', &bytes[self.at..]) {
            Some(length) => {
                self.at += length + 1;
                match bytes[self.at - 1] {
                    b'"' => self.string = false,
                    b'\\' => self.escaped = true,
                    _ => return false,
                }
            }
            None => self.at = bytes.len(),
        }
        true
    }

    fn closed(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        self.mode = Mode::Around;
        if !self.judged && json::is_envelope(&bytes[self.start..self.at], false) {
            return self.open_envelope();
        }
        let unit = if self.large { Unit::Rest } else { Unit::Record };
        self.end(unit, self.at, pieces);
    }

    /// What was taken for a record is the object around records: goes back to its first byte.
    fn open_envelope(&mut self) {
        self.mode = Mode::Around;
        self.at = self.start + 1;
        self.comma = self.start;
        self.push(false);
    }

    /// The current piece reached the limit: it is an envelope after all, or its beginning is given away as text. It is
    /// cut between two values where there is such a place in its second half.
    fn too_long(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        if self.mode == Mode::Object && !self.judged {
            self.judged = true;
            if json::is_envelope(&bytes[self.start..self.at], true) {
                return self.open_envelope();
            }
        }
        let middle = self.start + self.limit / 2;
        let at = if self.comma > middle { self.comma } else { between_words(bytes, middle, self.at) };
        if matches!(self.mode, Mode::Around | Mode::Name) {
            return self.end(Unit::Around, at, pieces);
        }
        self.end(Unit::Part, at, pieces);
        self.large = true;
    }

    fn end(&mut self, unit: Unit, end: usize, pieces: &mut Vec<Piece>) {
        if end > self.start {
            pieces.push(Piece { unit, end });
            self.start = end;
        }
        self.large = false;
    }
}

impl Cut for Document {
    fn cut(&mut self, bytes: &[u8], finished: bool, pieces: &mut Vec<Piece>) {
        loop {
            let stop = bytes.len().min(self.start + self.limit);
            if self.at < stop {
                match self.mode {
                    Mode::Around => self.around(bytes[self.at], pieces),
                    Mode::Name => self.name(bytes[self.at], pieces),
                    Mode::Text => self.text(&bytes[..stop], pieces),
                    Mode::Object => self.object(&bytes[..stop], pieces),
                }
            } else if self.at >= self.start + self.limit {
                self.too_long(bytes, pieces);
            } else {
                break;
            }
        }
        if finished && self.start < bytes.len() {
            let unit = match self.mode {
                _ if self.large => Unit::Rest,
                Mode::Object => Unit::Broken,
                Mode::Text => Unit::Line,
                Mode::Around | Mode::Name => Unit::Around,
            };
            self.end(unit, bytes.len(), pieces);
        }
    }

    fn shift(&mut self, count: usize) {
        self.start = self.start.saturating_sub(count);
        self.at = self.at.saturating_sub(count);
        self.comma = self.comma.saturating_sub(count);
    }
}

fn skip_spaces(bytes: &[u8], at: usize) -> usize {
    let space = |byte: &&u8| byte.is_ascii_whitespace() || **byte == 0x1E;
    at + bytes.get(at..).unwrap_or_default().iter().take_while(space).count()
}

/// Whether the brace at `at` opens an object: a name in quotes and a colon follow, or its end.
fn is_object(bytes: &[u8], at: usize) -> bool {
    let name = skip_spaces(bytes, at + 1);
    match bytes.get(name) {
        Some(b'}') => true,
        Some(b'"') => {
            string_end(bytes, name + 1).is_some_and(|end| bytes.get(skip_spaces(bytes, end)) == Some(&b':'))
        }
        _ => false,
    }
}

/// One past the quote that ends the string whose first byte is at `at`.
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// One past the brace that closes the object at `start`.
fn object_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0u64;
    let mut at = start;
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = string_end(bytes, at + 1)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &[u8], limit: usize, block: usize) -> Vec<(Unit, String)> {
        let mut document = Document::new(limit);
        let (mut buffer, mut all) = (Vec::new(), Vec::new());
        let mut take = |document: &mut Document, buffer: &mut Vec<u8>, finished| {
            let mut pieces = Vec::new();
            document.cut(buffer, finished, &mut pieces);
            let mut start = 0;
            for piece in &pieces {
                all.push((piece.unit, String::from_utf8_lossy(&buffer[start..piece.end]).into_owned()));
                start = piece.end;
            }
            buffer.drain(..start);
            document.shift(start);
        };
        for bytes in text.chunks(block.max(1)) {
            buffer.extend_from_slice(bytes);
            take(&mut document, &mut buffer, false);
        }
        take(&mut document, &mut buffer, true);
        all
    }

    #[test]
    fn what_is_too_long_is_cut_between_words() {
        let words: String = (0..200).map(|number| format!("word{number:03} ")).collect();
        for text in
            [format!("[{{\"a\":\"{words}\"}}]"), format!("[\"{}\"]", words.trim().replace(' ', "\",\""))]
        {
            let all = cut(text.as_bytes(), 100, 7);
            assert!(all.len() > 10);
            assert_eq!(cut(text.as_bytes(), 100, usize::MAX), all);
            for number in 0..200 {
                let word = format!("word{number:03}");
                assert!(all.iter().any(|(_, piece)| piece.contains(&word)), "{word} in {text}");
            }
        }
    }

    fn records(text: &str) -> Vec<String> {
        let whole = cut(text.as_bytes(), 1 << 20, usize::MAX);
        assert_eq!(whole.iter().map(|(_, piece)| piece.as_str()).collect::<String>(), text);
        let records = whole.into_iter().filter(|(unit, _)| *unit == Unit::Record);
        records.map(|(_, piece)| piece).collect()
    }

    const TRAIL: &str = "{\"Records\":[{\"eventTime\":\"2020-12-16T10:00:00Z\",\"resources\":[{\"a\":\"}]\"}]}, {\n\"eventTime\":\"2020-12-16T10:00:01Z\"}]}\n";

    #[test]
    fn an_envelope_gives_its_records_and_a_record_with_objects_inside_stays_whole() {
        assert_eq!(records(TRAIL).len(), 2);
        let hits = r#"{"took":1,"hits":{"total":{"value":2},"hits":[{"_id":"1","_source":{"@timestamp":"2020-12-16T10:00:00Z"}},{"_id":"2"}]}}"#;
        assert_eq!(records(hits).len(), 2);
        let answers = "{\"timestamp\":\"2020-12-16T10:00:00Z\",\n\"answers\":[{\"ttl\":1,\"time\":\"2020-12-16T10:00:00Z\"}]}";
        assert_eq!(records(answers), [answers]);
        let audit = r#"{"stageTimestamp":"2023-05-17T13:59:57Z","fields":[{"time":"2023-05-17T13:59:57Z"}]}"#;
        assert_eq!(records(audit), [audit]);
        assert_eq!(records("[{\"a\":1},{\"b\":{\"c\":[{}]}}]").len(), 2);
        assert_eq!(records("{\n\"a\" : 1\n}\n{\n\"a\" : 2\n}\n").len(), 2);
        assert_eq!(records("\u{1e}{\"a\":1}\n\u{1e}{\"a\":2}\n").len(), 2);
    }

    #[test]
    fn says_which_beginnings_are_documents() {
        for (head, whole, wanted) in [
            (TRAIL, true, true),
            ("[\n  {\"a\": 1", false, true),
            ("{\n\t\"__CURSOR\" : \"x\",\n", false, true),
            ("{\"a\":1}\n{\"a\":2}\n", true, false),
            ("{\"a\":[{\"b\":1", false, true),
            ("{\"a\":\"long", false, false),
            ("[Wed Dec 16 10:00:00 2020] x", false, false),
            ("[1, 2]", true, false),
            ("{ color: red }", true, false),
            ("", true, false),
        ] {
            assert_eq!(Document::begins(head.as_bytes(), whole), wanted, "{head}");
        }
    }

    #[test]
    fn what_is_no_json_is_lines_and_a_broken_object_ends_with_its_line() {
        let text = "[\n{\"a\":\"x\n},\n{\"b\":1}]\n2020-12-16 text {\n{\"c\":1}\n{\"d\":";
        let units: Vec<Unit> = cut(text.as_bytes(), 1_000, 1).into_iter().map(|(unit, _)| unit).collect();
        use Unit::{Around, Broken, Line, Record};
        assert_eq!(
            units,
            [Around, Broken, Around, Record, Around, Line, Record, Around, Broken],
            "{:?}",
            cut(text.as_bytes(), 1_000, 1)
        );
    }

    #[test]
    fn an_object_beyond_the_limit_is_cut_between_values_and_the_next_is_a_record_again() {
        let long = format!("[{{\"a\":[{}1]}},{{\"b\":2}}]", "1234567,".repeat(50));
        let pieces = cut(long.as_bytes(), 100, 7);
        let large = pieces.iter().filter(|(unit, _)| *unit == Unit::Part);
        assert!(
            large.clone().count() >= 3 && large.clone().all(|(_, piece)| piece.ends_with(',')),
            "{pieces:?}"
        );
        assert_eq!(pieces.iter().filter(|(unit, _)| *unit == Unit::Rest).count(), 1);
        assert!(pieces.contains(&(Unit::Record, "{\"b\":2}".to_owned())), "{pieces:?}");
        let many =
            format!("{{\"Records\":[{}{{}}]}}", "{\"eventTime\":\"2020-12-16T10:00:00Z\"},".repeat(50));
        let pieces = cut(many.as_bytes(), 100, 4_096);
        assert_eq!(pieces.iter().filter(|(unit, _)| *unit == Unit::Record).count(), 51);
    }

    #[test]
    fn the_pieces_are_the_same_however_the_stream_is_cut_and_at_each_prefix() {
        let text = [TRAIL, "junk\n[[[{\"a\":\"\\\"\"}]", "]]]}}}\n{\"x\":{", TRAIL].concat();
        for limit in [2, 3, 50, 1 << 20] {
            for end in 0..=text.len() {
                let part = &text.as_bytes()[..end];
                let whole = cut(part, limit, usize::MAX);
                assert_eq!(whole.iter().map(|(_, piece)| piece.len()).sum::<usize>(), end);
                for block in [1, 7, 4_096] {
                    assert_eq!(
                        cut(part, limit, block),
                        whole,
                        "limit {limit}, {end} bytes, blocks of {block}"
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_takes_longer_than_its_length() {
        let nested = [vec![b'['; 3 << 20], b"{\"a\":[{".repeat(1 << 18), vec![b'"'; 1 << 20]].concat();
        assert!(!cut(&nested, 1 << 20, 1 << 16).is_empty());
    }
}
