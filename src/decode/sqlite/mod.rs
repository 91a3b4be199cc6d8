//! SQLite databases and their write-ahead logs (Database File Format, sqlite.org/fileformat2.html): the file goes in whole; each row
//! comes out as a record, large values as members, and what no row holds (deleted rows among it) as one member.
//!
//! What it does not do: (1) it does not apply a write-ahead log or a rollback journal to its database: the log's rows are read on their
//! own; (2) it reads no index, which repeats what its table holds; (3) in what no row holds, neighboring values are not parted
//! from each other.

mod pages;
mod row;
mod schema;
mod wal;

use std::ops::Range;

use crate::model::{ArtifactKind, DiagnosticSeverity, Flow, Limits, Parts, counted};

use super::records::Records;
use super::whole::Reader;
use pages::{Cell, Pages};
use row::Encoding;
use schema::Table;

/// Reads a database.
pub(super) const DATABASE: Reader = Reader { format: "SQLite database (rows)", read };

/// Reads a write-ahead log.
pub(super) const WAL: Reader = Reader { format: "SQLite write-ahead log (rows)", read: wal::read };

/// The table of tables begins on the first page (section 2.6).
const SCHEMA: u32 = 1;

fn read(bytes: &[u8], limits: &Limits, parts: &mut dyn Parts) {
    let mut records = Records::new(bytes.len(), limits, parts);
    let Some(mut pages) = Pages::open(bytes) else {
        let message = "the database cannot be read: its header names sizes that no version of the format has";
        let hint = "its bytes were searched as they stand; fetch the file again, or export it with sqlite3 FILE .dump";
        records.say(DiagnosticSeverity::Error, "sqlite-unread", message.to_owned(), hint);
        records.member("bytes of the file".to_owned(), Some(ArtifactKind::Binary), [bytes], true);
        return records.finish();
    };
    let encoding = Encoding::of(bytes);
    let mut trees = Vec::new();
    let names = ["type", "name", "tbl_name", "rootpage", "sql"].map(str::to_owned);
    let schema = Table { name: "sqlite_schema".to_owned(), columns: names.to_vec() };
    let mut torn = Torn::default();
    pages.walk(SCHEMA, |cell| {
        trees.extend(row::entry(&cell.payload, encoding));
        torn.emit(&schema, encoding, &cell, &mut records);
    });
    for tree in trees {
        if tree.is_index {
            pages.walk(tree.root, |_| {});
            continue;
        }
        let columns = schema::columns(&tree.sql, pages.is_index(tree.root));
        let table = Table { name: tree.name, columns };
        pages.walk(tree.root, |cell| torn.emit(&table, encoding, &cell, &mut records));
    }
    pages.damaged += torn.count;
    for number in 1..=pages.count() as u32 {
        let table = Table { name: format!("(given up, page {number})"), columns: Vec::new() };
        pages.stray(number, |cell| torn.emit(&table, encoding, &cell, &mut records));
    }
    tell(bytes, &pages, &mut records);
    rest(bytes, pages.unused(), &torn, &mut records);
    records.finish();
}

/// Rows whose values cannot be told apart: their bytes are searched as they stand.
#[derive(Default)]
struct Torn {
    count: u64,
    /// With a zero behind each.
    bytes: Vec<u8>,
}

impl Torn {
    /// One row.
    fn emit(&mut self, table: &Table, encoding: Encoding, cell: &Cell<'_>, records: &mut Records<'_>) {
        if records.flow() == Flow::Stop {
            return;
        }
        records.line.pair("Table", &table.name, None);
        if let Some(row) = cell.row {
            records.line.pair("RowID", &row.to_string(), None);
        }
        let Some(row) = row::render(&cell.payload, &table.columns, encoding, &mut records.line) else {
            self.count += 1;
            self.bytes.extend_from_slice(&cell.payload);
            self.bytes.push(0);
            let why = "the row's values do not have the lengths that it names";
            return records.unread(why, cell.place.clone());
        };
        let number = cell.row.map_or_else(|| format!("at {}", cell.place.start), |row| row.to_string());
        records.emit(cell.place.clone(), row.time);
        for (column, bytes) in row.own {
            records.member(format!("{}/{number}/{column}", table.name), None, [bytes], true);
        }
    }
}

/// What a reader of the rows must know.
fn tell(bytes: &[u8], pages: &Pages<'_>, records: &mut Records<'_>) {
    if records.flow() == Flow::Stop {
        return;
    }
    // The number of pages counts where it was written together with the last change (section 1.3.7).
    let stated = pages::u32(bytes, 28).filter(|_| bytes.get(24..28) == bytes.get(92..96)).unwrap_or(0);
    let missing = (stated as usize).saturating_sub(bytes.len() / pages.size());
    if missing > 0 {
        let message = format!("the database is cut short: {} missing", counted(missing as u64, "page"));
        let hint = "what is there was examined; fetch the file again from where it came";
        records.say(DiagnosticSeverity::Error, "sqlite-truncated", message, hint);
    } else if pages.damaged > 0 {
        let message = format!("the database is damaged: {} not read as rows", counted(pages.damaged, "part"));
        let hint =
            "the bytes of those parts were searched as they stand; fetch the file again from where it came";
        records.say(DiagnosticSeverity::Error, "sqlite-damaged", message, hint);
    }
    // Section 1.3.3: such a database writes its changes into the log first.
    if bytes.get(18) == Some(&2) {
        let message =
            "the newest rows of this database may stand in a file beside it, whose name ends in -wal";
        let hint = "bring that file too; its rows are read on their own";
        records.say(DiagnosticSeverity::Note, "sqlite-wal", message.to_owned(), hint);
    }
}

/// What no row holds: deleted rows, pages given up, rows that could not be read.
fn rest(bytes: &[u8], places: Vec<Range<usize>>, torn: &Torn, records: &mut Records<'_>) {
    // A zero between two places, so that no value is made of the end of one and the beginning of the next.
    let pieces =
        places.into_iter().flat_map(|place| [&bytes[place], &[0][..]]).chain([torn.bytes.as_slice()]);
    records.member("what no row holds".to_owned(), Some(ArtifactKind::Binary), pieces, true);
}
