//! Written forms go in, plain bytes come out, with the way back to where each byte stood.

mod defang;
mod entity;
mod escape;
mod number;
mod percent;
mod utf16;
mod view;

pub use utf16::{Utf16, wide};
pub use view::{View, views};

use view::Edit;

/// One way of writing bytes differently: its name in sightings and its decoder.
///
/// A decoder looks at the bytes from `at` on and says how many of them make one written form and what
/// it stands for; `None` where nothing begins there.
struct Decoding {
    name: &'static str,
    at: fn(&[u8], usize) -> Option<Edit>,
}

/// In the order in which a server or a reader would undo them.
const DECODINGS: [Decoding; 5] = [
    Decoding { name: "percent", at: percent::at },
    Decoding { name: "html-entity", at: entity::at },
    Decoding { name: "escape", at: escape::at },
    Decoding { name: "defang", at: defang::at },
    Decoding { name: "number-address", at: number::at },
];

/// Pieces of text at which a written form may begin, for a search that runs over all text anyway.
pub const HINTS: [&[u8]; 35] = [
    b"%",
    b"&#",
    b"&amp;",
    b"&lt;",
    b"&gt;",
    b"&quot;",
    b"&apos;",
    b"&period;",
    b"&sol;",
    b"\\x",
    b"\\u",
    b"\\/",
    b"\\\\",
    b"[.",
    b"(.)",
    b"{.}",
    b"[dot",
    b"(dot",
    b"{dot",
    b"[:",
    b"[/]",
    b"[@]",
    b"[at]",
    b"(at)",
    b"hxxp",
    b"://0",
    b"://1",
    b"://2",
    b"://3",
    b"://4",
    b"://5",
    b"://6",
    b"://7",
    b"://8",
    b"://9",
];

/// Whether a written form begins near a hint: the look that keeps ordinary lines out.
pub fn begins(hay: &[u8], hint: usize) -> bool {
    // The digits of a number stand behind the three bytes of the hint `://`.
    [hint, hint + 3].into_iter().any(|at| DECODINGS.iter().any(|decoding| (decoding.at)(hay, at).is_some()))
}
