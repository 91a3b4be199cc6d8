//! A mail in a compound file ([MS-OXMSG]): properties are streams with their tag in the name, recipients and attachments are storages.

use crate::model::{ArtifactKind, Flow};

use super::super::mail::header;
use super::super::records::Records;
use super::compound::{Compound, ROOT};
use super::{property, rtf};

/// The stream of the properties of fixed size, which every message, recipient and attachment has.
pub(super) const PROPERTIES: &str = "__properties_version1.0";

/// Streams of the other properties: this, then the tag in eight digits.
const VARIABLE: &str = "__substg1.0_";

/// Bytes before the first property of a message of its own, of an attached one, of a recipient or attachment (section 2.4.1).
const HEADERS: [usize; 3] = [32, 24, 8];

/// Reads the mail and those attached to it.
pub(super) fn read(file: &Compound<'_>, records: &mut Records<'_>) {
    let mut open = vec![(ROOT, String::new(), HEADERS[0])];
    let mut number = 0;
    let mut others = Vec::new();
    while let Some((storage, prefix, header)) = open.pop() {
        times(file, storage, header, records);
        for entry in file.children(storage) {
            let name = file.name(entry);
            if records.flow() == Flow::Stop {
                return;
            }
            if let Some((id, kind)) = tag(name).filter(|_| !file.is_storage(entry)) {
                if !stream(file, entry, (id, kind), &prefix, records) {
                    others.push(entry);
                }
            } else if name.starts_with("__recip_version1.0_") {
                set(file, entry, "Recipient", records, &mut others);
            } else if name.starts_with("__attach_version1.0_") {
                number += 1;
                set(file, entry, "Attachment", records, &mut others);
                if let Some(message) = attachment(file, entry, number, &prefix, records, &mut others) {
                    open.push((message, format!("{prefix}message {number}/"), HEADERS[1]));
                }
            } else if file.is_storage(entry) {
                // The names of named properties are texts in here.
                others.extend(file.children(entry).filter(|inner| !file.is_storage(*inner)));
            }
        }
    }
    let rest = others.iter().flat_map(|entry| file.pieces(*entry));
    let complete = others.iter().all(|entry| file.is_complete(*entry));
    records.member("other properties".to_owned(), Some(ArtifactKind::Binary), rest, complete);
}

/// Identifier and type of the property that a stream holds, from its name (section 2.2.1).
fn tag(name: &str) -> Option<(u16, u16)> {
    let digits = name.strip_prefix(VARIABLE)?;
    let tag = u32::from_str_radix(digits.get(..8)?, 16).ok()?;
    Some(((tag >> 16) as u16, tag as u16))
}

/// The properties of fixed size: 16 bytes each, of which the times are told.
fn times(file: &Compound<'_>, storage: usize, header: usize, records: &mut Records<'_>) {
    let Some(entry) = file.child(storage, PROPERTIES) else { return };
    let content = file.content(entry);
    for property in content.get(header..).unwrap_or_default().as_chunks::<16>().0 {
        let [k0, k1, i0, i1, _, _, _, _, value @ ..] = property;
        let (id, kind) = (u16::from_le_bytes([*i0, *i1]), u16::from_le_bytes([*k0, *k1]));
        if matches!(kind, property::UNICODE | property::STRING8) {
            continue;
        }
        let time = property::render(id, kind, value, &mut records.line);
        records.emit(file.range(entry), time);
    }
}

/// A property of a message; tells whether it was taken.
fn stream(
    file: &Compound<'_>,
    entry: usize,
    (id, kind): (u16, u16),
    prefix: &str,
    records: &mut Records<'_>,
) -> bool {
    let complete = file.is_complete(entry);
    let wide = (kind == property::UNICODE).then_some(ArtifactKind::TextUtf16Le);
    match id {
        property::HEADERS => {
            let text = property::text(kind, &file.content(entry)).unwrap_or_default();
            header::block(text.as_bytes(), |name, value| {
                let time = header::render(name, value, &mut records.line);
                records.emit(file.range(entry), time);
            });
        }
        property::BODY => {
            records.member(format!("{prefix}body"), wide, file.pieces(entry), complete);
        }
        property::HTML => {
            records.member(format!("{prefix}body.html"), wide, file.pieces(entry), complete);
        }
        property::RTF => match rtf::unpacked(&file.content(entry)) {
            Some((text, whole)) => {
                records.member(format!("{prefix}body.rtf"), None, [text.as_slice()], whole && complete);
            }
            None => return false,
        },
        _ if matches!(kind & !0x1000, property::UNICODE | property::STRING8) => {
            property::render(id, kind, &file.content(entry), &mut records.line);
            records.emit(file.range(entry), None);
        }
        _ => return false,
    }
    true
}

/// A recipient's or an attachment's texts are one record.
fn set(file: &Compound<'_>, storage: usize, what: &str, records: &mut Records<'_>, others: &mut Vec<usize>) {
    let mut place = 0..0;
    records.line.pair("Part", what, None);
    for entry in file.children(storage) {
        let Some((id, kind)) = tag(file.name(entry)).filter(|_| !file.is_storage(entry)) else { continue };
        if matches!(kind, property::UNICODE | property::STRING8) {
            property::render(id, kind, &file.content(entry), &mut records.line);
            let range = file.range(entry);
            place = if place.is_empty() { range } else { place };
        } else if id != property::DATA {
            others.push(entry);
        }
    }
    records.emit(place, None);
}

/// An attachment's bytes are a member. Returns the storage of an attached message.
fn attachment(
    file: &Compound<'_>,
    storage: usize,
    number: usize,
    prefix: &str,
    records: &mut Records<'_>,
    others: &mut Vec<usize>,
) -> Option<usize> {
    let value = |id: u16| {
        let entry =
            file.children(storage).find(|entry| tag(file.name(*entry)).is_some_and(|(at, _)| at == id))?;
        let (_, kind) = tag(file.name(entry))?;
        property::text(kind, &file.content(entry)).filter(|text| !text.trim().is_empty())
    };
    let name = property::NAMES.iter().find_map(|id| value(*id));
    let name = format!("{prefix}{}", name.unwrap_or_else(|| format!("attachment {number}")));
    for entry in file.children(storage) {
        match tag(file.name(entry)) {
            Some((property::DATA, property::OBJECT)) if file.is_storage(entry) => {
                if file.child(entry, PROPERTIES).is_some() {
                    return Some(entry);
                }
                super::streams(file, entry, &format!("{name}/"), records);
            }
            Some((property::DATA, property::BINARY)) => {
                records.member(name.clone(), None, file.pieces(entry), file.is_complete(entry));
            }
            Some((property::DATA, _)) if !file.is_storage(entry) => others.push(entry),
            _ => {}
        }
    }
    None
}
