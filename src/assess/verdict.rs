//! The answer: exactly one of five, in one sentence, with its reasons; for each incident and for all together.

use crate::model::{
    Control, DiagnosticSeverity, Finding, Incident, Outcome, Pack, Reach, Severity, Verdict, WindowCoverage,
    counted, size,
};

use super::tally::Tally;
use super::weigh::is_request;

/// Incidents that a sentence or a reason names; the others are counted.
const NAMED: usize = 4;

/// The answer to all that was asked.
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    pub(super) sentence: String,
    pub(super) reasons: Vec<String>,
    pub(super) incidents: Vec<Incident>,
}

/// What all incidents share.
struct Ground<'a> {
    packs: &'a [Pack],
    findings: &'a [Finding],
    windows: &'a [WindowCoverage],
    /// `2 files (3.0 MB) were searched`.
    searched: String,
    /// What is wrong with the search or the evidence as a whole.
    gaps: Vec<String>,
}

/// The answer for each incident, and the one that follows from them.
///
/// An incident into which the evidence does not reach was not asked about: it is named, and does not take the answer
/// for another away. One that is reached in part does.
pub(super) fn verdict(
    packs: &[Pack],
    findings: &[Finding],
    windows: &[WindowCoverage],
    tally: &Tally,
    control: &Control,
) -> Answer {
    let read = tally.artifacts.iter().filter(|artifact| artifact.size > 0).count();
    let were = if read == 1 { "was" } else { "were" };
    let searched = format!("{} ({}) {were} searched", counted(read as u64, "file"), size(tally.bytes));
    let ground = Ground { packs, findings, windows, searched, gaps: gaps(packs, tally, control) };
    let incidents: Vec<Incident> = packs.iter().map(|pack| ground.incident(pack, read > 0)).collect();
    match incidents.as_slice() {
        [only] => Answer {
            verdict: only.verdict,
            sentence: only.sentence.clone(),
            reasons: only.reasons.clone(),
            incidents,
        },
        _ => ground.all(incidents),
    }
}

impl Ground<'_> {
    /// The answer for one incident.
    fn incident(&self, pack: &Pack, read: bool) -> Incident {
        let findings: Vec<&Finding> =
            self.findings.iter().filter(|finding| finding.pack == pack.id).collect();
        let window = self.windows.iter().find(|window| window.pack == pack.id);
        let mut reach = match window {
            None if read => Reach::Whole,
            Some(window) if window.complete && window.not_brought.is_empty() => Reach::Whole,
            Some(window) if !window.covered.is_empty() => Reach::Part,
            _ => Reach::Nothing,
        };
        let untold = self.packs.len() > 1 && super::window::is_untold(pack);
        if untold || is_empty(pack) {
            reach = Reach::Nothing;
        }
        let mut reasons = self.gaps.clone();
        reasons.extend(window.iter().flat_map(|window| window_gaps(window)));
        if is_empty(pack) {
            reasons.push(nothing_of(pack));
        } else if untold && read {
            let why =
                "nothing tells whether the files it needs were brought: check it alone to have it answered";
            reasons.push(why.to_owned());
        } else if reach == Reach::Nothing && self.packs.len() > 1 && read {
            reasons.push("what was brought does not reach into this incident".to_owned());
        }
        let windows = window.map(std::slice::from_ref).unwrap_or_default();
        let (verdict, mut sentence) = self.answer(&findings, windows, reasons.is_empty());
        if verdict == Verdict::CouldNotCheck && self.is_of_others(&pack.id) {
            sentence = format!("Could not check: no log of this product was brought; {}.", self.searched);
        }
        Incident { pack: pack.id.clone(), title: pack.title.clone(), verdict, reach, sentence, reasons }
    }

    /// The answer that follows from those for several incidents.
    fn all(&self, incidents: Vec<Incident>) -> Answer {
        let asked: Vec<&Incident> =
            incidents.iter().filter(|incident| incident.reach != Reach::Nothing).collect();
        let whole = titles(&asked, Reach::Whole);
        let part: Vec<&&Incident> = asked.iter().filter(|incident| incident.reach == Reach::Part).collect();
        let mut reasons = self.gaps.clone();
        for incident in part.iter().take(NAMED) {
            let own = incident.reasons.iter().filter(|reason| !self.gaps.contains(reason));
            reasons.extend(own.cloned());
        }
        if part.len() > NAMED {
            reasons.push(format!(
                "{} more are covered in part",
                counted((part.len() - NAMED) as u64, "incident")
            ));
        }
        reasons.extend(self.packs.iter().filter(|pack| is_empty(pack)).take(NAMED).map(nothing_of));
        if asked.is_empty() && !incidents.is_empty() {
            reasons.push("what was brought reaches into none of the incidents".to_owned());
        }
        let findings: Vec<&Finding> = self.findings.iter().collect();
        let windows: Vec<WindowCoverage> = self
            .windows
            .iter()
            .filter(|window| asked.iter().any(|incident| incident.pack == window.pack))
            .cloned()
            .collect();
        let (verdict, mut sentence) = self.answer(&findings, &windows, reasons.is_empty());
        let found: Vec<&str> = incidents
            .iter()
            .filter(|incident| {
                findings.iter().any(|one| one.pack == incident.pack && one.severity > Severity::Info)
            })
            .map(|incident| incident.title.as_str())
            .collect();
        if !found.is_empty() {
            sentence += &format!(" Findings concern: {}.", named(&found));
        }
        if !whole.is_empty() {
            sentence += &format!(" Covered in full: {}.", named(&whole));
        }
        if !part.is_empty() {
            let part: Vec<&str> = part.iter().map(|incident| incident.title.as_str()).collect();
            sentence += &format!(" Covered in part: {}.", named(&part));
        }
        let searched =
            |incident: &&Incident| !self.packs.iter().any(|pack| pack.id == incident.pack && is_empty(pack));
        let unasked =
            || incidents.iter().filter(|incident| incident.reach == Reach::Nothing).filter(searched);
        let foreign = unasked().filter(|incident| self.is_of_others(&incident.pack)).count() as u64;
        let others = unasked().count() as u64 - foreign;
        if others > 0 {
            let are = if others == 1 { "is" } else { "are" };
            sentence += &format!(" {} {are} not covered by what was brought.", counted(others, "incident"));
        }
        if foreign > 0 {
            let (were, product) =
                if foreign == 1 { ("was", "its product") } else { ("were", "their products") };
            let incidents = counted(foreign, "incident");
            sentence += &format!(" {incidents} {were} not checked: no log of {product} was brought.");
        }
        Answer { verdict, sentence, reasons, incidents }
    }

    /// Whether what was brought is of other products.
    fn is_of_others(&self, pack: &str) -> bool {
        self.windows.iter().any(|window| window.pack == pack && window.of_others)
    }

    /// The verdict on these findings and its sentence. `whole`: nothing keeps "nothing found" from being said.
    fn answer(&self, findings: &[&Finding], windows: &[WindowCoverage], whole: bool) -> (Verdict, String) {
        let count =
            |wanted: &dyn Fn(&Finding) -> bool| findings.iter().filter(|finding| wanted(finding)).count();
        let evidence = count(&|finding| finding.severity == Severity::Critical);
        let attempts = count(&|finding| is_attempt(self.packs, finding));
        let signs =
            count(&|finding| finding.severity > Severity::Info && finding.severity < Severity::Critical)
                - attempts;
        let searched = &self.searched;
        let limits = if whole { "" } else { " Not everything could be checked: see below." };
        if evidence > 0 {
            let found = counted(evidence as u64, "finding");
            let sentence = format!(
                "Evidence of compromise: {found} that, according to a named source, only the attackers cause; {searched}.{limits}"
            );
            (Verdict::Evidence, sentence)
        } else if signs > 0 {
            let found = counted(signs as u64, "finding");
            let sentence = format!(
                "Signs that need a person: {found} that may have an ordinary explanation; {searched}.{limits}"
            );
            (Verdict::NeedsReview, sentence)
        } else if attempts > 0 {
            let sentence = format!(
                "Attempts that did not succeed: requests for known traces were all refused; {searched}.{limits}"
            );
            (Verdict::AttemptsFailed, sentence)
        } else if whole {
            let sentence = format!("Not found in what could be checked: {searched}{}.", dates(windows));
            (Verdict::NotFound, sentence)
        } else {
            let sentence = format!(
                "Could not check: nothing was found, but too little could be searched to say more; {searched}."
            );
            (Verdict::CouldNotCheck, sentence)
        }
    }
}

/// Whether nothing of a pack can be searched for, nor told apart as known and good.
fn is_empty(pack: &Pack) -> bool {
    pack.indicators.is_empty() && pack.allow.is_empty()
}

fn nothing_of(pack: &Pack) -> String {
    format!(
        "no indicator of {} could be read, so nothing of it was searched for: mend the file as said below, or leave it out",
        pack.title
    )
}

/// The titles of the incidents of this reach.
fn titles<'a>(incidents: &[&'a Incident], reach: Reach) -> Vec<&'a str> {
    let wanted = incidents.iter().filter(|incident| incident.reach == reach);
    wanted.map(|incident| incident.title.as_str()).collect()
}

/// The first few titles, and how many more there are.
fn named(titles: &[&str]) -> String {
    let mut text = titles.iter().take(NAMED).copied().collect::<Vec<_>>().join("; ");
    if titles.len() > NAMED {
        text += &format!("; and {} more", titles.len() - NAMED);
    }
    text
}

/// A finding whose every request was refused.
fn is_attempt(packs: &[Pack], finding: &Finding) -> bool {
    let requested = packs.iter().flat_map(|pack| &pack.indicators).any(|indicator| {
        let asked = |sighting| is_request(indicator, sighting);
        indicator.id == finding.indicator && finding.sightings.iter().all(asked)
    });
    requested
        && finding.outcome == Outcome::Refused
        && finding.severity <= Severity::Low
        && finding.severity > Severity::Info
}

/// What keeps "nothing found" from being said of any incident.
fn gaps(packs: &[Pack], tally: &Tally, control: &Control) -> Vec<String> {
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

/// What keeps "nothing found" from being said of one incident.
fn window_gaps(window: &WindowCoverage) -> Vec<String> {
    let mut all = Vec::new();
    for bring in &window.not_brought {
        all.push(format!("{}: no file was recognized as: {}", window.pack, bring.what));
    }
    if window.of_others {
        let told = window.not_brought.iter().flat_map(|bring| bring.marks.iter().chain(&bring.names));
        let told: Vec<&str> = told.take(NAMED).map(String::as_str).collect();
        all.push(format!(
            "{}: not checked, since no log of this product was brought: nothing in the logs or in their names speaks of {}",
            window.pack,
            told.join(", ")
        ));
    }
    if !window.complete && window.not_brought.is_empty() {
        let days: Vec<String> =
            window.missing.iter().take(5).map(|(from, until)| format!("{from} to {until}")).collect();
        all.push(format!("{}: no records for {} of the time of the attacks", window.pack, days.join(", ")));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArtifactSummary, Bring, Indicator, TextSummary, Timestamp, Window};

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    fn pack(id: &str, from: &str, until: &str, format: &str) -> Pack {
        Pack {
            id: id.to_owned(),
            title: id.to_uppercase(),
            window: Some(Window { from: time(from), until: time(until), source: String::new() }),
            bring: vec![Bring { needed: true, format: format.to_owned(), ..Bring::default() }],
            indicators: vec![Indicator::default()],
            ..Pack::default()
        }
    }

    fn answer(packs: &[Pack]) -> Answer {
        let text = TextSummary {
            format: "Apache access log (combined)".to_owned(),
            records: 9,
            first_time: Some(time("2020-12-01T00:00:00Z")),
            last_time: Some(time("2021-02-10T00:00:00Z")),
            ..TextSummary::default()
        };
        let log = ArtifactSummary { text: Some(text), size: 9, ..ArtifactSummary::default() };
        let mut tally = Tally::default();
        tally.artifacts.push(log);
        let logs = super::super::product::Logs::of(&tally.artifacts);
        let windows: Vec<_> =
            packs.iter().filter_map(|pack| super::super::window::coverage(pack, &logs)).collect();
        let control = Control { fired: 1, total: 1, failures: Vec::new() };
        verdict(packs, &[], &windows, &tally, &control)
    }

    #[test]
    fn incidents_that_the_evidence_does_not_reach_take_no_answer_away() {
        let one = pack("one", "2020-12-16T00:00:00Z", "2021-01-31T00:00:00Z", "access log");
        let later = pack("later", "2023-05-27T00:00:00Z", "2023-06-30T00:00:00Z", "access log");
        let iis = pack("iis", "2021-01-03T00:00:00Z", "2021-09-30T00:00:00Z", "W3C extended log");
        let names = pack("names", "2020-03-26T00:00:00Z", "2020-12-31T00:00:00Z", "");
        let all = answer(&[one.clone(), later.clone(), iis, names]);
        assert_eq!((all.verdict, all.reasons), (Verdict::NotFound, Vec::new()));
        assert!(all.sentence.contains("Covered in full: ONE."), "{}", all.sentence);
        assert!(all.sentence.contains("3 incidents are not covered"), "{}", all.sentence);
        let verdicts: Vec<Verdict> = all.incidents.iter().map(|incident| incident.verdict).collect();
        assert_eq!(verdicts[0], Verdict::NotFound);
        assert!(verdicts[1..].iter().all(|verdict| *verdict == Verdict::CouldNotCheck));
        assert_eq!(answer(&[later.clone(), later]).verdict, Verdict::CouldNotCheck);
    }

    #[test]
    fn an_incident_whose_product_shows_in_no_log_is_not_checked_and_takes_no_answer_away() {
        let one = pack("one", "2020-12-16T00:00:00Z", "2021-01-31T00:00:00Z", "access log");
        let mut foreign = pack("foreign", "2020-12-16T00:00:00Z", "2021-01-31T00:00:00Z", "access log");
        foreign.bring[0].marks = vec!["/theirs/".to_owned()];
        let alone = answer(std::slice::from_ref(&foreign));
        assert_eq!(alone.verdict, Verdict::CouldNotCheck);
        assert!(alone.sentence.contains("no log of this product was brought"), "{}", alone.sentence);
        assert!(alone.reasons.iter().any(|reason| reason.contains("/theirs/")), "{:?}", alone.reasons);
        let all = answer(&[one, foreign]);
        assert_eq!((all.verdict, all.reasons), (Verdict::NotFound, Vec::new()));
        assert!(all.sentence.contains("no log of its product was brought"), "{}", all.sentence);
        assert_eq!(all.incidents[1].verdict, Verdict::CouldNotCheck);
    }

    #[test]
    fn a_pack_of_which_nothing_could_be_read_keeps_the_answer_open() {
        let one = pack("one", "2020-12-16T00:00:00Z", "2021-01-31T00:00:00Z", "access log");
        let unread = Pack { id: "cut".into(), title: "CUT".into(), ..Pack::default() };
        let all = answer(&[one, unread]);
        assert_eq!(all.verdict, Verdict::CouldNotCheck);
        assert!(all.reasons.iter().any(|reason| reason.contains("no indicator of CUT")), "{:?}", all.reasons);
        assert!(!all.sentence.contains("CUT") && !all.sentence.contains("not covered"), "{}", all.sentence);
        let verdicts: Vec<Verdict> = all.incidents.iter().map(|incident| incident.verdict).collect();
        assert_eq!(verdicts, [Verdict::NotFound, Verdict::CouldNotCheck]);
    }

    #[test]
    fn an_incident_covered_in_part_keeps_the_answer_open() {
        let one = pack("one", "2020-12-16T00:00:00Z", "2021-01-31T00:00:00Z", "access log");
        let half = pack("half", "2021-01-16T00:00:00Z", "2021-03-31T00:00:00Z", "access log");
        let all = answer(&[one, half]);
        assert_eq!((all.verdict, all.reasons.len()), (Verdict::CouldNotCheck, 1));
        assert!(all.sentence.contains("Covered in part: HALF."), "{}", all.sentence);
    }
}
