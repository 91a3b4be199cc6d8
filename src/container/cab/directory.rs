//! The header of a cabinet, its folders and its files ([MS-CAB], CFHEADER, CFFOLDER and CFFILE).

use encoding_rs::WINDOWS_1252;

use super::super::shown;
use crate::model::Limits;
use crate::source::Source;

/// Bytes of the header that are always there (CFHEADER).
const HEADER: usize = 36;

/// Bytes of a folder without what is reserved, and of a file without its name (CFFOLDER, CFFILE).
const FOLDER: usize = 8;
const FILE: usize = 16;

/// Bytes of a name, with the zero at its end (CFFILE).
const NAME: usize = 257;

/// Flags of the header: a cabinet precedes, a cabinet follows, fields are reserved.
const PREVIOUS: u16 = 1;
const NEXT: u16 = 2;
const RESERVED: u16 = 4;

/// Attribute of a file: its name is UTF-8.
const UTF8_NAME: u16 = 0x80;

/// Files packed as one run of bytes.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    /// Where its first block stands.
    pub(super) start: u64,
    /// Blocks in this cabinet.
    pub(super) blocks: u16,
    /// How it is packed: the method in the lowest four bits, its parameters above.
    pub(super) method: u16,
    /// It begins in the cabinet before.
    pub(super) continued: bool,
    pub(super) files: Vec<File>,
}

/// A file in a folder.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) name: String,
    /// Where it begins in the folder's unpacked bytes.
    pub(super) start: u64,
    pub(super) size: u64,
}

impl File {
    pub(super) fn end(&self) -> u64 {
        self.start + self.size
    }
}

/// What stands in front of the packed bytes.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// Bytes of the cabinet, as it says.
    pub(super) size: u64,
    pub(super) folders: Vec<Folder>,
    /// Bytes reserved in front of each block.
    pub(super) block_reserve: usize,
    /// Names of the cabinets of the set before and behind this one.
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
    /// Files of folders that do not exist.
    pub(super) stray: Vec<String>,
    /// Files that the header counts and that could not be read.
    pub(super) missing: u64,
}

/// Reads what stands in front; `None` where not even that is there.
pub(super) fn read(source: &mut dyn Source, limits: &Limits) -> Option<Directory> {
    let header = bytes(source, 0, HEADER);
    let all = header.len() == HEADER;
    let (cabinet, files_at) = (u32_at(&header, 8)?, u32_at(&header, 16)?);
    let (folders, files, flags) = (u16_at(&header, 26)?, u16_at(&header, 28)?, u16_at(&header, 30)?);
    let mut directory = Directory { size: u64::from(cabinet), ..Directory::default() };
    let (mut at, mut folder_reserve) = (HEADER as u64, 0);
    if flags & RESERVED != 0 {
        let sizes = bytes(source, at, 4);
        at += 4 + u64::from(u16_at(&sizes, 0)?);
        folder_reserve = usize::from(*sizes.get(2)?);
        directory.block_reserve = usize::from(*sizes.get(3)?);
    }
    for (flag, names) in [(PREVIOUS, &mut directory.previous), (NEXT, &mut directory.next)] {
        if flags & flag != 0 {
            // The name of the cabinet, and that of the disk it lies on.
            let texts = bytes(source, at, 2 * NAME);
            let (cabinet, behind) = text(&texts)?;
            let (_, end) = text(&texts[behind..])?;
            *names = Some(name(cabinet, false));
            at += (behind + end) as u64;
        }
    }
    let length = FOLDER + folder_reserve;
    let table = bytes(source, at, length * usize::from(folders));
    directory.folders = table
        .chunks_exact(length)
        .filter_map(|folder| {
            Some(Folder {
                start: u64::from(u32_at(folder, 0)?),
                blocks: u16_at(folder, 4)?,
                method: u16_at(folder, 6)?,
                continued: false,
                files: Vec::new(),
            })
        })
        .collect();
    let most = (usize::from(files) * (FILE + NAME)).min(limits.directory);
    let table = bytes(source, u64::from(files_at), most);
    directory.missing = u64::from(files) - u64::from(directory.files(&table, files));
    all.then_some(directory)
}

impl Directory {
    /// Gives each file to its folder; tells how many were there.
    fn files(&mut self, table: &[u8], count: u16) -> u16 {
        let mut at = 0;
        for number in 0..count {
            let Some((file, index, end)) = file(&table[at..]) else { return number };
            at += end;
            // CFFILE, iFolder: a file that comes from the cabinet before is in the first folder, one that goes on in the next
            // cabinet in the last one.
            let is_continued = matches!(index, 0xFFFD | 0xFFFF);
            let index = match index {
                0xFFFD | 0xFFFF => 0,
                0xFFFE => self.folders.len().saturating_sub(1),
                index => usize::from(index),
            };
            match self.folders.get_mut(index) {
                Some(folder) => {
                    folder.continued |= is_continued;
                    folder.files.push(file);
                }
                None => self.stray.push(file.name),
            }
        }
        count
    }
}

/// One file, the number of its folder, and where the next one begins.
fn file(table: &[u8]) -> Option<(File, u16, usize)> {
    let (size, start) = (u64::from(u32_at(table, 0)?), u64::from(u32_at(table, 4)?));
    let (index, attributes) = (u16_at(table, 8)?, u16_at(table, 14)?);
    let (written, end) = text(table.get(FILE..)?)?;
    let name = name(written, attributes & UTF8_NAME != 0);
    Some((File { name, start, size }, index, FILE + end))
}

/// A name, fit to be shown. What is not UTF-8 is in the code page of the system that made it, most often windows-1252.
fn name(written: &[u8], is_utf8: bool) -> String {
    let name = match std::str::from_utf8(written) {
        Ok(text) => text.to_owned(),
        Err(_) if is_utf8 => String::from_utf8_lossy(written).into_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(written).0.into_owned(),
    };
    if name.is_empty() { "(no name)".to_owned() } else { shown(&name) }
}

/// A text up to its zero, and where the next thing begins.
fn text(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = memchr::memchr(0, &bytes[..bytes.len().min(NAME)])?;
    Some((&bytes[..end], end + 1))
}

/// Up to `most` bytes from `at` on.
pub(super) fn bytes(source: &mut dyn Source, at: u64, most: usize) -> Vec<u8> {
    let left = usize::try_from(source.size().saturating_sub(at)).unwrap_or(usize::MAX);
    let mut bytes = vec![0; most.min(left)];
    match source.read_exact_at(at, &mut bytes) {
        Ok(()) => bytes,
        Err(_) => Vec::new(),
    }
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|field| u16::from_le_bytes(*field))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|field| u32::from_le_bytes(*field))
}
