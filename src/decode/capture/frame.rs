//! What both file formats give: frames, notes, and bytes to pass over.

use std::ops::Range;

use crate::model::Timestamp;

/// One captured packet. `bytes` are places in the slice that the reader was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// The link layer, a LINKTYPE value (<https://www.tcpdump.org/linktypes.html>).
    pub(super) link: u16,
    /// When it was captured, in UTC.
    pub(super) time: Option<Timestamp>,
    /// Where its bytes are.
    pub(super) bytes: Range<usize>,
    /// Bytes of it that were not captured.
    pub(super) missing: usize,
}

/// What stands at the beginning of the bytes that a reader was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing whole yet.
    More,
    /// A packet, and a remark that came with it, in so many bytes.
    Frame(usize, Frame, Option<String>),
    /// Something other than a packet, with texts worth searching, in so many bytes.
    Texts(usize, Vec<(&'static str, String)>),
    /// So many bytes without anything that is read; `true`: a packet longer than the limit.
    Skip(u64, bool),
    /// Nothing beyond can be read, and why.
    Broken(&'static str),
}

/// A number of two bytes at `at`.
pub(super) fn u16_at(bytes: &[u8], at: usize, big: bool) -> Option<u16> {
    let number = bytes.get(at..)?.first_chunk()?;
    Some(if big { u16::from_be_bytes(*number) } else { u16::from_le_bytes(*number) })
}

/// A number of four bytes at `at`.
pub(super) fn u32_at(bytes: &[u8], at: usize, big: bool) -> Option<u32> {
    let number = bytes.get(at..)?.first_chunk()?;
    Some(if big { u32::from_be_bytes(*number) } else { u32::from_le_bytes(*number) })
}

/// A moment in UTC, unless it lies outside the years that can be written.
pub(super) fn moment(seconds: i64, nanos: u32) -> Option<Timestamp> {
    /// The first second of the year 10000.
    const END: i64 = 253_402_300_800;
    (0..END).contains(&seconds).then_some(Timestamp::from_unix(seconds, nanos))
}
