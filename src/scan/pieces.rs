//! A JSON document becomes runs of whole pieces that can be searched at once. How the stream was cut into blocks does
//! not show.

use crate::record::{Document, Piece};

/// Bytes gathered before a run is searched. An object that has not ended by then waits for its end.
const RUN: usize = 256 << 10;

/// Cuts a document into runs of pieces.
#[derive(Debug)]
pub(super) struct Pieces {
    buffer: Vec<u8>,
    /// Bytes that waited when the last run was handed on.
    waited: usize,
    document: Document,
    cuts: Vec<Piece>,
}

impl Pieces {
    /// `limit`: the longest object that stays whole.
    pub(super) fn new(limit: usize) -> Pieces {
        Pieces { buffer: Vec::new(), waited: 0, document: Document::new(limit), cuts: Vec::new() }
    }

    /// Room for the next bytes; call [`Pieces::drain`] after each addition.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// How many bytes may be added before the next drain, at least one.
    pub(super) fn room(&self) -> usize {
        RUN.saturating_sub(self.buffer.len() - self.waited).max(1)
    }

    /// Hands on what is complete; with `finished`, everything.
    pub(super) fn drain(&mut self, finished: bool, run: impl FnOnce(&[u8], &[Piece])) {
        if !finished && self.buffer.len() - self.waited < RUN {
            return;
        }
        self.document.cut(&self.buffer, finished, &mut self.cuts);
        if let Some(last) = self.cuts.last() {
            let end = last.end;
            run(&self.buffer[..end], &self.cuts);
            self.buffer.drain(..end);
            self.document.shift(end);
            self.cuts.clear();
        }
        self.waited = self.buffer.len();
    }
}
