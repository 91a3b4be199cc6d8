//! A Windows event log (EVTX, "Windows XML Event Log format" as documented by libevtx, and [MS-EVEN6]): chunks go in, events come out.
//!
//! What it does not do: (1) it reads no remains of overwritten events; (2) it knows no message texts, which stand in
//! the programs that logged; (3) it does not trust the file's own count of chunks, which is wrong in a log copied while in use.

mod binxml;
mod chunk;
mod value;

use crate::model::{
    ArtifactKind, DecodedRecord, Diagnostic, DiagnosticSeverity, Flow, Limits, Member, Parts, counted,
};

use super::{Decoder, Rendered};
use binxml::BinXml;
use chunk::Piece;

/// Bytes of the file before the first chunk.
const HEADER: usize = 4_096;

/// The header's flag of a log that was not closed.
const DIRTY: u32 = 1;

/// Reads an event log.
pub(super) struct Evtx {
    buffer: Vec<u8>,
    /// Where the buffer begins in the file.
    offset: u64,
    /// Chunks so far.
    chunks: u64,
    /// Chunks that the header speaks of: too few in a log that is in use, too many in one that was cut off.
    announced: u64,
    number: u64,
    work: usize,
    line: Rendered,
    doubts: Doubts,
}

/// What a reader must be told at the end.
#[derive(Default)]
struct Doubts {
    dirty: bool,
    header: bool,
    /// Chunks without their mark, and the first of them.
    unmarked: (u64, u64),
    checksums: (u64, u64),
    unread: (u64, u64),
    cut: u64,
    truncated: bool,
}

fn note(count: &mut (u64, u64), number: u64) {
    count.0 += 1;
    if count.0 == 1 {
        count.1 = number;
    }
}

impl Evtx {
    pub(super) fn new(limits: &Limits) -> Evtx {
        Evtx {
            buffer: Vec::new(),
            offset: 0,
            chunks: 0,
            announced: 0,
            number: 0,
            work: limits.event_chunk,
            line: Rendered::new(limits.record),
            doubts: Doubts::default(),
        }
    }

    /// Bytes of the unit that is being gathered.
    fn wanted(&self) -> usize {
        if self.offset == 0 { HEADER } else { chunk::SIZE }
    }

    /// A unit is complete, or the file ends within it.
    fn unit(&mut self, parts: &mut dyn Parts) -> Flow {
        let bytes = std::mem::take(&mut self.buffer);
        let flow = if self.offset == 0 {
            self.file_header(&bytes);
            Flow::Continue
        } else {
            self.chunks += 1;
            self.chunk(&bytes, parts)
        };
        self.offset += bytes.len() as u64;
        self.buffer = bytes;
        self.buffer.clear();
        flow
    }

    fn file_header(&mut self, header: &[u8]) {
        let mut crc = flate2::Crc::new();
        crc.update(header.get(..120).unwrap_or(header));
        self.doubts.header = crc.sum() != chunk::double(header, 124);
        self.doubts.dirty = chunk::double(header, 120) & DIRTY != 0;
        self.doubts.truncated = header.len() < HEADER;
        self.announced = header.get(42..44).map_or(0, |count| u64::from(count[0]) | u64::from(count[1]) << 8);
    }

    fn chunk(&mut self, bytes: &[u8], parts: &mut dyn Parts) -> Flow {
        self.doubts.truncated |= bytes.len() < chunk::SIZE;
        if bytes.iter().all(|byte| *byte == 0) {
            return Flow::Continue;
        }
        if !bytes.starts_with(chunk::MARK) {
            note(&mut self.doubts.unmarked, self.chunks);
            return self.searched_as_bytes(bytes, std::slice::from_ref(&(0..bytes.len())), parts);
        }
        if !chunk::header_is_right(bytes) || !chunk::records_are_right(bytes) {
            note(&mut self.doubts.checksums, self.chunks);
        }
        let mut events = BinXml::new(bytes, self.work);
        let mut broken = Vec::new();
        for piece in chunk::pieces(bytes) {
            self.number += 1;
            let (place, result) = match piece {
                Piece::Broken(place) => (place, Err("no record begins where one is expected")),
                Piece::Record(place) => {
                    self.line.clear();
                    let event = place.start + chunk::RECORD_HEADER..place.end - 4;
                    let result = events.render(event.start, event.end, &mut self.line);
                    (place, result)
                }
            };
            match result {
                Ok(time) => {
                    let written = value::filetime(&bytes[place.start + 16..place.start + 24]);
                    self.doubts.cut += u64::from(self.line.is_cut());
                    let record = DecodedRecord {
                        number: self.number,
                        offset: self.offset + place.start as u64,
                        length: place.len() as u64,
                        text: self.line.text(),
                        time: time.or(written),
                        fields: self.line.fields(),
                        known: &[],
                    };
                    if parts.record(record) == Flow::Stop {
                        return Flow::Stop;
                    }
                }
                Err(why) => {
                    note(&mut self.doubts.unread, self.number);
                    parts.unread(self.number, why);
                    broken.push(place);
                }
            }
        }
        if broken.is_empty() { Flow::Continue } else { self.searched_as_bytes(bytes, &broken, parts) }
    }

    /// What cannot be read as events is searched as bytes, as a member of its own.
    fn searched_as_bytes(
        &self,
        chunk: &[u8],
        places: &[std::ops::Range<usize>],
        parts: &mut dyn Parts,
    ) -> Flow {
        let name = format!("unread bytes of chunk {}", self.chunks);
        let size = places.iter().map(|place| place.len() as u64).sum();
        if parts.begin_as(Member { name, size: Some(size) }, ArtifactKind::Binary) == Flow::Stop {
            return Flow::Stop;
        }
        for place in places {
            if parts.data(&chunk[place.clone()]) == Flow::Stop {
                return Flow::Stop;
            }
        }
        parts.end(true);
        Flow::Continue
    }
}

impl Decoder for Evtx {
    fn format(&self) -> &'static str {
        "Windows event log (EVTX)"
    }

    fn feed(&mut self, block: &[u8], parts: &mut dyn Parts) -> Flow {
        let mut rest = block;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(self.wanted() - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            rest = later;
            if self.buffer.len() == self.wanted() && self.unit(parts) == Flow::Stop {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }

    fn finish(&mut self, parts: &mut dyn Parts) {
        if !self.buffer.is_empty() && self.unit(parts) == Flow::Stop {
            return;
        }
        self.doubts.truncated |= self.chunks < self.announced;
        self.doubts.tell(parts);
    }
}

impl Doubts {
    fn tell(&self, parts: &mut dyn Parts) {
        use DiagnosticSeverity::{Error, Note, Warning};
        let again = "export it again with `wevtutil epl` or copy it from a snapshot";
        let mut say = |severity, code: &str, message: String, hint: &str| {
            parts.diagnostic(Diagnostic::new(severity, code, message, hint));
        };
        if self.truncated {
            say(Error, "evtx-truncated", "the event log ends before its last chunk does".into(), again);
        }
        if self.dirty {
            let message = "the event log was in use when it was copied".to_owned();
            say(
                Note,
                "evtx-in-use",
                message,
                "its newest events may be missing; export it again if they matter",
            );
        }
        if self.header {
            let message = "the checksum of the event log's header is wrong".to_owned();
            say(Warning, "evtx-header-checksum", message, again);
        }
        if let (count @ 1.., first) = self.unmarked {
            let message =
                format!("{} without the mark of one, the first is number {first}", counted(count, "chunk"));
            say(Error, "evtx-chunk-unread", message, "they were searched as bytes, not as events");
        }
        if let (count @ 1.., first) = self.checksums {
            let message =
                format!("{} with a wrong checksum, the first is number {first}", counted(count, "chunk"));
            say(
                Warning,
                "evtx-chunk-checksum",
                message,
                "their events were read all the same; some may have been altered or overwritten",
            );
        }
        if let (count @ 1.., first) = self.unread {
            let message =
                format!("{} could not be read, the first is number {first}", counted(count, "event"));
            say(Error, "evtx-record-unread", message, "their bytes were searched, without times and fields");
        }
        if let count @ 1.. = self.cut {
            let message = format!("{} longer than the limit, cut off", counted(count, "event"));
            say(Error, "limit-record", message, "what was cut off was not searched");
        }
    }
}
