//! Lines that are known by their time alone.

use crate::model::Field;

use super::{Record, clock};

/// A time is looked for in the first so many bytes.
const NEAR: usize = 64;

/// Reads a line with an ISO time, an Apache-style time, a C time or seconds since 1970 near its start.
pub(super) fn read(line: &[u8]) -> Option<Record> {
    let near = &line[..line.len().min(NEAR)];
    let starts_number =
        |at: usize| near[at].is_ascii_digit() && (at == 0 || !near[at - 1].is_ascii_alphanumeric());
    let found = (0..near.len()).filter(|at| starts_number(*at)).find_map(|at| {
        let dated = clock::iso(line, at)
            .or_else(|| clock::common(line, at))
            .or_else(|| clock::dashed(line, at))
            .or_else(|| clock::american(line, at));
        let dated = dated.or_else(|| {
            if at <= 1 { clock::epoch(line, at).filter(|(_, end)| ends_number(line, *end)) } else { None }
        });
        dated.map(|(time, end)| (time, at, end))
    });
    let (time, start, end) = found.or_else(|| clock::ctime(line, 0).map(|(time, end)| (time, 0, end)))?;
    let mut record = Record { time: Some(time), ..Record::default() };
    record.set(Field::Time, start..end);
    record.set(Field::Message, end.min(line.len())..line.len());
    Some(record)
}

fn ends_number(line: &[u8], end: usize) -> bool {
    line.get(end).is_none_or(|byte| matches!(byte, b' ' | b'\t' | b',' | b':' | b';' | b'|' | b']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_time_near_the_start() {
        for (line, time) in [
            ("2020-12-16 10:00:00,123 INFO x", "2020-12-16T10:00:00.123"),
            ("[2020-12-16T10:00:00Z] x", "2020-12-16T10:00:00Z"),
            ("level=info 2020/12/16 10:00:00 x", "2020-12-16T10:00:00"),
            ("1608112800 x", "2020-12-16T10:00:00Z"),
            ("1608112800.5 x", "2020-12-16T10:00:00.5Z"),
            ("Wed Dec 16 10:00:00 2020 x", "2020-12-16T10:00:00"),
        ] {
            let record = read(line.as_bytes()).expect(line);
            assert_eq!(record.time.map(|time| time.to_string()).as_deref(), Some(time), "{line}");
        }
        for line in ["hello", "12345 x", "99999999999 x", ""] {
            assert_eq!(read(line.as_bytes()), None, "{line}");
        }
    }
}
