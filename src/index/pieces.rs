//! Finds pieces of text in any ASCII letter case. Of each piece one window is chosen whose four-byte grams are rare;
//! the text is probed at every `step`-th byte, so that each occurrence is probed once within its window.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

/// Bytes of a gram.
const GRAM: usize = 4;

/// Probes further apart gain nothing: reading the text is then the cost.
const WIDEST: usize = 8;

/// Windows that are looked at in a long piece.
const WINDOWS: usize = 256;

/// Weight of a gram that is in every other line, compared with one that another piece is found by.
const COMMON_LOAD: u16 = 64;

/// Grams of such text are in every other line of some common log.
const COMMON: &[u8] = b"http/1.1\" 200 get / post / head / https://www. http://www. mozilla/5.0 (windows nt 10.0; win64; x64; \
    macintosh; intel mac os x 10_15_7) applewebkit/537.36 (khtml, like gecko) chrome/120.0 safari/537.36 edg/ gecko/20100101 \
    firefox/115.0 (compatible; googlebot/2.1; +http://www.google.com/bot.html) index.html .php .aspx .asp .jsp .js .css .png .jpg \
    .gif .com .net .org /var/log/ /usr/bin/ /etc/ /home/ /tmp/ c:\\windows\\system32\\ c:\\program files\\ c:\\users\\ .exe .dll \
    \\appdata\\local\\ \\temp\\ \\inetpub\\wwwroot\\ sshd[ cron[ kernel: systemd[1]: session opened for user root failed password for \
    invalid user from port ssh2 error: warning: info debug \"time\":\" \"timestamp\":\" \"level\":\" \"message\":\" \"event\":\" \
    \"source\":\" \"host\":\" \"user\":\" null, true, false, user-agent: content-type: text/html application/json +0000] ";

/// Compiled pieces of text.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pieces: Vec<Vec<u8>>,
    /// Those too short for a gram, and their numbers.
    tiny: Option<(AhoCorasick, Vec<u32>)>,
    step: usize,
    shift: u32,
    /// One bit for each hash: whether a gram with that hash leads anywhere.
    bits: Vec<u64>,
    table_shift: u32,
    /// Where the probes of each shorter hash begin; the last entry is their end.
    starts: Vec<u32>,
    probes: Vec<Probe>,
}

/// A gram that leads to a piece.
#[derive(Clone, Copy, Debug)]
struct Probe {
    gram: u32,
    piece: u32,
    /// Where in the piece the gram stands.
    offset: u32,
}

impl Pieces {
    /// Compiles lowercase pieces, none of which is empty.
    pub(super) fn new(pieces: Vec<Vec<u8>>) -> Pieces {
        let tiny: Vec<u32> = numbers(&pieces, |piece| piece.len() < GRAM);
        let automaton = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(tiny.iter().map(|number| &pieces[*number as usize]));
        let tiny = automaton.ok().filter(|_| !tiny.is_empty()).map(|automaton| (automaton, tiny));
        let long = numbers(&pieces, |piece| piece.len() >= GRAM);
        let shortest = long.iter().map(|number| pieces[*number as usize].len()).min().unwrap_or(0);
        if shortest == 0 {
            return Pieces { pieces, tiny, ..Pieces::default() };
        }
        let step = (shortest - (GRAM - 1)).min(WIDEST);
        let mut probes = chosen(&pieces, &long, step);
        let table = (probes.len() * 2).next_power_of_two().clamp(1 << 8, 1 << 22);
        let bits = (probes.len() * 64).next_power_of_two().clamp(1 << 14, 1 << 24);
        let (shift, table_shift) = (32 - bits.trailing_zeros(), 32 - table.trailing_zeros());
        probes.sort_by_key(|probe| (hash(probe.gram, table_shift), probe.gram, probe.piece, probe.offset));
        let mut set = vec![0; bits / 64];
        let mut starts = vec![0; table + 1];
        for probe in &probes {
            let hashed = hash(probe.gram, shift);
            set[hashed / 64] |= 1 << (hashed % 64);
            starts[hash(probe.gram, table_shift) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Pieces { pieces, tiny, step, shift, bits: set, table_shift, starts, probes }
    }

    /// Calls `found` with the number and the place of every piece that stands in `hay`; places may overlap.
    pub(super) fn find(&self, hay: &[u8], mut found: impl FnMut(usize, Range<usize>)) {
        if let Some((automaton, numbers)) = &self.tiny {
            for candidate in automaton.find_overlapping_iter(hay) {
                found(numbers[candidate.pattern().as_usize()] as usize, candidate.range());
            }
        }
        if self.step == 0 {
            return;
        }
        let mut at = 0;
        while let Some(probed) = self.next(hay, at) {
            self.verify(hay, probed, &mut found);
            at = probed + self.step;
        }
    }

    /// The first place from `at` on, in steps, whose gram may lead anywhere. It stands alone so that its loop stays in
    /// registers: this is where the whole text goes through.
    #[inline(never)]
    fn next(&self, hay: &[u8], at: usize) -> Option<usize> {
        let (step, shift, bits) = (self.step, self.shift, &self.bits[..]);
        let leads = |gram: &[u8]| {
            let hashed = hash(folded(gram), shift);
            bits[hashed / 64] >> (hashed % 64) & 1 == 1
        };
        let probed = hay.get(at..)?.windows(GRAM).step_by(step).position(leads)?;
        Some(at + probed * step)
    }

    fn verify(&self, hay: &[u8], at: usize, found: &mut impl FnMut(usize, Range<usize>)) {
        let gram = folded(&hay[at..at + GRAM]);
        let hashed = hash(gram, self.table_shift);
        let probes = &self.probes[self.starts[hashed] as usize..self.starts[hashed + 1] as usize];
        for probe in probes.iter().filter(|probe| probe.gram == gram) {
            let piece = &self.pieces[probe.piece as usize];
            let Some(start) = at.checked_sub(probe.offset as usize) else { continue };
            let span = start..start + piece.len();
            if hay.get(span.clone()).is_some_and(|text| text.eq_ignore_ascii_case(piece)) {
                found(probe.piece as usize, span);
            }
        }
    }
}

fn numbers(pieces: &[Vec<u8>], wanted: impl Fn(&[u8]) -> bool) -> Vec<u32> {
    (0..).zip(pieces).filter(|(_, piece)| wanted(piece)).map(|(number, _)| number).collect()
}

/// The probes of all pieces: for each, the grams of the window that is rarest in text and least taken by other pieces.
fn chosen(pieces: &[Vec<u8>], numbers: &[u32], step: usize) -> Vec<Probe> {
    const SHIFT: u32 = 12;
    let mut load = vec![0_u16; 1 << (32 - SHIFT)];
    for window in COMMON.windows(GRAM) {
        load[hash(folded(window), SHIFT)] = COMMON_LOAD;
    }
    let weight = |load: &[u16], gram: u32| {
        let numeric = gram.to_le_bytes().iter().all(|byte| byte.is_ascii_digit() || b".:-/ ".contains(byte));
        u32::from(load[hash(gram, SHIFT)]) + if numeric { u32::from(COMMON_LOAD) } else { 0 }
    };
    let mut probes = Vec::with_capacity(numbers.len() * step);
    for number in numbers {
        let piece = &pieces[*number as usize];
        let weights: Vec<u32> =
            piece.windows(GRAM).take(WINDOWS).map(|window| weight(&load, folded(window))).collect();
        let window = weights.windows(step).map(|window| window.iter().sum::<u32>()).enumerate();
        let start = window.min_by_key(|(_, weight)| *weight).map_or(0, |(start, _)| start);
        for offset in start..start + step {
            let gram = folded(&piece[offset..offset + GRAM]);
            let taken = &mut load[hash(gram, SHIFT)];
            *taken = taken.saturating_add(1);
            probes.push(Probe { gram, piece: *number, offset: offset as u32 });
        }
    }
    probes
}

/// A gram without its letter case. Some bytes that are no letters fall together too, which only costs a comparison.
#[inline]
fn folded(gram: &[u8]) -> u32 {
    u32::from_le_bytes([gram[0], gram[1], gram[2], gram[3]]) | 0x2020_2020
}

/// The upper bits of a product with 2^32 divided by the golden ratio (Knuth, The Art of Computer Programming,
/// volume 3, section 6.4).
#[inline]
fn hash(gram: u32, shift: u32) -> usize {
    (gram.wrapping_mul(0x9E37_79B1) >> shift) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pieces: &[Vec<u8>], hay: &[u8]) -> Vec<(usize, Range<usize>)> {
        let mut places = Vec::new();
        Pieces::new(pieces.to_vec()).find(hay, |piece, span| places.push((piece, span)));
        places.sort_by_key(|(piece, span)| (*piece, span.start));
        places
    }

    fn by_trying_everything(pieces: &[Vec<u8>], hay: &[u8]) -> Vec<(usize, Range<usize>)> {
        let mut places = Vec::new();
        for (number, piece) in pieces.iter().enumerate() {
            for start in 0..(hay.len() + 1).saturating_sub(piece.len()) {
                if hay[start..start + piece.len()].eq_ignore_ascii_case(piece) {
                    places.push((number, start..start + piece.len()));
                }
            }
        }
        places
    }

    /// Random text of `alphabet`, shorter than `most`.
    fn text(state: &mut u64, alphabet: &[u8], least: usize, most: usize) -> Vec<u8> {
        let mut next = |below: usize| {
            // xorshift64 (Marsaglia, Journal of Statistical Software 8/14).
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            (*state % below as u64) as usize
        };
        let length = least + next(most - least);
        (0..length).map(|_| alphabet[next(alphabet.len())]).collect()
    }

    #[test]
    fn every_piece_is_found_wherever_it_stands() {
        let mut state = 1;
        for round in 0..2_000 {
            let shortest = 1 + round % 12;
            let pieces: std::collections::BTreeSet<Vec<u8>> =
                (0..1 + round % 7).map(|_| text(&mut state, b"ab/", shortest, shortest + 8)).collect();
            let pieces: Vec<Vec<u8>> = pieces.into_iter().collect();
            let mut hay = text(&mut state, b"abAB/", 0, 200);
            hay.extend_from_slice(&pieces[0].to_ascii_uppercase());
            assert_eq!(found(&pieces, &hay), by_trying_everything(&pieces, &hay), "{pieces:?}");
        }
    }

    #[test]
    fn no_pieces_are_found_nowhere() {
        assert!(found(&[], b"anything").is_empty());
    }
}
