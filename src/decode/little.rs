//! Numbers, times and texts at a place of a slice, as little-endian formats write them; what is not there is `None`.

use crate::model::Timestamp;

/// Seconds from 1601-01-01 to 1970-01-01.
const EPOCH: i64 = 11_644_473_600;

/// The two bytes at `at`.
pub(super) fn u16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|field| u16::from_le_bytes(*field))
}

/// The four bytes at `at`.
pub(super) fn u32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|field| u32::from_le_bytes(*field))
}

/// The eight bytes at `at`.
pub(super) fn u64(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|field| u64::from_le_bytes(*field))
}

/// The four bytes at `at`, as a size or a place in memory.
pub(super) fn size(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32(bytes, at)?).ok()
}

/// The `length` bytes at `at`.
pub(super) fn run(bytes: &[u8], at: usize, length: usize) -> Option<&[u8]> {
    bytes.get(at..)?.get(..length)
}

/// The FILETIME at `at` ([MS-DTYP] section 2.3.3): ticks of 100 nanoseconds since 1601. Zero says that there is none.
pub(super) fn filetime(bytes: &[u8], at: usize) -> Option<Timestamp> {
    let ticks = u64(bytes, at)?;
    let seconds = i64::try_from(ticks / 10_000_000).ok()? - EPOCH;
    moment(seconds, (ticks % 10_000_000) as u32 * 100).filter(|_| ticks != 0)
}

/// Seconds since 1970 in UTC; `None` past what a date can be written as.
pub(super) fn moment(seconds: i64, nanos: u32) -> Option<Timestamp> {
    let writable = -62_167_219_200..253_402_300_800;
    let sane = writable.contains(&seconds) && nanos < 1_000_000_000;
    sane.then_some(Timestamp::from_unix(seconds, nanos))
}

/// UTF-16 as text, without the zeros at its end.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0;
    let end = units.iter().rposition(|unit| *unit != [0, 0]).map_or(0, |last| last + 1);
    let units = units[..end].iter().map(|unit| u16::from_le_bytes(*unit));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// UTF-16 up to the first zero.
pub(super) fn utf16_until_zero(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0;
    let end = units.iter().position(|unit| *unit == [0, 0]).unwrap_or(units.len());
    utf16(&bytes[..end * 2])
}

/// Bytes up to the first zero.
pub(super) fn until_zero(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr::memchr(0, bytes).unwrap_or(bytes.len())]
}

/// Bytes as text: UTF-8 where they are, else Latin-1.
pub(super) fn narrow(bytes: &[u8]) -> String {
    let latin = |_| bytes.iter().map(|byte| char::from(*byte)).collect();
    std::str::from_utf8(bytes).map_or_else(latin, str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_and_behind_what_can_be_written_are_none() {
        let time = |ticks: u64| filetime(&ticks.to_le_bytes(), 0).map(|time| time.to_string());
        assert_eq!(time(132_525_864_001_230_000).as_deref(), Some("2020-12-16T10:00:00.123Z"));
        assert_eq!(time(0), None);
        assert_eq!(time(u64::MAX), None);
        assert_eq!(filetime(&[1; 7], 0), None);
    }

    #[test]
    fn wide_text_ends_at_its_zero_or_loses_the_zeros_behind_it() {
        let wide: Vec<u8> = "a\u{fc}\0b\0\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(utf16(&wide), "a\u{fc}\0b");
        assert_eq!(utf16_until_zero(&wide), "a\u{fc}");
        assert_eq!(narrow(b"gr\xfcn"), "gr\u{fc}n");
    }
}
