//! The finished result, before any renderer runs.

use serde::{Deserialize, Serialize};

use super::{ArtifactSummary, Bring, Diagnostic, Finding, Rejected, Severity, Timestamp, Verdict, Window};

/// Everything a scan has to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Marks the file as Belljar's own, so that it is recognized when it is dropped again.
    pub belljar_report: u32,
    /// The answer.
    pub verdict: Verdict,
    /// The answer in one sentence.
    pub sentence: String,
    /// Why it is this answer and not a better or worse one.
    pub reasons: Vec<String>,
    /// The answer for each incident, one a pack, in the order of the packs.
    #[serde(default)]
    pub incidents: Vec<Incident>,
    /// Worst first.
    pub findings: Vec<Finding>,
    /// What was examined and what not.
    pub coverage: CoverageReport,
    /// Every pack with every indicator's fate.
    pub ledger: Vec<PackLedger>,
    /// Whether the search itself was seen to work.
    pub control: Control,
    /// What made this report.
    pub provenance: Provenance,
    /// The publisher's guidance for each pack: id and text.
    pub guidance: Vec<(String, String)>,
}

/// How far what was brought reaches into the time of one incident, in the files it needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// All that the incident needs is there.
    Whole,
    /// Some of it is there.
    Part,
    /// Nothing of it is there: the evidence does not ask about this incident.
    #[default]
    Nothing,
}

/// The answer for one incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// The pack.
    pub pack: String,
    /// What people call the incident.
    pub title: String,
    /// The answer for this incident alone.
    pub verdict: Verdict,
    /// How far the evidence reaches.
    pub reach: Reach,
    /// The answer in one sentence.
    pub sentence: String,
    /// Why it is this answer and not a better or worse one.
    pub reasons: Vec<String>,
}

/// What was examined and what not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CoverageReport {
    /// Every artifact, in the order of the evidence.
    pub artifacts: Vec<ArtifactSummary>,
    /// Artifacts that are counted but not listed, past the report's limit.
    pub unlisted: u64,
    /// Everything a reader must know.
    pub diagnostics: Vec<Diagnostic>,
    /// Diagnostics that are counted but not listed.
    pub unlisted_diagnostics: u64,
    /// The evidence against each pack's attack window.
    pub windows: Vec<WindowCoverage>,
    /// Bytes of the dropped files.
    pub bytes: u64,
    /// Assumptions made about times.
    pub assumptions: Vec<String>,
}

/// The evidence against one pack's attack window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowCoverage {
    /// The pack.
    pub pack: String,
    /// Its window.
    pub window: Window,
    /// Stretches of the window for which a log has records.
    pub covered: Vec<(Timestamp, Timestamp)>,
    /// Stretches of the window for which none has.
    pub missing: Vec<(Timestamp, Timestamp)>,
    /// Whether all of it is covered.
    pub complete: bool,
    /// Files the publisher asked for, which were not recognized in the evidence.
    pub not_brought: Vec<Bring>,
    /// Logs of the format that is needed were brought, and nothing in them or in their names says that they are this
    /// product's.
    #[serde(default)]
    pub of_others: bool,
}

/// One pack and the fate of each of its indicators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackLedger {
    /// The pack.
    pub pack: String,
    /// Its title.
    pub title: String,
    /// SHA-256 over its files.
    pub digest: String,
    /// Loaded indicators, in the pack's order.
    pub entries: Vec<LedgerEntry>,
    /// What was not taken.
    pub rejected: Vec<Rejected>,
}

/// One indicator's fate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// The indicator.
    pub indicator: String,
    /// Its kind.
    pub kind: super::Kind,
    /// Its value.
    pub value: String,
    /// What one sighting proves alone.
    pub severity: Severity,
    /// What became of it.
    pub state: LedgerState,
    /// Why, where it is not plain.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Sightings.
    pub count: u64,
}

/// What became of one indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerState {
    /// Searched for, and met.
    Seen,
    /// Searched for, and not met.
    Searched,
    /// Nothing in the evidence could have shown it.
    NotApplicable,
}

/// Whether the search itself was seen to work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Probes that were found.
    pub fired: u64,
    /// Probes in all.
    pub total: u64,
    /// Those that were not found.
    pub failures: Vec<String>,
}

/// What made this report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The tool.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// The packs and their digests.
    pub packs: Vec<(String, String)>,
    /// The only part that may differ between two reports of the same evidence.
    pub environment: Environment,
}

/// Where and when the scan ran. The driver fills it in; the core has no clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// `browser` or `command`.
    pub surface: String,
    /// The browser or the operating system, as it names itself.
    pub platform: String,
    /// When the scan began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}
