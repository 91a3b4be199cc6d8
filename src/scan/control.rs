//! The positive control: what is known to be there goes through the same search, and has to be found.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::sync::Arc;

use crate::assess::{Tally, assess};
use crate::index::IndicatorSet;
use crate::model::{
    Allow, Control, Digests, Environment, Expectation, Flow, Indicator, Limits, Pack, ScanEvent, Sink,
};

use super::{Scanner, probe};

/// Puts every indicator and every case of specimens to the test. Each indicator has to be seen in a line made up for
/// it, or in its pack's specimens; each case has to give the verdict, and the findings, that its pack expects.
pub fn control(packs: &[impl Borrow<Pack>], allow: &[Allow], set: &Arc<IndicatorSet>) -> Control {
    let mut control = Control::default();
    for pack in packs.iter().map(Borrow::borrow) {
        let seen = seen(pack, set);
        for indicator in &pack.indicators {
            let name = || format!("{} ({} {})", indicator.id, indicator.kind.as_str(), indicator.value);
            note(&mut control, seen.contains(&indicator.id), name);
        }
        for case in &pack.expected {
            let result = self::case(pack, allow, set, case);
            note(&mut control, result.is_ok(), || result.err().unwrap_or_default());
        }
    }
    control
}

fn note(control: &mut Control, fired: bool, failure: impl FnOnce() -> String) {
    control.total += 1;
    if fired {
        control.fired += 1;
    } else {
        control.failures.push(failure());
    }
}

/// The indicators that were seen. Nothing else is asked for: of a hundred thousand sightings it would be much.
#[derive(Default)]
struct Seen(HashSet<String>);

impl Sink for Seen {
    fn event(&mut self, _event: ScanEvent) -> Flow {
        Flow::Continue
    }

    fn wants(&mut self, indicator: &Indicator) -> bool {
        self.0.insert(indicator.id.clone());
        false
    }
}

/// Indicators seen in the lines made up for them and in the pack's specimens.
fn seen(pack: &Pack, set: &Arc<IndicatorSet>) -> HashSet<String> {
    let mut lines = Vec::new();
    for indicator in &pack.indicators {
        lines.extend_from_slice(probe::positive(indicator).as_bytes());
        lines.push(b'\n');
    }
    let mut scanner = Scanner::new(Arc::clone(set), Limits::default());
    let mut found = Seen::default();
    for specimen in &pack.specimens {
        scanner.begin(&specimen.path, &mut found);
        scanner.feed(&specimen.bytes, &mut found);
        scanner.finish(&mut found);
    }
    scanner.begin("control", &mut found);
    // No indicator is the digest of these lines.
    scanner.hashed_elsewhere();
    scanner.feed(&lines, &mut found);
    scanner.finish_with(Digests::default(), &mut found);
    found.0
}

/// Tallies what concerns one pack: others search with it.
struct Only<'p> {
    pack: &'p str,
    tally: Tally,
}

impl Sink for Only<'_> {
    fn event(&mut self, event: ScanEvent) -> Flow {
        match &event {
            ScanEvent::Sighting(sighting) if sighting.pack != self.pack => Flow::Continue,
            _ => self.tally.event(event),
        }
    }
}

/// A case gives what its pack expects of it; else, what it gave.
fn case(pack: &Pack, allow: &[Allow], set: &Arc<IndicatorSet>, case: &Expectation) -> Result<(), String> {
    let limits = Limits::default();
    let mut scanner = Scanner::new(Arc::clone(set), limits);
    let mut tallies = Vec::new();
    let folder = format!("{}/", case.case);
    for specimen in pack.specimens.iter().filter(|specimen| specimen.path.starts_with(&folder)) {
        let mut sink = Only { pack: &pack.id, tally: Tally::new(&limits) };
        scanner.begin(&specimen.path, &mut sink);
        scanner.feed(&specimen.bytes, &mut sink);
        scanner.finish(&mut sink);
        tallies.push(sink.tally);
    }
    // This run is the control: it is not controlled in turn.
    let passed = Control { fired: 1, total: 1, failures: Vec::new() };
    let report = assess(std::slice::from_ref(pack), allow, tallies, passed, Environment::default());
    let name = |indicator: &str| {
        let known = pack.indicators.iter().find(|known| known.id == indicator);
        known.map_or_else(|| indicator.to_owned(), |known| known.value.clone())
    };
    let mut found: Vec<(String, u64)> =
        report.findings.iter().map(|finding| (name(&finding.indicator), finding.count)).collect();
    found.sort();
    if report.verdict != case.verdict {
        return Err(format!(
            "{}: case {} gives {}, expected {}",
            pack.id,
            case.case,
            report.verdict.as_str(),
            case.verdict.as_str()
        ));
    }
    if found != case.findings {
        return Err(format!(
            "{}: case {} gives the findings {found:?}, expected {:?}",
            pack.id, case.case, case.findings
        ));
    }
    Ok(())
}
