//! Windows shortcuts ([MS-SHLLINK]): what a shortcut leads to, with which arguments, from which machine it came, and when its target was
//! made comes out as one record; what is behind the shortcut, and what of it is no plain text, as members.
//!
//! What it does not do: it does not read the items of the target's list nor the stores of properties, which are searched as bytes.

use std::ops::Range;

use crate::model::{ArtifactKind, DiagnosticSeverity, Field, Flow, Limits, Parts};

use super::little;
use super::records::Records;
use super::whole::Reader;

/// Reads a shortcut.
pub(super) const SHORTCUT: Reader = Reader { format: "Windows shortcut", read };

/// Bytes of the header (section 2.1).
const HEADER: usize = 76;

/// The texts behind the target, in their order, each with its flag and name (section 2.4).
const TEXTS: [(u32, &str, Option<Field>); 5] = [
    (0x04, "Description", None),
    (0x08, "RelativePath", Some(Field::File)),
    (0x10, "WorkingDir", None),
    (0x20, "Arguments", Some(Field::CommandLine)),
    (0x40, "IconLocation", None),
];

/// Flag of the header: texts are UTF-16.
const UNICODE: u32 = 0x80;

fn read(bytes: &[u8], limits: &Limits, parts: &mut dyn Parts) {
    let mut records = Records::new(bytes.len(), limits, parts);
    let time = little::filetime(bytes, 44);
    for (name, at) in [("TargetCreated", 28), ("TargetAccessed", 36), ("TargetModified", 44)] {
        if let Some(time) = little::filetime(bytes, at) {
            let field = (name == "TargetModified").then_some(Field::Time);
            records.line.pair(name, &time.to_string(), field);
        }
    }
    if let Some(size) = little::u32(bytes, 52) {
        records.line.pair("TargetSize", &size.to_string(), None);
    }
    let mut rest = Vec::new();
    let end = body(bytes, &mut rest, &mut records);
    records.emit(0..end.unwrap_or(bytes.len()), time);
    if end.is_none() && records.flow() == Flow::Continue {
        let message = "the shortcut is cut short or damaged: a part of it is longer than the file".to_owned();
        let hint = "what is there was examined; fetch the file again from where it came";
        records.say(DiagnosticSeverity::Error, "shortcut-damaged", message, hint);
    }
    let pieces = rest.into_iter().flat_map(|place| [&bytes[place], &[0][..]]);
    records.member("parts that are no plain text".to_owned(), Some(ArtifactKind::Binary), pieces, true);
    // A shortcut that carries something to be run has it behind its own end.
    let behind = &bytes[end.unwrap_or(bytes.len())..];
    records.member("behind the shortcut".to_owned(), None, (!behind.is_empty()).then_some(behind), true);
    records.finish();
}

/// Reads all parts behind the header; tells where the last one ends, or `None` where one does not fit.
fn body(bytes: &[u8], rest: &mut Vec<Range<usize>>, records: &mut Records<'_>) -> Option<usize> {
    let flags = little::u32(bytes, 20)?;
    let mut at = HEADER;
    // The target's list of items (section 2.2).
    if flags & 1 != 0 {
        let end = at + 2 + usize::from(little::u16(bytes, at)?);
        rest.push(at.min(bytes.len())..end.min(bytes.len()));
        at = end;
    }
    // Where the target is (section 2.3).
    if flags & 2 != 0 {
        let length = little::size(bytes, at)?;
        let info = little::run(bytes, at, length.max(4));
        // It holds more than the path: the name of the volume, say.
        rest.push(at..info.map_or(bytes.len(), |info| at + info.len()));
        info.and_then(|info| target(info, records));
        at = at.checked_add(length.max(4)).filter(|end| *end <= bytes.len())?;
    }
    for (flag, name, field) in TEXTS {
        if flags & flag != 0 {
            let width = if flags & UNICODE != 0 { 2 } else { 1 };
            let length = usize::from(little::u16(bytes, at)?) * width;
            let Some(text) = little::run(bytes, at + 2, length) else {
                rest.push(at..bytes.len());
                return None;
            };
            let text = if width == 2 { little::utf16(text) } else { little::narrow(text) };
            records.line.pair(name, &text, field);
            at += 2 + length;
        }
    }
    extra(bytes, at, rest, records)
}

/// The path of the target, and the share that it lies on.
fn target(info: &[u8], records: &mut Records<'_>) -> Option<()> {
    let wide = little::u32(info, 4)? >= 0x24;
    let text = |place: usize, narrow: usize, wide_at: Option<usize>| {
        let wide = wide_at.and_then(|at| little::size(info, at)).filter(|offset| *offset > 0);
        if let Some(offset) = wide {
            return info.get(place.checked_add(offset)?..).map(little::utf16_until_zero);
        }
        let offset = little::size(info, narrow).filter(|offset| *offset > 0)?;
        info.get(place.checked_add(offset)?..).map(|text| little::narrow(little::until_zero(text)))
    };
    let kinds = little::u32(info, 8)?;
    let suffix = text(0, 24, wide.then_some(32)).unwrap_or_default();
    if kinds & 1 != 0
        && let Some(base) = text(0, 16, wide.then_some(28))
    {
        records.line.pair("Target", &format!("{base}{suffix}"), Some(Field::File));
    }
    // Section 2.3.2: the share, named by an offset within its own part.
    if kinds & 2 != 0
        && let Some(link) = little::size(info, 20).filter(|link| *link < info.len())
        && let wide = little::u32(info, link + 8)? > 0x14
        && let Some(share) = text(link, link + 8, wide.then_some(link + 20))
    {
        let path = if suffix.is_empty() { share } else { format!("{share}\\{suffix}") };
        records.line.pair("Target", &path, Some(Field::File));
    }
    Some(())
}

/// The blocks at the end (section 2.5), up to the empty one.
fn extra(
    bytes: &[u8],
    mut at: usize,
    rest: &mut Vec<Range<usize>>,
    records: &mut Records<'_>,
) -> Option<usize> {
    loop {
        let length = match little::size(bytes, at) {
            Some(0..4) => return Some(at + 4),
            length => length?,
        };
        let Some(block) = little::run(bytes, at, length) else {
            rest.push(at..bytes.len());
            return None;
        };
        match little::u32(block, 4) {
            // Section 2.5.10: the machine that the target was on.
            Some(0xA000_0003) => {
                let machine = little::narrow(little::until_zero(block.get(16..32).unwrap_or_default()));
                records.line.pair("Machine", &machine, Some(Field::Server));
            }
            // Sections 2.5.4 and 2.5.5: paths with variables.
            Some(kind @ (0xA000_0001 | 0xA000_0007)) => {
                let name = if kind == 0xA000_0001 { "TargetVariable" } else { "IconVariable" };
                let path = little::utf16_until_zero(block.get(268..).unwrap_or_default());
                records.line.pair(name, &path, None);
            }
            _ => rest.push(at..at + length),
        }
        at += length;
    }
}
