//! The first packet of a QUIC connection (RFC 9000, RFC 9001 section 5, RFC 9369): its keys follow from what stands in it, so the
//! client's hello can be read by everybody.
//!
//! What it does not do: (1) it reads no hello that is spread over several packets; (2) it does not check the packet's tag: a hello
//! comes out only where all of it is one.

use aes::Aes128Enc;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::cursor::Cursor;
use super::hello::{self, ClientHello};

/// Bytes of the tag behind a packet's content.
const TAG: usize = 16;

/// A version: its number, what marks its first packet, the salt, and what its labels begin with.
struct Version {
    number: u32,
    initial: u8,
    salt: [u8; 20],
    label: &'static str,
}

/// RFC 9001 section 5.2, RFC 9369 section 3.3, and draft-29, which stayed in use for years.
const VERSIONS: [Version; 3] = [
    Version {
        number: 1,
        initial: 0,
        salt: [
            0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad,
            0xcc, 0xbb, 0x7f, 0x0a,
        ],
        label: "quic",
    },
    Version {
        number: 0x6B33_43CF,
        initial: 1,
        salt: [
            0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb,
            0xf9, 0xbd, 0x2e, 0xd9,
        ],
        label: "quicv2",
    },
    Version {
        number: 0xFF00_001D,
        initial: 0,
        salt: [
            0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0,
            0x43, 0x90, 0xa8, 0x99,
        ],
        label: "quic",
    },
];

/// A number of one, two, four or eight bytes (RFC 9000 section 16).
fn number(cursor: &mut Cursor<'_>) -> Option<u64> {
    let first = cursor.u8()?;
    let rest = cursor.take((1usize << (first >> 6)) - 1)?;
    Some(rest.iter().fold(u64::from(first & 0x3F), |value, byte| value << 8 | u64::from(*byte)))
}

fn code(key: &[u8], text: &[u8]) -> Option<[u8; 32]> {
    let mut code = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).ok()?;
    code.update(text);
    Some(code.finalize().into_bytes().into())
}

/// HKDF-Expand-Label (RFC 8446 section 7.1) for at most 32 bytes.
fn expand(secret: &[u8], label: &str, length: u8) -> Option<[u8; 32]> {
    let label = format!("tls13 {label}");
    let info = [&[0, length, label.len() as u8], label.as_bytes(), &[0, 1]].concat();
    code(secret, &info)
}

fn cipher(key: &[u8; 32]) -> Option<Aes128Enc> {
    Aes128Enc::new_from_slice(&key[..16]).ok()
}

fn encrypted(cipher: &Aes128Enc, block: [u8; 16]) -> [u8; 16] {
    let mut block = Array::from(block);
    cipher.encrypt_block(&mut block);
    block.into()
}

/// The hello in a datagram that begins a connection; `None` for every other.
pub(super) fn client_hello(datagram: &[u8]) -> Option<ClientHello> {
    let first = *datagram.first()?;
    // A long header (RFC 9000 section 17.2).
    if first & 0xC0 != 0xC0 {
        return None;
    }
    let mut cursor = Cursor::new(&datagram[1..]);
    let version = cursor.u32()?;
    let version = VERSIONS.iter().find(|known| known.number == version)?;
    let target = cursor.block8()?;
    cursor.block8()?;
    if first >> 4 & 3 != version.initial || target.len() > 20 {
        return None;
    }
    let token = usize::try_from(number(&mut cursor)?).ok()?;
    cursor.take(token)?;
    let length = usize::try_from(number(&mut cursor)?).ok()?;
    let packet = cursor.take(length)?;
    let secret = expand(&code(&version.salt, target)?, "client in", 32)?;
    let key = expand(&secret, &format!("{} key", version.label), 16)?;
    let nonce = expand(&secret, &format!("{} iv", version.label), 12)?;
    let mask = expand(&secret, &format!("{} hp", version.label), 16)?;
    // RFC 9001 section 5.4: the length of the packet's number, and the number, are masked.
    let sample: [u8; 16] = packet.get(4..20)?.try_into().ok()?;
    let mask = encrypted(&cipher(&mask)?, sample);
    let count = usize::from((first ^ mask[0]) & 3) + 1;
    let mut block = [0; 16];
    block[..12].copy_from_slice(&nonce[..12]);
    for (at, byte) in packet[..count].iter().enumerate() {
        block[12 - count + at] ^= byte ^ mask[1 + at];
    }
    let content = packet.get(count..packet.len().checked_sub(TAG)?)?;
    let plain = decrypted(&cipher(&key)?, block, content);
    let bytes = handshake(&plain)?;
    let mut message = Cursor::new(&bytes);
    (message.u8()? == 1).then_some(())?;
    let mut hello = hello::client(message.block24()?)?;
    // FoxIO's JA4 begins with the transport.
    hello.ja4.replace_range(..1, "q");
    Some(hello)
}

/// The counter mode within GCM (NIST SP 800-38D): the first block is the tag's.
fn decrypted(cipher: &Aes128Enc, mut block: [u8; 16], content: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(content.len());
    for (number, piece) in (2u32..).zip(content.chunks(16)) {
        block[12..].copy_from_slice(&number.to_be_bytes());
        plain.extend(piece.iter().zip(encrypted(cipher, block)).map(|(byte, stream)| byte ^ stream));
    }
    plain
}

/// The bytes of the handshake in a packet's frames (RFC 9000 section 19), which may come in any order.
fn handshake(plain: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = Cursor::new(plain);
    let mut pieces: Vec<(u64, &[u8])> = Vec::new();
    while let Some(kind) = cursor.u8() {
        match kind {
            // Padding and pings.
            0 | 1 => {}
            6 => {
                let offset = number(&mut cursor)?;
                let length = usize::try_from(number(&mut cursor)?).ok()?;
                pieces.push((offset, cursor.take(length)?));
            }
            // What was received: ranges, and counts where congestion was seen.
            2 | 3 => {
                number(&mut cursor)?;
                number(&mut cursor)?;
                let ranges = number(&mut cursor)?;
                number(&mut cursor)?;
                for _ in 0..ranges.min(256) * 2 + if kind == 3 { 3 } else { 0 } {
                    number(&mut cursor)?;
                }
            }
            _ => return None,
        }
    }
    pieces.sort_unstable_by_key(|(offset, _)| *offset);
    let mut bytes = Vec::new();
    for (offset, piece) in pieces {
        if offset != bytes.len() as u64 {
            return None;
        }
        bytes.extend_from_slice(piece);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_standards_example() {
        // RFC 9001, appendix A.1.
        let target = [0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08];
        let initial = code(&VERSIONS[0].salt, &target).expect("a code");
        assert_eq!(initial[..4], [0x7d, 0xb5, 0xdf, 0x06]);
        let secret = expand(&initial, "client in", 32).expect("a secret");
        assert_eq!(secret[..4], [0xc0, 0x0c, 0xf1, 0x51]);
        let key = expand(&secret, "quic key", 16).expect("a key");
        assert_eq!(key[..4], [0x1f, 0x36, 0x96, 0x13]);
        let mask = expand(&secret, "quic hp", 16).expect("a key");
        assert_eq!(mask[..4], [0x9f, 0x50, 0x44, 0x9e]);
    }

    #[test]
    fn frames_in_any_order_make_one_message_and_a_hole_makes_none() {
        let frames = [0, 6, 3, 2, b'd', b'e', 1, 6, 0, 3, b'a', b'b', b'c', 0, 0];
        assert_eq!(handshake(&frames).as_deref(), Some(&b"abcde"[..]));
        assert_eq!(handshake(&frames[..6]), None);
        assert_eq!(handshake(&[6, 0, 9, 1]), None);
    }

    #[test]
    fn nothing_else_is_taken_for_one() {
        for bytes in [&b""[..], b"\xC0", b"\xC0\0\0\0\x01", b"\xC0\0\0\0\x01\x08abcdefgh\0\0\x04abcd"] {
            assert!(client_hello(bytes).is_none());
        }
    }
}
