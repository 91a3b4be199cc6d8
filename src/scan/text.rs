//! An artifact's content, searched: lines become records, matches become sightings, dates become coverage.

use std::collections::BTreeSet;

use crate::decode::{self, Legacy, Utf16, View};
use crate::index::Found;
use crate::model::{
    ArtifactKind, Diagnostic, DiagnosticSeverity, Field, Outcome, Request, ScanEvent, Sighting, TextSummary,
    counted,
};
use crate::record::{self, Cut, Dates, Hosts, Reader, Record};

use super::context::Context;
use super::excerpt;
use super::gathered::Gathered;
use super::marks;
use super::pieces::Pieces;
use super::search::search;
use super::windows::{Stretch, Windows};

/// Windows of a binary are this many times as long as the longest line: it has no lines to keep whole.
const BINARY_WINDOWS: usize = 4;

/// Lines shown as a sample of those that no reader understood.
const SAMPLE: usize = 5;

/// The format is chosen from the lines that end within this many bytes.
const DETECT: usize = 64 << 10;

/// Reads one artifact's content.
pub(super) struct Content {
    cutter: Cutter,
    state: State,
    utf16: Option<Utf16>,
    /// Bytes of a byte-order mark still to be passed over.
    mark: usize,
    /// Carriage returns end lines.
    old_mac: bool,
}

/// What cuts the content into stretches.
enum Cutter {
    Windows(Windows),
    /// A document whose records are not its lines.
    Pieces(Pieces),
}

impl Cutter {
    fn buffer(&mut self) -> &mut Vec<u8> {
        match self {
            Cutter::Windows(windows) => windows.buffer(),
            Cutter::Pieces(pieces) => pieces.buffer(),
        }
    }

    fn room(&self) -> usize {
        match self {
            Cutter::Windows(windows) => windows.room(),
            Cutter::Pieces(pieces) => pieces.room(),
        }
    }
}

/// Everything about the content but the bytes themselves.
pub(super) struct State {
    pub(super) artifact: String,
    is_text: bool,
    wide: bool,
    little_endian: bool,
    /// A place of a line that was measured: the line's offset, bytes of the line in front, and those of the artifact.
    measured: (u64, usize, u64),
    /// Where the next stretch begins, in bytes of the artifact.
    pub(super) offset: u64,
    pub(super) line: u64,
    /// The last line that was begun has not ended yet.
    pub(super) unended: bool,
    pub(super) reader: Reader,
    detected: bool,
    pub(super) dates: Dates,
    /// Machines that decoded records name.
    pub(super) hosts: Hosts,
    pub(super) summary: TextSummary,
    pub(super) gathered: Gathered,
    long_lines: u64,
    pub(super) large_objects: u64,
    found: Vec<Found>,
    written: Vec<usize>,
    legacy: Legacy,
}

/// The line a match stands in, or the record of several lines.
pub(super) struct Line<'l> {
    pub(super) bytes: &'l [u8],
    /// Its first byte in the artifact.
    pub(super) offset: u64,
    pub(super) number: Option<u64>,
    pub(super) record: Option<&'l Record>,
    /// Bytes of the raw record where `bytes` is a rendering of it; matches are then placed at the whole record.
    pub(super) raw: Option<u64>,
    /// Places that another record tells of.
    pub(super) known: &'l [std::ops::Range<usize>],
}

/// What a search of several lines at once found, in their order.
pub(super) struct Run {
    found: Vec<Found>,
    written: Vec<usize>,
    next_found: usize,
    next_written: usize,
    /// The lines may be in an old encoding.
    foreign: bool,
    /// Parts of the lines may be in the other width than the file.
    mixed: bool,
}

impl Content {
    /// A reader for content of `kind`, whose first bytes are `head`; `whole`: these are all its bytes.
    pub(super) fn new(
        artifact: &str,
        kind: ArtifactKind,
        head: &[u8],
        whole: bool,
        context: &Context<'_>,
    ) -> Content {
        let limits = context.limits;
        let is_text = kind.is_text();
        let utf16 = match kind {
            ArtifactKind::TextUtf16Le => Some(Utf16::new(true)),
            ArtifactKind::TextUtf16Be => Some(Utf16::new(false)),
            _ => None,
        };
        let mark = match head {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] if utf16.is_some() => 2,
            [0xEF, 0xBB, 0xBF, ..] if kind == ArtifactKind::TextUtf8 => 3,
            _ => 0,
        };
        let limit = if is_text { limits.line } else { limits.line * BINARY_WINDOWS };
        let cutter = match document(&head[mark.min(head.len())..], kind, whole, limits.object) {
            Some(document) => Cutter::Pieces(Pieces::new(document)),
            None => Cutter::Windows(Windows::new(is_text, limit, limits.overlap)),
        };
        Content {
            cutter,
            old_mac: is_text && head.contains(&b'\r') && !head.contains(&b'\n'),
            state: State {
                is_text,
                wide: utf16.is_some(),
                little_endian: kind == ArtifactKind::TextUtf16Le,
                offset: mark as u64,
                ..State::new(artifact)
            },
            utf16,
            mark,
        }
    }

    /// Takes the next bytes of the artifact.
    pub(super) fn feed(&mut self, block: &[u8], context: &mut Context<'_>) {
        let passed = self.mark.min(block.len());
        self.mark -= passed;
        let mut rest = &block[passed..];
        while !rest.is_empty() && !context.stopped {
            let (now, later) = rest.split_at(self.cutter.room().min(rest.len()));
            rest = later;
            let buffer = self.cutter.buffer();
            let from = buffer.len();
            match &mut self.utf16 {
                Some(decoder) => decoder.feed(now, buffer),
                None => buffer.extend_from_slice(now),
            }
            if self.old_mac {
                buffer[from..].iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
            }
            self.drain(false, context);
        }
    }

    fn drain(&mut self, finished: bool, context: &mut Context<'_>) {
        let state = &mut self.state;
        match &mut self.cutter {
            Cutter::Windows(windows) => {
                let step = windows.step();
                windows.drain(finished, |stretch| match stretch {
                    Stretch::Lines(bytes) => state.lines(bytes, context),
                    Stretch::Window { bytes, counts, end } => state.window(bytes, counts, end, step, context),
                });
            }
            Cutter::Pieces(pieces) => pieces.drain(finished, |run, cuts| state.pieces(run, cuts, context)),
        }
    }

    /// The artifact ends; tells what its text was, unless it is a binary.
    pub(super) fn finish(mut self, context: &mut Context<'_>) -> Option<TextSummary> {
        if let Some(decoder) = &mut self.utf16 {
            decoder.finish(self.cutter.buffer());
        }
        self.drain(true, context);
        self.state.finish(context)
    }
}

impl State {
    /// Nothing read yet.
    pub(super) fn new(artifact: &str) -> State {
        State {
            artifact: artifact.to_owned(),
            is_text: true,
            wide: false,
            little_endian: false,
            measured: (0, 0, 0),
            offset: 0,
            line: 0,
            unended: false,
            reader: Reader::new(),
            detected: false,
            dates: Dates::new(),
            hosts: Hosts::default(),
            summary: TextSummary::default(),
            gathered: Gathered::default(),
            long_lines: 0,
            large_objects: 0,
            found: Vec::new(),
            written: Vec::new(),
            legacy: Legacy::default(),
        }
    }

    /// Notes a record that a decoder could not read.
    pub(super) fn unread(&mut self, number: u64, why: &str) {
        self.line = self.line.max(number);
        self.summary.unparsed += 1;
        if self.summary.unparsed_sample.len() < SAMPLE {
            self.summary.unparsed_sample.push((number, excerpt::value(why.as_bytes())));
        }
    }

    /// Sums up the times of all records.
    fn date(&mut self) {
        self.summary.date_order = self.dates.order();
        self.summary.first_time = self.dates.first();
        self.summary.last_time = self.dates.last();
        self.summary.holes = self.dates.holes();
    }

    /// What the decoded records told.
    pub(super) fn finish_decoded(mut self, format: &str) -> TextSummary {
        self.summary.lines = self.line;
        self.summary.format = format.to_owned();
        self.date();
        self.summary.hosts = names(&self.hosts);
        self.summary.fields.sort_unstable();
        self.summary.marks.sort_unstable();
        self.summary
    }

    /// Searches a run of whole lines at once, then goes through it line by line.
    fn lines(&mut self, hay: &[u8], context: &mut Context<'_>) {
        self.detect(hay);
        let mut run = self.search_run(hay, context);
        let mut start = 0;
        while start < hay.len() {
            let end = memchr::memchr(b'\n', &hay[start..]).map_or(hay.len(), |length| start + length);
            let next = (end + 1).min(hay.len());
            let line = hay[start..end].strip_suffix(b"\r").unwrap_or(&hay[start..end]);
            self.line += 1;
            let mut record = self.record(line);
            let line = Line {
                bytes: line,
                offset: self.offset,
                number: Some(self.line),
                record: None,
                raw: None,
                known: &[],
            };
            self.meet(line, &mut record, start, next, &mut run, context);
            self.offset += self.width(&hay[start..next]);
            start = next;
        }
        self.put_back(run);
    }

    /// Searches several lines at once.
    pub(super) fn search_run(&mut self, hay: &[u8], context: &Context<'_>) -> Run {
        let mut found = std::mem::take(&mut self.found);
        let mut written = std::mem::take(&mut self.written);
        search(context.set, hay, &mut found);
        marks::leave_out(&self.summary, &mut found, context.set);
        found.sort_unstable();
        decode::begins(hay, &mut written);
        let foreign = !self.wide && self.legacy.learn(hay);
        let mixed = match self.wide {
            true => decode::may_be_narrow(hay),
            false => memchr::memchr(0, hay).is_some(),
        };
        Run { found, written, next_found: 0, next_written: 0, foreign, mixed }
    }

    /// Keeps the room of a run for the next one.
    pub(super) fn put_back(&mut self, mut run: Run) {
        run.found.clear();
        run.written.clear();
        self.found = run.found;
        self.written = run.written;
    }

    /// Tells of what the run found from `start` up to `next`, where the line stands, and of what its decoded readings
    /// hold.
    pub(super) fn meet(
        &mut self,
        line: Line<'_>,
        record: &mut Option<Record>,
        start: usize,
        next: usize,
        run: &mut Run,
        context: &mut Context<'_>,
    ) {
        let here = run.found[run.next_found..].iter().take_while(|found| found.start < next).count();
        let encoded = run.written[run.next_written..].iter().take_while(|at| **at < next).count();
        let foreign = run.foreign.then(|| self.legacy.view(line.bytes)).flatten();
        let other_width = run.mixed.then(|| self.other_width(line.bytes)).flatten();
        if here + encoded > 0 || foreign.is_some() || other_width.is_some() {
            if let Some(record) = record {
                self.reader.refine(line.bytes, record);
            }
            let line = Line { record: record.as_ref(), ..line };
            let mut seen = BTreeSet::new();
            let here = &run.found[run.next_found..run.next_found + here];
            if let Some(record) = line.record {
                marks::count(&mut self.summary, here, line.bytes, record, context.set);
            }
            for found in here {
                let found = Found { start: found.start - start, end: found.end - start, id: found.id };
                self.sight(&line, found, &[], &mut seen, context);
            }
            if encoded > 0 {
                self.decoded(&line, 0..line.bytes.len(), &mut seen, context);
            }
            for view in [foreign, other_width].iter().flatten() {
                self.view(&line, view, 0..line.bytes.len(), &mut seen, context);
            }
        }
        run.next_found += here;
        run.next_written += encoded;
    }

    /// What of a text is in the other width: UTF-16 that a shell appended to a log, or bytes in a file of UTF-16; of a binary,
    /// its texts in UTF-16.
    fn other_width(&self, bytes: &[u8]) -> Option<View> {
        if self.wide { decode::narrow(bytes, self.little_endian) } else { decode::wide(bytes) }
    }

    /// Searches one window of a long line or a binary.
    fn window(
        &mut self,
        bytes: &[u8],
        counts: std::ops::Range<usize>,
        end: Option<usize>,
        step: usize,
        context: &mut Context<'_>,
    ) {
        let mut found = Vec::new();
        let mut written = Vec::new();
        search(context.set, bytes, &mut found);
        decode::begins(bytes, &mut written);
        found.sort_unstable();
        let number = self.is_text.then_some(self.line + 1);
        let line = Line { bytes, offset: self.offset, number, record: None, raw: None, known: &[] };
        let mut seen = BTreeSet::new();
        for found in found.into_iter().filter(|found| counts.contains(&found.start)) {
            self.sight(&line, found, &[], &mut seen, context);
        }
        if !written.is_empty() {
            self.decoded(&line, counts.clone(), &mut seen, context);
        }
        if let Some(view) = self.other_width(bytes) {
            self.view(&line, &view, counts, &mut seen, context);
        }
        match end {
            Some(ending) => {
                self.offset += self.width(bytes) + self.width(&b"\n"[..ending]);
                self.line += 1;
                self.long_lines += u64::from(self.is_text);
                self.summary.unparsed += u64::from(self.is_text);
            }
            None => self.offset += self.width(&bytes[..step]),
        }
    }

    /// Searches every decoded reading of a line.
    pub(super) fn decoded(
        &mut self,
        line: &Line<'_>,
        counts: std::ops::Range<usize>,
        seen: &mut BTreeSet<Found>,
        context: &mut Context<'_>,
    ) {
        for view in decode::views(line.bytes, context.limits.decodings) {
            self.view(line, &view, counts.clone(), seen, context);
        }
    }

    fn view(
        &mut self,
        line: &Line<'_>,
        view: &View,
        counts: std::ops::Range<usize>,
        seen: &mut BTreeSet<Found>,
        context: &mut Context<'_>,
    ) {
        let mut found = Vec::new();
        search(context.set, &view.bytes, &mut found);
        found.sort_unstable();
        for hit in found {
            let Some(trace) = view.trace(hit.start..hit.end) else { continue };
            if counts.contains(&trace.span.start) {
                let hit = Found { start: trace.span.start, end: trace.span.end, id: hit.id };
                self.sight(line, hit, &trace.decoding, seen, context);
            }
        }
    }

    /// Tells the sink of one match, unless it was told or the indicator's own conditions speak against it.
    pub(super) fn sight(
        &mut self,
        line: &Line<'_>,
        found: Found,
        decoding: &[String],
        seen: &mut BTreeSet<Found>,
        context: &mut Context<'_>,
    ) {
        let is_known = line.known.iter().any(|place| place.start <= found.start && found.end <= place.end);
        let is_mark = context.set.mark(found.id).is_some();
        if context.stopped || is_known || is_mark || seen.contains(&found) {
            return;
        }
        let indicator = context.set.indicator(found.id);
        let request = line.record.and_then(|record| request(record, line.bytes));
        if let (Some(wanted), Some(request)) = (&indicator.method, &request)
            && !request.method.is_empty()
            && !request.method.eq_ignore_ascii_case(wanted)
        {
            return;
        }
        if !context.sink.wants(indicator) {
            seen.insert(found);
            return;
        }
        let span = found.start..found.end.min(line.bytes.len());
        let outcome = line.record.map_or(Outcome::Unknown, |record| record.outcome(line.bytes));
        let mut way = Vec::with_capacity(decoding.len() + 1);
        way.extend(self.wide.then(|| "utf-16".to_owned()));
        way.extend_from_slice(decoding);
        let sighting = Sighting {
            pack: context.set.pack(found.id).to_owned(),
            indicator: indicator.id.clone(),
            kind: indicator.kind,
            value: indicator.value.clone(),
            artifact: self.artifact.clone(),
            line: line.number.map(|number| number + line_feeds(&line.bytes[..span.start])),
            offset: line.offset + if line.raw.is_some() { 0 } else { self.width_before(line, span.start) },
            length: line.raw.unwrap_or_else(|| self.width(&line.bytes[span.clone()])),
            observed: excerpt::value(&line.bytes[span.clone()]),
            decoding: way,
            excerpt: excerpt::excerpt(line.bytes, &span),
            field: line.record.and_then(|record| record.field_at(span.start)),
            time: line.record.and_then(|record| record.time),
            request,
            outcome,
        };
        seen.insert(found);
        context.send(ScanEvent::Sighting(sighting));
    }

    /// Bytes of the artifact in front of a place in a line. Matches come in their order, so this goes on from the last one.
    fn width_before(&mut self, line: &Line<'_>, at: usize) -> u64 {
        if !self.wide {
            return at as u64;
        }
        let (offset, before, width) = self.measured;
        let (from, known) = if offset == line.offset && before <= at { (before, width) } else { (0, 0) };
        let width = known + self.width(&line.bytes[from..at]);
        self.measured = (line.offset, at, width);
        width
    }

    /// Bytes that `text` takes up in the artifact.
    pub(super) fn width(&self, text: &[u8]) -> u64 {
        if !self.wide {
            return text.len() as u64;
        }
        // One unit for each character, two for those that UTF-8 writes in four bytes.
        let units: usize =
            text.iter().map(|byte| usize::from(*byte & 0xC0 != 0x80) + usize::from(*byte >= 0xF0)).sum();
        units as u64 * 2
    }

    fn detect(&mut self, hay: &[u8]) {
        if self.detected {
            return;
        }
        self.detected = true;
        let start = &hay[..hay.len().min(DETECT)];
        let whole = memchr::memrchr(b'\n', start).map_or(start, |end| &start[..end]);
        let lines: Vec<&[u8]> = whole.split(|byte| *byte == b'\n').take(64).collect();
        self.reader.detect(&lines);
    }

    pub(super) fn record(&mut self, line: &[u8]) -> Option<Record> {
        if !self.is_text {
            return None;
        }
        let record = self.reader.read(line);
        self.count(line, record.as_ref());
        record
    }

    /// Notes what a line, or an object of a document, was read as.
    pub(super) fn count(&mut self, line: &[u8], record: Option<&Record>) {
        match record {
            Some(record) => {
                self.summary.records += 1;
                if let Some(time) = &record.time {
                    self.dates.add(time, record.column());
                }
            }
            None if line.iter().all(u8::is_ascii_whitespace) || self.reader.was_header() => {}
            None => {
                self.summary.unparsed += 1;
                if self.summary.unparsed_sample.len() < SAMPLE {
                    let shown = excerpt::excerpt(line, &(0..0));
                    self.summary.unparsed_sample.push((self.line, shown));
                }
            }
        }
    }

    fn finish(mut self, context: &mut Context<'_>) -> Option<TextSummary> {
        if !self.is_text {
            return None;
        }
        if self.long_lines > 0 {
            let (count, limit) = (self.long_lines, context.limits.line);
            context.diagnose(Diagnostic::new(
                DiagnosticSeverity::Note,
                "long-lines",
                format!("longer than {limit} bytes: {}, searched in overlapping windows and not split into fields", counted(count, "line")),
                "matches in them have no time and no request; a single match longer than a quarter of a window may be missed",
            ).at(&self.artifact));
        }
        self.tell_large_objects(context);
        self.summary.lines = self.line + u64::from(self.unended);
        self.summary.encoding = self.legacy.name().unwrap_or_default().to_owned();
        self.summary.format = self.reader.format().to_owned();
        if self.summary.records == 0 {
            self.summary.unparsed = 0;
            self.summary.unparsed_sample.clear();
        }
        self.date();
        self.summary.hosts = names(self.reader.hosts());
        self.summary.fields = self.reader.fields();
        self.summary.marks.sort_unstable();
        Some(self.summary)
    }
}

/// What cuts a text that begins with `head`, behind its byte-order mark, where its records are not its lines.
fn document(head: &[u8], kind: ArtifactKind, whole: bool, limit: usize) -> Option<Box<dyn Cut>> {
    let decoded = |little| {
        let mut text = Vec::new();
        Utf16::new(little).feed(head, &mut text);
        record::cutter(&text, whole, limit)
    };
    match kind {
        ArtifactKind::TextUtf16Le => decoded(true),
        ArtifactKind::TextUtf16Be => decoded(false),
        _ if kind.is_text() => record::cutter(head, whole, limit),
        _ => None,
    }
}

/// Names as they may be shown.
fn names(hosts: &Hosts) -> Vec<String> {
    hosts.names().iter().map(|name| excerpt::value(name)).collect()
}

fn line_feeds(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// The request a record tells of, if it is one.
fn request(record: &Record, line: &[u8]) -> Option<Request> {
    let text = |field| record.get(field, line).map(excerpt::value).unwrap_or_default();
    let number = |field| std::str::from_utf8(record.get(field, line)?).ok()?.parse::<u64>().ok();
    record.span(Field::Target).or(record.span(Field::Status))?;
    Some(Request {
        client: text(Field::Client),
        method: text(Field::Method),
        target: record.target(line).map(|target| excerpt::value(&target)).unwrap_or_default(),
        status: number(Field::Status).and_then(|status| u16::try_from(status).ok()),
        size: number(Field::Size),
    })
}
