//! Login records of Linux (utmp(5): utmp, wtmp, btmp; lastlog(8)): structs of one size go in, logins come out as records.
//!
//! What it does not do: (1) it reads no records of big-endian machines, and of no other Unix; (2) it pairs no login with its logout.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::model::{
    DecodedRecord, Diagnostic, DiagnosticSeverity, Field, Flow, Limits, Parts, Timestamp, counted,
};

use super::{Decoder, Rendered, little};

/// Where the fields stand that machines differ in.
#[derive(Clone, Copy)]
struct Layout {
    /// Bytes of a record.
    size: usize,
    /// Where the time stands; the address is behind it.
    time: usize,
    /// Bytes of the two parts of the time.
    word: usize,
}

/// x86, and all machines whose C library keeps records readable for 32-bit programs.
const NARROW: Layout = Layout { size: 384, time: 340, word: 4 };

/// 64-bit ARM and others: session and time are eight bytes long.
const WIDE: Layout = Layout { size: 400, time: 344, word: 8 };

/// Bytes of a record of lastlog.
const LASTLOG: usize = 292;

/// Values of `ut_type`.
const TYPES: [&str; 10] = [
    "EMPTY",
    "RUN_LVL",
    "BOOT_TIME",
    "NEW_TIME",
    "OLD_TIME",
    "INIT_PROCESS",
    "LOGIN_PROCESS",
    "USER_PROCESS",
    "DEAD_PROCESS",
    "ACCOUNTING",
];

enum Form {
    /// Too few bytes yet to tell the layouts from each other.
    Unknown,
    Utmp(Layout),
    Lastlog,
}

/// Reads one such file.
pub(super) struct Login {
    form: Form,
    buffer: Vec<u8>,
    offset: u64,
    number: u64,
    line: Rendered,
}

impl Login {
    /// A reader of utmp, wtmp or btmp.
    pub(super) fn utmp(limits: &Limits) -> Login {
        Login {
            form: Form::Unknown,
            buffer: Vec::new(),
            offset: 0,
            number: 0,
            line: Rendered::new(limits.record),
        }
    }

    /// A reader of lastlog.
    pub(super) fn lastlog(limits: &Limits) -> Login {
        Login { form: Form::Lastlog, ..Login::utmp(limits) }
    }

    /// Reads the whole records of the buffer; `over`: no more bytes come.
    fn take(&mut self, over: bool, parts: &mut dyn Parts) -> Flow {
        if matches!(self.form, Form::Unknown) && (over || self.buffer.len() >= WIDE.size) {
            // A used record has a time, so where that of the narrow layout is zero the time stands behind it.
            let seconds = |layout: Layout| little::u32(&self.buffer, layout.time).unwrap_or(0);
            let wide = self.buffer.len() >= WIDE.size && seconds(NARROW) == 0 && seconds(WIDE) != 0;
            self.form = Form::Utmp(if wide { WIDE } else { NARROW });
        }
        let size = match self.form {
            Form::Unknown => return Flow::Continue,
            Form::Utmp(layout) => layout.size,
            Form::Lastlog => LASTLOG,
        };
        let bytes = std::mem::take(&mut self.buffer);
        let records = bytes.chunks_exact(size);
        self.buffer = records.remainder().to_vec();
        for record in records {
            self.line.clear();
            let time = match self.form {
                Form::Utmp(layout) => utmp(record, layout, &mut self.line),
                _ => lastlog(record, self.offset / LASTLOG as u64, &mut self.line),
            };
            let offset = self.offset;
            self.offset += size as u64;
            if self.line.text().is_empty() {
                continue;
            }
            self.number += 1;
            let record = DecodedRecord {
                number: self.number,
                offset,
                length: size as u64,
                text: self.line.text(),
                time,
                fields: self.line.fields(),
                known: &[],
            };
            if parts.record(record) == Flow::Stop {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }
}

impl Decoder for Login {
    fn format(&self) -> &'static str {
        match self.form {
            Form::Lastlog => "last logins (lastlog)",
            _ => "login records (utmp)",
        }
    }

    fn feed(&mut self, block: &[u8], parts: &mut dyn Parts) -> Flow {
        self.buffer.extend_from_slice(block);
        self.take(false, parts)
    }

    fn finish(&mut self, parts: &mut dyn Parts) {
        if self.take(true, parts) == Flow::Continue && !self.buffer.is_empty() {
            let message = format!("the last record has only {}", counted(self.buffer.len() as u64, "byte"));
            let hint = "that record was not read; copy the file again while nobody logs in";
            parts.diagnostic(Diagnostic::new(DiagnosticSeverity::Error, "login-truncated", message, hint));
        }
    }
}

/// One record of utmp(5). Nothing is written for one that was never used.
fn utmp(record: &[u8], layout: Layout, line: &mut Rendered) -> Option<Timestamp> {
    let kind = little::u16(record, 0)?;
    if record.iter().all(|byte| *byte == 0) {
        return None;
    }
    let name = TYPES.get(usize::from(kind)).map_or_else(|| kind.to_string(), |name| (*name).to_owned());
    line.pair("Type", &name, Some(Field::Action));
    text("User", little::run(record, 44, 32)?, Some(Field::User), line);
    text("Line", little::run(record, 8, 32)?, None, line);
    text("ID", little::run(record, 40, 4)?, None, line);
    line.pair("PID", &little::u32(record, 4)?.to_string(), None);
    let address = address(little::run(record, layout.time + 2 * layout.word, 16)?);
    let host = little::until_zero(little::run(record, 76, 256)?);
    if let Some(address) = &address {
        line.pair("Address", address, Some(Field::Client));
    }
    if address.as_deref().map(str::as_bytes) != Some(host) {
        // At a boot the kernel's version stands where a login has the machine it came from.
        text("Host", host, matches!(kind, 5..=8).then_some(Field::Client), line);
    }
    let seconds = match layout.word {
        8 => i64::try_from(little::u64(record, layout.time)?).ok()?,
        _ => i64::from(little::u32(record, layout.time)?),
    };
    let micros = little::u32(record, layout.time + layout.word)?;
    little::moment(seconds, micros.checked_mul(1_000)?).filter(|_| seconds != 0)
}

/// One record of lastlog, whose number is that of the user.
fn lastlog(record: &[u8], user: u64, line: &mut Rendered) -> Option<Timestamp> {
    let seconds = little::u32(record, 0)?;
    if record.iter().all(|byte| *byte == 0) {
        return None;
    }
    line.pair("UID", &user.to_string(), Some(Field::User));
    text("Line", little::run(record, 4, 32)?, None, line);
    text("Host", little::run(record, 36, 256)?, Some(Field::Client), line);
    little::moment(i64::from(seconds), 0).filter(|_| seconds != 0)
}

fn text(name: &str, field: &[u8], meaning: Option<Field>, line: &mut Rendered) {
    let value = little::until_zero(field);
    if !value.is_empty() {
        line.begin(name);
        let start = line.text().len();
        line.push_bytes(value);
        if let Some(meaning) = meaning {
            line.mark(meaning, start);
        }
    }
}

/// An IPv4 address stands in the first four of the sixteen bytes.
fn address(bytes: &[u8]) -> Option<String> {
    let bytes: [u8; 16] = bytes.try_into().ok()?;
    match bytes {
        [0, 0, 0, 0, rest @ ..] if rest == [0; 12] => None,
        [a, b, c, d, rest @ ..] if rest == [0; 12] => Some(Ipv4Addr::new(a, b, c, d).to_string()),
        _ => {
            let address = Ipv6Addr::from(bytes);
            Some(address.to_ipv4_mapped().map_or_else(|| address.to_string(), |mapped| mapped.to_string()))
        }
    }
}
