//! What the page knows, and how each message changes it. No browser here: plain values, tested by plain cargo.

use crate::assess::{Tally, assess};
use crate::model::{Allow, Control, Diagnostic, DiagnosticSeverity, Environment, Limits, Pack, Report};

use super::protocol::Answer;

/// One piece of evidence.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// Its name in the report.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Bytes read so far.
    pub read: u64,
    tally: Option<Tally>,
    /// Handed to a worker.
    taken: bool,
}

/// Where the page is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing was dropped yet.
    #[default]
    Idle,
    /// Workers read.
    Scanning,
    /// The report is there.
    Done,
    /// The person stopped the scan: there is no verdict.
    Cancelled,
}

/// What the page knows.
#[derive(Debug, Default)]
pub struct State {
    /// Bundled packs, then the user's.
    pub packs: Vec<Pack>,
    /// Known-good lists.
    pub allow: Vec<Allow>,
    /// Where the page is.
    pub phase: Phase,
    /// Number of the run; answers of earlier ones are dropped.
    pub run: u32,
    /// The evidence of this run, in the order of the names.
    pub items: Vec<Item>,
    /// Whether it is the pack's own example.
    pub example: bool,
    /// The result.
    pub report: Option<Report>,
    control: Option<Control>,
}

impl State {
    /// A page that knows its packs.
    pub fn new(packs: Vec<Pack>, allow: Vec<Allow>) -> State {
        State { packs, allow, ..State::default() }
    }

    /// A new run begins with evidence of these names and sizes, which have to be sorted by name.
    pub fn begin(&mut self, evidence: Vec<(String, u64)>, example: bool) {
        self.run += 1;
        self.phase = Phase::Scanning;
        self.example = example;
        self.report = None;
        self.control = None;
        self.items =
            evidence.into_iter().map(|(name, size)| Item { name, size, ..Item::default() }).collect();
    }

    /// The next piece of evidence that no worker has.
    pub fn take(&mut self) -> Option<usize> {
        if self.phase != Phase::Scanning {
            return None;
        }
        let item = self.items.iter().position(|item| !item.taken)?;
        self.items[item].taken = true;
        Some(item)
    }

    /// A worker says something. Answers of earlier runs change nothing.
    pub fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::Progress { run, item, bytes } if run == self.run => {
                if let Some(item) = self.items.get_mut(item) {
                    item.read = bytes;
                }
            }
            Answer::Done { run, item, tally } if run == self.run => {
                if let Some(item) = self.items.get_mut(item) {
                    item.read = item.size;
                    item.tally = Some(*tally);
                }
            }
            Answer::Controlled { run, control } if run == self.run => self.control = Some(control),
            _ => {}
        }
    }

    /// The worker that had `item` (or, without one, the control) broke down.
    pub fn lost(&mut self, run: u32, item: Option<usize>, why: &str) {
        if run != self.run {
            return;
        }
        match item.and_then(|item| self.items.get_mut(item)) {
            Some(item) => {
                let message = format!("the file was not read to its end: {why}");
                let hint = "try it with the belljar command, and tell the publisher of this page";
                let diagnostic =
                    Diagnostic::new(DiagnosticSeverity::Error, "worker-failed", message, hint).at(&item.name);
                let mut tally = Tally::unread(diagnostic);
                tally.add_bytes(item.size);
                item.tally = Some(tally);
            }
            None => self.control = Some(Control { fired: 0, total: 1, failures: vec![why.to_owned()] }),
        }
    }

    /// The person stops the scan.
    pub fn cancel(&mut self) {
        if self.phase == Phase::Scanning {
            self.run += 1;
            self.phase = Phase::Cancelled;
        }
    }

    /// Whether every answer of this run is there.
    pub fn is_complete(&self) -> bool {
        self.phase == Phase::Scanning
            && self.control.is_some()
            && self.items.iter().all(|item| item.tally.is_some())
    }

    /// Makes the report, once every answer is there.
    pub fn finish(&mut self, environment: Environment) {
        let Some(control) = self.control.take().filter(|_| self.phase == Phase::Scanning) else { return };
        let tallies = self
            .items
            .iter_mut()
            .map(|item| item.tally.take().unwrap_or_else(|| Tally::new(&Limits::default())));
        self.report = Some(assess(&self.packs, &self.allow, tallies.collect(), control, environment));
        self.phase = Phase::Done;
    }

    /// Bytes read and bytes in all.
    pub fn progress(&self) -> (u64, u64) {
        (self.items.iter().map(|item| item.read).sum(), self.items.iter().map(|item| item.size).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        let mut state = State::new(Vec::new(), Vec::new());
        state.begin(vec![("a".into(), 3), ("b".into(), 4)], false);
        state
    }

    fn done(run: u32, item: usize) -> Answer {
        Answer::Done { run, item, tally: Box::new(Tally::new(&Limits::default())) }
    }

    #[test]
    fn the_report_comes_with_the_last_answer() {
        let mut state = state();
        assert_eq!((state.take(), state.take(), state.take()), (Some(0), Some(1), None));
        state.answer(done(1, 1));
        state.answer(Answer::Controlled { run: 1, control: Control::default() });
        assert!(!state.is_complete());
        state.answer(done(1, 0));
        assert!(state.is_complete());
        state.finish(Environment::default());
        assert_eq!(state.phase, Phase::Done);
        assert!(state.report.is_some());
    }

    #[test]
    fn answers_of_a_stopped_run_change_nothing() {
        let mut state = state();
        state.cancel();
        state.answer(done(1, 0));
        assert_eq!((state.phase, state.is_complete()), (Phase::Cancelled, false));
    }

    #[test]
    fn a_broken_worker_is_told_and_the_others_go_on() {
        let mut state = state();
        state.lost(1, Some(0), "out of memory");
        state.answer(done(1, 1));
        state.answer(Answer::Controlled { run: 1, control: Control::default() });
        state.finish(Environment::default());
        let report = state.report.expect("a report");
        assert_eq!(report.coverage.diagnostics[0].code, "worker-failed");
    }
}
