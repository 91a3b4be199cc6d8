//! From the first to the last of some times, also while it is open which number of their dates is the day.

use serde::{Deserialize, Serialize};

use crate::model::{DateOrder, Timestamp};

/// The ends of some times: of those whose dates tell their order, and of the others in each order in which they may be read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Extent(Vec<(Option<DateOrder>, Timestamp, Timestamp)>);

impl Extent {
    /// Takes one more time.
    pub(super) fn add(&mut self, time: &Timestamp) {
        if time.orders.are_told() {
            self.stretch(None, *time);
        }
        for order in DateOrder::ALL {
            if let Some(time) = time.in_order(order) {
                self.stretch(Some(order), time);
            }
        }
    }

    fn stretch(&mut self, order: Option<DateOrder>, time: Timestamp) {
        match self.0.iter_mut().find(|(of, ..)| *of == order) {
            Some((_, first, last)) => {
                *first = earlier(Some(*first), time);
                *last = later(Some(*last), time);
            }
            None => self.0.push((order, time, time)),
        }
    }

    /// The order is known: the other readings go. Where no time can be read in it, all stay.
    pub(super) fn settle(&mut self, order: DateOrder) {
        if !self.0.iter().any(|(of, ..)| of.is_none() || *of == Some(order)) {
            return;
        }
        for (of, first, last) in std::mem::take(&mut self.0) {
            if of.is_none() || of == Some(order) {
                self.stretch(None, first.settled(of));
                self.stretch(None, last.settled(of));
            }
        }
    }

    /// The earliest time; in doubt where it is that of one reading among several.
    pub(super) fn first(&self) -> Option<Timestamp> {
        let (of, first, _) = self.0.iter().min_by_key(|(_, first, _)| first.seconds)?;
        Some(if self.is_open(*of) { first.in_doubt() } else { *first })
    }

    /// The latest time; in doubt where it is that of one reading among several.
    pub(super) fn last(&self) -> Option<Timestamp> {
        let (of, _, last) = self.0.iter().max_by_key(|(.., last)| last.seconds)?;
        Some(if self.is_open(*of) { last.in_doubt() } else { *last })
    }

    fn is_open(&self, of: Option<DateOrder>) -> bool {
        of.is_some() && self.0.iter().filter(|(of, ..)| of.is_some()).count() > 1
    }
}

pub(super) fn earlier(old: Option<Timestamp>, new: Timestamp) -> Timestamp {
    old.filter(|old| old.seconds <= new.seconds).unwrap_or(new)
}

pub(super) fn later(old: Option<Timestamp>, new: Timestamp) -> Timestamp {
    old.filter(|old| old.seconds >= new.seconds).unwrap_or(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_that_turn_out_wrong_leave_no_trace() {
        let mut extent = Extent::default();
        for (numbers, hour) in [([3, 4, 2023], 10), ([5, 4, 2023], 9)] {
            extent.add(&Timestamp::from_numbers(numbers, false, (hour, 0, 0), 0).expect("a date"));
        }
        extent.add(&Timestamp::parse("2023-04-04T00:00:00").expect("a time"));
        let shown = |extent: &Extent| {
            [extent.first(), extent.last()].map(|time| time.map(|time| time.to_string()).unwrap_or_default())
        };
        assert_eq!(shown(&extent), ["2023-03-04T10:00:00?", "2023-05-04T09:00:00?"]);
        extent.settle(DateOrder::DayFirst);
        assert_eq!(shown(&extent), ["2023-04-03T10:00:00", "2023-04-05T09:00:00"]);
    }
}
