//! The objects of a PDF (ISO 32000-1, section 7.3.10), found by their own words: no table of places is trusted.

use std::ops::Range;

use memchr::memmem;

use super::lexer::{Lexer, Token, is_space};
use super::stream::referred;

/// One object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) number: u32,
    pub(super) generation: u32,
    /// From its number on.
    pub(super) start: usize,
    /// What it says: all between `obj` and `stream` or its end.
    pub(super) body: Range<usize>,
    /// The bytes of its stream.
    pub(super) stream: Option<Range<usize>>,
    /// Whether the stream has an end of its own.
    pub(super) ended: bool,
    /// Behind its last byte.
    pub(super) end: usize,
}

/// Where the objects of a file stand: number and place of the body, in the order of both.
#[derive(Default)]
pub(super) struct Index(Vec<(u32, usize)>);

impl Index {
    /// For these objects; of a number used again, the last one counts.
    pub(super) fn new(mut places: Vec<(u32, usize)>) -> Index {
        places.sort_unstable();
        Index(places)
    }

    /// Where the body of an object begins.
    pub(super) fn place(&self, number: u32) -> Option<usize> {
        let behind = self.0.partition_point(|(known, _)| *known <= number);
        self.0[..behind].last().filter(|(known, _)| *known == number).map(|(_, place)| *place)
    }
}

/// Finds objects, front to back.
pub(super) struct Objects<'b> {
    bytes: &'b [u8],
    index: &'b Index,
    lexer: Lexer<'b>,
    at: usize,
}

impl<'b> Objects<'b> {
    pub(super) fn new(bytes: &'b [u8], index: &'b Index) -> Objects<'b> {
        Objects { bytes, index, lexer: Lexer::new(bytes), at: 0 }
    }

    /// The words from `place` on to the end of an object or the beginning of its stream.
    fn body(&mut self, place: usize) -> (usize, Option<usize>, usize) {
        self.lexer.at = place;
        let mut before = [usize::MAX; 2];
        let mut closed = false;
        while let Some((token, word)) = self.lexer.next() {
            match &self.bytes[word.clone()] {
                b"endobj" => return (word.start, None, word.end),
                b"stream" if closed => {
                    if let Some(data) = data(self.bytes, word.end) {
                        return (word.start, Some(data), word.end);
                    }
                }
                // The next object begins, though this one has not ended.
                b"obj" if header(self.bytes, word.start).is_some() => {
                    let end = before[0].min(word.start);
                    return (end, None, end);
                }
                _ => {}
            }
            closed = token == Token::CloseDictionary;
            before = [before[1], word.start];
        }
        (self.bytes.len(), None, self.bytes.len())
    }

    /// Where the stream at `data` ends, behind what its last word is, and whether it has an end.
    fn extent(&self, body: &[u8], data: usize) -> (usize, usize, bool) {
        let told = value(body, b"Length").and_then(|place| self.number(&body[place]));
        if let Some(end) =
            told.and_then(|length| data.checked_add(length)).filter(|end| *end <= self.bytes.len())
        {
            let mut lexer = Lexer::new(&self.bytes[end..self.bytes.len().min(end + 64)]);
            if let Some((_, word)) = lexer.next()
                && matches!(self.bytes.get(end + word.start..end + word.end), Some(b"endstream" | b"endobj"))
            {
                return (end, end + word.end, true);
            }
        }
        let rest = &self.bytes[data..];
        let found = memmem::find(rest, b"endstream");
        let reach = found.unwrap_or(rest.len());
        let early = memmem::find(&rest[..reach], b"endobj");
        let Some(end) = early.or(found) else { return (self.bytes.len(), self.bytes.len(), false) };
        let length = if early.is_some() { b"endobj".len() } else { b"endstream".len() };
        // The line feed in front of the word is no part of the data (section 7.3.8.1).
        let trimmed = rest[..end].strip_suffix(b"\n").unwrap_or(&rest[..end]);
        let trimmed = trimmed.strip_suffix(b"\r").unwrap_or(trimmed);
        (data + trimmed.len(), data + end + length, true)
    }

    /// A number, written here or as an object of its own.
    fn number(&self, written: &[u8]) -> Option<usize> {
        let place = match reference(written) {
            Some(number) => referred(self.bytes, number, self.index)?,
            None => written,
        };
        let (_, word) = Lexer::new(place).next()?;
        std::str::from_utf8(&place[word]).ok()?.parse().ok()
    }
}

impl Iterator for Objects<'_> {
    type Item = Object;

    fn next(&mut self) -> Option<Object> {
        loop {
            let word = self.at + memmem::find(&self.bytes[self.at..], b"obj")?;
            let from = self.at;
            self.at = word + 3;
            let Some((start, number, generation)) = header(self.bytes, word) else { continue };
            let (end, data, behind) = self.body(word + 3);
            let body = word + 3..end;
            let mut object = Object {
                number,
                generation,
                start: start.max(from),
                body: body.clone(),
                stream: None,
                ended: true,
                end: behind,
            };
            if let Some(data) = data {
                let (end, behind, ended) = self.extent(&self.bytes[body], data);
                let mut lexer = Lexer::new(&self.bytes[behind..self.bytes.len().min(behind + 64)]);
                let last = lexer.next().map(|(_, word)| behind + word.start..behind + word.end);
                let last = last.filter(|word| &self.bytes[word.clone()] == b"endobj");
                object.stream = Some(data..end);
                (object.end, object.ended) = (last.map_or(behind, |word| word.end), ended);
            }
            self.at = object.end;
            return Some(object);
        }
    }
}

/// Where `12 0 obj` begins, of which the last word stands at `word`, and its two numbers.
fn header(bytes: &[u8], word: usize) -> Option<(usize, u32, u32)> {
    let (generation, before) = number_before(bytes, word)?;
    let (number, start) = number_before(bytes, before).filter(|(_, start)| *start < before)?;
    let parted = bytes[start..before].last().copied().is_some_and(is_space);
    parted.then_some((start, number, generation))
}

/// The number in front of `end`, spaces between allowed, and where it begins.
fn number_before(bytes: &[u8], end: usize) -> Option<(u32, usize)> {
    let from = end.saturating_sub(32);
    let text = &bytes[from..end];
    let digits_end = text.iter().rposition(|byte| !is_space(*byte))? + 1;
    let start = text[..digits_end].iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
    let number = std::str::from_utf8(&text[start..digits_end]).ok()?.parse().ok()?;
    Some((number, from + start))
}

/// Where the data begin behind the word `stream` (section 7.3.8.1); readers also take a carriage return alone.
fn data(bytes: &[u8], behind: usize) -> Option<usize> {
    let rest = &bytes[behind..];
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match rest.get(blanks..)? {
        [b'\r', b'\n', ..] => Some(behind + blanks + 2),
        [b'\n' | b'\r', ..] => Some(behind + blanks + 1),
        _ => None,
    }
}

/// The value of a key of the first dictionary in `text`, and nothing of those within it. Places are those of `text`.
pub(super) fn value(text: &[u8], key: &[u8]) -> Option<Range<usize>> {
    let mut lexer = Lexer::new(text);
    let (mut depth, mut key_is_next) = (0usize, true);
    let (mut start, mut last) = (None, 0);
    while let Some((token, word)) = lexer.next() {
        if matches!(token, Token::CloseDictionary | Token::CloseArray) {
            depth = depth.saturating_sub(1);
        }
        let is_key = depth == 1 && token == Token::Name && key_is_next;
        if let Some(start) = start.filter(|_| is_key || depth == 0) {
            return Some(start..last);
        }
        if depth == 1 {
            key_is_next = !is_key;
        }
        if is_key && name(&text[word.clone()]) == key {
            start = Some(word.end);
        }
        last = word.end;
        if matches!(token, Token::OpenDictionary | Token::OpenArray) {
            depth += 1;
        }
        if depth == 0 {
            return None;
        }
    }
    start.map(|start| start..last)
}

/// The number of the object that `12 0 R` refers to.
pub(super) fn reference(text: &[u8]) -> Option<u32> {
    let mut lexer = Lexer::new(text);
    let mut word = || lexer.next().and_then(|(_, place)| std::str::from_utf8(&text[place]).ok());
    let number = word()?.parse().ok()?;
    let _: u32 = word()?.parse().ok()?;
    (word()? == "R").then_some(number)
}

/// A name without its slash, `#41` undone (section 7.3.5).
pub(super) fn name(written: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(written.len());
    let mut rest = written.strip_prefix(b"/").unwrap_or(written);
    while let [first, behind @ ..] = rest {
        let code =
            behind.get(..2).and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match code.filter(|_| *first == b'#') {
            Some(code) => {
                out.push(code);
                rest = &behind[2..];
            }
            None => {
                out.push(*first);
                rest = behind;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &[u8]) -> Vec<(u32, Option<&[u8]>)> {
        let none = Index::default();
        let index = Index::new(Objects::new(text, &none).map(|one| (one.number, one.body.start)).collect());
        Objects::new(text, &index).map(|one| (one.number, one.stream.map(|place| &text[place]))).collect()
    }

    #[test]
    fn a_stream_ends_where_its_length_says_or_its_word_stands() {
        let table: [(&[u8], &[u8]); 6] = [
            (b"1 0 obj<</Length 3>>stream\r\nabc\nendstream", b"abc"),
            (b"1 0 obj<</Length 9>>stream\nendstream\nendstream endobj", b"endstream"),
            (b"1 0 obj<</Length 2 0 R>>stream\nendstream\nendstream endobj 2 0 obj 9 endobj", b"endstream"),
            (b"1 0 obj<</Length 7>>stream\nabc\r\nendstream", b"abc"),
            (b"1 0 obj<</#4cength 4>>stream\nabc\nendobj", b"abc\n"),
            (b"1 0 obj<</X(>>stream\n)>>stream\nabc", b"abc"),
        ];
        for (text, stream) in table {
            assert_eq!(found(text)[0], (1, Some(stream)), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn objects_are_found_without_their_ends_and_in_rubbish() {
        let text = b"( %PDF \n1 0 obj<</A(x)>> 2 0 obj(y 3 0 obj [1] endobj obj x obj 11 0 R 4 0obj\n<<>>";
        let numbers: Vec<u32> = found(text).iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 2, 3, 4]);
    }

    #[test]
    fn a_value_is_that_of_the_outer_dictionary() {
        let text = b"<</A<</Length 1>>/Length 2 0 R/F#69lter[/A/B]/Parms<</X 1>>/Type/X>>";
        let of =
            |key: &[u8]| value(text, key).map(|place| String::from_utf8_lossy(&text[place]).into_owned());
        assert_eq!(of(b"Length").as_deref(), Some(" 2 0 R"));
        assert_eq!(of(b"Filter").as_deref(), Some("[/A/B]"));
        assert_eq!(of(b"Parms").as_deref(), Some("<</X 1>>"));
        assert_eq!(of(b"Type").as_deref(), Some("/X"));
        assert_eq!(of(b"X"), None);
        assert_eq!(reference(b" 2 0 R"), Some(2));
        assert_eq!(reference(b"2 0"), None);
    }
}
