//! One 64 KiB chunk of an event log: its checks and its records.

use std::ops::Range;

use flate2::Crc;

/// Bytes of a chunk.
pub(super) const SIZE: usize = 64 << 10;

/// Bytes before the first record: header, table of names, table of templates.
pub(super) const HEADER: usize = 512;

/// Bytes of a record before its event: mark, size, number, time.
pub(super) const RECORD_HEADER: usize = 24;

/// How a chunk begins.
pub(super) const MARK: &[u8] = b"ElfChnk\0";

/// How a record begins.
const RECORD_MARK: &[u8] = b"\x2A\x2A\0\0";

/// The shortest record: its header, and its size once more at the end.
const SHORTEST: usize = RECORD_HEADER + 4;

/// A piece of a chunk's records.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A record, at its place in the chunk.
    Record(Range<usize>),
    /// Bytes where a record ought to be.
    Broken(Range<usize>),
}

/// A number at `at`, 0 past the end.
pub(super) fn double(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// Whether the header's checksum is right: that of everything before the records but for flags and checksum.
pub(super) fn header_is_right(chunk: &[u8]) -> bool {
    let (Some(first), Some(tables)) = (chunk.get(..120), chunk.get(128..HEADER)) else { return false };
    let mut crc = Crc::new();
    crc.update(first);
    crc.update(tables);
    crc.sum() == double(chunk, 124)
}

/// Whether the checksum of the records is right.
pub(super) fn records_are_right(chunk: &[u8]) -> bool {
    let Some(records) = chunk.get(HEADER..used(chunk)) else { return false };
    let mut crc = Crc::new();
    crc.update(records);
    crc.sum() == double(chunk, 52)
}

/// Where the free space begins. What stands behind are remains of overwritten events, which belong to no record.
fn used(chunk: &[u8]) -> usize {
    let used = double(chunk, 48) as usize;
    if (HEADER..=SIZE).contains(&used) { used } else { SIZE }
}

/// The records of a chunk, and what is broken between them. `chunk` may be cut off.
pub(super) fn pieces(chunk: &[u8]) -> Vec<Piece> {
    let end = used(chunk).min(chunk.len());
    let mut pieces = Vec::new();
    let mut at = HEADER;
    while at < end {
        if let Some(size) = record(chunk, at, end) {
            pieces.push(Piece::Record(at..at + size));
            at += size;
            continue;
        }
        if chunk[at..end].iter().all(|byte| *byte == 0) {
            break;
        }
        let next = (at + 8..end).step_by(8).find(|next| record(chunk, *next, end).is_some()).unwrap_or(end);
        pieces.push(Piece::Broken(at..next));
        at = next;
    }
    pieces
}

/// The size of the record at `at`, if one stands there whole: its size is written before and behind.
fn record(chunk: &[u8], at: usize, end: usize) -> Option<usize> {
    if chunk.get(at..at + 4) != Some(RECORD_MARK) {
        return None;
    }
    let size = double(chunk, at + 4) as usize;
    let behind = at.checked_add(size)?;
    (size >= SHORTEST && behind <= end && double(chunk, behind - 4) as usize == size).then_some(size)
}
