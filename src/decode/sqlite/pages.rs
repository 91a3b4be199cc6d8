//! The pages of a database and the trees they make (Database File Format, sections 1.3 and 1.6).
//!
//! No page belongs to two trees and no two cells of a page overlap, so all rows together are never longer than the file.

use std::borrow::Cow;
use std::ops::Range;

/// Bytes of the database's header, in front of the first page's own (section 1.3).
pub(super) const HEADER: usize = 100;

/// Kinds of pages (section 1.6): the others hold the entries of indexes.
const INTERIOR_TABLE: u8 = 5;
const LEAF_TABLE: u8 = 13;

/// The two bytes at `at`, as all numbers of the format with the highest first.
pub(super) fn u16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|field| u16::from_be_bytes(*field))
}

/// The four bytes at `at`.
pub(super) fn u32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|field| u32::from_be_bytes(*field))
}

/// The number of one to nine bytes at the beginning of `bytes`, and its length (section 1.6).
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (place, byte) in bytes.iter().take(8).enumerate() {
        value = value << 7 | u64::from(byte & 0x7F);
        if *byte < 0x80 {
            return Some((value, place + 1));
        }
    }
    bytes.get(8).map(|last| (value << 8 | u64::from(*last), 9))
}

/// A row, or an entry of an index.
pub(super) struct Cell<'b> {
    /// Where it stands in the file, without the pages it goes on to.
    pub(super) place: Range<usize>,
    /// The row's number; entries of indexes have none.
    pub(super) row: Option<i64>,
    /// Its values (section 2.1).
    pub(super) payload: Cow<'b, [u8]>,
}

/// One page of a tree.
struct Node {
    /// The page.
    place: Range<usize>,
    kind: u8,
    /// Where its cells begin and where each must have ended, in the order of their keys.
    cells: Vec<Range<usize>>,
    /// Where the list of its cells ends.
    list_end: usize,
    /// The page behind its last cell.
    right: Option<u32>,
}

/// The pages of a database.
pub(super) struct Pages<'b> {
    bytes: &'b [u8],
    size: usize,
    /// Bytes of a page without what extensions reserve at its end.
    usable: usize,
    /// Whether the first page has the database's header in front.
    headed: bool,
    seen: Vec<bool>,
    /// What stands on the pages of trees and belongs to no cell, where that is not all zeros.
    pub(super) gaps: Vec<Range<usize>>,
    /// Pages and cells that could not be read.
    pub(super) damaged: u64,
}

impl<'b> Pages<'b> {
    /// The pages of a file; `None` where its header names sizes that no version of the format has.
    pub(super) fn open(bytes: &'b [u8]) -> Option<Pages<'b>> {
        let size = match u16(bytes, 16)? {
            1 => 65_536,
            size => usize::from(size),
        };
        let usable = size.checked_sub(usize::from(*bytes.get(20)?))?;
        if bytes.len() < HEADER || !size.is_power_of_two() || size < 512 || usable < 480 {
            return None;
        }
        Some(Pages::of(bytes, size, usable, true))
    }

    /// Pages of a given size that stand one behind the other.
    pub(super) fn of(bytes: &'b [u8], size: usize, usable: usize, headed: bool) -> Pages<'b> {
        let seen = vec![false; bytes.len().div_ceil(size)];
        Pages { bytes, size, usable, headed, seen, gaps: Vec::new(), damaged: 0 }
    }

    /// How many pages there are.
    pub(super) fn count(&self) -> usize {
        self.seen.len()
    }

    /// Bytes of a page.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// A page that belongs to nothing yet. Pages are counted from 1.
    fn take(&mut self, number: u32) -> Option<Range<usize>> {
        let index = (number as usize).checked_sub(1)?;
        let seen = self.seen.get_mut(index)?;
        let start = index * self.size;
        (!std::mem::replace(seen, true)).then(|| start..(start + self.size).min(self.bytes.len()))
    }

    /// Where the header of the page at `start` stands in it.
    fn head(&self, start: usize) -> usize {
        if start == 0 && self.headed { HEADER } else { 0 }
    }

    /// Whether a page is one of an index.
    pub(super) fn is_index(&self, number: u32) -> bool {
        let start = (number as usize).saturating_sub(1).saturating_mul(self.size);
        matches!(self.bytes.get(start.saturating_add(self.head(start))), Some(2 | 10))
    }

    /// Goes through the tree below a page, cell by cell.
    pub(super) fn walk(&mut self, root: u32, mut each: impl FnMut(Cell<'b>)) {
        let mut open = vec![root];
        while let Some(number) = open.pop() {
            let place = self.take(number);
            let Some(node) = place.clone().and_then(|place| self.node(place)) else {
                self.damaged += 1;
                place.into_iter().for_each(|place| self.gap(place));
                continue;
            };
            let from = open.len();
            self.cells(&node, &mut open, &mut each);
            open.extend(node.right);
            open[from..].reverse();
        }
    }

    /// Goes through a page of rows that belongs to no tree any more; tells whether it is one.
    pub(super) fn stray(&mut self, number: u32, each: impl FnMut(Cell<'b>)) -> bool {
        let index = (number as usize).wrapping_sub(1);
        if self.seen.get(index) != Some(&false) {
            return false;
        }
        let place = index * self.size..((index + 1) * self.size).min(self.bytes.len());
        match self.node(place) {
            Some(node) if node.kind == LEAF_TABLE && !node.cells.is_empty() => {
                self.seen[index] = true;
                let damaged = self.damaged;
                self.cells(&node, &mut Vec::new(), each);
                // What was given up may be written over in part.
                self.damaged = damaged;
                true
            }
            _ => false,
        }
    }

    /// Reads the list of a page's cells.
    fn node(&self, place: Range<usize>) -> Option<Node> {
        let page = &self.bytes[place.clone()];
        let head = self.head(place.start);
        let kind = *page.get(head)?;
        let (list, right) = match kind {
            2 | INTERIOR_TABLE => (head + 12, Some(u32(page, head + 8)?)),
            10 | LEAF_TABLE => (head + 8, None),
            _ => return None,
        };
        let count = usize::from(u16(page, head + 3)?);
        let list_end = list + count * 2;
        let pointers = page.get(list..list_end)?.as_chunks::<2>().0;
        let starts: Vec<usize> =
            pointers.iter().map(|pointer| usize::from(u16::from_be_bytes(*pointer))).collect();
        let mut sorted = starts.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let usable = self.usable.min(page.len());
        let cell = |start: usize| {
            let next = sorted.partition_point(|other| *other <= start);
            let end = sorted.get(next).copied().unwrap_or(usable).min(usable);
            place.start + start..place.start + end
        };
        // The first of two pointers to one cell counts.
        let mut taken = vec![false; sorted.len()];
        let mut fresh = |start: &usize| {
            let number = sorted.partition_point(|other| other < start);
            !std::mem::replace(&mut taken[number], true)
        };
        let cells = starts
            .into_iter()
            .filter(|start| (list_end..usable).contains(start) && fresh(start))
            .map(cell)
            .collect();
        Some(Node { list_end: place.start + list_end, place, kind, cells, right })
    }

    /// Reads the cells of a page; the pages below it are appended to `open`.
    fn cells(&mut self, node: &Node, open: &mut Vec<u32>, mut each: impl FnMut(Cell<'b>)) {
        let mut used = Vec::with_capacity(node.cells.len());
        for bounds in &node.cells {
            let read = self.cell(node.kind, bounds.clone(), open);
            let Some((end, cell)) = read else {
                self.damaged += 1;
                continue;
            };
            used.push(bounds.start..end);
            if let Some(cell) = cell {
                each(cell);
            }
        }
        used.sort_unstable_by_key(|place| place.start);
        let mut from = node.list_end;
        for place in used {
            self.gap(from..place.start);
            from = from.max(place.end);
        }
        self.gap(from..node.place.end);
    }

    /// One cell: where it ends, and what it holds unless it only leads to a page.
    fn cell(
        &mut self,
        kind: u8,
        bounds: Range<usize>,
        open: &mut Vec<u32>,
    ) -> Option<(usize, Option<Cell<'b>>)> {
        let bytes: &'b [u8] = &self.bytes[bounds.clone()];
        let mut at = 0;
        if kind < 8 {
            open.push(u32(bytes, 0)?);
            at = 4;
        }
        let mut next = || {
            let (value, length) = varint(&bytes[at..])?;
            at += length;
            Some(value)
        };
        if kind == INTERIOR_TABLE {
            next()?;
            return Some((bounds.start + at, None));
        }
        let length = usize::try_from(next()?).ok()?;
        let row = if kind == LEAF_TABLE { Some(next()?.cast_signed()) } else { None };
        if length > self.bytes.len() {
            return None;
        }
        let local = self.local(length, kind == LEAF_TABLE);
        let here = bytes.get(at..at + local)?;
        at += local;
        if local == length {
            let place = bounds.start..bounds.start + at;
            return Some((place.end, Some(Cell { place, row, payload: Cow::Borrowed(here) })));
        }
        let first = u32(bytes, at)?;
        let payload = self.overflow(here, length, first)?;
        let place = bounds.start..bounds.start + at + 4;
        Some((place.end, Some(Cell { place, row, payload: Cow::Owned(payload) })))
    }

    /// How many bytes of a payload stand in its cell (section 1.6).
    fn local(&self, length: usize, is_row: bool) -> usize {
        let usable = self.usable;
        let most = if is_row { usable - 35 } else { (usable - 12) * 64 / 255 - 23 };
        if length <= most {
            return length;
        }
        let least = (usable - 12) * 32 / 255 - 23;
        let wanted = least + (length - least) % (usable - 4);
        if wanted <= most { wanted } else { least }
    }

    /// A payload that goes on to other pages (section 1.7). The pages of one that breaks off belong to no row.
    fn overflow(&mut self, here: &[u8], length: usize, first: u32) -> Option<Vec<u8>> {
        let mut payload = here.to_vec();
        let mut taken: Vec<Range<usize>> = Vec::new();
        let mut next = first;
        while payload.len() < length {
            let place = self.take(next);
            let page = place.clone().map(|place| &self.bytes[place]).unwrap_or_default();
            taken.extend(place);
            let room = self.usable.min(page.len()).saturating_sub(4);
            let Some(following) = u32(page, 0).filter(|_| room > 0) else {
                taken.into_iter().for_each(|place| self.gap(place));
                return None;
            };
            next = following;
            payload.extend_from_slice(&page[4..4 + room.min(length - payload.len())]);
            if payload.len() == length {
                // What stands behind the payload's end on its last page.
                let rest = self.usable.min(page.len()) - 4;
                let used = (length - here.len() - 1) % rest + 1;
                taken
                    .last()
                    .cloned()
                    .into_iter()
                    .for_each(|place| self.gap(place.start + 4 + used..place.end));
            }
        }
        Some(payload)
    }

    fn gap(&mut self, place: Range<usize>) {
        if place.start < place.end && self.bytes[place.clone()].iter().any(|byte| *byte != 0) {
            self.gaps.push(place);
        }
    }

    /// Pages that belong to nothing and hold something, joined, and the gaps of the others.
    pub(super) fn unused(&mut self) -> Vec<Range<usize>> {
        let mut all = std::mem::take(&mut self.gaps);
        for index in 0..self.seen.len() {
            if !self.seen[index] {
                self.gap(index * self.size..((index + 1) * self.size).min(self.bytes.len()));
            }
        }
        all.append(&mut self.gaps);
        all.sort_unstable_by_key(|place| place.start);
        all.dedup_by(|next, last| {
            let joins = last.end == next.start;
            if joins {
                last.end = next.end;
            }
            joins
        });
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_to_nine_bytes() {
        assert_eq!(varint(&[0x7F, 1]), Some((127, 1)));
        assert_eq!(varint(&[0x81, 0x00]), Some((128, 2)));
        assert_eq!(varint(&[0xFF; 9]), Some((u64::MAX, 9)));
        assert_eq!(varint(&[0xFF; 8]), None);
        assert_eq!(varint(&[]), None);
    }
}
