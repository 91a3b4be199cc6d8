//! Indicators that count only together, in one artifact.

use std::collections::BTreeSet;

use crate::model::{ArtifactSummary, Combination, Finding, Outcome, Pack};

use super::tally::{Group, Tally};
use super::weigh::gather;

/// One finding for each combination that was met.
pub(super) fn findings(packs: &[Pack], tally: &Tally) -> Vec<Finding> {
    let mut all = Vec::new();
    for pack in packs {
        for combination in &pack.combinations {
            let groups = met(pack, combination, tally);
            if !groups.is_empty() {
                all.push(finding(pack, combination, &groups, tally.keep));
            }
        }
    }
    all
}

/// The groups of sightings in those artifacts that meet the combination.
fn met<'t>(pack: &Pack, combination: &Combination, tally: &'t Tally) -> Vec<&'t Group> {
    let members: BTreeSet<&str> = pack
        .indicators
        .iter()
        .filter(|indicator| indicator.group.as_deref() == Some(combination.id.as_str()))
        .map(|indicator| indicator.id.as_str())
        .collect();
    let seen: Vec<&Group> =
        tally.groups.iter().filter(|group| members.contains(group.indicator.as_str())).collect();
    let enough = |artifact: &str| {
        let different: BTreeSet<&str> = seen
            .iter()
            .filter(|group| combination.anywhere || group.artifact == artifact)
            .map(|group| group.indicator.as_str())
            .collect();
        let summary = tally.artifacts.iter().find(|summary| summary.artifact == artifact);
        different.len() >= combination.needs.max(1)
            && summary.is_some_and(|summary| fits(combination, summary))
    };
    seen.iter().filter(|group| enough(&group.artifact)).copied().collect()
}

fn fits(combination: &Combination, artifact: &ArtifactSummary) -> bool {
    let begins = artifact.head.starts_with(combination.starts_with.as_bytes());
    let small = combination.smaller_than == 0 || artifact.size < combination.smaller_than;
    begins && small
}

fn finding(pack: &Pack, combination: &Combination, groups: &[&Group], keep: usize) -> Finding {
    let different: BTreeSet<&str> = groups.iter().map(|group| group.indicator.as_str()).collect();
    let mut finding = Finding {
        pack: pack.id.clone(),
        indicator: combination.id.clone(),
        severity: combination.severity,
        title: combination.title.clone(),
        outcome: Outcome::Unknown,
        why: combination.context.clone(),
        source: combination.source.clone(),
        weighing: vec![format!(
            "{} different strings of this group were seen; {} are needed",
            different.len(),
            combination.needs
        )],
        innocent: Vec::new(),
        next_steps: Vec::new(),
        first_time: None,
        last_time: None,
        count: 0,
        sightings: Vec::new(),
    };
    gather(&mut finding, groups, keep);
    finding
}
