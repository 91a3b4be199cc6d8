//! One compressed stream: its bytes go in, block by block, and the bytes that were compressed come out. Files and
//! members of other containers that are compressed in the same way share these.

use crate::model::{Flow, Limits};

/// Where unpacked bytes go.
pub(super) type Out<'o> = dyn FnMut(&[u8]) -> Flow + 'o;

/// What taking some bytes came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fed {
    /// All of them were taken, and more are wanted.
    More,
    /// The stream is complete. `used` of these bytes were taken; of those taken, now or before, `back` belongs to
    /// what follows the stream. `right`: what came out agrees with its checksum, as far as that is verified here.
    End { used: usize, back: Vec<u8>, right: bool },
    /// The receiver wants no more.
    Stop,
}

/// Why a stream cannot be read on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The bytes are not what the format allows, or disagree with a checksum.
    Corrupt,
    /// The bytes end before the stream does.
    Truncated,
    /// The stream wants more memory than the limits allow, in bytes.
    Memory { wanted: u64, limit: u64 },
    /// The stream uses something that is not read.
    Unsupported(&'static str),
}

/// Decompresses one stream. The result does not depend on how its bytes are cut. After `End` or a fault it is not
/// called again.
pub(super) trait Decompressor {
    /// Takes the next bytes.
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Result<Fed, Fault>;
    /// The bytes are over: gives what is left, and `Truncated` where the stream is not complete. `back` as with
    /// [`Fed::End`].
    fn finish(&mut self, out: &mut Out<'_>) -> Result<Fed, Fault>;
}

/// Makes the decompressor of one stream.
pub(super) type Make = fn(&Limits) -> Box<dyn Decompressor>;

/// Gathers bytes to blocks of one size, counted from the stream's beginning: a decoder that loses what it has when it
/// meets damage then loses the same however the stream was cut.
pub(super) struct Even {
    held: Vec<u8>,
    size: usize,
}

impl Even {
    pub(super) fn new(size: usize) -> Even {
        Even { held: Vec::with_capacity(size), size }
    }

    /// Takes bytes up to the end of a block; tells how many, and whether the block is full.
    pub(super) fn take(&mut self, input: &[u8]) -> (usize, bool) {
        let used = input.len().min(self.size - self.held.len());
        self.held.extend_from_slice(&input[..used]);
        (used, self.held.len() == self.size)
    }

    /// The block, which is empty afterwards.
    pub(super) fn block(&mut self) -> Vec<u8> {
        std::mem::replace(&mut self.held, Vec::with_capacity(self.size))
    }
}
