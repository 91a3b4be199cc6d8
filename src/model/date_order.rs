//! The order of a date's three numbers, where the numbers alone do not tell it.

use serde::{Deserialize, Serialize};

/// An order in which people and programs write a date in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// `12/16/2020`, as in the United States.
    MonthFirst,
    /// `16/12/2020`, as in most countries.
    DayFirst,
    /// `20/12/16`, as some programs write it; only of years of two digits.
    YearFirst,
}

impl DateOrder {
    /// Every order, in the order in which an unsure date is read.
    pub const ALL: [DateOrder; 3] = [DateOrder::MonthFirst, DateOrder::DayFirst, DateOrder::YearFirst];

    /// Year, month and day of three numbers as written; and the other way round.
    pub(super) const fn sort<T: Copy>(self, [a, b, c]: [T; 3]) -> [T; 3] {
        match self {
            DateOrder::MonthFirst => [c, a, b],
            DateOrder::DayFirst => [c, b, a],
            DateOrder::YearFirst => [a, b, c],
        }
    }

    /// Three numbers as written of year, month and day.
    pub(super) const fn unsort<T: Copy>(self, [year, month, day]: [T; 3]) -> [T; 3] {
        match self {
            DateOrder::MonthFirst => [month, day, year],
            DateOrder::DayFirst => [day, month, year],
            DateOrder::YearFirst => [year, month, day],
        }
    }

    /// The token used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            DateOrder::MonthFirst => "month-first",
            DateOrder::DayFirst => "day-first",
            DateOrder::YearFirst => "year-first",
        }
    }
}

/// The orders in which a date in numbers may be read; none of a date whose form tells its order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateOrders(u8);

impl DateOrders {
    /// The form tells the order: a month has a name, or the year of four digits stands in front.
    pub const TOLD: DateOrders = DateOrders(0);

    /// Those orders that `fits` says yes to.
    pub fn which(fits: impl Fn(DateOrder) -> bool) -> DateOrders {
        let fitting = DateOrder::ALL.into_iter().filter(|order| fits(*order));
        DateOrders(fitting.fold(0, |all, order| all | 1 << order as u8))
    }

    /// Whether the date may be read in this order.
    pub const fn hold(self, order: DateOrder) -> bool {
        self.0 & 1 << order as u8 != 0
    }

    /// Whether the date's form tells its order.
    pub const fn are_told(self) -> bool {
        self.0 == 0
    }

    /// Whether the date can be read in more than one order.
    pub const fn are_several(self) -> bool {
        self.0.count_ones() > 1
    }

    /// The order in which the date is read for now.
    pub fn first(self) -> Option<DateOrder> {
        DateOrder::ALL.into_iter().find(|order| self.hold(*order))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_written_come_back() {
        for order in DateOrder::ALL {
            assert_eq!(order.sort(order.unsort([2020, 12, 16])), [2020, 12, 16]);
        }
        assert_eq!(DateOrder::DayFirst.sort([16, 12, 2020]), [2020, 12, 16]);
    }
}
