//! A bounded account of what a scan told, which can be sent between workers and joined.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{
    ArtifactSummary, Diagnostic, DiagnosticSeverity, Flow, Limits, Outcome, ScanEvent, Sighting, Sink,
};

use super::extent::Extent;

/// Diagnostics kept of one dropped file; the others are counted.
const MOST_DIAGNOSTICS: usize = 2_000;

/// Artifacts kept of one dropped file; the others are counted.
const MOST_ARTIFACTS: usize = 20_000;

/// Clients whose steps are kept of one dropped file.
const MOST_CLIENTS: usize = 50_000;

/// Sightings of one indicator with one outcome in one artifact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) indicator: String,
    pub(super) artifact: String,
    pub(super) outcome: Outcome,
    pub(super) count: u64,
    pub(super) when: Extent,
    /// The first few, in full.
    pub(super) kept: Vec<Sighting>,
}

/// One client met one indicator: when first and last with each outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) client: String,
    pub(super) indicator: String,
    pub(super) outcome: Outcome,
    pub(super) when: Extent,
    pub(super) sighting: Sighting,
}

/// What one dropped file told; or several, joined.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    pub(super) keep: usize,
    pub(super) bytes: u64,
    pub(super) artifacts: Vec<ArtifactSummary>,
    pub(super) unlisted: u64,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) unlisted_diagnostics: u64,
    pub(super) groups: Vec<Group>,
    pub(super) steps: Vec<Step>,
    #[serde(skip)]
    pub(super) places: BTreeMap<(String, String, Outcome), usize>,
    #[serde(skip)]
    pub(super) walks: BTreeMap<(String, String, Outcome, String), usize>,
    /// Artifacts of which it is open how the dates are to be read, with the first of their groups and of their steps.
    #[serde(skip)]
    open: BTreeMap<String, (usize, usize)>,
}

impl Step {
    /// Seconds of its first time, as in `Timestamp::seconds`.
    pub(super) fn starts(&self) -> i64 {
        self.when.first().map_or(i64::MIN, |time| time.seconds)
    }

    /// Seconds of its last time.
    pub(super) fn ends(&self) -> i64 {
        self.when.last().map_or(i64::MIN, |time| time.seconds)
    }
}

impl Tally {
    /// An empty account that keeps the first `Limits::sightings` sightings of each group in full.
    pub fn new(limits: &Limits) -> Tally {
        Tally { keep: limits.sightings, ..Tally::default() }
    }

    /// The account of a dropped file of which nothing could be read.
    pub fn unread(diagnostic: Diagnostic) -> Tally {
        Tally { diagnostics: vec![diagnostic], ..Tally::default() }
    }

    /// Notes how many bytes the dropped file has.
    pub fn add_bytes(&mut self, bytes: u64) {
        self.bytes += bytes;
    }

    /// Sightings, kept or only counted.
    pub fn sightings(&self) -> u64 {
        self.groups.iter().map(|group| group.count).sum()
    }

    /// One account of all, in the given order.
    pub(super) fn join(tallies: Vec<Tally>) -> Tally {
        let mut all = Tally::default();
        for tally in tallies {
            all.keep = all.keep.max(tally.keep);
            all.bytes += tally.bytes;
            all.artifacts.extend(tally.artifacts);
            all.unlisted += tally.unlisted;
            all.diagnostics.extend(tally.diagnostics);
            all.unlisted_diagnostics += tally.unlisted_diagnostics;
            all.groups.extend(tally.groups);
            all.steps.extend(tally.steps);
        }
        all
    }

    fn sighting(&mut self, sighting: Sighting) {
        let steps = self.steps.len();
        self.step(&sighting);
        let key = (sighting.indicator.clone(), sighting.artifact.clone(), sighting.outcome);
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None => {
                self.groups.push(Group {
                    indicator: sighting.indicator.clone(),
                    artifact: sighting.artifact.clone(),
                    outcome: sighting.outcome,
                    ..Group::default()
                });
                self.places.insert(key, self.groups.len() - 1);
                self.groups.len() - 1
            }
        };
        let group = &mut self.groups[place];
        group.count += 1;
        if let Some(time) = &sighting.time {
            group.when.add(time);
            if !time.orders.are_told() {
                let first = self.open.entry(sighting.artifact.clone()).or_insert((place, steps));
                first.0 = first.0.min(place);
            }
        }
        if group.kept.len() < self.keep {
            group.kept.push(sighting);
        }
    }

    fn step(&mut self, sighting: &Sighting) {
        let (Some(request), Some(time)) = (&sighting.request, &sighting.time) else { return };
        if request.client.is_empty() {
            return;
        }
        // What may have to be read anew when the artifact ends stands apart.
        let apart = if time.orders.are_told() { String::new() } else { sighting.artifact.clone() };
        let key = (request.client.clone(), sighting.indicator.clone(), sighting.outcome, apart);
        if let Some(place) = self.walks.get(&key) {
            self.steps[*place].when.add(time);
        } else if self.steps.len() < MOST_CLIENTS {
            let mut when = Extent::default();
            when.add(time);
            self.steps.push(Step {
                client: request.client.clone(),
                indicator: sighting.indicator.clone(),
                outcome: sighting.outcome,
                when,
                sighting: sighting.clone(),
            });
            self.walks.insert(key, self.steps.len() - 1);
        } else if self.steps.len() == MOST_CLIENTS {
            self.diagnose(Diagnostic::new(
                DiagnosticSeverity::Warning,
                "limit-clients",
                format!("more than {MOST_CLIENTS} clients with sightings: sequences of further ones are not looked for"),
                "all sightings are counted all the same; split the file by time to see the others' sequences",
            ));
        }
    }

    /// An artifact ends, and with it the doubt about its dates, as far as it told the order of their numbers.
    fn settle(&mut self, artifact: &ArtifactSummary) {
        let Some((groups, steps)) = self.open.remove(&artifact.artifact) else { return };
        let order = artifact.text.as_ref().and_then(|text| text.date_order);
        let settle = |when: &mut Extent, sightings: &mut [Sighting]| {
            if let Some(order) = order {
                when.settle(order);
            }
            for sighting in sightings {
                sighting.time = sighting.time.map(|time| time.settled(order));
            }
        };
        for group in self.groups[groups..].iter_mut().filter(|group| group.artifact == artifact.artifact) {
            settle(&mut group.when, &mut group.kept);
        }
        for step in self.steps[steps..].iter_mut().filter(|step| step.sighting.artifact == artifact.artifact)
        {
            settle(&mut step.when, std::slice::from_mut(&mut step.sighting));
        }
    }

    fn diagnose(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.contains(&diagnostic) {
            return;
        }
        if self.diagnostics.len() < MOST_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        } else {
            self.unlisted_diagnostics += 1;
        }
    }
}

impl Sink for Tally {
    fn event(&mut self, event: ScanEvent) -> Flow {
        match event {
            ScanEvent::Sighting(sighting) => self.sighting(sighting),
            ScanEvent::Diagnostic(diagnostic) => self.diagnose(diagnostic),
            ScanEvent::Artifact(artifact) => {
                self.settle(&artifact);
                match self.artifacts.len() < MOST_ARTIFACTS {
                    true => self.artifacts.push(artifact),
                    false => self.unlisted += 1,
                }
            }
            ScanEvent::Summary { .. } => {}
        }
        Flow::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Request, Timestamp};

    #[test]
    fn a_log_in_which_every_line_matches_stays_small() {
        let mut tally = Tally::new(&Limits::default());
        for number in 0..300_000u64 {
            let request = Request { client: format!("192.0.2.{}", number % 250), ..Request::default() };
            let time = Timestamp::parse("2020-12-16T10:00:00Z");
            let sighting = Sighting {
                indicator: "p#1".into(),
                artifact: "a".into(),
                request: Some(request),
                time,
                ..Sighting::default()
            };
            let _ = tally.event(ScanEvent::Sighting(sighting));
        }
        assert_eq!(tally.sightings(), 300_000);
        assert!(serde_json::to_string(&tally).is_ok_and(|text| text.len() < 200_000));
    }

    #[test]
    fn survives_the_way_between_workers() {
        let mut tally = Tally::new(&Limits::default());
        let _ = tally.event(ScanEvent::Sighting(Sighting { indicator: "p#1".into(), ..Sighting::default() }));
        let text = serde_json::to_string(&tally).expect("plain data");
        let back: Tally = serde_json::from_str(&text).expect("what was written");
        assert_eq!(back.groups, tally.groups);
    }
}
