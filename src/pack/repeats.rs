//! Values that a pack says more than once: one line a value, however often it repeats.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use crate::model::{Diagnostic, DiagnosticSeverity, Indicator, Kind, Pack, Severity};

/// Values that get a line of their own. More of them are one slip in how the list was made, and are told as a number.
const MOST_VALUES: usize = 100;

/// Further places that a line names.
const MOST_PLACES: usize = 3;

/// What is said of the repeated values of `pack`, in the order in which they first stand there.
pub(super) fn repeats(pack: &Pack) -> Vec<Diagnostic> {
    let mut first: HashMap<(Kind, &str), usize> = HashMap::with_capacity(pack.indicators.len());
    // The places of each value that repeats, by its first one.
    let mut repeated: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, one) in pack.indicators.iter().enumerate() {
        match first.entry((one.kind, &one.value)) {
            Entry::Vacant(vacant) => drop(vacant.insert(number)),
            Entry::Occupied(known) => {
                repeated.entry(*known.get()).or_insert_with(|| vec![*known.get()]).push(number);
            }
        }
    }
    let said = repeated.values().filter_map(|places| {
        let all: Vec<&Indicator> = places.iter().map(|place| &pack.indicators[*place]).collect();
        contradiction(&all).or_else(|| duplicate(&all))
    });
    let mut all = Vec::new();
    let (mut values, mut rows) = (0usize, 0usize);
    for told in said {
        if all.len() < MOST_VALUES {
            let Told { code, message, hint, .. } = told;
            all.push(Diagnostic::new(DiagnosticSeverity::Warning, code, message, hint).at(&pack.id));
        } else {
            values += 1;
            rows += told.rows;
        }
    }
    if values > 0 {
        let message = format!("{values} more values stand more than once, in {rows} rows beyond their first");
        let hint = "make the list anew with each value once";
        all.push(Diagnostic::new(DiagnosticSeverity::Warning, "duplicate", message, hint).at(&pack.id));
    }
    all
}

/// What is said of one value.
struct Told {
    code: &'static str,
    message: String,
    hint: &'static str,
    /// Rows beyond the first.
    rows: usize,
}

/// A value with several grades.
fn contradiction(all: &[&Indicator]) -> Option<Told> {
    // The first place of each grade.
    let mut grades: BTreeMap<Severity, &Indicator> = BTreeMap::new();
    for one in all {
        grades.entry(one.severity).or_insert(one);
    }
    if grades.len() < 2 {
        return None;
    }
    let mut grades: Vec<String> =
        grades.iter().map(|(grade, one)| format!("{} in {}", grade.as_str(), one.id)).collect();
    let last = grades.pop()?;
    let grades = grades.join(", ");
    let message = format!("{}: it stands {} times, graded {grades} and {last}", shown(all[0]), all.len());
    let hint = "keep one grade: what one sighting proves alone";
    Some(Told { code: "contradiction", message, hint, rows: all.len() - 1 })
}

/// A value that says the same again: in the same group and the same stage.
fn duplicate(all: &[&Indicator]) -> Option<Told> {
    let mut roles: BTreeMap<(&Option<String>, &Option<String>), &Indicator> = BTreeMap::new();
    let mut again: Vec<&Indicator> = Vec::new();
    let mut first = None;
    for one in all {
        let role = roles.entry((&one.group, &one.stage)).or_insert(one);
        if !std::ptr::eq(*role, *one) {
            first.get_or_insert(*role);
            again.push(one);
        }
    }
    let mut places: Vec<&str> = again.iter().take(MOST_PLACES).map(|one| one.id.as_str()).collect();
    let more = format!("{} more", again.len().saturating_sub(MOST_PLACES));
    if again.len() > MOST_PLACES {
        places.push(&more);
    }
    let last = places.pop()?;
    let and = if places.is_empty() { String::new() } else { format!("{} and ", places.join(", ")) };
    let message = format!("{}: the same value stands again in {and}{last}", shown(first?));
    let hint = "keep one, with all sources";
    Some(Told { code: "duplicate", message, hint, rows: again.len() })
}

/// Where a value first stands, and how it begins.
fn shown(one: &Indicator) -> String {
    const LONGEST: usize = 60;
    let cut: String = one.value.chars().take(LONGEST).collect();
    let dots = if cut.len() < one.value.len() { "\u{2026}" } else { "" };
    format!("{} ({} {cut}{dots})", one.id, one.kind.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(rows: &[(&str, Severity, &str)]) -> Vec<(String, String)> {
        let indicators = rows.iter().enumerate().map(|(number, (value, severity, stage))| Indicator {
            id: format!("p#{number}"),
            value: (*value).to_owned(),
            severity: *severity,
            stage: Some((*stage).to_owned()).filter(|stage| !stage.is_empty()),
            ..Indicator::default()
        });
        let pack = Pack { id: "p".into(), indicators: indicators.collect(), ..Pack::default() };
        repeats(&pack).into_iter().map(|one| (one.code, one.message)).collect()
    }

    #[test]
    fn a_value_that_repeats_has_one_line_with_its_first_places() {
        let (low, high) = (Severity::Low, Severity::High);
        let rows = [("b", low, ""), ("a", low, ""), ("a", low, ""), ("b", low, "x"), ("b", low, "x")];
        let wanted = [
            ("duplicate".to_owned(), "p#3 (text b): the same value stands again in p#4".to_owned()),
            ("duplicate".to_owned(), "p#1 (text a): the same value stands again in p#2".to_owned()),
        ];
        assert_eq!(said(&rows), wanted);
        let many = [("a", low, ""); 7];
        let message = "p#0 (text a): the same value stands again in p#1, p#2, p#3 and 3 more";
        assert_eq!(said(&many), [("duplicate".to_owned(), message.to_owned())]);
        let graded = [("a", low, ""), ("a", high, ""), ("a", low, "")];
        let message = "p#0 (text a): it stands 3 times, graded low in p#0 and high in p#1";
        assert_eq!(said(&graded), [("contradiction".to_owned(), message.to_owned())]);
        assert_eq!(said(&[("a", low, "x"), ("a", low, "y"), ("b", low, "")]), []);
    }

    #[test]
    fn very_many_repeated_values_are_told_as_a_number() {
        let values: Vec<String> = (0..MOST_VALUES + 5).map(|number| format!("v{number:04}")).collect();
        let rows: Vec<(&str, Severity, &str)> =
            (0..3).flat_map(|_| values.iter().map(|value| (value.as_str(), Severity::Low, ""))).collect();
        let said = said(&rows);
        assert_eq!(said.len(), MOST_VALUES + 1);
        let last = &said[MOST_VALUES].1;
        assert_eq!(last, "5 more values stand more than once, in 10 rows beyond their first");
    }
}
