//! Written forms go in, plain bytes come out, with the way back to where each byte stood; formats that are no lines of
//! text go in, records rendered as lines come out.

mod base64;
mod capture;
mod control;
mod decoder;
mod defang;
mod entity;
mod escape;
mod evtx;
mod hexadecimal;
mod journal;
mod label;
mod legacy;
mod little;
mod login;
mod mail;
mod number;
mod outlook;
mod pdf;
mod percent;
mod prefetch;
mod records;
mod registry;
mod rendered;
mod shortcut;
mod sqlite;
mod terminal;
mod utf16;
mod view;
mod whole;
mod written;

pub use decoder::{Decoder, decoder};
pub use legacy::Legacy;
pub use rendered::Rendered;
pub use utf16::{Utf16, may_be_narrow, narrow, wide};
pub use view::{View, views};
pub use written::begins;

use view::Edit;

/// One way of writing bytes differently: its name in sightings and its decoder.
///
/// A decoder looks at the bytes from `at` on and says how many of them make one written form and what
/// it stands for; `None` where nothing begins there. `next` is the first place from another on at which one may begin:
/// most text is jumped over.
struct Decoding {
    name: &'static str,
    next: fn(&[u8], usize) -> Option<usize>,
    at: fn(&[u8], usize) -> Option<Edit>,
}

/// In the order in which a server or a reader would undo them.
const DECODINGS: [Decoding; 10] = [
    Decoding { name: "control", next: control::next, at: control::at },
    Decoding { name: "percent", next: percent::next, at: percent::at },
    Decoding { name: "html-entity", next: entity::next, at: entity::at },
    Decoding { name: "escape", next: escape::next, at: escape::at },
    Decoding { name: "terminal", next: terminal::next, at: terminal::at },
    Decoding { name: "base64", next: base64::next, at: base64::at },
    Decoding { name: "hexadecimal", next: hexadecimal::next, at: hexadecimal::at },
    Decoding { name: "defang", next: defang::next, at: defang::at },
    Decoding { name: "dns-labels", next: label::next, at: label::at },
    Decoding { name: "number-address", next: number::next, at: number::at },
];
