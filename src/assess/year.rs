//! Logs without years: the year is assumed from a date in the name of the file. Where there is none, a date in the name of
//! what it came in or the newest dated log beside it tells the latest year possible, which is said but does not count as
//! covering any time: the log may be older.

use crate::model::{ArtifactSummary, TextSummary, Timestamp};

use super::series;

/// A year, a month and a day.
type Date = (i64, u32, u32);

/// Days by which a log may go past the day that its name gives: it is named when it is closed, in another zone perhaps.
const SLACK: i64 = 2;

/// Gives the times of logs without years the year that follows from names and neighbors.
pub(super) fn assume(artifacts: &mut [ArtifactSummary]) {
    let newest: Vec<(String, Timestamp)> = artifacts.iter().filter_map(newest).collect();
    for artifact in artifacts {
        let Some(text) = artifact.text.as_mut() else { continue };
        let Some(last) = text.last_time.filter(|time| !time.year_known) else { continue };
        let (around, name) = parts(&artifact.artifact);
        if let Some(year) = date_in(name).and_then(|date| year_before(&last, date)) {
            place(text, &last, year);
            text.assumed_year = format!("{year}, from the date in its name");
            continue;
        }
        let around = around.rsplit(['/', '\\', '>']).find_map(date_in);
        if let Some(year) = around.and_then(|date| year_before(&last, date)) {
            text.assumed_year = format!("{year} at the latest, from the date in the name of what it came in");
            continue;
        }
        let beside = newest.iter().filter(|(folder, _)| *folder == self::folder(&artifact.artifact));
        let newest = beside.max_by_key(|(_, time)| time.seconds).map(|(_, time)| time.civil().0);
        if let Some(year) = newest.and_then(|date| year_before(&last, date)) {
            text.assumed_year = format!("{year} at the latest, from the newest log beside it");
        }
    }
}

/// What a log came in, and its own name, with the name of the packed file where it came out of one: that holds nothing else.
fn parts(path: &str) -> (&str, &str) {
    let path = series::itself(path);
    let around = path.rfind(" > ").map(|end| series::file_name(&path[..end]));
    let packed = around.is_some_and(|name| {
        let bare = series::unpacked(name);
        bare != name && !bare.ends_with(".tar") && !name.ends_with(".zip")
    });
    let own = if packed { path.rfind(" > ").unwrap_or(0) } else { path.len() };
    path.split_at(path[..own].rfind(['/', '\\', '>']).map_or(0, |end| end + 1))
}

fn newest(artifact: &ArtifactSummary) -> Option<(String, Timestamp)> {
    let last = artifact.text.as_ref()?.last_time.filter(|time| time.year_known)?;
    Some((folder(&artifact.artifact).to_owned(), last))
}

fn folder(path: &str) -> &str {
    path.rfind(['/', '\\', '>']).map_or("", |end| &path[..end])
}

/// The latest year in which the day of `time` is not after `until`.
fn year_before(time: &Timestamp, until: Date) -> Option<i64> {
    let (year, month, day) = until;
    let limit = Timestamp::from_civil(Some(year), (month, day), (23, 59, 59), 0, time.zone)?.seconds;
    let fits =
        |year: &i64| time.in_year(*year).is_some_and(|placed| placed.seconds <= limit + SLACK * 24 * 3_600);
    [year, year - 1].into_iter().find(fits)
}

/// Puts the times of a log that ends in `year` into their years: those later in the year than its end are of the year
/// before.
fn place(text: &mut TextSummary, last: &Timestamp, year: i64) {
    let Some(end) = last.in_year(year) else { return };
    let put = |time: &mut Timestamp| {
        let placed = time.in_year(year).filter(|placed| placed.seconds <= end.seconds);
        if let Some(placed) = placed.or_else(|| time.in_year(year - 1)) {
            *time = Timestamp { year_known: true, ..placed };
        }
    };
    text.first_time.iter_mut().for_each(put);
    text.last_time.iter_mut().for_each(put);
    for hole in &mut text.holes {
        put(&mut hole.from);
        put(&mut hole.until);
    }
}

/// A date in a name: `messages-20201220`, `syslog.2020-12-20.gz`.
pub(super) fn date_in(name: &str) -> Option<Date> {
    let bytes = name.as_bytes();
    let number = |from: usize, length: usize| -> Option<u32> {
        let digits = bytes.get(from..from + length)?;
        digits
            .iter()
            .try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
    };
    let at = |start: usize| {
        if start > 0 && bytes[start - 1].is_ascii_digit() {
            return None;
        }
        let year = number(start, 4).filter(|year| (1_990..2_100).contains(year))?;
        let parted = usize::from(matches!(bytes.get(start + 4), Some(b'-' | b'_' | b'.')));
        if parted == 1 && bytes.get(start + 4) != bytes.get(start + 7) {
            return None;
        }
        let (month, day) = (number(start + 4 + parted, 2)?, number(start + 6 + 2 * parted, 2)?);
        let valid = Timestamp::from_civil(
            Some(i64::from(year)),
            (month, day),
            (0, 0, 0),
            0,
            crate::model::Zone::Unknown,
        );
        valid.map(|_| (i64::from(year), month, day))
    };
    (0..bytes.len()).find_map(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(path: &str, first: &str, last: &str) -> ArtifactSummary {
        let text = TextSummary {
            records: 1,
            first_time: Timestamp::parse(first),
            last_time: Timestamp::parse(last),
            ..TextSummary::default()
        };
        ArtifactSummary { artifact: path.into(), text: Some(text), ..ArtifactSummary::default() }
    }

    #[test]
    fn the_year_comes_from_the_name_or_the_neighbors_and_is_said() {
        let mut all = [
            log("log/messages-20210103", "--12-27T00:00:00", "--01-03T03:00:00"),
            log("log/messages-20210103.gz > messages", "--12-27T00:00:00", "--01-03T03:00:00"),
            log(
                "b-2020-12-20.tar.gz > b-2020-12-20.tar > etc/log/secure",
                "--12-01T00:00:00",
                "--12-19T00:00:00",
            ),
            log("2020-12-20/log/secure", "--12-01T00:00:00", "--12-19T00:00:00"),
            log("var/log/auth.log", "--12-01T00:00:00", "--12-31T00:00:00"),
            log("var/log/access.log", "2020-12-01T00:00:00Z", "2021-01-05T00:00:00Z"),
            log("other/auth.log", "--12-01T00:00:00", "--12-31T00:00:00"),
        ];
        assume(&mut all);
        let told = all.iter().map(|artifact| {
            let text = artifact.text.clone().unwrap_or_default();
            let shown = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
            format!("{} {} {}", shown(text.first_time), shown(text.last_time), text.assumed_year)
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                "2020-12-27T00:00:00 2021-01-03T03:00:00 2021, from the date in its name",
                "2020-12-27T00:00:00 2021-01-03T03:00:00 2021, from the date in its name",
                "--12-01T00:00:00 --12-19T00:00:00 2020 at the latest, from the date in the name of what it came in",
                "--12-01T00:00:00 --12-19T00:00:00 2020 at the latest, from the date in the name of what it came in",
                "--12-01T00:00:00 --12-31T00:00:00 2020 at the latest, from the newest log beside it",
                "2020-12-01T00:00:00Z 2021-01-05T00:00:00Z ",
                "--12-01T00:00:00 --12-31T00:00:00 ",
            ]
        );
    }

    #[test]
    fn dates_in_names_are_whole() {
        for (name, wanted) in [
            ("messages-20201220", Some((2020, 12, 20))),
            ("syslog.2020-12-20.gz", Some((2020, 12, 20))),
            ("v120201220", None),
            ("a-20201320", None),
            ("2020-12_20", None),
            ("access.log", None),
        ] {
            assert_eq!(date_in(name), wanted, "{name}");
        }
    }
}
