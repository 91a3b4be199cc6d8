//! The cells of a hive: keys, values and their data stand in cells that point to each other.

use std::ops::Range;

use super::super::little;
use crate::model::Timestamp;

/// Bytes of the hive's header; offsets are counted behind it.
pub(super) const HEADER: usize = 4_096;

/// Bytes of a bin's header.
const BIN: usize = 32;

/// Data longer than this is in pieces (versions 1.4 and later).
pub(super) const PIECE: usize = 16_344;

/// Keys inside keys, as far as a path is followed. Windows allows 512, real ones are below 40.
const DEPTH: usize = 128;

/// A path is shown up to this many bytes.
const PATH: usize = 4_096;

/// The bytes of a hive.
#[derive(Clone, Copy)]
pub(super) struct Hive<'b>(pub(super) &'b [u8]);

/// A key.
pub(super) struct Key {
    pub(super) place: Range<usize>,
    pub(super) name: String,
    parent: usize,
    is_root: bool,
    pub(super) written: Option<Timestamp>,
    values: Option<(usize, usize)>,
    class: Option<(usize, usize)>,
}

/// A value of a key.
pub(super) struct Value {
    pub(super) place: Range<usize>,
    pub(super) name: String,
    pub(super) kind: u32,
    /// Bytes of its data.
    pub(super) length: usize,
    /// Where its data stands: the offset of a cell, or a place within the value.
    pub(super) at: usize,
    is_inline: bool,
}

impl<'b> Hive<'b> {
    /// The content of the cell at an offset.
    fn cell(self, offset: usize) -> Option<Range<usize>> {
        let at = offset.checked_add(HEADER)?;
        let size = little::u32(self.0, at)?.cast_signed().unsigned_abs() as usize;
        let end = at.checked_add(size)?;
        (size >= 8 && end <= self.0.len()).then_some(at + 4..end)
    }

    /// Goes through all cells of all bins: offset, place of the content, and whether it is in use. `odd` gets what is no cell.
    pub(super) fn walk(
        self,
        mut each: impl FnMut(usize, Range<usize>, bool),
        mut odd: impl FnMut(Range<usize>),
    ) {
        let mut at = HEADER;
        while at < self.0.len() {
            let size = little::size(self.0, at + 8).filter(|size| size.is_multiple_of(4_096) && *size > 0);
            let end = at.saturating_add(size.unwrap_or(4_096)).min(self.0.len());
            if !self.0[at..].starts_with(b"hbin") || size.is_none() {
                odd(at..end);
                at = end;
                continue;
            }
            let mut cell = at + BIN;
            while cell < end {
                let Some(place) = self.cell(cell - HEADER).filter(|place| place.end <= end) else {
                    odd(cell..end);
                    break;
                };
                let used = little::u32(self.0, cell).is_some_and(|size| size.cast_signed() < 0);
                cell = place.end;
                each(place.start - 4 - HEADER, place, used);
            }
            at = end;
        }
    }

    /// The key at an offset; `None` where there is none.
    pub(super) fn key(self, at: usize) -> Option<Key> {
        let place = self.cell(at)?;
        let cell = &self.0[place.clone()];
        if !cell.starts_with(b"nk") {
            return None;
        }
        let flags = little::u16(cell, 2)?;
        let name = little::run(cell, 76, usize::from(little::u16(cell, 72)?))?;
        let count = little::size(cell, 36)?;
        let class = usize::from(little::u16(cell, 74)?);
        Some(Key {
            name: if flags & 0x20 != 0 { little::narrow(name) } else { little::utf16(name) },
            parent: little::size(cell, 16)?,
            is_root: flags & 4 != 0,
            written: little::filetime(cell, 4),
            values: (count > 0).then_some((count, little::size(cell, 40)?)),
            class: (class > 0).then_some((class, little::size(cell, 48)?)),
            place,
        })
    }

    /// Names from the root to a key.
    pub(super) fn path(self, key: &Key) -> String {
        let mut names = vec![key.name.clone()];
        let (mut parent, mut is_root) = (key.parent, key.is_root);
        let mut length = key.name.len();
        while !is_root && names.len() < DEPTH && length < PATH {
            let Some(key) = self.key(parent) else {
                names.push("?".to_owned());
                break;
            };
            length += key.name.len() + 1;
            (parent, is_root) = (key.parent, key.is_root);
            names.push(key.name);
        }
        names.reverse();
        names.join("\\")
    }

    /// The text that a key has beside its name.
    pub(super) fn class(self, key: &Key) -> Option<String> {
        let (length, at) = key.class?;
        Some(little::utf16(little::run(&self.0[self.cell(at)?], 0, length)?))
    }

    /// Where the values of a key stand; `None` for one whose cell is missing.
    pub(super) fn values(self, key: &Key) -> impl Iterator<Item = Option<Value>> {
        let list = key.values.and_then(|(count, at)| Some((count, self.cell(at)?)));
        let (count, list) = list.unwrap_or((usize::from(key.values.is_some()), 0..0));
        (0..count.min(list.len() / 4 + 1)).map(move |number| {
            let at = little::size(&self.0[list.clone()], number * 4)?;
            self.value(at)
        })
    }

    fn value(self, at: usize) -> Option<Value> {
        let place = self.cell(at)?;
        let cell = &self.0[place.clone()];
        if !cell.starts_with(b"vk") {
            return None;
        }
        let name = little::run(cell, 20, usize::from(little::u16(cell, 2)?))?;
        let name = if little::u16(cell, 16)? & 1 != 0 { little::narrow(name) } else { little::utf16(name) };
        let size = little::u32(cell, 4)?;
        // Up to four bytes stand in place of their offset.
        let is_inline = size >> 31 == 1;
        let length = (size & 0x7FFF_FFFF) as usize;
        let length = if is_inline { length.min(4) } else { length };
        let at = if is_inline { place.start + 8 } else { little::size(cell, 8)? };
        let kind = little::u32(cell, 12)?;
        Some(Value { place, name, kind, length, at, is_inline })
    }

    /// The pieces of a value's data; `None` where one is missing.
    pub(super) fn data(self, value: &Value) -> Option<Vec<Range<usize>>> {
        let (at, length) = (value.at, value.length);
        if value.is_inline || length == 0 {
            let place = at..at + length;
            return Some(vec![place]);
        }
        let place = self.cell(at)?;
        let cell = &self.0[place.clone()];
        if length <= PIECE || !cell.starts_with(b"db") {
            let data = place.start..place.start.checked_add(length)?;
            return (data.end <= place.end).then(|| vec![data]);
        }
        let list = self.cell(little::size(cell, 4)?)?;
        let (mut pieces, mut left) = (Vec::new(), length);
        for number in 0..usize::from(little::u16(cell, 2)?) {
            let piece = self.cell(little::size(&self.0[list.clone()], number * 4)?)?;
            let count = piece.len().min(PIECE).min(left);
            pieces.push(piece.start..piece.start + count);
            left -= count;
        }
        (left == 0).then_some(pieces)
    }
}
