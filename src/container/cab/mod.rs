//! Microsoft cabinets ("[MS-CAB]: Cabinet File Format"), also as `.msu` and `.diagcab`: the bytes are gathered, for members may stand at any place of a
//! folder; then each folder is unpacked from front to back, and its members come out.
//!
//! What it does not do: (1) it joins no cabinets of a set: members that span two are named; (2) it does not read
//! Quantum; (3) it does not search what the header and the blocks reserve for other programs; (4) it does not verify signatures.

mod blocks;
mod directory;
mod huffman;
mod lzx;
mod told;

use super::{Member, Members, Unpacker, left_over, unused};
use crate::model::{Flow, Limits};
use crate::source::{Opening, Source, Whole};

use blocks::{Blocks, Fault};
use directory::{Directory, File, Folder};

/// Times that a folder is unpacked where its members overlap: a writer might list files with equal content so, and the work
/// stays bounded for one that lists thousands.
const PASSES: usize = 8;

/// Bytes read at a time of what stands behind a cabinet.
const BLOCK: u64 = 64 << 10;

/// Reads cabinets.
pub(super) struct Cab {
    whole: Whole,
    limits: Limits,
}

impl Cab {
    pub(super) fn new(opening: &mut Opening<'_>) -> Cab {
        Cab { whole: opening.whole(), limits: *opening.limits }
    }
}

impl Unpacker for Cab {
    fn feed(&mut self, block: &[u8], _: &mut dyn Members) -> Flow {
        self.whole.feed(block);
        Flow::Continue
    }

    fn finish(&mut self, members: &mut dyn Members) {
        let source = match self.whole.source() {
            Ok(source) => source,
            Err(told) => return members.diagnostic(told),
        };
        let Some(mut directory) = directory::read(source, &self.limits) else {
            return members.diagnostic(told::unreadable());
        };
        let all = source.size();
        if directory.size > all {
            members.diagnostic(told::short(&directory, all));
        }
        told::set(&directory).into_iter().for_each(|told| members.diagnostic(told));
        told::lost(&directory).into_iter().for_each(|told| members.diagnostic(told));
        let work = all.saturating_mul(self.limits.ratio).max(self.limits.ratio_floor);
        let mut open = Open { source, work, reserve: directory.block_reserve };
        for folder in &mut directory.folders {
            if open.folder(folder, members) == Flow::Stop {
                return;
            }
        }
        behind(open.source, &directory, members);
    }
}

/// A cabinet that is being read.
struct Open<'s> {
    source: &'s mut dyn Source,
    /// Bytes that may yet be unpacked, wanted by a member or not: many folders may share one run of blocks.
    work: u64,
    reserve: usize,
}

/// How the reading of a folder ended.
enum End {
    /// It has so many bytes.
    All(u64),
    /// Not all of it was read, and that was told.
    Told,
    /// What stands behind its last member cannot be read.
    Unread,
}

impl Open<'_> {
    /// Hands on the members of one folder. Those that overlap are left for another pass.
    fn folder(&mut self, folder: &mut Folder, members: &mut dyn Members) -> Flow {
        let mut files = std::mem::take(&mut folder.files);
        files.sort_by_key(|file| file.start);
        let mut used: Vec<(u64, u64)> = files.iter().map(|file| (file.start, file.size)).collect();
        for _ in 0..PASSES {
            let (mut now, mut later, mut end) = (Vec::new(), Vec::new(), 0);
            for file in files {
                if file.start >= end || file.size == 0 {
                    end = file.end().max(end);
                    now.push(file);
                } else {
                    later.push(file);
                }
            }
            let Some(end) = self.pass(folder, &now, members) else { return Flow::Stop };
            files = later;
            if files.is_empty() {
                match end {
                    End::All(all) => left_over(told::LEFT_OVER, unused(&mut used, all), members),
                    End::Unread => members.diagnostic(told::rest()),
                    End::Told => {}
                }
                return Flow::Continue;
            }
        }
        members.diagnostic(told::overlapping(&files, PASSES));
        Flow::Continue
    }

    /// Unpacks a folder once and hands on members that do not overlap, in the order of their places. `None`: no
    /// more is wanted.
    fn pass(&mut self, folder: &Folder, files: &[File], members: &mut dyn Members) -> Option<End> {
        let mut blocks = Blocks::new(self.source, folder, self.reserve, &mut self.work);
        let mut at = 0;
        for (number, file) in files.iter().enumerate() {
            let member = Member { name: file.name.clone(), size: Some(file.size) };
            if members.begin(member) == Flow::Stop {
                return None;
            }
            let mut doubtful = false;
            let read = read(&mut blocks, &mut at, file, |bytes, is_doubtful| {
                doubtful |= is_doubtful;
                members.data(bytes)
            });
            if doubtful {
                members.diagnostic(told::checksum(&file.name));
            }
            match read {
                Ok(Flow::Stop) => return None,
                Ok(Flow::Continue) => members.end(!doubtful),
                Err(fault) => {
                    members.diagnostic(told::member(fault, &file.name));
                    members.end(false);
                    let left = files.len() - number - 1;
                    if left > 0 {
                        members.diagnostic(told::behind(left, &file.name));
                    }
                    return Some(End::Told);
                }
            }
        }
        loop {
            match blocks.take(BLOCK) {
                Ok((bytes, _)) => at += bytes.len() as u64,
                Err(Fault::Over) => return Some(End::All(at)),
                // What goes on in the next cabinet is named there, and that there is one is told.
                Err(Fault::Continued | Fault::Begun) => return Some(End::Told),
                Err(_) => return Some(End::Unread),
            }
        }
    }
}

/// Passes over the bytes in front of a member and hands on its own.
fn read(
    blocks: &mut Blocks<'_>,
    at: &mut u64,
    file: &File,
    mut out: impl FnMut(&[u8], bool) -> Flow,
) -> Result<Flow, Fault> {
    if file.size == 0 {
        return Ok(Flow::Continue);
    }
    while *at < file.start {
        *at += blocks.take(file.start - *at)?.0.len() as u64;
    }
    while *at < file.end() {
        let (bytes, doubtful) = blocks.take(file.end() - *at)?;
        *at += bytes.len() as u64;
        if out(bytes, doubtful) == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    Ok(Flow::Continue)
}

/// What stands behind a cabinet is a member: a signature, or another file.
fn behind(source: &mut dyn Source, directory: &Directory, members: &mut dyn Members) {
    let (mut at, all) = (directory.size, source.size());
    if at >= all {
        return;
    }
    let name = told::trailing(all - at);
    if members.begin(Member { name, size: Some(all - at) }) == Flow::Stop {
        return;
    }
    while at < all {
        let bytes = directory::bytes(source, at, (all - at).min(BLOCK) as usize);
        at += bytes.len() as u64;
        if bytes.is_empty() || members.data(&bytes) == Flow::Stop {
            return;
        }
    }
    members.end(true);
}
