//! The report in words, counts and rows.

use crate::model::{
    ArtifactSummary, Control, Diagnostic, Finding, LedgerState, PackLedger, Report, Severity, Sighting,
    Timestamp, WindowCoverage, counted, size,
};
use crate::report::words;

use super::moment;

/// Stretches of time that are named; the others are counted.
const STRETCHES: usize = 3;

/// The title of a pack by its id.
pub fn title(report: &Report, pack: &str) -> String {
    let known = report.ledger.iter().find(|ledger| ledger.pack == pack);
    known.map_or_else(|| pack.to_owned(), |ledger| ledger.title.clone())
}

/// Whether any finding that says something is about this pack.
pub fn is_seen(report: &Report, pack: &str) -> bool {
    report.findings.iter().any(|finding| finding.pack == pack && finding.severity > Severity::Info)
}

/// Rows of the table of incidents, where several were searched for: what was seen of each, worst first, and whether the
/// evidence has records of its time.
pub fn incidents(report: &Report) -> Vec<Vec<String>> {
    if report.ledger.len() < 2 {
        return Vec::new();
    }
    let mut rows: Vec<(Option<Severity>, Vec<String>)> = Vec::new();
    for ledger in &report.ledger {
        let findings: Vec<&Finding> = report.findings.iter().filter(|one| one.pack == ledger.pack).collect();
        let worst = findings.iter().map(|finding| finding.severity).max();
        let seen = findings.iter().max_by_key(|finding| finding.severity).map_or_else(
            || "nothing".to_owned(),
            |worst| {
                format!("{}; the gravest: {}", counted(findings.len() as u64, "finding"), words::grade(worst))
            },
        );
        let time = report.coverage.windows.iter().find(|window| window.pack == ledger.pack);
        let time = match time {
            Some(window) if window.complete => "all of it",
            Some(window) if !window.covered.is_empty() => "a part of it",
            Some(_) => "none of it",
            None => "no time is given",
        };
        rows.push((worst, vec![ledger.title.clone(), seen, time.to_owned()]));
    }
    rows.sort_by_key(|(worst, _)| std::cmp::Reverse(*worst));
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Counts, each with the part of the page that it leads to.
pub fn counts(report: &Report) -> Vec<(&'static str, String)> {
    let coverage = &report.coverage;
    let files = coverage.artifacts.len() as u64 + coverage.unlisted;
    let problems = coverage.diagnostics.len() as u64 + coverage.unlisted_diagnostics;
    let searched: u64 = report.ledger.iter().map(|ledger| ledger.entries.len() as u64).sum();
    vec![
        ("#todo-title", "What to do".to_owned()),
        ("#findings-title", counted(report.findings.len() as u64, "finding")),
        ("#files-title", format!("{} examined", counted(files, "file"))),
        ("#unchecked-title", counted(problems, "remark")),
        ("#ledger-title", counted(searched, "indicator")),
    ]
}

/// When a finding was seen, in words.
pub fn when(finding: &Finding) -> String {
    let times = counted(finding.count, "time");
    match (&finding.first_time, &finding.last_time) {
        (Some(first), Some(last)) if first == last => format!("Seen {times}, on {}", moment::moment(first)),
        (Some(first), Some(last)) => {
            format!("Seen {times}, from {} to {}", moment::moment(first), moment::moment(last))
        }
        _ => format!("Seen {times}; the time is not known"),
    }
}

/// The heading of a finding's places.
pub fn where_summary(finding: &Finding) -> String {
    let kept = finding.sightings.len();
    if kept as u64 == finding.count {
        format!("Where it was seen ({})", counted(finding.count, "place"))
    } else {
        format!("Where it was seen (the first {kept} of {} places)", finding.count)
    }
}

/// The way from the bytes to the value, if there was one.
pub fn decoding(sighting: &Sighting) -> String {
    if sighting.decoding.is_empty() {
        String::new()
    } else {
        format!("decoded: {}", sighting.decoding.join(", "))
    }
}

/// The evidence against each attack window, and what was assumed.
pub fn windows(report: &Report) -> Vec<String> {
    let several = report.coverage.windows.len() > 1;
    let named = |window: &WindowCoverage| {
        let text = self::window(window);
        if several { format!("{}: {text}", title(report, &window.pack)) } else { text }
    };
    let assumed = report.coverage.assumptions.iter().map(|assumption| format!("Assumed: {assumption}."));
    report.coverage.windows.iter().map(named).chain(assumed).collect()
}

fn window(window: &WindowCoverage) -> String {
    let mut text = moment::window(&window.window);
    if window.covered.is_empty() {
        text += " Your logs have no records from that time.";
    } else {
        text += &format!(" Your logs have records from {}.", stretches(&window.covered));
        if !window.missing.is_empty() {
            text += &format!(" They have none from {}.", stretches(&window.missing));
        }
    }
    let missed: Vec<String> =
        window.not_brought.iter().map(|bring| format!("{} ({})", bring.what, bring.path)).collect();
    if !missed.is_empty() {
        text += &format!(" Not brought: {}.", missed.join("; "));
    }
    if !window.window.source.is_empty() {
        text += &format!(" Source of the dates: {}", window.window.source);
    }
    text
}

fn stretches(all: &[(Timestamp, Timestamp)]) -> String {
    let named: Vec<String> =
        all.iter().take(STRETCHES).map(|(from, until)| moment::days(from, until)).collect();
    let mut text = named.join(", ");
    match all.len().saturating_sub(STRETCHES) {
        0 => {}
        1 => text += " and one further stretch",
        more => text += &format!(" and {more} further stretches"),
    }
    text
}

/// A row of the file table.
pub fn file_row(artifact: &ArtifactSummary) -> Vec<String> {
    let text = artifact.text.as_ref();
    let dates = text.and_then(|text| Some(moment::days(&text.first_time?, &text.last_time?)));
    let known = words::about(artifact, moment::days);
    let dates: Vec<String> = dates.into_iter().chain(known).collect();
    let (records, unparsed) = text.map_or((0, 0), |text| (text.records, text.unparsed));
    vec![
        artifact.artifact.clone(),
        words::recognized(artifact),
        size(artifact.size),
        dates.join("; "),
        records.to_string(),
        unparsed.to_string(),
        if artifact.complete { "in full" } else { "in part" }.to_owned(),
    ]
}

/// A row of the table of remarks.
pub fn problem_row(one: &Diagnostic) -> Vec<String> {
    vec![one.artifact.clone(), one.message.clone(), one.hint.clone()]
}

/// The positive control in words.
pub fn control(control: &Control) -> String {
    format!(
        "Control {} of {}: before each answer, the search is put to the test with evidence that has to show every indicator.",
        control.fired, control.total
    )
}

/// Rows of the ledger.
pub fn ledger_length(report: &Report) -> usize {
    report.ledger.iter().map(|pack| pack.entries.len() + pack.rejected.len()).sum()
}

/// A row of the ledger: the packs one after the other, of each first what was taken.
pub fn ledger_row(report: &Report, number: usize) -> Vec<String> {
    let mut number = number;
    for pack in &report.ledger {
        let length = pack.entries.len() + pack.rejected.len();
        if number < length {
            return entry(pack, number);
        }
        number -= length;
    }
    Vec::new()
}

fn entry(pack: &PackLedger, number: usize) -> Vec<String> {
    if let Some(entry) = pack.entries.get(number) {
        return vec![
            entry.kind.as_str().to_owned(),
            entry.value.clone(),
            words::ledger(entry.state).to_owned(),
            entry.count.to_string(),
            entry.note.clone(),
            pack.title.clone(),
        ];
    }
    let row = &pack.rejected[number - pack.entries.len()];
    let why = format!("{}: {}; {}", row.place, row.reason, row.hint);
    vec![String::new(), row.text.clone(), "not taken".to_owned(), String::new(), why, pack.title.clone()]
}

/// The ledger in one line.
pub fn ledger_summary(report: &Report) -> String {
    let count = |state: LedgerState| {
        report.ledger.iter().flat_map(|pack| &pack.entries).filter(|entry| entry.state == state).count()
    };
    let rejected: usize = report.ledger.iter().map(|pack| pack.rejected.len()).sum();
    format!(
        "Every indicator: {} seen, {} searched for and not seen, {} could not apply, {rejected} not taken",
        count(LedgerState::Seen),
        count(LedgerState::Searched),
        count(LedgerState::NotApplicable)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Bring, Window};

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    #[test]
    fn a_window_says_what_is_covered_and_what_not() {
        let (from, until) = (time("2023-05-27T00:00:00Z"), time("2023-06-30T23:59:59Z"));
        let mut coverage = WindowCoverage {
            pack: "p".into(),
            window: Window { from, until, source: "Huntress.".into() },
            covered: Vec::new(),
            missing: vec![(from, until)],
            complete: false,
            of_others: false,
            not_brought: vec![Bring { what: "IIS logs".into(), path: "C:\\logs".into(), ..Bring::default() }],
        };
        assert_eq!(
            window(&coverage),
            "The attacks happened from 27 May 2023 to 30 June 2023. Your logs have no records from that time. Not brought: IIS logs (C:\\logs). Source of the dates: Huntress."
        );
        coverage.covered = vec![(from, time("2023-05-27T10:00:00Z")); 5];
        coverage.not_brought.clear();
        assert!(window(&coverage).contains("27 May 2023, 27 May 2023, 27 May 2023 and 2 further stretches"));
    }
}
