//! A moment as a log wrote it, which may lack a year or a zone, or leave open which number is the day. What the log did not
//! say stays unknown.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{DateOrder, DateOrders};

/// What is known about the zone of a [`Timestamp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Zone {
    /// The log did not say. Comparisons treat the reading as UTC and reports say so.
    Unknown,
    /// Minutes east of UTC, as written.
    Offset(i16),
}

/// A moment with second resolution and an optional fraction, and with what is unknown about it.
///
/// Text form (also in JSON): RFC 3339, without the offset where the zone is unknown
/// (`2020-12-21T10:00:00`), with `--` in place of the year where that is unknown (`--12-21T10:00:00`), and with `?` behind
/// it where the date can be read in more than one order (`2023-03-04T10:00:00?`; EDTF, ISO 8601-2, writes doubt so).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00 UTC; of the clock's reading where the zone is unknown.
    /// Without a year, the reading is placed in 1972 (a leap year, so that 29 February exists).
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanos: u32,
    /// What is known about the zone.
    pub zone: Zone,
    /// Whether the log wrote a year.
    pub year_known: bool,
    /// The orders in which its date may be read; it stands here as read in the first of them.
    pub orders: DateOrders,
}

/// The year in which a reading without year is placed.
const UNKNOWN_YEAR: i64 = 1972;

/// What a year of two digits lacks.
const CENTURY: i64 = 2_000;

/// Days from 1970-01-01 to the given civil date (proleptic Gregorian).
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
const fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (month as i64 + 9) % 12;
    let doy = (153 * mp + 2) / 5 + day as i64 - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

/// The civil date of a day number; the inverse of [`days_from_civil`].
const fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = (doy - (153 * mp + 2) / 5 + 1) as u32;
    let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
    let year = yoe + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

const fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl Timestamp {
    /// A moment from its civil parts, or `None` where a part is out of range. A leap second (60) is
    /// counted as the second before the next minute.
    pub fn from_civil(
        year: Option<i64>,
        (month, day): (u32, u32),
        (hour, minute, second): (u32, u32, u32),
        nanos: u32,
        zone: Zone,
    ) -> Option<Timestamp> {
        let placed = year.unwrap_or(UNKNOWN_YEAR);
        let date_ok = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(placed, month);
        let year_ok = (0..=9_999).contains(&placed);
        if !date_ok || !year_ok || hour > 23 || minute > 59 || second > 60 || nanos > 999_999_999 {
            return None;
        }
        let offset = match zone {
            Zone::Unknown => 0,
            Zone::Offset(minutes) if minutes.abs() < 24 * 60 => i64::from(minutes) * 60,
            Zone::Offset(_) => return None,
        };
        let of_day = i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second.min(59));
        let seconds = days_from_civil(placed, month, day) * 86_400 + of_day - offset;
        Some(Timestamp { seconds, nanos, zone, year_known: year.is_some(), orders: DateOrders::TOLD })
    }

    /// A moment of Unix time, in UTC.
    pub const fn from_unix(seconds: i64, nanos: u32) -> Timestamp {
        Timestamp { seconds, nanos, zone: Zone::Offset(0), year_known: true, orders: DateOrders::TOLD }
    }

    /// A moment on a day that is written in three numbers, in whichever order gives a date; years of two digits are those of
    /// this century. The zone is unknown. `None` where no order does.
    pub fn from_numbers(
        numbers: [u32; 3],
        has_short_year: bool,
        clock: (u32, u32, u32),
        nanos: u32,
    ) -> Option<Timestamp> {
        let read = |order: DateOrder| {
            let [year, month, day] = order.sort(numbers);
            let year = i64::from(year) + if has_short_year { CENTURY } else { 0 };
            let is_possible = has_short_year || order != DateOrder::YearFirst;
            is_possible
                .then(|| Timestamp::from_civil(Some(year), (month, day), clock, nanos, Zone::Unknown))?
        };
        let orders = DateOrders::which(|order| read(order).is_some());
        let time = read(orders.first()?)?;
        // `04/04/2023` is the same day in every order.
        let is_told = numbers[0] == numbers[1] && !orders.hold(DateOrder::YearFirst);
        Some(Timestamp { orders: if is_told { DateOrders::TOLD } else { orders }, ..time })
    }

    /// The same numbers read in this order alone; `None` where that gives no date.
    pub fn in_order(&self, order: DateOrder) -> Option<Timestamp> {
        let read = self.orders.first().filter(|_| self.orders.hold(order))?;
        let orders = DateOrders::which(|one| one == order);
        if read == order {
            return Some(Timestamp { orders, ..*self });
        }
        let ((year, month, day), clock) = self.civil();
        // Three orders are those of a year of two digits, which may change its place.
        let century = if order == DateOrder::YearFirst || read == DateOrder::YearFirst { CENTURY } else { 0 };
        let numbers = read.unsort([u32::try_from(year - century).ok()?, month, day]);
        let [year, month, day] = order.sort(numbers);
        let year = i64::from(year) + century;
        let placed = Timestamp::from_civil(Some(year), (month, day), clock, self.nanos, self.zone)?;
        Some(Timestamp { orders, ..placed })
    }

    /// The same moment as an end of several readings, of which one may be wrong.
    #[must_use]
    pub fn in_doubt(&self) -> Timestamp {
        Timestamp { orders: DateOrders::which(|_| true), ..*self }
    }

    /// The same moment with its date read in the order that was found out; still in doubt where none was.
    #[must_use]
    pub fn settled(&self, order: Option<DateOrder>) -> Timestamp {
        let read = order.and_then(|order| self.in_order(order)).unwrap_or(*self);
        let is_open = order.is_none() && self.orders.are_several();
        Timestamp { orders: if is_open { self.orders } else { DateOrders::TOLD }, ..read }
    }

    /// Whether the day is known: the log wrote a year, and its date has one reading.
    pub const fn is_certain(&self) -> bool {
        self.year_known && !self.orders.are_several()
    }

    /// Reads the text form: `2020-12-16`, `2020-12-16T10:00:00`, with fraction, `Z` or offset, or `--12-16T...`. What is
    /// in doubt is no time that anybody may give.
    /// A date alone is its first second with unknown zone.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let (year, rest) = match text.strip_prefix("--") {
            Some(rest) => (None, rest),
            None => (Some(digits(text.get(..4)?)?), text.get(4..)?.strip_prefix('-')?),
        };
        let month = digits(rest.get(..2)?)?;
        let day = digits(rest.get(2..)?.strip_prefix('-')?.get(..2)?)?;
        let rest = rest.get(5..)?;
        let year = year.map(i64::from);
        if rest.is_empty() {
            return Timestamp::from_civil(year, (month, day), (0, 0, 0), 0, Zone::Unknown);
        }
        let rest = rest.strip_prefix(['T', ' '])?;
        let clock = (digits(rest.get(..2)?)?, digits(rest.get(3..5)?)?, digits(rest.get(6..8)?)?);
        if rest.as_bytes().get(2) != Some(&b':') || rest.as_bytes().get(5) != Some(&b':') {
            return None;
        }
        let mut rest = rest.get(8..)?;
        let mut nanos = 0;
        if let Some(fraction) = rest.strip_prefix(['.', ',']) {
            let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let kept = fraction.get(..length.min(9))?;
            nanos = digits(kept)? * 10_u32.pow(9 - kept.len() as u32);
            rest = fraction.get(length..)?;
        }
        Timestamp::from_civil(year, (month, day), clock, nanos, parse_zone(rest)?)
    }

    /// The same day and clock in another year; `None` for 29 February where that year has none. Whether the log wrote a
    /// year stays as it is.
    pub fn in_year(&self, year: i64) -> Option<Timestamp> {
        let ((_, month, day), clock) = self.civil();
        let placed = Timestamp::from_civil(Some(year), (month, day), clock, self.nanos, self.zone)?;
        Some(Timestamp { year_known: self.year_known, orders: self.orders, ..placed })
    }

    /// RFC 3339 in UTC with milliseconds, as STIX 2.1, section 3.2 wants its `created`; `None` where the day is not
    /// known.
    pub fn utc(&self) -> Option<String> {
        let utc = Timestamp { zone: Zone::Offset(0), ..*self };
        let ((year, month, day), (hour, minute, second)) = utc.civil();
        let millis = self.nanos / 1_000_000;
        self.is_certain()
            .then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"))
    }

    /// The civil date and clock as written (in the written zone).
    pub fn civil(&self) -> ((i64, u32, u32), (u32, u32, u32)) {
        let offset = match self.zone {
            Zone::Unknown => 0,
            Zone::Offset(minutes) => i64::from(minutes) * 60,
        };
        let local = self.seconds + offset;
        let of_day = local.rem_euclid(86_400) as u32;
        (civil_from_days(local.div_euclid(86_400)), (of_day / 3_600, of_day / 60 % 60, of_day % 60))
    }
}

fn digits(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Reads ``, `Z`, `+01:00`, `+0100`, `-05`; `None` for anything else.
fn parse_zone(text: &str) -> Option<Zone> {
    if text.is_empty() {
        return Some(Zone::Unknown);
    }
    if text == "Z" || text == "z" {
        return Some(Zone::Offset(0));
    }
    let negative = text.starts_with('-');
    let body = text.strip_prefix(['+', '-'])?;
    let hours = digits(body.get(..2)?)?;
    let minutes = match body.get(2..)? {
        "" => 0,
        rest => digits(rest.strip_prefix(':').unwrap_or(rest).get(..2)?)?,
    };
    let total = i16::try_from(hours * 60 + minutes).ok()?;
    Some(Zone::Offset(if negative { -total } else { total }))
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((year, month, day), (hour, minute, second)) = self.civil();
        if self.year_known {
            write!(f, "{year:04}-")?;
        } else {
            f.write_str("--")?;
        }
        write!(f, "{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanos != 0 {
            let fraction = format!("{:09}", self.nanos);
            write!(f, ".{}", fraction.trim_end_matches('0'))?;
        }
        match self.zone {
            Zone::Unknown => {}
            Zone::Offset(0) => f.write_str("Z")?,
            Zone::Offset(minutes) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)?;
            }
        }
        f.write_str(if self.orders.are_several() { "?" } else { "" })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = match text.strip_suffix('?') {
            Some(text) => Timestamp::parse(text).map(|time| time.in_doubt()),
            None => Timestamp::parse(&text),
        };
        read.ok_or_else(|| {
            de::Error::custom(format!(
                "expected an RFC 3339 time such as 2020-12-16T10:00:00Z, found {text:?}"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_survives_a_round_trip() {
        for text in [
            "2020-12-16T10:00:00Z",
            "2020-12-16T10:00:00",
            "2020-02-29T23:59:59.125+05:30",
            "1969-12-31T23:59:59-08:00",
            "--12-21T10:00:00",
            "--02-29T00:00:00",
        ] {
            assert_eq!(Timestamp::parse(text).map(|t| t.to_string()).as_deref(), Some(text));
        }
        let doubt = "\"2023-03-04T10:00:00?\"";
        let read: Timestamp = serde_json::from_str(doubt).expect("a time in doubt");
        assert_eq!(serde_json::to_string(&read).expect("a string"), doubt);
        assert_eq!(Timestamp::parse(&"2023-03-04????".repeat(9)), None);
    }

    #[test]
    fn numbers_are_read_in_every_order_that_gives_a_date() {
        let read = |numbers, short| {
            let time = Timestamp::from_numbers(numbers, short, (10, 0, 0), 0).expect("a date");
            DateOrder::ALL.map(|order| time.in_order(order).map(|time| time.settled(Some(order)).to_string()))
        };
        let at = |date: &str| Some(format!("{date}T10:00:00"));
        assert_eq!(read([3, 4, 2023], false), [at("2023-03-04"), at("2023-04-03"), None]);
        assert_eq!(read([13, 4, 2023], false), [None, at("2023-04-13"), None]);
        assert_eq!(read([17, 6, 9], true), [None, at("2009-06-17"), at("2017-06-09")]);
        assert_eq!(read([1, 2, 3], true), [at("2003-01-02"), at("2003-02-01"), at("2001-02-03")]);
        assert_eq!(read([1, 25, 22], true), [at("2022-01-25"), None, None]);
        assert_eq!(Timestamp::from_numbers([13, 13, 2023], false, (10, 0, 0), 0), None);
    }

    #[test]
    fn moments_are_written_in_utc() {
        let utc = |text: &str| Timestamp::parse(text).and_then(|at| at.utc());
        assert_eq!(utc("2020-12-16T10:00:00+02:00").as_deref(), Some("2020-12-16T08:00:00.000Z"));
        assert_eq!(utc("--12-16T10:00:00"), None);
    }

    #[test]
    fn refuses_dates_that_do_not_exist() {
        for text in [
            "2021-02-29",
            "2020-13-01",
            "2020-00-10",
            "2020-12-16T24:00:00Z",
            "2020-12-16T10:00:00+99:00",
            "12-16",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn day_numbers_invert() {
        for days in (-800_000..800_000).step_by(37) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }
}
