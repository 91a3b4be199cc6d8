//! When a log's records happened: first, last, and the stretches without any.

use std::collections::BTreeMap;

use crate::model::{DateOrder, Hole, Timestamp};

const HOUR: i64 = 3_600;

/// Hours of activity that are kept one by one: more than twenty years of them. Past that, later hours are not noted,
/// and no holes are told.
const MOST_HOURS: usize = 200_000;

/// A silence has to last at least this long to be told as a hole.
const SHORTEST_HOLE: i64 = 24 * HOUR;

/// And has to be so many times as long as the log's usual longest silences.
const FACTOR: i64 = 4;

/// Holes told of one log, the longest.
const MOST_HOLES: usize = 50;

/// A log without years that goes back by more than half a year has come to the next year.
const HALF_A_YEAR: i64 = 183 * 24 * HOUR;

/// A log that goes on across midnight has its next record within this time.
const ACROSS_MIDNIGHT: i64 = HOUR;

/// Collects times in any order, in bounded memory: it notes the hours in which records happened. Times without a year follow each
/// other across the turn of the year. Dates in numbers are read in every order, until the log has told which is its own.
#[derive(Debug)]
pub struct Dates {
    /// One, until dates in numbers come; then one for each order.
    readings: Vec<Reading>,
    /// Where in its line the first date in numbers stood, if that is all that is known of the line.
    column: Option<usize>,
}

/// All times, with dates in numbers read in one order.
#[derive(Clone, Debug, Default)]
struct Reading {
    order: Option<DateOrder>,
    /// Some date does not exist in this order.
    ruled_out: bool,
    /// Dates in numbers, and the last of them.
    count: u64,
    before: Option<Timestamp>,
    /// Whether one follows another across midnight.
    follows: bool,
    /// Whether one lies before the one in front of it.
    goes_back: bool,
    calendar: Calendar,
}

impl Reading {
    /// Takes a time whose date is in numbers.
    fn add(&mut self, time: &Timestamp) {
        let goes_back = |before: Timestamp| time.seconds < before.seconds - ACROSS_MIDNIGHT;
        self.goes_back |= self.before.is_some_and(goes_back);
        self.follow(time);
        self.before = Some(*time);
        self.count += 1;
        self.calendar.add(time);
    }

    /// Notes whether a time follows the last date in numbers across midnight.
    fn follow(&mut self, time: &Timestamp) {
        if !self.follows
            && let Some(before) = self.before
        {
            let is_near = (time.seconds - before.seconds).abs() <= ACROSS_MIDNIGHT;
            self.follows = is_near && time.civil().0 != before.civil().0;
        }
    }
}

impl Default for Dates {
    fn default() -> Dates {
        Dates { readings: vec![Reading::default()], column: None }
    }
}

impl Dates {
    /// No times yet.
    pub fn new() -> Dates {
        Dates::default()
    }

    /// Notes the time of a record. `column`: where it stands in its line, if nothing else tells that it is the line's time. Only dates
    /// where others stand decide how all are read: whoever can have a date written somewhere does not.
    pub fn add(&mut self, time: &Timestamp, column: Option<usize>) {
        if time.orders.are_told() {
            for reading in &mut self.readings {
                reading.follow(time);
                reading.calendar.add(time);
            }
            return;
        }
        if let [only] = &self.readings[..] {
            let all = DateOrder::ALL.map(|order| Reading { order: Some(order), ..only.clone() });
            self.readings = all.to_vec();
            self.column = column;
        }
        let decides = column.is_none() || column == self.column;
        for reading in &mut self.readings {
            match reading.order.and_then(|order| time.in_order(order)) {
                Some(time) => reading.add(&time),
                None => reading.ruled_out |= decides,
            }
        }
    }

    /// The reading in which all dates exist, or the only such one in which the log goes on across midnight. One in which time goes
    /// back is not believed where it does not in another.
    fn found(&self) -> Option<&Reading> {
        if let [only] = &self.readings[..] {
            return Some(only);
        }
        let possible = || self.readings.iter().filter(|reading| !reading.ruled_out);
        let found = only(possible()).or_else(|| only(possible().filter(|reading| reading.follows)))?;
        let is_smoother = |other: &Reading| other.count > 1 && !other.goes_back;
        (!found.goes_back || !self.readings.iter().any(is_smoother)).then_some(found)
    }

    /// The order in which dates in numbers are to be read; `None` where there are none, or where it is open.
    pub fn order(&self) -> Option<DateOrder> {
        self.found()?.order
    }

    /// The earliest time; where the order of the dates is open, the earliest of all readings.
    pub fn first(&self) -> Option<Timestamp> {
        let first = |reading: &Reading| reading.calendar.first;
        match self.found() {
            Some(reading) => first(reading).map(|time| time.settled(reading.order)),
            None => self.open().filter_map(first).min_by_key(|time| time.seconds).map(|time| time.in_doubt()),
        }
    }

    /// The latest time; where the order of the dates is open, the latest of all readings.
    pub fn last(&self) -> Option<Timestamp> {
        let last = |reading: &Reading| reading.calendar.last;
        match self.found() {
            Some(reading) => last(reading).map(|time| time.settled(reading.order)),
            None => self.open().filter_map(last).max_by_key(|time| time.seconds).map(|time| time.in_doubt()),
        }
    }

    /// The readings in which any date exists.
    fn open(&self) -> impl Iterator<Item = &Reading> {
        self.readings.iter().filter(|reading| reading.count > 0)
    }

    /// Stretches without records that are far longer than this log's usual silence; none where the order of the dates is open.
    pub fn holes(&self) -> Vec<Hole> {
        let Some(reading) = self.found() else { return Vec::new() };
        let mut holes = reading.calendar.holes();
        for hole in &mut holes {
            hole.from = hole.from.settled(reading.order);
            hole.until = hole.until.settled(reading.order);
        }
        holes
    }
}

fn only<'r>(mut readings: impl Iterator<Item = &'r Reading>) -> Option<&'r Reading> {
    readings.next().filter(|_| readings.next().is_none())
}

/// The hours in which records happened.
#[derive(Clone, Debug, Default)]
struct Calendar {
    /// The last time without a year, placed in the year of the log in which it is.
    yearless: Option<Timestamp>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    hours: BTreeMap<i64, (Timestamp, Timestamp)>,
    overflow: bool,
}

impl Calendar {
    fn add(&mut self, time: &Timestamp) {
        let time = &if time.year_known { *time } else { self.follow(time) };
        if self.first.is_none_or(|first| time.seconds < first.seconds) {
            self.first = Some(*time);
        }
        if self.last.is_none_or(|last| time.seconds > last.seconds) {
            self.last = Some(*time);
        }
        let hour = time.seconds.div_euclid(HOUR);
        if self.hours.len() >= MOST_HOURS && !self.hours.contains_key(&hour) {
            self.overflow = true;
            return;
        }
        let (first, last) = self.hours.entry(hour).or_insert((*time, *time));
        if time.seconds < first.seconds {
            *first = *time;
        }
        if time.seconds > last.seconds {
            *last = *time;
        }
    }

    /// Places a time without a year in the year in which it is nearest to the one before.
    fn follow(&mut self, time: &Timestamp) -> Timestamp {
        let mut placed = *time;
        if let Some(before) = self.yearless {
            let year = before.civil().0.0;
            let near = |placed: &Timestamp| (placed.seconds - before.seconds).abs() <= HALF_A_YEAR;
            let years = [year, year + 1, year - 1];
            placed = years.into_iter().filter_map(|year| time.in_year(year)).find(near).unwrap_or(placed);
        }
        self.yearless = Some(placed);
        placed
    }

    /// Stretches without records that are far longer than this log's usual silence: at least a day, and at least
    /// four times as long as nine in ten of its other silences of an hour or more. A log of nightly jobs is silent for a day
    /// every day; that is no hole.
    fn holes(&self) -> Vec<Hole> {
        if self.overflow {
            return Vec::new();
        }
        let ends: Vec<&(Timestamp, Timestamp)> = self.hours.values().collect();
        let silences: Vec<Hole> =
            ends.windows(2).map(|pair| Hole { from: pair[0].1, until: pair[1].0 }).collect();
        let length = |hole: &Hole| hole.until.seconds - hole.from.seconds;
        let mut lengths: Vec<i64> = silences.iter().map(length).collect();
        lengths.sort_unstable();
        let usual = lengths.get(lengths.len().saturating_sub(1) * 9 / 10).copied().unwrap_or(0);
        let threshold = SHORTEST_HOLE.max(usual.saturating_mul(FACTOR));
        let mut holes: Vec<Hole> = silences.into_iter().filter(|hole| length(hole) >= threshold).collect();
        holes.sort_by_key(|hole| (std::cmp::Reverse(length(hole)), hole.from));
        holes.truncate(MOST_HOLES);
        holes.sort_by_key(|hole| hole.from);
        holes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(hours: impl Iterator<Item = i64>) -> Dates {
        let mut dates = Dates::new();
        for hour in hours {
            let mut time = Timestamp::parse("2020-12-14T00:30:00Z").expect("a time");
            time.seconds += hour * HOUR;
            dates.add(&time, None);
        }
        dates
    }

    #[test]
    fn a_log_without_years_goes_across_the_turn_of_the_year() {
        let mut dates = Dates::new();
        for day in ["--12-30T10:00:00", "--12-31T10:00:00", "--01-01T10:00:00", "--01-02T10:00:00"] {
            dates.add(&Timestamp::parse(day).expect("a time"), None);
        }
        let shown = |time: Option<Timestamp>| time.map(|time| time.to_string());
        assert_eq!(shown(dates.first()).as_deref(), Some("--12-30T10:00:00"));
        assert_eq!(shown(dates.last()).as_deref(), Some("--01-02T10:00:00"));
        assert_eq!(dates.holes(), []);
    }

    fn numbers(rows: &[([u32; 3], u32)], is_short: bool) -> String {
        let mut dates = Dates::new();
        for (date, hour) in rows {
            dates.add(&Timestamp::from_numbers(*date, is_short, (*hour, 0, 0), 0).expect("a date"), None);
        }
        let shown = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        format!("{:?} {} {}", dates.order(), shown(dates.first()), shown(dates.last()))
    }

    #[test]
    fn one_date_with_a_single_reading_tells_the_order_of_all() {
        assert_eq!(
            numbers(&[([3, 4, 2023], 1), ([13, 4, 2023], 1)], false),
            "Some(DayFirst) 2023-04-03T01:00:00 2023-04-13T01:00:00"
        );
        assert_eq!(
            numbers(&[([4, 13, 2023], 1), ([3, 4, 2023], 1)], false),
            "Some(MonthFirst) 2023-03-04T01:00:00 2023-04-13T01:00:00"
        );
        assert_eq!(
            numbers(&[([5, 5, 22], 1), ([1, 25, 22], 1)], true),
            "Some(MonthFirst) 2022-01-25T01:00:00 2022-05-05T01:00:00"
        );
    }

    #[test]
    fn a_log_that_goes_on_across_midnight_tells_its_order() {
        assert_eq!(
            numbers(&[([3, 4, 2023], 23), ([4, 4, 2023], 0)], false),
            "Some(DayFirst) 2023-04-03T23:00:00 2023-04-04T00:00:00"
        );
        assert_eq!(
            numbers(&[([17, 6, 9], 23), ([17, 6, 10], 0)], true),
            "Some(YearFirst) 2017-06-09T23:00:00 2017-06-10T00:00:00"
        );
    }

    #[test]
    fn what_no_date_tells_stays_open_between_the_ends_of_all_readings() {
        assert_eq!(
            numbers(&[([3, 4, 2023], 1), ([4, 4, 2023], 1)], false),
            "None 2023-03-04T01:00:00? 2023-04-04T01:00:00?"
        );
        assert_eq!(
            numbers(&[([13, 4, 2023], 1), ([4, 13, 2023], 1), ([3, 4, 2023], 1)], false),
            "None 2023-03-04T01:00:00? 2023-04-13T01:00:00?"
        );
        assert_eq!(numbers(&[([4, 4, 2023], 1)], false), "None 2023-04-04T01:00:00 2023-04-04T01:00:00");
    }

    #[test]
    fn a_stray_date_does_not_tell_the_order_of_all() {
        let read = |stray: [u32; 3], column: Option<usize>| {
            let mut dates = Dates::new();
            for day in 1..=12 {
                let time = |date| Timestamp::from_numbers(date, false, (10, 0, 0), 0).expect("a date");
                dates.add(&time([day, 4, 2023]), Some(0));
                if day == 6 {
                    dates.add(&time(stray), column);
                }
            }
            dates.order()
        };
        // Elsewhere in a line; where time would go back.
        assert_eq!(read([6, 25, 2023], Some(8)), None);
        assert_eq!(read([1, 25, 2022], Some(0)), None);
        assert_eq!(read([13, 4, 2023], Some(8)), None);
    }

    #[test]
    fn two_missing_days_are_a_hole_and_nightly_jobs_are_not() {
        assert_eq!(dates((0..200).chain(250..400)).holes().len(), 1);
        assert_eq!(dates((0..40).map(|day| day * 24)).holes(), []);
        assert_eq!(dates((0..40).map(|day| day * 24).chain([2_000])).holes().len(), 1);
        assert_eq!(dates((0..10).rev()).holes(), []);
    }
}
