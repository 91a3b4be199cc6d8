//! A write-ahead log (Database File Format, section 4): pages as they were written one after the other. Those of rows are read; what
//! was read already and came again with a later page is passed over.

use std::collections::HashSet;

use crate::model::{ArtifactKind, DiagnosticSeverity, Flow, Limits, Parts, counted};

use super::super::records::Records;
use super::Torn;
use super::pages::{self, Pages};
use super::row::Encoding;
use super::schema::Table;

/// Bytes of the log's header (section 4.1).
const HEADER: usize = 32;

/// Bytes of a frame's header.
const FRAME: usize = 24;

/// Reads a log. Its frames say the page that they hold, and not the table, so columns have numbers.
pub(super) fn read(bytes: &[u8], limits: &Limits, parts: &mut dyn Parts) {
    let mut records = Records::new(bytes.len(), limits, parts);
    let size = pages::u32(bytes, 8).map_or(0, |size| size as usize);
    if !size.is_power_of_two() || !(512..=65_536).contains(&size) || bytes.len() < HEADER {
        let message = "the write-ahead log cannot be read: its header is cut short, or names a size of pages that does not exist";
        let hint = "its bytes were searched as they stand";
        records.say(DiagnosticSeverity::Error, "sqlite-unread", message.to_owned(), hint);
        records.member("bytes of the file".to_owned(), Some(ArtifactKind::Binary), [bytes], true);
        return records.finish();
    }
    let frames = &bytes[HEADER..];
    let first = frames.chunks(FRAME + size).find(|frame| pages::u32(frame, 0) == Some(1));
    let encoding = Encoding::of(first.and_then(|frame| frame.get(FRAME..)).unwrap_or_default());
    let (mut known, mut seen) = (HashSet::new(), HashSet::new());
    let mut others: Vec<&[u8]> = Vec::new();
    let mut torn = Torn::default();
    let mut at = HEADER;
    for frame in frames.chunks(FRAME + size) {
        let page = frame.get(FRAME..).unwrap_or_default();
        let number = pages::u32(frame, 0).unwrap_or(0);
        let table = Table { name: format!("(page {number})"), columns: Vec::new() };
        // The first page of a database has its header in front, and the table of tables behind.
        let mut one = Pages::of(page, size, size, number == 1);
        one.stray(1, |mut cell| {
            if known.insert((number, cell.row, cell.payload.clone())) {
                cell.place.start += at + FRAME;
                cell.place.end += at + FRAME;
                torn.emit(&table, encoding, &cell, &mut records);
            }
        });
        others.extend(one.unused().into_iter().map(|place| &page[place]).filter(|piece| seen.insert(*piece)));
        at += frame.len();
    }
    let left = frames.len() % (FRAME + size);
    if left > 0 && records.flow() == Flow::Continue {
        let left = counted(left as u64, "byte");
        let message = format!("the write-ahead log is cut short: its last page has only {left}");
        let hint = "what is there was examined; fetch the file again from where it came";
        records.say(DiagnosticSeverity::Error, "sqlite-truncated", message, hint);
    }
    let pieces = others.into_iter().flat_map(|piece| [piece, &[0][..]]).chain([torn.bytes.as_slice()]);
    records.member("what no row holds".to_owned(), Some(ArtifactKind::Binary), pieces, true);
    records.finish();
}
