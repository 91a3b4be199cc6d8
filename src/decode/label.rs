//! `(3)www(4)evil(3)com(0)`: names in the debug log of Windows DNS servers, each label after its length, as in the message
//! itself (RFC 1035, section 3.1).

use super::entity::decimal;
use super::view::Edit;

/// RFC 1035, section 2.3.4.
const LONGEST: usize = 63;

pub(super) fn next(hay: &[u8], from: usize) -> Option<usize> {
    memchr::memchr(b'(', &hay[from..]).map(|at| from + at)
}

pub(super) fn at(hay: &[u8], at: usize) -> Option<Edit> {
    let (written, length) = counted(&hay[at..])?;
    let behind = ends_label(&hay[..at]);
    if length == 0 {
        return behind.then(|| Edit::byte(written, b' '));
    }
    let label = hay.get(at + written..at + written + length)?;
    let next = &hay[at + written + length..];
    (label.iter().copied().all(in_label) && counted(next).is_some())
        .then(|| Edit::byte(written, if behind { b'.' } else { b' ' }))
}

/// The length of `(63)` at the start of `rest`, and its number.
fn counted(rest: &[u8]) -> Option<(usize, usize)> {
    let digits = rest.strip_prefix(b"(")?;
    let length = digits.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let number = decimal(&digits[..length]).filter(|_| length > 0)? as usize;
    (digits.get(length) == Some(&b')') && number <= LONGEST).then_some((length + 2, number))
}

/// Whether a length and as many bytes of a label end here.
fn ends_label(before: &[u8]) -> bool {
    let length = before.iter().rev().take(LONGEST + 1).take_while(|byte| in_label(**byte)).count();
    let before = &before[..before.len() - length];
    let start = before.len().saturating_sub(4);
    let open = memchr::memrchr(b'(', &before[start..]);
    open.is_some_and(|open| {
        counted(&before[start + open..]) == Some((before.len() - start - open, length)) && length > 0
    })
}

fn in_label(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let (mut out, mut place) = (Vec::new(), 0);
        while place < text.len() {
            match at(text.as_bytes(), place) {
                Some(edit) => {
                    out.extend_from_slice(edit.bytes());
                    place += edit.written;
                }
                None => {
                    out.push(text.as_bytes()[place]);
                    place += 1;
                }
            }
        }
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn reads_labels_by_their_lengths() {
        assert_eq!(read("A (3)www(9)evil-test(3)com(0)"), "A  www.evil-test.com ");
        assert_eq!(read("(10)abcdefghij(1)x(0)."), " abcdefghij.x .");
        for other in ["(3)ww(3)com", "f(0)", "x(1)", "Tom(3) and (2)", "(3)a.b(1)c", "(64)x", "()", "(3)www"]
        {
            assert_eq!(read(other), other);
        }
    }
}
