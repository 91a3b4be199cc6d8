//! gzip (RFC 1952): one stream, however many members it is made of.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::{Member, Members, Unpacker, error};
use crate::model::Flow;

/// Bytes unpacked at a time.
const OUT: usize = 64 << 10;

/// Header bytes beyond which a header is no header: names and comments are a few hundred bytes.
const LONGEST_HEADER: usize = 128 << 10;

enum State {
    /// Gathering the header of a member.
    Header(Vec<u8>),
    Body,
    /// Gathering the eight bytes of checksum and length.
    Trailer(Vec<u8>),
    /// Nothing more is read.
    Over,
}

/// Reads gzip.
pub(super) struct Gzip {
    name: String,
    state: State,
    inflate: Box<Decompress>,
    crc: Crc,
    out: Vec<u8>,
    begun: bool,
    members: u64,
    offset: u64,
    /// Where the current header begins.
    start: u64,
    bad: bool,
}

impl Gzip {
    /// `name` is the file's own: without `.gz` it names what is inside.
    pub(super) fn new(name: &str) -> Gzip {
        Gzip {
            name: super::inner_name(name, &ENDINGS),
            state: State::Header(Vec::new()),
            inflate: Box::new(Decompress::new(false)),
            crc: Crc::new(),
            out: vec![0; OUT],
            begun: false,
            members: 0,
            offset: 0,
            start: 0,
            bad: false,
        }
    }

    fn fail(&mut self, members: &mut dyn Members, code: &str, message: String, hint: &str) {
        members.diagnostic(error(code, message, hint));
        self.bad = true;
        self.close(members);
    }

    fn close(&mut self, members: &mut dyn Members) {
        if std::mem::take(&mut self.begun) {
            members.end(!self.bad);
        }
        self.state = State::Over;
    }

    /// Takes header bytes; returns how many belong to the header, or `None` where more are needed.
    fn header(&mut self, block: &[u8], members: &mut dyn Members) -> (usize, Flow) {
        let State::Header(bytes) = &mut self.state else { return (0, Flow::Continue) };
        let before = bytes.len();
        if before == 0 && self.members > 0 {
            // Tapes fill their last block with zeros, and what begins behind them is told.
            let zeros = block.iter().take_while(|byte| **byte == 0).count();
            if zeros > 0 {
                return (zeros, Flow::Continue);
            }
        }
        bytes.extend_from_slice(&block[..block.len().min(LONGEST_HEADER + 1 - before)]);
        match header_length(bytes) {
            Ok(Some((length, inner))) => {
                let used = length - before;
                let named = String::from_utf8_lossy(&inner).into_owned();
                self.state = State::Body;
                self.members += 1;
                self.inflate.reset(false);
                self.crc.reset();
                if !self.begun {
                    self.begun = true;
                    let name = if self.name.is_empty() { named } else { self.name.clone() };
                    let name = if name.is_empty() { "content".to_owned() } else { super::shown(&name) };
                    return (used, members.begin(Member { name, size: None }));
                }
                (used, Flow::Continue)
            }
            Ok(None) if bytes.len() <= LONGEST_HEADER => (block.len(), Flow::Continue),
            _ if self.members > 0 => {
                members.diagnostic(error(
                    "gzip-trailing-bytes",
                    format!("bytes that are not gzip follow the data, from offset {}", self.start),
                    "they were hashed with the file, not unpacked and not searched; cut them off and drop them as a file of their own",
                ));
                self.close(members);
                (block.len(), Flow::Continue)
            }
            _ => {
                self.fail(
                    members,
                    "gzip-corrupt",
                    "the gzip header is damaged".into(),
                    "fetch the file again from the system",
                );
                (block.len(), Flow::Continue)
            }
        }
    }

    fn body(&mut self, block: &[u8], members: &mut dyn Members) -> (usize, Flow) {
        let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
        let result = self.inflate.decompress(block, &mut self.out, FlushDecompress::None);
        let used = (self.inflate.total_in() - before_in) as usize;
        let made = (self.inflate.total_out() - before_out) as usize;
        self.crc.update(&self.out[..made]);
        let flow = if made > 0 { members.data(&self.out[..made]) } else { Flow::Continue };
        match result {
            Ok(Status::StreamEnd) => self.state = State::Trailer(Vec::new()),
            Ok(_) if used == 0 && made == 0 && !block.is_empty() => self.corrupt(members),
            Ok(_) => {}
            Err(_) => self.corrupt(members),
        }
        (used, flow)
    }

    fn corrupt(&mut self, members: &mut dyn Members) {
        let message = format!("the compressed data that begins at offset {} is damaged", self.start);
        self.fail(
            members,
            "gzip-corrupt",
            message,
            "what came before it was examined; fetch the file again from the system",
        );
    }

    fn trailer(&mut self, block: &[u8], members: &mut dyn Members) -> usize {
        let State::Trailer(bytes) = &mut self.state else { return 0 };
        let used = block.len().min(8 - bytes.len());
        bytes.extend_from_slice(&block[..used]);
        if let Ok([c0, c1, c2, c3, l0, l1, l2, l3]) = <[u8; 8]>::try_from(bytes.as_slice()) {
            let crc = u32::from_le_bytes([c0, c1, c2, c3]);
            let length = u32::from_le_bytes([l0, l1, l2, l3]);
            let right = crc == self.crc.sum() && length == self.inflate.total_out() as u32;
            self.state = State::Header(Vec::new());
            if !right {
                self.bad = true;
                members.diagnostic(error(
                    "gzip-checksum",
                    format!(
                        "the unpacked data does not agree with its checksum (data that begins at offset {})",
                        self.start
                    ),
                    "it was examined as it came out; fetch the file again from the system",
                ));
            }
        }
        used
    }
}

impl Unpacker for Gzip {
    fn feed(&mut self, block: &[u8], members: &mut dyn Members) -> Flow {
        let mut rest = block;
        while !rest.is_empty() {
            let (used, flow) = match &self.state {
                State::Header(_) => self.header(rest, members),
                State::Body => self.body(rest, members),
                State::Trailer(_) => (self.trailer(rest, members), Flow::Continue),
                State::Over => return Flow::Continue,
            };
            if flow == Flow::Stop {
                return Flow::Stop;
            }
            self.offset += used as u64;
            if matches!(&self.state, State::Header(bytes) if bytes.is_empty()) {
                self.start = self.offset;
            }
            rest = &rest[used.min(rest.len())..];
        }
        Flow::Continue
    }

    fn finish(&mut self, members: &mut dyn Members) {
        let cut = match &self.state {
            State::Header(bytes) => self.members == 0 || !bytes.is_empty(),
            State::Body | State::Trailer(_) => true,
            State::Over => false,
        };
        let mut before = u64::MAX;
        while matches!(self.state, State::Body) && self.inflate.total_out() != before {
            // What the decoder still holds.
            before = self.inflate.total_out();
            let _ = self.body(&[], members);
        }
        match cut && !matches!(self.state, State::Over) {
            true => self.fail(
                members,
                "gzip-truncated",
                "the file ends in the middle of its compressed data".into(),
                "what came out was examined; fetch the whole file from the system",
            ),
            false => self.close(members),
        }
    }
}

/// The length of the header in `bytes` and the name it gives; `Ok(None)` where more bytes are needed.
fn header_length(bytes: &[u8]) -> Result<Option<(usize, Vec<u8>)>, ()> {
    let mark = [0x1F, 0x8B, 8];
    if bytes.iter().zip(mark).any(|(byte, mark)| *byte != mark) {
        return Err(());
    }
    let Some(flags) = bytes.get(3).copied() else { return Ok(None) };
    if flags & 0xE0 != 0 {
        return Err(());
    }
    let mut at = 10;
    if flags & 4 != 0 {
        let Some([low, high]) = bytes.get(at..at + 2) else { return Ok(None) };
        at += 2 + usize::from(u16::from_le_bytes([*low, *high]));
    }
    let mut name = Vec::new();
    for flag in [8, 16] {
        if flags & flag != 0 {
            let Some(length) = bytes.get(at..).and_then(|rest| memchr::memchr(0, rest)) else {
                return Ok(None);
            };
            if flag == 8 {
                name = bytes[at..at + length].to_vec();
            }
            at += length + 1;
        }
    }
    at += usize::from(flags & 2);
    Ok((bytes.len() >= at).then_some((at, name)))
}

/// What the name of such a file ends in, and what the name of its content ends in instead.
const ENDINGS: [(&str, &str); 6] =
    [(".gz", ""), (".gzip", ""), ("-gz", ""), (".z", ""), (".tgz", ".tar"), (".taz", ".tar")];
