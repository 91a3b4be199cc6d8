//! xz (The .xz File Format 1.2.1), lzma (LZMA specification, Pavlov, 2015) and lzip (Diaz, "Lzip Compressed Format").
//! LZMA as zip members have it (APPNOTE 6.3.10, section 5.8) too. xz: CRC-32, CRC-64 and SHA-256 are verified; one filter before LZMA2 at most.

use lzma_rust2::{
    Action, LzipStream, LzmaStream, Status, StreamResult, XzStream, lzma_get_memory_usage_by_props,
};

use super::decompress::{Decompressor, Even, Fault, Fed, Out};
use crate::model::{Flow, Limits};

/// Bytes taken and unpacked at a time. What the decoder made since its last call is lost when it meets damage, so
/// this is small.
const BLOCK: usize = 4 << 10;

/// What the three decoders have in common.
trait Coder {
    fn process(&mut self, input: &[u8], out: &mut [u8], action: Action) -> std::io::Result<StreamResult>;
    /// Bytes taken that follow the stream.
    fn unused(&self) -> &[u8];
    /// Memory the stream wants, in KiB, once its header was read.
    fn wanted(&self) -> Option<u32>;
}

macro_rules! coder {
    ($stream:ty, $unused:expr) => {
        impl Coder for $stream {
            fn process(
                &mut self,
                input: &[u8],
                out: &mut [u8],
                action: Action,
            ) -> std::io::Result<StreamResult> {
                <$stream>::process(self, input, out, action)
            }
            fn unused(&self) -> &[u8] {
                let unused: fn(&$stream) -> &[u8] = $unused;
                unused(self)
            }
            fn wanted(&self) -> Option<u32> {
                self.memory_usage()
            }
        }
    };
}

coder!(XzStream, |_| &[]);
coder!(LzmaStream, LzmaStream::unused_input);
coder!(LzipStream, LzipStream::unused_input);

/// Decompresses one stream of the LZMA family.
struct Lzma<C> {
    coder: C,
    even: Even,
    out: Vec<u8>,
    limit: u64,
}

/// The decoders' own tables come on top of the dictionary.
fn memory(limits: &Limits) -> u32 {
    u32::try_from((limits.dictionary >> 10) + (1 << 10)).unwrap_or(u32::MAX)
}

fn boxed<C: Coder + 'static>(coder: C, limits: &Limits) -> Box<dyn Decompressor> {
    Box::new(Lzma { coder, even: Even::new(BLOCK), out: vec![0; BLOCK], limit: limits.dictionary })
}

/// One xz stream.
pub(super) fn xz(limits: &Limits) -> Box<dyn Decompressor> {
    boxed(XzStream::new_mem_limit(false, memory(limits)), limits)
}

/// LZMA behind the 13 bytes of header of the .lzma format.
pub(super) fn lzma(limits: &Limits) -> Box<dyn Decompressor> {
    boxed(LzmaStream::new_mem_limit(memory(limits), None), limits)
}

/// One lzip member.
pub(super) fn lzip(limits: &Limits) -> Box<dyn Decompressor> {
    boxed(LzipStream::new_mem_limit(false, memory(limits)), limits)
}

/// LZMA as in a zip: behind the version of the program that made it, the length of the properties, and those. `size`
/// is what it unpacks to; without one it ends at an end mark.
pub(super) fn zip(size: Option<u64>, limits: &Limits) -> Box<dyn Decompressor> {
    Box::new(ZipLzma { header: Vec::new(), size, inner: None, limits: *limits })
}

struct ZipLzma {
    header: Vec<u8>,
    size: Option<u64>,
    inner: Option<Box<dyn Decompressor>>,
    limits: Limits,
}

impl ZipLzma {
    /// Two bytes of version, two of length, one of properties, four of the dictionary's size.
    const HEADER: usize = 9;

    fn open(&mut self) -> Result<(), Fault> {
        let [_, _, 5, 0, properties, one, two, three, four] = self.header[..] else {
            return Err(Fault::Corrupt);
        };
        let dictionary = u32::from_le_bytes([one, two, three, four]);
        let wanted = lzma_get_memory_usage_by_props(dictionary, properties).map_err(|_| Fault::Corrupt)?;
        if wanted > memory(&self.limits) {
            return Err(Fault::Memory { wanted: u64::from(wanted) << 10, limit: self.limits.dictionary });
        }
        let size = self.size.unwrap_or(u64::MAX);
        let coder = LzmaStream::new_with_props(size, properties, dictionary, None);
        self.inner = Some(boxed(coder.map_err(|_| Fault::Corrupt)?, &self.limits));
        Ok(())
    }
}

impl Decompressor for ZipLzma {
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Result<Fed, Fault> {
        let mut header = 0;
        if self.inner.is_none() {
            header = input.len().min(ZipLzma::HEADER - self.header.len());
            self.header.extend_from_slice(&input[..header]);
            if self.header.len() < ZipLzma::HEADER {
                return Ok(Fed::More);
            }
            self.open()?;
        }
        let Some(inner) = &mut self.inner else { return Ok(Fed::More) };
        match inner.feed(&input[header..], out)? {
            Fed::End { used, back, right } => Ok(Fed::End { used: used + header, back, right }),
            other => Ok(other),
        }
    }

    fn finish(&mut self, out: &mut Out<'_>) -> Result<Fed, Fault> {
        match &mut self.inner {
            Some(inner) => inner.finish(out),
            None => Err(Fault::Truncated),
        }
    }
}

impl<C: Coder> Lzma<C> {
    /// Unpacks one block; `More` where the coder took all of it.
    fn block(&mut self, block: &[u8], action: Action, out: &mut Out<'_>) -> Result<Fed, Fault> {
        let mut at = 0;
        loop {
            let result = match self.coder.process(&block[at..], &mut self.out, action) {
                Ok(result) => result,
                Err(error) => return Err(self.fault(&error)),
            };
            at += result.bytes_consumed;
            let made = result.bytes_produced;
            if made > 0 && out(&self.out[..made]) == Flow::Stop {
                return Ok(Fed::Stop);
            }
            if result.status == Status::StreamEnd {
                let mut back = self.coder.unused().to_vec();
                back.extend_from_slice(&block[at..]);
                return Ok(Fed::End { used: 0, back, right: true });
            }
            if at == block.len() && made < self.out.len() && (action == Action::Run || made == 0) {
                return Ok(Fed::More);
            }
            if result.bytes_consumed == 0 && made == 0 {
                return Err(Fault::Corrupt);
            }
        }
    }

    fn fault(&self, error: &std::io::Error) -> Fault {
        match error.kind() {
            std::io::ErrorKind::OutOfMemory => {
                let wanted = self.coder.wanted().map_or(0, |wanted| u64::from(wanted) << 10);
                Fault::Memory { wanted, limit: self.limit }
            }
            std::io::ErrorKind::UnexpectedEof => Fault::Truncated,
            std::io::ErrorKind::Unsupported => Fault::Unsupported("a filter or check that is not read"),
            _ => Fault::Corrupt,
        }
    }
}

impl<C: Coder> Decompressor for Lzma<C> {
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Result<Fed, Fault> {
        let mut at = 0;
        while at < input.len() {
            let (used, full) = self.even.take(&input[at..]);
            at += used;
            if full {
                let block = self.even.block();
                match self.block(&block, Action::Run, out)? {
                    Fed::More => {}
                    Fed::End { back, .. } => return Ok(Fed::End { used: at, back, right: true }),
                    Fed::Stop => return Ok(Fed::Stop),
                }
            }
        }
        Ok(Fed::More)
    }

    fn finish(&mut self, out: &mut Out<'_>) -> Result<Fed, Fault> {
        let block = self.even.block();
        match self.block(&block, Action::Run, out)? {
            Fed::More => match self.block(&[], Action::Finish, out)? {
                Fed::More => Err(Fault::Truncated),
                other => Ok(other),
            },
            other => Ok(other),
        }
    }
}
