//! Something a reader must know about how the evidence or the packs were read.

use serde::{Deserialize, Serialize};

/// How much a [`Diagnostic`] takes away from the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; nothing was left out.
    Note,
    /// A part was read with assumptions, or partly.
    Warning,
    /// A part was not examined.
    Error,
}

/// A message with a stable code. Always counted in coverage, never dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How much it takes away.
    pub severity: Severity,
    /// Stable, kebab-case, for scripts: `gzip-truncated`.
    pub code: String,
    /// Lower case, no full stop: names the thing, the place, what was expected and what was found.
    pub message: String,
    /// What the person can do next.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// The artifact or pack it is about; empty where it is about the whole scan.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artifact: String,
}

impl Diagnostic {
    /// The code of every diagnostic about a member that none of the passwords opened.
    pub const PASSWORD_NEEDED: &str = "password-needed";

    /// A diagnostic without location; the scanner adds the artifact.
    pub fn new(
        severity: Severity,
        code: &str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic {
            severity,
            code: code.to_owned(),
            message: message.into(),
            hint: hint.into(),
            artifact: String::new(),
        }
    }

    /// The same diagnostic, said of `artifact`.
    #[must_use]
    pub fn at(mut self, artifact: impl Into<String>) -> Diagnostic {
        self.artifact = artifact.into();
        self
    }
}
