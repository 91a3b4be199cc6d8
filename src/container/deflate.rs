//! Raw deflate (RFC 1951) and Deflate64 (PKWARE's enhanced deflate, APPNOTE 4.4.5, method 9). Neither has a checksum.

use deflate64::InflaterManaged;
use flate2::{Decompress, FlushDecompress, Status};

use super::decompress::{Decompressor, Fault, Fed, Out};
use crate::model::{Flow, Limits};

/// Bytes unpacked at a time.
const OUT: usize = 64 << 10;

/// Decompresses raw deflate.
pub(super) struct Deflate {
    inflate: Box<Decompress>,
    out: Vec<u8>,
}

impl Deflate {
    pub(super) fn new() -> Deflate {
        Deflate { inflate: Box::new(Decompress::new(false)), out: vec![0; OUT] }
    }

    /// Makes it ready for the next stream.
    pub(super) fn reset(&mut self) {
        self.inflate.reset(false);
    }
}

impl Decompressor for Deflate {
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Result<Fed, Fault> {
        let mut used = 0;
        loop {
            let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
            let result = self.inflate.decompress(&input[used..], &mut self.out, FlushDecompress::None);
            let taken = (self.inflate.total_in() - before_in) as usize;
            let made = (self.inflate.total_out() - before_out) as usize;
            used += taken;
            if made > 0 && out(&self.out[..made]) == Flow::Stop {
                return Ok(Fed::Stop);
            }
            match result {
                Ok(Status::StreamEnd) => return Ok(Fed::End { used, back: Vec::new(), right: true }),
                Err(_) => return Err(Fault::Corrupt),
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

/// Decompresses Deflate64.
pub(super) struct Deflate64 {
    inflate: Box<InflaterManaged>,
    out: Vec<u8>,
}

impl Deflate64 {
    /// Its memory is bounded by the format: the window is 64 KiB.
    pub(super) fn open(_: &Limits) -> Box<dyn Decompressor> {
        Box::new(Deflate64 { inflate: Box::new(InflaterManaged::new()), out: vec![0; OUT] })
    }
}

impl Decompressor for Deflate64 {
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Result<Fed, Fault> {
        let mut used = 0;
        loop {
            let result = self.inflate.inflate(&input[used..], &mut self.out);
            used += result.bytes_consumed;
            if result.bytes_written > 0 && out(&self.out[..result.bytes_written]) == Flow::Stop {
                return Ok(Fed::Stop);
            }
            if result.data_error || self.inflate.errored() {
                return Err(Fault::Corrupt);
            }
            if self.inflate.finished() {
                return Ok(Fed::End { used, back: Vec::new(), right: true });
            }
            if used == input.len() && result.bytes_written < OUT {
                return Ok(Fed::More);
            }
            if result.bytes_consumed == 0 && result.bytes_written == 0 {
                return Err(Fault::Corrupt);
            }
        }
    }

    fn finish(&mut self, _: &mut Out<'_>) -> Result<Fed, Fault> {
        Err(Fault::Truncated)
    }
}
