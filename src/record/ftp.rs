//! Logs of FTP and SFTP servers that have a form of their own; each line is a record. What each form is read by:
//!
//! - vsftpd: `vsftpd_log_file` in vsftpd.conf(5), its lines as `logging.c` of vsftpd writes them.
//! - ProFTPD: `SystemLog` and `ServerLog` in the documentation of `mod_log`. `TransferLog` is an xferlog, and `ExtendedLog` has by
//!   default the form of an access log.
//! - Pure-FTPd: `-O stats:` in pure-ftpd(8), its fields as `altlog.c` of Pure-FTPd names them; messages in syslog are those of
//!   its `log.c`. `clf:` is an access log, `w3c:` and `xferlog:` are what they say.
//! - FileZilla Server: up to 0.9.60 `(connection)date - (user) (client)> text`; from 1.0 on `time direction [FTP Session n client user]
//!   text`, as public recipes that watch these logs match them.
//! - Serv-U: `[kind] Thu 15Dec05 03:07:46 - (connection) text`, as public notes on evaluating its logs show it.
//! - OpenSSH: the messages of `sftp-server.c`, in syslog.
//!
//! Of most servers command and reply are different lines: a line tells an outcome only where it says itself what became of what it names
//! (`OK UPLOAD`, `550 /a: No such file`, `226 Successfully transferred "/a"`).
//!
//! What is not read by a form of its own: MOVEit Transfer (its requests are in IIS logs, its audit log is exported as CSV)
//! and GoAnywhere MFT, whose own files have no public description; lines of theirs with a time are read as such.

use crate::model::{Field, Outcome};

use super::access::{quoted, word};
use super::{Record, Span, clock};

/// Commands (RFC 959, section 4.1; RFC 2389, 2428, 3659, 4217), and what IIS 4 and 5 note of a transfer.
const COMMANDS: [&[u8]; 45] = [
    b"USER",
    b"PASS",
    b"ACCT",
    b"CWD",
    b"CDUP",
    b"SMNT",
    b"QUIT",
    b"REIN",
    b"PORT",
    b"PASV",
    b"TYPE",
    b"STRU",
    b"MODE",
    b"RETR",
    b"STOR",
    b"STOU",
    b"APPE",
    b"ALLO",
    b"REST",
    b"RNFR",
    b"RNTO",
    b"ABOR",
    b"DELE",
    b"RMD",
    b"MKD",
    b"PWD",
    b"LIST",
    b"NLST",
    b"SITE",
    b"SYST",
    b"STAT",
    b"FEAT",
    b"OPTS",
    b"EPRT",
    b"EPSV",
    b"SIZE",
    b"MDTM",
    b"MLSD",
    b"MLST",
    b"AUTH",
    b"PBSZ",
    b"PROT",
    b"SENT",
    b"CREATED",
    b"APPENDED",
];

/// Whether a method is an FTP command, whose replies are no HTTP statuses.
pub(super) fn is_command(method: &[u8]) -> bool {
    COMMANDS.iter().any(|command| command.eq_ignore_ascii_case(method))
}

/// Reads a line of any of the forms.
pub(super) fn read(line: &[u8]) -> Option<(Record, &'static str)> {
    match line.first()? {
        b'(' => Some((filezilla_classic(line)?, "FileZilla Server log")),
        b'[' => Some((serv_u(line)?, "Serv-U log")),
        b'A'..=b'Z' => Some((vsftpd(line)?, "vsftpd log")),
        b'0'..=b'9' => proftpd(line)
            .map(|record| (record, "ProFTPD log"))
            .or_else(|| Some((filezilla(line)?, "FileZilla Server log")))
            .or_else(|| Some((pure_ftpd_stats(line)?, "Pure-FTPd transfer log"))),
        _ => None,
    }
}

/// Notes the outcome of a text that is a reply: `550 /a: No such file` (RFC 959, section 4.2); what it quotes is the file.
pub(super) fn reply(line: &[u8], text: Span, record: &mut Record) {
    let bytes = &line[text.clone()];
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits != 3 || !matches!(bytes.get(3), None | Some(b' ' | b'-')) {
        return;
    }
    let code = bytes[..3].iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    record.outcome = Outcome::of_reply(code);
    if record.span(Field::File).is_none()
        && let Some(quote) = memchr::memchr(b'"', bytes)
    {
        record.set_value(line, Field::File, quoted(&line[..text.end], text.start + quote));
    }
}

/// Reads `Mon Jun  6 18:43:59 2016 [pid 3] [bob] OK UPLOAD: Client "192.0.2.7", "/home/bob/a", 1884648 bytes, 412.44Kbyte/sec`.
fn vsftpd(line: &[u8]) -> Option<Record> {
    let (time, end) = clock::ctime(line, 0)?;
    let mut record = Record { time: Some(time), ..Record::default() };
    let mut rest = line.get(end..)?.strip_prefix(b" [pid ")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest = rest[digits..].strip_prefix(b"] ")?;
    let mut at = line.len() - rest.len();
    record.set(Field::Time, 0..end);
    if rest.first() == Some(&b'[') {
        let close = at + memchr::memchr(b']', rest)?;
        record.set(Field::User, at + 1..close);
        at = close + 2;
    }
    record.set(Field::Message, at.min(line.len())..line.len());
    let text = line.get(at..)?;
    let Some(client) = memchr::memmem::find(text, b": Client \"") else { return Some(record) };
    record.set(Field::Action, at..at + client);
    let done = at..at + client;
    let client = quoted(line, at + client + 9);
    let after = client.end + 1;
    record.set(Field::Client, client);
    if line[done.clone()].starts_with(b"OK ") {
        record.outcome = Outcome::Answered;
    } else if line[done.clone()].starts_with(b"FAIL ") {
        record.outcome = Outcome::Refused;
    }
    if line.get(after..).is_some_and(|rest| rest.starts_with(b", \"")) {
        let file = quoted(line, after + 2);
        // With `log_ftp_protocol`, and where the connection is not let in, it is no file.
        match &line[done] {
            b"FTP command" => {
                command(&line[..file.end], file.start, &mut record);
                return Some(record);
            }
            b"FTP response" => {
                reply(line, file, &mut record);
                return Some(record);
            }
            b"CONNECT" => {
                let is_refused = line[file].starts_with(b"Connection refused");
                record.outcome = if is_refused { Outcome::Refused } else { Outcome::Unknown };
                return Some(record);
            }
            _ => {}
        }
        let size = word(line, file.end + 2);
        if line.get(size.end..).is_some_and(|rest| rest.starts_with(b" bytes")) {
            record.set(Field::Size, size);
        }
        record.set(Field::File, file);
    }
    Some(record)
}

/// Reads `2021-05-28 18:08:01,124 host proftpd[12] server (name[192.0.2.7]): USER bob: no such user found from ...`.
fn proftpd(line: &[u8]) -> Option<Record> {
    let (time, end) = clock::iso(line, 0).filter(|(_, end)| line.get(*end) == Some(&b' '))?;
    let host = word(line, end);
    let process = word(line, host.end);
    if !line[process.clone()].starts_with(b"proftpd[") {
        return None;
    }
    let server = word(line, process.end);
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, 0..end);
    record.set(Field::Server, host);
    record.set(Field::Process, process.start..process.start + b"proftpd".len());
    // The server's own lines have no client.
    let colon = memchr::memmem::find(&line[server.start..], b": ").map(|length| server.start + length)?;
    record.set(Field::Message, colon + 2..line.len());
    let peer = word(line, server.end);
    if peer.start < colon
        && let Some(open) = memchr::memchr(b'[', &line[peer.start..colon])
        && let Some(close) = memchr::memchr(b']', &line[peer.start + open..colon])
    {
        record.set(Field::Client, peer.start + open + 1..peer.start + open + close);
    }
    let command = word(line, colon + 2);
    if line[command.clone()] == *b"USER" {
        let name = word(line, command.end);
        let length = line[name.clone()].iter().take_while(|byte| **byte != b':').count();
        record.set_value(line, Field::User, name.start..name.start + length);
        record.set(Field::Action, command);
    }
    record.outcome = said(&line[colon + 2..]);
    Some(record)
}

/// What ProFTPD says of a login (`modules/mod_auth.c`).
fn said(text: &[u8]) -> Outcome {
    let has = |part: &[u8]| memchr::memmem::find(text, part).is_some();
    match text.starts_with(b"USER ") {
        true if has(b"no such user") || has(b"(Login failed)") || has(b"(Limit access denies login)") => {
            Outcome::Refused
        }
        true if text.ends_with(b"Login successful.") => Outcome::Answered,
        _ => Outcome::Unknown,
    }
}

/// Reads `1608112800 5fd9e2a0.1a2b bob 192.0.2.7 U 896242 50 /pub/a.tgz`: `U` for uploads, `D` for downloads.
fn pure_ftpd_stats(line: &[u8]) -> Option<Record> {
    let (time, end) = clock::epoch(line, 0).filter(|(_, end)| line.get(*end) == Some(&b' '))?;
    let session = word(line, end);
    let user = word(line, session.end);
    let client = word(line, user.end);
    let direction = word(line, client.end);
    let size = word(line, direction.end);
    let duration = word(line, size.end);
    let hex = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'.';
    let digits = |span: &Span| !span.is_empty() && line[span.clone()].iter().all(u8::is_ascii_digit);
    if !matches!(&line[direction.clone()], b"U" | b"D")
        || !line[session].iter().all(hex)
        || !digits(&size)
        || !digits(&duration)
        || line.len() <= duration.end + 1
    {
        return None;
    }
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, 0..end);
    record.set_value(line, Field::User, user);
    record.set_value(line, Field::Client, client);
    record.set(Field::Action, direction);
    if line[size.clone()].iter().any(|digit| *digit != b'0') {
        record.outcome = Outcome::Answered;
    }
    record.set(Field::Size, size);
    record.set(Field::File, duration.end + 1..line.len());
    Some(record)
}

/// Reads `2024-04-17T10:00:00.123Z >> [FTP Session 5 192.0.2.7 bob] RETR a.txt`; the user is missing before the login.
fn filezilla(line: &[u8]) -> Option<Record> {
    let (time, end) = clock::iso(line, 0)?;
    let near = line.get(end..line.len().min(end + 64))?;
    let session = end + memchr::memmem::find(near, b"[FTP Session ")? + b"[FTP Session ".len();
    let close = session + memchr::memchr(b']', &line[session..])?;
    let number = word(&line[..close], session);
    let client = word(&line[..close], number.end);
    let user = word(&line[..close], client.end);
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, 0..end);
    record.set_value(line, Field::Client, client);
    record.set_value(line, Field::User, user);
    command(line, close + 1, &mut record);
    Some(record)
}

/// Reads `(000100)16/08/2026 17:01:02 - (bob) (192.0.2.7)> RETR a.txt`. The date has the order of the machine's language.
fn filezilla_classic(line: &[u8]) -> Option<Record> {
    let digits = line.iter().skip(1).take(12).take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || line.get(digits + 1) != Some(&b')') {
        return None;
    }
    let start = digits + 2;
    let dash = start + memchr::memmem::find(line.get(start..line.len().min(start + 40))?, b" - (")?;
    let arrow = dash + memchr::memmem::find(&line[dash..], b")> ")?;
    let open = dash + memchr::memrchr(b'(', &line[dash..arrow])?;
    let user = dash + 4..open.checked_sub(2).filter(|end| *end >= dash + 4)?;
    let mut record = Record {
        time: clock::numbers(line, start).filter(|(_, end)| *end == dash).map(|(time, _)| time),
        ..Record::default()
    };
    record.set(Field::Time, start..dash);
    record.set(Field::Client, open + 1..arrow);
    if line[user.clone()] != *b"not logged in" {
        record.set_value(line, Field::User, user);
    }
    command(line, arrow + 2, &mut record);
    Some(record)
}

/// What stands behind client and user: a command with its argument, or a reply.
pub(super) fn command(line: &[u8], at: usize, record: &mut Record) {
    let verb = word(line, at);
    record.set(Field::Message, verb.start..line.len());
    let argument = verb.end + 1..line.len();
    reply(line, verb.start..line.len(), record);
    match &line[verb.clone()] {
        b"RETR" | b"STOR" | b"STOU" | b"APPE" | b"DELE" | b"RNFR" | b"RNTO" | b"MKD" | b"RMD" | b"CWD" => {
            record.set(Field::Action, verb);
            if argument.start < argument.end {
                record.set(Field::File, argument);
            }
        }
        b"USER" => {
            record.set(Field::Action, verb);
            if record.span(Field::User).is_none() && argument.start < argument.end {
                record.set(Field::User, argument);
            }
        }
        _ => {}
    }
}

/// Reads `[5] Thu 15Dec05 03:07:46 - (005901) Connected to 192.0.2.7 (Local address 198.51.100.1)`.
fn serv_u(line: &[u8]) -> Option<Record> {
    let digits = line.iter().skip(1).take(2).take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || line.get(digits + 1..digits + 3) != Some(b"] ") {
        return None;
    }
    let start = digits + 3;
    let (time, end) = clock::short_day(line, start + 4)?;
    if line.get(end..end + 3) != Some(b" - ") {
        return None;
    }
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, start..end);
    let mut at = end + 3;
    if line.get(at) == Some(&b'(')
        && let Some(close) = memchr::memchr(b')', &line[at..])
    {
        at += close + 1;
    }
    let text = word(line, at).start;
    record.set(Field::Message, text..line.len());
    for (lead, field) in [
        (&b"Connected to "[..], Field::Client),
        (b"Connected from ", Field::Client),
        (b"USER ", Field::User),
        (b"Receiving file ", Field::File),
        (b"Sending file ", Field::File),
        (b"Received file ", Field::File),
        (b"Sent file ", Field::File),
    ] {
        if line[text..].starts_with(lead) {
            let from = text + lead.len();
            // `Received file C:\a successfully (12.3 KB/sec - 471 bytes)`.
            let end = memchr::memmem::rfind(&line[from..], b" successfully").map(|length| from + length);
            let value =
                if field == Field::Client { word(line, from) } else { from..end.unwrap_or(line.len()) };
            record.set_value(line, field, value);
            record.set(Field::Action, word(line, text));
            if field == Field::File && (lead.starts_with(b"Received") || lead.starts_with(b"Sent")) {
                record.outcome = Outcome::Answered;
            }
        }
    }
    reply(line, text..line.len(), &mut record);
    Some(record)
}

/// What the messages of Pure-FTPd and of OpenSSH's SFTP server in syslog tell: who, and which file.
pub(super) fn message(text: &[u8], process: Option<&[u8]>, record: &mut Record) {
    match process {
        Some(b"pure-ftpd") => pure_ftpd(text, record),
        Some(b"sftp-server" | b"internal-sftp") => sftp_server(text, record),
        _ => {}
    }
}

/// `(bob@192.0.2.7) [NOTICE] /pub/a.tgz uploaded  (471 bytes, 2.83KB/sec)`.
fn pure_ftpd(text: &[u8], record: &mut Record) {
    let Some(close) = memchr::memmem::find(text, b") [").filter(|_| text.first() == Some(&b'(')) else {
        return;
    };
    let Some(at) = memchr::memrchr(b'@', &text[..close]) else { return };
    if text[1..at] != *b"?" {
        record.set_value(text, Field::User, 1..at);
    }
    record.set_value(text, Field::Client, at + 1..close);
    let Some(level) = memchr::memchr(b']', &text[close..]).map(|length| close + length + 2) else { return };
    let told = text.get(level..).unwrap_or_default();
    if told.starts_with(b"Authentication failed for user [") {
        record.outcome = Outcome::Refused;
    } else if let Some(user) = told.strip_suffix(b" is now logged in") {
        record.outcome = Outcome::Answered;
        record.set_value(text, Field::User, level..level + user.len());
    }
    for verb in [&b" uploaded  ("[..], b" downloaded  ("] {
        if let Some(end) = memchr::memmem::rfind(text, verb).filter(|end| *end > level) {
            record.outcome = Outcome::Answered;
            record.set(Field::File, level..end);
            record.set(Field::Action, end + 1..end + verb.len() - 3);
            record.set(Field::Size, word(text, end + verb.len()));
        }
    }
}

/// `open "/home/bob/a" flags WRITE,CREATE mode 0644`, `remove name "/a"`, `close "/a" bytes read 0 written 12`.
fn sftp_server(text: &[u8], record: &mut Record) {
    let verb = word(text, 0);
    let known: [&[u8]; 13] = [
        b"open",
        b"close",
        b"remove",
        b"rename",
        b"posix-rename",
        b"mkdir",
        b"rmdir",
        b"opendir",
        b"closedir",
        b"set",
        b"symlink",
        b"hardlink",
        b"statvfs",
    ];
    if known.contains(&&text[verb.clone()])
        && let Some(quote) = memchr::memchr(b'"', &text[verb.end..])
    {
        record.set(Field::File, quoted(text, verb.end + quote));
        record.set(Field::Action, verb);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_says_what_became_of_what_it_names_has_an_outcome() {
        use Outcome::{Answered, Refused, Unknown};
        let vsftpd = |text: &str| format!(r#"Mon Jun  6 18:43:59 2016 [pid 3] [bob] {text}"#);
        let filezilla =
            |text: &str| format!("2024-04-17T10:00:00.5Z << [FTP Session 5 192.0.2.7 bob] {text}");
        let classic = |text: &str| format!("(000100)16/08/2026 17:01:02 - (bob) (192.0.2.7)> {text}");
        let serv_u = |text: &str| format!("[5] Thu 15Dec05 03:07:46 - (005901) {text}");
        let proftpd =
            |text: &str| format!("2021-05-28 18:08:01,124 h proftpd[49] h (h.example[192.0.2.7]): {text}");
        for (line, outcome, file) in [
            (
                vsftpd(r#"OK UPLOAD: Client "192.0.2.7", "/a.php", 12 bytes, 1.00Kbyte/sec"#),
                Answered,
                "/a.php",
            ),
            (vsftpd(r#"FAIL UPLOAD: Client "192.0.2.7", "/a.php", 0.00Kbyte/sec"#), Refused, "/a.php"),
            (vsftpd(r#"FAIL LOGIN: Client "192.0.2.7""#), Refused, ""),
            (vsftpd(r#"FTP response: Client "192.0.2.7", "550 Failed to open file.""#), Refused, ""),
            (vsftpd(r#"FTP command: Client "192.0.2.7", "RETR /a.php""#), Unknown, "/a.php"),
            (vsftpd(r#"CONNECT: Client "192.0.2.7", "Connection refused: too many sessions.""#), Refused, ""),
            (vsftpd(r#"CONNECT: Client "192.0.2.7""#), Unknown, ""),
            (filezilla("STOR a.php"), Unknown, "a.php"),
            (filezilla("550 Permission denied"), Refused, ""),
            (filezilla(r#"226 Successfully transferred "/a.php""#), Answered, "/a.php"),
            (classic("150 Opening data channel for file upload to server of \"/a.php\""), Unknown, "/a.php"),
            (classic("530 Login or password incorrect!"), Refused, ""),
            (classic("426 Connection closed; aborted transfer of \"/a.php\""), Refused, "/a.php"),
            (classic("331 Password required for bob"), Unknown, ""),
            (classic("2260 x"), Unknown, ""),
            (serv_u("Receiving file C:\\a.aspx"), Unknown, "C:\\a.aspx"),
            (serv_u("Received file C:\\a.aspx successfully (1.2 KB/sec - 12 bytes)"), Answered, "C:\\a.aspx"),
            (serv_u("550 /a.aspx: No such file or directory."), Refused, ""),
            (proftpd("USER bob: no such user found from h"), Refused, ""),
            (proftpd("USER bob (Login failed): Incorrect password."), Refused, ""),
            (proftpd("USER bob: Login successful."), Answered, ""),
            (proftpd("FTP session opened."), Unknown, ""),
            ("1608112800 5fd9e2a0.1a2b bob 192.0.2.7 U 896242 50 /a.php".to_owned(), Answered, "/a.php"),
        ] {
            let bytes = line.as_bytes();
            let (record, _) = read(bytes).expect(&line);
            assert_eq!(record.outcome(bytes), outcome, "{line}");
            assert_eq!(record.get(Field::File, bytes).unwrap_or_default(), file.as_bytes(), "{line}");
            (0..bytes.len()).for_each(|length| {
                let _ = read(&bytes[..length]);
            });
        }
        for method in ["GET", "PROPFIND", "MKCOL", "M-SEARCH", ""] {
            assert!(!is_command(method.as_bytes()), "{method}");
        }
    }

    /// Format, time, client, user, action and file of a line, at least one of its prefixes being tried.
    fn told(line: &str) -> (&'static str, [String; 5]) {
        let bytes = line.as_bytes();
        (0..bytes.len()).for_each(|length| {
            let _ = read(&bytes[..length]);
        });
        let (record, name) = read(bytes).expect(line);
        let text = |field| String::from_utf8_lossy(record.get(field, bytes).unwrap_or_default()).into_owned();
        let time = record.time.map(|time| time.to_string()).unwrap_or_default();
        (name, [time, text(Field::Client), text(Field::User), text(Field::Action), text(Field::File)])
    }

    #[test]
    fn each_form_tells_who_did_what_with_which_file() {
        for (line, name, wanted) in [
            (
                r#"Mon Jun  6 18:43:59 2016 [pid 3] [bob] OK UPLOAD: Client "192.0.2.7", "/home/a b.png", 1884648 bytes, 41264.44Kbyte/sec"#,
                "vsftpd log",
                ["2016-06-06T18:43:59", "192.0.2.7", "bob", "OK UPLOAD", "/home/a b.png"],
            ),
            (
                r#"Mon Jun 8 12:08:53 2020 [pid 2] CONNECT: Client "::ffff:192.0.2.7""#,
                "vsftpd log",
                ["2020-06-08T12:08:53", "::ffff:192.0.2.7", "", "CONNECT", ""],
            ),
            (
                "2021-05-28 18:08:01,124 mantis proftpd[49] mantis (h.example[192.0.2.7]): USER asd: no such user found",
                "ProFTPD log",
                ["2021-05-28T18:08:01.124", "192.0.2.7", "asd", "USER", ""],
            ),
            (
                "1608112800 5fd9e2a0.1a2b bob 192.0.2.7 U 896242 50 /pub/a b.tgz",
                "Pure-FTPd transfer log",
                ["2020-12-16T10:00:00Z", "192.0.2.7", "bob", "U", "/pub/a b.tgz"],
            ),
            (
                "2024-04-17T10:00:00.5Z >> [FTP Session 5 192.0.2.7 bob] RETR a b.txt",
                "FileZilla Server log",
                ["2024-04-17T10:00:00.5Z", "192.0.2.7", "bob", "RETR", "a b.txt"],
            ),
            (
                "2024-04-17T10:00:00.5Z >> [FTP Session 5 192.0.2.7] USER bob",
                "FileZilla Server log",
                ["2024-04-17T10:00:00.5Z", "192.0.2.7", "bob", "USER", ""],
            ),
            (
                "(000100)16/08/2026 17:01:02 - (not logged in) (192.0.2.7)> 530 Login incorrect",
                "FileZilla Server log",
                ["2026-08-16T17:01:02", "192.0.2.7", "", "", ""],
            ),
            (
                "(000100)8/26/2011 1:01:02 PM - (bob) (192.0.2.7)> STOR a.txt",
                "FileZilla Server log",
                ["2011-08-26T13:01:02", "192.0.2.7", "bob", "STOR", "a.txt"],
            ),
            (
                "(000100)8/6/2011 1:01:02 PM - (bob) (192.0.2.7)> CWD /",
                "FileZilla Server log",
                ["2011-08-06T13:01:02?", "192.0.2.7", "bob", "CWD", "/"],
            ),
            (
                "[5] Thu 15Dec05 03:07:46 - (005901) Connected to 192.0.2.7 (Local address 198.51.100.1)",
                "Serv-U log",
                ["2005-12-15T03:07:46", "192.0.2.7", "", "Connected", ""],
            ),
            (
                r"[4] Thu 15Dec05 01:05:40 - (005869) Receiving file \\h\wwwroot\js.cfm",
                "Serv-U log",
                ["2005-12-15T01:05:40", "", "", "Receiving", r"\\h\wwwroot\js.cfm"],
            ),
        ] {
            assert_eq!(told(line), (name, wanted.map(str::to_owned)), "{line}");
        }
    }

    #[test]
    fn messages_in_syslog_tell_the_same() {
        for (line, wanted) in [
            (
                "Aug 13 16:20:09 h pure-ftpd: (bob@192.0.2.7) [NOTICE] /home/bob//.htaccess uploaded  (471 bytes, 2.83KB/sec)",
                ["192.0.2.7", "bob", "uploaded", "/home/bob//.htaccess"],
            ),
            (
                "Jan  7 14:19:31 h pure-ftpd: (?@192.0.2.7) [WARNING] Authentication failed for user [root]",
                ["192.0.2.7", "root", "", ""],
            ),
            (
                r#"Jan  7 14:19:31 h internal-sftp[12]: open "/up/a \"b\"" flags WRITE,CREATE mode 0644"#,
                ["", "", "open", r#"/up/a \"b\""#],
            ),
            (
                r#"Jan  7 14:19:31 h sftp-server[12]: session opened for local user bob from [192.0.2.7]"#,
                ["192.0.2.7", "bob", "", ""],
            ),
        ] {
            let bytes = line.as_bytes();
            for length in 0..=bytes.len() {
                let Some(mut record) = super::super::syslog::bsd(&bytes[..length]) else { continue };
                super::super::inner::refine(&bytes[..length], &mut record);
                if length == bytes.len() {
                    let text = |field| {
                        String::from_utf8_lossy(record.get(field, bytes).unwrap_or_default()).into_owned()
                    };
                    let told = [Field::Client, Field::User, Field::Action, Field::File].map(text);
                    assert_eq!(told, wanted.map(str::to_owned), "{line}");
                }
            }
        }
    }
}
