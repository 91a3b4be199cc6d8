//! What a direction carries in a protocol that is not taken apart: pieces that can be searched one by one.

/// Bytes gathered before a piece is handed on.
const PIECE: usize = 16 << 10;

/// Bytes at most that a piece is shortened by, so that it ends between two words.
const TAIL: usize = 2 << 10;

/// Gathers the bytes of one direction.
#[derive(Debug, Default)]
pub(super) struct Payload {
    bytes: Vec<u8>,
}

impl Payload {
    /// Bytes it holds.
    pub(super) fn held(&self) -> usize {
        self.bytes.len()
    }

    /// Takes the next bytes; `piece` gets what can be handed on.
    pub(super) fn take(&mut self, mut bytes: &[u8], mut piece: impl FnMut(&[u8])) {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PIECE.saturating_sub(self.bytes.len()).max(1)));
            self.bytes.extend_from_slice(now);
            bytes = later;
            if self.bytes.len() >= PIECE {
                let end = edge(&self.bytes);
                piece(&self.bytes[..end]);
                self.bytes.drain(..end);
            }
        }
    }

    /// Hands on what is left.
    pub(super) fn finish(&mut self, mut piece: impl FnMut(&[u8])) {
        if !self.bytes.is_empty() {
            piece(&std::mem::take(&mut self.bytes));
        }
    }
}

/// Where a piece may end without cutting a word: behind a line, else behind a byte that no address, name or path has.
fn edge(bytes: &[u8]) -> usize {
    let from = bytes.len().saturating_sub(TAIL);
    let tail = &bytes[from..];
    let is_part =
        |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b',' | b';');
    let line = memchr::memrchr(b'\n', tail);
    line.or_else(|| tail.iter().rposition(|byte| !is_part(byte))).map_or(bytes.len(), |at| from + at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_cut_however_the_bytes_come() {
        let text = b"one evil.example two\n".repeat(5_000);
        let cut = |size: usize| {
            let (mut payload, mut pieces) = (Payload::default(), Vec::new());
            for block in text.chunks(size) {
                payload.take(block, |piece| pieces.push(piece.to_vec()));
            }
            payload.finish(|piece| pieces.push(piece.to_vec()));
            pieces
        };
        let whole = cut(text.len());
        assert!(whole.iter().all(|piece| piece.ends_with(b"\n")));
        assert_eq!(whole.concat(), text);
        for size in [1, 7, 4_096] {
            assert_eq!(cut(size), whole, "blocks of {size}");
        }
    }
}
