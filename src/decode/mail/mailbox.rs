//! A mailbox (mbox, RFC 4155): lines that begin with `From ` behind an empty line part its mails, each a member.

use crate::decode::{Decoder, Rendered};
use crate::model::{ArtifactKind, DecodedRecord, Flow, Limits, Member, Parts};

/// Reads one mailbox. Its mails stand as they are: `>From` stays quoted.
pub(in crate::decode) struct Mailbox {
    line: Vec<u8>,
    continues: bool,
    /// The line before was empty, or there is none.
    may_part: bool,
    offset: u64,
    number: u64,
    rendered: Rendered,
    longest: usize,
    flow: Flow,
}

impl Mailbox {
    pub(in crate::decode) fn new(limits: &Limits) -> Mailbox {
        Mailbox {
            line: Vec::new(),
            continues: false,
            may_part: true,
            offset: 0,
            number: 0,
            rendered: Rendered::new(limits.record),
            longest: limits.line,
            flow: Flow::Continue,
        }
    }

    fn take(&mut self, parts: &mut dyn Parts) {
        let parting = !self.continues && self.may_part && is_envelope(&self.line);
        if parting || self.number == 0 {
            if self.number > 0 {
                parts.end(true);
            }
            self.number += 1;
            self.rendered.clear();
            let envelope = String::from_utf8_lossy(self.line.trim_ascii()).into_owned();
            self.rendered.pair("Envelope", &envelope, None);
            let record = DecodedRecord {
                number: self.number,
                offset: self.offset,
                length: self.line.len() as u64,
                text: self.rendered.text(),
                time: None,
                fields: &[],
                known: &[],
            };
            self.flow = parts.record(record);
            let name = format!("mail {}", self.number);
            if parts.begin_as(Member { name, size: None }, ArtifactKind::Mail) == Flow::Stop {
                self.flow = Flow::Stop;
            }
        }
        if !parting && parts.data(&self.line) == Flow::Stop {
            self.flow = Flow::Stop;
        }
        self.may_part = !self.continues && self.line.trim_ascii().is_empty();
        self.continues = !self.line.ends_with(b"\n");
        self.offset += self.line.len() as u64;
        self.line.clear();
    }
}

/// `From sender Wed Dec 16 10:00:00 2020`: a time stands in it.
fn is_envelope(line: &[u8]) -> bool {
    let clock = |bytes: &[u8]| bytes[0].is_ascii_digit() && bytes[1] == b':' && bytes[2].is_ascii_digit();
    line.starts_with(b"From ") && line.windows(3).any(clock)
}

impl Decoder for Mailbox {
    fn format(&self) -> &'static str {
        "mailbox (mbox)"
    }

    fn feed(&mut self, block: &[u8], parts: &mut dyn Parts) -> Flow {
        let mut rest = block;
        while !rest.is_empty() && self.flow == Flow::Continue {
            if super::gather(&mut self.line, &mut rest, self.longest) {
                self.take(parts);
            }
        }
        self.flow
    }

    fn finish(&mut self, parts: &mut dyn Parts) {
        if !self.line.is_empty() {
            self.take(parts);
        }
        if self.number > 0 && self.flow == Flow::Continue {
            parts.end(true);
        }
    }
}
