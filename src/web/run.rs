//! A run from its first file to the report: gives work to workers and hears what they say.

use js_sys::Uint8Array;
use web_sys::File;

use crate::model::{Environment, Timestamp};

use super::file::Named;
use super::hashing::LARGE;
use super::page::{OwnFile, Page};
use super::pool::{Beside, Job, Said};
use super::protocol::{Answer, Ask};
use super::state::{Own, Phase};
use super::{dom, view};
use crate::pack::Role;

/// Milliseconds between two drawings of the progress line: more often than this nobody sees, and thousands of small files
/// would keep the page busy with it.
const DRAW: f64 = 100.0;

/// So many workers in a row that break down before they begin: it is the browser, and further ones would do the same.
const STILLBORN: u32 = 4;

impl Page {
    /// A run is asked for, whose files are still being listed; its number.
    pub(super) fn ask_for_run(&mut self) -> u32 {
        self.asked += 1;
        self.asked
    }

    /// A new run with these files begins.
    pub(super) fn begin(&mut self, files: Vec<Named>, example: bool) {
        self.stop();
        self.ask_for_run();
        let evidence = files
            .iter()
            .map(|(name, file)| (name.clone(), file.as_ref().map_or(0, |file| file.size() as u64)))
            .collect();
        self.files = files.into_iter().map(|(_, file)| file).collect();
        self.state.begin(evidence, example);
        self.control_asked = false;
        self.started = js_sys::Date::now();
        view::phase(&self.state);
        view::progress(&self.state, 0.0);
        dom::focus("cancel", "progress-box");
        self.employ_all();
    }

    /// This run's files, for another one.
    pub(super) fn files_again(&self) -> Vec<Named> {
        let names = self.state.items.iter().map(|item| item.name.clone());
        names.zip(self.files.iter().cloned()).collect()
    }

    /// The file of this name.
    pub(super) fn file(&self, name: &str) -> Option<File> {
        let place = self.state.items.iter().position(|item| item.name == name)?;
        self.files.get(place).cloned().flatten()
    }

    /// Chooses an incident, or all. What is under way is not wanted any more. `false`: there is no such incident.
    pub(super) fn choose(&mut self, incident: Option<&str>) -> bool {
        let before = self.state.chosen.clone();
        let known = self.state.choose(incident);
        if self.state.chosen != before {
            self.search_anew();
            view::incident::chosen(&self.state);
        }
        known
    }

    /// Reads an indicator file; with `roles`, as a table whose columns hold that.
    pub(super) fn read_pack(&mut self, name: String, bytes: Uint8Array, roles: Option<Vec<Role>>) {
        self.halt();
        self.numbers += 1;
        view::packs::reading(&name);
        self.reading.push_back(OwnFile { number: self.numbers, name, bytes, roles });
        self.employ_all();
    }

    /// Reads an indicator file anew, whose columns hold what the person says. Its pack takes the place of the earlier one.
    pub(super) fn read_again(&mut self, number: u32, roles: Vec<Role>) {
        if let Some(own) = self.own.iter().find(|own| own.number == number).cloned() {
            self.read_pack(own.name, own.bytes, Some(roles));
            dom::focus("packs-title", "packs-box");
        }
    }

    /// Removes an indicator file.
    pub(super) fn remove_pack(&mut self, number: u32) {
        self.state.remove_own(number);
        self.own.retain(|own| own.number != number);
        self.tell_all(&Ask::Forget { number });
        self.search_anew();
        view::packs::list(&self.state);
        dom::focus("packs-title", "packs-box");
    }

    /// Everybody searches for what is now chosen.
    fn search_anew(&mut self) {
        self.halt();
        let (bundled, own) = self.state.searched();
        self.tell_all(&Ask::Search { bundled, own });
        view::outdated(&self.state);
    }

    /// Ends a run that is under way, and shows it.
    fn halt(&mut self) {
        if self.state.phase == Phase::Scanning {
            self.stop();
            view::phase(&self.state);
        }
    }

    /// Ends a run that is under way.
    fn stop(&mut self) {
        if self.state.phase == Phase::Scanning {
            self.state.cancel();
            let _ = self.pool.restart();
        }
    }

    /// The person stops the run.
    pub(super) fn cancel(&mut self) {
        self.stop();
        view::phase(&self.state);
    }

    fn tell_all(&mut self, ask: &Ask) {
        for number in 0..self.pool.hands.len() {
            if self.pool.hands[number].ready {
                let _ = self.pool.ask(number, ask, Beside::Nothing);
            }
        }
    }

    fn employ_all(&mut self) {
        for number in 0..self.pool.hands.len() {
            self.employ(number);
        }
    }

    /// Gives a worker the next thing to do.
    fn employ(&mut self, number: usize) {
        let idle = |hand: &super::pool::Hand| hand.ready && hand.job.is_none();
        if !self.pool.hands.get(number).is_some_and(idle) {
            return;
        }
        let run = self.state.run;
        let asked = if let Some(own) = self.reading.front().filter(|_| !self.is_reading()).cloned() {
            let ask = own.ask(true);
            self.put(number, Job::Read(own.number));
            self.pool.ask(number, &ask, Beside::Bytes(&own.bytes))
        } else if self.state.phase != Phase::Scanning || !self.reading.is_empty() {
            return;
        } else if !self.control_asked {
            self.control_asked = true;
            self.put(number, Job::Control(run));
            self.pool.ask(number, &Ask::Control { run }, Beside::Nothing)
        } else if let Some(item) = self.state.take() {
            let Some(file) = self.files.get(item).cloned().flatten() else {
                self.state.lost(run, Some(item), "the browser could not open it");
                return self.employ(number);
            };
            self.put(number, Job::Item(run, item));
            if file.size() as u64 >= LARGE {
                self.pool.pair(number);
            }
            let (name, passwords) = (self.state.items[item].name.clone(), self.state.passwords.clone());
            let ask = Ask::Scan { run, item, name, passwords };
            self.pool.ask(number, &ask, Beside::File(&file))
        } else {
            return;
        };
        if let Err(error) = asked {
            self.broken(number, &format!("{error:?}"));
        }
    }

    fn put(&mut self, number: usize, job: Job) {
        self.pool.hands[number].job = Some(job);
    }

    /// One file is read after the other: the packs' order is the order in which they were given.
    fn is_reading(&self) -> bool {
        self.pool.hands.iter().any(|hand| matches!(hand.job, Some(Job::Read(_))))
    }

    /// A worker says something.
    pub(super) fn hear(&mut self, number: usize, said: Said) {
        if let Some(hand) = self.pool.hands.get_mut(number) {
            hand.heard = js_sys::Date::now();
        }
        match said {
            Said::Ready => self.equip(number),
            Said::Broken(why) => self.broken(number, &why),
            Said::Alone => self.alone(number),
            Said::Answer(text) => match serde_json::from_str::<Answer>(&text) {
                Ok(answer) => self.take(number, answer),
                Err(error) => self.broken(number, &error.to_string()),
            },
        }
        self.employ_all();
        self.show();
    }

    fn take(&mut self, number: usize, answer: Answer) {
        if !matches!(answer, Answer::Progress { .. } | Answer::Linted { .. }) {
            self.pool.hands[number].job = None;
        }
        match answer {
            Answer::Linted { number: file, lint } => {
                view::packs::doubts(file, &lint);
                self.state.lint_own(file, lint);
            }
            Answer::Read { number: file, pack, columns } => {
                let Some(place) = self.reading.iter().position(|own| own.number == file) else { return };
                let Some(own) = self.reading.remove(place) else { return };
                if let Some(gone) = self.state.add_own(Own { number: file, lint: Vec::new(), columns }, *pack)
                {
                    self.own.retain(|own| own.number != gone);
                    self.tell_all(&Ask::Forget { number: gone });
                }
                let ask = own.ask(false);
                for other in 0..self.pool.hands.len() {
                    if other != number && self.pool.hands[other].ready {
                        let _ = self.pool.ask(other, &ask, Beside::Bytes(&own.bytes));
                    }
                }
                self.own.push(own);
                self.search_anew();
                view::packs::list(&self.state);
            }
            answer => self.state.answer(answer),
        }
    }

    /// A new worker gets what the others have.
    fn equip(&mut self, number: usize) {
        for own in &self.own {
            let ask = own.ask(false);
            let _ = self.pool.ask(number, &ask, Beside::Bytes(&own.bytes));
        }
        let (bundled, own) = self.state.searched();
        if self.pool.ask(number, &Ask::Search { bundled, own }, Beside::Nothing).is_ok() {
            self.pool.hands[number].ready = true;
        }
    }

    /// A worker broke down: what it had is told, and a new one takes its place.
    fn broken(&mut self, number: usize, why: &str) {
        match self.pool.hands.get_mut(number).and_then(|hand| hand.job.take()) {
            Some(Job::Item(run, item)) => self.state.lost(run, Some(item), why),
            Some(Job::Control(run)) => self.state.lost(run, None, why),
            Some(Job::Read(file)) => {
                if let Some(place) = self.reading.iter().position(|own| own.number == file) {
                    let name = self.reading.remove(place).map(|own| own.name).unwrap_or_default();
                    view::packs::failed(&name, why);
                }
            }
            None => {}
        }
        let began = self.pool.hands.get(number).is_some_and(|hand| hand.ready);
        self.stillborn = if began { 0 } else { self.stillborn + 1 };
        if self.stillborn < STILLBORN {
            let _ = self.pool.replace(number);
        } else {
            self.give_up(why);
        }
    }

    /// The worker that hashed beside another broke down: the file is read again, without one.
    fn alone(&mut self, number: usize) {
        if let Some(Job::Item(run, item)) = self.pool.hands.get_mut(number).and_then(|hand| hand.job.take()) {
            self.state.put_back(run, item);
        }
        let _ = self.pool.unpair(number);
    }

    /// No worker can be started here: what waits for one is told, and nothing is tried any more.
    fn give_up(&mut self, why: &str) {
        dom::set_text(
            "start-problem",
            &format!(
                "This browser does not let the page read files beside itself ({why}). Use a current Firefox, Chrome, Edge or Safari, or the belljar command."
            ),
        );
        dom::show("start-problem", true);
        for own in self.reading.drain(..) {
            view::packs::failed(&own.name, why);
        }
        if self.state.phase == Phase::Scanning {
            let run = self.state.run;
            self.state.lost(run, None, why);
            while let Some(item) = self.state.take() {
                self.state.lost(run, Some(item), why);
            }
        }
    }

    /// The clock moved on: a worker that gives no sign is taken for stuck.
    pub(super) fn look(&mut self) {
        let patience = dom::number("drop", "data-patience-seconds");
        let now = js_sys::Date::now();
        for number in 0..self.pool.hands.len() {
            let hand = &self.pool.hands[number];
            if hand.job.is_some() && now - hand.heard > patience * 1_000.0 {
                self.broken(number, &format!("no sign of life for {patience} seconds"));
                self.employ_all();
            }
        }
        self.drawn = 0.0;
        self.show();
    }

    /// Shows how far the run is, or its end.
    fn show(&mut self) {
        if self.state.is_complete() {
            self.state.finish(self.environment());
            view::phase(&self.state);
        } else if self.state.phase == Phase::Scanning {
            let now = js_sys::Date::now();
            if now - self.drawn >= DRAW {
                self.drawn = now;
                view::progress(&self.state, (now - self.started) / 1_000.0);
            }
        }
    }

    fn environment(&self) -> Environment {
        let platform =
            web_sys::window().and_then(|window| window.navigator().user_agent().ok()).unwrap_or_default();
        let started = Timestamp::from_unix((self.started / 1_000.0) as i64, 0);
        let milliseconds = (js_sys::Date::now() - self.started) as u64;
        Environment { surface: "browser".to_owned(), platform, started: Some(started), milliseconds }
    }
}
