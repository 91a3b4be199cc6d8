//! Every indicator's fate.

use std::collections::BTreeMap;

use crate::model::{Field, Indicator, Kind, LedgerEntry, LedgerState, Pack, PackLedger};

use super::tally::Tally;

/// Every pack with every indicator's fate.
pub(super) fn ledger(packs: &[Pack], tally: &Tally) -> Vec<PackLedger> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for group in &tally.groups {
        *counts.entry(&group.indicator).or_default() += group.count;
    }
    let ledgers = packs.iter().map(|pack| PackLedger {
        pack: pack.id.clone(),
        title: pack.title.clone(),
        digest: pack.digest.clone(),
        entries: pack
            .indicators
            .iter()
            .map(|indicator| entry(indicator, counts.get(indicator.id.as_str()), tally))
            .collect(),
        rejected: pack.rejected.clone(),
    });
    ledgers.collect()
}

fn entry(indicator: &Indicator, count: Option<&u64>, tally: &Tally) -> LedgerEntry {
    let count = count.copied().unwrap_or(0);
    let (state, note) = match count {
        0 => unseen(indicator, tally),
        _ if indicator.group.is_some() => {
            (LedgerState::Seen, "counts only together with others of its group".to_owned())
        }
        _ => (LedgerState::Seen, String::new()),
    };
    LedgerEntry {
        indicator: indicator.id.clone(),
        kind: indicator.kind,
        value: indicator.value.clone(),
        severity: indicator.severity,
        state,
        note,
        count,
    }
}

/// Whether anything in the evidence could have shown it.
fn unseen(indicator: &Indicator, tally: &Tally) -> (LedgerState, String) {
    let read = |artifact: &&crate::model::ArtifactSummary| artifact.size > 0;
    if !tally.artifacts.iter().any(|artifact| read(&artifact)) {
        return (LedgerState::NotApplicable, "no evidence was read".to_owned());
    }
    let texts = || tally.artifacts.iter().filter_map(|artifact| artifact.text.as_ref());
    let missing = match indicator.kind {
        Kind::RequestTarget | Kind::UserAgent if texts().next().is_none() => {
            Some("no text was among the evidence")
        }
        Kind::UserAgent
            if texts().all(|text| text.records > 0 && !text.fields.contains(&Field::UserAgent)) =>
        {
            Some("no log among the evidence has a user agent")
        }
        _ => None,
    };
    if let Some(missing) = missing {
        return (LedgerState::NotApplicable, missing.to_owned());
    }
    let host =
        indicator.context.contains("Host header") && !texts().any(|text| text.fields.contains(&Field::Host));
    let note = if host {
        "no log among the evidence has a Host column, in which the attack itself would stand"
    } else {
        ""
    };
    (LedgerState::Searched, note.to_owned())
}
