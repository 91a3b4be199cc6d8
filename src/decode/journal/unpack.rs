//! Decompresses the payload of one data object, up to a limit.

use std::io::Read;

use lzma_rust2::XzReader;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::super::little;

/// Memory for what the stream of one field refers back to. Fields are small.
const DICTIONARY: u64 = 8 << 20;

/// The same for xz, with the decoder's own tables, in KiB.
const MEMORY: u32 = (DICTIONARY >> 10) as u32 + 1_024;

/// What comes out, and whether it is all.
pub(super) fn unpack(flags: u8, packed: &[u8], limit: usize) -> (Vec<u8>, bool) {
    match flags {
        1 => read(XzReader::new_mem_limit(packed, false, MEMORY), limit),
        2 => lz4(packed, limit),
        _ => {
            let mut decoder = FrameDecoder::new();
            decoder.set_max_window_size(DICTIONARY);
            match StreamingDecoder::new_with_decoder(packed, decoder) {
                Ok(stream) => read(stream, limit),
                Err(_) => (Vec::new(), false),
            }
        }
    }
}

fn read(mut stream: impl Read, limit: usize) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return (out, true),
            Ok(count) if out.len() + count <= limit => out.extend_from_slice(&buffer[..count]),
            _ => return (out, false),
        }
    }
}

/// The length, then one block.
fn lz4(packed: &[u8], limit: usize) -> (Vec<u8>, bool) {
    let length = little::u64(packed, 0).and_then(|length| usize::try_from(length).ok());
    let Some(length) = length.filter(|length| *length <= limit) else { return (Vec::new(), false) };
    let mut out = vec![0; length];
    let count = lz4_flex::block::decompress_into(&packed[8..], &mut out).unwrap_or(0);
    out.truncate(count);
    (out, count == length)
}
