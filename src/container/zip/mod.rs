//! zip (PKWARE APPNOTE 6.3.10), read from front to back: local header, data, local header, ..., directory.
//!
//! A zip inside another container cannot be sought in, so the directory at the end cannot come first. It is compared
//! with what was read when it comes: members that only one of the two knows are told.

mod body;
mod directory;
mod header;
mod lock;
mod told;

use flate2::Crc;

use super::again::{self, Taken};
use super::decompress::Out;
use super::deflate::Deflate;
use super::{Member, Members, Unpacker, error, shown};
use crate::model::{Diagnostic, DiagnosticSeverity, Flow, Limits, Passwords};
use crate::source::{Allowance, Opening};

use body::{Body, Packing, Step};
use directory::Directory;
use header::{Header, LISTED, Locked, listed, u16_at, u32_at};
use lock::{Cipher, Lock};

const LOCAL: u32 = 0x0403_4B50;
const CENTRAL: u32 = 0x0201_4B50;
const END: u32 = 0x0605_4B50;
const END64: u32 = 0x0606_4B50;
const LOCATOR64: u32 = 0x0706_4B50;
const DESCRIPTOR: u32 = 0x0807_4B50;
const SPANNED: u32 = 0x3030_4B50;
const DESCRIPTOR_MARK: &[u8] = b"PK\x07\x08";

/// Longest descriptor: its mark, the checksum, and two sizes of eight bytes (section 4.3.9). Two bytes of what follows
/// tell how long it was.
const LONGEST_DESCRIPTOR: usize = 24 + 2;

/// The record at the end without its signature and its comment (section 4.3.16).
const END_LENGTH: usize = 18;

/// What the next bytes are.
enum State {
    /// A record's signature.
    Signature,
    /// A record of known length, with a name and extra fields behind its fixed part.
    Local,
    Central,
    /// Bytes to pass over.
    Skip(u64),
    /// What stands before the data of a locked member.
    Lock(Lock),
    Body(Box<Body>),
    /// The code behind the data of a locked member; whether the data was right so far.
    Code(Box<Body>, bool),
    /// Stored data that ends where a descriptor agrees with it.
    StoredOpen,
    /// What follows data whose length the header did not know.
    Descriptor,
    /// The record at the end, which tells how long the comment behind it is.
    End,
    /// Between records stand bytes that are none: the next signature is looked for.
    Lost,
}

/// The member being read.
#[derive(Default)]
struct Current {
    header: Header,
    /// Its name, fit to be shown.
    name: String,
    /// Where its header begins.
    start: u64,
    made: u64,
    open: bool,
    unlocked: bool,
}

/// Reads zip.
pub(super) struct Zip {
    state: State,
    /// Bytes gathered for the current record.
    held: Vec<u8>,
    deflate: Deflate,
    crc: Crc,
    current: Current,
    directory: Directory,
    offset: u64,
    /// Where the current record begins.
    start: u64,
    ended: bool,
    /// It was told that bytes follow the end.
    trailed: bool,
    limits: Limits,
    passwords: Passwords,
    /// The password that opened the last locked member.
    last: Option<usize>,
    allowance: Allowance,
    /// No more passwords are tried.
    exhausted: bool,
}

impl Zip {
    pub(super) fn new(opening: &Opening<'_>) -> Zip {
        Zip {
            state: State::Signature,
            held: Vec::new(),
            deflate: Deflate::new(),
            crc: Crc::new(),
            current: Current::default(),
            directory: Directory::new(opening.limits.directory),
            offset: 0,
            start: 0,
            ended: false,
            trailed: false,
            limits: *opening.limits,
            passwords: opening.passwords.clone(),
            last: None,
            allowance: opening.allowance.clone(),
            exhausted: false,
        }
    }

    /// Gathers bytes until `wanted` are held; tells how many of `block` were taken.
    fn gather(&mut self, block: &[u8], wanted: usize) -> usize {
        let used = block.len().min(wanted.saturating_sub(self.held.len()));
        self.held.extend_from_slice(&block[..used]);
        used
    }

    fn signature(&mut self, block: &[u8], members: &mut dyn Members) -> usize {
        let used = self.gather(block, 4);
        let Ok(mark) = <[u8; 4]>::try_from(self.held.as_slice()) else { return used };
        self.start = (self.offset + used as u64).saturating_sub(4);
        self.state = match u32::from_le_bytes(mark) {
            LOCAL => State::Local,
            CENTRAL => State::Central,
            END => State::End,
            END64 => State::Skip(52),
            LOCATOR64 => State::Skip(16),
            // The first part of a split archive begins with the mark that descriptors have.
            SPANNED => State::Signature,
            DESCRIPTOR if self.start == 0 => State::Signature,
            // A descriptor that its member's header does not announce.
            DESCRIPTOR => State::Descriptor,
            _ if self.ended => {
                self.trailing(members);
                State::Lost
            }
            _ => {
                members.diagnostic(error(
                    "zip-corrupt",
                    format!("expected a record at offset {}, found other bytes: passed over up to the next record", self.start),
                    "members around this place may be missing; make the archive again",
                ));
                State::Lost
            }
        };
        if matches!(self.state, State::Signature | State::End | State::Skip(_)) {
            self.held.clear();
        }
        used
    }

    fn end(&mut self, block: &[u8]) -> usize {
        let used = self.gather(block, END_LENGTH);
        if self.held.len() == END_LENGTH {
            self.ended = true;
            self.state = match u16_at(&self.held, END_LENGTH - 2) {
                0 => State::Signature,
                comment => State::Skip(u64::from(comment)),
            };
            self.held.clear();
        }
        used
    }

    fn local(&mut self, block: &[u8], members: &mut dyn Members) -> (usize, Flow) {
        let mut used = self.gather(block, 30);
        if self.held.len() < 30 {
            return (used, Flow::Continue);
        }
        let wanted = 30 + usize::from(u16_at(&self.held, 26)) + usize::from(u16_at(&self.held, 28));
        used += self.gather(&block[used..], wanted);
        if self.held.len() < wanted {
            return (used, Flow::Continue);
        }
        let held = std::mem::take(&mut self.held);
        (used, self.begin(&held, members))
    }

    /// A local header is complete: its data comes next.
    fn begin(&mut self, header: &[u8], members: &mut dyn Members) -> Flow {
        let header = Header::read(header);
        self.directory.read(self.start, &header.name);
        let mut name = shown(&header.name);
        if name.is_empty() {
            name = "(no name)".to_owned();
        }
        self.current = Current { header, name, start: self.start, ..Current::default() };
        self.crc.reset();
        let header = &self.current.header;
        match header.locked {
            _ if header.is_folder() => self.pass_over(0),
            Locked::With(_) if header.method == 0 && header.is_open() => {
                self.not_read("zip-lock-unsupported", "is locked and stored without its length", members);
            }
            Locked::With(_) if self.exhausted => self.pass_over(0),
            Locked::With(lock) => self.state = State::Lock(lock),
            Locked::Otherwise => {
                self.not_read("zip-lock-unsupported", "is locked in a way that is not read", members);
            }
            Locked::No => return self.unpack(None, members),
        }
        Flow::Continue
    }

    /// The bytes before a locked member's data: tries the passwords on them.
    fn unlock(&mut self, lock: Lock, block: &[u8], members: &mut dyn Members) -> (usize, Flow) {
        let header = &self.current.header;
        let length = lock.before();
        if !header.is_open() && header.packed < (length + lock.behind()) as u64 {
            self.damaged(members, "it is shorter than what unlocks it");
            self.pass_over(0);
            return (0, Flow::Continue);
        }
        let used = self.gather(block, length);
        if self.held.len() < length {
            return (used, Flow::Continue);
        }
        let held = std::mem::take(&mut self.held);
        match lock.open(&held, &self.passwords, self.last, &self.allowance) {
            Ok(Some((number, cipher))) => {
                self.last = Some(number);
                return (used, self.unpack(Some((lock, cipher)), members));
            }
            Ok(None) => self.stays_locked(members),
            Err(told) => {
                members.diagnostic(told);
                self.exhausted = true;
            }
        }
        self.pass_over(length as u64);
        (used, Flow::Continue)
    }

    /// Opens the member, whose data comes next.
    fn unpack(&mut self, cipher: Option<(Lock, Cipher)>, members: &mut dyn Members) -> Flow {
        self.current.unlocked = cipher.is_some();
        let header = &self.current.header;
        let is_open = header.is_open();
        let size = (!is_open).then_some(header.size);
        let Some(packing) = Packing::of(header.method, header.end_marked, size, &self.limits) else {
            let what = format!("is packed with method {}, which is not read", header.method);
            self.not_read("zip-method-unsupported", &what, members);
            return Flow::Continue;
        };
        let around = cipher.as_ref().map_or(0, |(lock, _)| (lock.before() + lock.behind()) as u64);
        let length = (!is_open).then(|| header.packed.saturating_sub(around));
        let stored_open = is_open && matches!(packing, Packing::Stored);
        let flow = members.begin(Member { name: self.current.name.clone(), size });
        self.current.open = true;
        self.deflate.reset();
        if stored_open {
            self.state = State::StoredOpen;
            return flow;
        }
        let body = Body::new(packing, cipher.map(|(_, cipher)| cipher), length);
        self.state = State::Body(Box::new(body));
        if length == Some(0) && flow == Flow::Continue {
            return self.body(&[], members).2;
        }
        flow
    }

    /// The member's data is not read; `taken` bytes of it were.
    fn pass_over(&mut self, taken: u64) {
        let header = &self.current.header;
        self.state = match header.packed.saturating_sub(taken) {
            _ if header.is_open() && !header.is_folder() => State::Lost,
            0 if header.described => State::Descriptor,
            0 => State::Signature,
            left => State::Body(Box::new(Body::new(Packing::Unread, None, Some(left)))),
        };
    }

    fn deliver(&mut self, bytes: &[u8], members: &mut dyn Members) -> Flow {
        if bytes.is_empty() {
            return Flow::Continue;
        }
        self.crc.update(bytes);
        self.current.made += bytes.len() as u64;
        members.data(bytes)
    }

    /// Runs a step of the member's data, whose output is summed and handed on.
    fn run(
        &mut self,
        members: &mut dyn Members,
        step: impl FnOnce(&mut Body, &mut Deflate, &mut Out<'_>) -> (usize, Step),
    ) -> Taken {
        let State::Body(mut body) = std::mem::replace(&mut self.state, State::Signature) else {
            return (0, Vec::new(), Flow::Continue);
        };
        let (crc, made) = (&mut self.crc, &mut self.current.made);
        let mut out = |bytes: &[u8]| {
            crc.update(bytes);
            *made += bytes.len() as u64;
            members.data(bytes)
        };
        let (used, step) = step(&mut body, &mut self.deflate, &mut out);
        let is_open = self.current.header.is_open();
        match step {
            Step::More => self.state = State::Body(body),
            Step::Stop => return (used, Vec::new(), Flow::Stop),
            Step::Over { back, right } => {
                self.state = State::Code(body, right);
                if self.code_length() == 0 {
                    self.data_ends(right, members);
                }
                return (used, back, Flow::Continue);
            }
            Step::Fault { fault, back } => {
                self.fault(&fault, members);
                self.state = State::Lost;
                if !is_open {
                    self.state = State::Body(body);
                    return (used, back, self.body(&[], members).2);
                }
                return (used, back, Flow::Continue);
            }
        }
        (used, Vec::new(), Flow::Continue)
    }

    fn body(&mut self, block: &[u8], members: &mut dyn Members) -> Taken {
        self.run(members, |body, deflate, out| match block {
            [] => (0, body.over(deflate, out)),
            _ => body.feed(block, deflate, out),
        })
    }

    fn code_length(&self) -> usize {
        match self.current.header.locked {
            Locked::With(lock) if self.current.unlocked => lock.behind(),
            _ => 0,
        }
    }

    /// The code behind locked data.
    fn code(&mut self, block: &[u8], members: &mut dyn Members) -> usize {
        let length = self.code_length();
        let used = self.gather(block, length);
        if self.held.len() == length {
            let code = std::mem::take(&mut self.held);
            if let State::Code(body, right) = std::mem::replace(&mut self.state, State::Signature) {
                let agrees = body.cipher().is_none_or(|cipher| cipher.agrees(&code));
                self.data_ends(right && agrees, members);
            }
        }
        used
    }

    /// Looks for the descriptor that ends stored data of unknown length; tells how many of `block` were taken.
    fn stored_open(&mut self, block: &[u8], members: &mut dyn Members) -> (usize, Flow) {
        let before = self.held.len();
        self.held.extend_from_slice(block);
        let held = std::mem::take(&mut self.held);
        let mut from = 0;
        let mut flow = Flow::Continue;
        let mut open = false;
        while let Some(at) = memchr::memmem::find(&held[from..], DESCRIPTOR_MARK).map(|at| from + at) {
            flow = self.deliver(&held[from..at], members);
            from = at;
            // Sizes have four bytes, or eight (APPNOTE 6.3.10, section 4.3.9.2); the list of members is longer than either.
            let Some(record) = held.get(at + 4..at + 24) else {
                open = true;
                break;
            };
            let made = self.current.made;
            let wide = u64::from(u32_at(record, 12)) | u64::from(u32_at(record, 16)) << 32;
            let length = match u64::from(u32_at(record, 8)) == made & 0xFFFF_FFFF {
                _ if u32_at(record, 0) != self.crc.sum() => None,
                true => Some(16),
                false => (wide == made).then_some(24),
            };
            if let Some(length) = length {
                self.finish_member(true, members);
                self.state = State::Signature;
                return ((at + length).saturating_sub(before), flow);
            }
            flow = self.deliver(&held[at..at + 4], members);
            from = at + 4;
        }
        let keep = if open { held.len() - from } else { (held.len() - from).min(3) };
        let until = held.len() - keep;
        if from < until {
            flow = self.deliver(&held[from..until], members);
        }
        self.held = held[until..].to_vec();
        (block.len(), flow)
    }

    /// The member's data is complete; `right`: as far as that tells by itself.
    fn data_ends(&mut self, right: bool, members: &mut dyn Members) {
        self.state = State::Signature;
        if !right && self.current.open {
            self.wrong(members);
        }
        if self.current.header.described {
            self.state = State::Descriptor;
        } else {
            self.check(members);
        }
    }

    /// Reads a descriptor: with or without its mark, with sizes of four or eight bytes. Gives what follows it.
    fn read_descriptor(&mut self, members: &mut dyn Members) -> Vec<u8> {
        let mut held = std::mem::take(&mut self.held);
        let marked = usize::from(held.starts_with(DESCRIPTOR_MARK)) * 4;
        let (sum, made) = (self.crc.sum(), self.current.made);
        let header = &mut self.current.header;
        if let Some(bytes) = held.get(marked..marked + 4) {
            header.crc = u32_at(bytes, 0);
            if header.crc == sum || header.unsummed {
                header.size = made;
            }
        }
        // The length of a descriptor is known by where the next record begins, else by which size is right.
        let next = [marked + 12, marked + 20]
            .into_iter()
            .find(|at| held.get(*at..*at + 2).is_some_and(|mark| mark == b"PK"));
        let is_wide = header.wide || (made > 0 && u64::from(u32_at(&held, marked + 8)) != made & 0xFFFF_FFFF);
        let next = next.unwrap_or(if is_wide { marked + 20 } else { marked + 12 });
        self.check(members);
        self.state = State::Signature;
        held.split_off(next.min(held.len()))
    }

    /// Compares what came out with what the headers say.
    fn check(&mut self, members: &mut dyn Members) {
        let header = &self.current.header;
        let unsummed = header.unsummed;
        let summed = unsummed || self.crc.sum() == header.crc;
        if self.current.open && !(summed && self.current.made == header.size) {
            self.wrong(members);
        }
        if self.current.open && !unsummed {
            self.directory.unpacked(self.current.start, (self.crc.sum(), self.current.made));
        }
        self.finish_member(true, members);
    }

    fn finish_member(&mut self, complete: bool, members: &mut dyn Members) {
        if std::mem::take(&mut self.current.open) {
            members.end(complete);
        }
    }

    fn step(&mut self, input: &[u8], members: &mut dyn Members) -> Taken {
        let (used, flow) = match self.state {
            State::Signature => (self.signature(input, members), Flow::Continue),
            State::Local => self.local(input, members),
            State::Central => (self.central(input), Flow::Continue),
            State::Skip(left) => {
                let used = input.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                self.state = match left - used as u64 {
                    0 => State::Signature,
                    left => State::Skip(left),
                };
                (used, Flow::Continue)
            }
            State::Lock(lock) => self.unlock(lock, input, members),
            State::Body(_) => return self.body(input, members),
            State::Code(..) => (self.code(input, members), Flow::Continue),
            State::StoredOpen => self.stored_open(input, members),
            State::Descriptor => {
                let used = self.gather(input, LONGEST_DESCRIPTOR);
                if self.held.len() == LONGEST_DESCRIPTOR {
                    return (used, self.read_descriptor(members), Flow::Continue);
                }
                (used, Flow::Continue)
            }
            State::Lost => (self.lost(input), Flow::Continue),
            State::End => (self.end(input), Flow::Continue),
        };
        (used, Vec::new(), flow)
    }

    fn central(&mut self, block: &[u8]) -> usize {
        let mut used = self.gather(block, LISTED);
        if self.held.len() < LISTED {
            return used;
        }
        let wanted = LISTED
            + usize::from(u16_at(&self.held, 28))
            + usize::from(u16_at(&self.held, 30))
            + usize::from(u16_at(&self.held, 32));
        used += self.gather(&block[used..], wanted);
        if self.held.len() == wanted {
            let (offset, entry) = listed(&self.held);
            self.directory.listed(offset, &entry);
            self.held.clear();
            self.state = State::Signature;
        }
        used
    }

    /// Passes over bytes until a record's signature.
    fn lost(&mut self, block: &[u8]) -> usize {
        self.held.extend_from_slice(block);
        let held = std::mem::take(&mut self.held);
        let known =
            |mark: &[u8]| matches!(mark, b"PK\x03\x04" | b"PK\x01\x02" | b"PK\x05\x06" | b"PK\x06\x06");
        match memchr::memmem::find_iter(&held, b"PK").find(|at| held.get(*at..at + 4).is_some_and(known)) {
            Some(at) => {
                self.state = State::Signature;
                let before = held.len() - block.len();
                self.held = held.get(at..before).unwrap_or_default().to_vec();
                at.saturating_sub(before)
            }
            None => {
                self.held = held[held.len().saturating_sub(3)..].to_vec();
                block.len()
            }
        }
    }
}

impl Unpacker for Zip {
    fn feed(&mut self, block: &[u8], members: &mut dyn Members) -> Flow {
        again::feed(block, |input| {
            let taken = self.step(input, members);
            self.offset = again::behind(self.offset, &taken);
            taken
        })
    }

    fn finish(&mut self, members: &mut dyn Members) {
        loop {
            let (_, back, flow) = match self.state {
                State::Body(_) => self.run(members, |body, deflate, out| (0, body.finish(deflate, out))),
                State::Descriptor if self.held.len() >= 12 => {
                    (0, self.read_descriptor(members), Flow::Continue)
                }
                _ => break,
            };
            self.offset = self.offset.saturating_sub(back.len() as u64);
            if flow == Flow::Stop || self.feed(&back, members) == Flow::Stop {
                return self.finish_member(false, members);
            }
            if back.is_empty() && matches!(self.state, State::Body(_)) {
                // Data of known length that ended before its time.
                break;
            }
        }
        if self.current.open {
            self.damaged(members, "the archive ends before it does");
        }
        if !self.ended || matches!(self.state, State::Skip(1..)) {
            members.diagnostic(error(
                "zip-truncated",
                format!("the archive ends after {} bytes without its directory", self.offset),
                "what came out was examined; fetch the whole archive",
            ));
            return;
        }
        if matches!(self.state, State::Signature) && !self.held.is_empty() {
            // Too few bytes for a record.
            self.start = self.offset.saturating_sub(self.held.len() as u64);
            self.trailing(members);
        }
        self.directory.compare(|code, message| {
            let severity = match code {
                "zip-member-missing" => DiagnosticSeverity::Error,
                _ => DiagnosticSeverity::Warning,
            };
            let hint = "compare the archive's list of members with what was examined";
            members.diagnostic(Diagnostic::new(severity, code, message, hint));
        });
    }
}
