//! What is told of a 7z archive, and the header in front that tells where its directory is.

use std::io;

use flate2::Crc;

use super::super::error;
use super::{FRONT, Fault, Members, coder};
use crate::model::{Diagnostic, Limits, counted, size};
use crate::source::Source;

const CORRUPT: &str = "7z-corrupt";
const TRUNCATED: &str = "7z-truncated";
const AGAIN: &str = "nothing in it was examined; fetch the archive again";
const UNPACK: &str = "unpack it with the program that made it and drop what is inside";
const PASSWORD: &str =
    "give its password and check the file again, or unpack it yourself and drop what is inside";

/// Reads the header in front: where the directory is, how long, and its checksum. `None`: it was told why not.
pub(super) fn front(
    source: &mut dyn Source,
    limits: &Limits,
    members: &mut dyn Members,
) -> Option<(u64, u64, u32)> {
    let mut front = [0; FRONT as usize];
    let all = source.size();
    if source.read_exact_at(0, &mut front).is_err() {
        members.diagnostic(error(TRUNCATED, format!("the archive ends after {}", size(all)), AGAIN));
        return None;
    }
    let u64_at = |at: usize| {
        front
            .get(at..at + 8)
            .map_or(0, |bytes| bytes.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)))
    };
    let (checksum, start) = ((u64_at(8) & 0xFFFF_FFFF) as u32, u64_at(12).saturating_add(FRONT));
    let (length, crc) = (u64_at(20), (u64_at(24) >> 32) as u32);
    let mut sum = Crc::new();
    sum.update(&front[12..]);
    if sum.sum() != checksum {
        let message = "the header in front, which tells where the list of members is, is damaged".to_owned();
        members.diagnostic(error(CORRUPT, message, AGAIN));
        return None;
    }
    if start.saturating_add(length) > all {
        let message =
            format!("the list of members stands behind the end of the archive, which has {all} bytes");
        let hint =
            "nothing in it was examined; fetch the whole archive, or join its volumes and drop the result";
        members.diagnostic(error(TRUNCATED, message, hint));
        return None;
    }
    if length > limits.directory as u64 {
        members.diagnostic(directory(&Fault::Memory { wanted: length, limit: limits.directory as u64 }));
        return None;
    }
    Some((start, length, crc))
}

/// Why the directory cannot be read.
pub(super) fn directory(fault: &Fault) -> Diagnostic {
    match fault {
        Fault::Directory(why) => error(CORRUPT, format!("the list of members is damaged: {why}"), AGAIN),
        Fault::Locked => error(
            Diagnostic::PASSWORD_NEEDED,
            "the list of members is locked, and none of the passwords tried opens it".to_owned(),
            PASSWORD,
        ),
        Fault::Data(_) | Fault::Checksum => {
            error(CORRUPT, "the packed list of members is damaged".to_owned(), AGAIN)
        }
        other => general(other, "the list of members"),
    }
}

/// Why a folder cannot be opened, in which these members are.
pub(super) fn folder(fault: &Fault, names: &[String]) -> Diagnostic {
    let first = names.first().map_or("(no name)", String::as_str);
    let what = match names.len() {
        0 | 1 => format!("member {first}"),
        many => format!("member {first} and {} packed with it", counted(many as u64 - 1, "other")),
    };
    match fault {
        Fault::Locked => error(
            Diagnostic::PASSWORD_NEEDED,
            format!("{what}: locked, and none of the passwords tried opens it"),
            PASSWORD,
        ),
        Fault::Directory(why) => error(CORRUPT, format!("{what}: not read, {why}"), UNPACK),
        Fault::Data(_) | Fault::Checksum => {
            error(CORRUPT, format!("{what}: the packed data is damaged"), UNPACK)
        }
        other => general(other, &what),
    }
}

fn general(fault: &Fault, what: &str) -> Diagnostic {
    match fault {
        Fault::Memory { wanted, limit } => error(
            "limit-dictionary",
            format!(
                "{what}: {wanted} bytes of memory are wanted to unpack it, more than the limit of {limit}"
            ),
            "it was not unpacked; unpack it yourself and drop what is inside",
        ),
        Fault::Members(limit) => error(
            "limit-members",
            format!("{what}: more than {limit} members in one file"),
            "nothing in it was examined; unpack it yourself and drop what is inside",
        ),
        Fault::Method(number) => error(
            "7z-method-unsupported",
            format!("{what}: packed with method {}, which is not read", coder::name(*number)),
            UNPACK,
        ),
        Fault::Told(told) => told.clone(),
        _ => error(CORRUPT, format!("{what}: damaged"), UNPACK),
    }
}

/// What is wrong with a content that came out, or began to.
pub(super) fn content(fault: &Fault, name: &str, is_locked: bool) -> Diagnostic {
    let hint = match is_locked {
        true => {
            "its password may be another one than the one that seemed to open it; give that first, or fetch the archive again"
        }
        false => "what came out was examined; fetch the archive again",
    };
    match fault {
        Fault::Checksum => {
            error("7z-checksum", format!("member {name} does not agree with its checksum"), hint)
        }
        Fault::Data(io::ErrorKind::UnexpectedEof) => error(
            TRUNCATED,
            format!("member {name} cannot be read to its end: its packed data is cut short"),
            hint,
        ),
        Fault::Data(io::ErrorKind::QuotaExceeded) => error(
            "limit-ratio",
            format!("member {name}: the steps that unpack it hand far more to each other than comes out"),
            "it was not unpacked; unpack it yourself and drop what is inside",
        ),
        Fault::Data(io::ErrorKind::OutOfMemory) => error(
            "limit-dictionary",
            format!("member {name} wants more memory to be unpacked than the limit"),
            "unpack it yourself and drop what is inside",
        ),
        _ => error(
            CORRUPT,
            format!("member {name} cannot be read to its end: its packed data is damaged"),
            hint,
        ),
    }
}

/// Members behind a damaged one.
pub(super) fn behind(count: String, name: &str) -> Diagnostic {
    error(CORRUPT, format!("{count} packed behind member {name}: not read"), "fetch the archive again")
}

/// A member's name; there is always one.
pub(super) fn named(name: String) -> String {
    if name.is_empty() { "(no name)".to_owned() } else { name }
}
