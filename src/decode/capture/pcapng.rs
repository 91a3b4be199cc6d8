//! pcapng files (draft-ietf-opsawg-pcapng): blocks, in sections that may differ in byte order, each with interfaces.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::frame::{Frame, Step, moment, u16_at, u32_at};
use crate::model::Timestamp;

/// Type of a section header block, the same in both byte orders (section 4.1).
const SECTION: u32 = 0x0A0D_0D0A;

/// Blocks that are not packets and longer than this are passed over: names and comments are short.
const LONGEST_TEXTS: usize = 1 << 20;

/// Interfaces of a section; further ones are taken for copies of the first. Captures of whole hosts have some dozens.
const MOST_INTERFACES: usize = 65_536;

/// What a section says of one interface (section 4.2).
#[derive(Clone, Copy, Debug)]
struct Interface {
    link: u16,
    /// Units of a time stamp in a second.
    units: u64,
    /// Seconds to add to each time stamp.
    offset: i64,
    /// Bytes kept of each packet; 0: all.
    kept: u32,
}

/// Reads one pcapng file.
#[derive(Debug, Default)]
pub(super) struct PcapNg {
    big: bool,
    begun: bool,
    interfaces: Vec<Interface>,
}

impl PcapNg {
    /// What stands at the beginning of `bytes`.
    pub(super) fn step(&mut self, bytes: &[u8], longest: usize) -> Step {
        if bytes.len() < 12 {
            return Step::More;
        }
        if u32_at(bytes, 0, true) == Some(SECTION) {
            match bytes[8..12] {
                [0x1A, 0x2B, 0x3C, 0x4D] => self.big = true,
                [0x4D, 0x3C, 0x2B, 0x1A] => self.big = false,
                _ => return Step::Broken("a section begins without the mark of its byte order"),
            }
            self.begun = true;
        } else if !self.begun {
            return Step::Broken("the file does not begin with a section");
        }
        let (Some(kind), Some(length)) = (u32_at(bytes, 0, self.big), u32_at(bytes, 4, self.big)) else {
            return Step::More;
        };
        // Lengths are multiples of four (section 3.1); writers that forget this pad nevertheless.
        let length = u64::from(length).next_multiple_of(4);
        if length < 12 {
            return Step::Broken("a block's length is shorter than its own frame");
        }
        let is_packet = matches!(kind, 2 | 3 | 6);
        let bound = if is_packet { longest.saturating_add(LONGEST_TEXTS) } else { LONGEST_TEXTS };
        if kind == SECTION {
            self.interfaces.clear();
        }
        if length > bound as u64 {
            return Step::Skip(length, is_packet);
        }
        let length = length as usize;
        if bytes.len() < length {
            return Step::More;
        }
        let body = &bytes[8..length - 4];
        match kind {
            SECTION => Step::Texts(
                length,
                self.texts(body, 16, &[(1, "Comment"), (2, "Hardware"), (3, "System"), (4, "Application")]),
            ),
            1 => self.interface(body, length),
            4 => Step::Texts(length, self.names(body)),
            10 => Step::Texts(
                length,
                vec![("Secrets", "keys for decryption are in the capture and were not used".to_owned())],
            ),
            2 | 3 | 6 => self.packet(kind, body, length),
            // Statistics, journals, and what programs put in for themselves (section 4.7).
            _ => Step::Texts(length, vec![("Block", String::from_utf8_lossy(body).into_owned())]),
        }
    }

    /// An interface description block (section 4.2).
    fn interface(&mut self, body: &[u8], length: usize) -> Step {
        let link = u16_at(body, 0, self.big).unwrap_or(u16::MAX);
        let kept = u32_at(body, 4, self.big).unwrap_or(0);
        let mut interface = Interface { link, units: 1_000_000, offset: 0, kept };
        for (code, value) in options(body.get(8..).unwrap_or_default(), self.big) {
            match (code, value) {
                (9, [resolution, ..]) => {
                    let power = u32::from(resolution & 0x7F);
                    let base: u64 = if resolution & 0x80 == 0 { 10 } else { 2 };
                    interface.units = base.checked_pow(power).unwrap_or(u64::MAX);
                }
                (14, value) if value.len() >= 8 => {
                    let (first, second) = (u32_at(value, 0, self.big), u32_at(value, 4, self.big));
                    let (high, low) = if self.big { (first, second) } else { (second, first) };
                    let number = u64::from(high.unwrap_or(0)) << 32 | u64::from(low.unwrap_or(0));
                    interface.offset = number as i64;
                }
                _ => {}
            }
        }
        if self.interfaces.len() < MOST_INTERFACES {
            self.interfaces.push(interface);
        }
        Step::Texts(
            length,
            self.texts(body, 8, &[(1, "Comment"), (2, "Interface"), (3, "Description"), (12, "System")]),
        )
    }

    /// A packet in an enhanced (6), simple (3) or obsolete (2) packet block (sections 4.3, 4.4 and appendix A).
    fn packet(&self, kind: u32, body: &[u8], length: usize) -> Step {
        let number = |at| u32_at(body, at, self.big).unwrap_or(0);
        let head = if kind == 3 { 4 } else { 20 };
        if body.len() < head {
            return Step::Broken("a packet block is shorter than its own header");
        }
        let index = match kind {
            6 => number(0) as usize,
            2 => usize::from(u16_at(body, 0, self.big).unwrap_or(0)),
            _ => 0,
        };
        let Some(interface) = self.interfaces.get(index).or(self.interfaces.first()) else {
            return Step::Broken("a packet comes before its interface is described");
        };
        let room = body.len() - head;
        let (kept, whole) = if kind == 3 {
            let whole = number(0) as usize;
            let most = if interface.kept == 0 { usize::MAX } else { interface.kept as usize };
            (whole.min(most).min(room), whole)
        } else {
            (number(12) as usize, number(16) as usize)
        };
        if kept > room {
            return Step::Broken("a packet is longer than its block");
        }
        let time = if kind == 3 { None } else { time(number(4), number(8), interface) };
        let behind = body.get(head + kept.next_multiple_of(4)..).unwrap_or_default();
        let remark = options(behind, self.big).find(|(code, _)| *code == 1);
        let remark = remark.map(|(_, text)| String::from_utf8_lossy(text).into_owned());
        let bytes = 8 + head..8 + head + kept;
        let frame = Frame { link: interface.link, time, bytes, missing: whole.saturating_sub(kept) };
        Step::Frame(length, frame, if kind == 3 { None } else { remark })
    }

    /// The options from `at` on whose codes have a name.
    fn texts(&self, body: &[u8], at: usize, names: &[(u16, &'static str)]) -> Vec<(&'static str, String)> {
        let named = options(body.get(at..).unwrap_or_default(), self.big).filter_map(|(code, value)| {
            let (_, name) = names.iter().find(|(known, _)| *known == code)?;
            Some((*name, String::from_utf8_lossy(value).into_owned()))
        });
        named.collect()
    }

    /// A name resolution block (section 4.5): addresses and their names.
    fn names(&self, body: &[u8]) -> Vec<(&'static str, String)> {
        let mut all = Vec::new();
        for (kind, value) in options(body, self.big) {
            let (address, names) = match kind {
                1 if value.len() > 4 => {
                    let address: [u8; 4] = value.first_chunk().copied().unwrap_or_default();
                    (Ipv4Addr::from(address).to_string(), &value[4..])
                }
                2 if value.len() > 16 => {
                    let address: [u8; 16] = value.first_chunk().copied().unwrap_or_default();
                    (Ipv6Addr::from(address).to_string(), &value[16..])
                }
                _ => continue,
            };
            all.push(("Address", address));
            let names = names.split(|byte| *byte == 0).filter(|name| !name.is_empty());
            all.extend(names.map(|name| ("Name", String::from_utf8_lossy(name).into_owned())));
        }
        all
    }
}

/// A time stamp's moment.
fn time(high: u32, low: u32, interface: &Interface) -> Option<Timestamp> {
    let stamp = u64::from(high) << 32 | u64::from(low);
    let units = interface.units.max(1);
    let seconds = i64::try_from(stamp / units).ok()?.checked_add(interface.offset)?;
    let nanos = u128::from(stamp % units) * 1_000_000_000 / u128::from(units);
    moment(seconds, nanos as u32)
}

/// Codes and values of a list of options (section 3.5), up to its end or the first that is cut off.
fn options(bytes: &[u8], big: bool) -> impl Iterator<Item = (u16, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let code = u16_at(bytes, at, big).filter(|code| *code != 0)?;
        let length = usize::from(u16_at(bytes, at + 2, big)?);
        let value = bytes.get(at + 4..at + 4 + length)?;
        at += 4 + length.next_multiple_of(4);
        Some((code, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(kind: u32, body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u32 + 12).to_le_bytes();
        [&kind.to_le_bytes()[..], &length, body, &length].concat()
    }

    fn begun(options: &[u8]) -> PcapNg {
        let mut file = PcapNg::default();
        let section =
            block(SECTION, &[0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
        assert!(matches!(file.step(&section, 100), Step::Texts(28, _)));
        let described = block(1, &[&[1, 0, 0, 0, 0, 0, 0, 0], options].concat());
        assert!(matches!(file.step(&described, 100), Step::Texts(..)));
        file
    }

    fn timed(options: &[u8], stamp: u64) -> Option<String> {
        let mut body = vec![0; 4];
        body.extend(((stamp >> 32) as u32).to_le_bytes());
        body.extend((stamp as u32).to_le_bytes());
        body.extend([1, 0, 0, 0, 1, 0, 0, 0, b'x', 0, 0, 0]);
        match begun(options).step(&block(6, &body), 100) {
            Step::Frame(_, frame, _) => frame.time.map(|time| time.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn time_stamps_keep_to_resolution_and_offset() {
        let micro = 1_600_000_000_123_456;
        assert_eq!(timed(&[], micro).as_deref(), Some("2020-09-13T12:26:40.123456Z"));
        assert_eq!(
            timed(&[9, 0, 1, 0, 9, 0, 0, 0], micro * 1_000 + 7).as_deref(),
            Some("2020-09-13T12:26:40.123456007Z")
        );
        assert_eq!(
            timed(&[9, 0, 1, 0, 0x81, 0, 0, 0], 3_200_000_001).as_deref(),
            Some("2020-09-13T12:26:40.5Z")
        );
        let offset = [14, 0, 8, 0, 60, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(timed(&offset, micro).as_deref(), Some("2020-09-13T12:27:40.123456Z"));
    }

    #[test]
    fn huge_unknown_blocks_are_passed_over() {
        let mut file = begun(&[]);
        let mut unknown = block(0x0BAD, &[0; 8]);
        unknown[4..8].copy_from_slice(&0x7000_0000u32.to_le_bytes());
        assert_eq!(file.step(&unknown, 100), Step::Skip(0x7000_0000, false));
    }
}
