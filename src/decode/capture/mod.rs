//! A packet capture goes in, as pcap or pcapng; flows, exchanges, queries and hellos come out as records, bodies as members.
//!
//! What it does not do: (1) it decrypts nothing but the hello of QUIC, whose keys stand in it; (2) it follows no HTTP/2 or QUIC, their bytes are searched as they stand;
//! (3) it judges no checksums; (4) bytes of protocols that it does not know are searched piece by piece, and what lies
//! across two datagrams is not met.

mod certificate;
mod connection;
mod cursor;
mod desk;
mod dns;
mod exchange;
mod flows;
mod fragments;
mod frame;
mod hello;
mod http;
mod ip;
mod layers;
mod link;
mod names;
mod payload;
mod pcap;
mod pcapng;
mod quic;
mod tcp;
mod tls;

use crate::model::{Diagnostic, DiagnosticSeverity, Flow, Limits, Parts, Timestamp};

use super::Decoder;
use desk::{Count, Desk, Out, Place};
use frame::{Frame, Step};
use layers::Layers;

/// Lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Which of the formats a file is in.
enum File {
    /// Too few bytes yet to say.
    Beginning,
    Pcap(pcap::Pcap),
    PcapNg(pcapng::PcapNg),
    /// Nothing more is read.
    Over,
}

/// Reads one capture.
pub(super) struct Capture {
    file: File,
    buffer: Vec<u8>,
    /// Bytes to pass over.
    skip: u64,
    offset: u64,
    layers: Layers,
    desk: Desk,
    packets: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Capture {
    /// A reader of one capture.
    pub(super) fn new(limits: &Limits) -> Capture {
        Capture {
            file: File::Beginning,
            buffer: Vec::new(),
            skip: 0,
            offset: 0,
            layers: Layers::new(limits.fragments),
            desk: Desk::new(limits),
            packets: 0,
            first: None,
            last: None,
        }
    }

    /// Reads what is whole at the beginning of `bytes`; returns how many bytes are done with.
    fn step(&mut self, bytes: &[u8], parts: &mut dyn Parts) -> Option<usize> {
        let longest = self.desk.limits.packet;
        let step = match &mut self.file {
            File::Over => return Some(bytes.len()),
            File::Beginning => {
                if bytes.len() < 4 {
                    return None;
                }
                self.file = pcap::mark(bytes).map_or_else(
                    || File::PcapNg(pcapng::PcapNg::default()),
                    |mark| File::Pcap(pcap::Pcap::new(mark)),
                );
                return Some(0);
            }
            File::Pcap(file) => file.step(bytes, longest),
            File::PcapNg(file) => file.step(bytes, longest),
        };
        let place = Place { offset: self.offset, length: 0, time: None };
        match step {
            Step::More => None,
            Step::Frame(used, frame, remark) => {
                let place = Place { length: used as u64, time: frame.time, ..place };
                self.frame(&frame, &bytes[frame.bytes.clone()], remark, place, parts);
                Some(used)
            }
            Step::Texts(used, texts) => {
                if !texts.is_empty() {
                    let place = Place { length: used as u64, ..place };
                    let mut out = Out { desk: &mut self.desk, parts, place };
                    out.record(place, |line| texts.iter().for_each(|(name, value)| line.pair(name, value)));
                }
                Some(used)
            }
            Step::Skip(count, is_packet) => {
                self.packets += u64::from(is_packet);
                self.desk.count(Count::LongPackets, u64::from(is_packet));
                let now = bytes.len().min(usize::try_from(count).unwrap_or(usize::MAX));
                self.skip = count - now as u64;
                Some(now)
            }
            Step::Broken(why) => {
                let message = format!("the capture is damaged at offset {}: {why}", self.offset);
                let hint =
                    "what came before was examined; capture again, or repair it with a packet analyzer";
                parts.diagnostic(Diagnostic::new(
                    DiagnosticSeverity::Error,
                    "capture-corrupt",
                    message,
                    hint,
                ));
                self.file = File::Over;
                Some(bytes.len())
            }
        }
    }

    fn frame(
        &mut self,
        frame: &Frame,
        bytes: &[u8],
        remark: Option<String>,
        place: Place,
        parts: &mut dyn Parts,
    ) {
        self.packets += 1;
        self.first = match (self.first, frame.time) {
            (Some(first), Some(time)) => Some(first.min(time)),
            (first, time) => first.or(time),
        };
        self.last = self.last.max(frame.time);
        self.desk.count(Count::CutPackets, u64::from(frame.missing > 0));
        let mut out = Out { desk: &mut self.desk, parts, place };
        if let Some(remark) = remark {
            out.record(place, |line| line.pair("Comment", &remark));
        }
        self.layers.frame(frame.link, bytes, frame.missing, &mut out);
    }
}

impl Decoder for Capture {
    fn format(&self) -> &'static str {
        "packet capture"
    }

    fn feed(&mut self, block: &[u8], parts: &mut dyn Parts) -> Flow {
        let passed = block.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
        self.skip -= passed as u64;
        self.offset += passed as u64;
        self.buffer.extend_from_slice(&block[passed..]);
        let buffer = std::mem::take(&mut self.buffer);
        let mut at = 0;
        while at < buffer.len() || matches!(self.file, File::Beginning) {
            let Some(used) = self.step(&buffer[at..], parts) else { break };
            at += used;
            self.offset += used as u64;
            if self.desk.flow() == Flow::Stop {
                return Flow::Stop;
            }
        }
        self.buffer = buffer;
        self.buffer.drain(..at);
        self.desk.flow()
    }

    fn finish(&mut self, parts: &mut dyn Parts) {
        if !self.buffer.is_empty() || self.skip > 0 {
            let message = format!("the capture ends within the packet that begins at offset {}", self.offset);
            let hint =
                "what came before was examined; the capturing program was stopped, or the file was cut";
            parts.diagnostic(Diagnostic::new(
                DiagnosticSeverity::Warning,
                "capture-truncated",
                message,
                hint,
            ));
        }
        let place = Place { offset: 0, length: self.offset, time: None };
        let mut out = Out { desk: &mut self.desk, parts, place };
        self.layers.finish(&mut out);
        let (packets, first, last) = (self.packets, self.first, self.last);
        out.record(Place { time: last, ..place }, |line| {
            line.pair("Packets", &packets.to_string());
            for (name, time) in [("From", first), ("Until", last)] {
                line.pair(name, &time.map(|time| time.to_string()).unwrap_or_default());
            }
        });
        out.tell();
    }
}
