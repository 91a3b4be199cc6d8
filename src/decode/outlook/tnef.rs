//! A mail's properties and attachments as one file, `winmail.dat` ([MS-OXTNEF]): attributes, each with a level, a name and a checksum.

use crate::model::{ArtifactKind, DiagnosticSeverity, Limits, Parts, Timestamp, counted};

use super::super::little;
use super::super::mail::header;
use super::super::records::Records;
use super::{property, rtf};

/// Bytes before the first attribute: signature and key (section 2.1.3.1).
const HEADER: usize = 6;

/// Attributes that are read (section 2.1.3.3); the upper half is the type of the value.
const RENDER: u32 = 0x0006_9002;
const TITLE: u32 = 0x0001_8010;
const DATA: u32 = 0x0006_800F;
const ATTACHMENT: u32 = 0x0006_9005;
const MESSAGE: u32 = 0x0006_9003;

/// Other attributes with a text or a time.
const NAMED: [(u32, &str); 6] = [
    (0x0001_8004, "Subject"),
    (0x0002_800C, "Body"),
    (0x0001_8009, "MessageId"),
    (0x0003_8005, "DateSent"),
    (0x0003_8006, "DateReceived"),
    (0x0003_8020, "DateModified"),
];

/// Reads one such file.
pub(super) fn read(bytes: &[u8], limits: &Limits, parts: &mut dyn Parts) {
    let mut reader =
        Tnef { bytes, records: Records::new(bytes.len(), limits, parts), attachment: None, number: 0 };
    let mut at = HEADER.min(bytes.len());
    let (mut wrong, mut truncated) = (0, bytes.len() < HEADER);
    while at < bytes.len() {
        let Some((name, value)) = little::u32(bytes, at + 1)
            .zip(little::size(bytes, at + 5))
            .and_then(|(name, length)| Some((name, at + 9..(at + 9).checked_add(length)?)))
            .filter(|(_, value)| bytes.len().checked_sub(2).is_some_and(|last| value.end <= last))
        else {
            truncated = true;
            break;
        };
        let sum = bytes[value.clone()].iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        wrong += u64::from(little::u16(bytes, value.end) != Some(sum));
        at = value.end + 2;
        reader.attribute(name, value);
    }
    if truncated {
        reader.rest(at);
    }
    reader.end_attachment();
    let mut records = reader.records;
    if truncated {
        let message = "the mail's file of properties (winmail.dat) ends within an attribute".to_owned();
        let hint = "what is there was examined; fetch the mail again from its server";
        records.say(DiagnosticSeverity::Error, "tnef-truncated", message, hint);
    }
    if wrong > 0 {
        let message = format!("{} with a wrong checksum", counted(wrong, "attribute"));
        let hint = "they were read all the same; some may have been altered";
        records.say(DiagnosticSeverity::Warning, "tnef-checksum", message, hint);
    }
    records.finish();
}

/// An attachment, until the next one begins.
#[derive(Default)]
struct Attachment {
    name: Option<String>,
    /// Where its bytes stand.
    data: Option<std::ops::Range<usize>>,
}

struct Tnef<'b, 'p> {
    bytes: &'b [u8],
    records: Records<'p>,
    attachment: Option<Attachment>,
    number: u64,
}

impl Tnef<'_, '_> {
    fn attribute(&mut self, name: u32, value: std::ops::Range<usize>) {
        let bytes = self.bytes;
        let content = &bytes[value.clone()];
        match name {
            RENDER => {
                self.end_attachment();
                self.attachment = Some(Attachment::default());
            }
            TITLE => {
                let title = little::narrow(little::until_zero(content));
                self.records.line.pair("AttachTitle", &title, None);
                self.records.emit(value, None);
                let attachment = self.attachment.get_or_insert_default();
                attachment.name.get_or_insert(title);
            }
            DATA => self.attachment.get_or_insert_default().data = Some(value),
            ATTACHMENT | MESSAGE => self.properties(value, name == ATTACHMENT),
            _ => {
                if let Some((_, name)) = NAMED.iter().find(|(known, _)| *known == name) {
                    let time = date(content);
                    let text = match time {
                        Some(time) => time.to_string(),
                        None => little::narrow(little::until_zero(content)),
                    };
                    self.records.line.pair(name, &text, None);
                    self.records.emit(value, time);
                } else {
                    // Addresses stand here as runs of text (section 2.1.3.3.1 and others).
                    self.records.line.begin(&format!("Attribute-{:04X}", name & 0xFFFF));
                    self.records.line.push_bytes(content);
                    self.records.emit(value, None);
                }
            }
        }
    }

    /// Properties, one behind the other (section 2.1.3.4).
    fn properties(&mut self, place: std::ops::Range<usize>, attached: bool) {
        let bytes = self.bytes;
        let mut at = (place.start + 4).min(place.end);
        let count = little::u32(&bytes[..place.end], place.start).unwrap_or(0);
        for _ in 0..count {
            let Some((id, kind, values, next)) = values(&bytes[..place.end], at) else {
                return self.rest_of(at.min(place.end)..place.end);
            };
            at = next;
            for value in values {
                self.property(id, kind, value, attached);
            }
        }
    }

    fn property(&mut self, id: u16, kind: u16, value: std::ops::Range<usize>, attached: bool) {
        let content = &self.bytes[value.clone()];
        match (id, kind) {
            (property::DATA, property::OBJECT) => {
                // What kind of object it is stands before it.
                self.attachment.get_or_insert_default().data =
                    Some((value.start + 16).min(value.end)..value.end);
            }
            (property::DATA, property::BINARY) => self.attachment.get_or_insert_default().data = Some(value),
            (property::HEADERS, _) => {
                let text = property::text(kind, content).unwrap_or_default();
                let records = &mut self.records;
                header::block(text.as_bytes(), |name, text| {
                    let time = header::render(name, text, &mut records.line);
                    records.emit(value.clone(), time);
                });
            }
            (property::BODY | property::HTML, _) => {
                let wide = (kind == property::UNICODE).then_some(ArtifactKind::TextUtf16Le);
                let name = if id == property::BODY { "body" } else { "body.html" };
                self.records.member(name.to_owned(), wide, [content], true);
            }
            (property::RTF, _) => {
                if let Some((text, whole)) = rtf::unpacked(content) {
                    self.records.member("body.rtf".to_owned(), None, [text.as_slice()], whole);
                }
            }
            _ => {
                if attached && property::NAMES[..2].contains(&id) {
                    let name = property::text(kind, content).filter(|name| !name.is_empty());
                    let attachment = self.attachment.get_or_insert_default();
                    attachment.name = name.or(attachment.name.take());
                }
                let time = property::render(id, kind, content, &mut self.records.line);
                if kind == property::BINARY {
                    self.records.line.begin(&format!("Property-{id:04X}"));
                    self.records.line.push_bytes(content);
                }
                self.records.emit(value, time);
            }
        }
    }

    fn end_attachment(&mut self) {
        let Some(attachment) = self.attachment.take() else { return };
        self.number += 1;
        let name = attachment.name.filter(|name| !name.trim().is_empty());
        let name = name.unwrap_or_else(|| format!("attachment {}", self.number));
        let bytes = self.bytes;
        self.records.member(name, None, attachment.data.map(|place| &bytes[place]), true);
    }

    /// The file ends within what begins at `at`: an attachment keeps what there is of it.
    fn rest(&mut self, at: usize) {
        self.rest_of(at..self.bytes.len());
    }

    fn rest_of(&mut self, place: std::ops::Range<usize>) {
        let name = format!("unread bytes at {}", place.start);
        self.records.member(name, Some(ArtifactKind::Binary), [&self.bytes[place]], false);
    }
}

/// Identifier, type and values of the property at `at`, and where the next one begins.
fn values(bytes: &[u8], at: usize) -> Option<(u16, u16, Vec<std::ops::Range<usize>>, usize)> {
    let (kind, id) = (little::u16(bytes, at)?, little::u16(bytes, at + 2)?);
    let mut at = at + 4;
    if id >= 0x8000 {
        // A named property: the set it belongs to, then a number or a name.
        let is_text = little::u32(bytes, at + 16)? != 0;
        let length = little::size(bytes, at + 20)?;
        at += 24;
        if is_text {
            little::run(bytes, at, length)?;
            at += length.next_multiple_of(4);
        }
    }
    let several = kind & 0x1000 != 0;
    let size = match kind & !0x1000 {
        0x0002 | 0x0003 | 0x0004 | 0x000A | 0x000B => Some(4),
        0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => Some(8),
        0x0048 => Some(16),
        0x0001 => Some(0),
        property::STRING8 | property::UNICODE | property::BINARY | property::OBJECT => None,
        _ => return None,
    };
    let mut count = 1;
    if several || size.is_none() {
        count = little::size(bytes, at)?;
        at += 4;
    }
    let mut values = Vec::new();
    for _ in 0..count {
        let length = match size {
            Some(0) if several => return None,
            Some(size) => size,
            None => {
                at += 4;
                little::size(bytes, at - 4)?
            }
        };
        little::run(bytes, at, length)?;
        values.push(at..at + length);
        at = if size.is_some() { at + length } else { at + length.next_multiple_of(4) };
    }
    Some((id, kind & !0x1000, values, at))
}

/// Seven words, the last one the day of the week (section 2.1.3.2).
fn date(content: &[u8]) -> Option<Timestamp> {
    let ([y, month, day, hour, minute, second, _], []) = content.as_chunks::<2>() else { return None };
    let word = |field: &[u8; 2]| u32::from(u16::from_le_bytes(*field));
    let clock = (word(hour), word(minute), word(second));
    let zone = crate::model::Zone::Offset(0);
    Timestamp::from_civil(Some(i64::from(word(y))), (word(month), word(day)), clock, 0, zone)
}
