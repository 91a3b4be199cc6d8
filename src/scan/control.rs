//! The positive control: what is known to be there goes through the same search, and has to be found.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::index::IndicatorSet;
use crate::model::{Control, Indicator, Kind, Limits, Pack, ScanEvent};

use super::Scanner;

/// One probe for each indicator of every pack: a line, or a file's name or content, that has to show it.
pub fn control(packs: &[Pack], set: &Arc<IndicatorSet>) -> Control {
    let mut control = Control::default();
    let mut scanner = Scanner::new(Arc::clone(set), Limits::default());
    for pack in packs {
        let mut probe = Vec::new();
        for indicator in &pack.indicators {
            probe.extend_from_slice(line(indicator).as_bytes());
            probe.push(b'\n');
        }
        let mut events: Vec<ScanEvent> = Vec::new();
        scanner.begin("control", &mut events);
        scanner.feed(&probe, &mut events);
        scanner.finish(&mut events);
        let mut seen = seen(&events);
        for specimen in &pack.specimens {
            events.clear();
            scanner.begin(&specimen.path, &mut events);
            scanner.feed(&specimen.bytes, &mut events);
            scanner.finish(&mut events);
            seen.append(&mut self::seen(&events));
        }
        for indicator in &pack.indicators {
            control.total += 1;
            if seen.contains(&indicator.id) {
                control.fired += 1;
            } else {
                control.failures.push(format!("{} ({} {})", indicator.id, indicator.kind.as_str(), indicator.value));
            }
        }
    }
    control
}

fn seen(events: &[ScanEvent]) -> BTreeSet<String> {
    let indicators = events.iter().filter_map(|event| match event {
        ScanEvent::Sighting(sighting) => Some(sighting.indicator.clone()),
        _ => None,
    });
    indicators.collect()
}

/// A line that shows `indicator`, written as a log would. A regular expression has none that could be made up: its
/// pack's specimens have to show it.
fn line(indicator: &Indicator) -> String {
    let value = &indicator.value;
    match indicator.kind {
        Kind::Cidr => value.split('/').next().unwrap_or(value).to_owned(),
        Kind::RequestTarget => {
            let method = indicator.method.as_deref().unwrap_or("GET");
            let path = value.replace('*', "probe").replace("probe.", "/probe.");
            let path = if path.starts_with('/') { path } else { format!("/{path}") };
            format!("192.0.2.1 - - [16/Dec/2020:10:00:00 +0000] \"{method} {path} HTTP/1.1\" 200 1 \"-\" \"probe\"")
        }
        Kind::UserAgent => {
            format!("192.0.2.1 - - [16/Dec/2020:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"{value}\"")
        }
        _ => format!("probe \"{value}\" probe"),
    }
}
