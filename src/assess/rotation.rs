//! What is missing in rotated series of logs: members, and days without records between two members.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ArtifactSummary, Diagnostic, DiagnosticSeverity, Timestamp};

use super::series::{DAY, Member, Place};

/// Stretches or numbers named of one series; the others are counted.
const NAMED: usize = 8;

/// A silence between two logs of a series is told from this length on.
const SILENCE: i64 = 2 * DAY;

/// One diagnostic for each series with missing members, and one for each with days without records between two.
pub(super) fn gaps(artifacts: &[ArtifactSummary]) -> Vec<Diagnostic> {
    let mut numbered: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    let mut dated: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    let mut spans: BTreeMap<String, Vec<(Timestamp, Timestamp)>> = BTreeMap::new();
    for artifact in artifacts {
        let Member { form, place, .. } = Member::of(&artifact.artifact);
        match place {
            Place::Current => (),
            Place::Number(number) => _ = numbered.entry(form.clone()).or_default().insert(number),
            Place::Day(day) => _ = dated.entry(form.clone()).or_default().insert(day),
        }
        let times = artifact.text.as_ref().and_then(|text| Some((text.first_time?, text.last_time?)));
        if let Some((first, last)) = times.filter(|(first, last)| first.is_certain() && last.is_certain()) {
            spans.entry(form).or_default().push((first, last));
        }
    }
    let mut all: Vec<Diagnostic> = numbered.iter().filter_map(|(base, found)| numbers(base, found)).collect();
    all.extend(dated.iter().filter_map(|(base, found)| days(base, found)));
    let is_series = |base: &String| numbered.contains_key(base) || dated.contains_key(base);
    all.extend(spans.into_iter().filter(|(base, _)| is_series(base)).filter_map(silences));
    all
}

fn numbers(base: &str, found: &BTreeSet<u32>) -> Option<Diagnostic> {
    let (first, last) = (found.first()?, found.last()?);
    let missing: Vec<String> = ((*first).min(1)..*last)
        .filter(|number| *number > 0 && !found.contains(number))
        .map(|number| number.to_string())
        .collect();
    let message = format!("the rotated logs {base} lack the numbers {}", named(&missing));
    (!missing.is_empty()).then(|| told("rotation-gap", message, base))
}

/// The days that a series with a file for each day, or each week, lacks.
fn days(base: &str, found: &BTreeSet<i64>) -> Option<Diagnostic> {
    let all: Vec<i64> = found.iter().copied().collect();
    let steps: Vec<i64> = all.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let step = [1, 7].into_iter().find(|step| {
        steps.len() >= 2 && steps.iter().filter(|found| *found == step).count() * 2 >= steps.len()
    })?;
    let missing: Vec<String> = all
        .windows(2)
        .filter(|pair| pair[1] - pair[0] >= 2 * step)
        .map(|pair| stretch(pair[0] + step, pair[1] - step))
        .collect();
    let message = format!("the dated logs {base} lack the days {}", named(&missing));
    (!missing.is_empty()).then(|| told("rotation-gap", message, base))
}

/// The stretches between the records of one log of a series and the next that are far longer than those between the others.
fn silences((base, mut spans): (String, Vec<(Timestamp, Timestamp)>)) -> Option<Diagnostic> {
    spans.sort_by_key(|(first, last)| (first.seconds, last.seconds));
    let mut between = Vec::new();
    let mut end = spans.first()?.1;
    for (first, last) in &spans[1..] {
        between.push((first.seconds - end.seconds, end, *first));
        if last.seconds > end.seconds {
            end = *last;
        }
    }
    let mut lengths: Vec<i64> = between.iter().map(|(length, ..)| *length).collect();
    lengths.sort_unstable();
    let usual =
        lengths.get(lengths.len().saturating_sub(1) / 2).copied().filter(|_| lengths.len() > 2).unwrap_or(0);
    let least = SILENCE.max(usual.saturating_mul(4));
    let silent: Vec<String> = between
        .iter()
        .filter(|(length, ..)| *length >= least)
        .map(|(_, from, until)| format!("{from} to {until}"))
        .collect();
    let message = format!("the logs {base} have no records from {}", named(&silent));
    (!silent.is_empty()).then(|| told("series-hole", message, &base))
}

fn told(code: &str, message: String, base: &str) -> Diagnostic {
    let hint = "nothing happened then, or a log was not brought or was deleted: look for it on the system, in backups or on a log server";
    Diagnostic::new(DiagnosticSeverity::Warning, code, message, hint).at(base)
}

/// `2020-12-16`, or `2020-12-16 to 2020-12-18`.
fn stretch(from: i64, until: i64) -> String {
    let day = |number: i64| {
        let time = Timestamp::from_unix(number * DAY, 0);
        let ((year, month, day), _) = time.civil();
        format!("{year:04}-{month:02}-{day:02}")
    };
    if from == until { day(from) } else { format!("{} to {}", day(from), day(until)) }
}

/// The first few, and how many more there are.
fn named(all: &[String]) -> String {
    let mut text = all.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if all.len() > NAMED {
        text += &format!(" and {} more", all.len() - NAMED);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TextSummary;

    fn messages(names: &[&str]) -> Vec<String> {
        let artifact =
            |name: &&str| ArtifactSummary { artifact: (*name).into(), ..ArtifactSummary::default() };
        let all: Vec<ArtifactSummary> = names.iter().map(artifact).collect();
        gaps(&all).into_iter().map(|one| one.message).collect()
    }

    #[test]
    fn a_missing_number_is_told_and_what_is_packed_counts_once() {
        let told = messages(&[
            "log/access_log",
            "log/access_log.1",
            "log/access_log.2.gz",
            "log/access_log.2.gz > access_log.2",
            "b.tar.gz > b.tar",
            "b.tar.gz > b.tar > log/messages.1",
            "b.tar.gz > b.tar > log/messages.3",
            "log/access_log.4.gz",
            "log/access_log.4.gz > access_log.4",
            "photo.1",
            "photo.3",
        ]);
        assert_eq!(
            told,
            [
                "the rotated logs b.tar.gz > b.tar > log/messages.N lack the numbers 2",
                "the rotated logs log/access_log.N lack the numbers 3",
            ]
        );
    }

    #[test]
    fn a_missing_day_is_told_of_daily_and_weekly_logs() {
        let iis = ["u_ex201230.log", "u_ex201231.log", "u_ex210101.log", "u_ex210105.log", "u_ex210106.log"];
        assert_eq!(messages(&iis), ["the dated logs u_exYYMMDD.log lack the days 2021-01-02 to 2021-01-04"]);
        let late = ["a-20201206.log", "a-20201213.log", "a-20201221.log", "a-20201228.log"];
        assert_eq!(messages(&late), Vec::<String>::new(), "a week and a day lacks nothing");
        let weekly = ["messages-20201206", "messages-20201213", "messages-20201227.gz", "messages-20210103"];
        assert_eq!(messages(&weekly), ["the dated logs messages-YYYYMMDD lack the days 2020-12-20"]);
        assert_eq!(
            messages(&["a.2020-12-01.log", "a.2020-12-03.log", "a.2020-12-09.log"]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn days_without_records_between_two_logs_of_a_series_are_told() {
        let log = |name: &str, first: &str, last: &str| ArtifactSummary {
            artifact: name.into(),
            text: Some(TextSummary {
                first_time: Timestamp::parse(first),
                last_time: Timestamp::parse(last),
                ..TextSummary::default()
            }),
            ..ArtifactSummary::default()
        };
        let all = [
            log("access.log", "2020-12-20T00:00:10Z", "2020-12-21T09:00:00Z"),
            log("access.log.1", "2020-12-06T00:00:01Z", "2020-12-13T00:00:00Z"),
            log("access.log.2.gz > access.log.2", "2020-11-29T00:00:02Z", "2020-12-06T00:00:00Z"),
        ];
        let told = gaps(&all);
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].code.as_str(), told[0].message.as_str()),
            (
                "series-hole",
                "the logs access.log.N have no records from 2020-12-13T00:00:00Z to 2020-12-20T00:00:10Z"
            )
        );
    }
}
