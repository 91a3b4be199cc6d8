//! Runs of hexadecimal digits as long as a file digest.

use std::ops::Range;

/// Calls `found` for each run of exactly 32, 40 or 64 hex digits that is not part of a longer word.
///
/// A run of at least 32 digits covers one of every 32 bytes, so only those are looked at.
pub fn digests(hay: &[u8], mut found: impl FnMut(Range<usize>)) {
    let mut probe = 31;
    while probe < hay.len() {
        if !hay[probe].is_ascii_hexdigit() {
            probe += 32;
            continue;
        }
        let mut start = probe;
        while start > 0 && hay[start - 1].is_ascii_hexdigit() {
            start -= 1;
        }
        let mut end = probe + 1;
        while end < hay.len() && hay[end].is_ascii_hexdigit() {
            end += 1;
        }
        let bounded = (start == 0 || !hay[start - 1].is_ascii_alphanumeric())
            && hay.get(end).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if matches!(end - start, 32 | 40 | 64) && bounded {
            found(start..end);
        }
        probe += 32;
        while probe < end {
            probe += 32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_run_at_every_offset_and_no_longer_one() {
        for length in [31, 32, 33, 40, 41, 63, 64, 65] {
            for offset in 0..130 {
                let text = format!("{} {} g", "-".repeat(offset), "a".repeat(length));
                let mut spans = Vec::new();
                digests(text.as_bytes(), |span| spans.push(span));
                let wanted = matches!(length, 32 | 40 | 64);
                assert_eq!(spans.len(), usize::from(wanted), "length {length} offset {offset}");
            }
        }
    }

    #[test]
    fn finds_neighbors_one_byte_apart() {
        let text = format!("{} {} {}", "a".repeat(32), "b".repeat(40), "c".repeat(64));
        let mut spans = Vec::new();
        digests(text.as_bytes(), |span| spans.push(span));
        assert_eq!(spans, [0..32, 33..73, 74..138]);
    }
}
