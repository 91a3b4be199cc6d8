//! The words that a PDF is written in (ISO 32000-1, section 7.2): delimiters, names, numbers, strings and keywords.

use std::ops::Range;

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// `<<`
    OpenDictionary,
    /// `>>`
    CloseDictionary,
    /// `[`
    OpenArray,
    /// `]`
    CloseArray,
    /// `/Name`, with its slash.
    Name,
    /// `(text)`, with its parentheses.
    Literal,
    /// `<74657874>`, with its brackets.
    Hexadecimal,
    /// A number or a keyword.
    Word,
    /// A delimiter that nothing belongs to.
    Stray,
}

/// Reads words one behind the other.
pub(super) struct Lexer<'b> {
    bytes: &'b [u8],
    /// Where the next word is looked for.
    pub(super) at: usize,
    /// Bytes that may still be read in search of the ends of strings that have none.
    patience: usize,
}

/// A string is at most this long once too many others had no end.
const IMPATIENT: usize = 128;

impl<'b> Lexer<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Lexer<'b> {
        Lexer { bytes, at: 0, patience: bytes.len().saturating_mul(8) }
    }

    /// The next word and its place; `None` at the end.
    pub(super) fn next(&mut self) -> Option<(Token, Range<usize>)> {
        let start = self.start()?;
        let token = match self.bytes[start..] {
            [b'<', b'<', ..] => (Token::OpenDictionary, 2),
            [b'>', b'>', ..] => (Token::CloseDictionary, 2),
            [b'[', ..] => (Token::OpenArray, 1),
            [b']', ..] => (Token::CloseArray, 1),
            [b'(', ..] => match self.literal(start) {
                Some(length) => (Token::Literal, length),
                None => (Token::Stray, 1),
            },
            [b'<', ref digits @ ..] => {
                let length = digits.iter().take_while(|b| b.is_ascii_hexdigit() || is_space(**b)).count();
                match digits.get(length) {
                    Some(b'>') => (Token::Hexadecimal, length + 2),
                    _ => (Token::Stray, 1),
                }
            }
            [b'/', ref name @ ..] => (Token::Name, 1 + regular(name)),
            ref word => match regular(word) {
                0 => (Token::Stray, 1),
                length => (Token::Word, length),
            },
        };
        self.at = start + token.1;
        Some((token.0, start..self.at))
    }

    /// Passes over spaces and comments.
    fn start(&mut self) -> Option<usize> {
        loop {
            match self.bytes.get(self.at)? {
                b'%' => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                }
                byte if is_space(*byte) => self.at += 1,
                _ => return Some(self.at),
            }
        }
    }

    /// The length of the literal string at `start`, whose parentheses are balanced or escaped (section 7.3.4.2).
    fn literal(&mut self, start: usize) -> Option<usize> {
        let most = if self.patience == 0 { IMPATIENT } else { usize::MAX };
        let rest = &self.bytes[start..];
        let rest = &rest[..rest.len().min(most)];
        let (mut depth, mut at) = (0usize, 0);
        while let Some(found) = memchr::memchr3(b'(', b')', b'\\', &rest[at..]) {
            at += found + 1;
            match rest[at - 1] {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => at = (at + 1).min(rest.len()),
            }
            if depth == 0 {
                return Some(at);
            }
        }
        self.patience = self.patience.saturating_sub(rest.len());
        None
    }
}

/// White space (section 7.2.2).
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

/// How many regular characters there are before the next space or delimiter.
fn regular(bytes: &[u8]) -> usize {
    let ends = |byte: &u8| {
        is_space(*byte) || matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
    };
    bytes.iter().position(ends).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(Token, &str)> {
        let mut lexer = Lexer::new(text.as_bytes());
        std::iter::from_fn(|| lexer.next()).map(|(token, place)| (token, &text[place])).collect()
    }

    #[test]
    fn parts_words_as_the_standard_does() {
        use Token::*;
        assert_eq!(
            words("<</A#20b[1 .5]/C(x\\)(y))/D<6 8>>>% (no\nstream"),
            [
                (OpenDictionary, "<<"),
                (Name, "/A#20b"),
                (OpenArray, "["),
                (Word, "1"),
                (Word, ".5"),
                (CloseArray, "]"),
                (Name, "/C"),
                (Literal, "(x\\)(y))"),
                (Name, "/D"),
                (Hexadecimal, "<6 8>"),
                (CloseDictionary, ">>"),
                (Word, "stream"),
            ]
        );
        assert_eq!(words("(a <zz>"), [(Stray, "("), (Word, "a"), (Stray, "<"), (Word, "zz"), (Stray, ">")]);
        assert_eq!(words("(a\\"), [(Stray, "("), (Word, "a\\")]);
    }

    #[test]
    fn strings_without_end_cost_no_more_than_their_number() {
        let hostile = "1 0 obj((\n".repeat(100_000) + ")";
        assert!(words(&hostile).len() > 400_000);
    }
}
