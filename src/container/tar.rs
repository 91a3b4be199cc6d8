//! tar: POSIX.1-1988 ustar, POSIX.1-2001 pax, GNU long names and sparse files, and the form before them all
//! (GNU tar manual, "Basic Tar Format"; POSIX.1-2017, pax, "ustar Interchange Format").

use std::collections::VecDeque;

use super::{Member, Members, Unpacker, diagnostic, error, shown};
use crate::model::Flow;

const BLOCK: usize = 512;

/// Longest name or pax header that is read; both are a few hundred bytes in practice.
const LONGEST_EXTRA: u64 = 1 << 20;

/// Most pieces of one sparse file.
const MOST_PIECES: usize = 1 << 20;

/// What the bytes after a header are.
enum Body {
    /// Nothing yet: a header comes next.
    None,
    /// A member's bytes.
    File,
    /// A sparse member's bytes: pieces of data at offsets of the real file.
    Sparse,
    /// More of an old GNU sparse map, one block at a time.
    SparseMap,
    /// A name or attributes for the next member.
    Extra(u8, Vec<u8>),
    /// Bytes of something that is no file.
    Skip,
}

/// Reads tar.
pub(super) struct Tar {
    block: Vec<u8>,
    body: Body,
    left: u64,
    padding: u64,
    next: Next,
    global: Next,
    pieces: VecDeque<(u64, u64)>,
    position: u64,
    real_size: u64,
    /// The data's own first lines hold the sparse map (GNU pax sparse format 1.0).
    map_in_data: bool,
    map_text: Vec<u8>,
    /// Line ends of it, and how many there have to be, once its first line is there.
    map_lines: u64,
    map_wanted: Option<u64>,
    /// Bytes of a sparse member that its map does not place.
    stray: u64,
    offset: u64,
    zeros: u32,
    headers: u64,
    lost: u64,
    special: u64,
    over: bool,
}

/// What was said of the next member before its own header.
#[derive(Clone, Default)]
struct Next {
    path: Option<String>,
    size: Option<u64>,
    sparse_name: Option<String>,
    sparse_size: Option<u64>,
    sparse_major: Option<u64>,
    sparse_map: Vec<u64>,
}

impl Tar {
    pub(super) fn new() -> Tar {
        Tar {
            block: Vec::with_capacity(BLOCK),
            body: Body::None,
            left: 0,
            padding: 0,
            next: Next::default(),
            global: Next::default(),
            pieces: VecDeque::new(),
            position: 0,
            real_size: 0,
            map_in_data: false,
            map_text: Vec::new(),
            map_lines: 0,
            map_wanted: None,
            stray: 0,
            offset: 0,
            zeros: 0,
            headers: 0,
            lost: 0,
            special: 0,
            over: false,
        }
    }

    fn header(&mut self, members: &mut dyn Members) -> Flow {
        let block = std::mem::take(&mut self.block);
        if block.iter().all(|byte| *byte == 0) {
            self.zeros += 1;
            // Two blocks of zeros end an archive; what follows is padding, or another archive put behind it.
            return Flow::Continue;
        }
        if !checksum_agrees(&block) {
            if self.lost == 0 {
                members.diagnostic(error(
                    "tar-corrupt",
                    format!(
                        "no valid header at offset {}: bytes are passed over up to the next one",
                        self.offset
                    ),
                    "the members around this place may be missing; make the archive again",
                ));
            }
            self.lost += 1;
            return Flow::Continue;
        }
        self.lost = 0;
        self.zeros = 0;
        self.headers += 1;
        self.entry(&block, members)
    }

    fn entry(&mut self, block: &[u8], members: &mut dyn Members) -> Flow {
        let kind = block[156];
        let size = number(&block[124..136]);
        let Some(size) = size else {
            members.diagnostic(error(
                "tar-corrupt",
                format!("a member's size is not a number, near offset {}", self.offset),
                "make the archive again",
            ));
            return Flow::Continue;
        };
        match kind {
            b'L' | b'K' | b'x' | b'g' | b'X' => {
                self.expect(size);
                self.body = if size > LONGEST_EXTRA {
                    members.diagnostic(error(
                        "tar-header-too-long",
                        format!("a header of {size} bytes is not read, near offset {}", self.offset),
                        "the next member has a shortened name",
                    ));
                    Body::Skip
                } else {
                    Body::Extra(kind, Vec::new())
                };
                self.body_ends(members)
            }
            b'1'..=b'6' | b'D' | b'V' => {
                self.next = Next::default();
                self.special += u64::from(!matches!(kind, b'5' | b'D'));
                // Links, devices and folders have no bytes, whatever their size field says; GNU's lists of folders have.
                self.expect(if matches!(kind, b'D' | b'V') { size } else { 0 });
                self.body = Body::Skip;
                self.body_ends(members)
            }
            // What is of no known kind is a file (POSIX), the end of one from another volume too (GNU `M`).
            _ => self.file(kind, block, size, members),
        }
    }

    fn file(&mut self, kind: u8, block: &[u8], size: u64, members: &mut dyn Members) -> Flow {
        let next = std::mem::take(&mut self.next);
        let size = next.size.or(self.global.size).unwrap_or(size);
        let name = next
            .sparse_name
            .or(next.path)
            .or_else(|| self.global.path.clone())
            .unwrap_or_else(|| written_name(block));
        if name.ends_with('/') && kind != b'S' && size == 0 {
            self.expect(size);
            self.body = Body::Skip;
            return self.body_ends(members);
        }
        self.expect(size);
        self.position = 0;
        self.pieces.clear();
        self.map_in_data = next.sparse_major == Some(1);
        self.map_text.clear();
        (self.map_lines, self.map_wanted, self.stray) = (0, None, 0);
        let name = if name.is_empty() { "(no name)".to_owned() } else { shown(&name) };
        let mut more_map = false;
        let sparse = if kind == b'S' {
            self.real_size = number(&block[483..495]).unwrap_or(size);
            more_map = self.old_map(&block[386..482], block[482]);
            true
        } else if self.map_in_data || !next.sparse_map.is_empty() {
            self.real_size = next.sparse_size.unwrap_or(size);
            self.pieces = next.sparse_map.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
            true
        } else {
            false
        };
        let told = if sparse { self.real_size } else { size };
        if members.begin(Member { name, size: Some(told) }) == Flow::Stop {
            return Flow::Stop;
        }
        self.body = match (sparse, more_map) {
            (true, true) => Body::SparseMap,
            (true, false) => Body::Sparse,
            _ => Body::File,
        };
        if more_map { Flow::Continue } else { self.body_ends(members) }
    }

    /// Reads entries of an old GNU sparse map; tells whether another block of them follows.
    fn old_map(&mut self, entries: &[u8], more: u8) -> bool {
        for entry in entries.chunks_exact(24) {
            if entry[0] != 0
                && self.pieces.len() < MOST_PIECES
                && let (Some(at), Some(length)) = (number(&entry[..12]), number(&entry[12..]))
            {
                self.pieces.push_back((at, length));
            }
        }
        more != 0
    }

    fn expect(&mut self, size: u64) {
        self.left = size;
        self.padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
    }

    /// Takes bytes that belong to the current body.
    fn body(&mut self, bytes: &[u8], members: &mut dyn Members) -> Flow {
        match &mut self.body {
            Body::File => members.data(bytes),
            Body::Extra(_, extra) => {
                extra.extend_from_slice(bytes);
                Flow::Continue
            }
            Body::Sparse => self.sparse(bytes, members),
            _ => Flow::Continue,
        }
    }

    fn sparse(&mut self, bytes: &[u8], members: &mut dyn Members) -> Flow {
        let mut bytes = bytes;
        if self.map_in_data {
            self.map_lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
            self.map_text.extend_from_slice(bytes);
            let Some(used) = self.map_from_data() else { return Flow::Continue };
            let text = std::mem::take(&mut self.map_text);
            self.map_in_data = false;
            return self.sparse(text.get(used..).unwrap_or_default(), members);
        }
        while !bytes.is_empty() {
            let Some((at, length)) = self.pieces.front().copied() else {
                self.stray += bytes.len() as u64;
                return Flow::Continue;
            };
            if self.gap(at, members) == Flow::Stop {
                return Flow::Stop;
            }
            let count = bytes.len().min(usize::try_from(length).unwrap_or(usize::MAX));
            if members.data(&bytes[..count]) == Flow::Stop {
                return Flow::Stop;
            }
            bytes = &bytes[count..];
            self.position += count as u64;
            self.pieces.pop_front();
            if (count as u64) < length {
                self.pieces.push_front((at.saturating_add(count as u64), length - count as u64));
            }
        }
        Flow::Continue
    }

    /// Reads the map at the start of the data, once all of it is there; tells how many bytes it takes up.
    fn map_from_data(&mut self) -> Option<usize> {
        if self.map_text.len() as u64 > LONGEST_EXTRA * 16 {
            return Some(0);
        }
        let read = |text: &[u8]| std::str::from_utf8(text).ok()?.trim().parse::<u64>().ok();
        if self.map_wanted.is_none() && self.map_lines > 0 {
            let count = self.map_text.split(|byte| *byte == b'\n').next().and_then(read);
            self.map_wanted = Some(count.unwrap_or(0).min(MOST_PIECES as u64) * 2);
        }
        let wanted = self.map_wanted.filter(|wanted| self.map_lines > *wanted)?;
        let numbers = self.map_text.split(|byte| *byte == b'\n').skip(1);
        let all: Vec<u64> =
            numbers.take(usize::try_from(wanted).ok()?).map(|text| read(text).unwrap_or(0)).collect();
        self.pieces = all.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        let mut ends = memchr::memchr_iter(b'\n', &self.map_text);
        let used = ends.nth(usize::try_from(wanted).ok()?)? + 1;
        let padded = used.div_ceil(BLOCK) * BLOCK;
        (self.map_text.len() >= padded).then_some(padded)
    }

    /// Zeros up to `until`: what a sparse file leaves out.
    fn gap(&mut self, until: u64, members: &mut dyn Members) -> Flow {
        let count = until.saturating_sub(self.position);
        self.position = self.position.max(until);
        if count == 0 { Flow::Continue } else { members.hole(count) }
    }

    /// Closes the current body once all its bytes were taken.
    fn body_ends(&mut self, members: &mut dyn Members) -> Flow {
        if self.left > 0 {
            return Flow::Continue;
        }
        match std::mem::replace(&mut self.body, Body::None) {
            Body::File => members.end(true),
            Body::Sparse => {
                if self.gap(self.real_size, members) == Flow::Stop {
                    return Flow::Stop;
                }
                let whole = !self.map_in_data
                    && self.stray == 0
                    && self.pieces.iter().all(|(_, length)| *length == 0);
                if !whole {
                    members.diagnostic(error(
                        "tar-sparse-map",
                        format!(
                            "the map of a sparse member that ends near offset {} does not agree with its data",
                            self.offset
                        ),
                        "what the map places was examined; make the archive again without --sparse",
                    ));
                }
                members.end(whole);
            }
            Body::Extra(kind, bytes) => self.extra(kind, &bytes),
            Body::SparseMap => self.body = Body::SparseMap,
            Body::None | Body::Skip => {}
        }
        Flow::Continue
    }

    fn extra(&mut self, kind: u8, bytes: &[u8]) {
        match kind {
            b'L' => {
                let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
                self.next.path = Some(String::from_utf8_lossy(&bytes[..end]).into_owned());
            }
            b'g' => pax(bytes, &mut self.global),
            b'x' | b'X' => pax(bytes, &mut self.next),
            _ => {}
        }
    }
}

impl Unpacker for Tar {
    fn feed(&mut self, block: &[u8], members: &mut dyn Members) -> Flow {
        let mut rest = block;
        while !rest.is_empty() {
            let used;
            if matches!(self.body, Body::SparseMap) || (self.left == 0 && self.padding == 0) {
                used = rest.len().min(BLOCK - self.block.len());
                self.block.extend_from_slice(&rest[..used]);
                self.offset += used as u64;
                if self.block.len() == BLOCK && self.full_block(members) == Flow::Stop {
                    return Flow::Stop;
                }
            } else if self.left > 0 {
                used = rest.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                self.left -= used as u64;
                self.offset += used as u64;
                if self.body(&rest[..used], members) == Flow::Stop || self.body_ends(members) == Flow::Stop {
                    return Flow::Stop;
                }
            } else {
                used = rest.len().min(self.padding as usize);
                self.padding -= used as u64;
                self.offset += used as u64;
            }
            rest = &rest[used..];
        }
        Flow::Continue
    }

    fn finish(&mut self, members: &mut dyn Members) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        let open = matches!(self.body, Body::File | Body::Sparse | Body::SparseMap);
        if open || self.left > 0 || !self.block.is_empty() {
            members.diagnostic(error(
                "tar-truncated",
                format!("the archive ends in the middle of a member, after {} bytes", self.offset),
                "what came out was examined; fetch the whole archive",
            ));
        } else if self.zeros == 0 {
            members.diagnostic(diagnostic(
                "tar-no-end",
                "the archive has no end mark: it may have been cut between two members".into(),
                "compare the list of members with the system's",
            ));
        }
        if open {
            members.end(false);
        }
        super::special_entries("tar-special-entries", self.special, members);
    }
}

impl Tar {
    fn full_block(&mut self, members: &mut dyn Members) -> Flow {
        if !matches!(self.body, Body::SparseMap) {
            return self.header(members);
        }
        let block = std::mem::take(&mut self.block);
        if self.old_map(&block[..504], block[504]) {
            return Flow::Continue;
        }
        self.body = Body::Sparse;
        self.body_ends(members)
    }
}

/// A number field: octal digits, or big-endian binary behind a set first bit (GNU "base-256").
fn number(field: &[u8]) -> Option<u64> {
    if let [first, rest @ ..] = field
        && first & 0x80 != 0
    {
        let start = u64::from(first & 0x7F);
        return rest
            .iter()
            .try_fold(start, |number, byte| number.checked_mul(256)?.checked_add(u64::from(*byte)));
    }
    let digits =
        field.iter().skip_while(|byte| matches!(byte, b' ' | 0)).take_while(|byte| !matches!(byte, b' ' | 0));
    digits.into_iter().try_fold(0u64, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 8)?;
        number.checked_mul(8)?.checked_add(u64::from(digit))
    })
}

/// Sums over signed bytes are wrong by the standard, and found in archives all the same.
fn checksum_agrees(block: &[u8]) -> bool {
    let Some(written) = number(&block[148..156]) else { return false };
    let (mut unsigned, mut signed) = (0i64, 0i64);
    for (index, byte) in block.iter().enumerate() {
        let byte = if (148..156).contains(&index) { b' ' } else { *byte };
        unsigned += i64::from(byte);
        signed += i64::from(byte as i8);
    }
    i64::try_from(written).is_ok_and(|written| written == unsigned || written == signed)
}

fn written_name(block: &[u8]) -> String {
    let text = |field: &[u8]| {
        let end = memchr::memchr(0, field).unwrap_or(field.len());
        String::from_utf8_lossy(&field[..end]).into_owned()
    };
    let name = text(&block[..100]);
    let prefix = if block[257..263] == *b"ustar\0" { text(&block[345..500]) } else { String::new() };
    if prefix.is_empty() { name } else { format!("{prefix}/{name}") }
}

/// Reads pax records, `length key=value\n`.
fn pax(bytes: &[u8], next: &mut Next) {
    let mut rest = bytes;
    while let Some(space) = memchr::memchr(b' ', rest) {
        let length =
            std::str::from_utf8(&rest[..space]).ok().and_then(|text| text.trim().parse::<usize>().ok());
        let Some(record) =
            length.filter(|length| *length > space + 1).and_then(|length| rest.get(space + 1..length - 1))
        else {
            return;
        };
        rest = &rest[length.unwrap_or(rest.len()).min(rest.len())..];
        let Some(equals) = memchr::memchr(b'=', record) else { continue };
        let value = String::from_utf8_lossy(&record[equals + 1..]).into_owned();
        let number = value.parse::<u64>().ok();
        match &record[..equals] {
            b"path" => next.path = Some(value),
            b"size" => next.size = number,
            b"GNU.sparse.name" => next.sparse_name = Some(value),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => next.sparse_size = number,
            b"GNU.sparse.major" => next.sparse_major = number,
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" if next.sparse_map.len() < MOST_PIECES => {
                next.sparse_map.extend(number)
            }
            b"GNU.sparse.map" => {
                next.sparse_map =
                    value.split(',').filter_map(|part| part.parse().ok()).take(MOST_PIECES).collect()
            }
            _ => {}
        }
    }
}
