//! Records that a decoder rendered as lines are gathered and searched at once, as the lines of a text are.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::decode;
use crate::index::Found;
use crate::model::{DecodedRecord, Field};
use crate::record::Record;

use super::context::Context;
use super::marks;
use super::search::search;
use super::text::{Line, State};

/// Bytes gathered before they are searched. Larger runs cost memory, smaller ones speed.
const RUN: usize = 256 << 10;

/// Records that wait for their search.
#[derive(Default)]
pub(super) struct Gathered {
    /// Their lines, each with a line feed.
    text: Vec<u8>,
    /// Places that another record tells of, of all of them.
    known: Vec<Range<usize>>,
    waiting: Vec<Waiting>,
}

struct Waiting {
    number: u64,
    offset: u64,
    length: u64,
    record: Record,
    text: Range<usize>,
    known: Range<usize>,
}

impl State {
    /// Takes a record that a decoder rendered as a line.
    pub(super) fn decoded_record(&mut self, decoded: &DecodedRecord<'_>, context: &mut Context<'_>) {
        let record = Record::of(decoded.time, decoded.fields);
        self.line = self.line.max(decoded.number);
        self.summary.records += 1;
        if let Some(time) = &record.time {
            self.dates.add(time, None);
        }
        if let Some(host) = record.get(Field::Server, decoded.text) {
            self.hosts.add(host);
        }
        for (field, _) in decoded.fields {
            if !self.summary.fields.contains(field) {
                self.summary.fields.push(*field);
            }
        }
        let gathered = &mut self.gathered;
        let (start, known) = (gathered.text.len(), gathered.known.len());
        gathered.text.extend_from_slice(decoded.text);
        gathered.known.extend_from_slice(decoded.known);
        gathered.waiting.push(Waiting {
            number: decoded.number,
            offset: decoded.offset,
            length: decoded.length,
            record,
            text: start..gathered.text.len(),
            known: known..gathered.known.len(),
        });
        gathered.text.push(b'\n');
        if gathered.text.len() >= RUN {
            self.search_gathered(context);
        }
    }

    /// Searches the records that wait. What follows them in the order of the artifact comes behind their sightings, so this
    /// is called before anything else is told.
    pub(super) fn search_gathered(&mut self, context: &mut Context<'_>) {
        if self.gathered.waiting.is_empty() {
            return;
        }
        let mut gathered = std::mem::take(&mut self.gathered);
        let (mut found, mut written) = (Vec::new(), Vec::new());
        search(context.set, &gathered.text, &mut found);
        found.sort_unstable();
        decode::begins(&gathered.text, &mut written);
        let (mut found, mut written) = (found.into_iter().peekable(), written.into_iter().peekable());
        let mut here = Vec::new();
        for waiting in gathered.waiting.drain(..) {
            let Range { start, end } = waiting.text;
            let line = Line {
                bytes: &gathered.text[start..end],
                offset: waiting.offset,
                number: Some(waiting.number),
                record: Some(&waiting.record),
                raw: Some(waiting.length),
                known: &gathered.known[waiting.known],
            };
            while let Some(hit) = found.next_if(|hit| hit.start <= end) {
                here.push(Found { start: hit.start - start, end: hit.end - start, id: hit.id });
            }
            marks::take(&mut self.summary, &mut here, line.bytes, &waiting.record, context.set);
            let mut seen = BTreeSet::new();
            here.drain(..).for_each(|hit| self.sight(&line, hit, &[], &mut seen, context));
            let mut is_written = false;
            while written.next_if(|at| *at <= end).is_some() {
                is_written = true;
            }
            if is_written {
                self.decoded(&line, 0..line.bytes.len(), &mut seen, context);
            }
        }
        gathered.text.clear();
        gathered.known.clear();
        self.gathered = gathered;
    }
}
