//! The answer: exactly one of five, in one sentence, with its reasons.

use crate::model::{
    Control, DiagnosticSeverity, Finding, Kind, Outcome, Pack, Severity, Verdict, WindowCoverage, counted,
    size,
};

use super::tally::Tally;

/// The verdict, its sentence and its reasons.
pub(super) fn verdict(
    packs: &[Pack],
    findings: &[Finding],
    windows: &[WindowCoverage],
    tally: &Tally,
    control: &Control,
) -> (Verdict, String, Vec<String>) {
    let count = |wanted: &dyn Fn(&Finding) -> bool| findings.iter().filter(|finding| wanted(finding)).count();
    let evidence = count(&|finding| finding.severity == Severity::Critical);
    let attempts = count(&|finding| is_attempt(packs, finding));
    let signs = count(&|finding| finding.severity > Severity::Info && finding.severity < Severity::Critical)
        - attempts;
    let gaps = gaps(packs, windows, tally, control);
    let read = tally.artifacts.iter().filter(|artifact| artifact.size > 0).count();
    let were = if read == 1 { "was" } else { "were" };
    let searched = format!("{} ({}) {were} searched", counted(read as u64, "file"), size(tally.bytes));
    let limits = if gaps.is_empty() {
        String::new()
    } else {
        " Not everything could be checked: see below.".to_owned()
    };
    let (verdict, sentence) = if evidence > 0 {
        (
            Verdict::Evidence,
            format!(
                "Evidence of compromise: {} that, according to a named source, only the attackers cause; {searched}.{limits}",
                counted(evidence as u64, "finding")
            ),
        )
    } else if signs > 0 {
        (
            Verdict::NeedsReview,
            format!(
                "Signs that need a person: {} that may have an ordinary explanation; {searched}.{limits}",
                counted(signs as u64, "finding")
            ),
        )
    } else if attempts > 0 {
        (
            Verdict::AttemptsFailed,
            format!(
                "Attempts that did not succeed: requests for known traces were all refused; {searched}.{limits}"
            ),
        )
    } else if gaps.is_empty() {
        (Verdict::NotFound, format!("Not found in what could be checked: {searched}{}.", dates(windows)))
    } else {
        (
            Verdict::CouldNotCheck,
            format!(
                "Could not check: nothing was found, but too little could be searched to say more; {searched}."
            ),
        )
    };
    (verdict, sentence, gaps)
}

/// A finding whose every request was refused.
fn is_attempt(packs: &[Pack], finding: &Finding) -> bool {
    let requested = packs.iter().flat_map(|pack| &pack.indicators).any(|indicator| {
        indicator.id == finding.indicator && matches!(indicator.kind, Kind::RequestTarget | Kind::Url)
    });
    requested
        && finding.outcome == Outcome::Refused
        && finding.severity <= Severity::Low
        && finding.severity > Severity::Info
}

/// What keeps "nothing found" from being said.
fn gaps(packs: &[Pack], windows: &[WindowCoverage], tally: &Tally, control: &Control) -> Vec<String> {
    let mut all = Vec::new();
    if packs.iter().all(|pack| pack.indicators.is_empty()) {
        all.push("no indicators were loaded, so there was nothing to search for".to_owned());
    }
    if control.fired < control.total || control.total == 0 {
        all.push(format!(
            "the search itself is in doubt: only {} of {} control probes were found",
            control.fired, control.total
        ));
    }
    if !tally.artifacts.iter().any(|artifact| artifact.size > 0) {
        all.push("no evidence with content was read".to_owned());
    }
    for window in windows {
        for bring in &window.not_brought {
            all.push(format!("{}: no file was recognized as: {}", window.pack, bring.what));
        }
        if !window.complete && window.not_brought.is_empty() {
            let days: Vec<String> =
                window.missing.iter().take(5).map(|(from, until)| format!("{from} to {until}")).collect();
            all.push(format!(
                "{}: no records for {} of the time of the attacks",
                window.pack,
                days.join(", ")
            ));
        }
    }
    let errors = tally
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == DiagnosticSeverity::Error)
        .count();
    if errors > 0 {
        all.push(format!(
            "{} kept parts of the evidence from being examined",
            counted(errors as u64, "problem")
        ));
    }
    if tally.unlisted_diagnostics > 0 {
        all.push(format!("{} further problems are counted but not listed", tally.unlisted_diagnostics));
    }
    all
}

fn dates(windows: &[WindowCoverage]) -> String {
    let first = windows
        .iter()
        .flat_map(|window| &window.covered)
        .map(|(from, _)| from)
        .min_by_key(|time| time.seconds);
    let last = windows
        .iter()
        .flat_map(|window| &window.covered)
        .map(|(_, until)| until)
        .max_by_key(|time| time.seconds);
    match (first, last) {
        (Some(first), Some(last)) => format!(", with records from {first} to {last}"),
        _ => String::new(),
    }
}
