//! What the reader of a format is given when an artifact begins.

use super::{Allowance, Source, Whole};
use crate::model::{Limits, Passwords};

/// What the reader of a format is given when an artifact begins.
pub struct Opening<'o> {
    /// The artifact's own name, without the way to it.
    pub name: &'o str,
    /// Bounds to keep to.
    pub limits: &'o Limits,
    /// Passwords to try on what is locked.
    pub passwords: &'o Passwords,
    /// What may be used of memory and work.
    pub allowance: &'o Allowance,
    /// The artifact's bytes at any place; only dropped files have that.
    pub source: Option<Box<dyn Source>>,
}

impl Opening<'_> {
    /// For a format that seeks: the whole artifact, from its source or held in memory.
    pub fn whole(&mut self) -> Whole {
        Whole::new(self.source.take(), self.allowance)
    }
}
