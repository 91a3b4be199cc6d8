//! The pieces of a document, searched: each record has its time and fields, and a match its line in the file.

use crate::model::{Diagnostic, DiagnosticSeverity, counted};
use crate::record::{Piece, Record, Unit};

use super::context::Context;
use super::text::{Line, State};

impl State {
    /// Searches a run of pieces at once, then goes through it piece by piece.
    pub(super) fn pieces(&mut self, hay: &[u8], pieces: &[Piece], context: &mut Context<'_>) {
        let mut run = self.search_run(hay, context);
        let mut start = 0;
        for piece in pieces {
            let bytes = &hay[start..piece.end];
            // The number of the line in which the piece begins.
            self.line += 1;
            let mut record = self.piece(piece.unit, bytes);
            let line = Line {
                bytes,
                offset: self.offset,
                number: Some(self.line),
                record: None,
                raw: None,
                known: &[],
            };
            self.meet(line, &mut record, start, piece.end, &mut run, context);
            let feeds = memchr::memchr_iter(b'\n', bytes).count() as u64;
            self.line = self.line - 1 + feeds;
            self.unended = bytes.last() != Some(&b'\n');
            self.offset += self.width(bytes);
            start = piece.end;
        }
        self.put_back(run);
    }

    fn piece(&mut self, unit: Unit, bytes: &[u8]) -> Option<Record> {
        match unit {
            Unit::Line => self.record(bytes.strip_suffix(b"\n").unwrap_or(bytes).trim_ascii_end()),
            Unit::Record => {
                let record = self.reader.read_object(bytes);
                self.count(bytes, record.as_ref());
                record
            }
            Unit::Broken | Unit::Rest => {
                self.large_objects += u64::from(unit == Unit::Rest);
                self.count(bytes, None);
                None
            }
            Unit::Around | Unit::Part => None,
        }
    }

    /// Says how many records of the document were too long to be read.
    pub(super) fn tell_large_objects(&self, context: &mut Context<'_>) {
        if self.large_objects > 0 {
            let (count, limit) = (self.large_objects, context.limits.object);
            context.diagnose(Diagnostic::new(
                DiagnosticSeverity::Note,
                "large-objects",
                format!("longer than {limit} bytes: {}, searched as text and not split into fields", counted(count, "record")),
                "matches in them have no time and no request; a single value longer than half of that may be cut where a match stands",
            ).at(&self.artifact));
        }
    }
}
