//! RTF as Outlook compresses it ([MS-OXRTFCP]).

use super::super::little;

/// What the dictionary holds at first (section 2.1.2.1).
const FIRST: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Bytes of the dictionary.
const SIZE: usize = 4_096;

/// The RTF, and whether it is whole; `None` where the bytes are in no known form. Each two bytes become seventeen at most.
pub(super) fn unpacked(bytes: &[u8]) -> Option<(Vec<u8>, bool)> {
    let size = little::size(bytes, 4)?;
    let content = bytes.get(16..)?;
    match bytes.get(8..12)? {
        b"MELA" => {
            let whole = content.len() >= size;
            Some((content[..size.min(content.len())].to_vec(), whole))
        }
        b"LZFu" => {
            let out = lzfu(content, size);
            let whole = out.len() == size;
            Some((out, whole))
        }
        _ => None,
    }
}

fn lzfu(content: &[u8], size: usize) -> Vec<u8> {
    let mut dictionary = [b' '; SIZE];
    dictionary[..FIRST.len()].copy_from_slice(FIRST);
    let mut end = FIRST.len();
    let mut out = Vec::new();
    let mut bytes = content.iter().copied();
    while let Some(control) = bytes.next() {
        for bit in 0..8 {
            let Some(first) = bytes.next() else { return out };
            let (mut from, length) = if control & 1 << bit == 0 {
                dictionary[end] = first;
                (end, 1)
            } else {
                let Some(second) = bytes.next() else { return out };
                (usize::from(first) << 4 | usize::from(second >> 4), usize::from(second & 15) + 2)
            };
            // A reference to where the next byte will be written is the end.
            if length > 1 && from == end {
                return out;
            }
            for _ in 0..length {
                if out.len() == size {
                    return out;
                }
                let byte = dictionary[from];
                out.push(byte);
                dictionary[end] = byte;
                (from, end) = ((from + 1) % SIZE, (end + 1) % SIZE);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of section 4.
    const EXAMPLES: [(&[u8], &[u8]); 2] = [
        (
            b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125B2\x0a\xf3 hel\x09\0 bw\x05\xb0ld}\x0a\x80\x0f\xa0",
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
        ),
        (
            b"\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4\x4b\x51\x41\0\x04 WXYZ\x0dn}\x01\x0e\xb0",
            b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}",
        ),
    ];

    #[test]
    fn the_examples_of_the_specification_unpack() {
        assert_eq!(FIRST.len(), 207);
        for (packed, text) in EXAMPLES {
            assert_eq!(unpacked(packed), Some((text.to_vec(), true)));
            for length in 0..packed.len() - 2 {
                if let Some((out, whole)) = unpacked(&packed[..length]) {
                    assert!(text.starts_with(&out), "{length}");
                    assert_eq!(whole, out.len() == text.len(), "{length}");
                }
            }
        }
    }
}
