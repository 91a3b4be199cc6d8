//! cpio: the old binary form in both byte orders, the octal form (POSIX.1-1988, "odc") and the hexadecimal forms
//! of System V release 4 ("newc", and "crc" with a sum of each file's bytes, which is verified).

use super::{Member, Members, Unpacker, diagnostic, error, shown};
use crate::model::Flow;

/// Longest name that is read.
const LONGEST_NAME: u64 = 64 << 10;

/// The name of the entry that ends an archive.
const END: &str = "TRAILER!!!";

/// Bits of a file's mode that say what it is, and those of a regular file and of a folder.
const KIND: u64 = 0o170_000;
const REGULAR: u64 = 0o100_000;
const FOLDER: u64 = 0o040_000;
const LINK: u64 = 0o120_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Binary { big: bool },
    Octal,
    Hex { summed: bool },
}

impl Form {
    /// The form whose mark these six bytes begin with.
    fn of(mark: &[u8]) -> Option<Form> {
        match mark {
            [0xC7, 0x71, ..] => Some(Form::Binary { big: false }),
            [0x71, 0xC7, ..] => Some(Form::Binary { big: true }),
            b"070707" => Some(Form::Octal),
            b"070701" => Some(Form::Hex { summed: false }),
            b"070702" => Some(Form::Hex { summed: true }),
            _ => None,
        }
    }

    fn header(self) -> usize {
        match self {
            Form::Binary { .. } => 26,
            Form::Octal => 76,
            Form::Hex { .. } => 110,
        }
    }

    /// Headers with their names, and data, are filled up to a multiple of this.
    fn unit(self) -> u64 {
        match self {
            Form::Binary { .. } => 2,
            Form::Octal => 1,
            Form::Hex { .. } => 4,
        }
    }
}

/// What a header says that is needed.
#[derive(Clone, Copy)]
struct Entry {
    form: Form,
    mode: u64,
    size: u64,
    name: u64,
    sum: u32,
}

enum State {
    Mark,
    Header(Form),
    Name(Entry),
    Data(Entry, u64),
    /// Bytes of something that is no file.
    Skip(u64),
    /// Looking for the next mark after damage.
    Lost,
    /// Nothing more is read.
    Over,
}

/// Reads cpio.
pub(super) struct Cpio {
    state: State,
    held: Vec<u8>,
    sum: u32,
    padding: u64,
    special: u64,
    offset: u64,
    said: bool,
    /// The entry that ends an archive was there. Another archive may follow behind zeros.
    ended: bool,
    /// Bytes to be looked at again, since they began no header.
    again: Vec<u8>,
}

impl Cpio {
    pub(super) fn new() -> Cpio {
        Cpio {
            state: State::Mark,
            held: Vec::new(),
            sum: 0,
            padding: 0,
            special: 0,
            offset: 0,
            said: false,
            ended: false,
            again: Vec::new(),
        }
    }

    fn gather(&mut self, input: &[u8], wanted: usize) -> (usize, bool) {
        let used = input.len().min(wanted.saturating_sub(self.held.len()));
        self.held.extend_from_slice(&input[..used]);
        (used, self.held.len() >= wanted)
    }

    fn lost(&mut self, members: &mut dyn Members) {
        if !std::mem::replace(&mut self.said, true) {
            members.diagnostic(error(
                "cpio-corrupt",
                format!(
                    "no valid header near offset {}: bytes are passed over up to the next one",
                    self.offset
                ),
                "the members around this place may be missing; make the archive again",
            ));
        }
        self.state = State::Lost;
        // The first byte begins no header; those behind it may.
        self.again = self.held.split_off(self.held.len().min(1));
        self.held.clear();
    }

    /// What follows the end is no archive.
    fn trailing(&mut self, members: &mut dyn Members) {
        members.diagnostic(error(
            "cpio-trailing-bytes",
            format!("bytes that are not cpio follow the archive, before offset {}", self.offset + 6),
            "they were hashed with the file, not unpacked and not searched; cut them off and drop them as a file of their own",
        ));
        self.state = State::Over;
    }

    fn name(&mut self, entry: Entry, members: &mut dyn Members) -> Flow {
        let name = std::mem::take(&mut self.held);
        let end = memchr::memchr(0, &name).unwrap_or(name.len());
        let name = String::from_utf8_lossy(&name[..end]).into_owned();
        self.padding = entry.size.next_multiple_of(entry.form.unit()) - entry.size;
        if name == END {
            self.ended = true;
            self.state = State::Skip(entry.size + self.padding);
            return Flow::Continue;
        }
        // A link's bytes are its target. Other bytes are a file's, whatever the mode says.
        let kind = entry.mode & KIND;
        if kind == LINK || kind != REGULAR && entry.size == 0 {
            self.special += u64::from(kind != FOLDER);
            self.state = State::Skip(entry.size + self.padding);
            return Flow::Continue;
        }
        self.sum = 0;
        self.state = State::Data(entry, entry.size);
        let name = if name.is_empty() { "(no name)".to_owned() } else { shown(&name) };
        members.begin(Member { name, size: Some(entry.size) })
    }

    /// A member's bytes are whole.
    fn data_ends(&mut self, entry: Entry, members: &mut dyn Members) {
        let right = entry.form != Form::Hex { summed: true } || entry.sum == self.sum;
        if !right {
            members.diagnostic(error(
                "cpio-checksum",
                format!("a member that ends near offset {} does not agree with its checksum", self.offset),
                "it was examined as it came out; fetch the archive again",
            ));
        }
        members.end(right);
        self.state = State::Skip(self.padding);
    }

    fn step(&mut self, rest: &[u8], members: &mut dyn Members) -> (usize, Flow) {
        let upto = |left: u64| rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match self.state {
            State::Mark => {
                let zeros = rest.iter().take_while(|byte| **byte == 0).count();
                if self.ended && self.held.is_empty() && zeros > 0 {
                    return (zeros, Flow::Continue);
                }
                let (used, whole) = self.gather(rest, 6);
                if whole {
                    match Form::of(&self.held) {
                        Some(form) => self.state = State::Header(form),
                        None if self.ended => self.trailing(members),
                        None => self.lost(members),
                    }
                }
                (used, Flow::Continue)
            }
            State::Header(form) => {
                let (used, whole) = self.gather(rest, form.header());
                if whole {
                    match entry(form, &self.held) {
                        Some(entry) => {
                            self.held.clear();
                            self.state = State::Name(entry);
                        }
                        None => self.lost(members),
                    }
                }
                (used, Flow::Continue)
            }
            State::Name(entry) => {
                let header = entry.form.header() as u64;
                let wanted = (header + entry.name).next_multiple_of(entry.form.unit()) - header;
                let (used, whole) = self.gather(rest, wanted as usize);
                (used, if whole { self.name(entry, members) } else { Flow::Continue })
            }
            State::Data(entry, left) => {
                let used = upto(left);
                if entry.form == (Form::Hex { summed: true }) {
                    self.sum =
                        rest[..used].iter().fold(self.sum, |sum, byte| sum.wrapping_add(u32::from(*byte)));
                }
                self.state = State::Data(entry, left - used as u64);
                (used, if used > 0 { members.data(&rest[..used]) } else { Flow::Continue })
            }
            State::Skip(left) => {
                let used = upto(left);
                self.state = State::Skip(left - used as u64);
                (used, Flow::Continue)
            }
            State::Lost => {
                self.held.push(rest[0]);
                self.find();
                (1, Flow::Continue)
            }
            State::Over => (rest.len(), Flow::Continue),
        }
    }

    /// Looks for a mark of digits at the end of what is held; the two bytes of the binary form are too weak to begin anew at.
    fn find(&mut self) {
        if self.held.len() < 6 {
            return;
        }
        match Form::of(&self.held).filter(|form| !matches!(form, Form::Binary { .. })) {
            Some(form) => self.state = State::Header(form),
            None => _ = self.held.remove(0),
        }
    }

    /// Closes what is whole; data and padding may be empty.
    fn ends(&mut self, members: &mut dyn Members) {
        if let State::Data(entry, 0) = self.state {
            self.data_ends(entry, members);
        }
        if let State::Skip(0) = self.state {
            self.state = State::Mark;
        }
    }
}

/// What a header says; `None` where it is none.
fn entry(form: Form, header: &[u8]) -> Option<Entry> {
    let digits = |at: usize, length: usize, base: u32| {
        u64::from_str_radix(std::str::from_utf8(header.get(at..at + length)?).ok()?, base).ok()
    };
    let word = |at: usize, big: bool| {
        let pair = [*header.get(at)?, *header.get(at + 1)?];
        Some(u64::from(if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }))
    };
    let entry = match form {
        Form::Binary { big } => Entry {
            form,
            mode: word(6, big)?,
            name: word(20, big)?,
            size: word(22, big)? << 16 | word(24, big)?,
            sum: 0,
        },
        Form::Octal => {
            Entry { form, mode: digits(18, 6, 8)?, name: digits(59, 6, 8)?, size: digits(65, 11, 8)?, sum: 0 }
        }
        Form::Hex { .. } => Entry {
            form,
            mode: digits(14, 8, 16)?,
            size: digits(54, 8, 16)?,
            name: digits(94, 8, 16)?,
            sum: digits(102, 8, 16)? as u32,
        },
    };
    (1..=LONGEST_NAME).contains(&entry.name).then_some(entry)
}

impl Unpacker for Cpio {
    fn feed(&mut self, block: &[u8], members: &mut dyn Members) -> Flow {
        let mut rest = block;
        while !rest.is_empty() {
            let (used, flow) = self.step(rest, members);
            if flow == Flow::Stop {
                return Flow::Stop;
            }
            self.offset += used as u64;
            self.ends(members);
            rest = &rest[used..];
            let again = std::mem::take(&mut self.again);
            self.offset -= again.len() as u64;
            if self.feed(&again, members) == Flow::Stop {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }

    fn finish(&mut self, members: &mut dyn Members) {
        match &self.state {
            State::Over | State::Lost => {}
            State::Mark if self.ended && self.held.is_empty() => {}
            State::Mark if self.ended => self.trailing(members),
            State::Mark if self.held.is_empty() && self.offset > 0 => members.diagnostic(diagnostic(
                "cpio-no-end",
                "the archive has no end mark: it may have been cut between two members".into(),
                "compare the list of members with the system's",
            )),
            _ => members.diagnostic(error(
                "cpio-truncated",
                format!("the archive ends in the middle of a member, after {} bytes", self.offset),
                "what came out was examined; fetch the whole archive",
            )),
        }
        if matches!(self.state, State::Data(..)) {
            members.end(false);
        }
        super::special_entries("cpio-special-entries", self.special, members);
    }
}
