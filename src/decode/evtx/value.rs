//! Values as events hold them, written as text ([MS-EVEN6] section 2.2.12, `BinXmlValueType`).

use std::fmt::Write;

use crate::model::{Timestamp, Zone};

/// Values of this type are BinXML of their own.
pub(super) const BIN_XML: u8 = 0x21;

/// Several values of one type.
const ARRAY: u8 = 0x80;

/// Seconds from 1601-01-01 to 1970-01-01.
const EPOCH: i64 = 11_644_473_600;

/// Appends the text of a value of type `kind`; one of a wrong size is written as hex.
pub(super) fn append(kind: u8, bytes: &[u8], out: &mut String) {
    if kind & ARRAY != 0 {
        return array(kind & !ARRAY, bytes, out);
    }
    if single(kind, bytes, out).is_none() {
        hex(bytes, out);
    }
}

/// The parts of an array, joined by commas: texts end with zeros, the others have their type's size.
fn array(kind: u8, bytes: &[u8], out: &mut String) {
    let size = match kind {
        0x01 => {
            let units = bytes.as_chunks::<2>().0;
            for (number, text) in
                units.split(|unit| *unit == [0, 0]).filter(|text| !text.is_empty()).enumerate()
            {
                if number > 0 {
                    out.push(',');
                }
                utf16(text.as_flattened(), out);
            }
            return;
        }
        0x03 | 0x04 => 1,
        0x05 | 0x06 => 2,
        0x07 | 0x08 | 0x0B | 0x0D | 0x14 => 4,
        0x09 | 0x0A | 0x0C | 0x11 | 0x15 => 8,
        0x0F | 0x12 => 16,
        _ => return append(kind, bytes, out),
    };
    for (number, value) in bytes.chunks(size).enumerate() {
        if number > 0 {
            out.push(',');
        }
        append(kind, value, out);
    }
}

fn single(kind: u8, bytes: &[u8], out: &mut String) -> Option<()> {
    // Writing into a `String` cannot fail, so its results are passed over.
    let _ = match kind {
        0x00 => Ok(()),
        0x01 | 0x23 => {
            utf16(bytes, out);
            Ok(())
        }
        0x02 => {
            let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            out.extend(bytes[..end].iter().map(|byte| char::from(*byte)));
            Ok(())
        }
        0x03 => write!(out, "{}", i8::from_le_bytes(bytes.try_into().ok()?)),
        0x04 => write!(out, "{}", u8::from_le_bytes(bytes.try_into().ok()?)),
        0x05 => write!(out, "{}", i16::from_le_bytes(bytes.try_into().ok()?)),
        0x06 => write!(out, "{}", u16::from_le_bytes(bytes.try_into().ok()?)),
        0x07 => write!(out, "{}", i32::from_le_bytes(bytes.try_into().ok()?)),
        0x08 => write!(out, "{}", u32::from_le_bytes(bytes.try_into().ok()?)),
        0x09 => write!(out, "{}", i64::from_le_bytes(bytes.try_into().ok()?)),
        0x0A => write!(out, "{}", u64::from_le_bytes(bytes.try_into().ok()?)),
        0x0B => write!(out, "{}", f32::from_le_bytes(bytes.try_into().ok()?)),
        0x0C => write!(out, "{}", f64::from_le_bytes(bytes.try_into().ok()?)),
        0x0D => write!(out, "{}", !bytes.is_empty() && bytes.iter().any(|byte| *byte != 0)),
        0x0E => {
            hex(bytes, out);
            Ok(())
        }
        0x0F => guid(bytes.try_into().ok()?, out),
        0x10 | 0x14 | 0x15 | 0x20 => match bytes.len() {
            4 => write!(out, "0x{:x}", u32::from_le_bytes(bytes.try_into().ok()?)),
            8 => write!(out, "0x{:x}", u64::from_le_bytes(bytes.try_into().ok()?)),
            _ => return None,
        },
        0x11 => write!(out, "{}", filetime(bytes)?),
        0x12 => write!(out, "{}", systemtime(bytes)?),
        0x13 => return sid(bytes, out),
        _ => return None,
    };
    Some(())
}

/// Appends UTF-16 up to the zeros that end it; an unpaired surrogate becomes U+FFFD.
pub(super) fn utf16(bytes: &[u8], out: &mut String) {
    let units = bytes.as_chunks::<2>().0;
    let end = units.iter().rposition(|unit| *unit != [0, 0]).map_or(0, |last| last + 1);
    let units = units[..end].iter().map(|unit| u16::from_le_bytes(*unit));
    out.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

fn hex(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
        }
    }
}

fn guid(bytes: [u8; 16], out: &mut String) -> std::fmt::Result {
    let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
    write!(
        out,
        "{{{:08X}-{:04X}-{:04X}-{:02X}{:02X}-",
        u32::from_le_bytes([a, b, c, d]),
        u16::from_le_bytes([e, f]),
        u16::from_le_bytes([g, h]),
        rest[0],
        rest[1],
    )?;
    hex(&rest[2..], out);
    out.push('}');
    Ok(())
}

/// [MS-DTYP] section 2.4.2.1: `S-1-5-21-...`.
fn sid(bytes: &[u8], out: &mut String) -> Option<()> {
    let (head, rest) = bytes.split_first_chunk::<8>()?;
    let authority = head[2..].iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    let parts = rest.as_chunks::<4>().0.get(..usize::from(head[1]))?;
    let mut text = format!("S-{}-{authority}", head[0]);
    for part in parts {
        let _ = write!(text, "-{}", u32::from_le_bytes(*part));
    }
    out.push_str(&text);
    Some(())
}

/// [MS-DTYP] section 2.3.3: tenths of microseconds since 1601.
pub(super) fn filetime(bytes: &[u8]) -> Option<Timestamp> {
    let ticks = u64::from_le_bytes(bytes.try_into().ok()?);
    let seconds = i64::try_from(ticks / 10_000_000).ok()? - EPOCH;
    let nanos = (ticks % 10_000_000) as u32 * 100;
    // Year 10000 is past what a date can be written as.
    (seconds < 253_402_300_800).then_some(Timestamp::from_unix(seconds, nanos))
}

/// [MS-DTYP] section 2.3.13.
fn systemtime(bytes: &[u8]) -> Option<Timestamp> {
    let (words, []) = bytes.as_chunks::<2>() else { return None };
    let [year, month, _, day, hour, minute, second, milli] = words.try_into().ok()?;
    let word = |bytes: [u8; 2]| u32::from(u16::from_le_bytes(bytes));
    Timestamp::from_civil(
        Some(i64::from(word(year))),
        (word(month), word(day)),
        (word(hour), word(minute), word(second)),
        word(milli).min(999) * 1_000_000,
        Zone::Offset(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(kind: u8, bytes: &[u8]) -> String {
        let mut out = String::new();
        append(kind, bytes, &mut out);
        out
    }

    #[test]
    fn every_type_is_written_as_windows_writes_it() {
        let table: [(u8, &[u8], &str); 14] = [
            (0x01, b"a\0\xfc\0\0\0", "a\u{fc}"),
            (0x02, b"abc\0", "abc"),
            (0x09, &i64::MIN.to_le_bytes(), "-9223372036854775808"),
            (0x0A, &u64::MAX.to_le_bytes(), "18446744073709551615"),
            (0x0D, &[1, 0, 0, 0], "true"),
            (0x0D, &[0], "false"),
            (0x0E, &[0xAB, 0x01], "AB01"),
            (
                0x0F,
                &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
                "{04030201-0605-0807-090A-0B0C0D0E0F10}",
            ),
            (0x11, &132_525_864_000_000_001u64.to_le_bytes(), "2020-12-16T10:00:00.0000001Z"),
            (0x13, &[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0], "S-1-5-18"),
            (0x13, &[1, 5, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0], "010500000000000512000000"),
            (0x15, &255u64.to_le_bytes(), "0xff"),
            (0x81, b"a\0\0\0b\0\0\0", "a,b"),
            (0x88, &[1, 0, 0, 0, 2, 0, 0, 0], "1,2"),
        ];
        for (kind, bytes, text) in table {
            assert_eq!(shown(kind, bytes), text, "type {kind:#x}");
        }
        assert_eq!(shown(0x11, &u64::MAX.to_le_bytes()), "FFFFFFFFFFFFFFFF");
        assert_eq!(shown(0x07, &[1]), "01");
    }
}
