//! 7z ("7zFormat.txt" of the LZMA SDK). Its directory stands at the end: it is read once all bytes went past, from a
//! dropped file in place, from a member held in memory.
//!
//! What it does not do: (1) it joins no volumes; (2) it finds nothing in an archive whose directory is damaged; (3) it
//! does not read Brotli and LZ4, which 7-Zip itself does not write; (4) it restores no links, whose targets are contents.

mod coder;
mod directory;
mod lock;
mod told;

use std::cell::RefCell;
use std::io::{self, Read};

use flate2::Crc;

use super::{Member, Members, Unpacker, left_over, unused};
use crate::model::{Diagnostic, Flow, Limits, counted};
use crate::source::{Opening, Source, Whole};

use coder::{Archive, Passed};
use directory::{Content, Directory, Folder};
use lock::{Key, Keys, Lock};

/// Code of what is said of bytes that belong to no member.
const LEFT_OVER: &str = "7z-left-over-bytes";

/// Bytes in front of the packed streams.
const FRONT: u64 = 32;

/// A directory may be packed, and what comes out again. Nobody packs it more than once.
const NESTED: usize = 4;

/// Bytes read of a content at a time.
const BLOCK: usize = 64 << 10;

/// Unpacking this many bytes takes about as long as a round of making a key.
const PER_ROUND: u64 = 16;

/// Why something cannot be read.
#[derive(Debug)]
enum Fault {
    /// The directory is not what the format allows.
    Directory(&'static str),
    /// There are more members, or things that belong to them, than the limit.
    Members(u64),
    /// More memory is wanted than the limit allows.
    Memory { wanted: u64, limit: u64 },
    /// A method that is not read.
    Method(u64),
    /// The packed data is cut short or damaged.
    Data(io::ErrorKind),
    /// The checksum differs.
    Checksum,
    /// None of the passwords opens it.
    Locked,
    /// It was said already.
    Told(Diagnostic),
}

/// Reads 7z.
pub(super) struct SevenZ {
    whole: Whole,
    limits: Limits,
    keys: Keys,
}

impl SevenZ {
    pub(super) fn new(opening: &mut Opening<'_>) -> SevenZ {
        let keys = Keys::new(opening.passwords, opening.allowance);
        SevenZ { whole: opening.whole(), limits: *opening.limits, keys }
    }
}

impl Unpacker for SevenZ {
    fn feed(&mut self, block: &[u8], _: &mut dyn Members) -> Flow {
        self.whole.feed(block);
        Flow::Continue
    }

    fn finish(&mut self, members: &mut dyn Members) {
        let source = match self.whole.source() {
            Ok(source) => source,
            Err(told) => return members.diagnostic(told),
        };
        let Some((start, size, crc)) = told::front(source, &self.limits, members) else { return };
        let all = source.size();
        if size == 0 {
            return left_over(LEFT_OVER, all - FRONT.min(all), members);
        }
        let archive = RefCell::new(source);
        let (used, passed) = (vec![(0, FRONT), (start, size)], Passed::default());
        let mut open =
            Open { archive: &archive, limits: &self.limits, passed: &passed, keys: &mut self.keys, used };
        match open.directory(start, size, crc) {
            Ok((folders, names, empty)) => {
                open.used.extend(folders.iter().flat_map(Folder::places));
                let left = unused(&mut open.used, all);
                if open.all(&folders, names, empty, members) == Flow::Continue {
                    left_over(LEFT_OVER, left, members);
                }
            }
            Err(fault) => members.diagnostic(told::directory(&fault)),
        }
    }
}

/// An archive that is being read.
struct Open<'a> {
    archive: &'a Archive<'a>,
    limits: &'a Limits,
    passed: &'a Passed,
    keys: &'a mut Keys,
    /// Places of the archive that hold something, each with its length.
    used: Vec<(u64, u64)>,
}

/// Folders, names of files with content in their order, and names of files without.
type Listed = (Vec<Folder>, Vec<String>, Vec<String>);

impl Open<'_> {
    /// Reads the directory, which may be packed.
    fn directory(&mut self, start: u64, size: u64, crc: u32) -> Result<Listed, Fault> {
        let mut bytes = vec![0; usize::try_from(size).map_err(|_| Fault::Directory("it is too long"))?];
        let mut archive = self.archive;
        archive.read_exact_at(start, &mut bytes).map_err(|error| Fault::Data(error.kind()))?;
        let mut sum = Crc::new();
        sum.update(&bytes);
        if sum.sum() != crc {
            return Err(Fault::Directory("it does not agree with its checksum"));
        }
        for _ in 0..NESTED {
            match Directory::read(&bytes, self.limits)? {
                Directory::Plain { folders, names, empty } => return Ok((folders, names, empty)),
                Directory::Packed(folder) => {
                    self.used.extend(folder.places());
                    bytes = self.unpacked(&folder)?;
                }
            }
        }
        Err(Fault::Directory("it is packed again and again"))
    }

    /// All that the folder of a packed directory holds.
    fn unpacked(&mut self, folder: &Folder) -> Result<Vec<u8>, Fault> {
        let &[content] = folder.contents.as_slice() else {
            return Err(Fault::Directory("it is packed in pieces"));
        };
        if content.size > self.limits.directory as u64 {
            return Err(Fault::Memory { wanted: content.size, limit: self.limits.directory as u64 });
        }
        let mut bytes = Vec::new();
        self.unlock(folder, |reader, _| {
            bytes.clear();
            check(reader, content, content.size, |block| {
                bytes.extend_from_slice(block);
                Flow::Continue
            })
        })?;
        Ok(bytes)
    }

    /// Finds the password whose key makes `trial` succeed, and gives the keys. What is not locked is not tried.
    fn unlock(
        &mut self,
        folder: &Folder,
        mut trial: impl FnMut(&mut dyn Read, &mut u64) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let locks = locks(folder)?;
        if locks.iter().all(Option::is_none) {
            let mut reader = coder::open(folder, &[], self.archive, self.limits, self.passed)?;
            return trial(&mut *reader, &mut 0);
        }
        for password in self.keys.order() {
            let keys = self.keys(&locks, password)?;
            let mut work = 0;
            let tried = match coder::open(folder, &keys, self.archive, self.limits, self.passed) {
                Ok(mut reader) => trial(&mut *reader, &mut work),
                Err(fault) => Err(fault),
            };
            match tried {
                Ok(()) => {
                    self.keys.opened(password);
                    return Ok(());
                }
                // A wrong password makes noise, which then seems damaged.
                Err(Fault::Data(_) | Fault::Checksum) => {
                    self.keys.worked(work / PER_ROUND).map_err(Fault::Told)?;
                }
                Err(other) => return Err(other),
            }
        }
        Err(Fault::Locked)
    }

    fn keys(&mut self, locks: &[Option<Lock>], password: usize) -> Result<Vec<Option<Key>>, Fault> {
        let mut keys = Vec::new();
        for lock in locks {
            let key = lock.as_ref().map(|lock| self.keys.key(password, lock)).transpose();
            keys.push(key.map_err(Fault::Told)?);
        }
        Ok(keys)
    }

    /// Hands on every member.
    fn all(
        &mut self,
        folders: &[Folder],
        names: Vec<String>,
        empty: Vec<String>,
        members: &mut dyn Members,
    ) -> Flow {
        for name in empty {
            if members.begin(Member { name: told::named(name), size: Some(0) }) == Flow::Stop {
                return Flow::Stop;
            }
            members.end(true);
        }
        let mut names = names.into_iter().map(told::named);
        let mut exhausted = false;
        for folder in folders {
            let names: Vec<String> = names.by_ref().take(folder.contents.len()).collect();
            if exhausted && locks(folder).is_ok_and(|locks| locks.iter().any(Option::is_some)) {
                continue;
            }
            match self.folder(folder, &names, members) {
                Ok(Flow::Continue) => {}
                Ok(Flow::Stop) => return Flow::Stop,
                Err(Fault::Told(told)) => {
                    // No more passwords are tried: what is locked behind this place stays so.
                    members.diagnostic(told);
                    exhausted = true;
                }
                Err(fault) => members.diagnostic(told::folder(&fault, &names)),
            }
        }
        Flow::Continue
    }

    /// Hands on the members of one folder.
    fn folder(
        &mut self,
        folder: &Folder,
        names: &[String],
        members: &mut dyn Members,
    ) -> Result<Flow, Fault> {
        let Some(first) = folder.contents.first() else { return Ok(Flow::Continue) };
        let locks = locks(folder)?;
        let is_locked = locks.iter().any(Option::is_some);
        let mut keys = Vec::new();
        if is_locked {
            let most = if coder::finds_faults(folder) { self.limits.probe } else { u64::MAX };
            self.unlock(folder, |reader, work| {
                check(reader, *first, most, |block| {
                    *work += block.len() as u64;
                    Flow::Continue
                })
            })?;
            if let Some(password) = self.keys.order().first() {
                keys = self.keys(&locks, *password)?;
            }
        }
        let mut reader = coder::open(folder, &keys, self.archive, self.limits, self.passed)?;
        for (number, (content, name)) in folder.contents.iter().zip(names).enumerate() {
            if members.begin(Member { name: name.clone(), size: Some(content.size) }) == Flow::Stop {
                return Ok(Flow::Stop);
            }
            let mut flow = Flow::Continue;
            let read = check(&mut *reader, *content, u64::MAX, |block| {
                flow = members.data(block);
                flow
            });
            if flow == Flow::Stop {
                return Ok(Flow::Stop);
            }
            if let Err(fault) = &read {
                members.diagnostic(told::content(fault, name, is_locked));
            }
            members.end(read.is_ok());
            if matches!(read, Err(Fault::Data(_))) {
                let behind = folder.contents.len() - number - 1;
                if behind > 0 {
                    members.diagnostic(told::behind(counted(behind as u64, "member"), name));
                }
                return Ok(Flow::Continue);
            }
        }
        Ok(Flow::Continue)
    }
}

/// The locks of a folder's coders.
fn locks(folder: &Folder) -> Result<Vec<Option<Lock>>, Fault> {
    let lock = |coder: &directory::Coder| match coder.method {
        lock::METHOD => Lock::read(&coder.properties)
            .map(Some)
            .ok_or(Fault::Directory("a coder has properties that it cannot have")),
        _ => Ok(None),
    };
    folder.coders.iter().map(lock).collect()
}

/// Reads a content, or `most` bytes of it, and compares its checksum where all of it was read.
fn check(
    reader: &mut dyn Read,
    content: Content,
    most: u64,
    mut out: impl FnMut(&[u8]) -> Flow,
) -> Result<(), Fault> {
    let mut block = vec![0; BLOCK.min(usize::try_from(content.size).unwrap_or(BLOCK))];
    let mut left = content.size.min(most);
    let mut crc = Crc::new();
    while left > 0 {
        let most = block.len().min(usize::try_from(left).unwrap_or(block.len()));
        let count = match reader.read(&mut block[..most]) {
            Ok(0) => return Err(Fault::Data(io::ErrorKind::UnexpectedEof)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Fault::Data(error.kind())),
        };
        crc.update(&block[..count]);
        left -= count as u64;
        if out(&block[..count]) == Flow::Stop {
            return Ok(());
        }
    }
    match content.crc {
        Some(sum) if content.size <= most && sum != crc.sum() => Err(Fault::Checksum),
        _ => Ok(()),
    }
}
