//! The ciphers of encrypted documents: RC4, and AES in CBC mode (ISO 32000-2, section 7.6.3).

use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128Dec, Aes128Enc, Aes256Dec};

/// Bytes of a block of AES.
const BLOCK: usize = 16;

/// Blocks decrypted at a time: several are faster than each alone.
const BLOCKS: usize = 64;

/// What decrypts the strings or the stream of one object.
pub(super) enum Cipher {
    Rc4(Box<Rc4>),
    /// The key.
    Aes(Vec<u8>),
}

impl Cipher {
    /// `None` where the bytes are too few to be encrypted, or the key does not fit.
    pub(super) fn decrypt(&self, encrypted: &[u8]) -> Option<Decrypted> {
        match self {
            Cipher::Rc4(cipher) => {
                let mut bytes = encrypted.to_vec();
                cipher.apply(&mut bytes);
                Some(Decrypted { bytes, complete: true })
            }
            Cipher::Aes(key) => padded(key, encrypted),
        }
    }
}

/// RC4, ready to begin: strings that share a key share the work of making it.
pub(super) struct Rc4([u8; 256]);

impl Rc4 {
    /// With a key of 1 to 256 bytes.
    pub(super) fn new(key: &[u8]) -> Rc4 {
        let mut state: [u8; 256] = std::array::from_fn(|index| index as u8);
        let mut other = 0u8;
        for (index, key) in (0..256).zip(key.iter().cycle()) {
            other = other.wrapping_add(state[index]).wrapping_add(*key);
            state.swap(index, usize::from(other));
        }
        Rc4(state)
    }

    /// Decrypts what is encrypted, and the other way round.
    pub(super) fn apply(&self, bytes: &mut [u8]) {
        let mut state = self.0;
        let (mut index, mut other) = (0u8, 0u8);
        for byte in bytes {
            index = index.wrapping_add(1);
            other = other.wrapping_add(state[usize::from(index)]);
            state.swap(usize::from(index), usize::from(other));
            let sum = state[usize::from(index)].wrapping_add(state[usize::from(other)]);
            *byte ^= state[usize::from(sum)];
        }
    }
}

/// What a string or stream came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decrypted {
    pub(super) bytes: Vec<u8>,
    /// With AES: it was whole blocks, and the padding was right.
    pub(super) complete: bool,
}

/// Decrypts a string or stream: the first block of it begins the chain, the last is padded (RFC 8018, section 6.1.1).
/// `None` where the key or what is encrypted is too short.
fn padded(key: &[u8], encrypted: &[u8]) -> Option<Decrypted> {
    let (start, encrypted) = encrypted.split_first_chunk::<BLOCK>()?;
    let mut bytes = cbc(key, *start, encrypted)?;
    let blocks_are_whole = bytes.len() == encrypted.len();
    // Nothing at all is written by some programs for an empty string.
    let padding = bytes.last().map_or(0, |last| usize::from(*last));
    let is_padded = bytes.is_empty()
        || (1..=BLOCK).contains(&padding) && bytes.ends_with(&[padding as u8; BLOCK][..padding]);
    if is_padded && blocks_are_whole {
        bytes.truncate(bytes.len() - padding);
    }
    Some(Decrypted { bytes, complete: is_padded && blocks_are_whole })
}

/// Decrypts the whole blocks of `encrypted`, with a key of 16 or 32 bytes.
pub(super) fn cbc(key: &[u8], start: [u8; BLOCK], encrypted: &[u8]) -> Option<Vec<u8>> {
    if let Ok(cipher) = Aes256Dec::new_from_slice(key) {
        return Some(chained(&cipher, start, encrypted));
    }
    Aes128Dec::new_from_slice(key).ok().map(|cipher| chained(&cipher, start, encrypted))
}

fn chained<C>(cipher: &C, mut before: [u8; BLOCK], encrypted: &[u8]) -> Vec<u8>
where
    C: BlockCipherDecrypt + aes::cipher::BlockSizeUser<BlockSize = aes::cipher::consts::U16>,
{
    let blocks = encrypted.as_chunks::<BLOCK>().0;
    let mut out = Vec::with_capacity(blocks.len() * BLOCK);
    let mut plain = [Array::from([0; BLOCK]); BLOCKS];
    for blocks in blocks.chunks(BLOCKS) {
        let plain = &mut plain[..blocks.len()];
        plain.iter_mut().zip(blocks).for_each(|(plain, block)| *plain = Array::from(*block));
        cipher.decrypt_blocks(plain);
        for (plain, block) in plain.iter().zip(blocks) {
            out.extend(plain.iter().zip(before).map(|(plain, before)| plain ^ before));
            before = *block;
        }
    }
    out
}

/// Encrypts whole blocks in place with AES-128.
pub(super) fn encrypt(key: [u8; BLOCK], mut before: [u8; BLOCK], bytes: &mut [u8]) {
    let cipher = Aes128Enc::new(&Array::from(key));
    for block in bytes.as_chunks_mut::<BLOCK>().0 {
        block.iter_mut().zip(before).for_each(|(byte, before)| *byte ^= before);
        let mut made = Array::from(*block);
        cipher.encrypt_block(&mut made);
        before = made.into();
        *block = before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digits: &str) -> Vec<u8> {
        (0..digits.len() / 2)
            .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("hex"))
            .collect()
    }

    #[test]
    fn rc4_makes_the_streams_of_rfc_6229() {
        for (key, stream) in [
            ("0102030405", "b2396305f03dc027ccc3524a0a1118a8"),
            ("0102030405060708090a0b0c0d0e0f10", "9ac7cc9a609d1ef7b2932899cde41b97"),
        ] {
            let mut bytes = [0; 16];
            Rc4::new(&hex(key)).apply(&mut bytes);
            assert_eq!(bytes.to_vec(), hex(stream), "{key}");
        }
    }

    #[test]
    fn aes_decrypts_what_nist_sp_800_38a_chains() {
        let start: [u8; 16] = std::array::from_fn(|index| index as u8);
        let plain = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
        for (key, encrypted) in [
            (
                "2b7e151628aed2a6abf7158809cf4f3c",
                "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2",
            ),
            (
                "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d",
            ),
        ] {
            assert_eq!(cbc(&hex(key), start, &hex(encrypted)), Some(plain.clone()));
        }
        let mut bytes = plain;
        let key = hex("2b7e151628aed2a6abf7158809cf4f3c").try_into().expect("16 bytes");
        encrypt(key, start, &mut bytes);
        assert_eq!(bytes, hex("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"));
        assert_eq!(cbc(&[0; 10], start, &[0; 16]), None);
    }

    #[test]
    fn padding_is_taken_off_and_what_is_short_is_told() {
        let (key, start) = ([7; 16], [9; 16]);
        let encrypted = |plain: &[u8]| {
            let mut bytes = plain.to_vec();
            encrypt(key, start, &mut bytes);
            [&start[..], &bytes].concat()
        };
        let padded = |bytes: &[u8]| padded(&key, bytes).map(|made| (made.bytes, made.complete));
        let long = [b'a'; 16 * 70];
        let whole = encrypted(&[&long[..], &[16; 16]].concat());
        assert_eq!(padded(&whole), Some((long.to_vec(), true)));
        assert_eq!(padded(&whole[..whole.len() - 3]), Some((long.to_vec(), false)));
        assert_eq!(padded(&encrypted(b"fourteen bytes\x02\x02")), Some((b"fourteen bytes".to_vec(), true)));
        assert_eq!(padded(&encrypted(&[b'a'; 16])), Some((vec![b'a'; 16], false)));
        assert_eq!(padded(&start), Some((Vec::new(), true)));
        assert_eq!(padded(&start[..15]), None);
    }
}
