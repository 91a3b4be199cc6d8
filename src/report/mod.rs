//! A finished `Report` goes in; a document comes out.

mod csv;
mod html;
mod json;
mod stix;
mod text;
pub mod words;

pub use csv::csv;
pub use html::{base64, html};
pub use json::json;
pub use stix::{Patterns, stix};
pub use text::text;
