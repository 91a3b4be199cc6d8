//! What stands around addresses and users in free text: `from 192.0.2.7 port 22`, `rhost=`, `client=h[192.0.2.7]`, and
//! `key=value` pairs.

use std::net::IpAddr;

use crate::model::Field;

use super::vocabulary::Gather;
use super::{Record, Span, ftp, keyed};

/// What stands in front of the address that asked, the surest first.
const CLIENT: [&[u8]; 24] = [
    b"SRC=",
    b"rhost=",
    b"rip=",
    b"client=",
    b"client: ",
    b"client ",
    b"client_ip=",
    b"remote_ip=",
    b"src=",
    b"[client ",
    b"Client \"",
    b" from ",
    b"From ",
    b"from: ",
    b"from [",
    b"remote=",
    b"remote: ",
    b"ip=",
    b"IP: ",
    b"ip: ",
    b"address: ",
    b"addr=",
    b"peer ",
    b"by ",
];

/// What stands in front of the user's name, the surest first.
const USER: [&[u8]; 13] = [
    b"invalid user ",
    b"Invalid user ",
    b"for user ",
    b"user=",
    b"sasl_username=",
    b"acct=",
    b"user: ",
    b"USER=",
    b"user \"",
    b"user '",
    b"user [",
    b"user ",
    b"password for ",
];

/// Adds to a record what a free text tells, which `process` wrote; what the record knows stays.
pub(super) fn refine(text: &[u8], process: Option<&[u8]>, record: &mut Record) {
    ftp::message(text, process, record);
    if memchr::memchr_iter(b'=', text).take(3).count() == 3 {
        let mut gather = Gather::default();
        if keyed::gather_pairs(text, 0, &mut gather) >= 3 {
            let told = gather.finish(text);
            for field in Field::ALL {
                if let (None, Some(span)) = (record.span(field), told.span(field)) {
                    record.set(field, span);
                }
            }
        }
    }
    if record.span(Field::Client).is_none()
        && let Some(span) = client(text)
    {
        record.set(Field::Client, span);
    }
    if record.span(Field::User).is_none()
        && let Some(span) = user(text)
    {
        record.set(Field::User, span);
    }
    if record.span(Field::CommandLine).is_none()
        && let Some(at) = memchr::memmem::find(text, b"COMMAND=")
    {
        record.set(Field::CommandLine, at + 8..text.len());
    }
}

/// The address behind the first cue that has one; else one at the start, or the only one in the text.
fn client(text: &[u8]) -> Option<Span> {
    if let Some(span) = address(text, 0) {
        return Some(span);
    }
    for cue in CLIENT {
        for at in memchr::memmem::find_iter(text, cue).take(4) {
            let start = at + cue.len();
            // A host name may stand before the address in brackets.
            let word = text[start..].iter().take(256).take_while(|byte| !byte.is_ascii_whitespace()).count();
            let bracket =
                memchr::memchr2(b'[', b'(', &text[start..start + word]).map(|length| start + length + 1);
            let quote = start + usize::from(matches!(text.get(start), Some(b'"' | b'\'' | b'[' | b'<')));
            let found =
                address(text, start).or_else(|| address(text, quote)).or_else(|| address(text, bracket?));
            if found.is_some() {
                return found;
            }
        }
    }
    let starts = |at: &usize| {
        text[*at].is_ascii_digit() && !text[*at - 1].is_ascii_alphanumeric() && text[*at - 1] != b'.'
    };
    let mut all = (1..text.len().min(2_048)).filter(starts).filter_map(|at| address(text, at));
    let first = all.next()?;
    all.all(|other| text[other] == text[first.clone()]).then_some(first)
}

/// The address at `at`, without a port.
fn address(text: &[u8], at: usize) -> Option<Span> {
    let rest = text.get(at..)?;
    let length = rest
        .iter()
        .take(46)
        .take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'))
        .count();
    let run = std::str::from_utf8(&rest[..length]).ok()?.trim_end_matches(['.', ':']);
    let is_address = |run: &str| run.len() > 2 && run.parse::<IpAddr>().is_ok();
    if is_address(run) {
        return Some(at..at + run.len());
    }
    let (host, _) = run.split_once(':')?;
    is_address(host).then_some(at..at + host.len())
}

fn user(text: &[u8]) -> Option<Span> {
    for cue in USER {
        let Some(at) = memchr::memmem::find(text, cue) else { continue };
        let start = at + cue.len();
        let start = start + usize::from(matches!(text.get(start), Some(b'"' | b'\'' | b'<' | b'[')));
        let name = |byte: &&u8| !byte.is_ascii_whitespace() && !b"\"'<>[](),;".contains(byte);
        let length = text[start.min(text.len())..].iter().take(128).take_while(name).count();
        let span = start..start + length;
        if length > 0 && !matches!(&text[span.clone()], b"from" | b"user" | b"by" | b"invalid") {
            return Some(span);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_who_asked_in_free_text() {
        for (line, who, name) in [
            ("Failed password for invalid user bob from 192.0.2.7 port 22 ssh2", "192.0.2.7", "bob"),
            ("connect from unknown[192.0.2.7]", "192.0.2.7", ""),
            ("pam_unix(sshd:auth): failure; rhost=2001:db8::7  user=bob", "2001:db8::7", "bob"),
            ("NOQUEUE: reject: client=h.example[192.0.2.7]", "192.0.2.7", ""),
            ("FAIL LOGIN: Client \"192.0.2.7\"", "192.0.2.7", ""),
            ("to 198.51.100.1 and 192.0.2.7", "", ""),
        ] {
            let mut record = Record::default();
            refine(line.as_bytes(), None, &mut record);
            let get = |field| record.get(field, line.as_bytes()).unwrap_or_default().to_vec();
            assert_eq!(get(Field::Client), who.as_bytes(), "{line}");
            assert_eq!(get(Field::User), name.as_bytes(), "{line}");
            (0..line.len())
                .for_each(|length| refine(&line.as_bytes()[..length], None, &mut Record::default()));
        }
    }
}
