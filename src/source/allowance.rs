//! What the artifacts of one dropped file may use together, however deep they are nested.

use std::cell::Cell;
use std::rc::Rc;

use crate::model::{Diagnostic, DiagnosticSeverity, Limits};

/// Memory to hold what must be sought in, and work to make keys of passwords. Clones share one account.
#[derive(Clone, Debug)]
pub struct Allowance {
    held: Rc<Cell<u64>>,
    key_rounds: Rc<Cell<u64>>,
    limits: Limits,
}

impl Allowance {
    /// All of it is free.
    pub fn new(limits: &Limits) -> Allowance {
        let account = |amount| Rc::new(Cell::new(amount));
        Allowance {
            held: account(limits.held as u64),
            key_rounds: account(limits.key_rounds),
            limits: *limits,
        }
    }

    /// Takes `bytes` of the memory; `false` where they are not there.
    pub(super) fn hold(&self, bytes: u64) -> bool {
        take(&self.held, bytes)
    }

    /// Gives `bytes` of the memory back.
    pub(super) fn release(&self, bytes: u64) {
        self.held.set(self.held.get().saturating_add(bytes));
    }

    pub(super) fn held_limit(&self) -> usize {
        self.limits.held
    }

    /// Takes the work of making one key, in rounds of a hash; a diagnostic says so where it is used up.
    pub fn derive(&self, rounds: u64) -> Result<(), Diagnostic> {
        if take(&self.key_rounds, rounds) {
            return Ok(());
        }
        let limit = self.limits.key_rounds;
        let message = format!(
            "trying passwords on the locked members of this file takes more work than the limit of {limit} rounds"
        );
        let hint = "the locked members after this place were not examined; unpack them yourself and drop what is inside";
        Err(Diagnostic::new(DiagnosticSeverity::Error, "limit-key-rounds", message, hint))
    }
}

fn take(account: &Cell<u64>, amount: u64) -> bool {
    let left = account.get().checked_sub(amount);
    if let Some(left) = left {
        account.set(left);
    }
    left.is_some()
}
