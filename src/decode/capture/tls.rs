//! TLS (RFC 8446, RFC 5246): the handshake in plain sight of one direction, up to where encryption begins.

use super::certificate::{Certificate, certificate};
use super::cursor::Cursor;
use super::hello::{self, ClientHello};

/// Handshake bytes kept of one direction: long certificate chains reach 20 KiB.
const LONGEST: usize = 128 << 10;

/// Certificates told of one chain.
const MOST_CERTIFICATES: usize = 16;

/// What one direction said before encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The client's hello.
    Client(ClientHello),
    /// The server's hello: its JA3S.
    Server(String),
    /// Certificates, the holder's first.
    Certificates(Vec<Certificate>),
}

/// One direction of a TLS session.
#[derive(Debug, Default)]
pub(super) struct Direction {
    record: Vec<u8>,
    handshake: Vec<u8>,
    over: bool,
}

/// Whether a direction that begins with these bytes speaks TLS; `None`: too few to say.
pub(super) fn begins(bytes: &[u8]) -> Option<bool> {
    match bytes {
        [0x16, 3, 0..=4, _, _, kind, ..] => Some(matches!(kind, 1 | 2)),
        [0x16, 3, 0..=4, ..] | [0x16, 3] | [0x16] | [] => None,
        _ => Some(false),
    }
}

impl Direction {
    /// Bytes it holds.
    pub(super) fn held(&self) -> usize {
        self.record.len() + self.handshake.len()
    }

    /// Takes the next bytes; gives what was said in them.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Said> {
        let mut said = Vec::new();
        if self.over {
            return said;
        }
        self.record.extend_from_slice(bytes);
        let mut cursor = Cursor::new(&self.record);
        let mut used = 0;
        while let (Some(kind), Some(_), Some(content)) = (cursor.u8(), cursor.u16(), cursor.block16()) {
            if kind != 0x16 || self.handshake.len() + content.len() > LONGEST {
                self.over = true;
                break;
            }
            self.handshake.extend_from_slice(content);
            let read = messages(&self.handshake, &mut said);
            self.handshake.drain(..read);
            used += 5 + content.len();
        }
        self.record.drain(..used);
        // A record has at most 2^14 + 2048 bytes (RFC 5246 section 6.2.3).
        if self.over || self.record.len() > 20 << 10 {
            self.stop();
        }
        said
    }

    /// Reads no further.
    pub(super) fn stop(&mut self) {
        *self = Direction { over: true, ..Direction::default() };
    }
}

/// Reads whole handshake messages; returns how many bytes they took.
fn messages(bytes: &[u8], said: &mut Vec<Said>) -> usize {
    let mut cursor = Cursor::new(bytes);
    let mut read = 0;
    while let (Some(kind), Some(body)) = (cursor.u8(), cursor.block24()) {
        read += 4 + body.len();
        match kind {
            1 => said.extend(hello::client(body).map(Said::Client)),
            2 => said.extend(hello::server(body).map(Said::Server)),
            11 => {
                let mut list = Cursor::new(body);
                let mut list = Cursor::new(list.block24().unwrap_or_default());
                let chain = std::iter::from_fn(|| list.block24()).take(MOST_CERTIFICATES);
                said.push(Said::Certificates(chain.map(certificate).collect()));
            }
            _ => {}
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handshake_in_many_records_and_pieces_is_the_same() {
        let chain = [&[0, 0, 6, 0, 0, 3][..], b"abc"].concat();
        let message = [&[11, 0, 0, chain.len() as u8][..], &chain].concat();
        let mut stream = Vec::new();
        for piece in message.chunks(4) {
            stream.extend([0x16, 3, 3, 0, piece.len() as u8]);
            stream.extend(piece);
        }
        stream.extend([0x17, 3, 3, 0, 1, 9]);
        let mut whole = Direction::default();
        let said = whole.take(&stream);
        assert_eq!(said, [Said::Certificates(vec![certificate(b"abc")])]);
        let mut pieces = Direction::default();
        let by_one: Vec<Said> = stream.chunks(1).flat_map(|byte| pieces.take(byte)).collect();
        assert_eq!(by_one, said);
        assert_eq!(pieces.held(), 0);
    }
}
