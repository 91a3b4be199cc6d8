//! What the scanner tells its driver. The worker protocol, `--format jsonl` and the golden files speak it.

use serde::{Deserialize, Serialize};

use super::{ArtifactSummary, Diagnostic, Indicator, Sighting, Verdict};

/// One thing that happened during a scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum ScanEvent {
    /// An artifact or member ended.
    Artifact(ArtifactSummary),
    /// An indicator was seen.
    Sighting(Sighting),
    /// Something a reader must know.
    Diagnostic(Diagnostic),
    /// The last event.
    Summary {
        /// The answer.
        verdict: Verdict,
        /// Its sentence.
        sentence: String,
        /// Number of findings.
        findings: usize,
        /// All sightings, kept or only counted.
        sightings: u64,
        /// Artifacts, members included.
        artifacts: u64,
        /// Bytes of the dropped files.
        bytes: u64,
    },
}

/// Whether the scanner should go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Stop as soon as possible.
    Stop,
}

/// Where the scanner's events go.
pub trait Sink {
    /// Takes one event.
    fn event(&mut self, event: ScanEvent) -> Flow;

    /// Asked before a sighting of the indicator is told: whether it has to be. Who only counts need not hear where and how.
    fn wants(&mut self, _indicator: &Indicator) -> bool {
        true
    }
}

impl Sink for Vec<ScanEvent> {
    fn event(&mut self, event: ScanEvent) -> Flow {
        self.push(event);
        Flow::Continue
    }
}
