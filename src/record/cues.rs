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
const USER: [&[u8]; 15] = [
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
    b"publickey for ",
    b"keyboard-interactive/pam for ",
];

/// Words behind a cue that are no names: the sentence goes on.
const NO_NAMES: [&[u8]; 24] = [
    b"from", b"user", b"by", b"invalid", b"has", b"with", b"does", b"is", b"was", b"not", b"and", b"or",
    b"agent", b"account", b"name", b"login", b"id", b"in", b"at", b"on", b"to", b"for", b"failed", b"logged",
];

/// Adds to a record what a free text tells, which `process` wrote; what the record knows stays.
pub(super) fn refine(text: &[u8], process: Option<&[u8]>, record: &mut Record) {
    ftp::message(text, process, record);
    command(text, process, record);
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
    if record.span(Field::Client).is_none()
        && let Some((from, to)) = arrow(text)
    {
        record.set(Field::Client, from);
        if record.span(Field::ServerAddress).is_none() {
            record.set(Field::ServerAddress, to);
        }
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

/// Who ran which command, as sudo and cron tell: `bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh -c x` and `(bob) CMD (x)`. The user of
/// sudo's pairs is the one whose rights were given.
fn command(text: &[u8], process: Option<&[u8]>, record: &mut Record) {
    match process {
        Some(b"sudo") => {
            let Some(at) = memchr::memmem::find(text, b"COMMAND=") else { return };
            record.set(Field::CommandLine, at + 8..text.len());
            if let Some(end) = memchr::memmem::find(&text[..at], b" : ") {
                record.set_value(text, Field::User, 0..end);
            }
        }
        Some(b"CRON" | b"cron" | b"crond" | b"/usr/sbin/cron") => {
            let Some(end) = memchr::memmem::find(text, b") CMD (").filter(|_| text.first() == Some(&b'('))
            else {
                return;
            };
            record.set_value(text, Field::User, 1..end);
            let end_of_command = text.len() - usize::from(text.ends_with(b")"));
            record.set_value(text, Field::CommandLine, end + 7..end_of_command.max(end + 7));
        }
        _ => {}
    }
}

/// Who sent to whom, as firewalls and intrusion detection write it: `192.0.2.7:50000 -> 198.51.100.1:80`.
fn arrow(text: &[u8]) -> Option<(Span, Span)> {
    let at = memchr::memmem::find(text, b"->")?;
    let front = text[..at].trim_ascii_end();
    let start =
        front.iter().rposition(|byte| matches!(byte, b' ' | b'(' | b'[' | b'}')).map_or(0, |last| last + 1);
    let behind = at + 2 + text[at + 2..].iter().take_while(|byte| **byte == b' ').count();
    Some((address(text, start)?, address(text, behind)?))
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
    let is_one = all.all(|other| text[other] == text[first.clone()]);
    (is_one && !is_own(text, &first)).then_some(first)
}

/// Whether an address is one that somebody listens on or goes to, or the version of a product.
fn is_own(text: &[u8], span: &Span) -> bool {
    let front = text[..span.start].trim_ascii_end();
    let front = front.strip_suffix(b"\"").unwrap_or(front).trim_ascii_end();
    let is_version = front.ends_with(b"/") && front.len() == span.start;
    let ends: [&[u8]; 4] = [b" on", b" to", b" with address", b" on IPv4 address"];
    is_version || text[span.clone()] == *b"0.0.0.0" || ends.iter().any(|end| front.ends_with(end))
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
        // A cue is no end of another word: not in `testuser has`.
        let begins =
            |at: &usize| at.checked_sub(1).is_none_or(|before| !text[before].is_ascii_alphanumeric());
        for at in memchr::memmem::find_iter(text, cue).filter(begins).take(4) {
            let start = at + cue.len();
            let start = start + usize::from(matches!(text.get(start), Some(b'"' | b'\'' | b'<' | b'[')));
            let name = |byte: &&u8| !byte.is_ascii_whitespace() && !b"\"'<>[](),;|".contains(byte);
            let rest = &text[start.min(text.len())..];
            let length = rest.iter().take(128).take_while(name).count();
            let word = rest[..length].trim_ascii_end();
            let word = word.strip_suffix(b".").or(word.strip_suffix(b":")).unwrap_or(word);
            let is_word = NO_NAMES.contains(&word) || !word.iter().any(u8::is_ascii_alphanumeric);
            // `user agent=`: a key whose name ends with the cue.
            if !is_word && !word.ends_with(b"=") {
                return Some(start..start + word.len());
            }
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
            ("Authentication request for testuser has been denied (IP: 192.0.2.7).", "192.0.2.7", ""),
            ("Failed login attempt from user with incorrect credentials", "", ""),
            ("client IP=\"192.0.2.7\" user agent=\"docker\"", "192.0.2.7", ""),
            ("Incorrect password for user bob. IP=192.0.2.7", "192.0.2.7", "bob"),
            ("Accepted publickey for bob from 192.0.2.7 port 22 ssh2", "192.0.2.7", "bob"),
            ("{TCP} 192.0.2.7:50000 -> 198.51.100.1:80", "192.0.2.7", ""),
            ("proto UDP, 192.0.2.7:44355->198.51.100.1:53, len 65", "192.0.2.7", ""),
            ("Invalid user 8.8.8.8->1.1.1.1 from 192.0.2.7 port 22", "192.0.2.7", "8.8.8.8-"),
            ("listening on IPv4 address \"192.0.2.7\", port 5432", "", ""),
            ("Running on all addresses (0.0.0.0)", "", ""),
            ("Mozilla/5.0 Chrome/102.0.0.0 Safari/537.36", "", ""),
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

    #[test]
    fn sudo_and_cron_tell_who_ran_the_whole_command() {
        for (process, line, who, ran) in [
            (
                "sudo",
                "bob : TTY=pts/6 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/tail /var/log/messages",
                "bob",
                "/usr/bin/tail /var/log/messages",
            ),
            ("CRON", "(bob) CMD (curl h.example | sh)", "bob", "curl h.example | sh"),
            ("CRON", "(bob) CMD (", "bob", ""),
        ] {
            let mut record = Record::default();
            refine(line.as_bytes(), Some(process.as_bytes()), &mut record);
            let get = |field| record.get(field, line.as_bytes()).unwrap_or_default().to_vec();
            assert_eq!((get(Field::User), get(Field::CommandLine)), (who.into(), ran.into()), "{line}");
            for length in 0..line.len() {
                refine(&line.as_bytes()[..length], Some(process.as_bytes()), &mut Record::default());
            }
        }
    }
}
