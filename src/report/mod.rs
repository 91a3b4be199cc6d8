//! A finished `Report` goes in; a document comes out.

mod csv;
mod html;
mod json;
mod text;
pub mod words;

pub use csv::csv;
pub use html::html;
pub use json::json;
pub use text::text;
