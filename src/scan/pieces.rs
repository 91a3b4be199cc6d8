//! A document becomes runs of whole pieces that can be searched at once. How the stream was cut into blocks does
//! not show.

use crate::record::{Cut, Piece};

/// Bytes gathered before a run is searched. A record that has not ended by then waits for its end.
const RUN: usize = 256 << 10;

/// Cuts a document into runs of pieces.
#[derive(Debug)]
pub(super) struct Pieces {
    buffer: Vec<u8>,
    /// Bytes that waited when the last run was handed on.
    waited: usize,
    document: Box<dyn Cut>,
    cuts: Vec<Piece>,
}

impl Pieces {
    /// `document`: what cuts it.
    pub(super) fn new(document: Box<dyn Cut>) -> Pieces {
        Pieces { buffer: Vec::new(), waited: 0, document, cuts: Vec::new() }
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
