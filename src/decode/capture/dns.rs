//! DNS messages (RFC 1035 section 4), also as mDNS (RFC 6762) and LLMNR (RFC 4795) use them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::cursor::Cursor;

/// Entries read of each section. A message of 64 KiB can claim thousands; real ones have some dozens.
const MOST_ENTRIES: u16 = 512;

/// Jumps within one name (RFC 1035 section 4.1.4): each goes to another place, and a name has at most 127 labels.
const MOST_JUMPS: usize = 128;

/// Longest name (RFC 1035 section 2.3.4).
const LONGEST_NAME: usize = 255;

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) name: String,
    pub(super) kind: u16,
    /// What it says, as text.
    pub(super) value: String,
}

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) is_response: bool,
    /// 0: no error.
    pub(super) code: u8,
    pub(super) questions: Vec<(String, u16)>,
    pub(super) answers: Vec<Answer>,
    /// Whether all that it claims to hold was there.
    pub(super) whole: bool,
    /// Whether nothing follows it, and all it asks is of a class that is in use: so it is no other protocol's.
    pub(super) exact: bool,
}

/// The name of a record type, or its number.
pub(super) fn kind_name(kind: u16) -> String {
    let name = match kind {
        1 => "A",
        2 => "NS",
        5 => "CNAME",
        6 => "SOA",
        12 => "PTR",
        15 => "MX",
        16 => "TXT",
        28 => "AAAA",
        33 => "SRV",
        39 => "DNAME",
        64 => "SVCB",
        65 => "HTTPS",
        255 => "ANY",
        _ => return format!("TYPE{kind}"),
    };
    name.to_owned()
}

/// Reads a message as far as it goes; `None` where it is none.
pub(super) fn message(bytes: &[u8]) -> Option<Message> {
    let head: &[u8; 12] = bytes.first_chunk()?;
    let count = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
    let is_plausible = count(4) <= 64 && (head[2] >> 3) & 15 <= 6;
    if !is_plausible {
        return None;
    }
    let mut message = Message { is_response: head[2] & 0x80 != 0, code: head[3] & 15, ..Message::default() };
    let read = entries(
        bytes,
        &mut message,
        count(4),
        u32::from(count(6)) + u32::from(count(8)) + u32::from(count(10)),
    );
    message.whole = read.is_some();
    let is_empty = message.questions.is_empty() && message.answers.is_empty();
    (!is_empty || message.whole).then_some(message)
}

fn entries(bytes: &[u8], message: &mut Message, questions: u16, answers: u32) -> Option<()> {
    let mut cursor = Cursor::new(&bytes[12..]);
    let mut is_usual = questions > 0;
    for _ in 0..questions {
        let name = name(bytes, &mut cursor)?;
        let kind = cursor.u16()?;
        // RFC 1035 section 3.2.4; the highest bit is mDNS's (RFC 6762 section 5.4).
        is_usual &= matches!(cursor.u16()? & 0x7FFF, 1 | 3 | 255);
        message.questions.push((name, kind));
    }
    for number in 0..answers {
        if number >= u32::from(MOST_ENTRIES) {
            return None;
        }
        let name = name(bytes, &mut cursor)?;
        let kind = cursor.u16()?;
        cursor.take(6)?;
        let length = usize::from(cursor.u16()?);
        let mut data = Cursor::new(cursor.take(length)?);
        // 41 is no record but the sender's options (RFC 6891).
        if kind != 41 {
            let value = value(bytes, kind, &mut data).unwrap_or_default();
            message.answers.push(Answer { name, kind, value });
        }
    }
    message.exact = is_usual && cursor.rest().is_empty();
    Some(())
}

fn value<'b>(whole: &'b [u8], kind: u16, data: &mut Cursor<'b>) -> Option<String> {
    Some(match kind {
        1 => Ipv4Addr::from(*data.rest().first_chunk::<4>()?).to_string(),
        28 => Ipv6Addr::from(*data.rest().first_chunk::<16>()?).to_string(),
        2 | 5 | 12 | 39 => name(whole, data)?,
        6 => format!("{} {}", name(whole, data)?, name(whole, data)?),
        15 | 64 | 65 => {
            data.take(2)?;
            name(whole, data)?
        }
        33 => {
            data.take(4)?;
            let port = data.u16()?;
            format!("{}:{port}", name(whole, data)?)
        }
        16 => {
            let mut all = String::new();
            while let Some(text) = data.block8() {
                all.push_str(&String::from_utf8_lossy(text));
            }
            all
        }
        _ => String::from_utf8_lossy(data.rest()).into_owned(),
    })
}

/// Reads a name, following its jumps to earlier places of the message. The root is `.`.
fn name<'b>(whole: &'b [u8], cursor: &mut Cursor<'b>) -> Option<String> {
    let mut all = String::new();
    let mut length = 0;
    let mut elsewhere: Option<Cursor<'_>> = None;
    for _ in 0..MOST_JUMPS {
        let place = elsewhere.as_mut().unwrap_or(cursor);
        let first = place.u8()?;
        match first >> 6 {
            0 if first == 0 => {
                return Some(if all.is_empty() { ".".to_owned() } else { all });
            }
            0 => {
                let label = place.take(usize::from(first))?;
                length += label.len() + 1;
                if length > LONGEST_NAME {
                    return None;
                }
                if !all.is_empty() {
                    all.push('.');
                }
                label.iter().for_each(|byte| letter(*byte, &mut all));
            }
            3 => {
                let low = place.u8()?;
                let target = usize::from(first & 0x3F) << 8 | usize::from(low);
                elsewhere = Some(Cursor::new(whole.get(target..)?));
            }
            _ => return None,
        }
    }
    None
}

/// Bytes that are no part of host names are written as in zone files (RFC 1035 section 5.1).
fn letter(byte: u8, all: &mut String) {
    match byte {
        b'.' | b'\\' => all.extend(['\\', char::from(byte)]),
        b'!'..=b'~' => all.push(char::from(byte)),
        _ => all.push_str(&format!("\\{byte:03}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response() -> Vec<u8> {
        let mut bytes = vec![0, 7, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0];
        bytes.extend(b"\x03www\x04evil\x07example\0\0\x01\0\x01");
        bytes.extend(b"\xC0\x0C\0\x05\0\x01\0\0\0\x3C\0\x06\x03cdn\xC0\x10");
        bytes.extend(b"\xC0\x2E\0\x01\0\x01\0\0\0\x3C\0\x04\xC0\0\x02\x07");
        bytes
    }

    #[test]
    fn follows_jumps_within_names() {
        let message = message(&response()).expect("a message");
        assert_eq!(message.questions, [("www.evil.example".to_owned(), 1)]);
        let answers: Vec<&str> = message.answers.iter().map(|answer| answer.value.as_str()).collect();
        assert_eq!(answers, ["cdn.evil.example", "192.0.2.7"]);
        assert!(message.whole);
    }

    #[test]
    fn loops_end_and_prefixes_give_what_they_hold() {
        let mut turning = response();
        turning[12..14].copy_from_slice(&[0xC0, 12]);
        assert!(message(&turning).is_none());
        for length in 0..response().len() {
            assert!(message(&response()[..length]).is_none_or(|message| !message.whole));
        }
        assert_eq!(message(&response()[..40]).expect("a message").questions.len(), 1);
    }
}
