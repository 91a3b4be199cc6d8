//! E-mail addresses: the part of RFC 5322, section 3.4.1 that people use. Of the signs that the standard allows
//! in a local part, those that separate values in URLs and logs (`= & / | %` ...) end it here.

use std::ops::Range;

/// RFC 5321, section 4.5.3.1: 64 octets before the sign, 255 after it.
const LONGEST: usize = 64 + 1 + 255;

/// Calls `found` for each address.
pub fn emails(hay: &[u8], mut found: impl FnMut(Range<usize>)) {
    for at in memchr::memchr_iter(b'@', hay) {
        let local = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-~".contains(&byte);
        let mut start = at;
        while start > 0 && at - start <= LONGEST && local(hay[start - 1]) {
            start -= 1;
        }
        let host = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
        let mut end = at + 1;
        while end < hay.len() && end - at <= LONGEST && host(hay[end]) {
            end += 1;
        }
        while end > at + 1 && matches!(hay[end - 1], b'.' | b'-') {
            end -= 1;
        }
        if start < at && end > at + 1 && end - start <= LONGEST {
            found(start..end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_addresses_between_brackets_and_at_the_end_of_a_sentence() {
        let text = "From: <Ops-1@bench.example>, a+b@c.example. @x y@ z";
        let mut all = Vec::new();
        emails(text.as_bytes(), |span| all.push(&text[span]));
        assert_eq!(all, ["Ops-1@bench.example", "a+b@c.example"]);
    }
}
