//! The nouns every stage speaks. Nothing here does input, output or time: these are values that go from
//! one stage to the next, across the worker boundary and into the report.

mod artifact;
mod coverage;
mod date_order;
mod diagnostic;
mod event;
mod finding;
mod identifier;
mod indicator;
mod limits;
mod pack;
mod parts;
mod passwords;
mod quantity;
mod report;
mod sighting;
mod timestamp;

pub use artifact::{ArtifactKind, ArtifactPath, ArtifactSummary, Digests};
pub use coverage::{Hole, TextSummary};
pub use date_order::{DateOrder, DateOrders};
pub use diagnostic::{Diagnostic, Severity as DiagnosticSeverity};
pub use event::{Flow, ScanEvent, Sink};
pub use finding::{Finding, Verdict};
pub use identifier::{identifier, observable_identifier};
pub use indicator::{Confidence, Indicator, Kind, Severity};
pub use limits::Limits;
pub use pack::{
    Allow, AllowEntry, Bring, Combination, Expectation, Pack, Product, Rejected, Sequence,
    Source as PackSource, Specimen, Window,
};
pub use parts::{DecodedRecord, Member, Members, Parts};
pub use passwords::Passwords;
pub use quantity::{counted, size};
pub use report::{
    Control, CoverageReport, Environment, Incident, LedgerEntry, LedgerState, PackLedger, Provenance, Reach,
    Report, WindowCoverage,
};
pub use sighting::{Field, Outcome, Request, Sighting};
pub use timestamp::{Timestamp, Zone};
