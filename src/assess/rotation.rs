//! Rotated logs of which some numbers are missing.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ArtifactSummary, Diagnostic, DiagnosticSeverity};

/// One diagnostic for each series with missing numbers: `access_log.1` and `.3`, but no `.2`.
pub(super) fn gaps(artifacts: &[ArtifactSummary]) -> Vec<Diagnostic> {
    let mut series: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for artifact in artifacts {
        let lower = artifact.artifact.as_str();
        let name = ["gz", "bz2", "xz", "zst"]
            .iter()
            .find_map(|ending| lower.strip_suffix(&format!(".{ending}")))
            .unwrap_or(lower);
        if let Some((base, number)) = name.rsplit_once('.')
            && let Ok(number) = number.parse::<u32>()
            && number < 1_000
            && base.rsplit(['/', '>']).next().is_some_and(|last| last.contains("log"))
        {
            series.entry(base.to_owned()).or_default().insert(number);
        }
    }
    let mut all = Vec::new();
    for (base, numbers) in series {
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { continue };
        let missing: Vec<String> = (*first.min(&1)..*last)
            .filter(|number| *number > 0 && !numbers.contains(number))
            .map(|number| number.to_string())
            .collect();
        if !missing.is_empty() {
            let message = format!("the rotated logs {base}.N lack the numbers {}", missing.join(", "));
            let hint = "look for them on the system, in backups or on a log server";
            all.push(Diagnostic::new(DiagnosticSeverity::Warning, "rotation-gap", message, hint).at(&base));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_number_is_told() {
        let artifact = |name: &str| ArtifactSummary { artifact: name.into(), ..ArtifactSummary::default() };
        let names = [
            "log/access_log",
            "log/access_log.1",
            "log/access_log.2.gz",
            "log/access_log.4.gz",
            "photo.1",
            "photo.3",
        ];
        let gaps = gaps(&names.map(artifact));
        assert_eq!(gaps.len(), 1);
        assert!(gaps[0].message.ends_with("lack the numbers 3"), "{}", gaps[0].message);
    }
}
