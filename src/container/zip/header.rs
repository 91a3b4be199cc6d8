//! The header that stands before each zip member's data (APPNOTE 6.3.10, section 4.3.7), and fields of records.

use super::directory::Entry;
use super::lock::Lock;

/// Flags (section 4.4.4).
const LOCKED: u16 = 1;
const END_MARKED: u16 = 1 << 1;
const DESCRIBED: u16 = 1 << 3;
const STRONGLY_LOCKED: u16 = 1 << 6;
const UTF8: u16 = 1 << 11;

/// The extra fields of large sizes (section 4.5.3), of a name in UTF-8 (4.6.9), and of AES.
const WIDE: u16 = 1;
const UTF8_NAME: u16 = 0x7075;
const AES: u16 = 0x9901;

/// The method that stands in place of the real one where a member is locked with AES.
const AES_METHOD: u16 = 99;

/// A member as its header tells of it.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) method: u16,
    pub(super) crc: u32,
    /// Whether a checksum is told at all: AE-2 leaves it out.
    pub(super) unsummed: bool,
    pub(super) size: u64,
    pub(super) packed: u64,
    /// Sizes behind the data are eight bytes long.
    pub(super) wide: bool,
    /// Checksum and sizes follow the data.
    pub(super) described: bool,
    /// LZMA data ends with a mark.
    pub(super) end_marked: bool,
    pub(super) locked: Locked,
}

/// Bytes of a directory's record before its name (section 4.3.12).
pub(super) const LISTED: usize = 46;

/// Reads a record of the directory: where the member's header is, and what is told of it.
pub(super) fn listed(bytes: &[u8]) -> (u64, Entry) {
    let flags = u16_at(bytes, 8);
    let name_end = LISTED + usize::from(u16_at(bytes, 28));
    let fields = bytes.get(name_end..).unwrap_or_default();
    let wide = extra(fields, WIDE).unwrap_or_default();
    let mut values = wide.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
    // Size, packed size and offset stand in the wide field only where they do not fit their own.
    let [size, _, offset] = [24, 20, 42].map(|at| match u32_at(bytes, at) {
        u32::MAX => values.next().unwrap_or(u64::from(u32::MAX)),
        narrow => u64::from(narrow),
    });
    let summed = extra(fields, AES).and_then(Lock::aes).is_none_or(|(_, _, unsummed)| !unsummed);
    let content = summed.then(|| (u32_at(bytes, 16), size));
    (offset, Entry { name: name(bytes, LISTED, name_end, flags), content })
}

/// Whether a member is locked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Locked {
    #[default]
    No,
    With(Lock),
    /// In a way that is not read.
    Otherwise,
}

impl Header {
    /// Reads a whole header.
    pub(super) fn read(bytes: &[u8]) -> Header {
        let flags = u16_at(bytes, 6);
        let name_end = 30 + usize::from(u16_at(bytes, 26));
        let mut header = Header {
            name: name(bytes, 30, name_end, flags),
            method: u16_at(bytes, 8),
            crc: u32_at(bytes, 14),
            packed: u64::from(u32_at(bytes, 18)),
            size: u64::from(u32_at(bytes, 22)),
            described: flags & DESCRIBED != 0,
            end_marked: flags & END_MARKED != 0,
            ..Header::default()
        };
        let fields = bytes.get(name_end..).unwrap_or_default();
        if let Some(name) = extra(fields, UTF8_NAME).and_then(|field| utf8_name(field, &bytes[30..name_end]))
        {
            header.name = name;
        }
        if let Some(field) = extra(fields, WIDE) {
            let mut values = field.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
            header.wide = true;
            for size in [&mut header.size, &mut header.packed] {
                if *size == u64::from(u32::MAX) {
                    *size = values.next().unwrap_or(*size);
                }
            }
        }
        if flags & LOCKED != 0 {
            header.lock(flags, u16_at(bytes, 10), fields);
        }
        header
    }

    fn lock(&mut self, flags: u16, time: u16, fields: &[u8]) {
        let aes = extra(fields, AES).and_then(Lock::aes);
        self.locked = match aes {
            _ if flags & STRONGLY_LOCKED != 0 => Locked::Otherwise,
            Some((lock, method, unsummed)) if self.method == AES_METHOD => {
                (self.method, self.unsummed) = (method, unsummed);
                Locked::With(lock)
            }
            _ if self.method == AES_METHOD => Locked::Otherwise,
            // Where the checksum was not known yet, the time takes its place (Info-ZIP's `crypt.c` does so).
            _ => Locked::With(Lock::Traditional {
                check: if self.described { (time >> 8) as u8 } else { (self.crc >> 24) as u8 },
            }),
        };
    }

    /// Whether neither the header nor anything before the data tells how long that is.
    pub(super) fn is_open(&self) -> bool {
        self.described && self.packed == 0
    }

    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with('/') && self.size == 0 && self.packed == 0
    }
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |field| u16::from_le_bytes([field[0], field[1]]))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |field| u32::from_le_bytes([field[0], field[1], field[2], field[3]]))
}

/// The name of a field that repeats a name in UTF-8; `None` where it does not belong to that name any more.
fn utf8_name(field: &[u8], name: &[u8]) -> Option<String> {
    let [1, one, two, three, four, utf8 @ ..] = field else { return None };
    let mut crc = flate2::Crc::new();
    crc.update(name);
    let belongs = crc.sum() == u32::from_le_bytes([*one, *two, *three, *four]);
    std::str::from_utf8(utf8).ok().filter(|_| belongs).map(str::to_owned)
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

/// A name as the archive writes it: UTF-8 where it says so or is so, else code page 437. `bytes` is the whole record.
fn name(bytes: &[u8], start: usize, end: usize, flags: u16) -> String {
    let (written, fields) = (bytes.get(start..end).unwrap_or_default(), bytes.get(end..).unwrap_or_default());
    if let Some(name) = extra(fields, UTF8_NAME).and_then(|field| utf8_name(field, written)) {
        return name;
    }
    match std::str::from_utf8(written) {
        Ok(text) => text.to_owned(),
        Err(_) if flags & UTF8 != 0 => String::from_utf8_lossy(written).into_owned(),
        Err(_) => written
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
