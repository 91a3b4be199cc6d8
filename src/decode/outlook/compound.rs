//! A compound file ([MS-CFB]): its sectors, its directory, and which sectors make which stream.
//!
//! No sector belongs to two streams, so all streams together are never longer than the file, whatever its tables say.

use std::ops::Range;

use super::super::little;

/// The root storage is the first entry of the directory.
pub(super) const ROOT: usize = 0;

/// Bytes of a directory entry (section 2.6.1).
const ENTRY: usize = 128;

/// Sector numbers from here on are marks (section 2.1).
const MARKS: u32 = 0xFFFF_FFFA;

/// No directory entry.
const NONE: u32 = 0xFFFF_FFFF;

/// The header's own sectors of the table of tables (section 2.2).
const IN_HEADER: usize = 109;

struct Entry {
    name: String,
    /// 1 storage, 2 stream, 5 root.
    kind: u8,
    links: [u32; 3],
    parent: Option<usize>,
    children: Vec<usize>,
    start: u32,
    size: u64,
    pieces: Vec<Range<usize>>,
    complete: bool,
}

/// A compound file.
pub(super) struct Compound<'b> {
    bytes: &'b [u8],
    sector: usize,
    entries: Vec<Entry>,
    used: Vec<bool>,
    /// Streams that lack sectors.
    pub(super) damaged: u64,
}

impl<'b> Compound<'b> {
    /// Reads the tables of a file.
    pub(super) fn open(bytes: &'b [u8]) -> Result<Compound<'b>, &'static str> {
        let cut = "it ends within its header";
        let shift = little::u16(bytes, 30).ok_or(cut)?;
        let mini_shift = little::u16(bytes, 32).ok_or(cut)?;
        if !matches!(shift, 9 | 12) || mini_shift >= shift || mini_shift < 3 {
            return Err("its header names sizes that no version of the format has");
        }
        let cutoff = u64::from(little::u32(bytes, 56).ok_or(cut)?);
        let sector = 1usize << shift;
        let count = bytes.len().div_ceil(sector).saturating_sub(1);
        let mut file = Compound { bytes, sector, entries: Vec::new(), used: vec![false; count], damaged: 0 };
        let fat = file.fat().ok_or(cut)?;
        let start = little::u32(bytes, 48).ok_or(cut)?;
        let directory = file.chain(&fat, start, u64::MAX).0;
        file.directory(&directory, shift == 9);
        if file.entries.first().is_none_or(|root| root.kind != 5) {
            return Err("its directory does not begin with a root");
        }
        file.link();
        let mini_start = little::u32(bytes, 60).ok_or(cut)?;
        let mini_fat = file.chain(&fat, mini_start, u64::MAX).0;
        let mini_fat: Vec<u32> = mini_fat.iter().flat_map(|place| numbers(&bytes[place.clone()])).collect();
        file.streams(&fat, &mini_fat, 1 << mini_shift, cutoff);
        Ok(file)
    }

    /// Where a sector stands; the last one of a file may be short.
    fn place(&self, number: u32) -> Option<Range<usize>> {
        let start = (number as usize).checked_add(1)?.checked_mul(self.sector)?;
        (start < self.bytes.len()).then(|| start..(start + self.sector).min(self.bytes.len()))
    }

    /// A sector that no stream had yet.
    fn take(&mut self, number: u32) -> Option<Range<usize>> {
        let place = self.place(number)?;
        let used = self.used.get_mut(number as usize)?;
        (!std::mem::replace(used, true)).then_some(place)
    }

    /// The table of which sector follows which (section 2.3), found by the table of its own sectors (section 2.5).
    fn fat(&mut self) -> Option<Vec<u32>> {
        let mut numbers_of_tables: Vec<u32> = numbers(self.bytes.get(76..76 + IN_HEADER * 4)?).collect();
        let mut next = little::u32(self.bytes, 68)?;
        while next < MARKS
            && let Some(place) = self.take(next)
        {
            let mut listed: Vec<u32> = numbers(&self.bytes[place]).collect();
            next = listed.pop().unwrap_or(NONE);
            numbers_of_tables.extend(listed);
        }
        let mut fat = Vec::new();
        for number in numbers_of_tables.into_iter().filter(|number| *number < MARKS) {
            // A table that is missing still stands for its sectors, so that those behind it keep their places.
            let place = self.take(number);
            let end = fat.len() + self.sector / 4;
            if end > self.used.len() + self.sector / 4 {
                break;
            }
            fat.extend(place.into_iter().flat_map(|place| numbers(&self.bytes[place])));
            fat.resize(end, NONE);
        }
        Some(fat)
    }

    /// The sectors of a stream of `size` bytes, and whether all are there.
    fn chain(&mut self, fat: &[u32], start: u32, size: u64) -> (Vec<Range<usize>>, bool) {
        let (mut pieces, mut left, mut next) = (Vec::new(), size, start);
        while left > 0 && next < MARKS {
            let Some(place) = self.take(next) else { return (pieces, false) };
            let length = (place.len() as u64).min(left) as usize;
            left -= length as u64;
            join(&mut pieces, place.start..place.start + length);
            next = fat.get(next as usize).copied().unwrap_or(NONE);
        }
        (pieces, left == 0 || size == u64::MAX)
    }

    fn directory(&mut self, sectors: &[Range<usize>], small: bool) {
        for entry in sectors.iter().flat_map(|place| self.bytes[place.clone()].chunks_exact(ENTRY)) {
            let number = |at| little::u32(entry, at).unwrap_or(NONE);
            let length = usize::from(little::u16(entry, 64).unwrap_or(0)).min(64);
            let size = little::u64(entry, 120).unwrap_or(0);
            self.entries.push(Entry {
                name: little::utf16_until_zero(&entry[..length]),
                kind: entry[66],
                links: [number(68), number(72), number(76)],
                parent: None,
                children: Vec::new(),
                start: number(116),
                // Files with small sectors may have anything in the upper half (section 2.6.3).
                size: if small { size & 0xFFFF_FFFF } else { size },
                pieces: Vec::new(),
                complete: true,
            });
        }
    }

    /// Finds the storage that each entry lies in: the entries of one storage are a tree of their own (section 2.6.4).
    fn link(&mut self) {
        let mut open = vec![(self.entries[ROOT].links[2], ROOT)];
        while let Some((number, parent)) = open.pop() {
            let number = number as usize;
            let Some(entry) = self.entries.get_mut(number) else { continue };
            if number == ROOT || entry.parent.is_some() || !matches!(entry.kind, 1 | 2) {
                continue;
            }
            entry.parent = Some(parent);
            let [left, right, child] = entry.links;
            open.extend([(left, parent), (right, parent)]);
            if entry.kind == 1 {
                open.push((child, number));
            }
        }
        for number in 0..self.entries.len() {
            if let Some(parent) = self.entries[number].parent {
                self.entries[parent].children.push(number);
            }
        }
    }

    /// Finds the bytes of all streams. Those below the cutoff stand in the root's own stream (section 2.4).
    fn streams(&mut self, fat: &[u32], mini_fat: &[u32], mini: usize, cutoff: u64) {
        let (start, size) = (self.entries[ROOT].start, self.entries[ROOT].size);
        let (root, mut complete) = self.chain(fat, start, size);
        complete |= size == 0;
        self.damaged += u64::from(!complete);
        let small: Vec<Range<usize>> = root
            .into_iter()
            .flat_map(|piece| {
                let end = piece.end;
                piece.step_by(mini).map(move |start| start..(start + mini).min(end))
            })
            .collect();
        let mut free = vec![true; small.len()];
        for number in 1..self.entries.len() {
            let Entry { kind: 2, start, size, .. } = self.entries[number] else { continue };
            let (pieces, complete) = if size >= cutoff {
                self.chain(fat, start, size)
            } else {
                let (mut pieces, mut left, mut next) = (Vec::new(), size, start);
                while left > 0
                    && let Some(place) = small.get(next as usize)
                    && std::mem::take(&mut free[next as usize])
                {
                    let length = (place.len() as u64).min(left) as usize;
                    left -= length as u64;
                    join(&mut pieces, place.start..place.start + length);
                    next = mini_fat.get(next as usize).copied().unwrap_or(NONE);
                }
                (pieces, left == 0)
            };
            self.damaged += u64::from(!complete);
            self.entries[number].pieces = pieces;
            self.entries[number].complete = complete;
        }
    }

    /// The entries of a storage.
    pub(super) fn children(&self, storage: usize) -> impl Iterator<Item = usize> {
        self.entries[storage].children.iter().copied()
    }

    /// The entry of this name in a storage.
    pub(super) fn child(&self, storage: usize, name: &str) -> Option<usize> {
        self.children(storage).find(|entry| self.entries[*entry].name.eq_ignore_ascii_case(name))
    }

    /// Streams that the directory holds and no storage.
    pub(super) fn lost(&self) -> impl Iterator<Item = usize> {
        (1..self.entries.len())
            .filter(|entry| self.entries[*entry].kind == 2 && self.entries[*entry].parent.is_none())
    }

    /// The name of an entry.
    pub(super) fn name(&self, entry: usize) -> &str {
        &self.entries[entry].name
    }

    /// Whether it holds others.
    pub(super) fn is_storage(&self, entry: usize) -> bool {
        self.entries[entry].kind == 1
    }

    /// Whether all bytes of a stream are there.
    pub(super) fn is_complete(&self, entry: usize) -> bool {
        self.entries[entry].complete
    }

    /// The bytes of a stream, in pieces.
    pub(super) fn pieces(&self, entry: usize) -> impl Iterator<Item = &'b [u8]> {
        let bytes = self.bytes;
        self.entries[entry].pieces.iter().map(move |place| &bytes[place.clone()])
    }

    /// The bytes of a stream, in one.
    pub(super) fn content(&self, entry: usize) -> Vec<u8> {
        self.pieces(entry).collect::<Vec<_>>().concat()
    }

    /// Where a stream begins in the file, and its length.
    pub(super) fn range(&self, entry: usize) -> Range<usize> {
        let pieces = &self.entries[entry].pieces;
        let start = pieces.first().map_or(0, |piece| piece.start);
        start..start + pieces.iter().map(ExactSizeIterator::len).sum::<usize>()
    }

    /// Sectors that belong to nothing and hold something.
    pub(super) fn free(&self) -> impl Iterator<Item = &'b [u8]> {
        let free = (0u32..).zip(&self.used).filter(|(_, used)| !**used);
        let mut pieces = Vec::new();
        for place in free.filter_map(|(number, _)| self.place(number)) {
            if self.bytes[place.clone()].iter().any(|byte| *byte != 0) {
                join(&mut pieces, place);
            }
        }
        let bytes = self.bytes;
        pieces.into_iter().map(move |place| &bytes[place])
    }
}

/// Appends a piece, to the last one where it goes on.
fn join(pieces: &mut Vec<Range<usize>>, piece: Range<usize>) {
    match pieces.last_mut() {
        Some(last) if last.end == piece.start => last.end = piece.end,
        _ => pieces.push(piece),
    }
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.as_chunks::<4>().0.iter().map(|number| u32::from_le_bytes(*number))
}
