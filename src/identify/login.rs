//! Login records have no mark: the shape of their fields tells them (utmp(5), lastlog(8)).

use crate::model::ArtifactKind;

/// 1990-01-01: no record of the systems that write these is older.
const EARLIEST: u32 = 631_152_000;

/// Where time and unused bytes stand in a record of 384 bytes, and in one of 400 bytes on machines with wide words.
const UTMP: [(usize, usize, usize, usize); 2] = [(384, 340, 344, 364), (400, 344, 352, 376)];

/// Bytes of a record of lastlog.
const LASTLOG: usize = 292;

/// Whether `head` is records of logins from its first byte on. Every whole record has to fit, and one has to be used.
pub(super) fn kind(head: &[u8]) -> Option<ArtifactKind> {
    let all = |size: usize, fits: &dyn Fn(&[u8]) -> Option<bool>| {
        let used: Option<Vec<bool>> = head.chunks_exact(size).map(fits).collect();
        used.is_some_and(|used| used.contains(&true))
    };
    for (size, time, micros, unused) in UTMP {
        if all(size, &|record| utmp(record, time, micros, unused)) {
            return Some(ArtifactKind::Utmp);
        }
    }
    all(LASTLOG, &lastlog).then_some(ArtifactKind::Lastlog)
}

/// Whether the record is used; `None`: it is none.
fn utmp(record: &[u8], time: usize, micros: usize, unused: usize) -> Option<bool> {
    if record.iter().all(|byte| *byte == 0) {
        return Some(false);
    }
    let texts = is_text(&record[8..40]) && is_text(&record[40..44]) && is_text(&record[76..332]);
    let sane = matches!(record[..4], [0..=9, 0, 0, 0])
        && number(record, micros) < 1_000_000
        && (number(record, time) >= EARLIEST || record[0] == 0)
        && record[unused..].iter().all(|byte| *byte == 0);
    (texts && sane).then_some(number(record, time) >= EARLIEST)
}

fn lastlog(record: &[u8]) -> Option<bool> {
    if record.iter().all(|byte| *byte == 0) {
        return Some(false);
    }
    let line = &record[4..36];
    let sane = number(record, 0) >= EARLIEST && line[0] != 0;
    // Four letters are a time as well: such a record fits, but one more that is used has to tell.
    let word = record[..4].iter().all(u8::is_ascii_graphic);
    (sane && is_filled(line) && is_filled(&record[36..])).then_some(!word)
}

fn number(record: &[u8], at: usize) -> u32 {
    record.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |field| u32::from_le_bytes(*field))
}

/// Printable ASCII up to the first zero.
fn is_text(field: &[u8]) -> bool {
    field.iter().take_while(|byte| **byte != 0).all(|byte| (b' '..0x7F).contains(byte))
}

/// Such text that ends within its field, with nothing behind it. Text without line feeds would fit otherwise.
fn is_filled(field: &[u8]) -> bool {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    end < field.len() && is_text(field) && field[end..].iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(size: usize, time: usize) -> Vec<u8> {
        let mut record = vec![0; size];
        record[0] = 7;
        record[8..13].copy_from_slice(b"pts/0");
        record[44..48].copy_from_slice(b"root");
        record[76..85].copy_from_slice(b"192.0.2.7");
        record[time..time + 4].copy_from_slice(&1_608_112_800u32.to_le_bytes());
        record
    }

    #[test]
    fn records_of_both_sizes_are_told() {
        assert_eq!(kind(&record(384, 340).repeat(12)[..4_096]), Some(ArtifactKind::Utmp));
        assert_eq!(kind(&record(400, 344).repeat(2)), Some(ArtifactKind::Utmp));
        let mut last = vec![0; LASTLOG * 3];
        last[LASTLOG..LASTLOG + 4].copy_from_slice(&1_608_112_800u32.to_le_bytes());
        last[LASTLOG + 4..LASTLOG + 9].copy_from_slice(b"pts/0");
        assert_eq!(kind(&last), Some(ArtifactKind::Lastlog));
    }

    #[test]
    fn zeros_texts_and_records_with_something_odd_are_not() {
        assert_eq!(kind(&[0; 4_096]), None);
        assert_eq!(kind(&b"GET / HTTP/1.1\n".repeat(100)), None);
        assert_eq!(kind(&[b'a'; 4_096]), None);
        assert_eq!(kind(&[b"short".as_slice(), &[0; 507]].concat()), None);
        assert_eq!(kind(&b"var a=function(b){return b};".repeat(200)[..4_096]), None);
        assert_eq!(kind(&record(384, 340)[..383]), None);
        for at in [2, 9, 78, 347, 370] {
            let mut other = record(384, 340);
            other[at] = 0x9F;
            assert_eq!(kind(&other), None, "{at}");
        }
    }
}
