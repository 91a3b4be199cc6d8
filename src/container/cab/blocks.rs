//! The packed blocks of one folder ([MS-CAB], CFDATA and checksum method) are read one after the other; its bytes come out.

use flate2::{Decompress, FlushDecompress, Status};

use super::directory::{self, Folder, u16_at, u32_at};
use super::lzx::{FRAME, Lzx};
use crate::source::Source;

/// Bytes in front of a block's data, without what is reserved.
const HEADER: usize = 8;

/// Why the bytes of a folder end before they should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The folder has no more blocks.
    Over,
    /// The rest is in the next cabinet of the set.
    Continued,
    /// The beginning is in the cabinet before.
    Begun,
    /// The cabinet ends.
    Truncated,
    /// The packed data is not what the method allows.
    Damaged,
    /// A method that is not read.
    Method(u16),
    /// More was unpacked than the limit allows.
    Work,
}

/// How a folder is packed ([MS-CAB], CFFOLDER).
enum Method {
    Stored,
    MsZip(Box<Decompress>),
    Lzx(Box<Lzx>),
}

impl Method {
    fn new(written: u16) -> Result<Method, Fault> {
        match written & 0xF {
            0 => Ok(Method::Stored),
            1 => Ok(Method::MsZip(Box::new(Decompress::new(false)))),
            3 => Lzx::new(written >> 8 & 0x1F).map(|lzx| Method::Lzx(Box::new(lzx))).ok_or(Fault::Damaged),
            _ => Err(Fault::Method(written & 0xF)),
        }
    }

    /// Unpacks a block into `out`, which holds the block before.
    fn unpack(&mut self, packed: &[u8], size: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        let unpacked = match self {
            Method::Stored => {
                out.clear();
                out.extend_from_slice(packed);
                Ok(())
            }
            Method::MsZip(inflate) => mszip(inflate, packed, size, out),
            Method::Lzx(lzx) => lzx.unpack(packed, size, out).map_err(|_| Fault::Damaged),
        };
        let fits = out.len() == size;
        out.truncate(size);
        unpacked.and(if fits { Ok(()) } else { Err(Fault::Damaged) })
    }
}

/// A block of MSZIP ([MS-MCI]): a mark and a deflate stream, whose matches may reach into the block before.
fn mszip(inflate: &mut Decompress, packed: &[u8], size: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
    let mut made = Vec::with_capacity(FRAME + 1);
    let unpacked = match packed.strip_prefix(b"CK") {
        Some(packed) => inflated(inflate, packed, size, out, &mut made),
        None => Err(Fault::Damaged),
    };
    *out = made;
    unpacked
}

fn inflated(
    inflate: &mut Decompress,
    packed: &[u8],
    size: usize,
    before: &[u8],
    made: &mut Vec<u8>,
) -> Result<(), Fault> {
    inflate.reset(false);
    // The block before is given to the decoder as stored data (RFC 1951, section 3.2.4), whose output nobody wants.
    let length = before.len().min(FRAME) as u16;
    let mut header = vec![0];
    header.extend(length.to_le_bytes());
    header.extend((!length).to_le_bytes());
    let mut history = vec![0; FRAME];
    for input in [&header, &before[before.len() - usize::from(length)..]] {
        inflate.decompress(input, &mut history, FlushDecompress::None).map_err(|_| Fault::Damaged)?;
    }
    made.resize(size + 1, 0);
    let start = inflate.total_out();
    let status = inflate.decompress(packed, made, FlushDecompress::Finish);
    made.truncate((inflate.total_out() - start) as usize);
    match status {
        Ok(Status::StreamEnd) => Ok(()),
        _ => Err(Fault::Damaged),
    }
}

/// Reads the bytes of one folder from front to back, once.
pub(super) struct Blocks<'s> {
    source: &'s mut dyn Source,
    /// Bytes that may yet be unpacked from this cabinet.
    work: &'s mut u64,
    reserve: usize,
    at: u64,
    blocks: u16,
    method: Option<Method>,
    block: Vec<u8>,
    used: usize,
    fault: Option<Fault>,
    /// The current block does not agree with its checksum.
    doubtful: bool,
}

impl<'s> Blocks<'s> {
    pub(super) fn new(
        source: &'s mut dyn Source,
        folder: &Folder,
        reserve: usize,
        work: &'s mut u64,
    ) -> Blocks<'s> {
        let (method, fault) = match Method::new(folder.method) {
            _ if folder.continued => (None, Some(Fault::Begun)),
            Ok(method) => (Some(method), None),
            Err(fault) => (None, Some(fault)),
        };
        Blocks {
            source,
            work,
            reserve,
            at: folder.start,
            blocks: folder.blocks,
            method,
            block: Vec::new(),
            used: 0,
            fault,
            doubtful: false,
        }
    }

    /// The next bytes, at most `most` of them, at least one; and whether their block does not agree with its checksum.
    pub(super) fn take(&mut self, most: u64) -> Result<(&[u8], bool), Fault> {
        while self.used == self.block.len() {
            if let Some(fault) = self.fault {
                return Err(fault);
            }
            self.used = 0;
            if let Err(fault) = self.fill() {
                self.fault = Some(fault);
            }
        }
        let rest = self.block.len() - self.used;
        let count = rest.min(usize::try_from(most).unwrap_or(rest));
        let taken = &self.block[self.used..self.used + count];
        self.used += count;
        Ok((taken, self.doubtful))
    }

    /// Unpacks the next block; what came out of a damaged one stays.
    fn fill(&mut self) -> Result<(), Fault> {
        let before = std::mem::take(&mut self.block);
        self.blocks = self.blocks.checked_sub(1).ok_or(Fault::Over)?;
        let front = directory::bytes(self.source, self.at, HEADER + self.reserve);
        let sum = u32_at(&front, 0).ok_or(Fault::Truncated)?;
        let packed_size = usize::from(u16_at(&front, 4).ok_or(Fault::Truncated)?);
        let size = usize::from(u16_at(&front, 6).ok_or(Fault::Truncated)?);
        let reserved = front.get(HEADER..HEADER + self.reserve).ok_or(Fault::Truncated)?;
        let packed = directory::bytes(self.source, self.at + front.len() as u64, packed_size);
        if packed.len() < packed_size {
            return Err(Fault::Truncated);
        }
        self.at += (front.len() + packed_size) as u64;
        let bare = checksum(&packed) ^ checksum(&front[4..HEADER]);
        // Whether what is reserved is summed up is left open: either sum will do.
        self.doubtful = sum != 0 && sum != bare && sum != bare ^ checksum(reserved);
        if size == 0 {
            return Err(Fault::Continued);
        }
        if size > FRAME {
            return Err(Fault::Damaged);
        }
        *self.work = self.work.checked_sub(size as u64).ok_or(Fault::Work)?;
        self.block = before;
        let Some(method) = &mut self.method else { return Err(Fault::Damaged) };
        method.unpack(&packed, size, &mut self.block)
    }
}

/// The checksum of [MS-CAB]: words of four bytes, and the rest of them the other way round, combined by exclusive or.
fn checksum(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let sum = words.iter().fold(0, |sum, word| sum ^ u32::from_le_bytes(*word));
    sum ^ rest.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}
