//! State becomes words and counts. No browser here.

use crate::model::{Finding, Pack, Report, Verdict, counted, size};
use crate::report::words;

use super::state::{Phase, State};

/// The token of `data-state`.
pub const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "idle",
        Phase::Scanning => "scanning",
        Phase::Done => "done",
        Phase::Cancelled => "cancelled",
    }
}

/// The sign beside a verdict, so that color is never alone.
pub const fn icon(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Evidence => "\u{26A0}",
        Verdict::NeedsReview => "\u{25D0}",
        Verdict::AttemptsFailed => "\u{26E8}",
        Verdict::NotFound => "\u{25CB}",
        Verdict::CouldNotCheck => "?",
    }
}

/// The one progress line: share in thousandths, and words.
pub fn progress(state: &State, elapsed_seconds: f64) -> (u32, String) {
    let (done, total) = state.progress();
    let share = (done * 1_000).checked_div(total).unwrap_or(0).min(1_000);
    let mut text = format!("{} of {}, {} %", size(done), size(total), share / 10);
    if done > 0 && elapsed_seconds > 1.0 {
        let left = elapsed_seconds / done as f64 * total.saturating_sub(done) as f64;
        text += &format!(", about {} left", duration(left));
    }
    (share as u32, text)
}

fn duration(seconds: f64) -> String {
    if seconds < 90.0 { format!("{seconds:.0} seconds") } else { format!("{:.0} minutes", seconds / 60.0) }
}

/// When a finding was seen, in words.
pub fn when(finding: &Finding) -> String {
    let times = counted(finding.count, "time");
    match (finding.first_time, finding.last_time) {
        (Some(first), Some(last)) if first == last => format!("Seen {times}, at {first}"),
        (Some(first), Some(last)) => format!("Seen {times}, from {first} to {last}"),
        _ => format!("Seen {times}; the time is not known"),
    }
}

/// The attack window against the evidence, a line each.
pub fn windows(report: &Report) -> Vec<String> {
    let mut all = Vec::new();
    for window in &report.coverage.windows {
        all.push(format!("The attacks happened between {} and {}.", window.window.from, window.window.until));
        all.extend(
            window
                .covered
                .iter()
                .map(|(from, until)| format!("Your logs have records from {from} to {until}.")),
        );
        all.extend(
            window
                .missing
                .iter()
                .map(|(from, until)| format!("They have NO records from {from} to {until}.")),
        );
        all.extend(
            window.not_brought.iter().map(|bring| format!("Not brought: {} ({}).", bring.what, bring.path)),
        );
    }
    all.extend(report.coverage.assumptions.iter().map(|assumption| format!("Assumed: {assumption}.")));
    all
}

/// Rows of the file table.
pub fn files(report: &Report) -> Vec<Vec<String>> {
    let row = |artifact: &crate::model::ArtifactSummary| {
        let (records, unparsed) = artifact.text.as_ref().map_or((0, 0), |text| (text.records, text.unparsed));
        let examined = if artifact.complete { "in full" } else { "in part" };
        vec![
            artifact.artifact.clone(),
            words::recognized(artifact),
            size(artifact.size),
            words::dates(artifact),
            records.to_string(),
            unparsed.to_string(),
            examined.to_owned(),
        ]
    };
    report.coverage.artifacts.iter().map(row).collect()
}

/// Rows of the table of problems.
pub fn unchecked(report: &Report) -> Vec<Vec<String>> {
    let diagnostics = report.coverage.diagnostics.iter();
    diagnostics.map(|one| vec![one.artifact.clone(), one.message.clone(), one.hint.clone()]).collect()
}

/// Rows of the ledger, rejected ones last.
pub fn ledger(report: &Report) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for pack in &report.ledger {
        rows.extend(pack.entries.iter().map(|entry| {
            let state = words::ledger(entry.state).to_owned();
            vec![
                entry.kind.as_str().to_owned(),
                entry.value.clone(),
                state,
                entry.count.to_string(),
                entry.note.clone(),
            ]
        }));
        rows.extend(pack.rejected.iter().map(|row| {
            let why = format!("{}: {}; {}", row.place, row.reason, row.hint);
            vec![String::new(), row.text.clone(), "not taken".to_owned(), String::new(), why]
        }));
    }
    rows
}

/// What a pack file gave, in words.
pub fn pack_line(pack: &Pack) -> String {
    let mut line = format!(
        "{}: {} indicators taken, {} rows not taken",
        pack.title,
        pack.indicators.len(),
        pack.rejected.len()
    );
    for row in pack.rejected.iter().take(3) {
        line += &format!("; {}: {}", row.place, row.reason);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_words_and_a_share() {
        let mut state = State::default();
        state.begin(vec![("a".into(), 2_000_000)], false);
        state.items[0].read = 1_000_000;
        let (share, text) = progress(&state, 10.0);
        assert_eq!((share, text.as_str()), (500, "1.0 MB of 2.0 MB, 50 %, about 10 seconds left"));
    }
}
