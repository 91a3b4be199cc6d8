//! Mails say no name: their header fields tell them (RFC 5322 section 3.6).

use crate::model::ArtifactKind;

/// Fields that mails have and other texts of `name: value` lines rarely.
const KNOWN: [&str; 18] = [
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "received",
    "return-path",
    "delivered-to",
    "mime-version",
    "reply-to",
    "sender",
    "dkim-signature",
    "content-type",
    "content-transfer-encoding",
    "authentication-results",
    "in-reply-to",
    "x-mailer",
];

/// So many of them have to stand before the first line that is no field.
const ENOUGH: usize = 3;

/// Whether text that begins with `head` is a mail, or a mailbox of mails. Every line before the first empty one has to
/// be a field, so a log that quotes a mail's fields stays a log.
pub(super) fn kind(head: &[u8]) -> Option<ArtifactKind> {
    let mut lines = head.split(|byte| *byte == b'\n').peekable();
    let envelope = lines.peek().is_some_and(|line| line.starts_with(b"From ") && has_clock(line));
    if envelope {
        lines.next();
    }
    let mut known = 0u32;
    let mut fields = 0;
    while let Some(line) = lines.next() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() || lines.peek().is_none() {
            break;
        }
        if fields > 0 && line.starts_with(b" ") || line.starts_with(b"\t") {
            continue;
        }
        let name = line.iter().position(|byte| *byte == b':').map(|colon| &line[..colon])?;
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || !name.iter().all(is_word) {
            return None;
        }
        fields += 1;
        if let Some(place) = KNOWN.iter().position(|word| name.eq_ignore_ascii_case(word.as_bytes())) {
            known |= 1 << place;
        }
    }
    let sender = known & (1 | 1 << 5 | 1 << 6 | 1 << 7) != 0;
    if !sender || (known.count_ones() as usize) < ENOUGH {
        return None;
    }
    Some(if envelope { ArtifactKind::Mailbox } else { ArtifactKind::Mail })
}

/// `10:00` stands in the line.
fn has_clock(line: &[u8]) -> bool {
    line.windows(3).any(|bytes| bytes[0].is_ascii_digit() && bytes[1] == b':' && bytes[2].is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_told_from_what_merely_has_colons() {
        let mail = b"Return-Path: <a@b>\r\nReceived: from x\r\n\tby y\r\nFrom: a\r\nSubject: s\r\n\r\nbody";
        assert_eq!(kind(mail), Some(ArtifactKind::Mail));
        let mbox = b"From a@b Wed Dec 16 10:00:00 2020\nFrom: a\nTo: b\nDate: c\n\nbody";
        assert_eq!(kind(mbox), Some(ArtifactKind::Mailbox));
        for other in [
            &b"Host: a\r\nUser-Agent: b\r\nDate: c\r\n\r\n"[..],
            b"2020-12-16 10:00:00 From: a\nTo: b\nSubject: c\n",
            b"From: a\nTo: b\n\n",
            b"Date: a\nFrom: b\nTo: c\nthis is a log\n\n",
        ] {
            assert_eq!(kind(other), None, "{}", String::from_utf8_lossy(other));
        }
    }
}
