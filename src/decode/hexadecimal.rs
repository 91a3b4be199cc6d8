//! `proctitle=6375726C00...`: values that the Linux audit system writes in hexadecimal, because a space, a quotation mark or
//! a zero stands in them (`audit_log_n_hex`). The zeros between arguments become spaces.

use super::base64::SHORTEST;
use super::control::spaced;
use super::percent::hex;
use super::view::Edit;

pub(super) fn next(hay: &[u8], from: usize) -> Option<usize> {
    let start = from.saturating_sub(1);
    memchr::memchr(b'=', &hay[start..]).map(|at| start + at + 1)
}

pub(super) fn at(hay: &[u8], at: usize) -> Option<Edit> {
    if !hay[..at].ends_with(b"=") {
        return None;
    }
    let form = &hay[at..];
    let digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    let first = form.first_chunk::<SHORTEST>()?;
    if !first.iter().all(digit) || !bytes(first).all(|byte| byte.is_ascii() && is_text(byte)) {
        return None;
    }
    let length = form.iter().take_while(|byte| digit(byte)).count();
    let ends = form.get(length).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let text: Vec<u8> = bytes(&form[..length]).take_while(|byte| is_text(*byte)).map(spaced).collect();
    (ends && text.len() * 2 == length).then(|| Edit::long(length, text))
}

fn bytes(digits: &[u8]) -> impl Iterator<Item = u8> {
    digits.chunks(2).filter_map(|pair| u8::try_from(hex(pair)?).ok())
}

fn is_text(byte: u8) -> bool {
    byte >= b' ' || matches!(byte, 0 | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let place = text.find('=')? + 1;
        Some(String::from_utf8_lossy(at(text.as_bytes(), place)?.bytes()).into_owned())
    }

    #[test]
    fn reads_whole_values_of_text() {
        let title = "proctitle=6375726C00687474703A2F2F6261642D686F73742E6E65742F78";
        assert_eq!(read(title).as_deref(), Some("curl http://bad-host.net/x"));
        assert_eq!(read(&format!("{title} x")).as_deref(), Some("curl http://bad-host.net/x"));
        for other in [
            "proctitle=6375726C00687474703A2F2F6261642D686F73742E6E65742F7",
            "proctitle=6375726C00687474703A2F2F6261642D686F73742E6E65742F78x",
            "proctitle=6375726c00687474703a2f2f6261642d686f73742e6e65742f78",
            "sha1=DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
            "id=6375726C00687474703A2F2F626164",
            "x=",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
        assert!(at(b"6375726C00687474703A2F2F6261642D", 0).is_none());
    }
}
