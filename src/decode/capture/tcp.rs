//! One direction of a TCP connection (RFC 9293): segments go in as they came, bytes come out in order, within a bound.

use std::collections::BTreeMap;

/// What keeping a segment costs beside its bytes.
const COST: usize = 64;

/// The header of a segment and what it carries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'b> {
    /// Number of its first byte.
    pub(super) sequence: u32,
    /// Control bits.
    pub(super) flags: u8,
    /// What it carries, as far as captured.
    pub(super) data: &'b [u8],
    /// Bytes of it that were not captured.
    pub(super) missing: usize,
}

/// No more data from the sender.
pub(super) const FIN: u8 = 1;
/// The connection begins.
pub(super) const SYN: u8 = 2;
/// The connection is broken off.
pub(super) const RST: u8 = 4;
/// An acknowledgment.
pub(super) const ACK: u8 = 16;

/// What comes out of a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run<'b> {
    /// The next bytes.
    Bytes(&'b [u8]),
    /// So many bytes are not in the capture.
    Gap(u64),
}

/// Ports and segment of a TCP packet; `None` where its header is not whole.
pub(super) fn segment(bytes: &[u8], missing: usize) -> Option<(u16, u16, Segment<'_>)> {
    let fixed: &[u8; 20] = bytes.first_chunk()?;
    let head = usize::from(fixed[12] >> 4) * 4;
    let data = bytes.get(head.max(20)..).unwrap_or_default();
    let sequence = u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]);
    let segment = Segment { sequence, flags: fixed[13], data, missing };
    Some((u16::from_be_bytes([fixed[0], fixed[1]]), u16::from_be_bytes([fixed[2], fixed[3]]), segment))
}

/// One direction of a connection.
#[derive(Debug, Default)]
pub(super) struct Half {
    /// Bytes handed on, counted from the first.
    at: u64,
    /// The sequence number that belongs to `at`.
    next: Option<u32>,
    /// Segments that came before those in front of them, by their first byte.
    early: BTreeMap<u64, Vec<u8>>,
    held: usize,
}

impl Half {
    /// Bytes it holds back.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Whether a `SYN` with this number begins another connection than the one that goes on here.
    pub(super) fn is_other(&self, sequence: u32) -> bool {
        self.next.is_some_and(|next| {
            let began = next.wrapping_sub(self.at as u32);
            sequence.wrapping_add(1) != began
        })
    }

    /// Takes a segment; `run` gets what is now in order. At most `limit` bytes are held back: then what is missing in front
    /// of them is given up.
    pub(super) fn take(&mut self, segment: &Segment<'_>, limit: usize, mut run: impl FnMut(Run<'_>)) {
        let mut sequence = segment.sequence;
        if segment.flags & SYN != 0 {
            sequence = sequence.wrapping_add(1);
        }
        if segment.data.is_empty() && segment.missing == 0 {
            if segment.flags & SYN != 0 && self.next.is_none() {
                self.next = Some(sequence);
            }
            return;
        }
        let next = *self.next.get_or_insert(sequence);
        // Sequence numbers are compared modulo 2^32 (RFC 9293 section 3.4).
        let ahead = sequence.wrapping_sub(next) as i32;
        if ahead <= 0 {
            let known = ahead.unsigned_abs() as usize;
            if let Some(data) = segment.data.get(known..).filter(|data| !data.is_empty()) {
                self.pass(Run::Bytes(data), &mut run);
            }
            let end = segment.data.len() + segment.missing;
            if segment.missing > 0 && known < end && known <= segment.data.len() {
                self.pass(Run::Gap(segment.missing as u64), &mut run);
            }
            self.drain(&mut run);
            return;
        }
        let place = self.at + ahead.unsigned_abs() as u64;
        let known = self.early.get(&place).map(Vec::len);
        if known.is_none_or(|known| known < segment.data.len()) {
            self.held = self.held + segment.data.len() + COST - known.map_or(0, |known| known + COST);
            self.early.insert(place, segment.data.to_vec());
        }
        while self.held > limit {
            self.give_up(&mut run);
        }
    }

    /// The connection is over: hands on what was held back, with gaps in between.
    pub(super) fn finish(&mut self, mut run: impl FnMut(Run<'_>)) {
        while !self.early.is_empty() {
            self.give_up(&mut run);
        }
    }

    /// Gives up what is missing in front of the first segment held back.
    fn give_up(&mut self, run: &mut impl FnMut(Run<'_>)) {
        if let Some((place, _)) = self.early.first_key_value() {
            let gap = place.saturating_sub(self.at);
            if gap > 0 {
                self.pass(Run::Gap(gap), run);
            }
            self.drain(run);
        }
    }

    fn drain(&mut self, run: &mut impl FnMut(Run<'_>)) {
        while let Some(entry) = self.early.first_entry()
            && *entry.key() <= self.at
        {
            let (place, data) = entry.remove_entry();
            self.held = self.held.saturating_sub(data.len() + COST);
            let known = (self.at - place) as usize;
            if let Some(data) = data.get(known..).filter(|data| !data.is_empty()) {
                self.pass(Run::Bytes(data), run);
            }
        }
    }

    fn pass(&mut self, piece: Run<'_>, run: &mut impl FnMut(Run<'_>)) {
        let length = match piece {
            Run::Bytes(bytes) => bytes.len() as u64,
            Run::Gap(length) => length,
        };
        self.at += length;
        self.next = self.next.map(|next| next.wrapping_add(length as u32));
        run(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(half: &mut Half, sequence: u32, data: &[u8], all: &mut Vec<u8>) {
        half.take(&Segment { sequence, flags: 0, data, missing: 0 }, 1_000, |run| collect(run, all));
    }

    fn collect(run: Run<'_>, all: &mut Vec<u8>) {
        match run {
            Run::Bytes(bytes) => all.extend(bytes),
            Run::Gap(count) => all.extend(format!("[{count}]").into_bytes()),
        }
    }

    #[test]
    fn segments_in_any_order_and_over_each_other_become_one_run() {
        let (mut half, mut all) = (Half::default(), Vec::new());
        let start = u32::MAX - 3;
        let syn = Segment { sequence: start.wrapping_sub(1), flags: SYN, data: b"", missing: 0 };
        half.take(&syn, 1_000, |run| collect(run, &mut all));
        for (offset, data) in
            [(4, &b"efgh"[..]), (2, b"cdef"), (10, b"kl"), (0, b"abc"), (0, b"abc"), (6, b"ghij")]
        {
            put(&mut half, start.wrapping_add(offset), data, &mut all);
        }
        assert_eq!(all, b"abcdefghijkl");
        assert_eq!(half.held(), 0);
    }

    #[test]
    fn what_does_not_come_is_a_gap_at_the_end_or_at_the_bound() {
        let (mut half, mut all) = (Half::default(), Vec::new());
        put(&mut half, 100, b"ab", &mut all);
        put(&mut half, 105, b"fg", &mut all);
        assert_eq!(all, b"ab");
        half.finish(|run| collect(run, &mut all));
        assert_eq!(all, b"ab[3]fg");
        for number in 0..100 {
            put(&mut half, 200 + number * 20, &[b'x'; 10], &mut all);
            assert!(half.held() <= 1_000);
        }
    }
}
