//! pcap files (draft-ietf-opsawg-pcap): a header, then packets, each behind a header of its own.

use super::frame::{Frame, Step, moment, u16_at, u32_at};

/// Length of the file's header.
const HEADER: usize = 24;

/// Reads one pcap file.
#[derive(Debug, Default)]
pub(super) struct Pcap {
    big: bool,
    nanos: bool,
    /// Bytes before each packet: 16, or 24 where the "modified" format adds interface and protocol.
    head: usize,
    link: Option<u16>,
}

/// Byte order, resolution and packet header of a file with this mark (section 4; the modified format is libpcap's
/// `sf-pcap.c`, `KUZNETZOV_TCPDUMP_MAGIC`).
pub(super) fn mark(head: &[u8]) -> Option<(bool, bool, usize)> {
    match head.first_chunk::<4>()? {
        [0xA1, 0xB2, 0xC3, 0xD4] => Some((true, false, 16)),
        [0xD4, 0xC3, 0xB2, 0xA1] => Some((false, false, 16)),
        [0xA1, 0xB2, 0x3C, 0x4D] => Some((true, true, 16)),
        [0x4D, 0x3C, 0xB2, 0xA1] => Some((false, true, 16)),
        [0xA1, 0xB2, 0xCD, 0x34] => Some((true, false, 24)),
        [0x34, 0xCD, 0xB2, 0xA1] => Some((false, false, 24)),
        _ => None,
    }
}

impl Pcap {
    /// A file whose [`mark`] says this.
    pub(super) fn new((big, nanos, head): (bool, bool, usize)) -> Pcap {
        Pcap { big, nanos, head, link: None }
    }

    /// What stands at the beginning of `bytes`.
    pub(super) fn step(&mut self, bytes: &[u8], longest: usize) -> Step {
        let Some(link) = self.link else {
            if bytes.len() < HEADER {
                return Step::More;
            }
            // The upper half tells of frame check sequences (section 4, "FCS len").
            self.link = u16_at(bytes, if self.big { 22 } else { 20 }, self.big);
            return Step::Skip(HEADER as u64, false);
        };
        let number = |at| u32_at(bytes, at, self.big);
        let (Some(seconds), Some(fraction), Some(kept), Some(whole)) =
            (number(0), number(4), number(8), number(12))
        else {
            return Step::More;
        };
        let (kept, whole) = (kept as usize, whole as usize);
        if kept > longest.max(whole) {
            return Step::Broken("a packet's header gives a length that no packet has");
        }
        let end = self.head.saturating_add(kept);
        if kept > longest {
            return Step::Skip(end as u64, true);
        }
        if bytes.len() < end {
            return Step::More;
        }
        let unit = if self.nanos { 1 } else { 1_000 };
        let nanos = u64::from(fraction) * unit;
        let time =
            moment(i64::from(seconds) + (nanos / 1_000_000_000) as i64, (nanos % 1_000_000_000) as u32);
        let frame = Frame { link, time, bytes: self.head..end, missing: whole.saturating_sub(kept) };
        Step::Frame(end, frame, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(big: bool, magic: u32, head: usize) -> Vec<u8> {
        let four = |number: u32| if big { number.to_be_bytes() } else { number.to_le_bytes() };
        let mut all = Vec::new();
        for number in [magic, 0, 0, 0, 65_535, 101, 1_600_000_000, 123_456, 3, 5] {
            all.extend(four(number));
        }
        all.extend(vec![0; head - 16]);
        all.extend(b"abc");
        all
    }

    #[test]
    fn reads_both_byte_orders_both_resolutions_and_the_modified_form() {
        for (magic, head, nanos) in
            [(0xA1B2_C3D4, 16, 123_456_000), (0xA1B2_3C4D, 16, 123_456), (0xA1B2_CD34, 24, 123_456_000)]
        {
            for big in [false, true] {
                let bytes = file(big, magic, head);
                let mut pcap = Pcap::new(mark(&bytes).expect("a mark"));
                assert_eq!(pcap.step(&bytes, 100), Step::Skip(24, false));
                let Step::Frame(used, frame, None) = pcap.step(&bytes[24..], 100) else { panic!("a frame") };
                assert_eq!((used, frame.missing, frame.link), (head + 3, 2, 101));
                assert_eq!(&bytes[24..][frame.bytes], b"abc");
                assert_eq!(frame.time, moment(1_600_000_000, nanos));
            }
        }
    }

    #[test]
    fn a_length_that_no_packet_has_ends_the_reading() {
        let mut bytes = file(true, 0xA1B2_C3D4, 16);
        bytes[32..36].copy_from_slice(&u32::MAX.to_be_bytes());
        let mut pcap = Pcap::new(mark(&bytes).expect("a mark"));
        pcap.step(&bytes, 100);
        assert!(matches!(pcap.step(&bytes[24..], 100), Step::Broken(_)));
    }
}
