//! Zstandard frames (RFC 8878). A block is gathered, then decoded; content checksums are verified. Frames that need a
//! dictionary are not read.

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::decompress::{Decompressor, Fault, Fed, Out};
use crate::model::{Flow, Limits};

/// RFC 8878, section 3.1.1.
const MAGIC: u32 = 0xFD2F_B528;

/// RFC 8878, section 3.1.2: the last four bits are free.
const SKIPPABLE: u32 = 0x184D_2A50;

/// RFC 8878, section 3.1.1.2.4: no block is larger.
const LARGEST_BLOCK: usize = 128 << 10;

enum State {
    /// Gathering magic number and frame header.
    Header,
    /// Passing over a skippable frame.
    Skip(u32),
    /// Gathering a block's three bytes of header.
    BlockHeader,
    /// Gathering a block up to this length; whether it is the last.
    Block(usize, bool),
}

/// Decompresses one frame.
pub(super) struct Zstd {
    decoder: FrameDecoder,
    state: State,
    held: Vec<u8>,
    checked: bool,
    limit: u64,
}

impl Zstd {
    /// One frame, skippable or not.
    pub(super) fn open(limits: &Limits) -> Box<dyn Decompressor> {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(limits.dictionary);
        Box::new(Zstd {
            decoder,
            state: State::Header,
            held: Vec::new(),
            checked: false,
            limit: limits.dictionary,
        })
    }

    /// Takes bytes until `wanted` are held; tells how many.
    fn gather(&mut self, input: &[u8], wanted: usize) -> usize {
        let used = input.len().min(wanted.saturating_sub(self.held.len()));
        self.held.extend_from_slice(&input[..used]);
        used
    }

    /// The frame header is gathered byte by byte: its length is in its first ones.
    fn header(&mut self, input: &[u8]) -> Result<usize, Fault> {
        let mut used = self.gather(input, 5);
        let Some(magic) = self.held.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes)) else {
            return Ok(used);
        };
        if magic & !0xF == SKIPPABLE {
            used += self.gather(&input[used..], 8);
            if let Some(size) = self.held.get(4..8).and_then(|size| <[u8; 4]>::try_from(size).ok()) {
                self.held.clear();
                self.state = State::Skip(u32::from_le_bytes(size));
            }
            return Ok(used);
        }
        if magic != MAGIC {
            return Err(Fault::Corrupt);
        }
        let Some(descriptor) = self.held.get(4).copied() else { return Ok(used) };
        let wanted = 4 + header_length(descriptor);
        used += self.gather(&input[used..], wanted);
        if self.held.len() == wanted {
            let header = std::mem::take(&mut self.held);
            self.checked = descriptor & 4 != 0;
            self.decoder.reset(header.as_slice()).map_err(|error| self.fault(&error))?;
            self.state = State::BlockHeader;
        }
        Ok(used)
    }

    fn block_header(&mut self, input: &[u8]) -> Result<usize, Fault> {
        let used = self.gather(input, 3);
        if let [low, middle, high] = self.held[..] {
            let header = u32::from_le_bytes([low, middle, high, 0]);
            let (last, kind, size) = (header & 1 == 1, header >> 1 & 3, (header >> 3) as usize);
            if kind == 3 || size > LARGEST_BLOCK {
                return Err(Fault::Corrupt);
            }
            // A run-length block is one byte, whatever its size says.
            let content = if kind == 1 { 1 } else { size };
            let checksum = if last && self.checked { 4 } else { 0 };
            self.state = State::Block(3 + content + checksum, last);
        }
        Ok(used)
    }

    /// A block is whole: decodes it.
    fn block(&mut self, last: bool, out: &mut Out<'_>) -> Result<Fed, Fault> {
        let result = self.decoder.decode_blocks(self.held.as_slice(), BlockDecodingStrategy::UptoBlocks(1));
        self.held.clear();
        if let Err(error) = result {
            self.flush(out);
            return Err(self.fault(&error));
        }
        if self.deliver(out) == Flow::Stop {
            return Ok(Fed::Stop);
        }
        self.state = State::BlockHeader;
        if !last {
            return Ok(Fed::More);
        }
        let right =
            !self.checked || self.decoder.get_checksum_from_data() == self.decoder.get_calculated_checksum();
        Ok(Fed::End { used: 0, back: Vec::new(), right })
    }

    fn deliver(&mut self, out: &mut Out<'_>) -> Flow {
        let mut pipe = Pipe { out, flow: Flow::Continue };
        let done = self.decoder.collect_to_writer(&mut pipe);
        if done.is_err() { Flow::Stop } else { pipe.flow }
    }

    /// The decoder keeps its window back until the frame's last block: it is given an empty one.
    fn flush(&mut self, out: &mut Out<'_>) {
        const EMPTY_LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];
        let begun = matches!(self.state, State::BlockHeader | State::Block(..));
        if begun && self.decoder.decode_blocks(&EMPTY_LAST_BLOCK[..], BlockDecodingStrategy::All).is_ok() {
            self.deliver(out);
        }
    }

    fn fault(&self, error: &FrameDecoderError) -> Fault {
        match error {
            FrameDecoderError::WindowSizeTooBig { requested, .. } => {
                Fault::Memory { wanted: *requested, limit: self.limit }
            }
            FrameDecoderError::DictNotProvided { .. } => Fault::Unsupported("a dictionary kept elsewhere"),
            _ => Fault::Corrupt,
        }
    }
}

/// The length of a frame header that begins with this byte (RFC 8878, section 3.1.1.1).
fn header_length(descriptor: u8) -> usize {
    let single = descriptor & 0x20 != 0;
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let size = match descriptor >> 6 {
        0 => usize::from(single),
        1 => 2,
        2 => 4,
        _ => 8,
    };
    1 + usize::from(!single) + dictionary + size
}

impl Decompressor for Zstd {
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Result<Fed, Fault> {
        let mut at = 0;
        loop {
            let rest = &input[at..];
            match self.state {
                State::Header => at += self.header(rest)?,
                State::Skip(0) => return Ok(Fed::End { used: at, back: Vec::new(), right: true }),
                State::Skip(left) => {
                    let used = rest.len().min(left as usize);
                    at += used;
                    self.state = State::Skip(left - used as u32);
                    if used == 0 {
                        return Ok(Fed::More);
                    }
                    continue;
                }
                State::BlockHeader => match self.block_header(rest) {
                    Ok(used) => at += used,
                    Err(fault) => {
                        self.flush(out);
                        return Err(fault);
                    }
                },
                State::Block(wanted, last) => {
                    at += self.gather(rest, wanted);
                    if self.held.len() == wanted {
                        match self.block(last, out)? {
                            Fed::End { back, right, .. } => return Ok(Fed::End { used: at, back, right }),
                            Fed::Stop => return Ok(Fed::Stop),
                            Fed::More => {}
                        }
                    }
                }
            }
            if at == input.len() && !matches!(self.state, State::Skip(0)) {
                return Ok(Fed::More);
            }
        }
    }

    fn finish(&mut self, out: &mut Out<'_>) -> Result<Fed, Fault> {
        self.flush(out);
        Err(Fault::Truncated)
    }
}

/// Hands on what the decoder writes.
struct Pipe<'p, 'o> {
    out: &'p mut Out<'o>,
    flow: Flow,
}

impl std::io::Write for Pipe<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.flow == Flow::Continue {
            self.flow = (self.out)(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
