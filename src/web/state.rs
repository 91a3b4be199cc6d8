//! What the page knows, and how each message changes it. No browser here: plain values, tested by plain cargo.

use std::rc::Rc;

use crate::assess::{Tally, assess};
use crate::model::{
    Allow, Control, Diagnostic, DiagnosticSeverity, Environment, Limits, Pack, Passwords, Report,
};
use crate::pack::Columns;

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

/// What is known of one of the person's own indicator files; its pack is among [`State::packs`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Own {
    /// The page's number of it.
    pub number: u32,
    /// What is doubtful about it.
    pub lint: Vec<Diagnostic>,
    /// The columns of a table, as they were read.
    pub columns: Option<Columns>,
}

/// What the page knows.
#[derive(Debug, Default)]
pub struct State {
    /// Every pack that came with the page.
    pub bundled: Vec<Pack>,
    /// The incident that is searched for; without one, all.
    pub chosen: Option<String>,
    /// What is searched for: the chosen incident or all, then the person's own.
    pub packs: Vec<Pack>,
    /// The person's own, in the order of the end of `packs`.
    pub own: Vec<Own>,
    /// Known-good lists.
    pub allow: Vec<Allow>,
    /// What is searched for is not what it was when the report was made.
    pub outdated: bool,
    /// Pieces of evidence that look like indicator files, and of what format.
    pub indicator_files: Vec<(String, String)>,
    /// Where the page is.
    pub phase: Phase,
    /// Number of the run; answers of earlier ones are dropped.
    pub run: u32,
    /// The evidence of this run, in the order of the names.
    pub items: Vec<Item>,
    /// Whether it is the pack's own example.
    pub example: bool,
    /// Passwords that the person gave, tried on locked members in every run from then on.
    pub passwords: Passwords,
    /// The result.
    pub report: Option<Rc<Report>>,
    control: Option<Control>,
    /// The first piece that no worker has yet.
    next: usize,
    /// Pieces before it that a worker gave back.
    back: Vec<usize>,
    /// Pieces whose tally is there.
    told: usize,
}

impl State {
    /// A page that knows its packs.
    pub fn new(bundled: Vec<Pack>, allow: Vec<Allow>) -> State {
        State { packs: bundled.clone(), bundled, allow, ..State::default() }
    }

    /// Chooses an incident by its id, or all. An id that the page does not know changes nothing: `false`.
    pub fn choose(&mut self, incident: Option<&str>) -> bool {
        if incident.is_some_and(|id| !self.bundled.iter().any(|pack| pack.id == id)) {
            return false;
        }
        if self.chosen.as_deref() != incident {
            self.chosen = incident.map(str::to_owned);
            let own = self.take_own();
            self.refill(own);
        }
        true
    }

    /// Adds one of the person's own packs. An earlier one of the same name goes; its number is returned.
    pub fn add_own(&mut self, about: Own, pack: Pack) -> Option<u32> {
        let mut own = self.take_own();
        let earlier = own.iter().position(|known| known.id == pack.id);
        let gone = earlier.map(|place| {
            own.remove(place);
            self.own.remove(place).number
        });
        own.push(pack);
        self.own.push(about);
        self.refill(own);
        gone
    }

    /// What is doubtful about one of the person's own packs.
    pub fn lint_own(&mut self, number: u32, lint: Vec<Diagnostic>) {
        if let Some(own) = self.own.iter_mut().find(|own| own.number == number) {
            own.lint = lint;
        }
    }

    /// Removes one of the person's own packs.
    pub fn remove_own(&mut self, number: u32) {
        if let Some(place) = self.own.iter().position(|own| own.number == number) {
            let mut own = self.take_own();
            own.remove(place);
            self.own.remove(place);
            self.refill(own);
        }
    }

    /// The person's own packs.
    pub fn own_packs(&self) -> impl Iterator<Item = (&Own, &Pack)> {
        let first = self.packs.len().saturating_sub(self.own.len());
        self.own.iter().zip(&self.packs[first..])
    }

    /// Ids of the bundled packs and numbers of the person's own that are searched for.
    pub fn searched(&self) -> (Vec<String>, Vec<u32>) {
        let bundled = self.packs.len() - self.own.len();
        let ids = self.packs[..bundled].iter().map(|pack| pack.id.clone()).collect();
        (ids, self.own.iter().map(|own| own.number).collect())
    }

    fn take_own(&mut self) -> Vec<Pack> {
        self.packs.split_off(self.packs.len() - self.own.len())
    }

    /// The person's own pack takes the place of a bundled one of the same id.
    fn refill(&mut self, own: Vec<Pack>) {
        let chosen = self.bundled.iter().filter(|pack| {
            self.chosen.as_deref().is_none_or(|id| id == pack.id)
                && !own.iter().any(|known| known.id == pack.id)
        });
        self.packs = chosen.cloned().collect();
        self.packs.extend(own);
        self.outdated = self.phase == Phase::Done;
    }

    /// A new run begins with evidence of these names and sizes, which have to be sorted by name.
    pub fn begin(&mut self, evidence: Vec<(String, u64)>, example: bool) {
        self.run += 1;
        self.phase = Phase::Scanning;
        self.example = example;
        self.report = None;
        self.control = None;
        self.outdated = false;
        self.indicator_files.clear();
        self.back.clear();
        (self.next, self.told) = (0, 0);
        self.items =
            evidence.into_iter().map(|(name, size)| Item { name, size, ..Item::default() }).collect();
    }

    /// The next piece of evidence that no worker has.
    pub fn take(&mut self) -> Option<usize> {
        if self.phase != Phase::Scanning {
            return None;
        }
        if let Some(item) = self.back.pop() {
            return Some(item);
        }
        let item = self.next;
        self.next = (item + 1).min(self.items.len());
        (item < self.items.len()).then_some(item)
    }

    /// A piece of evidence has to be read again from its beginning.
    pub fn put_back(&mut self, run: u32, item: usize) {
        if run == self.run {
            self.back.push(item);
        }
    }

    /// A worker says something. Answers of earlier runs change nothing.
    pub fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::Progress { run, item, bytes } if run == self.run => {
                if let Some(item) = self.items.get_mut(item) {
                    item.read = bytes;
                }
            }
            Answer::Done { run, item, tally, indicators } if run == self.run => {
                self.tell(item, *tally);
                if let Some((item, format)) = self.items.get(item).zip(indicators) {
                    self.indicator_files.push((item.name.clone(), format));
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
        match item.and_then(|number| Some((number, self.items.get(number)?))) {
            Some((number, item)) => {
                let message = format!("the file was not read to its end: {why}");
                let hint = "try it with the belljar command, and tell the publisher of this page";
                let diagnostic =
                    Diagnostic::new(DiagnosticSeverity::Error, "worker-failed", message, hint).at(&item.name);
                let mut tally = Tally::unread(diagnostic);
                tally.add_bytes(item.size);
                self.tell(number, tally);
            }
            None => self.control = Some(Control { fired: 0, total: 1, failures: vec![why.to_owned()] }),
        }
    }

    fn tell(&mut self, item: usize, tally: Tally) {
        if let Some(item) = self.items.get_mut(item) {
            item.read = item.size;
            self.told += usize::from(item.tally.replace(tally).is_none());
        }
    }

    /// The person gives one more password. It serves from the next run on.
    pub fn add_password(&mut self, password: String) {
        let known: Vec<String> = std::mem::take(&mut self.passwords).into();
        self.passwords = Passwords::new(std::iter::once(password).chain(known));
    }

    /// What the report says is locked: each diagnostic names its member.
    pub fn locked(&self) -> Vec<&Diagnostic> {
        let told = self.report.iter().flat_map(|report| &report.coverage.diagnostics);
        told.filter(|diagnostic| diagnostic.code == Diagnostic::PASSWORD_NEEDED).collect()
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
        self.phase == Phase::Scanning && self.control.is_some() && self.told == self.items.len()
    }

    /// Makes the report, once every answer is there.
    pub fn finish(&mut self, environment: Environment) {
        let Some(control) = self.control.take().filter(|_| self.phase == Phase::Scanning) else { return };
        let tallies = self
            .items
            .iter_mut()
            .map(|item| item.tally.take().unwrap_or_else(|| Tally::new(&Limits::default())));
        let report = assess(&self.packs, &self.allow, tallies.collect(), control, environment);
        self.report = Some(Rc::new(report));
        self.indicator_files.sort();
        self.phase = Phase::Done;
    }

    /// Pieces of evidence that were read, and in all.
    pub fn pieces(&self) -> (usize, usize) {
        (self.told, self.items.len())
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
        Answer::Done { run, item, tally: Box::new(Tally::new(&Limits::default())), indicators: None }
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
    fn what_was_put_back_is_taken_again_in_its_run_alone() {
        let mut state = state();
        assert_eq!((state.take(), state.take()), (Some(0), Some(1)));
        state.put_back(1, 0);
        state.put_back(0, 1);
        assert_eq!((state.take(), state.take()), (Some(0), None));
    }

    #[test]
    fn answers_of_a_stopped_run_change_nothing() {
        let mut state = state();
        state.cancel();
        state.answer(done(1, 0));
        assert_eq!((state.phase, state.is_complete()), (Phase::Cancelled, false));
    }

    #[test]
    fn a_given_password_is_tried_first_and_is_not_forgotten() {
        let mut state = state();
        state.add_password("one".to_owned());
        state.add_password("two".to_owned());
        state.begin(Vec::new(), false);
        assert_eq!(state.passwords.iter().collect::<Vec<_>>(), ["two", "one", "infected"]);
    }

    #[test]
    fn a_locked_member_is_offered_to_be_unlocked_and_the_password_is_in_no_report() {
        let mut state = state();
        state.add_password("only I know".to_owned());
        let told =
            Diagnostic::new(DiagnosticSeverity::Error, Diagnostic::PASSWORD_NEEDED, "locked", "").at("a");
        state.answer(Answer::Done {
            run: 1,
            item: 0,
            tally: Box::new(Tally::unread(told)),
            indicators: None,
        });
        state.answer(done(1, 1));
        state.answer(Answer::Controlled { run: 1, control: Control::default() });
        state.finish(Environment::default());
        assert_eq!(state.locked().len(), 1);
        let report = state.report.as_ref().expect("a report");
        assert!(!serde_json::to_string(&**report).expect("JSON").contains("only I know"));
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

    fn own(number: u32) -> Own {
        Own { number, ..Own::default() }
    }

    fn pack(id: &str) -> Pack {
        Pack { id: id.into(), ..Pack::default() }
    }

    #[test]
    fn the_chosen_incident_and_the_persons_own_packs_are_searched_for() {
        let mut state = State::new(vec![pack("a"), pack("b")], Vec::new());
        let ids = |state: &State| state.packs.iter().map(|pack| pack.id.clone()).collect::<Vec<_>>();
        assert_eq!(state.add_own(own(1), pack("mine")), None);
        assert_eq!(ids(&state), ["a", "b", "mine"]);
        assert!(state.choose(Some("b")));
        assert_eq!(ids(&state), ["b", "mine"]);
        assert!(!state.choose(Some("unknown")));
        assert_eq!(state.add_own(own(2), pack("mine")), Some(1));
        assert_eq!(state.searched(), (vec!["b".to_owned()], vec![2]));
        assert!(state.choose(None));
        assert_eq!(state.add_own(own(3), pack("a")), None);
        assert_eq!(ids(&state), ["b", "mine", "a"]);
        state.remove_own(3);
        state.remove_own(2);
        assert_eq!(ids(&state), ["a", "b"]);
    }

    #[test]
    fn a_report_is_outdated_when_something_else_is_searched_for() {
        let mut state = State::new(vec![pack("a")], Vec::new());
        state.begin(Vec::new(), false);
        state.answer(Answer::Controlled { run: 1, control: Control::default() });
        state.finish(Environment::default());
        assert!(!state.outdated);
        assert!(state.choose(Some("a")));
        assert!(state.outdated);
    }
}
