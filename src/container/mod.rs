//! A container's bytes go in, block by block; its members come out, block by block. Nothing is ever held whole.

use crate::model::{ArtifactKind, Diagnostic, DiagnosticSeverity, Flow};

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
