//! The report as JSON: the type itself, indented, one line feed at the end.

use crate::model::Report;

/// The report as JSON.
pub fn json(report: &Report) -> String {
    let text = serde_json::to_string_pretty(report);
    text.expect("a report holds only text, numbers and lists") + "\n"
}
