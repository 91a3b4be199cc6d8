//! The evidence against the time of the attacks.

use crate::model::{ArtifactSummary, Bring, Pack, TextSummary, Timestamp, WindowCoverage, Zone, counted};

use super::product::{Logs, tells_product};

/// Silences up to this long are ordinary between one log and the next.
const ORDINARY: i64 = 24 * 3_600;

/// How much of the pack's attack window the evidence covers; `None` for a pack without window.
pub(super) fn coverage(pack: &Pack, logs: &Logs<'_>) -> Option<WindowCoverage> {
    let window = pack.window.clone()?;
    let mut stretches: Vec<(Timestamp, Timestamp)> =
        relevant(pack, logs).into_iter().flat_map(stretches).collect();
    stretches
        .retain(|(from, until)| until.seconds >= window.from.seconds && from.seconds <= window.until.seconds);
    stretches.sort_by_key(|(from, until)| (from.seconds, until.seconds));
    let mut covered: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (from, until) in stretches {
        match covered.last_mut() {
            Some((_, end)) if from.seconds - end.seconds < ORDINARY => {
                if until.seconds > end.seconds {
                    *end = until;
                }
            }
            _ => covered.push((from, until)),
        }
    }
    let missing = missing(window.from, window.until, &covered);
    let not_brought: Vec<Bring> = needed(pack)
        .filter(|bring| is_told(bring) && logs.that_are(bring).next().is_none())
        .cloned()
        .collect();
    Some(WindowCoverage {
        pack: pack.id.clone(),
        window,
        complete: missing.is_empty(),
        covered,
        missing,
        of_others: not_brought.iter().any(|bring| logs.are_of_others(bring)),
        not_brought,
    })
}

fn needed(pack: &Pack) -> impl Iterator<Item = &Bring> {
    pack.bring.iter().filter(|bring| bring.needed)
}

/// Whether something tells the file to bring from others: its format, its name or its product's marks.
fn is_told(bring: &Bring) -> bool {
    !bring.format.is_empty() || tells_product(bring)
}

/// The logs whose dates count for the pack: those that it needs, or any where nothing tells those.
fn relevant<'t>(pack: &Pack, logs: &Logs<'t>) -> Vec<&'t TextSummary> {
    if needed(pack).any(is_told) {
        needed(pack).filter(|bring| is_told(bring)).flat_map(|bring| logs.that_are(bring)).collect()
    } else {
        logs.all().collect()
    }
}

/// Whether nothing tells the files that the pack needs from those of any other product. Their dates alone say nothing
/// about this incident, unless the person chose it alone.
pub(super) fn is_untold(pack: &Pack) -> bool {
    needed(pack).next().is_some() && !needed(pack).any(is_told)
}

/// From a log's first record to its last, without its holes. A log whose days are not known says nothing about a window.
fn stretches(text: &TextSummary) -> Vec<(Timestamp, Timestamp)> {
    let (Some(first), Some(last)) = (text.first_time, text.last_time) else { return Vec::new() };
    if !first.is_certain() || !last.is_certain() {
        return Vec::new();
    }
    let mut all = Vec::new();
    let mut from = first;
    for hole in &text.holes {
        all.push((from, hole.from));
        from = hole.until;
    }
    all.push((from, last));
    all
}

fn missing(
    from: Timestamp,
    until: Timestamp,
    covered: &[(Timestamp, Timestamp)],
) -> Vec<(Timestamp, Timestamp)> {
    let mut all = Vec::new();
    let mut at = from;
    for (start, end) in covered {
        if start.seconds - at.seconds >= ORDINARY {
            all.push((at, *start));
        }
        if end.seconds > at.seconds {
            at = *end;
        }
    }
    if until.seconds - at.seconds >= ORDINARY {
        all.push((at, until));
    }
    all
}

/// What was assumed about the times of the logs.
pub(super) fn assumptions(artifacts: &[ArtifactSummary]) -> Vec<String> {
    let texts = || artifacts.iter().filter_map(|artifact| artifact.text.as_ref()?.first_time);
    let mut all = Vec::new();
    let zoneless = texts().filter(|time| time.zone == Zone::Unknown).count();
    if zoneless > 0 {
        all.push(format!("without a time zone are the times of {}: they were read as UTC, and may be off by up to 14 hours", counted(zoneless as u64, "file")));
    }
    let assumed = artifacts
        .iter()
        .filter_map(|artifact| artifact.text.as_ref())
        .filter(|text| !text.assumed_year.is_empty() && text.first_time.is_some_and(|time| time.year_known));
    let assumed = assumed.count();
    if assumed > 0 {
        let files = counted(assumed as u64, "file");
        all.push(format!(
            "without a year are the times of {files} whose names hold a date: the year was taken from there"
        ));
    }
    let yearless = texts().filter(|time| !time.year_known).count();
    if yearless > 0 {
        all.push(format!(
            "without a year are the times of {}: they were not counted as covering the time of the attacks",
            counted(yearless as u64, "file")
        ));
    }
    let open = texts().filter(|time| time.orders.are_several()).count();
    if open > 0 {
        all.push(format!(
            "day and month can be taken for each other in the dates of {} (such as 03/04/2023), and nothing in them tells which is which: they were not counted as covering the time of the attacks; a log that goes on past midnight, or past the twelfth of a month, tells it",
            counted(open as u64, "file")
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Hole, Window};

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    #[test]
    fn a_hole_inside_the_window_is_missing_and_a_second_log_fills_it() {
        let window = Window {
            from: time("2020-12-16T00:00:00Z"),
            until: time("2021-01-31T00:00:00Z"),
            source: String::new(),
        };
        let pack = Pack { window: Some(window), ..Pack::default() };
        let log = |first: &str, last: &str, holes: Vec<Hole>| ArtifactSummary {
            text: Some(TextSummary {
                records: 9,
                first_time: Some(time(first)),
                last_time: Some(time(last)),
                holes,
                ..TextSummary::default()
            }),
            ..ArtifactSummary::default()
        };
        let hole = Hole { from: time("2020-12-20T10:00:00Z"), until: time("2020-12-24T10:00:00Z") };
        let mut artifacts = vec![log("2020-12-01T00:00:00Z", "2021-02-10T00:00:00Z", vec![hole])];
        let cover = coverage(&pack, &Logs::of(&artifacts)).expect("a window");
        assert_eq!((cover.complete, cover.missing.len(), cover.covered.len()), (false, 1, 2));
        artifacts.push(log("2020-12-20T00:00:00Z", "2020-12-25T00:00:00Z", Vec::new()));
        assert!(coverage(&pack, &Logs::of(&artifacts)).expect("a window").complete);
    }
}
