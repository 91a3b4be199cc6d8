//! Numbers the records of one file, hands them on, and keeps what all of them together may come to in bounds.

use std::ops::Range;

use crate::model::{
    ArtifactKind, DecodedRecord, Diagnostic, DiagnosticSeverity, Flow, Limits, Member, Parts, Timestamp,
    counted,
};

use super::Rendered;

/// The way out of a reader that has its file whole.
pub(super) struct Records<'p> {
    /// The line of the next record.
    pub(super) line: Rendered,
    parts: &'p mut dyn Parts,
    number: u64,
    cut: u64,
    room: u64,
    flow: Flow,
}

impl<'p> Records<'p> {
    /// For the records of a file of `size` bytes.
    pub(super) fn new(size: usize, limits: &Limits, parts: &'p mut dyn Parts) -> Records<'p> {
        let room = (size as u64).saturating_mul(limits.repeated).max(limits.record as u64);
        let line = Rendered::new(limits.record);
        Records { line, parts, number: 0, cut: 0, room, flow: Flow::Continue }
    }

    /// The line is complete: it is a record whose raw bytes stand at `place`. Empties the line.
    pub(super) fn emit(&mut self, place: Range<usize>, time: Option<Timestamp>) -> Flow {
        if self.line.text().is_empty() || self.flow == Flow::Stop {
            return self.flow;
        }
        self.number += 1;
        self.cut += u64::from(self.line.is_cut());
        let record = DecodedRecord {
            number: self.number,
            offset: place.start as u64,
            length: place.len() as u64,
            text: self.line.text(),
            time,
            fields: self.line.fields(),
            known: &[],
        };
        self.flow = self.parts.record(record);
        let length = self.line.text().len() as u64;
        self.line.clear();
        if length > self.room && self.flow == Flow::Continue {
            let message = "the records share so many values that they come to far more than the file";
            let hint = "what came behind was not searched; this is how a file looks that was made to keep its reader busy";
            self.say(DiagnosticSeverity::Error, "limit-repeated", message.to_owned(), hint);
            self.flow = Flow::Stop;
        }
        self.room = self.room.saturating_sub(length);
        self.flow
    }

    /// A member, in pieces; of the kind that is stated, or of the one that its bytes say. Without bytes there is none.
    pub(super) fn member<'b>(
        &mut self,
        name: String,
        kind: Option<ArtifactKind>,
        pieces: impl IntoIterator<Item = &'b [u8]>,
        complete: bool,
    ) -> Flow {
        let mut open = false;
        for piece in pieces {
            if self.flow == Flow::Stop {
                break;
            }
            if !open {
                open = self.begin(&name, kind) == Flow::Continue;
            }
            if open {
                self.data(piece);
            }
        }
        if open {
            self.end(complete);
        }
        self.flow
    }

    /// A member begins whose bytes come one behind the other.
    pub(super) fn begin(&mut self, name: &str, kind: Option<ArtifactKind>) -> Flow {
        let member = Member { name: shown(name), size: None };
        if self.flow == Flow::Continue {
            self.flow = match kind {
                Some(kind) => self.parts.begin_as(member, kind),
                None => self.parts.begin(member),
            };
        }
        self.flow
    }

    /// Some bytes of the member that began last.
    pub(super) fn data(&mut self, bytes: &[u8]) -> Flow {
        if self.flow == Flow::Continue {
            self.flow = self.parts.data(bytes);
        }
        self.flow
    }

    /// That member ends.
    pub(super) fn end(&mut self, complete: bool) {
        if self.flow == Flow::Continue {
            self.parts.end(complete);
        }
    }

    /// A record at `place` that cannot be read, and why.
    pub(super) fn unread(&mut self, why: &str, place: Range<usize>) {
        self.line.clear();
        self.number += 1;
        if self.flow == Flow::Continue {
            self.parts.unread(self.number, &format!("at byte {}: {why}", place.start));
        }
    }

    /// Whether more is wanted.
    pub(super) fn flow(&self) -> Flow {
        self.flow
    }

    /// Something that a reader must know.
    pub(super) fn say(&mut self, severity: DiagnosticSeverity, code: &str, message: String, hint: &str) {
        self.parts.diagnostic(Diagnostic::new(severity, code, message, hint));
    }

    /// The file is over: says what was cut.
    pub(super) fn finish(mut self) {
        if self.cut > 0 {
            let message = format!("{} longer than the limit, cut off", counted(self.cut, "record"));
            let hint = "what was cut off was not searched";
            self.say(DiagnosticSeverity::Error, "limit-record", message, hint);
        }
    }
}

/// A name with control characters escaped, never empty.
pub(super) fn shown(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().take(512) {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    if out.is_empty() { "(no name)".to_owned() } else { out }
}
