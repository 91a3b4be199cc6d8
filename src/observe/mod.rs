//! Bytes go in; the places where a typed value stands come out. Each observer knows how its kind of value is
//! bounded, and nothing of indicators.

mod address6;
mod email;
mod hex;
mod host;
mod script;

pub use address6::addresses6;
pub use email::emails;
pub use hex::digests;
pub use host::{HostToken, hosts};

/// Whether a byte can stand inside a word, so that a value beside it would be cut out of something longer.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether digits write the number of a port, from 1 to 65535 and without leading zeros.
fn is_port(digits: &[u8]) -> bool {
    let number: Option<u32> = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    digits.first().is_some_and(|first| matches!(first, b'1'..=b'9'))
        && number.is_some_and(|port| port <= 65_535)
}
