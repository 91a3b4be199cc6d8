//! What to do next: the publisher's words for the verdict, and steps for a finding.

use crate::model::{Finding, Incident, Outcome, Pack, Reach, Severity, Verdict};

/// Each pack's guidance for the answer about its incident; none for an incident that the evidence does not reach,
/// where it reaches another.
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
    each.collect()
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
