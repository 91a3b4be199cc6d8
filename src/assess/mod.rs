//! Sightings go in; findings, a verdict, coverage and the ledger come out.
//!
//! Each dropped file has a [`Tally`], filled where it is scanned; [`assess`] joins the tallies in the order of the
//! evidence. So the result does not depend on how many workers there were.

mod combination;
mod extent;
mod guidance;
mod ledger;
mod product;
mod rotation;
mod sequence;
mod series;
mod tally;
mod verdict;
mod weigh;
mod window;
mod year;

use crate::model::{Allow, Control, CoverageReport, Environment, Finding, Pack, Provenance, Report};

pub use tally::Tally;

/// Artifacts that a report lists; the others are counted.
const LISTED: usize = 20_000;

/// Everything there is to say about the evidence. `tallies` are in the order of the evidence.
pub fn assess(
    packs: &[Pack],
    allow: &[Allow],
    tallies: Vec<Tally>,
    control: Control,
    environment: Environment,
) -> Report {
    let mut tally = Tally::join(tallies);
    year::assume(&mut tally.artifacts);
    let allow: Vec<Allow> = allow.iter().chain(packs.iter().flat_map(|pack| &pack.allow)).cloned().collect();
    let mut findings: Vec<Finding> = weigh::findings(packs, &allow, &tally);
    findings.extend(combination::findings(packs, &tally));
    findings.extend(sequence::findings(packs, &tally));
    findings.sort_by(|one, other| {
        let key =
            |finding: &Finding| (std::cmp::Reverse(finding.severity), std::cmp::Reverse(finding.outcome));
        key(one)
            .cmp(&key(other))
            .then_with(|| (&one.pack, &one.indicator).cmp(&(&other.pack, &other.indicator)))
    });
    let logs = product::Logs::of(&tally.artifacts);
    let windows: Vec<_> = packs.iter().filter_map(|pack| window::coverage(pack, &logs)).collect();
    let ledger = ledger::ledger(packs, &tally);
    let answer = verdict::verdict(packs, &findings, &windows, &tally, &control);
    for finding in &mut findings {
        finding.next_steps = guidance::next_steps(finding);
    }
    let guidance = guidance::sections(packs, &answer.incidents);
    let mut diagnostics = tally.diagnostics;
    diagnostics.extend(rotation::gaps(&tally.artifacts));
    diagnostics.extend(packs.iter().flat_map(|pack| pack.diagnostics.clone()));
    let listed = tally.artifacts.len().min(LISTED);
    let unlisted = (tally.artifacts.len() - listed) as u64 + tally.unlisted;
    let mut artifacts = tally.artifacts;
    artifacts.truncate(listed);
    Report {
        belljar_report: 1,
        verdict: answer.verdict,
        sentence: answer.sentence,
        reasons: answer.reasons,
        incidents: answer.incidents,
        findings,
        coverage: CoverageReport {
            assumptions: window::assumptions(&artifacts),
            artifacts,
            unlisted,
            diagnostics,
            unlisted_diagnostics: tally.unlisted_diagnostics,
            windows,
            bytes: tally.bytes,
        },
        ledger,
        control,
        provenance: Provenance {
            tool: "belljar".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            packs: packs.iter().map(|pack| (pack.id.clone(), pack.digest.clone())).collect(),
            environment,
        },
        guidance,
    }
}
