//! Keys of documents, made of passwords (ISO 32000-2, section 7.6.4; the numbers of the algorithms are those given there).
//!
//! Each password is tried as the user's and as the owner's. What it does not do: (1) SASLprep (RFC 4013), which makes one of
//! several ways to write the same password; (2) it does not compare the permissions (algorithm 13), which open nothing.

use md5::Md5;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::model::{Diagnostic, Passwords};
use crate::source::Allowance;

use super::cipher::{self, Rc4};
use super::dictionary::Dictionary;

/// What a password is filled up with (algorithm 2).
const PADDING: [u8; 32] = *b"\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\
    \x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A";

/// Rounds that one try takes with revisions 2 to 4: those of MD5, and RC4 over keys and passwords.
const ROUNDS: u64 = 256;

/// Bytes that a password has at most with revisions 5 and 6.
const LONGEST: usize = 127;

/// The key that the first of the passwords makes which opens the document, the empty one before the others; `None` where none does.
pub(super) fn key(
    dictionary: &Dictionary,
    passwords: &Passwords,
    allowance: &Allowance,
) -> Result<Option<Vec<u8>>, Diagnostic> {
    for password in [""].into_iter().chain(passwords.iter()) {
        let key = if dictionary.revision >= 5 {
            let length = password.len().min(LONGEST);
            long(dictionary, &password.as_bytes()[..length], allowance)?
        } else {
            allowance.derive(ROUNDS * dictionary.lengths.len() as u64)?;
            encodings(password).iter().find_map(|password| short(dictionary, password))
        };
        if key.is_some() {
            return Ok(key);
        }
    }
    Ok(None)
}

/// The password as programs write it: in PDFDocEncoding, whose letters of Western Europe are those of Latin-1, or in UTF-8.
fn encodings(password: &str) -> Vec<Vec<u8>> {
    let latin = password.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect();
    let mut all = vec![password.as_bytes().to_vec()];
    all.extend(Option::<Vec<u8>>::filter(latin, |latin| *latin != all[0]));
    all
}

/// Revisions 2 to 4 (algorithms 6 and 7).
fn short(dictionary: &Dictionary, password: &[u8]) -> Option<Vec<u8>> {
    dictionary.lengths.iter().find_map(|length| {
        let user = users(dictionary, password, *length);
        opens(dictionary, &filled(password), *length).or_else(|| opens(dictionary, &user, *length))
    })
}

fn filled(password: &[u8]) -> [u8; 32] {
    let mut filled = [0; 32];
    filled.iter_mut().zip(password.iter().chain(&PADDING)).for_each(|(to, from)| *to = *from);
    filled
}

/// MD5, fifty times more from revision 3 on. Of each digest so many bytes go into the next.
fn digest(dictionary: &Dictionary, first: Md5, taken: usize) -> [u8; 16] {
    let mut digest: [u8; 16] = first.finalize().into();
    if dictionary.revision >= 3 {
        for _ in 0..50 {
            digest = Md5::digest(&digest[..taken]).into();
        }
    }
    digest
}

/// RC4 with this key, and from revision 3 on with the others that are made of it, in this order.
fn rounds(dictionary: &Dictionary, key: &[u8], others: impl Iterator<Item = u8>, bytes: &mut [u8]) {
    if dictionary.revision < 3 {
        return Rc4::new(key).apply(bytes);
    }
    for number in others {
        let other: Vec<u8> = key.iter().map(|byte| byte ^ number).collect();
        Rc4::new(&other).apply(bytes);
    }
}

/// The user's password, filled up, that the owner's opens (algorithm 7).
fn users(dictionary: &Dictionary, owners: &[u8], length: usize) -> [u8; 32] {
    let digest = digest(dictionary, Md5::new_with_prefix(filled(owners)), 16);
    let mut user = [0; 32];
    user.copy_from_slice(&dictionary.owner[..32]);
    rounds(dictionary, &digest[..length], (0..20).rev(), &mut user);
    user
}

/// The key that a user's password makes, filled up (algorithm 2), if it opens the document (algorithm 6).
fn opens(dictionary: &Dictionary, password: &[u8; 32], length: usize) -> Option<Vec<u8>> {
    let mut first = Md5::new_with_prefix(password);
    first.update(&dictionary.owner[..32]);
    first.update(dictionary.permissions.to_le_bytes());
    first.update(&dictionary.identifier);
    if dictionary.revision >= 4 && !dictionary.metadata {
        first.update([0xFF; 4]);
    }
    let key = digest(dictionary, first, length)[..length].to_vec();
    let right = if dictionary.revision < 3 {
        let mut made = PADDING;
        Rc4::new(&key).apply(&mut made);
        made == dictionary.user[..32]
    } else {
        let mut made: [u8; 16] =
            Md5::new_with_prefix(PADDING).chain_update(&dictionary.identifier).finalize().into();
        rounds(dictionary, &key, 0..20, &mut made);
        made == dictionary.user[..16]
    };
    right.then_some(key)
}

/// Revisions 5 and 6 (algorithms 2.A, 11 and 12).
fn long(
    dictionary: &Dictionary,
    password: &[u8],
    allowance: &Allowance,
) -> Result<Option<Vec<u8>>, Diagnostic> {
    let users = &dictionary.user[..48];
    for (check, with, locked) in
        [(users, &[][..], &dictionary.user_key), (&dictionary.owner[..48], users, &dictionary.owner_key)]
    {
        let hash = |salt: &[u8]| match dictionary.revision {
            5 => {
                allowance.derive(1)?;
                let first = Sha256::new_with_prefix(password).chain_update(salt).chain_update(with);
                Ok(first.finalize().into())
            }
            _ => hardened(password, salt, with, allowance),
        };
        if hash(&check[32..40])? == check[..32] {
            return Ok(cipher::cbc(&hash(&check[40..48])?, [0; 16], locked));
        }
    }
    Ok(None)
}

/// The hash of revision 6 (algorithm 2.B).
fn hardened(
    password: &[u8],
    salt: &[u8],
    with: &[u8],
    allowance: &Allowance,
) -> Result<[u8; 32], Diagnostic> {
    let first = Sha256::new_with_prefix(password).chain_update(salt).chain_update(with);
    let mut key = first.finalize().to_vec();
    let mut round = 0u32;
    loop {
        let mut bytes = [password, &key, with].concat().repeat(64);
        // Both go over all of it, block by block.
        allowance.derive(bytes.len() as u64 / 32)?;
        let (cipher_key, start) = (std::array::from_fn(|at| key[at]), std::array::from_fn(|at| key[16 + at]));
        cipher::encrypt(cipher_key, start, &mut bytes);
        // 256 is one more than a multiple of three: a number of 16 bytes leaves what the sum of its bytes leaves.
        key = match bytes[..16].iter().map(|byte| u32::from(*byte)).sum::<u32>() % 3 {
            0 => Sha256::digest(&bytes).to_vec(),
            1 => Sha384::digest(&bytes).to_vec(),
            _ => Sha512::digest(&bytes).to_vec(),
        };
        round += 1;
        let last = bytes.last().map_or(0, |last| u32::from(*last));
        if round >= 64 && last + 32 <= round {
            return Ok(std::array::from_fn(|at| key[at]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_filled_up_and_written_both_ways() {
        assert_eq!(filled(b""), PADDING);
        assert_eq!(filled(b"ab")[..3], [b'a', b'b', PADDING[0]]);
        assert_eq!(filled(&[b'x'; 40]), [b'x'; 32]);
        assert_eq!(encodings("ab"), [b"ab".to_vec()]);
        assert_eq!(encodings("\u{fc}"), [vec![0xC3, 0xBC], vec![0xFC]]);
        assert_eq!(encodings("\u{416}").len(), 1);
    }
}
