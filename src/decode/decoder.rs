//! Formats that hold records or parts instead of lines: their bytes go in block by block, [`Parts`] come out.

use crate::model::{ArtifactKind, Flow, Parts};
use crate::source::Opening;

use super::whole::Whole;

/// Reads one such format, fed with blocks of any sizes; the result does not depend on how it is cut.
///
/// It never fails: what cannot be read becomes a diagnostic, and the rest of the bytes is taken and passed over.
/// What it does not do: (1) it searches nothing; (2) it keeps no record once that was handed on.
pub trait Decoder {
    /// What the records are, in plain words: `Windows event log`.
    fn format(&self) -> &'static str;
    /// Takes the next bytes of the artifact.
    fn feed(&mut self, block: &[u8], parts: &mut dyn Parts) -> Flow;
    /// The artifact's bytes are over.
    fn finish(&mut self, parts: &mut dyn Parts);
}

/// The decoder of an artifact of this kind; `None` for text, containers and what is searched as bytes.
pub fn decoder(kind: ArtifactKind, opening: &Opening<'_>) -> Option<Box<dyn Decoder>> {
    let limits = opening.limits;
    match kind {
        ArtifactKind::Evtx => Some(Box::new(super::evtx::Evtx::new(limits))),
        ArtifactKind::Mail => Some(Box::new(super::mail::Mail::new(limits))),
        ArtifactKind::Mailbox => Some(Box::new(super::mail::Mailbox::new(limits))),
        ArtifactKind::Capture => Some(Box::new(super::capture::Capture::new(limits))),
        ArtifactKind::Utmp => Some(Box::new(super::login::Login::utmp(limits))),
        ArtifactKind::Lastlog => Some(Box::new(super::login::Login::lastlog(limits))),
        ArtifactKind::Compound => Some(Box::new(Whole::new(super::outlook::COMPOUND, limits))),
        ArtifactKind::Tnef => Some(Box::new(Whole::new(super::outlook::TNEF, limits))),
        ArtifactKind::Sqlite => Some(Box::new(Whole::new(super::sqlite::DATABASE, limits))),
        ArtifactKind::SqliteWal => Some(Box::new(Whole::new(super::sqlite::WAL, limits))),
        ArtifactKind::Journal => Some(Box::new(Whole::new(super::journal::JOURNAL, limits))),
        ArtifactKind::Hive => Some(Box::new(Whole::new(super::registry::HIVE, limits))),
        ArtifactKind::Shortcut => Some(Box::new(Whole::new(super::shortcut::SHORTCUT, limits))),
        ArtifactKind::Pdf => Some(Box::new(super::pdf::decoder(opening))),
        ArtifactKind::Prefetch => Some(Box::new(Whole::new(super::prefetch::PREFETCH, limits))),
        _ => None,
    }
}
