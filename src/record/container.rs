//! What containers print, as those who run them keep it: the Container Runtime Interface's log files (Kubernetes design proposal
//! "CRI: logs"), and lines with the container's name in front, as `docker compose logs` and `kubectl logs --prefix` show them.

use crate::model::Field;

use super::access::word;
use super::{Record, clock};

/// Reads a line of either form.
pub(super) fn read(line: &[u8]) -> Option<(Record, &'static str)> {
    match line.first()? {
        b'1'..=b'9' => cri(line).or_else(|| named(line)),
        _ => named(line),
    }
}

/// Reads `2016-10-06T00:17:09.669794202Z stdout F text`; `P` in place of `F` is a part of a line.
fn cri(line: &[u8]) -> Option<(Record, &'static str)> {
    let (time, end) = clock::iso(line, 0)?;
    let stream = word(line, end);
    if !matches!(&line[stream.clone()], b"stdout" | b"stderr") {
        return None;
    }
    let tag = word(line, stream.end);
    if !matches!(line[tag.clone()], [b'F' | b'P'] | [b'F' | b'P', b':', ..]) {
        return None;
    }
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, 0..end);
    record.set(Field::Message, (tag.end + 1).min(line.len())..line.len());
    Some((record, "container log (CRI)"))
}

/// Reads `web-1  | text` and `[pod/web-5d4/nginx] text`; colors may stand around the name.
fn named(line: &[u8]) -> Option<(Record, &'static str)> {
    let mut record = Record::default();
    if line.starts_with(b"[pod/") {
        let close = memchr::memchr(b']', &line[..line.len().min(512)])?;
        record.set(Field::Process, 1..close);
        record.set(Field::Message, close + 1..line.len());
        return Some((record, "container log (kubectl)"));
    }
    let bar = memchr::memchr(b'|', &line[..line.len().min(128)])?;
    let front = line[..bar].strip_suffix(b" ")?;
    let start = front.iter().take_while(|byte| **byte == 0x1B).count();
    let start = if start == 0 { 0 } else { memchr::memchr2(b'm', b'K', front)? + 1 };
    let name = |byte: &&u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(byte);
    let length = front[start..].iter().take_while(name).count();
    let is_rest_blank = front[start + length..].iter().all(|byte| *byte == b' ');
    if length == 0
        || !is_rest_blank
        || !front[start..start + length].iter().any(u8::is_ascii_lowercase)
        || line.get(bar + 1).is_some_and(|byte| !matches!(byte, b' ' | 0x1B))
    {
        return None;
    }
    record.set(Field::Process, start..start + length);
    record.set(Field::Message, bar + 1..line.len());
    Some((record, "container log (Docker Compose)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_tells_the_container_and_its_text() {
        for (line, process, text) in [
            ("2016-10-06T00:17:09.669794202Z stdout F hello", "", "hello"),
            ("2016-10-06T00:17:09.669794202+02:00 stderr P hello", "", "hello"),
            ("web-1  | hello", "web-1", " hello"),
            ("\u{1b}[36mweb_1  | \u{1b}[0mhello", "web_1", " \u{1b}[0mhello"),
            ("[pod/web-5d4/nginx] hello", "pod/web-5d4/nginx", " hello"),
        ] {
            let bytes = line.as_bytes();
            let (record, _) = read(bytes).expect(line);
            assert_eq!(record.get(Field::Process, bytes).unwrap_or_default(), process.as_bytes(), "{line}");
            assert_eq!(record.get(Field::Message, bytes), Some(text.as_bytes()), "{line}");
            (0..bytes.len()).for_each(|length| {
                let _ = read(&bytes[..length]);
            });
        }
        for line in ["INFO | jvm 1 | 2014/10/08 16:56:38 | x", "1 | 2", "a b | c", "| a | b |", ""] {
            assert_eq!(read(line.as_bytes()), None, "{line}");
        }
    }
}
