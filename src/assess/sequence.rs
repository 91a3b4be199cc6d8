//! Stages that one client went through in order.

use std::collections::BTreeMap;

use crate::model::{Finding, Outcome, Pack, Sequence};

use super::tally::{Step, Tally};

/// One finding for each sequence that some client went through.
pub(super) fn findings(packs: &[Pack], tally: &Tally) -> Vec<Finding> {
    let mut all = Vec::new();
    for pack in packs {
        let stages: BTreeMap<&str, &str> = pack
            .indicators
            .iter()
            .filter_map(|indicator| Some((indicator.id.as_str(), indicator.stage.as_deref()?)))
            .collect();
        let mut clients: BTreeMap<&str, Vec<(&str, &Step)>> = BTreeMap::new();
        for step in &tally.steps {
            if let Some(stage) = stages.get(step.indicator.as_str()) {
                clients.entry(&step.client).or_default().push((stage, step));
            }
        }
        for sequence in &pack.sequences {
            let walks: Vec<(&str, Vec<&Step>)> = clients
                .iter()
                .filter_map(|(client, steps)| Some((*client, walk(sequence, steps)?)))
                .collect();
            if !walks.is_empty() {
                all.push(finding(pack, sequence, &walks, tally.keep));
            }
        }
    }
    all
}

/// The steps in which a client went through the sequence: each stage not before the one in front of it, all within
/// the time, the last with the outcome asked for. Times in doubt count in whichever reading fits.
fn walk<'t>(sequence: &Sequence, steps: &[(&str, &'t Step)]) -> Option<Vec<&'t Step>> {
    let mut way: Vec<&Step> = Vec::new();
    let within = i64::from(sequence.within_hours) * 3_600;
    for (number, stage) in sequence.stages.iter().enumerate() {
        let last = number + 1 == sequence.stages.len();
        let after = way.last().map_or(i64::MIN, |step| step.starts());
        let start = way.first().map(|step| step.ends());
        let wanted =
            |step: &Step| !last || sequence.outcome == Outcome::Unknown || step.outcome == sequence.outcome;
        let next = steps
            .iter()
            .filter(|(of, step)| of == stage && wanted(step) && step.ends() >= after)
            .filter(|(_, step)| start.is_none_or(|start| step.starts().saturating_sub(start) <= within))
            .min_by_key(|(_, step)| (step.starts().max(after), &step.indicator))?;
        way.push(next.1);
    }
    Some(way)
}

fn finding(pack: &Pack, sequence: &Sequence, walks: &[(&str, Vec<&Step>)], keep: usize) -> Finding {
    let steps: Vec<&Step> = walks.iter().flat_map(|(_, steps)| steps.iter().copied()).collect();
    let clients: Vec<&str> = walks.iter().map(|(client, _)| *client).take(10).collect();
    let mut weighing = vec![format!(
        "{} went through the stages {} within {} hours",
        clients.join(", "),
        sequence.stages.join(", "),
        sequence.within_hours
    )];
    if steps.iter().filter_map(|step| step.when.first()).any(|time| time.orders.are_several()) {
        weighing.push("in what order is not certain: day and month can be taken for each other".to_owned());
    }
    Finding {
        pack: pack.id.clone(),
        indicator: sequence.id.clone(),
        severity: sequence.severity,
        title: sequence.title.clone(),
        outcome: sequence.outcome,
        why: sequence.context.clone(),
        source: sequence.source.clone(),
        weighing,
        innocent: Vec::new(),
        next_steps: Vec::new(),
        first_time: steps.iter().filter_map(|step| step.when.first()).min_by_key(|time| time.seconds),
        last_time: steps.iter().filter_map(|step| step.when.last()).max_by_key(|time| time.seconds),
        count: walks.len() as u64,
        sightings: steps.iter().take(keep.saturating_mul(4)).map(|step| step.sighting.clone()).collect(),
    }
}
