//! A container's bytes go in, block by block; its members come out, block by block. Nothing is ever held whole.

use crate::model::{ArtifactKind, Diagnostic, DiagnosticSeverity, Flow};

/// What a container says of a member before its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Its name inside the container, control characters escaped, never empty.
    pub name: String,
    /// Its size in bytes, where the container says so beforehand.
    pub size: Option<u64>,
}

/// Takes a container's members as they come out.
pub trait Members {
    /// A member begins. `Stop`: no further bytes are wanted from this container.
    fn begin(&mut self, member: Member) -> Flow;
    /// Some bytes of the member that began last.
    fn data(&mut self, bytes: &[u8]) -> Flow;
    /// That member ends; `complete` says whether all its bytes came out and agreed with its checksum.
    fn end(&mut self, complete: bool);
    /// Something a reader must know about the container or its current member.
    fn diagnostic(&mut self, diagnostic: Diagnostic);
}

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

mod gzip;
mod tar;
mod zip;
mod zip_directory;

/// The reader of a container of this kind, whose own name is `name`; `None` for everything that has no members.
pub fn unpacker(kind: ArtifactKind, name: &str) -> Option<Box<dyn Unpacker>> {
    match kind {
        ArtifactKind::Gzip => Some(Box::new(gzip::Gzip::new(name))),
        ArtifactKind::Zip => Some(Box::new(zip::Zip::new())),
        ArtifactKind::Tar => Some(Box::new(tar::Tar::new())),
        _ => None,
    }
}

fn error(code: &str, message: String, hint: &str) -> Diagnostic {
    Diagnostic::new(DiagnosticSeverity::Error, code, message, hint)
}

fn diagnostic(code: &str, message: String, hint: &str) -> Diagnostic {
    Diagnostic::new(DiagnosticSeverity::Warning, code, message, hint)
}

/// A member's name, fit to be shown.
fn shown(name: &str) -> String {
    name.chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}
