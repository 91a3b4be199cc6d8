//! A mail (RFC 5322 with MIME, RFC 2045 and 2046): lines go in, header fields come out as records, bodies and attachments as members.
//!
//! What it does not do: (1) it turns no charset but UTF-8 and Latin-1 into text: bodies in others are searched as bytes
//! of text; (2) it checks no signatures and decrypts nothing; (3) it finds no uuencoded files inside of texts, only whole parts that say so.

pub(super) mod header;
mod mailbox;
mod transfer;

pub(super) use mailbox::Mailbox;

use crate::model::{
    ArtifactKind, DecodedRecord, Diagnostic, DiagnosticSeverity, Flow, Limits, Member, Parts, counted,
};

use super::{Decoder, Rendered};
use transfer::{Base64, Transfer};

/// Multiparts within multiparts: mail programs nest three or four.
const DEEPEST: usize = 32;

/// What a multipart's parts are parted by.
struct Boundary {
    mark: Vec<u8>,
    /// Its parts are mails unless they say otherwise (RFC 2046 section 5.1.5).
    is_digest: bool,
}

/// What the header of the current part says of its body.
#[derive(Default)]
struct Part {
    kind: String,
    disposition: String,
    transfer: Transfer,
}

enum State {
    Header,
    Body,
    /// Before, between and behind the parts of a multipart; `true`: such text was begun as a member.
    Between(bool),
}

/// Reads one mail.
pub(super) struct Mail {
    line: Vec<u8>,
    /// The line's beginning was handed on already.
    continues: bool,
    /// First byte of the line in the artifact.
    offset: u64,
    field: Vec<u8>,
    field_offset: u64,
    number: u64,
    members: u64,
    cut: u64,
    deep: bool,
    state: State,
    part: Part,
    boundaries: Vec<Boundary>,
    base64: Base64,
    /// The line end that belongs to the boundary if one follows.
    held: &'static [u8],
    out: Vec<u8>,
    rendered: Rendered,
    longest: usize,
    flow: Flow,
}

impl Mail {
    pub(super) fn new(limits: &Limits) -> Mail {
        Mail {
            line: Vec::new(),
            continues: false,
            offset: 0,
            field: Vec::new(),
            field_offset: 0,
            number: 0,
            members: 0,
            cut: 0,
            deep: false,
            state: State::Header,
            part: Part::default(),
            boundaries: Vec::new(),
            base64: Base64::default(),
            held: b"",
            out: Vec::new(),
            rendered: Rendered::new(limits.record),
            longest: limits.line,
            flow: Flow::Continue,
        }
    }

    /// One line with its end, or a piece of one that is longer than the limit.
    fn take(&mut self, parts: &mut dyn Parts) {
        let line = std::mem::take(&mut self.line);
        let starts = !self.continues;
        if starts && let Some((place, is_last)) = self.boundary(&line) {
            self.end_part(true, parts);
            self.boundaries.truncate(if is_last { place } else { place + 1 });
            self.part = Part::default();
            self.state = if is_last { State::Between(false) } else { State::Header };
        } else {
            match self.state {
                State::Header => self.header_line(&line, starts, parts),
                State::Body => self.body_line(&line, parts),
                State::Between(_) => self.line_between(&line, parts),
            }
        }
        self.continues = !line.ends_with(b"\n");
        self.offset += line.len() as u64;
        self.line = line;
        self.line.clear();
    }

    /// The multipart whose boundary `line` is, and whether it ends with it.
    fn boundary(&self, line: &[u8]) -> Option<(usize, bool)> {
        let mark = line.strip_prefix(b"--")?.trim_ascii_end();
        self.boundaries.iter().enumerate().rev().find_map(|(place, boundary)| {
            let rest = mark.strip_prefix(boundary.mark.as_slice())?;
            (rest.is_empty() || rest == b"--").then_some((place, !rest.is_empty()))
        })
    }

    fn header_line(&mut self, line: &[u8], starts: bool, parts: &mut dyn Parts) {
        let blank = line.trim_ascii().is_empty();
        if !starts || (!blank && line.starts_with(b" ") || line.starts_with(b"\t")) && !self.field.is_empty()
        {
            let room = self.longest.saturating_sub(self.field.len());
            self.cut += u64::from(line.len() > room);
            self.field.extend_from_slice(&line[..line.len().min(room)]);
            return;
        }
        self.end_field(parts);
        if blank && starts {
            self.begin_body(parts);
        } else if header::split(line).is_some() || (self.offset == 0 && line.starts_with(b"From ")) {
            self.field_offset = self.offset;
            self.field.extend_from_slice(line);
        } else {
            // The blank line is missing: what is no field is the body's first line.
            self.begin_body(parts);
            match self.state {
                State::Body => self.body_line(line, parts),
                _ => self.line_between(line, parts),
            }
        }
    }

    /// A header field is complete: it is a record, and may tell of the body.
    fn end_field(&mut self, parts: &mut dyn Parts) {
        if self.field.is_empty() {
            return;
        }
        let field = std::mem::take(&mut self.field);
        let (name, value) = header::split(&field)
            .filter(|_| !field.starts_with(b"From "))
            .unwrap_or_else(|| ("Envelope".to_owned(), header::text("utf-8", field.trim_ascii())));
        match name.to_ascii_lowercase().as_str() {
            "content-type" if self.part.kind.is_empty() => self.part.kind.clone_from(&value),
            "content-disposition" => self.part.disposition.clone_from(&value),
            "content-transfer-encoding" => self.part.transfer = Transfer::named(&value),
            _ => {}
        }
        self.rendered.clear();
        let time = header::render(&name, &value, &mut self.rendered);
        self.number += 1;
        let record = DecodedRecord {
            number: self.number,
            offset: self.field_offset,
            length: field.len() as u64,
            text: self.rendered.text(),
            time,
            fields: self.rendered.fields(),
            known: &[],
        };
        if parts.record(record) == Flow::Stop {
            self.flow = Flow::Stop;
        }
    }

    /// The header is over: says what the body is and begins it.
    fn begin_body(&mut self, parts: &mut dyn Parts) {
        let (mut kind, pairs) = header::parameters(&self.part.kind);
        if kind.is_empty() {
            let is_digest = self.boundaries.last().is_some_and(|boundary| boundary.is_digest);
            kind = if is_digest { "message/rfc822" } else { "text/plain" }.to_owned();
        }
        if kind.starts_with("multipart/")
            && let Some(mark) = header::parameter(&pairs, "boundary").filter(|mark| !mark.is_empty())
        {
            self.deep |= self.boundaries.len() >= DEEPEST;
            if self.boundaries.len() < DEEPEST {
                let is_digest = kind == "multipart/digest";
                self.boundaries.push(Boundary { mark: mark.into_bytes(), is_digest });
                self.state = State::Between(false);
                return;
            }
        }
        self.members += 1;
        let (_, disposition) = header::parameters(&self.part.disposition);
        let name = header::parameter(&disposition, "filename").or_else(|| header::parameter(&pairs, "name"));
        let name = name.map(|name| shown(name.trim())).filter(|name| !name.is_empty());
        let charset = header::parameter(&pairs, "charset").unwrap_or_default().to_ascii_lowercase();
        let stated = match kind.as_str() {
            "message/rfc822" | "message/global" => Some(ArtifactKind::Mail),
            _ if name.is_some() || !kind.starts_with("text/") || charset == "utf-16" => None,
            _ => Some(match charset.as_str() {
                "" | "us-ascii" | "utf-8" => ArtifactKind::TextUtf8,
                "utf-16le" => ArtifactKind::TextUtf16Le,
                "utf-16be" => ArtifactKind::TextUtf16Be,
                _ => ArtifactKind::TextLatin1,
            }),
        };
        let name = name.unwrap_or_else(|| format!("part {} ({})", self.members, shown(&kind)));
        self.state = State::Body;
        self.base64 = Base64::default();
        self.held = b"";
        let member = Member { name, size: None };
        self.flow = match stated {
            Some(kind) => parts.begin_as(member, kind),
            None => parts.begin(member),
        };
    }

    fn body_line(&mut self, line: &[u8], parts: &mut dyn Parts) {
        let text = line.strip_suffix(b"\n").map_or(line, |text| text.strip_suffix(b"\r").unwrap_or(text));
        let end: &'static [u8] = match line.len() - text.len() {
            0 => b"",
            1 => b"\n",
            _ => b"\r\n",
        };
        self.out.clear();
        match self.part.transfer {
            Transfer::Base64 => self.base64.feed(text, &mut self.out),
            Transfer::Uuencode => transfer::uuencode(text, &mut self.out),
            Transfer::AsIs => {
                self.out.extend_from_slice(self.held);
                self.out.extend_from_slice(text);
                self.held = end;
            }
            Transfer::QuotedPrintable => {
                self.out.extend_from_slice(self.held);
                transfer::quoted_printable(text, b"", &mut self.out);
                self.held = if text.trim_ascii_end().ends_with(b"=") { b"" } else { end };
            }
        }
        if !self.out.is_empty() && parts.data(&self.out) == Flow::Stop {
            self.flow = Flow::Stop;
        }
    }

    /// Text that belongs to no part is searched as a member of its own.
    fn line_between(&mut self, line: &[u8], parts: &mut dyn Parts) {
        if matches!(self.state, State::Between(false)) {
            if line.trim_ascii().is_empty() {
                return;
            }
            self.state = State::Between(true);
            let name = format!("text outside of parts, behind part {}", self.members);
            self.flow = parts.begin_as(Member { name, size: None }, ArtifactKind::TextLatin1);
        }
        if parts.data(line) == Flow::Stop {
            self.flow = Flow::Stop;
        }
    }

    /// What is open ends; `by_boundary`: the line end before a boundary belongs to that.
    fn end_part(&mut self, by_boundary: bool, parts: &mut dyn Parts) {
        if matches!(self.state, State::Header) {
            self.end_field(parts);
            self.begin_body(parts);
        }
        match self.state {
            State::Body => {
                self.out.clear();
                self.base64.finish(&mut self.out);
                if !by_boundary {
                    self.out.extend_from_slice(self.held);
                }
                self.held = b"";
                if !self.out.is_empty() && parts.data(&self.out) == Flow::Stop {
                    self.flow = Flow::Stop;
                }
                parts.end(by_boundary || self.boundaries.is_empty());
            }
            State::Between(true) => parts.end(true),
            _ => {}
        }
        self.state = State::Between(false);
    }
}

/// Moves bytes from `rest` to `line` up to a line end; tells whether the line is complete, or as long as lines get.
fn gather(line: &mut Vec<u8>, rest: &mut &[u8], longest: usize) -> bool {
    let near = &rest[..rest.len().min(longest - line.len())];
    let end = memchr::memchr(b'\n', near).map(|end| end + 1);
    let (now, later) = rest.split_at(end.unwrap_or(near.len()));
    line.extend_from_slice(now);
    *rest = later;
    end.is_some() || line.len() >= longest
}

impl Decoder for Mail {
    fn format(&self) -> &'static str {
        "mail header"
    }

    fn feed(&mut self, block: &[u8], parts: &mut dyn Parts) -> Flow {
        let mut rest = block;
        while !rest.is_empty() && self.flow == Flow::Continue {
            if gather(&mut self.line, &mut rest, self.longest) {
                self.take(parts);
            }
        }
        self.flow
    }

    fn finish(&mut self, parts: &mut dyn Parts) {
        if !self.line.is_empty() {
            self.take(parts);
        }
        if self.flow == Flow::Stop {
            return;
        }
        self.end_part(false, parts);
        let mut say = |severity, code: &str, message: String, hint: &str| {
            parts.diagnostic(Diagnostic::new(severity, code, message, hint));
        };
        if !self.boundaries.is_empty() {
            let message =
                format!("the mail ends before {} do", counted(self.boundaries.len() as u64, "multipart"));
            let hint = "what is there was examined; fetch the mail again from its server";
            say(DiagnosticSeverity::Warning, "mail-truncated", message, hint);
        }
        if self.deep {
            let message = format!("multiparts are nested more than {DEEPEST} deep");
            say(
                DiagnosticSeverity::Error,
                "limit-depth",
                message,
                "the inner ones were searched as bytes, not decoded",
            );
        }
        if self.cut > 0 {
            let message =
                format!("{} longer than {} bytes, cut off", counted(self.cut, "header field"), self.longest);
            say(DiagnosticSeverity::Error, "limit-record", message, "what was cut off was not searched");
        }
    }
}

/// A name, fit to be shown.
fn shown(name: &str) -> String {
    name.chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}
