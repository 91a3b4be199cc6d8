//! LZ4 frames ("LZ4 Frame Format Description" 1.6.3), also in the form before it ("legacy frame"). Checksums of
//! header, blocks and content are verified. Frames that need a dictionary are not read.

use std::hash::Hasher;

use lz4_flex::block::decompress_into_with_dict;
use twox_hash::XxHash32;

use super::decompress::{Decompressor, Fault, Fed, Out};
use crate::model::{Flow, Limits};

const MAGIC: u32 = 0x184D_2204;
const LEGACY: u32 = 0x184C_2102;
const SKIPPABLE: u32 = 0x184D_2A50;

/// A legacy frame's blocks are of this size when unpacked.
const LEGACY_BLOCK: usize = 8 << 20;

/// Blocks that depend on those before look back this far.
const HISTORY: usize = 64 << 10;

enum State {
    Header,
    Skip(u32),
    BlockSize,
    /// Gathering a block of this length; whether it is compressed.
    Block(usize, bool),
    ContentChecksum,
}

/// Decompresses one frame.
pub(super) struct Lz4 {
    state: State,
    held: Vec<u8>,
    history: Vec<u8>,
    out: Vec<u8>,
    legacy: bool,
    linked: bool,
    block_checked: bool,
    content_checked: bool,
    size: Option<u64>,
    made: u64,
    largest: usize,
    hash: XxHash32,
}

impl Lz4 {
    /// One frame, skippable or not. Its memory is bounded by the format: blocks are at most 8 MiB.
    pub(super) fn open(_: &Limits) -> Box<dyn Decompressor> {
        Box::new(Lz4 {
            state: State::Header,
            held: Vec::new(),
            history: Vec::new(),
            out: Vec::new(),
            legacy: false,
            linked: false,
            block_checked: false,
            content_checked: false,
            size: None,
            made: 0,
            largest: LEGACY_BLOCK,
            hash: XxHash32::with_seed(0),
        })
    }

    fn gather(&mut self, input: &[u8], wanted: usize) -> usize {
        let used = input.len().min(wanted.saturating_sub(self.held.len()));
        self.held.extend_from_slice(&input[..used]);
        used
    }

    fn held_u32(&self, at: usize) -> Option<u32> {
        self.held.get(at..at + 4)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
    }

    fn header(&mut self, input: &[u8]) -> Result<usize, Fault> {
        let mut used = self.gather(input, 4);
        let Some(magic) = self.held_u32(0) else { return Ok(used) };
        if magic == LEGACY {
            self.legacy = true;
            self.held.clear();
            self.state = State::BlockSize;
            return Ok(used);
        }
        if magic & !0xF == SKIPPABLE {
            used += self.gather(&input[used..], 8);
            if let Some(size) = self.held_u32(4) {
                self.held.clear();
                self.state = State::Skip(size);
            }
            return Ok(used);
        }
        if magic != MAGIC {
            return Err(Fault::Corrupt);
        }
        used += self.gather(&input[used..], 6);
        let [_, _, _, _, flags, sizes, ..] = self.held[..] else { return Ok(used) };
        let (has_size, has_dictionary) = (flags & 8 != 0, flags & 1 != 0);
        let wanted = 7 + usize::from(has_size) * 8 + usize::from(has_dictionary) * 4;
        used += self.gather(&input[used..], wanted);
        if self.held.len() < wanted {
            return Ok(used);
        }
        let check = (XxHash32::oneshot(0, &self.held[4..wanted - 1]) >> 8) as u8;
        let largest = sizes >> 4 & 7;
        if flags >> 6 != 1
            || flags & 2 != 0
            || sizes & 0x8F != 0
            || largest < 4
            || check != self.held[wanted - 1]
        {
            return Err(Fault::Corrupt);
        }
        if has_dictionary {
            return Err(Fault::Unsupported("a dictionary kept elsewhere"));
        }
        self.linked = flags & 0x20 == 0;
        self.block_checked = flags & 0x10 != 0;
        self.content_checked = flags & 4 != 0;
        self.largest = 256 << (2 * usize::from(largest));
        self.size = self
            .held
            .get(6..14)
            .filter(|_| has_size)
            .and_then(<[u8]>::first_chunk)
            .map(|bytes| u64::from_le_bytes(*bytes));
        self.held.clear();
        self.state = State::BlockSize;
        Ok(used)
    }

    /// A block's size was read; tells whether the frame ends here.
    fn block_size(&mut self) -> Result<Option<Fed>, Fault> {
        let Some(size) = self.held_u32(0) else { return Ok(None) };
        if self.legacy {
            if matches!(size, MAGIC | LEGACY) || size & !0xF == SKIPPABLE {
                // The frame has no end mark: the next one's beginning ends it.
                return Ok(Some(Fed::End { used: 0, back: std::mem::take(&mut self.held), right: true }));
            }
            if size as usize > LEGACY_BLOCK + LEGACY_BLOCK / 255 + 16 {
                return Err(Fault::Corrupt);
            }
            self.held.clear();
            self.state = State::Block(size as usize, true);
            return Ok(None);
        }
        self.held.clear();
        if size == 0 {
            if self.content_checked {
                self.state = State::ContentChecksum;
                return Ok(None);
            }
            return Ok(Some(self.end(true)));
        }
        let length = (size & 0x7FFF_FFFF) as usize;
        if length > self.largest {
            return Err(Fault::Corrupt);
        }
        let checksum = if self.block_checked { 4 } else { 0 };
        self.state = State::Block(length + checksum, size >> 31 == 0);
        Ok(None)
    }

    fn end(&self, right: bool) -> Fed {
        let right = right && self.size.is_none_or(|size| size == self.made);
        Fed::End { used: 0, back: Vec::new(), right }
    }

    /// A block is whole: decodes it.
    fn block(&mut self, packed: bool, out: &mut Out<'_>) -> Result<Flow, Fault> {
        let held = std::mem::take(&mut self.held);
        let (block, checksum) = held.split_at(held.len() - if self.block_checked { 4 } else { 0 });
        if let Some(checksum) = checksum.first_chunk()
            && u32::from_le_bytes(*checksum) != XxHash32::oneshot(0, block)
        {
            return Err(Fault::Corrupt);
        }
        let mut room = std::mem::take(&mut self.out);
        let made: &[u8] = if packed {
            room.resize(self.largest, 0);
            let count =
                decompress_into_with_dict(block, &mut room, &self.history).map_err(|_| Fault::Corrupt)?;
            &room[..count]
        } else {
            block
        };
        if self.content_checked {
            self.hash.write(made);
        }
        self.made += made.len() as u64;
        if self.linked {
            let keep = HISTORY.saturating_sub(made.len());
            let cut = self.history.len().saturating_sub(keep);
            self.history.drain(..cut);
            self.history.extend_from_slice(&made[made.len().saturating_sub(HISTORY)..]);
        }
        let flow = if made.is_empty() { Flow::Continue } else { out(made) };
        self.out = room;
        self.held = held;
        self.held.clear();
        self.state = State::BlockSize;
        Ok(flow)
    }
}

impl Decompressor for Lz4 {
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Result<Fed, Fault> {
        let mut at = 0;
        loop {
            let rest = &input[at..];
            match self.state {
                State::Header => at += self.header(rest)?,
                State::Skip(left) => {
                    let used = rest.len().min(left as usize);
                    at += used;
                    self.state = State::Skip(left - used as u32);
                }
                State::BlockSize => {
                    at += self.gather(rest, 4);
                    if let Some(Fed::End { back, right, .. }) = self.block_size()? {
                        return Ok(Fed::End { used: at, back, right });
                    }
                }
                State::Block(wanted, packed) => {
                    at += self.gather(rest, wanted);
                    if self.held.len() == wanted && self.block(packed, out)? == Flow::Stop {
                        return Ok(Fed::Stop);
                    }
                }
                State::ContentChecksum => {
                    at += self.gather(rest, 4);
                    if let Some(wanted) = self.held_u32(0) {
                        let Fed::End { back, right, .. } = self.end(u64::from(wanted) == self.hash.finish())
                        else {
                            continue;
                        };
                        return Ok(Fed::End { used: at, back, right });
                    }
                }
            }
            if matches!(self.state, State::Skip(0)) {
                return Ok(Fed::End { used: at, back: Vec::new(), right: true });
            }
            if at == input.len() {
                return Ok(Fed::More);
            }
        }
    }

    fn finish(&mut self, _: &mut Out<'_>) -> Result<Fed, Fault> {
        let ends =
            self.legacy && self.made > 0 && matches!(self.state, State::BlockSize) && self.held.is_empty();
        if ends { Ok(self.end(true)) } else { Err(Fault::Truncated) }
    }
}
