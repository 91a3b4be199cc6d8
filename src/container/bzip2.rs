//! bzip2 (bzip2 and libbzip2, version 1.0.8, manual; the format as in Tsai, "bzip2 format specification").
//! Checksums of the blocks and of the whole are verified.

use bzip2::{Decompress, Status};

use super::decompress::{Decompressor, Fault, Fed, Out};
use crate::model::{Flow, Limits};

/// Bytes unpacked at a time.
const OUT: usize = 64 << 10;

/// Decompresses one stream.
pub(super) struct Bzip2 {
    decoder: Decompress,
    out: Vec<u8>,
}

impl Bzip2 {
    /// Its memory is bounded by the format: blocks are at most 900,000 bytes.
    pub(super) fn open(_: &Limits) -> Box<dyn Decompressor> {
        Box::new(Bzip2 { decoder: Decompress::new(false), out: vec![0; OUT] })
    }
}

impl Decompressor for Bzip2 {
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Result<Fed, Fault> {
        let mut used = 0;
        loop {
            let (before_in, before_out) = (self.decoder.total_in(), self.decoder.total_out());
            let result = self.decoder.decompress(&input[used..], &mut self.out);
            let taken = (self.decoder.total_in() - before_in) as usize;
            let made = (self.decoder.total_out() - before_out) as usize;
            used += taken;
            if made > 0 && out(&self.out[..made]) == Flow::Stop {
                return Ok(Fed::Stop);
            }
            match result {
                Ok(Status::StreamEnd) => return Ok(Fed::End { used, back: Vec::new(), right: true }),
                Ok(Status::MemNeeded) | Err(_) => return Err(Fault::Corrupt),
                Ok(_) if used == input.len() && made < OUT => return Ok(Fed::More),
                Ok(_) if taken == 0 && made == 0 => return Err(Fault::Corrupt),
                Ok(_) => {}
            }
        }
    }

    fn finish(&mut self, _: &mut Out<'_>) -> Result<Fed, Fault> {
        Err(Fault::Truncated)
    }
}
