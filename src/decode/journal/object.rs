//! The objects of a journal file (systemd.io/JOURNAL_FILE_FORMAT, "Objects"): where each begins and ends, and what it is.

use std::ops::Range;

use super::super::little;

/// Flag of the header: numbers that were eight bytes long have four.
const COMPACT: u32 = 16;

/// Bytes of the header that every object begins with.
const HEADER: usize = 16;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One field of entries: `NAME=value`.
    Data,
    /// What happened at one moment: a list of data objects.
    Entry,
    /// Names of fields, tables and lists that lead to the others, seals.
    Other,
}

/// An object.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) place: Range<usize>,
    pub(super) kind: Kind,
    /// How its payload is compressed: 1 xz, 2 LZ4, 4 zstd.
    pub(super) flags: u8,
}

/// The file, as a run of objects.
pub(super) struct File<'b> {
    pub(super) bytes: &'b [u8],
    pub(super) compact: bool,
    /// Where the first object stands.
    start: usize,
}

impl<'b> File<'b> {
    /// Reads the header ("Header"); `None` where it is cut short or names a length that it cannot have.
    pub(super) fn open(bytes: &'b [u8]) -> Option<File<'b>> {
        let compact = little::u32(bytes, 12)? & COMPACT != 0;
        let start = usize::try_from(little::u64(bytes, 88)?).ok()?;
        ((208..=4_096).contains(&start) && start <= bytes.len()).then_some(File { bytes, compact, start })
    }

    /// Goes through all objects. `odd` gets what lies between them and is none.
    pub(super) fn walk(&self, mut each: impl FnMut(Object), mut odd: impl FnMut(Range<usize>)) {
        let (mut at, mut odd_from) = (self.start, None);
        while at < self.bytes.len() {
            if let Some(object) = self.object(at) {
                if let Some(from) = odd_from.take() {
                    odd(from..at);
                }
                // Objects stand at multiples of eight.
                at = object.place.end.next_multiple_of(8);
                each(object);
            } else if odd_from.is_none() && self.bytes[at..].iter().all(|byte| *byte == 0) {
                // Files are made larger than they need.
                return;
            } else {
                odd_from.get_or_insert(at);
                at += 8;
            }
        }
        if let Some(from) = odd_from {
            odd(from..self.bytes.len());
        }
    }

    /// The object at a place ("Object header"); `None` where none can stand there.
    pub(super) fn object(&self, at: usize) -> Option<Object> {
        let header = little::run(self.bytes, at, HEADER)?;
        let length = usize::try_from(little::u64(header, 8)?).ok()?;
        let place = at..at.checked_add(length).filter(|end| *end <= self.bytes.len())?;
        let (kind, least) = match header[0] {
            1 => (Kind::Data, self.data_header()),
            2 => (Kind::Other, 40),
            3 => (Kind::Entry, 64),
            4..=6 => (Kind::Other, HEADER),
            7 => (Kind::Other, 64),
            _ => return None,
        };
        let sane = header[2..8].iter().all(|byte| *byte == 0) && matches!(header[1], 0 | 1 | 2 | 4);
        (sane && length >= least).then_some(Object { place, kind, flags: header[1] })
    }

    /// Bytes in front of the payload of a data object ("Data objects").
    fn data_header(&self) -> usize {
        if self.compact { 72 } else { 64 }
    }

    /// The payload of a data object as it stands.
    pub(super) fn payload(&self, data: &Object) -> &'b [u8] {
        &self.bytes[data.place.start + self.data_header()..data.place.end]
    }

    /// Where the data objects of an entry stand ("Entry objects").
    pub(super) fn items(&self, entry: &Object) -> impl Iterator<Item = usize> {
        let step = if self.compact { 4 } else { 16 };
        self.bytes[entry.place.start + 64..entry.place.end].chunks_exact(step).map(move |item| {
            let place = if step == 4 { little::u32(item, 0).map(u64::from) } else { little::u64(item, 0) };
            place.and_then(|place| usize::try_from(place).ok()).unwrap_or(usize::MAX)
        })
    }
}
