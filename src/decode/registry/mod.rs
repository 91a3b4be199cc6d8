//! Hives of the Windows registry (the layout is Microsoft's; as published in Suhanov, "Windows registry file format
//! specification"): the file goes in whole; each value comes out as a record with its key's path and time, binary data and unused cells as members.
//!
//! What it does not do: (1) it does not apply the transaction logs beside a hive; (2) it brings deleted keys back as bytes, not as records;
//! (3) it decrypts and interprets no value.

mod cells;

use std::collections::HashSet;
use std::ops::Range;

use crate::model::{ArtifactKind, DiagnosticSeverity, Field, Flow, Limits, Parts, counted};

use super::little;
use super::records::Records;
use super::whole::Reader;
use cells::{Hive, Key, Value};

/// Reads a hive.
pub(super) const HIVE: Reader = Reader { format: "Windows registry hive", read };

/// Names of the types of values.
const TYPES: [&str; 12] = [
    "REG_NONE",
    "REG_SZ",
    "REG_EXPAND_SZ",
    "REG_BINARY",
    "REG_DWORD",
    "REG_DWORD_BIG_ENDIAN",
    "REG_LINK",
    "REG_MULTI_SZ",
    "REG_RESOURCE_LIST",
    "REG_FULL_RESOURCE_DESCRIPTOR",
    "REG_RESOURCE_REQUIREMENTS_LIST",
    "REG_QWORD",
];

/// What is gathered beside the records.
#[derive(Default)]
struct Rest {
    /// Data that is no number and no short text.
    binary: Vec<Range<usize>>,
    /// Where such data stands: values may share it.
    known: HashSet<usize>,
    /// Offsets of data in pieces.
    known_lists: HashSet<usize>,
    /// Values and data whose cells are missing.
    lacking: u64,
}

/// So many printable bytes in a row are no UTF-16.
const WORD: usize = 6;

fn read(bytes: &[u8], limits: &Limits, parts: &mut dyn Parts) {
    let mut records = Records::new(bytes.len(), limits, parts);
    // File type 0 is a hive, others are logs.
    if little::u32(bytes, 28).is_some_and(|kind| kind != 0) {
        let message = "this is a transaction log of a registry hive, which is not applied to it".to_owned();
        let hint = "its bytes were searched as they stand; reg save, or a tool that applies logs, writes one whole hive";
        records.say(DiagnosticSeverity::Warning, "hive-log", message, hint);
        records.member("bytes of the file".to_owned(), Some(ArtifactKind::Binary), [bytes], true);
        return records.finish();
    }
    let hive = Hive(bytes);
    let (mut keys, mut unused) = (Vec::new(), Vec::new());
    let mut odd = 0;
    let mut free = Vec::new();
    hive.walk(
        |at, place, used| {
            if !used {
                unused.push(place);
            } else if bytes[place].starts_with(b"nk") {
                keys.push(at);
            }
        },
        |place| {
            if bytes[place.clone()].iter().any(|byte| *byte != 0) {
                odd += 1;
                free.push(place);
            }
        },
    );
    unused.append(&mut free);
    let mut rest = Rest::default();
    for at in keys {
        match hive.key(at) {
            Some(key) => emit(hive, &key, &mut rest, &mut records),
            None => rest.lacking += 1,
        }
    }
    tell(bytes, odd + rest.lacking, &mut records);
    for (name, places) in [("binary values", rest.binary), ("unused cells", unused)] {
        let pieces = places.into_iter().map(|place| &bytes[place]);
        let pieces = pieces.filter(|piece| piece.iter().any(|byte| *byte != 0));
        let parted = pieces.flat_map(|piece| [piece, &[0, 0][..]]);
        records.member(name.to_owned(), Some(ArtifactKind::Binary), parted, true);
    }
    records.finish();
}

/// A key: each of its values as a record, or itself where it has none.
fn emit(hive: Hive<'_>, key: &Key, rest: &mut Rest, records: &mut Records<'_>) {
    if records.flow() == Flow::Stop {
        return;
    }
    let path = hive.path(key);
    let mut empty = true;
    if let Some(class) = hive.class(key) {
        records.line.pair("Key", &path, None);
        records.line.pair("Class", &class, None);
        records.emit(key.place.clone(), key.written);
        empty = false;
    }
    for value in hive.values(key) {
        let Some(value) = value else {
            rest.lacking += 1;
            continue;
        };
        if records.flow() == Flow::Stop {
            return;
        }
        records.line.pair("Key", &path, None);
        let name = if value.name.is_empty() { "(default)" } else { &value.name };
        records.line.pair("Value", name, None);
        data(hive, &value, rest, records);
        records.emit(value.place.clone(), key.written);
        empty = false;
    }
    if empty {
        records.line.pair("Key", &path, None);
        records.emit(key.place.clone(), key.written);
    }
}

/// The type and the data of a value.
fn data(hive: Hive<'_>, value: &Value, rest: &mut Rest, records: &mut Records<'_>) {
    let kind =
        TYPES.get(value.kind as usize).map_or_else(|| value.kind.to_string(), |name| (*name).to_owned());
    records.line.pair("Type", &kind, None);
    let is_long = value.length > cells::PIECE;
    let is_known = is_long && !rest.known_lists.insert(value.at);
    let data = if is_known { Some(Vec::new()) } else { hive.data(value) };
    rest.lacking += u64::from(data.is_none());
    let data = data.unwrap_or_default();
    if !is_long && hides(value.kind, &data, hive.0) {
        let fresh = data.iter().filter(|place| rest.known.insert(place.start));
        rest.binary.extend(fresh.cloned());
    }
    let pieces = data.iter().map(|place| &hive.0[place.clone()]);
    match value.kind {
        1 | 2 | 6 | 7 if !is_long => {
            let text = little::utf16(&pieces.collect::<Vec<_>>().concat());
            records.line.pair("Data", &text, Some(Field::Message));
        }
        4 | 5 | 11 if !is_long => {
            let mut bytes = pieces.collect::<Vec<_>>().concat();
            if value.kind == 5 {
                bytes.reverse();
            }
            bytes.truncate(8);
            let number = bytes.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
            records.line.pair("Data", &number.to_string(), None);
        }
        _ => {
            records.line.pair("Size", &value.length.to_string(), None);
            let fresh = data.into_iter().filter(|place| is_long || rest.known.insert(place.start));
            rest.binary.extend(fresh);
        }
    }
}

/// Whether data holds more than its type shows: a number more than eight bytes, a text in UTF-16 words in ASCII.
fn hides(kind: u32, data: &[Range<usize>], bytes: &[u8]) -> bool {
    match kind {
        1 | 2 | 6 | 7 => data.iter().any(|place| {
            let printable = |byte: &u8| (0x20..0x7F).contains(byte);
            bytes[place.clone()].windows(WORD).any(|word| word.iter().all(printable))
        }),
        4 | 5 | 11 => data.iter().map(Range::len).sum::<usize>() > 8,
        _ => false,
    }
}

/// What a reader of the values must know.
fn tell(bytes: &[u8], damaged: u64, records: &mut Records<'_>) {
    if records.flow() == Flow::Stop {
        return;
    }
    let length = little::size(bytes, 40).unwrap_or(usize::MAX);
    if cells::HEADER.saturating_add(length) > bytes.len() {
        let message = "the hive is cut short: its bins are longer than the file".to_owned();
        let hint = "what is there was examined; fetch the file again from where it came";
        records.say(DiagnosticSeverity::Error, "hive-truncated", message, hint);
    } else if damaged > 0 {
        let message = format!("the hive is damaged: {} not read", counted(damaged, "part"));
        let hint = "what is there was examined; fetch the file again from where it came";
        records.say(DiagnosticSeverity::Error, "hive-damaged", message, hint);
    }
    if little::u32(bytes, 4) != little::u32(bytes, 8) {
        let message =
            "the hive was in use when it was copied; its last changes stand in its transaction logs"
                .to_owned();
        let hint = "the logs beside it (.LOG1, .LOG2) are searched as bytes where you bring them; reg save writes one whole hive";
        records.say(DiagnosticSeverity::Note, "hive-in-use", message, hint);
    }
}
