//! Drives the stages. A dropped file goes in, block by block; `ScanEvent`s come out.
//!
//! What the scanner does not do: (1) it does not read files, it is fed; (2) it does not weigh, it tells what it saw;
//! (3) it keeps nothing between two files.

mod artifact;
mod budget;
mod context;
mod control;
mod document;
mod example;
mod excerpt;
mod gathered;
mod marks;
pub mod measure;
mod near;
mod own;
mod packed;
mod pieces;
mod probe;
mod search;
mod text;
mod windows;

use std::sync::Arc;

pub use control::control;
pub use near::{Probes, probes};
pub use packed::read_pack;

use crate::index::IndicatorSet;
use crate::model::{Digests, Flow, Limits, Pack, Passwords, Sink};
use crate::source::{Allowance, Source};

use artifact::Artifact;
use budget::Budget;
use context::Context;

/// Compiles packs for scanning: copies of them.
pub fn compile(packs: &[Pack]) -> Arc<IndicatorSet> {
    compile_shared(packs.iter().cloned().map(Arc::new).collect())
}

/// The same with packs that others hold too.
pub fn compile_shared(packs: Vec<Arc<Pack>>) -> Arc<IndicatorSet> {
    Arc::new(IndicatorSet::build(packs))
}

/// Scans one dropped file after the other. The events do not depend on how a file is cut into blocks.
pub struct Scanner {
    set: Arc<IndicatorSet>,
    limits: Limits,
    passwords: Passwords,
    allowance: Allowance,
    budget: Budget,
    open: Option<Artifact>,
}

impl Scanner {
    /// A scanner for a compiled set.
    pub fn new(set: Arc<IndicatorSet>, limits: Limits) -> Scanner {
        let allowance = Allowance::new(&limits);
        Scanner {
            set,
            limits,
            passwords: Passwords::default(),
            allowance,
            budget: Budget::default(),
            open: None,
        }
    }

    /// The same, with passwords to try on locked members.
    #[must_use]
    pub fn with_passwords(self, passwords: Passwords) -> Scanner {
        Scanner { passwords, ..self }
    }

    /// A dropped file begins; one that is still open ends first. What seeks in it is held in memory.
    pub fn begin(&mut self, name: &str, sink: &mut dyn Sink) {
        self.begin_with(name, None, sink);
    }

    /// A dropped file begins that can be read at any place once it was fed: the same bytes as will be fed.
    pub fn begin_with(&mut self, name: &str, source: Option<Box<dyn Source>>, sink: &mut dyn Sink) {
        self.finish(sink);
        self.budget = Budget::default();
        self.allowance = Allowance::new(&self.limits);
        let shown = excerpt::readable(name.as_bytes());
        let base = shown.rsplit(['/', '\\']).next().unwrap_or(&shown).to_owned();
        self.open = Some(Artifact::new(shown, base, 0).with_source(source));
    }

    /// The bytes of the file that just began are hashed by the caller, who ends it with [`Scanner::finish_with`].
    pub fn hashed_elsewhere(&mut self) {
        self.open = self.open.take().map(|artifact| artifact.with_digests(Digests::default()));
    }

    /// Its next bytes. `Stop`: the sink wants no more.
    pub fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) -> Flow {
        let Some(mut artifact) = self.open.take() else { return Flow::Stop };
        self.budget.packed += block.len() as u64;
        let mut context = self.context(sink);
        artifact.feed(block, &mut context);
        if context.stopped {
            return Flow::Stop;
        }
        self.open = Some(artifact);
        Flow::Continue
    }

    /// It ends.
    pub fn finish(&mut self, sink: &mut dyn Sink) {
        if let Some(artifact) = self.open.take() {
            artifact.finish(true, &mut self.context(sink));
        }
    }

    /// It ends, and the caller's digests are those of its bytes.
    pub fn finish_with(&mut self, digests: Digests, sink: &mut dyn Sink) {
        self.open = self.open.take().map(|artifact| artifact.with_digests(digests));
        self.finish(sink);
    }

    fn context<'s>(&'s mut self, sink: &'s mut dyn Sink) -> Context<'s> {
        Context {
            set: &self.set,
            limits: &self.limits,
            passwords: &self.passwords,
            allowance: &self.allowance,
            budget: &mut self.budget,
            sink,
            stopped: false,
        }
    }
}
