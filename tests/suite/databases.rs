//! SQLite databases that SQLite itself wrote (tests/samples).

use belljar::identify;
use belljar::model::ArtifactKind::{self, Sqlite, SqliteWal};

use crate::mutation::survive;
use crate::parts::{All, decoded};
use crate::samples::sample;

fn lines(all: &All, table: &str) -> Vec<String> {
    let table = format!("Table={table} ");
    all.records.iter().filter(|one| one.text.starts_with(&table)).map(|one| one.text.clone()).collect()
}

#[test]
fn every_row_is_a_record_with_the_names_of_its_columns() {
    let bytes = sample("sqlite/audit.sqlite");
    assert_eq!(identify::identify(&bytes[..4_096], false).kind, Sqlite);
    let all = decoded(Sqlite, &bytes, bytes.len());
    assert!(all.diagnostics.is_empty() && all.unread.is_empty(), "{:?} {:?}", all.diagnostics, all.unread);
    let audit = lines(&all, "audit");
    assert_eq!(audit.len(), 56);
    assert_eq!(
        audit[0],
        "Table=audit RowID=1 at=1608112801 client_ip=198.51.100.1 user name=admin action=login detail=/files/report-1.zip"
    );
    assert_eq!(
        audit[54],
        "Table=audit RowID=100 at=1608113000 client_ip=192.0.2.7 user name=mallory action=download detail=http://evil.example/a digest=2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    );
    // A row that goes on to other pages.
    assert!(audit[55].contains("gr\u{fc}n") && audit[55].ends_with("long end.evil.example"));
    assert_eq!(
        lines(&all, "setting"),
        [
            "Table=setting key=color area=ui value=blue",
            "Table=setting key=server area=mail value=smtp.evil.example"
        ]
    );
    assert_eq!(
        lines(&all, "file"),
        [
            "Table=file RowID=1 name=shell.php added=2020-12-16 10:00:00",
            "Table=file RowID=2 name=note.txt added=2020-12-16 10:00:01 body=short note"
        ]
    );
    let row = all.records.iter().find(|row| row.text.contains("shell.php")).expect("the row");
    assert_eq!(row.time.map(|time| time.to_string()).as_deref(), Some("2020-12-16T10:00:00"));
    assert_eq!(all.members[0].name, "file/1/body");
    assert!(all.members[0].bytes.starts_with(b"<?php echo") && all.members[0].bytes.len() == 2_020);
}

#[test]
fn a_row_stands_where_it_says() {
    let bytes = sample("sqlite/audit.sqlite");
    let all = decoded(Sqlite, &bytes, bytes.len());
    let row = all.records.iter().find(|row| row.text.contains("RowID=7 at")).expect("a row");
    let (start, length) = (row.offset as usize, row.length as usize);
    let raw = &bytes[start..start + length];
    assert!(memchr::memmem::find(raw, b"198.51.100.7").is_some() && length < 80, "{raw:?}");
}

#[test]
fn deleted_rows_and_given_up_pages_are_still_searched() {
    let bytes = sample("sqlite/audit.sqlite");
    let all = decoded(Sqlite, &bytes, bytes.len());
    let given_up: Vec<&str> =
        all.records.iter().map(|row| row.text.as_str()).filter(|row| row.contains("(given up")).collect();
    let rest = all.members.last().expect("the rest");
    assert_eq!((rest.name.as_str(), rest.kind), ("what no row holds", Some(ArtifactKind::Binary)));
    for number in 0..20 {
        let name = format!("deleted{number}.evil.example");
        let in_row = given_up.iter().any(|row| row.contains(&name));
        assert!(in_row || memchr::memmem::find(&rest.bytes, name.as_bytes()).is_some(), "{name}");
    }
    assert!(!given_up.is_empty());
    assert!(memchr::memmem::find(&rest.bytes, b"report-23.zip").is_some());
}

#[test]
fn one_damaged_byte_hides_nothing_that_stands_elsewhere() {
    let bytes = sample("sqlite/audit.sqlite");
    let texts = [
        "long end.evil.example",
        "198.51.100.7",
        "http://evil.example/a",
        "report-23.zip",
        "smtp.evil.example",
    ];
    let places = texts.map(|text| {
        let at = memchr::memmem::find(&bytes, text.as_bytes()).expect("it is there");
        at..at + text.len()
    });
    // Behind the header, whose damage changes the size of all pages or the encoding of all texts.
    for at in (100..bytes.len()).step_by(5) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        let all = decoded(Sqlite, &damaged, damaged.len());
        for (text, place) in texts.iter().zip(&places) {
            let shown = all.records.iter().any(|row| row.text.contains(text))
                || all.members.iter().any(|one| memchr::memmem::find(&one.bytes, text.as_bytes()).is_some());
            assert!(shown || place.contains(&at), "{text} with byte {at} changed");
        }
    }
}

#[test]
fn wide_text_and_times_of_browsers_are_read() {
    let all = decoded(Sqlite, &sample("sqlite/wide.sqlite"), 100);
    assert_eq!(
        lines(&all, "moz_places"),
        [
            "Table=moz_places RowID=1 url=https://evil.example/path title=\u{fc}ber last_visit_date=1608112800000000"
        ]
    );
    let time = all.records.last().and_then(|row| row.time).map(|time| time.to_string());
    assert_eq!(time.as_deref(), Some("2020-12-16T10:00:00Z"));
}

#[test]
fn the_rows_of_a_write_ahead_log_are_read_once_each() {
    let bytes = sample("sqlite/visit.sqlite.wal");
    assert_eq!(identify::identify(&bytes, true).kind, SqliteWal);
    let all = decoded(SqliteWal, &bytes, 7);
    assert!(all.diagnostics.is_empty(), "{:?}", all.diagnostics);
    let rows: Vec<&str> =
        all.records.iter().map(|row| row.text.as_str()).filter(|row| row.contains("http")).collect();
    assert_eq!(
        rows,
        [0, 1, 2].map(|number| format!(
            "Table=(page 2) RowID={} column1=2020-12-16 10:00:0{number} column2=http://evil.example/{number}",
            number + 1
        ))
    );
}

#[test]
fn every_prefix_is_read_as_far_as_it_goes() {
    for (name, kind) in [
        ("sqlite/audit.sqlite", Sqlite),
        ("sqlite/wide.sqlite", Sqlite),
        ("sqlite/visit.sqlite.wal", SqliteWal),
    ] {
        let bytes = sample(name);
        let step = if bytes.len() > 4_096 { 61 } else { 1 };
        for length in (0..bytes.len()).step_by(step) {
            let all = decoded(kind, &bytes[..length], length.max(1));
            let said = !all.diagnostics.is_empty() || !all.unread.is_empty();
            // A log may end behind any of its frames.
            let whole = kind == SqliteWal && length >= 32 && (length - 32) % 536 == 0;
            assert!(said || whole, "{name}: {length} bytes");
            if length % 13 == 0 {
                assert_eq!(decoded(kind, &bytes[..length], 7), all, "{name}: {length} bytes");
            }
        }
        let whole = decoded(kind, &bytes, bytes.len());
        for size in [1, 7, 4_096] {
            assert_eq!(decoded(kind, &bytes, size), whole, "{name}: blocks of {size}");
        }
    }
}

#[test]
fn damaged_databases_end_and_come_to_no_more_than_they_hold() {
    for (name, kind) in [
        ("sqlite/audit.sqlite", Sqlite),
        ("sqlite/wide.sqlite", Sqlite),
        ("sqlite/visit.sqlite.wal", SqliteWal),
    ] {
        survive(kind, &sample(name), 2_000, 4 << 20);
    }
}
