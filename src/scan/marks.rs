//! The marks of products in an artifact's records: what tells one product's log from another's of the same format.

use crate::index::{Found, IndicatorSet};
use crate::model::{Outcome, TextSummary};
use crate::record::Record;

/// Counts the marks among `found`, all of one record.
pub(super) fn count(
    summary: &mut TextSummary,
    found: &[Found],
    line: &[u8],
    record: &Record,
    set: &IndicatorSet,
) {
    for (number, hit) in found.iter().enumerate() {
        let Some(mark) = set.mark(hit.id) else { continue };
        let again = found[..number].iter().any(|before| before.id == hit.id);
        if again || record.outcome(line) == Outcome::Refused {
            continue;
        }
        match summary.marks.iter_mut().find(|(known, _)| known == mark) {
            Some((_, count)) => *count = (*count + 1).min(TextSummary::MARKED),
            None => summary.marks.push((mark.to_owned(), 1)),
        }
    }
}

/// Counts the marks among `found`, all of one record, and leaves the indicators.
pub(super) fn take(
    summary: &mut TextSummary,
    found: &mut Vec<Found>,
    line: &[u8],
    record: &Record,
    set: &IndicatorSet,
) {
    count(summary, found, line, record, set);
    found.retain(|hit| set.mark(hit.id).is_none());
}

/// Takes away the marks that were counted often enough: each line of a product's log may hold one, and lines with
/// nothing to tell are not looked into.
pub(super) fn leave_out(summary: &TextSummary, found: &mut Vec<Found>, set: &IndicatorSet) {
    let enough = |mark: &str| {
        summary.marks.iter().any(|(known, count)| known == mark && *count >= TextSummary::MARKED)
    };
    found.retain(|hit| !set.mark(hit.id).is_some_and(enough));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::model::{Bring, Limits, Pack, ScanEvent};
    use crate::scan::{Scanner, compile};

    fn marks(log: &str) -> Vec<(String, u64)> {
        let bring = Bring { marks: vec!["/theirs/".into(), "/Other/page".into()], ..Bring::default() };
        let set = compile(&[Pack { bring: vec![bring], ..Pack::default() }]);
        let told = [1, 7, 4096, log.len()].map(|size| {
            let mut scanner = Scanner::new(Arc::clone(&set), Limits::default());
            let mut events: Vec<ScanEvent> = Vec::new();
            scanner.begin("access_log", &mut events);
            for block in log.as_bytes().chunks(size) {
                let _ = scanner.feed(block, &mut events);
            }
            scanner.finish(&mut events);
            let found = events.iter().any(|event| matches!(event, ScanEvent::Sighting(_)));
            assert!(!found, "a mark is no indicator");
            let text = events.into_iter().find_map(|event| match event {
                ScanEvent::Artifact(artifact) => artifact.text,
                _ => None,
            });
            text.map(|text| text.marks).unwrap_or_default()
        });
        assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
        told[0].clone()
    }

    fn line(target: &str, status: u16) -> String {
        format!(
            "192.0.2.9 - - [14/Dec/2020:00:00:00 +0000] \"GET {target} HTTP/1.1\" {status} 8 \"-\" \"x\"\n"
        )
    }

    #[test]
    fn a_record_with_a_mark_counts_once_and_a_refused_request_not_at_all() {
        let log = line("/theirs/a?b=/theirs/c", 200) + &line("/THEIRS/a", 302) + &line("/other/page", 404);
        assert_eq!(marks(&log), [("/theirs/".to_owned(), 2)]);
    }

    #[test]
    fn counting_stops_where_more_says_nothing_new() {
        let log = line("/theirs/a", 200).repeat(300) + &line("/other/page", 200);
        assert_eq!(marks(&log), [("/Other/page".to_owned(), 1), ("/theirs/".to_owned(), 100)]);
    }
}
