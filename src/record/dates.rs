//! When a log's records happened: first, last, and the stretches without any.

use std::collections::BTreeMap;

use crate::model::{Hole, Timestamp};

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

/// Collects times in any order, in bounded memory: it notes the hours in which records happened. Times without a year follow each
/// other across the turn of the year.
#[derive(Debug, Default)]
pub struct Dates {
    /// The last time without a year, placed in the year of the log in which it is.
    yearless: Option<Timestamp>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    hours: BTreeMap<i64, (Timestamp, Timestamp)>,
    overflow: bool,
}

impl Dates {
    /// No times yet.
    pub fn new() -> Dates {
        Dates::default()
    }

    /// Notes the time of a record.
    pub fn add(&mut self, time: &Timestamp) {
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

    /// The earliest time.
    pub fn first(&self) -> Option<Timestamp> {
        self.first
    }

    /// The latest time.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// Stretches without records that are far longer than this log's usual silence: at least a day, and at least
    /// four times as long as nine in ten of its other silences of an hour or more. A log of nightly jobs is silent for a day
    /// every day; that is no hole.
    pub fn holes(&self) -> Vec<Hole> {
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
            dates.add(&time);
        }
        dates
    }

    #[test]
    fn a_log_without_years_goes_across_the_turn_of_the_year() {
        let mut dates = Dates::new();
        for day in ["--12-30T10:00:00", "--12-31T10:00:00", "--01-01T10:00:00", "--01-02T10:00:00"] {
            dates.add(&Timestamp::parse(day).expect("a time"));
        }
        let shown = |time: Option<Timestamp>| time.map(|time| time.to_string());
        assert_eq!(shown(dates.first()).as_deref(), Some("--12-30T10:00:00"));
        assert_eq!(shown(dates.last()).as_deref(), Some("--01-02T10:00:00"));
        assert_eq!(dates.holes(), []);
    }

    #[test]
    fn two_missing_days_are_a_hole_and_nightly_jobs_are_not() {
        assert_eq!(dates((0..200).chain(250..400)).holes().len(), 1);
        assert_eq!(dates((0..40).map(|day| day * 24)).holes(), []);
        assert_eq!(dates((0..40).map(|day| day * 24).chain([2_000])).holes().len(), 1);
        assert_eq!(dates((0..10).rev()).holes(), []);
    }
}
