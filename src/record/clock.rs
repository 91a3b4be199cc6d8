//! Times as logs write them, read at a fixed place without searching.

use crate::model::{Timestamp, Zone};

/// Two digits at `at`.
fn two(bytes: &[u8], at: usize) -> Option<u32> {
    let (tens, ones) = (digit(bytes, at)?, digit(bytes, at + 1)?);
    Some(tens * 10 + ones)
}

fn digit(bytes: &[u8], at: usize) -> Option<u32> {
    let value = bytes.get(at)?.wrapping_sub(b'0');
    (value < 10).then_some(u32::from(value))
}

fn year(bytes: &[u8], at: usize) -> Option<i64> {
    Some(i64::from(two(bytes, at)? * 100 + two(bytes, at + 2)?))
}

/// `10:00:00` at `at`.
fn clock(bytes: &[u8], at: usize) -> Option<(u32, u32, u32)> {
    if bytes.get(at + 2) != Some(&b':') || bytes.get(at + 5) != Some(&b':') {
        return None;
    }
    Some((two(bytes, at)?, two(bytes, at + 3)?, two(bytes, at + 6)?))
}

/// Bytes of `10:00:00.123 ` at `at`: a clock that has no date; zero where there is none.
pub(super) fn length(bytes: &[u8], at: usize) -> usize {
    match clock(bytes, at).map(|_| fraction(bytes, at + 8)) {
        Some((_, end)) if bytes.get(end) == Some(&b' ') => end + 1 - at,
        _ => 0,
    }
}

/// ` 5:13:11` at `at`: an hour with a space in place of its zero, as MySQL writes it.
fn padded_clock(bytes: &[u8], at: usize) -> Option<(u32, u32, u32)> {
    if bytes.get(at) != Some(&b' ') || bytes.get(at + 2) != Some(&b':') || bytes.get(at + 5) != Some(&b':') {
        return None;
    }
    Some((digit(bytes, at + 1)?, two(bytes, at + 3)?, two(bytes, at + 6)?))
}

/// The number of an English month's first three letters.
pub(super) fn month(bytes: &[u8], at: usize) -> Option<u32> {
    const MONTHS: [&[u8; 3]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let name = bytes.get(at..at + 3)?;
    MONTHS.iter().position(|month| name == *month).map(|index| index as u32 + 1)
}

/// A fraction of a second behind `.` or `,` at `at`: nanoseconds, and where it ends.
fn fraction(bytes: &[u8], at: usize) -> (u32, usize) {
    if !matches!(bytes.get(at), Some(b'.' | b',')) || digit(bytes, at + 1).is_none() {
        return (0, at);
    }
    let (mut nanos, mut scale, mut end) = (0, 100_000_000, at + 1);
    while let Some(value) = digit(bytes, end) {
        nanos += value * scale;
        scale /= 10;
        end += 1;
    }
    (nanos, end)
}

/// What a year of two digits lacks: it is one of this century.
const CENTURY: u32 = 2_000;

/// Minutes from UTC past which no zone is.
const FARTHEST: i16 = 14 * 60;

/// The zone at `at`, or behind a space there if it has all of its digits, and where it ends.
fn zone_behind(bytes: &[u8], at: usize) -> (Zone, usize) {
    let is_spaced = bytes.get(at) == Some(&b' ')
        && matches!(bytes.get(at + 1), Some(b'+' | b'-'))
        && two(bytes, at + 2).is_some()
        && two(bytes, at + 4 + usize::from(bytes.get(at + 4) == Some(&b':'))).is_some();
    zone(bytes, at + usize::from(is_spaced))
}

/// `Z`, `+0100`, `+01:00` or ` UTC` at `at`: the zone and where it ends.
fn zone(bytes: &[u8], at: usize) -> (Zone, usize) {
    let unknown = (Zone::Unknown, at);
    match bytes.get(at) {
        Some(b'Z') => (Zone::Offset(0), at + 1),
        Some(sign @ (b'+' | b'-')) => {
            let Some(hours) = two(bytes, at + 1) else { return unknown };
            let colon = usize::from(bytes.get(at + 3) == Some(&b':'));
            let minutes = two(bytes, at + 3 + colon);
            let end = if minutes.is_some() { at + 5 + colon } else { at + 3 };
            let total = (hours * 60 + minutes.unwrap_or(0)) as i16;
            if total > FARTHEST {
                return unknown;
            }
            (Zone::Offset(if *sign == b'-' { -total } else { total }), end)
        }
        _ if matches!(bytes.get(at..at + 4), Some(b" UTC" | b" GMT")) => (Zone::Offset(0), at + 4),
        _ => unknown,
    }
}

/// `16/Dec/2020:10:00:00 +0000` at `at` (Apache `%t`; a space before the clock in the logs of Python and Webmin), and where it
/// ends; `12/16/2020:10:00:00 +0000` as cPanel writes it.
pub(super) fn common(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    let (day, month_at) = one_or_two(bytes, at, b'/')?;
    let Some(month) = month(bytes, month_at) else { return cpanel(bytes, at) };
    if bytes.get(month_at + 3) != Some(&b'/') || !matches!(bytes.get(month_at + 8), Some(b':' | b' ')) {
        return None;
    }
    let clock = clock(bytes, month_at + 9)?;
    let (nanos, end) = fraction(bytes, month_at + 17);
    let (zone, end) = zone_behind(bytes, end);
    Some((Timestamp::from_civil(Some(year(bytes, month_at + 4)?), (month, day), clock, nanos, zone)?, end))
}

/// `12/16/2020:10:00:00 -0000` at `at`, the month first, and where it ends.
fn cpanel(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    if bytes.get(at + 2) != Some(&b'/')
        || bytes.get(at + 5) != Some(&b'/')
        || bytes.get(at + 10) != Some(&b':')
        || bytes.get(at + 19) != Some(&b' ')
    {
        return None;
    }
    let date = (two(bytes, at)?, two(bytes, at + 3)?);
    let (zone, end) = zone(bytes, at + 20);
    Some((Timestamp::from_civil(Some(year(bytes, at + 6)?), date, clock(bytes, at + 11)?, 0, zone)?, end))
}

/// `2020-12-16T10:00:00.123Z` at `at` (ISO 8601 and its relatives: `/` or `.` for `-`, space for `T`, no seconds, AM or PM), and where
/// it ends.
pub(super) fn iso(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    let separator = *bytes.get(at + 4)?;
    if !matches!(separator, b'-' | b'/' | b'.')
        || bytes.get(at + 7) != Some(&separator)
        || !matches!(bytes.get(at + 10), Some(b'T' | b' ' | b'_' | b'-'))
    {
        return None;
    }
    let date = (two(bytes, at + 5)?, two(bytes, at + 8)?);
    let told = match padded_clock(bytes, at + 11) {
        Some(clock) => {
            let (nanos, end) = fraction(bytes, at + 19);
            Clock { clock, nanos, has_seconds: true, end }
        }
        None => clock_of_twelve(bytes, at + 11)?,
    };
    let (clock, nanos, end) = (told.clock, told.nanos, told.end);
    // `10:00-12:00` is a span of time.
    let may_have_zone = told.has_seconds || bytes[at + 10] == b'T' || bytes.get(end) == Some(&b'Z');
    let (zone, end) = if may_have_zone { zone_behind(bytes, end) } else { (Zone::Unknown, end) };
    Some((Timestamp::from_civil(Some(year(bytes, at)?), date, clock, nanos, zone)?, end))
}

/// `20201216T100000Z` (ISO 8601, basic format), `20201216100000` or `20201216 10:00:00` at `at`, and where it ends.
pub(super) fn compact(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    let year = year(bytes, at).filter(|year| (1_990..2_100).contains(year))?;
    let date = (two(bytes, at + 4)?, two(bytes, at + 6)?);
    let joint = usize::from(matches!(bytes.get(at + 8), Some(b'T' | b' ' | b'-' | b'_')));
    let (clock, end) = match clock(bytes, at + 8 + joint).filter(|_| joint == 1) {
        Some(clock) => (clock, at + 17),
        None => {
            let from = at + 8 + joint;
            ((two(bytes, from)?, two(bytes, from + 2)?, two(bytes, from + 4)?), from + 6)
        }
    };
    let (nanos, end) = fraction(bytes, end);
    let (zone, end) = zone(bytes, end);
    if bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    Some((Timestamp::from_civil(Some(year), date, clock, nanos, zone)?, end))
}

/// `Wed, 16 Dec 2020 10:00:00 +0000` (RFC 5322, section 3.3), `December 16, 2020 10:00 AM` or `Dec 16, 2020 @ 10:00:00.000` at `at`,
/// and where it ends.
pub(super) fn worded(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    let word = |at: usize| {
        bytes.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_alphabetic()).count()
    };
    let behind = |at: usize, texts: &[&[u8]]| {
        texts
            .iter()
            .find(|text| bytes.get(at..).is_some_and(|rest| rest.starts_with(text)))
            .map(|text| at + text.len())
    };
    let at = behind(at + word(at), &[b", "]).filter(|_| word(at) >= 3).unwrap_or(at);
    let (day, month, end) = match word(at) {
        0 => {
            let (day, month_at) = one_or_two(bytes, at, b' ')?;
            let end = month_at + word(month_at);
            (day, named_month(bytes.get(month_at..end)?)?, end)
        }
        length => {
            let month = named_month(&bytes[at..at + length])?;
            let (day, end) =
                one_or_two(bytes, at + length + 1, b',').filter(|_| bytes.get(at + length) == Some(&b' '))?;
            (day, month, end)
        }
    };
    let year_at = behind(end, &[b" "])?;
    let year = year(bytes, year_at)?;
    let clock_at = behind(year_at + 4, &[b", ", b" @ ", b" at ", b" "])?;
    let Clock { clock, nanos, has_seconds, end } = clock_of_twelve(bytes, clock_at)?;
    let (zone, end) = if has_seconds { zone_behind(bytes, end) } else { (Zone::Unknown, end) };
    Some((Timestamp::from_civil(Some(year), (month, day), clock, nanos, zone)?, end))
}

/// The number of a month by its English name, in full or its first letters.
fn named_month(name: &[u8]) -> Option<u32> {
    const REST: [&[u8]; 12] =
        [b"uary", b"ruary", b"ch", b"il", b"", b"e", b"y", b"ust", b"tember", b"ober", b"ember", b"ember"];
    let number = month(name, 0)?;
    REST[number as usize - 1].starts_with(&name[3..]).then_some(number)
}

/// A day of the month at `at`, padded with a space or not at all, and where it ends.
fn day(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    match (bytes.get(at)?, bytes.get(at + 1)?) {
        (b' ', _) => Some((digit(bytes, at + 1)?, at + 2)),
        (_, b' ') => Some((digit(bytes, at)?, at + 1)),
        _ => Some((two(bytes, at)?, at + 2)),
    }
}

/// `Dec 16 10:00:00` at `at` (RFC 3164, section 4.1.2), with a year behind the date where some devices write one;
/// and where it ends.
pub(super) fn syslog(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    let month = month(bytes, at)?;
    let (day, end) = day(bytes, at + 4)?;
    let (year, clock_at) = match year(bytes, end + 1) {
        Some(year) if bytes.get(end + 5) == Some(&b' ') => (Some(year), end + 6),
        _ => (None, end + 1),
    };
    let clock = clock(bytes, clock_at)?;
    let (nanos, end) = fraction(bytes, clock_at + 8);
    Some((Timestamp::from_civil(year, (month, day), clock, nanos, Zone::Unknown)?, end))
}

/// `Wed Dec 16 10:00:00.123456 2020` at `at` (C `asctime`, Apache error logs), and where it ends.
pub(super) fn ctime(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    let month = month(bytes, at + 4)?;
    let (day, end) = day(bytes, at + 8)?;
    let clock = clock(bytes, end + 1)?;
    let (nanos, end) = fraction(bytes, end + 9);
    if bytes.get(end) != Some(&b' ') {
        return None;
    }
    // `date` writes the zone's name in front of the year; a name other than UTC's may be that of several zones.
    let name = bytes[end + 1..].iter().take(5).take_while(|byte| byte.is_ascii_uppercase()).count();
    let (zone, year_at) = match name {
        0 => (Zone::Unknown, end + 1),
        _ if matches!(&bytes[end + 1..end + 1 + name], b"UTC" | b"GMT") => (Zone::Offset(0), end + name + 2),
        _ => (Zone::Unknown, end + name + 2),
    };
    Some((Timestamp::from_civil(Some(year(bytes, year_at)?), (month, day), clock, nanos, zone)?, year_at + 4))
}

/// `12/16/2020 10:00:00.123`, `9/7/2013<tab>2:42:26 PM`, `08/02/2023, 7:32 PM`, `16.12.2020 10:00:00`, `07/11/2022-10:29:01.86`,
/// `01/25/22 16:08:02` or `2020/8/6 10:00:00` at `at`, and where it ends. Which number is the day stays open where the numbers do not
/// tell it.
pub(super) fn numbers(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    let (first, width, end) = number(bytes, at)?;
    let separator = *bytes.get(end).filter(|byte| matches!(byte, b'/' | b'.' | b'-'))?;
    let (second, middle, end) = number(bytes, end + 1)?;
    if middle > 2 || bytes.get(end) != Some(&separator) {
        return None;
    }
    let (third, last, end) = number(bytes, end + 1)?;
    let (clock_at, joint) = match bytes.get(end..end + 2)? {
        b", " => (end + 2, b','),
        [joint @ (b' ' | b'\t' | b'-'), _] => (end + 1, *joint),
        _ => return None,
    };
    let Clock { clock, nanos, end, .. } = clock_of_twelve(bytes, clock_at)?;
    let told =
        |year: u32, date| Timestamp::from_civil(Some(i64::from(year)), date, clock, nanos, Zone::Unknown);
    let time = match (width, last) {
        (4, 1 | 2) => told(first, (second, third)),
        (1 | 2, 4) if separator == b'.' => told(third, (second, first)),
        // Snort and Suricata.
        (1 | 2, 4) if joint == b'-' && separator == b'/' => told(third, (first, second)),
        (1 | 2, 4) => Timestamp::from_numbers([first, second, third], false, clock, nanos),
        (2, 2) if separator == b'.' => told(CENTURY + third, (second, first)),
        (2, 2) if joint == b'-' && separator == b'/' => told(CENTURY + third, (first, second)),
        (2, 2) => Timestamp::from_numbers([first, second, third], true, clock, nanos),
        _ => None,
    };
    Some((time?, end))
}

/// Up to four digits at `at`: their number, how many, and where they end.
fn number(bytes: &[u8], at: usize) -> Option<(u32, usize, usize)> {
    let width = bytes.get(at..)?.iter().take(5).take_while(|byte| byte.is_ascii_digit()).count();
    let value = bytes[at..at + width].iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    (1..=4).contains(&width).then_some((value, width, at + width))
}

/// A clock as it was read.
struct Clock {
    /// Hour, minute and second.
    clock: (u32, u32, u32),
    nanos: u32,
    has_seconds: bool,
    /// Where it ends.
    end: usize,
}

/// `7:32:47.5 PM`, `19:32:47` or `19:32` at `at`.
fn clock_of_twelve(bytes: &[u8], at: usize) -> Option<Clock> {
    let (hour, minute_at) = one_or_two(bytes, at, b':')?;
    let minute = two(bytes, minute_at)?;
    let has_seconds = bytes.get(minute_at + 2) == Some(&b':');
    let (second, nanos, end) = match bytes.get(minute_at + 2) {
        Some(b':') => {
            let (nanos, end) = fraction(bytes, minute_at + 5);
            (two(bytes, minute_at + 3)?, nanos, end)
        }
        Some(byte) if byte.is_ascii_alphanumeric() && *byte != b'Z' => return None,
        _ => (0, 0, minute_at + 2),
    };
    let (hour, end) = half_of_day(bytes, hour, end);
    Some(Clock { clock: (hour, minute, second), nanos, has_seconds, end })
}

/// The hour of the day, with AM or PM behind the clock that ends at `end`, and where that ends.
fn half_of_day(bytes: &[u8], hour: u32, end: usize) -> (u32, usize) {
    // JavaScript writes a narrow space (U+202F).
    let spaces: [&[u8]; 2] = [b" ", b"\xE2\x80\xAF"];
    let rest = bytes.get(end..).unwrap_or_default();
    let Some(space) = spaces.iter().find(|space| rest.starts_with(space)) else { return (hour, end) };
    let word = &rest[space.len()..];
    if !(1..=12).contains(&hour) || word.get(2).is_some_and(u8::is_ascii_alphanumeric) {
        return (hour, end);
    }
    match word.get(..2).map(<[u8]>::to_ascii_uppercase).as_deref() {
        Some(b"AM") => (hour % 12, end + space.len() + 2),
        Some(b"PM") => (hour % 12 + 12, end + space.len() + 2),
        _ => (hour, end),
    }
}

/// A number of one or two digits at `at`, and where what follows its separator begins.
fn one_or_two(bytes: &[u8], at: usize, separator: u8) -> Option<(u32, usize)> {
    let (number, end) = match two(bytes, at) {
        Some(number) => (number, at + 2),
        None => (digit(bytes, at)?, at + 1),
    };
    (bytes.get(end) == Some(&separator)).then_some((number, end + 1))
}

/// `I0613 10:22:21.684962` at `at` (glog and klog: a level, month, day and clock without a year), and where it ends.
pub(super) fn glog(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    if !matches!(bytes.get(at), Some(b'I' | b'W' | b'E' | b'F')) || bytes.get(at + 5) != Some(&b' ') {
        return None;
    }
    let date = (two(bytes, at + 1)?, two(bytes, at + 3)?);
    let clock = clock(bytes, at + 6)?;
    let (nanos, end) = fraction(bytes, at + 14);
    (end > at + 14)
        .then(|| Timestamp::from_civil(None, date, clock, nanos, Zone::Unknown))?
        .map(|time| (time, end))
}

/// `221128 14:49:17` at `at` (MySQL and MariaDB of old), the hour with a space or a zero, and where it ends.
pub(super) fn mysql(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    let date = (two(bytes, at + 2)?, two(bytes, at + 4)?);
    let year = i64::from(CENTURY + two(bytes, at)?);
    let clock = clock(bytes, at + 7).or_else(|| padded_clock(bytes, at + 7));
    let clock = clock.filter(|_| bytes.get(at + 6) == Some(&b' '))?;
    Some((Timestamp::from_civil(Some(year), date, clock, 0, Zone::Unknown)?, at + 15))
}

/// `@40000000433225833b6e1a8c` at `at` (TAI64N label, as `multilog` and `svlogd` write it: seconds with 10 added and 2^62, and
/// nanoseconds), and where it ends.
pub(super) fn tai64n(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    let digits = bytes.get(at..at + 25)?.strip_prefix(b"@")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let digits = std::str::from_utf8(digits).ok()?;
    let label = i64::from_str_radix(&digits[..16], 16).ok()?;
    let seconds = label.checked_sub((1 << 62) + 10)?;
    let nanos = u32::from_str_radix(&digits[16..], 16).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    let is_near = (0..2_208_988_800).contains(&seconds);
    is_near.then_some((Timestamp::from_unix(seconds, nanos), at + 25))
}

/// `16-Dec-2020 10:00:00.123` at `at` (Tomcat's `OneLineFormatter`), and where it ends.
pub(super) fn dashed(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    if bytes.get(at + 2) != Some(&b'-')
        || bytes.get(at + 6) != Some(&b'-')
        || bytes.get(at + 11) != Some(&b' ')
    {
        return None;
    }
    let date = (month(bytes, at + 3)?, two(bytes, at)?);
    let (nanos, end) = fraction(bytes, at + 20);
    let clock = clock(bytes, at + 12)?;
    Some((Timestamp::from_civil(Some(year(bytes, at + 7)?), date, clock, nanos, Zone::Unknown)?, end))
}

/// `15Dec05 03:07:46` at `at` (Serv-U), and where it ends.
pub(super) fn short_day(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    let date = (month(bytes, at + 2)?, two(bytes, at)?);
    let year = i64::from(CENTURY + two(bytes, at + 5)?);
    let clock = clock(bytes, at + 8).filter(|_| bytes.get(at + 7) == Some(&b' '))?;
    Some((Timestamp::from_civil(Some(year), date, clock, 0, Zone::Unknown)?, at + 16))
}

/// Year, month and day of `2020-12-16` at `at`.
pub(super) fn date(bytes: &[u8], at: usize) -> Option<(i64, (u32, u32))> {
    let separator = *bytes.get(at + 4)?;
    if !matches!(separator, b'-' | b'/') || bytes.get(at + 7) != Some(&separator) {
        return None;
    }
    Some((year(bytes, at)?, (two(bytes, at + 5)?, two(bytes, at + 8)?)))
}

/// A date at one place (`2020-12-16`) and a clock at another (`10:00:00`).
pub(super) fn date_and_clock(bytes: &[u8], at: usize, clock_at: usize) -> Option<Timestamp> {
    let (year, day) = date(bytes, at)?;
    let (nanos, end) = fraction(bytes, clock_at + 8);
    let (zone, _) = zone(bytes, end);
    Timestamp::from_civil(Some(year), day, clock(bytes, clock_at)?, nanos, zone)
}

/// A date in one cell and a clock in another, in any form: `03/04/23` and `10:00:00 AM`. Of a date that has a clock of its own, as
/// exports of databases have, that is passed over.
pub(super) fn of_cells(date: &[u8], clock: &[u8]) -> Option<Timestamp> {
    /// Bytes that either may have.
    const MOST: usize = 32;
    let date = &date[..date.len().min(MOST)];
    let date = match any(date, 0) {
        Some(_) => &date[..date.iter().position(|byte| matches!(byte, b' ' | b'T')).unwrap_or(date.len())],
        None => date,
    };
    let together = [date, &clock[..clock.len().min(MOST)]].join(&b' ');
    any(&together, 0).map(|(time, _)| time)
}

/// A time at `at` in any form that says it alone; those of single programs are asked for by their readers.
pub(super) fn any(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    iso(bytes, at)
        .or_else(|| common(bytes, at))
        .or_else(|| epoch(bytes, at))
        .or_else(|| dashed(bytes, at))
        .or_else(|| numbers(bytes, at))
        .or_else(|| compact(bytes, at))
        .or_else(|| worded(bytes, at))
        .or_else(|| syslog(bytes, at))
        .or_else(|| ctime(bytes, at))
}

/// Seconds, or thousandths, millionths or billionths of one, since 1970 at `at`, between 2000 and 2040, and where they
/// end.
pub(super) fn epoch(bytes: &[u8], at: usize) -> Option<(Timestamp, usize)> {
    let length = bytes.get(at..)?.iter().take(20).take_while(|byte| byte.is_ascii_digit()).count();
    let number: i64 = std::str::from_utf8(&bytes[at..at + length]).ok()?.parse().ok()?;
    let scale: i64 = match length {
        9 | 10 => 1,
        13 => 1_000,
        16 => 1_000_000,
        19 => 1_000_000_000,
        _ => return None,
    };
    let seconds = number / scale;
    if !(946_684_800..2_208_988_800).contains(&seconds) {
        return None;
    }
    let rest = (number % scale) as u64 * (1_000_000_000 / scale) as u64;
    let (nanos, end) = if scale == 1 { fraction(bytes, at + length) } else { (rest as u32, at + length) };
    Some((Timestamp::from_unix(seconds, nanos), end))
}
