//! Journal files of systemd (systemd.io/JOURNAL_FILE_FORMAT): the file goes in whole; each entry comes out as a record with its time, and
//! fields that no entry holds as records of their own.
//!
//! What it does not do: (1) it follows no table and no list: all objects are read in the order of the file, also of one that was cut short
//! or not closed; (2) it checks no hashes and no seals.

mod object;
mod unpack;

use std::borrow::Cow;

use crate::model::{ArtifactKind, DiagnosticSeverity, Field, Flow, Limits, Parts, counted};

use super::records::Records;
use super::whole::Reader;
use super::{Rendered, little};
use object::{File, Kind, Object};

/// Reads a journal.
pub(super) const JOURNAL: Reader = Reader { format: "systemd journal", read };

/// Data objects by their place, and whether an entry names them.
struct Data {
    places: Vec<usize>,
    named: Vec<bool>,
    /// Payloads that could not be decompressed, or not wholly.
    damaged: u64,
}

fn read(bytes: &[u8], limits: &Limits, parts: &mut dyn Parts) {
    let mut records = Records::new(bytes.len(), limits, parts);
    let Some(file) = File::open(bytes) else {
        let message =
            "the journal cannot be read: its header is cut short or names a length that it cannot have";
        let hint = "its bytes were searched as they stand; export it with journalctl --file NAME -o json > journal.json";
        records.say(DiagnosticSeverity::Error, "journal-unread", message.to_owned(), hint);
        records.member("bytes of the file".to_owned(), Some(ArtifactKind::Binary), [bytes], true);
        return records.finish();
    };
    let mut data = Data { places: Vec::new(), named: Vec::new(), damaged: 0 };
    let (mut entries, mut odd) = (Vec::new(), Vec::new());
    let sort = |object: Object| match object.kind {
        Kind::Data => data.places.push(object.place.start),
        Kind::Entry => entries.push(object.place.start),
        Kind::Other => {}
    };
    file.walk(sort, |place| odd.push(place));
    data.named = vec![false; data.places.len()];
    let mut lacking = 0;
    for entry in entries.into_iter().filter_map(|at| file.object(at)) {
        lacking += u64::from(!emit(&file, &entry, &mut data, limits, &mut records));
    }
    let alone = data.named.iter().zip(&data.places).filter(|(named, _)| !**named).map(|(_, place)| *place);
    let alone: Vec<usize> = alone.collect();
    for object in alone.into_iter().filter_map(|at| file.object(at)) {
        field(&payload(&file, &object, &mut data, limits), &mut records.line);
        records.emit(object.place, None);
    }
    let damaged = lacking + data.damaged + odd.len() as u64;
    // A file that is cut short still says how long it was to be.
    let short = little::u64(bytes, 88).zip(little::u64(bytes, 96));
    let short = short.is_some_and(|(header, rest)| header.saturating_add(rest) > bytes.len() as u64);
    if (short || damaged > 0) && records.flow() == Flow::Continue {
        let what = if short { "cut short" } else { "damaged" };
        let message = format!("the journal is {what}: {} not read in full", counted(damaged, "part"));
        let hint = "what is there was examined; copy the file again after journalctl --rotate, or export it with journalctl --file NAME -o json";
        records.say(DiagnosticSeverity::Error, "journal-damaged", message, hint);
    }
    let pieces = odd.into_iter().flat_map(|place| [&bytes[place], &[0][..]]);
    records.member("damaged bytes".to_owned(), Some(ArtifactKind::Binary), pieces, true);
    records.finish();
}

/// One entry; tells whether all its fields were there.
fn emit(
    file: &File<'_>,
    entry: &Object,
    data: &mut Data,
    limits: &Limits,
    records: &mut Records<'_>,
) -> bool {
    if records.flow() == Flow::Stop {
        return true;
    }
    let mut whole = true;
    let mut items: Vec<usize> = file.items(entry).filter(|at| *at != 0).collect();
    items.sort_unstable();
    items.dedup();
    for at in items {
        let known = data.places.binary_search(&at).ok();
        match known.and_then(|number| Some((number, file.object(at)?))) {
            Some((number, object)) => {
                data.named[number] = true;
                // A line that is full takes no more, whatever the other fields would unpack to.
                if !records.line.is_cut() {
                    field(&payload(file, &object, data, limits), &mut records.line);
                }
            }
            None => whole = false,
        }
    }
    let micros = little::u64(file.bytes, entry.place.start + 24).unwrap_or(0);
    let seconds = i64::try_from(micros / 1_000_000).unwrap_or(i64::MAX);
    let time = little::moment(seconds, (micros % 1_000_000) as u32 * 1_000).filter(|_| micros != 0);
    records.emit(entry.place.clone(), time);
    whole
}

/// What a data object holds, decompressed.
fn payload<'b>(file: &File<'b>, object: &Object, data: &mut Data, limits: &Limits) -> Cow<'b, [u8]> {
    let stands = file.payload(object);
    if object.flags == 0 {
        return Cow::Borrowed(stands);
    }
    let (bytes, whole) = unpack::unpack(object.flags, stands, limits.record);
    data.damaged += u64::from(!whole);
    Cow::Owned(bytes)
}

/// Appends a field: `NAME=value` (systemd.journal-fields(7)).
fn field(payload: &[u8], line: &mut Rendered) {
    let Some(equals) = memchr::memchr(b'=', payload) else { return };
    let (name, value) = (String::from_utf8_lossy(&payload[..equals]), &payload[equals + 1..]);
    line.begin(&name);
    let start = line.text().len();
    line.push_bytes(value);
    let meaning = match name.as_ref() {
        "MESSAGE" => Field::Message,
        "_HOSTNAME" => Field::Server,
        "SYSLOG_IDENTIFIER" => Field::Process,
        "_CMDLINE" => Field::CommandLine,
        "_EXE" => Field::File,
        _ => return,
    };
    line.mark(meaning, start);
}
