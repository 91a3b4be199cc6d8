//! A record as one line of text: `Name=value` pairs, parted by spaces.

use std::ops::Range;

use crate::model::Field;

/// Builds the line of one record and remembers where the values of the shared vocabulary stand.
///
/// Line feeds, carriage returns, tabs and other control characters of a value become spaces, so that one record is one line
/// and each value still ends where its neighbor begins. Everything else stands as it is, so that what is looked for is found.
#[derive(Debug, Default)]
pub struct Rendered {
    text: Vec<u8>,
    fields: Vec<(Field, Range<usize>)>,
    limit: usize,
    cut: bool,
}

impl Rendered {
    /// An empty line that grows to `limit` bytes.
    pub fn new(limit: usize) -> Rendered {
        Rendered { limit, ..Rendered::default() }
    }

    /// Empties it for the next record.
    pub fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
        self.cut = false;
    }

    /// Appends `name=value`. Pairs without name or value are left out.
    pub fn pair(&mut self, name: &str, value: &str, field: Option<Field>) {
        self.begin(name);
        let start = self.text.len();
        self.push(value);
        if let Some(field) = field {
            self.mark(field, start);
        }
    }

    /// Appends a space and `name=`; the value follows with [`Rendered::push`].
    pub fn begin(&mut self, name: &str) {
        if !self.text.is_empty() {
            self.push(" ");
        }
        self.push(name);
        self.push("=");
    }

    /// Appends a piece of the current value.
    pub fn push(&mut self, piece: &str) {
        let mut room = self.limit.saturating_sub(self.text.len());
        self.cut |= piece.len() > room;
        while !piece.is_char_boundary(room.min(piece.len())) {
            room -= 1;
        }
        self.push_bytes(&piece.as_bytes()[..room.min(piece.len())]);
    }

    /// Appends a piece of the current value that may be no text.
    pub fn push_bytes(&mut self, piece: &[u8]) {
        let room = self.limit.saturating_sub(self.text.len());
        self.cut |= piece.len() > room;
        let piece = &piece[..room.min(piece.len())];
        self.text.extend(piece.iter().map(|byte| if *byte < b' ' || *byte == 0x7F { b' ' } else { *byte }));
    }

    /// What was appended since the line was `start` bytes long is the value of a field.
    pub fn mark(&mut self, field: Field, start: usize) {
        if self.text.len() > start && self.fields.iter().all(|(known, _)| *known != field) {
            self.fields.push((field, start..self.text.len()));
        }
    }

    /// The line.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where the values of the shared vocabulary stand in it.
    pub fn fields(&self) -> &[(Field, Range<usize>)] {
        &self.fields
    }

    /// Whether the limit cut something off.
    pub fn is_cut(&self) -> bool {
        self.cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_record_is_one_line_and_its_fields_are_found_again() {
        let mut line = Rendered::new(100);
        line.pair("User", "a b", Some(Field::User));
        line.pair("Script", "one\r\ntwo\t\u{fc}", Some(Field::Message));
        assert_eq!(line.text(), "User=a b Script=one  two \u{fc}".as_bytes());
        let places: Vec<&[u8]> = line.fields().iter().map(|(_, span)| &line.text()[span.clone()]).collect();
        assert_eq!(places, [&b"a b"[..], "one  two \u{fc}".as_bytes()]);
        assert!(!line.is_cut());
    }

    #[test]
    fn the_limit_cuts_between_characters_and_says_so() {
        let mut line = Rendered::new(4);
        line.pair("a", "b\u{fc}c", None);
        assert_eq!(line.text(), b"a=b");
        assert!(line.is_cut());
    }
}
