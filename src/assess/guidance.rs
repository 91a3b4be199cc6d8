//! What to do next: the publisher's words for the verdict, or ours where no publisher has any, and steps for a finding.

use crate::model::{Finding, Incident, Outcome, Pack, Reach, Severity, Verdict};

/// Each pack's guidance for the answer about its incident; none for an incident that the evidence does not reach,
/// where it reaches another. Where none of them has any, there is one general advice, with the gravest answer.
pub(super) fn sections(packs: &[Pack], incidents: &[Incident]) -> Vec<(String, String)> {
    let is_asked =
        |incident: &Incident| incident.reach != Reach::Nothing || incident.verdict != Verdict::CouldNotCheck;
    let any = incidents.iter().any(is_asked);
    let each = packs.iter().zip(incidents).map(|(pack, incident)| {
        let text = if any && !is_asked(incident) {
            String::new()
        } else {
            section(&pack.guidance, incident.verdict)
        };
        (pack.id.clone(), text)
    });
    let mut all: Vec<(String, String)> = each.collect();
    let all_are_silent = all.iter().all(|(_, text)| text.is_empty());
    let counts = |incident: &Incident| !any || is_asked(incident);
    let gravest = incidents
        .iter()
        .zip(&mut all)
        .filter(|(incident, _)| counts(incident))
        .max_by_key(|(incident, _)| gravity(incident.verdict));
    if let Some((incident, (_, text))) = gravest
        && all_are_silent
    {
        *text = general(incident.verdict).to_owned();
    }
    all
}

/// The graver an answer, the higher: its advice counts where there is one advice for all.
const fn gravity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::NotFound => 0,
        Verdict::CouldNotCheck => 1,
        Verdict::AttemptsFailed => 2,
        Verdict::NeedsReview => 3,
        Verdict::Evidence => 4,
    }
}

/// Advice that holds for any incident.
const fn general(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Evidence => {
            "## What to do now\n- Take the system off the network without switching it off, and keep an image of it.\n- Copy its logs before they are overwritten, with this report.\n- Call your incident response provider, and whoever gave you these indicators.\n"
        }
        Verdict::NeedsReview => {
            "## What to do now\n- Have somebody who knows the system read each finding and its ordinary explanations.\n- Copy the logs before they are overwritten, with this report.\n- Until that is settled, treat the system as attacked.\n"
        }
        Verdict::AttemptsFailed => {
            "## What to do now\n- Make sure that the system has the vendor's updates: somebody looks for it.\n- Check the logs of the days around the attempts as well.\n"
        }
        Verdict::NotFound => {
            "## What to do now\n- Keep this report with the logs: it holds for these files, this time and these indicators only.\n- Make sure that the system has the vendor's updates.\n"
        }
        Verdict::CouldNotCheck => {
            "## What to do now\n- Read what could not be checked, bring that, and check again.\n- Until then nothing is known: neither that the system was hit nor that it was not.\n"
        }
    }
}

/// The guidance's part for `verdict`, and the part that always holds.
fn section(guidance: &str, verdict: Verdict) -> String {
    let wanted = match verdict {
        Verdict::Evidence => "If evidence was found",
        Verdict::NeedsReview => "If signs need a person",
        Verdict::AttemptsFailed => "If only attempts were seen",
        Verdict::NotFound => "If nothing was found",
        Verdict::CouldNotCheck => "If it could not be checked",
    };
    let mut out = String::new();
    for part in guidance.split("\n## ").map(|part| part.trim_start_matches("## ")) {
        let title = part.lines().next().unwrap_or_default().trim();
        if title == wanted || title == "Always" {
            out.push_str("## ");
            out.push_str(part.trim());
            out.push_str("\n\n");
        }
    }
    out
}

/// Steps for one finding, by how much it proves.
pub(super) fn next_steps(finding: &Finding) -> Vec<String> {
    let steps: &[&str] = match (finding.severity, finding.outcome) {
        (Severity::Critical, _) => &[
            "Take the system off the network without switching it off, and keep an image of it.",
            "Show this finding to your incident response provider today.",
        ],
        (Severity::High | Severity::Medium, _) => &[
            "Read the ordinary explanations; if none is surely true, treat the system as attacked until somebody has looked.",
            "Look at everything the same client or file did around this time.",
        ],
        (Severity::Low, Outcome::Refused) => &["Check that the logs around this time are whole."],
        (Severity::Low, _) => {
            &["Look for other signs by the same client or at the same time; alone this proves nothing."]
        }
        (Severity::Info, _) => &[],
    };
    steps.iter().map(|step| (*step).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_never_missing_and_the_publishers_comes_first() {
        let incident = |pack: &str, verdict| Incident {
            pack: pack.into(),
            title: pack.into(),
            verdict,
            reach: Reach::Whole,
            sentence: String::new(),
            reasons: Vec::new(),
        };
        let pack =
            |id: &str, guidance: &str| Pack { id: id.into(), guidance: guidance.into(), ..Pack::default() };
        let incidents = [incident("a", Verdict::NotFound), incident("b", Verdict::Evidence)];
        let silent = sections(&[pack("a", ""), pack("b", "")], &incidents);
        assert!(silent[0].1.is_empty() && silent[1].1.contains("off the network"), "{silent:?}");
        let unasked = Incident { reach: Reach::Nothing, ..incident("c", Verdict::CouldNotCheck) };
        let told = sections(&[pack("a", ""), pack("c", "")], &[incident("a", Verdict::NotFound), unasked]);
        assert!(told[0].1.contains("Keep this report") && told[1].1.is_empty(), "{told:?}");
        let own = "## If nothing was found\nOwn words.\n";
        let told = sections(&[pack("a", own), pack("b", "")], &incidents);
        assert!(told[0].1.contains("Own words.") && told[1].1.is_empty(), "{told:?}");
    }
}
