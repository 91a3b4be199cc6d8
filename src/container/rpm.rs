//! RPM packages (Linux Standard Base 5.0, section 25.2): lead, signature, header, and the payload, which is a
//! compressed cpio archive. The header, which has the scripts, and the payload come out as members.

use super::{Member, Members, Unpacker, error, inner_name, shown};
use crate::model::Flow;

const LEAD: usize = 96;
const HEADER: usize = 16;
const MARK: [u8; 3] = [0x8E, 0xAD, 0xE8];

enum State {
    Lead,
    /// The fixed part of the signature (first) or of the header.
    Header(bool),
    /// Passing over this many bytes of the signature (first) or of the header.
    Skip(bool, u64),
    Payload,
    Over,
}

/// Reads RPM.
pub(super) struct Rpm {
    name: String,
    state: State,
    held: Vec<u8>,
    offset: u64,
}

impl Rpm {
    /// `name` is the file's own.
    pub(super) fn new(name: &str) -> Rpm {
        let inner = inner_name(name, &[(".rpm", ".payload")]);
        let name = if inner.is_empty() { "payload".to_owned() } else { shown(&inner) };
        Rpm { name, state: State::Lead, held: Vec::new(), offset: 0 }
    }

    fn gather(&mut self, input: &[u8], wanted: usize) -> (usize, bool) {
        let used = input.len().min(wanted - self.held.len());
        self.held.extend_from_slice(&input[..used]);
        (used, self.held.len() == wanted)
    }

    /// The length of what follows the fixed part: 16 bytes an entry, then the data.
    fn sized(&mut self, first: bool, members: &mut dyn Members) -> Flow {
        let held = std::mem::take(&mut self.held);
        let number = |at: usize| held[at..at + 4].iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        if held[..3] != MARK {
            members.diagnostic(error(
                "rpm-corrupt",
                format!("no valid header before offset {}: the payload is not reached", self.offset),
                "fetch the package again",
            ));
            self.state = State::Over;
            return Flow::Continue;
        }
        let length = number(8) * 16 + number(12);
        // The signature is filled up to a multiple of eight bytes.
        self.state = State::Skip(first, if first { length.next_multiple_of(8) } else { length });
        match first {
            true => Flow::Continue,
            false => members.begin(Member { name: "header".to_owned(), size: Some(length) }),
        }
    }
}

impl Unpacker for Rpm {
    fn feed(&mut self, block: &[u8], members: &mut dyn Members) -> Flow {
        let mut rest = block;
        while !rest.is_empty() {
            let mut flow = Flow::Continue;
            let used = match self.state {
                State::Lead => {
                    let (used, whole) = self.gather(rest, LEAD);
                    if whole {
                        self.held.clear();
                        self.state = State::Header(true);
                    }
                    used
                }
                State::Header(first) => {
                    let (used, whole) = self.gather(rest, HEADER);
                    self.offset += used as u64;
                    if whole {
                        flow = self.sized(first, members);
                    }
                    self.offset -= used as u64;
                    used
                }
                State::Skip(first, left) => {
                    let used = rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    self.state = State::Skip(first, left - used as u64);
                    if !first {
                        flow = members.data(&rest[..used]);
                    }
                    used
                }
                State::Payload => {
                    flow = members.data(rest);
                    rest.len()
                }
                State::Over => rest.len(),
            };
            self.offset += used as u64;
            rest = &rest[used..];
            if let State::Skip(first, 0) = self.state {
                self.state = if first { State::Header(false) } else { State::Payload };
                if !first && flow == Flow::Continue {
                    members.end(true);
                    flow = members.begin(Member { name: self.name.clone(), size: None });
                }
            }
            if flow == Flow::Stop {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }

    fn finish(&mut self, members: &mut dyn Members) {
        match self.state {
            State::Payload => members.end(true),
            State::Over => {}
            _ => {
                members.diagnostic(error(
                    "rpm-truncated",
                    format!("the package ends before its payload, after {} bytes", self.offset),
                    "fetch the whole package",
                ));
                if let State::Skip(false, _) = self.state {
                    members.end(false);
                }
            }
        }
    }
}
