//! Lines that are known by their time alone.

use crate::model::Field;

use super::{Record, clock};

/// A time is looked for in the first so many bytes.
const NEAR: usize = 64;

/// Reads a line with a time near its start, in any of the forms of [`clock`].
pub(super) fn read(line: &[u8]) -> Option<Record> {
    let near = &line[..line.len().min(NEAR)];
    let starts_number =
        |at: usize| near[at].is_ascii_digit() && (at == 0 || !near[at - 1].is_ascii_alphanumeric());
    let found = (0..near.len()).filter(|at| starts_number(*at)).find_map(|at| {
        let dated = clock::iso(line, at)
            .or_else(|| clock::common(line, at))
            .or_else(|| clock::dashed(line, at))
            .or_else(|| clock::numbers(line, at))
            .or_else(|| clock::worded(line, at));
        let dated = dated.or_else(|| {
            // Further on, such numbers are names of files and requests.
            let bare = || clock::epoch(line, at).or_else(|| clock::compact(line, at));
            if at <= 1 { bare().filter(|(_, end)| ends_number(line, *end)) } else { None }
        });
        dated.map(|(time, end)| (time, at, end))
    });
    let first = || {
        clock::ctime(line, 0)
            .or_else(|| clock::glog(line, 0))
            .or_else(|| clock::mysql(line, 0))
            .or_else(|| clock::tai64n(line, 0))
            .or_else(|| clock::worded(line, 0))
            .map(|(time, end)| (time, 0, end))
            .or_else(|| clock::worded(line, 1).map(|(time, end)| (time, 1, end)))
            // A weekday may stand in front of a date without a year.
            .or_else(|| clock::syslog(line, 4).map(|(time, end)| (time, 4, end)))
    };
    let (time, start, end) = found.or_else(first)?;
    let mut record = Record { time: Some(time), is_plain: true, ..Record::default() };
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
            ("2020-12-16 10:00 x", "2020-12-16T10:00:00"),
            ("2020-12-16T10:00Z x", "2020-12-16T10:00:00Z"),
            ("2020-12-16 14:00:00 amavis[12]: x", "2020-12-16T14:00:00"),
            ("2020-12-16 10:00:00 pm2 restarted", "2020-12-16T10:00:00"),
            ("2020-12-16 14:00:00 PM x", "2020-12-16T14:00:00"),
            ("2020-12-16 10:00-12:00 window", "2020-12-16T10:00:00"),
            ("Dec 16, 2020 10:00:00 -50 items left", "2020-12-16T10:00:00"),
            ("05-12-2020-10:00:00 x", "2020-05-12T10:00:00?"),
            ("[db_20190101_000000] 2020-12-16 10:00:00 x", "2020-12-16T10:00:00"),
            ("[req 20201216-100000-abc] 2023-05-05 10:00:00", "2023-05-05T10:00:00"),
            ("2020-12-16 02:00:01.5 PM x", "2020-12-16T14:00:01.5"),
            ("2020.12.16 10:00:00 x", "2020-12-16T10:00:00"),
            ("20201216T100000Z x", "2020-12-16T10:00:00Z"),
            ("20201216 10:00:00.25 x", "2020-12-16T10:00:00.25"),
            ("[20201216100000] x", "2020-12-16T10:00:00"),
            ("Wed, 16 Dec 2020 10:00:00 +0100 x", "2020-12-16T10:00:00+01:00"),
            ("16 December 2020 10:00:00 x", "2020-12-16T10:00:00"),
            ("Dec 16, 2020 @ 10:00:00.000 x", "2020-12-16T10:00:00"),
            ("[December 16, 2020, 2:00 PM] x", "2020-12-16T14:00:00"),
            ("Wed Dec 16 10:00:00 EST 2020 x", "2020-12-16T10:00:00"),
            ("Wed Dec 16 10:00:00 UTC 2020 x", "2020-12-16T10:00:00Z"),
            ("Wed Dec 16 10:00:00.378 <kernel> x", "--12-16T10:00:00.378"),
            ("2020-12-16  9:00:00 8 [Warning] x", "2020-12-16T09:00:00"),
            ("201216 10:00:00 [Warning] x", "2020-12-16T10:00:00"),
            ("I1216 10:00:00.5       1 client.go:58] x", "--12-16T10:00:00.5"),
            ("@40000000433225833b6e1a8c x", "2005-09-22T03:31:05.9970715Z"),
            ("9/27/2013\t2:42:26 PM\tx", "2013-09-27T14:42:26"),
            ("[Nest] 7  - 08/02/2023, 7:32:47 PM x", "2023-08-02T19:32:47?"),
            ("07/11/2022-10:29:01.5  [**] x", "2022-07-11T10:29:01.5"),
            ("01/25/22 16:08:02 x", "2022-01-25T16:08:02"),
            ("25/01/2022 16:08:02 x", "2022-01-25T16:08:02"),
            ("03/04/2023 16:08:02 x", "2023-03-04T16:08:02?"),
            ("3/4/2023, 4:08 pm x", "2023-03-04T16:08:00?"),
            ("3/14/2023, 4:08:01\u{202f}PM x", "2023-03-14T16:08:01"),
            ("03.04.2023 16:08:02.5 x", "2023-04-03T16:08:02.5"),
            ("17/06/09 20:10:40 INFO x", "2009-06-17T20:10:40?"),
            ("01/02/23-16:08:02.5 [**] x", "2023-01-02T16:08:02.5"),
            ("2023/4/3 16:08:02 x", "2023-04-03T16:08:02"),
            ("1690466804.2 [27/Jul/2023 16:06:44] x", "2023-07-27T14:06:44.2Z"),
        ] {
            let record = read(line.as_bytes()).expect(line);
            assert_eq!(record.time.map(|time| time.to_string()).as_deref(), Some(time), "{line}");
        }
        for line in [
            "hello",
            "12345 x",
            "99999999999 x",
            "1/2/3 4",
            "@4000 x",
            "201399 10:00:00",
            "10.0.0.1 10:00:00",
            "10.0.0.1 - x",
            "20209999100000",
            "202012161000001",
            "Decent 16, 2020 10:00:00",
            "",
        ] {
            assert_eq!(read(line.as_bytes()), None, "{line}");
        }
    }
}
