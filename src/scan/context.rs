//! What every open artifact of one dropped file shares.

use crate::index::IndicatorSet;
use crate::model::{Diagnostic, Flow, Limits, Passwords, ScanEvent, Sink};
use crate::source::Allowance;

use super::budget::Budget;

/// What every open artifact of one dropped file shares.
pub(super) struct Context<'s> {
    pub(super) set: &'s IndicatorSet,
    pub(super) limits: &'s Limits,
    pub(super) passwords: &'s Passwords,
    pub(super) allowance: &'s Allowance,
    pub(super) budget: &'s mut Budget,
    pub(super) sink: &'s mut dyn Sink,
    /// The sink said stop.
    pub(super) stopped: bool,
}

impl Context<'_> {
    /// Tells the sink.
    pub(super) fn send(&mut self, event: ScanEvent) {
        if !self.stopped {
            self.stopped = self.sink.event(event) == Flow::Stop;
        }
    }

    /// Tells the sink something a reader must know.
    pub(super) fn diagnose(&mut self, diagnostic: Diagnostic) {
        self.send(ScanEvent::Diagnostic(diagnostic));
    }
}
