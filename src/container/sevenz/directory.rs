//! The directory of a 7z archive, read from its bytes.

use crate::model::Limits;

use super::Fault;

/// Coders of one folder, and streams that go into one coder. 7-Zip writes at most six and four.
pub(super) const MOST: u64 = 32;

/// Properties of the format ("7zFormat.txt" of the LZMA SDK).
const END: u64 = 0x00;
const HEADER: u64 = 0x01;
const ARCHIVE_PROPERTIES: u64 = 0x02;
const ADDITIONAL_STREAMS: u64 = 0x03;
const MAIN_STREAMS: u64 = 0x04;
const FILES: u64 = 0x05;
const PACKS: u64 = 0x06;
const FOLDERS: u64 = 0x07;
const SUBSTREAMS: u64 = 0x08;
const SIZE: u64 = 0x09;
const CRC: u64 = 0x0A;
const FOLDER: u64 = 0x0B;
const UNPACK_SIZE: u64 = 0x0C;
const SUBSTREAM_COUNT: u64 = 0x0D;
const EMPTY_STREAM: u64 = 0x0E;
const EMPTY_FILE: u64 = 0x0F;
const NAMES: u64 = 0x11;
const PACKED_HEADER: u64 = 0x17;

/// One step of unpacking.
#[derive(Debug)]
pub(super) struct Coder {
    /// The method's number.
    pub(super) method: u64,
    /// Streams that go in; one comes out.
    pub(super) inputs: usize,
    pub(super) properties: Vec<u8>,
    /// Bytes that come out.
    pub(super) size: u64,
}

/// Where a coder's input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// The output of the coder of this number.
    Coder(usize),
    /// Bytes of the archive: where, and how many.
    Archive { at: u64, size: u64 },
}

/// Content of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) size: u64,
    pub(super) crc: Option<u32>,
}

/// Files that are packed together.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) coders: Vec<Coder>,
    /// Of each coder's inputs, one after the other.
    pub(super) sources: Vec<From>,
    /// The coder whose output is the content.
    pub(super) last: usize,
    pub(super) contents: Vec<Content>,
    crc: Option<u32>,
}

impl Folder {
    /// Where its packed streams are in the archive, and how long they are.
    pub(super) fn places(&self) -> impl Iterator<Item = (u64, u64)> {
        self.sources.iter().filter_map(|source| match source {
            From::Archive { at, size } => Some((*at, *size)),
            From::Coder(_) => None,
        })
    }

    /// Bytes that it unpacks to.
    pub(super) fn size(&self) -> u64 {
        self.coders.get(self.last).map_or(0, |coder| coder.size)
    }
}

/// What the bytes of a directory are.
#[derive(Debug)]
pub(super) enum Directory {
    /// The directory, packed.
    Packed(Folder),
    Plain {
        folders: Vec<Folder>,
        /// Names of the files with content, in the order of the folders.
        names: Vec<String>,
        /// Names of the files without content, and how many folders there are.
        empty: Vec<String>,
    },
}

impl Directory {
    /// Reads a directory; places are counted from the archive's beginning.
    pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Directory, Fault> {
        let mut reader = Reader { rest: bytes, most: limits.members };
        match reader.number()? {
            HEADER => reader.header(),
            PACKED_HEADER => match <[Folder; 1]>::try_from(reader.streams()?) {
                Ok([folder]) => Ok(Directory::Packed(folder)),
                Err(_) => Err(Fault::Directory("the packed directory is not one piece")),
            },
            _ => Err(Fault::Directory("it begins with something else")),
        }
    }
}

/// Files behind each other: names, and which of them have no content.
#[derive(Default)]
struct Files {
    names: Vec<String>,
    without_stream: Vec<bool>,
    /// Of those, which are files and no folders.
    empty_files: Vec<bool>,
}

/// The parts of a list that were there. None comes twice: each would add to what the others made.
#[derive(Default)]
struct Parts(Vec<u64>);

impl Parts {
    /// The part's number, unless it was there before.
    fn once(&mut self, part: u64) -> Result<u64, Fault> {
        if self.0.contains(&part) {
            return Err(Fault::Directory("it has a part twice"));
        }
        self.0.push(part);
        Ok(part)
    }
}

struct Reader<'b> {
    rest: &'b [u8],
    /// Members at most.
    most: u64,
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: u64) -> Result<&'b [u8], Fault> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let (taken, rest) =
            self.rest.split_at_checked(count).ok_or(Fault::Directory("it ends in the middle"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        Ok(self.take(1)?.first().copied().unwrap_or(0))
    }

    fn crc(&mut self) -> Result<u32, Fault> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }

    /// A number: the first byte's leading ones tell how many bytes follow, its other bits are the highest ones.
    fn number(&mut self) -> Result<u64, Fault> {
        let first = self.byte()?;
        let count = first.leading_ones();
        let low = self.take(u64::from(count))?;
        let low = low.iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        let high = if count < 7 { u64::from(first) & (0x7F >> count) } else { 0 };
        Ok(low | high.checked_shl(8 * count).unwrap_or(0))
    }

    /// A count of things of which each stands for a member or belongs to one.
    fn count(&mut self) -> Result<usize, Fault> {
        let count = self.number()?;
        usize::try_from(count).ok().filter(|_| count <= self.most).ok_or(Fault::Members(self.most))
    }

    fn expect(&mut self, property: u64, what: &'static str) -> Result<(), Fault> {
        if self.number()? == property { Ok(()) } else { Err(Fault::Directory(what)) }
    }

    fn bits(&mut self, count: usize) -> Result<Vec<bool>, Fault> {
        let bytes = self.take(count.div_ceil(8) as u64)?;
        let bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
        Ok(bits.take(count).collect())
    }

    /// Checksums of `count` streams; not each needs to have one.
    fn crcs(&mut self, count: usize) -> Result<Vec<Option<u32>>, Fault> {
        let all = self.byte()? != 0;
        let defined = if all { vec![true; count] } else { self.bits(count)? };
        defined.into_iter().map(|defined| defined.then(|| self.crc()).transpose()).collect()
    }

    fn header(&mut self) -> Result<Directory, Fault> {
        let mut folders = Vec::new();
        let mut files = Files::default();
        let mut parts = Parts::default();
        loop {
            match parts.once(self.number()?)? {
                END => break,
                ARCHIVE_PROPERTIES => {
                    while self.number()? != END {
                        let size = self.number()?;
                        self.take(size)?;
                    }
                }
                ADDITIONAL_STREAMS => {
                    self.streams()?;
                }
                MAIN_STREAMS => folders = self.streams()?,
                FILES => files = self.files()?,
                _ => return Err(Fault::Directory("it has a part that is not known")),
            }
        }
        let (mut names, mut empty) = (Vec::new(), Vec::new());
        let mut empty_files = files.empty_files.into_iter();
        for (number, name) in files.names.into_iter().enumerate() {
            if !files.without_stream.get(number).is_some_and(|without| *without) {
                names.push(name);
            } else if empty_files.next() == Some(true) {
                empty.push(name);
            }
        }
        let contents: usize = folders.iter().map(|folder| folder.contents.len()).sum();
        if contents != names.len() {
            return Err(Fault::Directory("it names another number of files than it has contents"));
        }
        Ok(Directory::Plain { folders, names, empty })
    }

    /// Packed streams, the folders that are made of them, and the contents of those.
    fn streams(&mut self) -> Result<Vec<Folder>, Fault> {
        let (mut packs, mut folders, mut contents) = (Vec::new(), Vec::new(), false);
        let mut parts = Parts::default();
        loop {
            match parts.once(self.number()?)? {
                END => break,
                PACKS => packs = self.packs()?,
                FOLDERS => folders = self.folders(&packs)?,
                SUBSTREAMS => {
                    self.contents(&mut folders)?;
                    contents = true;
                }
                _ => return Err(Fault::Directory("a list of streams has a part that is not known")),
            }
        }
        if !contents {
            for folder in &mut folders {
                folder.contents = vec![Content { size: folder.size(), crc: folder.crc }];
            }
        }
        Ok(folders)
    }

    /// Where the packed streams are, and how many bytes they have. Places count from behind the header in front.
    fn packs(&mut self) -> Result<Vec<(u64, u64)>, Fault> {
        let mut at = self.number()?.saturating_add(super::FRONT);
        let count = self.count()?;
        let mut packs = Vec::new();
        let mut parts = Parts::default();
        loop {
            match parts.once(self.number()?)? {
                END => break,
                SIZE => {
                    for _ in 0..count {
                        let size = self.number()?;
                        packs.push((at, size));
                        at = at.saturating_add(size);
                    }
                }
                CRC => {
                    self.crcs(count)?;
                }
                _ => return Err(Fault::Directory("a list of packed streams has a part that is not known")),
            }
        }
        Ok(packs)
    }

    fn folders(&mut self, packs: &[(u64, u64)]) -> Result<Vec<Folder>, Fault> {
        self.expect(FOLDER, "the list of folders is missing")?;
        let count = self.count()?;
        if self.byte()? != 0 {
            return Err(Fault::Directory("its folders stand elsewhere, which no program writes"));
        }
        let mut packs = packs.iter();
        let mut folders = Vec::new();
        for _ in 0..count {
            folders.push(self.folder(&mut packs)?);
        }
        self.expect(UNPACK_SIZE, "the sizes of folders are missing")?;
        for coder in folders.iter_mut().flat_map(|folder| &mut folder.coders) {
            coder.size = self.number()?;
        }
        loop {
            match self.number()? {
                END => break,
                CRC => {
                    let crcs = self.crcs(count)?;
                    folders.iter_mut().zip(crcs).for_each(|(folder, crc)| folder.crc = crc);
                }
                _ => return Err(Fault::Directory("a list of folders has a part that is not known")),
            }
        }
        Ok(folders)
    }

    fn folder<'p>(&mut self, packs: &mut impl Iterator<Item = &'p (u64, u64)>) -> Result<Folder, Fault> {
        let count = self.number()?;
        if !(1..=MOST).contains(&count) {
            return Err(Fault::Directory("a folder has no coders, or too many"));
        }
        let mut folder = Folder::default();
        for _ in 0..count {
            folder.coders.push(self.coder()?);
        }
        let inputs: usize = folder.coders.iter().map(|coder| coder.inputs).sum();
        let mut sources: Vec<Option<From>> = vec![None; inputs];
        let mut bound = vec![false; folder.coders.len()];
        // All outputs but the last are inputs of other coders.
        for _ in 1..count {
            let (input, output) = (self.number()?, self.number()?);
            let input = usize::try_from(input).ok().and_then(|input| sources.get_mut(input));
            let output = usize::try_from(output).ok().filter(|output| *output < bound.len());
            let (Some(input), Some(output)) = (input, output) else {
                return Err(Fault::Directory("a folder joins coders that it does not have"));
            };
            if input.replace(From::Coder(output)).is_some() || std::mem::replace(&mut bound[output], true) {
                return Err(Fault::Directory("a folder joins a coder twice"));
            }
        }
        let last = bound.iter().position(|bound| !bound);
        folder.last = last.ok_or(Fault::Directory("a folder has no result"))?;
        let free: Vec<usize> =
            (0..inputs).filter(|input| sources.get(*input).is_some_and(Option::is_none)).collect();
        let order = match free.as_slice() {
            [one] => vec![*one],
            many => {
                let mut order = Vec::new();
                for _ in many {
                    order.push(usize::try_from(self.number()?).unwrap_or(usize::MAX));
                }
                order
            }
        };
        for input in order {
            let pack = packs.next().ok_or(Fault::Directory("a folder has no packed stream"))?;
            let source = sources.get_mut(input).filter(|source| source.is_none());
            *source.ok_or(Fault::Directory("a folder's packed streams belong nowhere"))? =
                Some(From::Archive { at: pack.0, size: pack.1 });
        }
        folder.sources = sources.into_iter().flatten().collect();
        Ok(folder)
    }

    fn coder(&mut self) -> Result<Coder, Fault> {
        let flags = self.byte()?;
        if flags & 0xC0 != 0 || flags & 0x0F > 8 {
            return Err(Fault::Directory("a coder has flags that are not known"));
        }
        let id = self.take(u64::from(flags & 0x0F))?;
        let method = id.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        let mut inputs = 1;
        if flags & 0x10 != 0 {
            inputs = self.number()?;
            if self.number()? != 1 || !(1..=MOST).contains(&inputs) {
                return Err(Fault::Directory("a coder has several results, or too many inputs"));
            }
        }
        let mut properties = Vec::new();
        if flags & 0x20 != 0 {
            let size = self.number()?;
            properties = self.take(size)?.to_vec();
        }
        Ok(Coder { method, inputs: usize::try_from(inputs).unwrap_or(1), properties, size: 0 })
    }

    /// Which contents the folders unpack to: one each, where nothing else is said.
    fn contents(&mut self, folders: &mut [Folder]) -> Result<(), Fault> {
        let mut counts = vec![1; folders.len()];
        let mut property = self.number()?;
        if property == SUBSTREAM_COUNT {
            let mut all = 0u64;
            for count in &mut counts {
                *count = self.count()?;
                all += *count as u64;
                if all > self.most {
                    return Err(Fault::Members(self.most));
                }
            }
            property = self.number()?;
        }
        let sized = property == SIZE;
        for (folder, count) in folders.iter_mut().zip(&counts) {
            let mut left = folder.size();
            for number in 0..*count {
                // The last one has the rest.
                let size = match number + 1 < *count {
                    true if sized => self.number()?,
                    true => return Err(Fault::Directory("the sizes of files are missing")),
                    false => left,
                };
                left =
                    left.checked_sub(size).ok_or(Fault::Directory("files are larger than their folder"))?;
                folder.contents.push(Content { size, crc: None });
            }
            if let [only] = folder.contents.as_mut_slice() {
                only.crc = folder.crc;
            }
        }
        if sized {
            property = self.number()?;
        }
        while property != END {
            if property != CRC {
                return Err(Fault::Directory("a list of contents has a part that is not known"));
            }
            // Those that are the whole of a folder with a checksum have that.
            let all = folders.iter_mut().flat_map(|folder| &mut folder.contents);
            let mut open: Vec<&mut Content> = all.filter(|content| content.crc.is_none()).collect();
            let crcs = self.crcs(open.len())?;
            open.iter_mut().zip(crcs).for_each(|(content, crc)| content.crc = crc);
            property = self.number()?;
        }
        Ok(())
    }

    fn files(&mut self) -> Result<Files, Fault> {
        let count = self.count()?;
        let mut files = Files { names: vec![String::new(); count], ..Files::default() };
        let mut parts = Parts::default();
        loop {
            let property = self.number()?;
            if property == END {
                return Ok(files);
            }
            if matches!(property, EMPTY_STREAM | EMPTY_FILE | NAMES) {
                parts.once(property)?;
            }
            let size = self.number()?;
            let mut part = Reader { rest: self.take(size)?, most: self.most };
            match property {
                EMPTY_STREAM => files.without_stream = part.bits(count)?,
                EMPTY_FILE => {
                    let without = files.without_stream.iter().filter(|without| **without).count();
                    files.empty_files = part.bits(without)?;
                }
                NAMES => part.names(&mut files.names)?,
                // Times, attributes and others say nothing of the content.
                _ => {}
            }
        }
    }

    /// Names in UTF-16, each with a zero behind it.
    fn names(&mut self, names: &mut [String]) -> Result<(), Fault> {
        if self.byte()? != 0 {
            return Err(Fault::Directory("its names stand elsewhere, which no program writes"));
        }
        let mut units = self.rest.as_chunks::<2>().0.iter().map(|bytes| u16::from_le_bytes(*bytes));
        for name in names {
            let mut text = Vec::new();
            loop {
                match units.next().ok_or(Fault::Directory("a name has no end"))? {
                    0 => break,
                    unit => text.push(unit),
                }
            }
            *name = super::super::shown(&String::from_utf16_lossy(&text));
        }
        Ok(())
    }
}
