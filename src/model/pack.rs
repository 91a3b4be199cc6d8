//! What one publisher said about one incident, with everything needed to search for it and to explain it.

use serde::{Deserialize, Serialize};

use super::{Diagnostic, Indicator, Outcome, Severity, Timestamp, Verdict};

/// What one publisher said about one incident.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pack {
    /// Short, stable, kebab-case: the folder's name, or the file's.
    pub id: String,
    /// What people call the incident.
    pub title: String,
    /// One paragraph in plain words.
    pub summary: String,
    /// Who publishes the pack.
    pub publisher: String,
    /// Whom to call.
    pub contact: String,
    /// Traffic Light Protocol 2.0 label.
    pub tlp: String,
    /// SPDX expression, or a sentence.
    pub licence: String,
    /// Products and versions concerned.
    pub products: Vec<Product>,
    /// When the attacks happened: what evidence has to cover.
    pub window: Option<Window>,
    /// The files to bring.
    pub bring: Vec<Bring>,
    /// Documents the pack rests on.
    pub sources: Vec<Source>,
    /// What to do for each verdict and always, in plain words: paragraphs and `- ` lists of one language,
    /// under `## ` headings.
    pub guidance: String,
    /// The indicators that were taken.
    pub indicators: Vec<Indicator>,
    /// Those that were not, and why.
    pub rejected: Vec<Rejected>,
    /// Indicators that count only together.
    pub combinations: Vec<Combination>,
    /// Stages that count more in order.
    pub sequences: Vec<Sequence>,
    /// Evidence written for the positive control.
    pub specimens: Vec<Specimen>,
    /// What the specimens must give.
    pub expected: Vec<Expectation>,
    /// Known-good lists that came with it.
    #[serde(default)]
    pub allow: Vec<Allow>,
    /// What reading the pack told.
    pub diagnostics: Vec<Diagnostic>,
    /// SHA-256 over the pack's files, so that a report names exactly what was searched for.
    pub digest: String,
}

/// A product and the versions concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Vendor and product.
    pub name: String,
    /// Which versions, in words.
    pub versions: String,
}

/// A span of time, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First moment.
    pub from: Timestamp,
    /// Last moment.
    pub until: Timestamp,
    /// Who says so, and what of it is a choice.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// A file that the person should bring.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bring {
    /// What it is called in plain words.
    pub what: String,
    /// Where it lies on the system.
    pub path: String,
    /// What it can show.
    pub why: String,
    /// Without a file of this kind the verdict cannot be `not-found`.
    #[serde(default)]
    pub needed: bool,
    /// What the name of such a file's record format holds (`access log`); empty where no format tells it.
    #[serde(default)]
    pub format: String,
    /// Pieces of which the path of such a file holds one (`gpsvc.log`), in any letter case: another product's logs of the
    /// same format do not.
    #[serde(default)]
    pub names: Vec<String>,
    /// Pieces of text of which the records of such a file hold one in the product's ordinary use (`/moveitisapi/`), in any
    /// letter case.
    #[serde(default)]
    pub marks: Vec<String>,
}

/// A document a pack rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Title, publisher and date.
    pub title: String,
    /// Address, if it has one.
    #[serde(default)]
    pub url: String,
}

/// Something in a pack that was not taken as an indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Where it stands: file and line, or row.
    pub place: String,
    /// What stands there, shortened.
    pub text: String,
    /// Why it was not taken.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
}

/// Indicators of one group that count only together, in one artifact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Combination {
    /// The group of its indicators.
    pub id: String,
    /// What it means when met.
    pub title: String,
    /// What meeting it proves.
    pub severity: Severity,
    /// How many different indicators of the group have to be seen.
    pub needs: usize,
    /// They may stand in different artifacts.
    #[serde(default)]
    pub anywhere: bool,
    /// The artifact has to begin with these bytes.
    #[serde(default)]
    pub starts_with: String,
    /// The artifact has to be smaller than this, in bytes; 0: any size.
    #[serde(default)]
    pub smaller_than: u64,
    /// Why it matters.
    pub context: String,
    /// Where that is said.
    pub source: String,
}

/// Stages that one client goes through in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sequence {
    /// Short and stable.
    pub id: String,
    /// What it means when met.
    pub title: String,
    /// What meeting it proves.
    pub severity: Severity,
    /// The stages of its indicators, in order.
    pub stages: Vec<String>,
    /// From the first stage to the last, in hours.
    pub within_hours: u32,
    /// The last stage has to have had this outcome.
    #[serde(default)]
    pub outcome: Outcome,
    /// Why it matters.
    pub context: String,
    /// Where that is said.
    pub source: String,
}

/// A file of evidence that the pack brings for its positive control and as the page's example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Specimen {
    /// `case/file`, below `specimens/`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What one case of specimens must give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// The folder below `specimens/`.
    pub case: String,
    /// One line for people: what this evidence shows.
    pub about: String,
    /// The verdict of a scan of that folder with this pack alone.
    pub verdict: Verdict,
    /// Findings by the value of their indicator, or the id of their combination or sequence, with the number of
    /// sightings: exactly these and no other.
    pub findings: Vec<(String, u64)>,
}

/// A known-good list: values that weigh a finding down, never drop it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Allow {
    /// Short and stable.
    pub id: String,
    /// What the values are, in plain words.
    pub title: String,
    /// Where the list is from, with date.
    pub source: String,
    /// Its values.
    pub entries: Vec<AllowEntry>,
}

/// One value of an [`Allow`] list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AllowEntry {
    /// How the value is compared.
    pub kind: super::Kind,
    /// Canonical value.
    pub value: String,
    /// Only the value itself is meant: no name below it, and no text around it.
    #[serde(default)]
    pub whole: bool,
    /// Why it is ordinary.
    pub note: String,
}
