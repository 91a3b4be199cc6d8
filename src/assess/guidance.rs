//! What to do next: the publisher's words for the verdict, and steps for a finding.

use crate::model::{Finding, Outcome, Severity, Verdict};

/// The guidance's part for `verdict`, and the part that always holds.
pub(super) fn section(guidance: &str, verdict: Verdict) -> String {
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
