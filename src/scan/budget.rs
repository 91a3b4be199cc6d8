//! What unpacking one dropped file may cost. Bombs end here.

use crate::model::{Diagnostic, DiagnosticSeverity, Limits};

/// The running account of one dropped file.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// Bytes of the dropped file so far.
    pub(super) packed: u64,
    unpacked: u64,
    holes: u64,
    members: u64,
    said: Option<&'static str>,
}

impl Budget {
    /// Whether another member may be opened.
    pub(super) fn member(&mut self, limits: &Limits) -> Result<(), Option<Diagnostic>> {
        self.members += 1;
        if self.members <= limits.members {
            return Ok(());
        }
        Err(self.once("limit-members", || format!("more than {} members in one file", limits.members)))
    }

    /// Whether `count` more unpacked bytes may be examined.
    pub(super) fn unpacked(&mut self, count: u64, limits: &Limits) -> Result<(), Option<Diagnostic>> {
        self.unpacked = self.unpacked.saturating_add(count);
        if self.unpacked > limits.unpacked {
            return Err(self.once("limit-unpacked", || {
                format!("more than {} bytes unpacked from one file", limits.unpacked)
            }));
        }
        let allowed = self.packed.saturating_mul(limits.ratio).max(limits.ratio_floor);
        if self.unpacked > allowed {
            let ratio = limits.ratio;
            return Err(self.once("limit-ratio", || {
                format!("more than {ratio} bytes unpacked for each packed byte, as a decompression bomb does")
            }));
        }
        Ok(())
    }

    /// Whether `count` more bytes that a sparse file leaves out may be examined. They are not unpacked from anything.
    pub(super) fn hole(&mut self, count: u64, limits: &Limits) -> Result<(), Diagnostic> {
        let holes = self.holes.saturating_add(count);
        if holes > limits.holes {
            let message = format!(
                "a sparse file leaves {count} bytes out; all that do may leave out {} together",
                limits.holes
            );
            let hint = "the file was examined up to there, and what follows it in the archive was read; unpack it yourself and drop it";
            return Err(Diagnostic::new(DiagnosticSeverity::Error, "limit-holes", message, hint));
        }
        self.holes = holes;
        Ok(())
    }

    fn once(&mut self, code: &'static str, message: impl FnOnce() -> String) -> Option<Diagnostic> {
        if self.said.replace(code) == Some(code) {
            return None;
        }
        let hint = "the rest of this file was not examined; unpack it yourself and drop what is inside";
        Some(Diagnostic::new(DiagnosticSeverity::Error, code, message(), hint))
    }
}
