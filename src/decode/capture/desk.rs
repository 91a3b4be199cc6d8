//! Where records and members leave the decoder, and what is counted on the way.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use crate::decode::Rendered;
use crate::model::{
    DecodedRecord, Diagnostic, DiagnosticSeverity, Field, Flow, Limits, Member, Parts, Timestamp, counted,
};

/// A place in the capture: the packet that a record is about, or begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) time: Option<Timestamp>,
}

/// An address and a port; port 0 where the protocol has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct End {
    pub(super) address: IpAddr,
    pub(super) port: u16,
}

/// Things that a reader must know, counted while reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Count {
    /// Packets longer than the limit.
    LongPackets,
    /// Packets of which a part was not captured.
    CutPackets,
    /// Bytes of TCP connections that are not in the capture.
    MissingBytes,
    /// Fragmented packets of which a piece is missing.
    LostFragments,
    /// Connections closed early for the sake of memory.
    EarlyFlows,
    /// Bodies longer than the limit.
    CutBodies,
    /// Records longer than the limit.
    CutRecords,
    /// Bodies in a coding that is not decoded.
    CodedBodies,
    /// TLS sessions.
    Encrypted,
    /// Headers that were not whole, messages that were not what their port says.
    Malformed,
}

/// The line of one record.
#[derive(Debug)]
pub(super) struct Line {
    rendered: Rendered,
    known: Vec<Range<usize>>,
}

impl Line {
    /// Appends `name=value`.
    pub(super) fn pair(&mut self, name: &str, value: &str) {
        self.rendered.pair(name, value, None);
    }

    /// Appends `name=value`, a value of the shared vocabulary.
    pub(super) fn field(&mut self, name: &str, value: &[u8], field: Field) {
        if !value.is_empty() {
            self.rendered.begin(name);
            self.value(value, field);
        }
    }

    /// Appends `name=value`, where the value may be no text.
    pub(super) fn bytes(&mut self, name: &str, value: &[u8]) {
        if !value.is_empty() {
            self.rendered.begin(name);
            self.rendered.push_bytes(value);
        }
    }

    /// Appends `name=`.
    pub(super) fn begin(&mut self, name: &str) {
        self.rendered.begin(name);
    }

    /// Appends to the current value.
    pub(super) fn push(&mut self, piece: &str) {
        self.rendered.push(piece);
    }

    /// Appends to the current value what a field of the shared vocabulary says.
    pub(super) fn value(&mut self, piece: &[u8], field: Field) {
        let start = self.rendered.text().len();
        self.rendered.push_bytes(piece);
        self.rendered.mark(field, start);
    }

    /// Appends who asked and who answered. `known`: the record of the flow tells their addresses.
    pub(super) fn ends(&mut self, client: End, server: End, known: bool) {
        for (name, field, end) in [("Client", Field::Client, client), ("Server", Field::Server, server)] {
            self.rendered.begin(name);
            let is_bracketed = end.port != 0 && end.address.is_ipv6();
            self.rendered.push(if is_bracketed { "[" } else { "" });
            let start = self.rendered.text().len();
            self.rendered.push(&end.address.to_string());
            self.rendered.mark(field, start);
            let address = start..self.rendered.text().len();
            if end.port != 0 {
                let whole = SocketAddr::new(end.address, end.port).to_string();
                let rest = whole.len() - address.len() - usize::from(is_bracketed);
                self.rendered.push(&whole[whole.len() - rest..]);
            }
            if known {
                self.known.push(start..self.rendered.text().len());
            }
        }
    }
}

/// What is kept from record to record.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) limits: Limits,
    line: Line,
    number: u64,
    counts: BTreeMap<Count, u64>,
    unread: BTreeMap<&'static str, u64>,
    stopped: bool,
}

/// A desk and where things go from it.
pub(super) struct Out<'o> {
    pub(super) desk: &'o mut Desk,
    pub(super) parts: &'o mut dyn Parts,
    /// The packet that is being read.
    pub(super) place: Place,
}

impl Desk {
    /// Nothing told yet.
    pub(super) fn new(limits: &Limits) -> Desk {
        Desk {
            limits: *limits,
            line: Line { rendered: Rendered::new(limits.record), known: Vec::new() },
            number: 0,
            counts: BTreeMap::new(),
            unread: BTreeMap::new(),
            stopped: false,
        }
    }

    /// Whether nothing more is wanted.
    pub(super) fn flow(&self) -> Flow {
        if self.stopped { Flow::Stop } else { Flow::Continue }
    }

    /// Counts something that a reader must know.
    pub(super) fn count(&mut self, what: Count, by: u64) {
        if by > 0 {
            *self.counts.entry(what).or_default() += by;
        }
    }

    /// Counts a frame that is not read.
    pub(super) fn unread(&mut self, what: &'static str) {
        *self.unread.entry(what).or_default() += 1;
    }
}

impl Out<'_> {
    /// Hands on a record that `build` writes.
    pub(super) fn record(&mut self, place: Place, build: impl FnOnce(&mut Line)) {
        if self.desk.stopped {
            return;
        }
        let line = &mut self.desk.line;
        line.rendered.clear();
        line.known.clear();
        build(line);
        self.desk.number += 1;
        let record = DecodedRecord {
            number: self.desk.number,
            offset: place.offset,
            length: place.length,
            text: line.rendered.text(),
            time: place.time,
            fields: line.rendered.fields(),
            known: &line.known,
        };
        self.desk.stopped = self.parts.record(record) == Flow::Stop;
        if self.desk.line.rendered.is_cut() {
            self.desk.count(Count::CutRecords, 1);
        }
    }

    /// Hands on a member.
    pub(super) fn member(&mut self, name: String, bytes: &[u8], whole: bool) {
        if self.desk.stopped {
            return;
        }
        let flow = self.parts.begin(Member { name, size: Some(bytes.len() as u64) });
        if flow == Flow::Stop || self.parts.data(bytes) == Flow::Stop {
            self.desk.stopped = true;
            return;
        }
        self.parts.end(whole);
    }

    /// Tells what was counted.
    pub(super) fn tell(&mut self) {
        for (what, count) in std::mem::take(&mut self.desk.unread) {
            let message = format!("not read: {}, {what}", counted(count, "frame"));
            let hint =
                "their bytes were searched as they stand, their addresses and contents were not told apart";
            self.parts.diagnostic(Diagnostic::new(
                DiagnosticSeverity::Warning,
                "capture-link",
                message,
                hint,
            ));
        }
        for (what, count) in std::mem::take(&mut self.desk.counts) {
            let diagnostic = diagnostic(what, count, &self.desk.limits);
            self.parts.diagnostic(diagnostic);
        }
    }
}

fn diagnostic(what: Count, count: u64, limits: &Limits) -> Diagnostic {
    use DiagnosticSeverity::{Error, Note, Warning};
    let (severity, code, message, hint) = match what {
        Count::LongPackets => (
            Error,
            "limit-packet",
            format!("longer than {} bytes: {}, passed over", limits.packet, counted(count, "packet")),
            "look at them with a packet analyzer",
        ),
        Count::CutPackets => (
            Warning,
            "capture-cut-packets",
            format!("captured in part only: {}", counted(count, "packet")),
            "capture whole packets if it can be done again (tcpdump -s 0)",
        ),
        Count::MissingBytes => (
            Warning,
            "capture-missing-bytes",
            format!("bytes of connections that are not in the capture: {count}"),
            "what stood in them was not examined; the capture began late, or lost packets",
        ),
        Count::LostFragments => (
            Warning,
            "capture-lost-fragments",
            format!("fragmented packets of which a piece is missing: {count}"),
            "their beginnings were examined",
        ),
        Count::EarlyFlows => (
            Warning,
            "limit-flows",
            format!(
                "more than {} flows, or {} bytes of them, at a time: {} ended early",
                limits.flows,
                limits.flows_held,
                counted(count, "flow")
            ),
            "if they went on later, that part was examined as a flow of its own; split the capture by time or host",
        ),
        Count::CutBodies => (
            Error,
            "limit-body",
            format!(
                "transferred files longer than {} bytes: {count}, of which the rest was not examined",
                limits.body
            ),
            "export them with a packet analyzer and drop them",
        ),
        Count::CutRecords => (
            Error,
            "limit-record",
            format!("longer than {} bytes as text: {}", limits.record, counted(count, "record")),
            "the rest of them was not searched",
        ),
        Count::CodedBodies => (
            Warning,
            "capture-coding",
            format!("transferred files in a coding that is not decoded: {count}"),
            "they were hashed and searched as they stand",
        ),
        Count::Encrypted => (
            Note,
            "capture-encrypted",
            format!("encrypted: {}", counted(count, "TLS session")),
            "their names, fingerprints and certificates were examined, not what was said in them",
        ),
        Count::Malformed => (
            Warning,
            "capture-malformed",
            format!("headers or messages that are damaged: {count}"),
            "their bytes were searched as they stand",
        ),
    };
    Diagnostic::new(severity, code, message, hint)
}
