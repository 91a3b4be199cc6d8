//! The rotated series that a log belongs to, by its name: numbered (`access.log.1`, `.2.gz`) and dated ones
//! (`u_ex201216.log`, `access.log-20201216`).

use crate::model::{Timestamp, Zone};

use super::year;

/// Endings of files that hold one other file, whose name is the same without them.
const PACKED: [&str; 9] = [".gz", ".bz2", ".xz", ".zst", ".lz4", ".lzma", ".lz", ".Z", ".zip"];

/// Logs without `log` in their name that are rotated by number on Unix systems.
const UNIX: [&str; 8] = ["messages", "secure", "cron", "debug", "kern", "boot", "warn", "spooler"];

/// Seconds of a day.
pub(super) const DAY: i64 = 24 * 3_600;

/// Where a log stands in its series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Its name has no number and no date: the log that is being written.
    Current,
    /// How many rotations ago it was closed.
    Number(u32),
    /// The day it is of or was closed on, counted since 1970.
    Day(i64),
}

/// A log as one of a series.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// The path without what rotation changes: the same for all of a series.
    pub(super) stem: String,
    /// The path with `N` or `YYMMDD` for what rotation changes, as a person would write the series.
    pub(super) form: String,
    pub(super) place: Place,
}

impl Member {
    /// The series and place of an artifact.
    pub(super) fn of(path: &str) -> Member {
        let name = itself(path);
        numbered(name).or_else(|| by_site(name)).or_else(|| dated(name)).unwrap_or_else(|| Member {
            stem: name.to_owned(),
            form: format!("{name}.N"),
            place: Place::Current,
        })
    }
}

/// The path of the log itself: without the ending of a packed file, and without the packed file of the same name that it
/// came out of.
pub(super) fn itself(path: &str) -> &str {
    let plain = unpacked(path);
    let Some((around, inside)) = path.rsplit_once(" > ") else { return plain };
    let last = file_name(around);
    let same = last != unpacked(last) && unpacked(last) == inside;
    if same { itself(around) } else { plain }
}

/// Without the ending of a packed file.
pub(super) fn unpacked(path: &str) -> &str {
    PACKED.iter().find_map(|ending| path.strip_suffix(ending)).unwrap_or(path)
}

/// The last part of a path, be it in a folder or in a container.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\', '>']).next().unwrap_or(path).trim_start()
}

/// `access.log.3`.
fn numbered(name: &str) -> Option<Member> {
    let (stem, number) = name.rsplit_once('.')?;
    let number = number.parse::<u32>().ok().filter(|number| *number < 1_000)?;
    let last = file_name(stem);
    let place = Place::Number(number);
    let is_log = last.contains("log") || UNIX.contains(&last);
    is_log.then(|| Member { stem: stem.to_owned(), form: format!("{stem}.N"), place })
}

/// `u_ex201216.log`, as IIS names its logs: two digits of the year, an hour perhaps behind the day, and `_x` where fields
/// of one's own are logged.
fn by_site(name: &str) -> Option<Member> {
    let last = file_name(name);
    let folder = &name[..name.len() - last.len()];
    let (prefix, rest) = ["u_ex", "u_in", "u_nc", "ex", "in", "nc"]
        .iter()
        .find_map(|prefix| Some((*prefix, last.strip_prefix(prefix)?)))?;
    let (digits, ending) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?;
    if !matches!(digits.len(), 6 | 8) || !matches!(ending, ".log" | "_x.log") {
        return None;
    }
    let day = day(year::date_in(&format!("20{}", digits.get(..6)?))?)?;
    Some(Member {
        stem: format!("{folder}{prefix}{ending}"),
        form: format!("{folder}{prefix}YYMMDD{ending}"),
        place: Place::Day(day),
    })
}

/// A name with a whole date.
fn dated(name: &str) -> Option<Member> {
    let last = file_name(name);
    let folder = &name[..name.len() - last.len()];
    let (year, month, number) = year::date_in(last)?;
    let (before, after) = ["-", "_", ".", ""]
        .iter()
        .find_map(|parted| last.split_once(&format!("{year:04}{parted}{month:02}{parted}{number:02}")))?;
    Some(Member {
        stem: format!("{folder}{}{after}", before.trim_end_matches(['-', '_', '.'])),
        form: format!("{folder}{before}YYYYMMDD{after}"),
        place: Place::Day(day((year, month, number))?),
    })
}

/// The number of a day since 1970.
fn day((year, month, day): (i64, u32, u32)) -> Option<i64> {
    let time = Timestamp::from_civil(Some(year), (month, day), (0, 0, 0), 0, Zone::Offset(0))?;
    Some(time.seconds.div_euclid(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotation_changes_the_place_and_not_the_stem() {
        for (one, other) in [
            ("access_log", "access_log.2.gz > access_log.2"),
            ("access_log", "access_log-20201216"),
            ("access.log", "access.2020-12-16.log"),
            ("a.zip > W3SVC1/u_ex230528.log", "a.zip > W3SVC1/u_ex230601.log"),
            ("W3SVC1/u_ex230528_x.log", "W3SVC1/u_ex23060113_x.log"),
            ("logs.tar.gz > logs.tar > x/access.log", "logs.tar.gz > logs.tar > x/access.log.1"),
        ] {
            let (one, other) = (Member::of(one), Member::of(other));
            assert_eq!(one.stem, other.stem);
            assert_ne!(one.place, other.place);
        }
    }

    #[test]
    fn a_number_that_names_the_system_is_not_rotation() {
        for (one, other) in [
            ("10.0.0.5_access.log", "10.0.0.9_access.log"),
            ("web01-access.log", "web02-access.log"),
            ("W3SVC1/u_ex230528.log", "W3SVC2/u_ex230528.log"),
            ("logs.tar.gz > logs.tar > a.log", "logs.tar.gz > logs.tar > b.log"),
            ("old/u_ex230528.log", "old/in230528.log"),
        ] {
            assert_ne!(Member::of(one).stem, Member::of(other).stem);
        }
    }

    #[test]
    fn the_form_shows_what_changes() {
        for (name, form, place) in [
            ("log/access.log", "log/access.log.N", Place::Current),
            ("log/access.log.3.gz > access.log.3", "log/access.log.N", Place::Number(3)),
            ("u_ex000102.log", "u_exYYMMDD.log", Place::Day(10_958)),
            ("a-2000-01-02.log.xz", "a-YYYYMMDD.log", Place::Day(10_958)),
        ] {
            let member = Member::of(name);
            assert_eq!((member.form.as_str(), member.place), (form, place));
        }
    }
}
