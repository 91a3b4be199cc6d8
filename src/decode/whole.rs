//! A file whose parts point forth and back goes in block by block; its reader gets it whole, or nobody does.

use crate::model::{ArtifactKind, Diagnostic, DiagnosticSeverity, Flow, Limits, Member, Parts, size};

use super::Decoder;

/// Reads one such format.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    /// What the records are, in plain words.
    pub(super) format: &'static str,
    /// Hands on what stands in all the bytes of a file.
    pub(super) read: fn(&[u8], &Limits, &mut dyn Parts),
}

/// What reads the bytes of a file once they are there.
type Read = dyn Fn(&[u8], &Limits, &mut dyn Parts);

/// Gathers a file for its reader.
///
/// A file longer than `Limits::held` is searched as bytes, as a member, and the reader never sees it.
pub(super) struct Whole {
    format: &'static str,
    read: Box<Read>,
    limits: Limits,
    bytes: Vec<u8>,
    over: bool,
}

impl Whole {
    pub(super) fn new(reader: Reader, limits: &Limits) -> Whole {
        Whole::with(reader.format, Box::new(reader.read), limits)
    }

    /// For a reader that must know more than limits.
    pub(super) fn with(format: &'static str, read: Box<Read>, limits: &Limits) -> Whole {
        Whole { format, read, limits: *limits, bytes: Vec::new(), over: false }
    }

    fn give_up(&mut self, parts: &mut dyn Parts) -> Flow {
        self.over = true;
        let (format, limit) = (self.format, size(self.limits.held as u64));
        let message = format!("the file is longer than {limit}, up to which a file of this format is read");
        let hint = format!("it was searched as bytes, not as records ({format}); export a part of it");
        parts.diagnostic(Diagnostic::new(DiagnosticSeverity::Error, "limit-held", message, hint));
        let member = Member { name: "bytes of the file".to_owned(), size: None };
        if parts.begin_as(member, ArtifactKind::Binary) == Flow::Stop {
            return Flow::Stop;
        }
        parts.data(&std::mem::take(&mut self.bytes))
    }
}

impl Decoder for Whole {
    fn format(&self) -> &'static str {
        self.format
    }

    fn feed(&mut self, block: &[u8], parts: &mut dyn Parts) -> Flow {
        if !self.over {
            if self.bytes.len() + block.len() <= self.limits.held {
                self.bytes.extend_from_slice(block);
                return Flow::Continue;
            }
            if self.give_up(parts) == Flow::Stop {
                return Flow::Stop;
            }
        }
        parts.data(block)
    }

    fn finish(&mut self, parts: &mut dyn Parts) {
        if self.over {
            parts.end(true);
        } else {
            (self.read)(&self.bytes, &self.limits, parts);
        }
    }
}
