//! The data of one zip member: its bytes as they stand in the archive go in, unlocked and unpacked ones come out.

use super::super::decompress::{Decompressor, Even, Fault, Fed, Out};
use super::super::deflate::{Deflate, Deflate64};
use super::super::{bzip2, lzma, zstd};
use super::lock::Cipher;
use crate::model::{Flow, Limits};

/// Bytes taken at a time where the data's length is not known: what follows the data is among those last taken.
const BLOCK: usize = 4 << 10;

/// How the data is packed (APPNOTE 6.3.10, section 4.4.5).
pub(super) enum Packing {
    Stored,
    /// The archive's one decompressor for it is used: most members are packed so.
    Deflate,
    Other(Box<dyn Decompressor>),
    /// The data is passed over.
    Unread,
}

impl Packing {
    /// The packing of this number; `None` for those that are not read. `end_marked`: LZMA data ends with a mark, and
    /// `size` is what it unpacks to, where that is known.
    pub(super) fn of(method: u16, end_marked: bool, size: Option<u64>, limits: &Limits) -> Option<Packing> {
        let size = size.filter(|_| !end_marked);
        Some(match method {
            0 => Packing::Stored,
            8 => Packing::Deflate,
            9 => Packing::Other(Deflate64::open(limits)),
            12 => Packing::Other(bzip2::Bzip2::open(limits)),
            14 => Packing::Other(lzma::zip(size, limits)),
            93 => Packing::Other(zstd::Zstd::open(limits)),
            95 => Packing::Other(lzma::xz(limits)),
            _ => return None,
        })
    }
}

/// What taking some bytes came to.
pub(super) enum Step {
    More,
    /// The data is complete. `back` was taken, but follows the data.
    Over {
        back: Vec<u8>,
        right: bool,
    },
    /// The data cannot be read on. `back` was taken, and may hold what follows it.
    Fault {
        fault: Fault,
        back: Vec<u8>,
    },
    Stop,
}

/// The data of one member.
pub(super) struct Body {
    packing: Packing,
    cipher: Option<Cipher>,
    /// Bytes of data that are still to come; `None` where nobody said how many there are.
    left: Option<u64>,
    even: Even,
    /// The block before, as it stands in the archive.
    before: Vec<u8>,
    unlocked: Vec<u8>,
    /// The stream is complete, and whether it agrees with its own checksum.
    ended: Option<bool>,
}

impl Body {
    /// `length` of it follows.
    pub(super) fn new(packing: Packing, cipher: Option<Cipher>, length: Option<u64>) -> Body {
        Body {
            packing,
            cipher,
            left: length,
            even: Even::new(BLOCK),
            before: Vec::new(),
            unlocked: Vec::new(),
            ended: None,
        }
    }

    /// What unlocked it.
    pub(super) fn cipher(&self) -> Option<&Cipher> {
        self.cipher.as_ref()
    }

    /// Takes the next bytes; tells how many.
    pub(super) fn feed(&mut self, input: &[u8], deflate: &mut Deflate, out: &mut Out<'_>) -> (usize, Step) {
        let Some(left) = self.left else { return self.feed_open(input, deflate, out) };
        let used = input.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.left = Some(left - used as u64);
        let step = self.take(&input[..used], deflate, out);
        if let Some(cipher) = &mut self.cipher {
            cipher.sum(&input[..used]);
        }
        match step {
            Ok(Fed::Stop) => (used, Step::Stop),
            Ok(Fed::End { used: taken, back, right }) => {
                self.ended = Some(right);
                let slack = self.slack(taken.saturating_sub(back.len()) < used);
                (used, slack.unwrap_or_else(|| self.over(deflate, out)))
            }
            Ok(Fed::More) => {
                let slack = self.slack(self.ended.is_some() && used > 0);
                (used, slack.unwrap_or_else(|| self.over(deflate, out)))
            }
            Err(fault) => {
                // The rest is passed over: how long it is is known.
                self.packing = Packing::Unread;
                (used, Step::Fault { fault, back: Vec::new() })
            }
        }
    }

    /// What it comes to that bytes of the member follow the end of its stream: nothing unpacks them, and the rest is passed
    /// over. LZMA may have an end mark there.
    fn slack(&mut self, follows: bool) -> Option<Step> {
        let slack = follows && matches!(self.packing, Packing::Deflate);
        slack.then(|| {
            self.packing = Packing::Unread;
            Step::Fault { fault: Fault::Corrupt, back: Vec::new() }
        })
    }

    /// Whether all bytes have come that were to come.
    pub(super) fn over(&mut self, deflate: &mut Deflate, out: &mut Out<'_>) -> Step {
        if self.left != Some(0) {
            return Step::More;
        }
        if self.ended.is_none() {
            match self.end(deflate, out) {
                Ok(Fed::End { right, .. }) => self.ended = Some(right),
                Ok(Fed::Stop) => return Step::Stop,
                Ok(Fed::More) => {}
                Err(fault) => {
                    self.packing = Packing::Unread;
                    return Step::Fault { fault, back: Vec::new() };
                }
            }
        }
        Step::Over { back: Vec::new(), right: self.ended != Some(false) }
    }

    /// The archive ends: gives what is left.
    pub(super) fn finish(&mut self, deflate: &mut Deflate, out: &mut Out<'_>) -> Step {
        if self.left.is_none() {
            let block = self.even.block();
            let step = self.block(block, deflate, out);
            if !matches!(step, Step::More) {
                return step;
            }
        }
        match self.end(deflate, out) {
            Ok(Fed::End { back, right, .. }) => Step::Over { back: self.raw(&[], 0, back.len()), right },
            Ok(Fed::Stop) => Step::Stop,
            Ok(Fed::More) => Step::Fault { fault: Fault::Truncated, back: Vec::new() },
            Err(fault) => Step::Fault { fault, back: Vec::new() },
        }
    }

    /// Data of unknown length is taken in blocks of one size, so that its end is found however it is cut.
    fn feed_open(&mut self, input: &[u8], deflate: &mut Deflate, out: &mut Out<'_>) -> (usize, Step) {
        let (used, full) = self.even.take(input);
        if !full {
            return (used, Step::More);
        }
        let block = self.even.block();
        (used, self.block(block, deflate, out))
    }

    fn block(&mut self, block: Vec<u8>, deflate: &mut Deflate, out: &mut Out<'_>) -> Step {
        match self.take(&block, deflate, out) {
            Ok(Fed::Stop) => Step::Stop,
            Ok(Fed::More) => {
                if let Some(cipher) = &mut self.cipher {
                    cipher.sum(&self.before);
                }
                self.before = block;
                Step::More
            }
            Ok(Fed::End { used, back, right }) => {
                let back = self.raw(&block, used, back.len());
                Step::Over { back, right }
            }
            Err(fault) => Step::Fault { fault, back: block },
        }
    }

    /// The bytes behind the data, as they stand in the archive: `back` of the first `used` ones of the last block and
    /// of those before, and the rest of that block.
    fn raw(&mut self, block: &[u8], used: usize, back: usize) -> Vec<u8> {
        let mut all = std::mem::take(&mut self.before);
        let end = (all.len() + used).saturating_sub(back);
        all.extend_from_slice(block);
        if let Some(cipher) = &mut self.cipher {
            cipher.sum(&all[..end]);
        }
        all.split_off(end)
    }

    /// Unlocks and unpacks some bytes.
    fn take(&mut self, input: &[u8], deflate: &mut Deflate, out: &mut Out<'_>) -> Result<Fed, Fault> {
        if self.ended.is_some() || input.is_empty() {
            return Ok(Fed::More);
        }
        let mut input = input;
        if let (Some(cipher), false) = (&mut self.cipher, matches!(self.packing, Packing::Unread)) {
            self.unlocked.clear();
            self.unlocked.extend_from_slice(input);
            cipher.decrypt(&mut self.unlocked);
            input = &self.unlocked;
        }
        match &mut self.packing {
            Packing::Stored => Ok(if out(input) == Flow::Stop { Fed::Stop } else { Fed::More }),
            Packing::Deflate => deflate.feed(input, out),
            Packing::Other(other) => other.feed(input, out),
            Packing::Unread => Ok(Fed::More),
        }
    }

    fn end(&mut self, deflate: &mut Deflate, out: &mut Out<'_>) -> Result<Fed, Fault> {
        match &mut self.packing {
            Packing::Stored | Packing::Unread => Ok(Fed::More),
            Packing::Deflate => deflate.finish(out),
            Packing::Other(other) => other.finish(out),
        }
    }
}
