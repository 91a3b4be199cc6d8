//! A container's bytes go in, block by block; its members come out, block by block. Nothing is held whole but what
//! must be sought in.

use crate::model::{ArtifactKind, Diagnostic, DiagnosticSeverity, Flow, counted};
use crate::source::Opening;

pub use crate::model::{Member, Members};

/// Reads one container format, fed with blocks of any sizes; the result does not depend on how it is cut.
///
/// It never fails: what cannot be read becomes a [`Diagnostic`], an open member ends incomplete, and
/// the rest of the bytes is taken and passed over.
pub trait Unpacker {
    /// Takes the next bytes of the container.
    fn feed(&mut self, block: &[u8], members: &mut dyn Members) -> Flow;
    /// The container's bytes are over.
    fn finish(&mut self, members: &mut dyn Members);
}

mod again;
mod ar;
mod bzip2;
mod cab;
mod compress;
mod cpio;
mod decompress;
mod deflate;
mod gzip;
mod lz4;
mod lzma;
mod rpm;
mod sevenz;
mod stream;
mod tar;
mod zip;
mod zstd;

/// The reader of a container of this kind; `None` for everything that has no members.
pub fn unpacker(kind: ArtifactKind, opening: &mut Opening<'_>) -> Option<Box<dyn Unpacker>> {
    match kind {
        ArtifactKind::Gzip => Some(Box::new(gzip::Gzip::new(opening.name))),
        ArtifactKind::Zip => Some(Box::new(zip::Zip::new(opening))),
        ArtifactKind::Tar => Some(Box::new(tar::Tar::new())),
        ArtifactKind::Cpio => Some(Box::new(cpio::Cpio::new())),
        ArtifactKind::Ar => Some(Box::new(ar::Ar::new())),
        ArtifactKind::SevenZ => Some(Box::new(sevenz::SevenZ::new(opening))),
        ArtifactKind::Cab => Some(Box::new(cab::Cab::new(opening))),
        ArtifactKind::Rpm => Some(Box::new(rpm::Rpm::new(opening.name))),
        _ => {
            let format = stream::FORMATS.iter().find(|format| format.kind == kind)?;
            Some(Box::new(stream::Stream::new(format, opening.name, opening.limits)))
        }
    }
}

fn error(code: &str, message: String, hint: &str) -> Diagnostic {
    Diagnostic::new(DiagnosticSeverity::Error, code, message, hint)
}

fn diagnostic(code: &str, message: String, hint: &str) -> Diagnostic {
    Diagnostic::new(DiagnosticSeverity::Warning, code, message, hint)
}

/// How many of `all` bytes lie in none of the places that are used, each given with its length.
fn unused(used: &mut [(u64, u64)], all: u64) -> u64 {
    used.sort_unstable();
    let (mut end, mut left) = (0u64, 0);
    for (at, length) in used {
        left += at.saturating_sub(end);
        end = end.max(at.saturating_add(*length));
    }
    left + all.saturating_sub(end)
}

/// Says how many bytes belong to no member, where there are any: nothing searched them.
fn left_over(code: &str, count: u64, members: &mut dyn Members) {
    if count > 0 {
        let message = format!("{} of the archive belong to no member", counted(count, "byte"));
        let hint = "they were hashed with the file, not unpacked and not searched; fetch the archive again, or look at them with a hex editor";
        members.diagnostic(error(code, message, hint));
    }
}

/// Says how many entries had no content to examine, where there were any.
fn special_entries(code: &str, count: u64, members: &mut dyn Members) {
    if count > 0 {
        let message = format!("{count} links, devices or other entries without content were passed over");
        members.diagnostic(Diagnostic::new(DiagnosticSeverity::Note, code, message, ""));
    }
}

/// A member's name, fit to be shown.
fn shown(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// What is inside a compressed file of this name: `access.log.gz` holds `access.log`, `bundle.tgz` holds `bundle.tar`.
/// Empty where the name does not end as it should.
fn inner_name(name: &str, endings: &[(&str, &str)]) -> String {
    let lower = name.to_ascii_lowercase();
    let found = endings.iter().find(|(ending, _)| lower.ends_with(ending) && lower.len() > ending.len());
    found.map_or(String::new(), |(ending, instead)| name[..name.len() - ending.len()].to_owned() + instead)
}
