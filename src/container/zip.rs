//! zip (PKWARE APPNOTE 6.3.10), read from front to back: local header, data, local header, ..., directory.
//!
//! A zip inside another container cannot be sought in, so the directory at the end cannot come first. It is compared
//! with what was read when it comes: members that only one of the two knows are told.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::zip_directory::Directory;
use super::{Member, Members, Unpacker, diagnostic, error, shown};
use crate::model::Flow;

const OUT: usize = 64 << 10;
const LOCAL: u32 = 0x0403_4B50;
const CENTRAL: u32 = 0x0201_4B50;
const END: u32 = 0x0605_4B50;
const END64: u32 = 0x0606_4B50;
const LOCATOR64: u32 = 0x0706_4B50;
const DESCRIPTOR: u32 = 0x0807_4B50;
const SPANNED: u32 = 0x3030_4B50;
const DESCRIPTOR_MARK: &[u8] = b"PK\x07\x08";

/// What the next bytes are.
enum State {
    /// A record's signature.
    Signature,
    /// A record of known length, with a name and extra fields behind its fixed part.
    Local,
    Central,
    /// Bytes to pass over.
    Skip(u64),
    /// Stored data of known length.
    Stored(u64),
    /// Stored data that ends where a descriptor agrees with it.
    StoredOpen,
    Deflate,
    /// What follows data whose length the header did not know.
    Descriptor,
    /// A comment behind the end, which is passed over.
    Rest,
    /// Between records stand bytes that are none: the next signature is looked for.
    Lost,
}

/// The member being read.
#[derive(Default)]
struct Current {
    name: String,
    crc: u32,
    size: u64,
    packed: u64,
    wide: bool,
    has_descriptor: bool,
    made: u64,
    open: bool,
}

/// Reads zip.
pub(super) struct Zip {
    state: State,
    /// Bytes gathered for the current record.
    held: Vec<u8>,
    inflate: Box<Decompress>,
    crc: Crc,
    out: Vec<u8>,
    current: Current,
    directory: Directory,
    offset: u64,
    /// Where the current record begins.
    start: u64,
    ended: bool,
}

impl Zip {
    pub(super) fn new() -> Zip {
        Zip {
            state: State::Signature,
            held: Vec::new(),
            inflate: Box::new(Decompress::new(false)),
            crc: Crc::new(),
            out: vec![0; OUT],
            current: Current::default(),
            directory: Directory::default(),
            offset: 0,
            start: 0,
            ended: false,
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
            END => {
                self.ended = true;
                // Fixed part without the comment's length; the comment is passed over as lost bytes would be.
                State::Skip(18)
            }
            END64 => State::Skip(52),
            LOCATOR64 => State::Skip(16),
            SPANNED | DESCRIPTOR => State::Signature,
            _ if self.ended => State::Rest,
            _ => {
                members.diagnostic(error(
                    "zip-corrupt",
                    format!("expected a record at offset {}, found other bytes: passed over up to the next record", self.start),
                    "members around this place may be missing; make the archive again",
                ));
                State::Lost
            }
        };
        if !matches!(self.state, State::Local | State::Central | State::Lost) {
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

    /// A local header is complete: opens its member.
    fn begin(&mut self, header: &[u8], members: &mut dyn Members) -> Flow {
        let flags = u16_at(header, 6);
        let method = u16_at(header, 8);
        let name_end = 30 + usize::from(u16_at(header, 26));
        let name = name(&header[30..name_end], flags & 0x800 != 0);
        let mut current = Current {
            crc: u32_at(header, 14),
            packed: u64::from(u32_at(header, 18)),
            size: u64::from(u32_at(header, 22)),
            has_descriptor: flags & 8 != 0,
            ..Current::default()
        };
        let wide = extra(&header[name_end..], 1);
        if let Some(field) = wide {
            let mut values = field.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
            current.wide = true;
            if current.size == u64::from(u32::MAX) {
                current.size = values.next().unwrap_or(current.size);
            }
            if current.packed == u64::from(u32::MAX) {
                current.packed = values.next().unwrap_or(current.packed);
            }
        }
        self.directory.read(self.start, &name);
        let unknown = current.has_descriptor && current.packed == 0;
        current.name = shown(&name);
        self.current = current;
        self.crc.reset();
        let folder = name.ends_with('/') && self.current.size == 0;
        let encrypted = flags & 1 != 0;
        if folder || encrypted || !matches!(method, 0 | 8) {
            if !folder {
                self.not_read(encrypted, method, members);
            }
            self.state = match (unknown, folder) {
                (true, false) => State::Lost,
                _ => State::Skip(self.current.packed),
            };
            return Flow::Continue;
        }
        let size = (!unknown).then_some(self.current.size);
        let shown_name =
            if self.current.name.is_empty() { "(no name)".to_owned() } else { self.current.name.clone() };
        let flow = members.begin(Member { name: shown_name, size });
        self.current.open = true;
        self.inflate.reset(false);
        self.state = match method {
            8 => State::Deflate,
            _ if unknown => State::StoredOpen,
            _ => State::Stored(self.current.packed),
        };
        if matches!(self.state, State::Stored(0)) {
            self.data_ends(members);
        }
        flow
    }

    fn not_read(&mut self, encrypted: bool, method: u16, members: &mut dyn Members) {
        let name = &self.current.name;
        members.diagnostic(if encrypted {
            error(
                "zip-encrypted",
                format!("member {name} is encrypted and was not examined"),
                "unpack it with its password and drop what is inside",
            )
        } else {
            let hint = "unpack it with the program that made it and drop what is inside";
            error(
                "zip-method-unsupported",
                format!("member {name} is packed with method {method}, which is not read"),
                hint,
            )
        });
    }

    fn deliver(&mut self, bytes: &[u8], members: &mut dyn Members) -> Flow {
        if bytes.is_empty() {
            return Flow::Continue;
        }
        self.crc.update(bytes);
        self.current.made += bytes.len() as u64;
        members.data(bytes)
    }

    fn deflate(&mut self, block: &[u8], members: &mut dyn Members) -> (usize, Flow) {
        let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
        let mut out = std::mem::take(&mut self.out);
        let result = self.inflate.decompress(block, &mut out, FlushDecompress::None);
        let used = (self.inflate.total_in() - before_in) as usize;
        let made = (self.inflate.total_out() - before_out) as usize;
        let flow = self.deliver(&out[..made], members);
        self.out = out;
        match result {
            Ok(Status::StreamEnd) => self.data_ends(members),
            Ok(_) if used > 0 || made > 0 || block.is_empty() => {}
            _ => {
                self.damaged(members, "its compressed data is damaged");
                self.state = State::Lost;
            }
        }
        (used, flow)
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
            let Some(record) = held.get(at + 4..at + 16) else {
                open = true;
                break;
            };
            if u32_at(record, 0) == self.crc.sum()
                && u64::from(u32_at(record, 8)) == self.current.made & 0xFFFF_FFFF
            {
                self.finish_member(true, members);
                self.state = State::Signature;
                return ((at + 16).saturating_sub(before), flow);
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

    fn data_ends(&mut self, members: &mut dyn Members) {
        if self.current.has_descriptor {
            self.state = State::Descriptor;
            return;
        }
        self.check(members);
        self.state = State::Signature;
    }

    /// Reads a descriptor: with or without its mark, with sizes of four or eight bytes.
    fn read_descriptor(&mut self, members: &mut dyn Members) {
        let held = std::mem::take(&mut self.held);
        let marked = usize::from(held.starts_with(DESCRIPTOR_MARK)) * 4;
        let crc = held.get(marked..marked + 4).map(|bytes| u32_at(bytes, 0));
        let sum = self.crc.sum();
        if crc == Some(sum) {
            self.current.crc = sum;
            self.current.size = self.current.made;
        } else if let Some(crc) = crc {
            self.current.crc = crc;
        }
        self.check(members);
        self.state = State::Signature;
        // The length of a descriptor is known by where the next record begins.
        let next = [marked + 12, marked + 20]
            .into_iter()
            .find(|at| held.get(*at..*at + 2).is_some_and(|mark| mark == b"PK"));
        let next = next.unwrap_or(if self.current.wide { marked + 20 } else { marked + 12 });
        let rest = held.get(next..).unwrap_or_default();
        self.held = rest.to_vec();
        if self.held.len() >= 4 {
            let rest = std::mem::take(&mut self.held);
            self.offset -= rest.len() as u64;
            self.feed(&rest, members);
        }
    }

    /// Compares what came out with what the headers say.
    fn check(&mut self, members: &mut dyn Members) {
        let right = self.crc.sum() == self.current.crc && self.current.made == self.current.size;
        if !right {
            let name = &self.current.name;
            members.diagnostic(error(
                "zip-checksum",
                format!("member {name} does not agree with its checksum or length"),
                "it was examined as it came out; fetch the archive again",
            ));
        }
        self.finish_member(right, members);
    }

    fn damaged(&mut self, members: &mut dyn Members, what: &str) {
        let name = &self.current.name;
        members.diagnostic(error(
            "zip-corrupt",
            format!("member {name} cannot be read to its end: {what}"),
            "what came out was examined; fetch the archive again",
        ));
        self.finish_member(false, members);
    }

    fn finish_member(&mut self, complete: bool, members: &mut dyn Members) {
        if std::mem::take(&mut self.current.open) {
            members.end(complete);
        }
    }

    fn central(&mut self, block: &[u8]) -> usize {
        let mut used = self.gather(block, 46);
        if self.held.len() < 46 {
            return used;
        }
        let wanted = 46
            + usize::from(u16_at(&self.held, 28))
            + usize::from(u16_at(&self.held, 30))
            + usize::from(u16_at(&self.held, 32));
        used += self.gather(&block[used..], wanted);
        if self.held.len() == wanted {
            let name_end = 46 + usize::from(u16_at(&self.held, 28));
            let flags = u16_at(&self.held, 8);
            let mut offset = u64::from(u32_at(&self.held, 42));
            if offset == u64::from(u32::MAX) {
                let before = usize::from(u32_at(&self.held, 24) == u32::MAX)
                    + usize::from(u32_at(&self.held, 20) == u32::MAX);
                let field = extra(&self.held[name_end..], 1).unwrap_or_default();
                offset =
                    field.as_chunks::<8>().0.get(before).map_or(offset, |bytes| u64::from_le_bytes(*bytes));
            }
            self.directory.listed(offset, &name(&self.held[46..name_end], flags & 0x800 != 0));
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
        let mut rest = block;
        while !rest.is_empty() {
            let (used, flow) = match self.state {
                State::Signature => (self.signature(rest, members), Flow::Continue),
                State::Local => self.local(rest, members),
                State::Central => (self.central(rest), Flow::Continue),
                State::Skip(left) => {
                    let used = rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    self.state =
                        if left == used as u64 { State::Signature } else { State::Skip(left - used as u64) };
                    (used, Flow::Continue)
                }
                State::Stored(left) => {
                    let used = rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    self.state = State::Stored(left - used as u64);
                    let flow = self.deliver(&rest[..used], members);
                    if left == used as u64 {
                        self.data_ends(members);
                    }
                    (used, flow)
                }
                State::StoredOpen => self.stored_open(rest, members),
                State::Deflate => self.deflate(rest, members),
                State::Descriptor => {
                    let used = self.gather(rest, 24);
                    self.offset += used as u64;
                    rest = &rest[used..];
                    if self.held.len() == 24 {
                        self.read_descriptor(members);
                    }
                    continue;
                }
                State::Lost => (self.lost(rest), Flow::Continue),
                State::Rest => return Flow::Continue,
            };
            self.offset += used as u64;
            if flow == Flow::Stop {
                return flow;
            }
            rest = &rest[used..];
            if matches!(self.state, State::Skip(0)) {
                self.state = State::Signature;
            }
        }
        Flow::Continue
    }

    fn finish(&mut self, members: &mut dyn Members) {
        if matches!(self.state, State::Descriptor) && self.held.len() >= 12 {
            self.read_descriptor(members);
        }
        let mut before = u64::MAX;
        while matches!(self.state, State::Deflate) && self.inflate.total_out() != before {
            // What the decoder still holds.
            before = self.inflate.total_out();
            let _ = self.deflate(&[], members);
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
        self.directory.compare(|code, message| {
            members.diagnostic(diagnostic(
                code,
                message,
                "compare the archive's list of members with what was examined",
            ));
        });
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |field| u16::from_le_bytes([field[0], field[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |field| u32::from_le_bytes([field[0], field[1], field[2], field[3]]))
}

/// The extra field with this number.
fn extra(fields: &[u8], number: u16) -> Option<&[u8]> {
    let mut rest = fields;
    while rest.len() >= 4 {
        let length = usize::from(u16_at(rest, 2));
        let field = rest.get(4..4 + length)?;
        if u16_at(rest, 0) == number {
            return Some(field);
        }
        rest = &rest[4 + length..];
    }
    None
}

/// A name as the archive writes it: UTF-8 where it says so or is so, else code page 437, of which only ASCII is shown
/// as such.
fn name(bytes: &[u8], utf8: bool) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => bytes
            .iter()
            .map(|byte| if byte.is_ascii() { char::from(*byte) } else { CP437[usize::from(*byte - 128)] })
            .collect(),
    }
}

/// The upper half of code page 437 (APPNOTE, appendix D).
const CP437: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å', 'É', 'æ', 'Æ', 'ô', 'ö',
    'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', '¢', '£', '¥', '₧', 'ƒ', 'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '⌐',
    '¬', '½', '¼', '¡', '«', '»', '░', '▒', '▓', '│', '┤', '╡', '╢', '╖', '╕', '╣', '║', '╗', '╝', '╜', '╛',
    '┐', '└', '┴', '┬', '├', '─', '┼', '╞', '╟', '╚', '╔', '╩', '╦', '╠', '═', '╬', '╧', '╨', '╤', '╥', '╙',
    '╘', '╒', '╓', '╫', '╪', '┘', '┌', '█', '▄', '▌', '▐', '▀', 'α', 'ß', 'Γ', 'π', 'Σ', 'σ', 'µ', 'τ', 'Φ',
    'Θ', 'Ω', 'δ', '∞', 'φ', 'ε', '∩', '≡', '±', '≥', '≤', '⌠', '⌡', '÷', '≈', '°', '∙', '·', '√', 'ⁿ', '²',
    '■', '\u{A0}',
];
