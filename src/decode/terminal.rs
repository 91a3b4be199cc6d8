//! Colors: `ESC [ 36 m` sets one and `ESC [ K` clears the rest of a line (ECMA-48, sections 8.3.117 and 8.3.41). A reader
//! sees nothing there.

use super::view::Edit;

const ESCAPE: u8 = 0x1B;

/// The longest parameters looked through, `38;2;255;255;255;48;2;255;255;255`.
const LONGEST: usize = 40;

pub(super) fn next(hay: &[u8], from: usize) -> Option<usize> {
    memchr::memchr(ESCAPE, &hay[from..]).map(|at| from + at)
}

pub(super) fn at(hay: &[u8], at: usize) -> Option<Edit> {
    let rest = hay[at..].strip_prefix(&[ESCAPE, b'['])?;
    let parameter = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b';' | b':');
    let length = rest.iter().take(LONGEST).take_while(|byte| parameter(byte)).count();
    matches!(rest.get(length)?, b'm' | b'K').then(|| Edit::text(2 + length + 1, b""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_colors_and_nothing_that_moves_the_cursor() {
        let taken = |text: &str| at(text.as_bytes(), 0).map(|edit| edit.written);
        for (text, length) in [("\x1b[0mx", 4), ("\x1b[m", 3), ("\x1b[01;31m\x1b[K", 8), ("\x1b[K", 3)] {
            assert_eq!(taken(text), Some(length), "{text:?}");
        }
        for text in ["\x1b[2J", "\x1b[", "\x1b[3", "\x1b]0;m", "[0m", "\x1b[1x2m"] {
            assert_eq!(taken(text), None, "{text:?}");
        }
    }
}
