//! Where written forms begin: the look over all text that keeps ordinary lines out of the decoders.
//!
//! Every form begins with one of a few bytes, so the look jumps from one such byte to the next.

use super::{base64, control, defang, entity, escape, hexadecimal, label, number, percent, terminal};

/// Appends the places in `hay`, in order, at which a written form begins.
pub fn begins(hay: &[u8], places: &mut Vec<usize>) {
    let from = places.len();
    places.extend(memchr::memchr3_iter(b'%', b'&', b'\\', hay).filter(|at| {
        percent::at(hay, *at).or_else(|| entity::at(hay, *at)).or_else(|| escape::at(hay, *at)).is_some()
    }));
    // Most brackets hold a date or a list: their next byte tells.
    let brackets = memchr::memchr3_iter(b'[', b'(', b'{', hay).filter(|at| match hay.get(at + 1) {
        Some(b'.' | b':' | b'/' | b'@' | b'd' | b'D' | b'a' | b'A') => defang::at(hay, *at).is_some(),
        Some(b'0'..=b'9') => label::at(hay, *at).is_some(),
        _ => false,
    });
    places.extend(brackets);
    // `hxxp` has a rarer byte than its first.
    places.extend(memchr::memchr3_iter(b'x', b'X', 0x1B, hay).filter_map(|at| match hay[at] {
        0x1B => terminal::at(hay, at).map(|_| at),
        _ => {
            let start = at.checked_sub(1).filter(|start| hay[*start].is_ascii_alphabetic())?;
            defang::at(hay, start).map(|_| start)
        }
    }));
    places.extend(memchr::memchr_iter(b'#', hay).filter(|at| control::at(hay, *at).is_some()));
    base64::begins(hay, |at| hexadecimal::at(hay, at).is_some(), places);
    let hosts = memchr::memmem::find_iter(hay, b"://").map(|at| at + 3);
    places.extend(hosts.filter(|at| number::at(hay, *at).is_some()));
    places[from..].sort_unstable();
}

/// Whether a written form begins anywhere in `hay`.
pub(super) fn any(hay: &[u8]) -> bool {
    let mut places = Vec::new();
    begins(hay, &mut places);
    !places.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::DECODINGS;

    #[test]
    fn finds_every_place_that_a_decoder_takes() {
        finds_every_place(br#"GET /%41?a=%4g&b &amp; &#46; evil[.]com hxxps://a HXXP[:] x://://3232235777/ \x41 \u0042 \/ "#);
        finds_every_place(br#"a(dot)b [::1] #011#99 (2)ab(1)c(0) \012 \9 0x7://0x7f.1/ "#);
        finds_every_place(b"\x1b[0m x=Y3VybCBodHRwOi8vYmFkLWhvc3QubmV0/Y3VybCBodHRwOi8vYmFkLWhvc3QubmV00 a=6375726C00687474703A2F2F616263 ");
    }

    fn finds_every_place(text: &[u8]) {
        for end in 0..=text.len() {
            let hay = &text[..end];
            let mut places = Vec::new();
            begins(hay, &mut places);
            let taken = |at: &usize| DECODINGS.iter().any(|decoding| (decoding.at)(hay, *at).is_some());
            let every: Vec<usize> = (0..hay.len()).filter(taken).collect();
            assert_eq!(places, every, "{}", String::from_utf8_lossy(hay));
            for decoding in &DECODINGS {
                let taken = |at: &usize| (decoding.at)(hay, *at).is_some();
                for from in 0..=hay.len() {
                    let jumps =
                        std::iter::successors((decoding.next)(hay, from), |at| (decoding.next)(hay, at + 1));
                    assert_eq!(
                        jumps.into_iter().find(taken),
                        (from..hay.len()).find(taken),
                        "{}",
                        decoding.name
                    );
                }
            }
        }
    }
}
