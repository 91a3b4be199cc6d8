//! The other half of the positive control: every indicator is met in the line made up for it, and in none of the lines
//! that nearly show it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::index::IndicatorSet;
use crate::model::{Indicator, Limits, Pack, ScanEvent};

use super::{Scanner, probe};

/// What came of the made-up lines of one pack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probes {
    /// Lines that show an indicator, one each.
    pub lines: u64,
    /// Lines that nearly show one.
    pub misses: u64,
    /// Indicators not seen in their own line, and those seen in a near miss, with the line.
    pub failures: Vec<String>,
}

/// Puts every indicator of `pack` to its own line and to its near misses, with all of `set` loaded.
pub fn probes(pack: &Pack, set: &Arc<IndicatorSet>) -> Probes {
    let mut probes = Probes::default();
    let mut lines: Vec<(&Indicator, bool, String)> = Vec::new();
    for indicator in &pack.indicators {
        lines.push((indicator, true, probe::positive(indicator)));
        lines.extend(probe::misses(indicator).into_iter().map(|line| (indicator, false, line)));
    }
    let seen = seen(lines.iter().map(|(_, _, line)| line.as_str()), set);
    for (number, (indicator, wanted, line)) in lines.iter().enumerate() {
        let found = seen.contains(&(number as u64 + 1, indicator.id.as_str().to_owned()));
        *if *wanted { &mut probes.lines } else { &mut probes.misses } += 1;
        if found != *wanted {
            let what = if *wanted { "is not seen in" } else { "is seen in" };
            let (kind, value) = (indicator.kind.as_str(), &indicator.value);
            probes.failures.push(format!("{} ({kind} {value}) {what}: {line}", indicator.id));
        }
    }
    probes
}

/// The indicators seen in each line, which is a file of its own: in one file the formats of the lines before would show.
fn seen<'l>(lines: impl Iterator<Item = &'l str>, set: &Arc<IndicatorSet>) -> BTreeSet<(u64, String)> {
    let mut scanner = Scanner::new(Arc::clone(set), Limits::default());
    let mut events: Vec<ScanEvent> = Vec::new();
    for (number, line) in (1_u64..).zip(lines) {
        scanner.begin(&number.to_string(), &mut events);
        scanner.feed(line.as_bytes(), &mut events);
        scanner.feed(b"\n", &mut events);
        scanner.finish(&mut events);
    }
    let seen = events.into_iter().filter_map(|event| match event {
        ScanEvent::Sighting(sighting) => Some((sighting.artifact.parse().ok()?, sighting.indicator)),
        _ => None,
    });
    seen.collect()
}
