//! Text beyond ASCII around a name: which characters end a word, and in which scripts words are not set apart at all.

use std::ops::Range;

/// Calls `found` for each word of `span`: what stands between signs and spaces that are not ASCII.
///
/// Bytes that are no UTF-8 are text in an older encoding. In those of one byte a letter, signs lie below 0xC0 (ISO 8859-1)
/// and end a word.
pub(super) fn words(hay: &[u8], span: Range<usize>, mut found: impl FnMut(Range<usize>)) {
    let (mut start, mut at) = (span.start, span.start);
    let mut end_at = |at: usize, length: usize| {
        if start < at {
            found(start..at);
        }
        start = at + length;
    };
    for chunk in hay[span.clone()].utf8_chunks() {
        for character in chunk.valid().chars() {
            if ends_word(character) {
                end_at(at, character.len_utf8());
            }
            at += character.len_utf8();
        }
        for byte in chunk.invalid() {
            if *byte < 0xC0 {
                end_at(at, 1);
            }
            at += 1;
        }
    }
    end_at(span.end, 0);
}

/// Calls `found` for each part of a word that has no letters of [`is_spaceless`] scripts; tells where the last of
/// those letters ends.
pub(super) fn parts(hay: &[u8], word: Range<usize>, mut found: impl FnMut(Range<usize>)) -> Option<usize> {
    let (mut start, mut at) = (word.start, word.start);
    let mut last = None;
    for chunk in hay[word.clone()].utf8_chunks() {
        for character in chunk.valid().chars() {
            let next = at + character.len_utf8();
            if is_spaceless(character) {
                if start < at {
                    found(start..at);
                }
                start = next;
                last = Some(next);
            }
            at = next;
        }
        at += chunk.invalid().len();
    }
    if start < word.end {
        found(start..word.end);
    }
    last
}

/// Signs and spaces end a word. Marks on the letter before do not, nor what is not seen and stands within words: the soft
/// hyphen and the joiners, which IDNA leaves out of a name (UTS 46, section 4).
fn ends_word(character: char) -> bool {
    let within = matches!(
        character,
        '\u{AD}'
            | '\u{200C}'
            | '\u{200D}'
            | '\u{2060}'
            | '\u{300}'..='\u{36F}'
            | '\u{1AB0}'..='\u{1AFF}'
            | '\u{1DC0}'..='\u{1DFF}'
            | '\u{20D0}'..='\u{20FF}'
            | '\u{FE20}'..='\u{FE2F}'
    );
    !character.is_ascii() && !character.is_alphanumeric() && !within
}

/// Whether a name in Latin letters may end beside this character though no space stands between: the scripts that set
/// no spaces between words (UAX 14, classes SA and ID), Korean, whose particles follow a word at once, and those written
/// from right to left, of which no label mixes letters with Latin ones (RFC 5893, section 2).
///
/// In all others, a letter beside a name is one more letter of a longer name: they hold letters that look like Latin ones.
fn is_spaceless(character: char) -> bool {
    matches!(
        character,
        '\u{590}'..='\u{8FF}'
            | '\u{E00}'..='\u{109F}'
            | '\u{1100}'..='\u{11FF}'
            | '\u{1780}'..='\u{17FF}'
            | '\u{1950}'..='\u{1AAF}'
            | '\u{2E80}'..='\u{A4CF}'
            | '\u{A960}'..='\u{A97F}'
            | '\u{AC00}'..='\u{D7FF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{FB1D}'..='\u{FDFF}'
            | '\u{FE70}'..='\u{FEFC}'
            | '\u{FF66}'..='\u{FFDC}'
            | '\u{1B000}'..='\u{1B16F}'
            | '\u{20000}'..='\u{3FFFF}'
    )
}
