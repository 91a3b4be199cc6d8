//! Bytes go in; the places where a typed value stands come out. Each observer knows how its kind of value is
//! bounded, and nothing of indicators.

mod address6;
mod email;
mod hex;
mod host;

pub use address6::addresses6;
pub use email::emails;
pub use hex::digests;
pub use host::{HostToken, hosts};

/// Whether a byte can stand inside a word, so that a value beside it would be cut out of something longer.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
