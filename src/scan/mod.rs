//! Drives the stages. A dropped file goes in, block by block; `ScanEvent`s come out.
//!
//! What the scanner does not do: (1) it does not read files, it is fed; (2) it does not weigh, it tells what it saw;
//! (3) it keeps nothing between two files.

mod artifact;
mod budget;
mod context;
mod control;
mod example;
mod excerpt;
pub mod measure;
mod own;
mod packed;
mod search;
mod text;
mod windows;

use std::sync::Arc;

pub use control::control;
pub use packed::read_pack;

use crate::index::IndicatorSet;
use crate::model::{Flow, Limits, Pack, Sink};

use artifact::Artifact;
use budget::Budget;
use context::Context;

/// Compiles packs for scanning.
pub fn compile(packs: &[Pack]) -> Arc<IndicatorSet> {
    Arc::new(IndicatorSet::build(packs))
}

/// Scans one dropped file after the other. The events do not depend on how a file is cut into blocks.
pub struct Scanner {
    set: Arc<IndicatorSet>,
    limits: Limits,
    budget: Budget,
    open: Option<Artifact>,
}

impl Scanner {
    /// A scanner for a compiled set.
    pub fn new(set: Arc<IndicatorSet>, limits: Limits) -> Scanner {
        Scanner { set, limits, budget: Budget::default(), open: None }
    }

    /// A dropped file begins; one that is still open ends first.
    pub fn begin(&mut self, name: &str, sink: &mut dyn Sink) {
        self.finish(sink);
        self.budget = Budget::default();
        let shown = excerpt::readable(name.as_bytes());
        let base = shown.rsplit(['/', '\\']).next().unwrap_or(&shown).to_owned();
        self.open = Some(Artifact::new(shown, base, 0));
    }

    /// Its next bytes. `Stop`: the sink wants no more.
    pub fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) -> Flow {
        let Some(artifact) = &mut self.open else { return Flow::Stop };
        self.budget.packed += block.len() as u64;
        let mut context =
            Context { set: &self.set, limits: &self.limits, budget: &mut self.budget, sink, stopped: false };
        artifact.feed(block, &mut context);
        if context.stopped {
            self.open = None;
            return Flow::Stop;
        }
        Flow::Continue
    }

    /// It ends.
    pub fn finish(&mut self, sink: &mut dyn Sink) {
        if let Some(artifact) = self.open.take() {
            let mut context = Context {
                set: &self.set,
                limits: &self.limits,
                budget: &mut self.budget,
                sink,
                stopped: false,
            };
            artifact.finish(true, &mut context);
        }
    }
}
