//! File transfer servers: wu-ftpd's `xferlog` (xferlog(5), written by vsftpd and ProFTPD too) and CrushFTP.

use crate::model::{Field, Outcome};

use super::access::word;
use super::{Record, clock, ftp};

/// Reads `Thu Sep  2 09:52:00 2004 50 192.0.2.7 896242 /home/a.tgz b _ o r bob ftp 0 * c`.
pub(super) fn xferlog(line: &[u8]) -> Option<Record> {
    let (time, end) = clock::ctime(line, 0)?;
    let mut words = Vec::with_capacity(16);
    let mut at = end;
    while at < line.len() && words.len() < 64 {
        let next = word(line, at);
        at = next.end;
        words.push(next);
    }
    // The name may hold spaces: what follows it is counted from the end.
    let tail = words.len().checked_sub(9).filter(|tail| *tail >= 4)?;
    let digits = |index: usize| line[words[index].clone()].iter().all(u8::is_ascii_digit);
    if !digits(0) || !digits(2) || !matches!(&line[words[tail].clone()], b"a" | b"b") {
        return None;
    }
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, 0..end);
    record.set(Field::Client, words[1].clone());
    record.set(Field::Size, words[2].clone());
    record.set(Field::File, words[3].start..words[tail - 1].end);
    record.set(Field::Action, words[tail + 2].clone());
    record.set_value(line, Field::User, words[tail + 4].clone());
    // `c`: complete. Of an incomplete transfer a part may have come through.
    if words.last().is_some_and(|last| line[last.clone()] == *b"c") {
        record.outcome = Outcome::Answered;
    }
    Some(record)
}

/// Reads `SESSION|04/19/2024 10:00:00.123|[HTTPS:1_52.. :bob:192.0.2.7] READ: *GET / HTTP/1.1*`.
pub(super) fn crushftp(line: &[u8]) -> Option<Record> {
    let bar = memchr::memchr(b'|', &line[..line.len().min(24)])?;
    if !line[..bar].iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_') || bar == 0 {
        return None;
    }
    let (time, end) = clock::numbers(line, bar + 1).filter(|(_, end)| line.get(*end) == Some(&b'|'))?;
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Action, 0..bar);
    record.set(Field::Time, bar + 1..end);
    record.set(Field::Message, end + 1..line.len());
    if line.get(end + 1) == Some(&b'[')
        && let Some(close) = memchr::memchr(b']', &line[end..])
    {
        let inside = end + 2..end + close;
        if let Some(colon) = line.get(inside.clone()).and_then(|bytes| memchr::memrchr(b':', bytes)) {
            record.set_value(line, Field::Client, inside.start + colon + 1..inside.end);
            if let Some(before) = memchr::memrchr(b':', &line[inside.start..inside.start + colon]) {
                record.set_value(line, Field::User, inside.start + before + 1..inside.start + colon);
            }
        }
    }
    let star = memchr::memmem::find(line, b"*").map(|at| at + 1);
    if let Some(start) = star
        && let Some(http) = memchr::memmem::find(&line[start..], b" HTTP/")
    {
        let stop = start + http + line[start + http..].iter().take_while(|byte| **byte != b'*').count();
        super::access::request(line, &(start..stop), &mut record);
    } else if let Some(start) = star {
        let stop = start + memchr::memchr(b'*', &line[start..]).unwrap_or(line.len() - start);
        let message = record.span(Field::Message);
        ftp::command(&line[..stop], start, &mut record);
        if let Some(message) = message {
            record.set(Field::Message, message);
        }
    }
    Some(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both() {
        let line = b"Thu Sep  2 09:52:00 2004 50 192.0.2.7 896242 /home/a b.tgz b _ o r bob ftp 0 * c";
        let record = xferlog(line).expect("xferlog");
        assert_eq!(record.get(Field::File, line), Some(&b"/home/a b.tgz"[..]));
        assert_eq!(record.get(Field::User, line), Some(&b"bob"[..]));
        assert_eq!(record.outcome(line), Outcome::Answered);
        let broken = b"Thu Sep  2 09:52:00 2004 50 192.0.2.7 896242 /home/a b _ i r bob ftp 0 * i";
        assert_eq!(xferlog(broken).map(|record| record.outcome(broken)), Some(Outcome::Unknown));
        (0..line.len()).for_each(|length| {
            let _ = xferlog(&line[..length]);
        });
        let line =
            b"SESSION|04/19/2024 10:00:00.123|[HTTPS:1_5:bob:192.0.2.7] READ: *GET /WebInterface/ HTTP/1.1*";
        let record = crushftp(line).expect("CrushFTP");
        assert_eq!(record.get(Field::Client, line), Some(&b"192.0.2.7"[..]));
        assert_eq!(record.get(Field::Target, line), Some(&b"/WebInterface/"[..]));
        for (text, outcome, file) in [
            ("READ: *STOR /a.php*", Outcome::Unknown, "/a.php"),
            ("WROTE: *550 /a.php: No such file*", Outcome::Refused, ""),
            ("WROTE: *226 Transfer complete. \"/a.php\"*", Outcome::Answered, "/a.php"),
        ] {
            let line = format!("SESSION|04/19/2024 10:00:00.123|[FTP:1_5:bob:192.0.2.7] {text}").into_bytes();
            let record = crushftp(&line).expect(text);
            assert_eq!(record.outcome(&line), outcome, "{text}");
            assert_eq!(record.get(Field::File, &line).unwrap_or_default(), file.as_bytes(), "{text}");
            (0..line.len()).for_each(|length| {
                let _ = crushftp(&line[..length]);
            });
        }
        (0..line.len()).for_each(|length| {
            let _ = crushftp(&line[..length]);
        });
    }
}
