//! What reading one text artifact told: its format, its dates, its gaps.

use serde::{Deserialize, Serialize};

use super::{DateOrder, Field, Timestamp};

/// A stretch of time in which a log that otherwise goes on has no record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hole {
    /// The last record before it.
    pub from: Timestamp,
    /// The first record after it.
    pub until: Timestamp,
}

/// What reading one text artifact told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSummary {
    /// The record format in plain words, `Apache access log (combined)`; empty where none was recognized.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub format: String,
    /// The encoding that was guessed for lines that are not UTF-8, as the WHATWG Encoding Standard names it; empty where
    /// there are none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub encoding: String,
    /// Lines, the last one with or without line end.
    pub lines: u64,
    /// Lines that the format's reader understood.
    pub records: u64,
    /// Lines it did not; they were searched as text all the same.
    pub unparsed: u64,
    /// The first few of those, shortened, with line numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unparsed_sample: Vec<(u64, String)>,
    /// Earliest time of a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_time: Option<Timestamp>,
    /// Latest time of a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_time: Option<Timestamp>,
    /// Gaps far longer than this log's ordinary silence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holes: Vec<Hole>,
    /// The machines that its records name as their own, the first few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The year assumed for times that were written without one, and from what: `2020, from the date in its name`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub assumed_year: String,
    /// The order in which its dates in numbers are read, where other dates of this log tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// The fields its records carry; an indicator that needs another one could not apply here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// The marks of products (`Bring::marks`) that its records hold, and how many records do; past
    /// [`TextSummary::MARKED`] they are not counted on. A record of a refused request tells nothing of the product, since
    /// whoever looks for it asks every server.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<(String, u64)>,
}

impl TextSummary {
    /// So many records with one mark say all that a mark can say of a log.
    pub const MARKED: u64 = 100;
}
