//! Moments as people write them.

use crate::model::{Timestamp, Window, Zone};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day: `27 May 2023`.
pub fn day(time: &Timestamp) -> String {
    let ((year, month, day), _) = time.civil();
    let month = MONTHS.get(month.wrapping_sub(1) as usize).copied().unwrap_or_default();
    match (time.year_known, time.orders.are_several()) {
        (false, _) => format!("{day} {month} (no year)"),
        (true, true) => format!("{day} {month} {year} (day and month in doubt)"),
        (true, false) => format!("{day} {month} {year}"),
    }
}

/// A moment: `27 May 2023, 14:03:22 UTC`.
pub fn moment(time: &Timestamp) -> String {
    let (_, (hour, minute, second)) = time.civil();
    let zone = match time.zone {
        Zone::Unknown => " (zone not known)".to_owned(),
        Zone::Offset(0) => " UTC".to_owned(),
        Zone::Offset(minutes) => {
            let (hours, minutes) = (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60);
            format!(" UTC{}{hours:02}:{minutes:02}", if time.zone < Zone::Offset(0) { '-' } else { '+' })
        }
    };
    format!("{}, {hour:02}:{minute:02}:{second:02}{zone}", day(time))
}

/// A span of days: `27 May 2023 to 30 June 2023`.
pub fn days(from: &Timestamp, until: &Timestamp) -> String {
    let (from, until) = (day(from), day(until));
    if from == until { from } else { format!("{from} to {until}") }
}

/// When the attacks happened.
pub fn window(window: &Window) -> String {
    format!("The attacks happened from {}.", days(&window.from, &window.until))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_as_people_write_them() {
        for (text, words) in [
            ("2023-05-27T14:03:22Z", "27 May 2023, 14:03:22 UTC"),
            ("2023-05-27T14:03:22+02:00", "27 May 2023, 14:03:22 UTC+02:00"),
            ("2023-05-27T14:03:22-03:30", "27 May 2023, 14:03:22 UTC-03:30"),
            ("2023-05-27T14:03:22", "27 May 2023, 14:03:22 (zone not known)"),
            ("--05-27T14:03:22", "27 May (no year), 14:03:22 (zone not known)"),
        ] {
            assert_eq!(Timestamp::parse(text).map(|time| moment(&time)).as_deref(), Some(words));
        }
        let doubt = Timestamp::parse("2023-03-04T10:00:00").map(|time| moment(&time.in_doubt()));
        assert_eq!(
            doubt.as_deref(),
            Some("4 March 2023 (day and month in doubt), 10:00:00 (zone not known)")
        );
    }
}
