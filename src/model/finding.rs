//! Sightings grouped and weighed, and the answer they give together.

use serde::{Deserialize, Serialize};

use super::{Outcome, Severity, Sighting, Timestamp};

/// The answer to "was this system hit": exactly one of five, always present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// At least one finding that a named source says only the attacker causes.
    Evidence,
    /// Weaker or ambiguous findings.
    NeedsReview,
    /// Only refused probes.
    AttemptsFailed,
    /// No findings, the positive control fired, and the coverage needed was reached.
    NotFound,
    /// Wrong files, window not covered, unreadable, or the control failed.
    CouldNotCheck,
}

impl Verdict {
    /// The stable token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Evidence => "evidence",
            Verdict::NeedsReview => "needs-review",
            Verdict::AttemptsFailed => "attempts-failed",
            Verdict::NotFound => "not-found",
            Verdict::CouldNotCheck => "could-not-check",
        }
    }

    /// The headline people read.
    pub const fn title(self) -> &'static str {
        match self {
            Verdict::Evidence => "Evidence of compromise",
            Verdict::NeedsReview => "Signs that need a person",
            Verdict::AttemptsFailed => "Attempts that did not succeed",
            Verdict::NotFound => "Not found in what could be checked",
            Verdict::CouldNotCheck => "Could not check",
        }
    }
}

/// Sightings of one thing, weighed: what was seen, how sure, why it matters, what to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The pack it comes from.
    pub pack: String,
    /// The indicator, combination or sequence it is about.
    pub indicator: String,
    /// After weighing by outcome, window and allow-lists.
    pub severity: Severity,
    /// One line: what was seen.
    pub title: String,
    /// What became of the requests; the strongest of all sightings.
    pub outcome: Outcome,
    /// Why it matters: the publisher's context.
    pub why: String,
    /// Where the publisher has it from.
    pub source: String,
    /// How it was weighed, one sentence each.
    pub weighing: Vec<String>,
    /// Ordinary explanations.
    pub innocent: Vec<String>,
    /// What to do next.
    pub next_steps: Vec<String>,
    /// Earliest time seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_time: Option<Timestamp>,
    /// Latest time seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_time: Option<Timestamp>,
    /// All sightings, kept or only counted.
    pub count: u64,
    /// The kept ones, in the order of the evidence.
    pub sightings: Vec<Sighting>,
}
