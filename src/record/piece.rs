//! Records that are not lines: what cuts a text into them, and what the pieces are.

use super::document::Document;
use super::event_document::EventDocument;

/// What a piece of a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// One whole record.
    Record,
    /// A line of text outside of all records.
    Line,
    /// What stands around the records: brackets, names, spaces.
    Around,
    /// A record that does not end as one.
    Broken,
    /// A part of something longer than the limit; more follows.
    Part,
    /// The last part of it.
    Rest,
}

/// One piece: where it ends in the bytes that were given, beginning where the piece before ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub unit: Unit,
    /// One past its last byte.
    pub end: usize,
}

/// Cuts a stream of text into pieces of which each record is one. How the stream comes does not show.
pub trait Cut: std::fmt::Debug {
    /// Appends the pieces that are complete in `bytes`, which begin where the last piece ended that was taken away with
    /// [`Cut::shift`]. `finished`: no more bytes follow.
    fn cut(&mut self, bytes: &[u8], finished: bool, pieces: &mut Vec<Piece>);

    /// So many bytes, of whole pieces, were taken away in front.
    fn shift(&mut self, count: usize);
}

/// What cuts a text that begins with `head` into records of at most `limit` bytes; `None` where its lines are its records.
/// `whole`: this is all of it.
pub fn cutter(head: &[u8], whole: bool, limit: usize) -> Option<Box<dyn Cut>> {
    if Document::begins(head, whole) {
        return Some(Box::new(Document::new(limit)));
    }
    EventDocument::begins(head).then(|| Box::new(EventDocument::new(limit)) as Box<dyn Cut>)
}

/// One past the last byte of `bytes[from..until]` that no word goes on behind; `until` where there is none.
pub(super) fn between_words(bytes: &[u8], from: usize, until: usize) -> usize {
    let parts = |byte: &u8| matches!(byte, b'"' | b' ' | b'\t' | b'\n' | b'\r');
    bytes[from..until].iter().rposition(parts).map_or(until, |at| from + at + 1)
}
