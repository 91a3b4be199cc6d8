//! One finding for each indicator that was seen, weighed by what became of it, when it was, and where it stands.

use std::net::IpAddr;

use regex::Regex;

use crate::model::{
    Allow, ArtifactSummary, Field, Finding, Indicator, Kind, Outcome, Pack, Severity, Sighting, Timestamp,
};

use super::extent::{earlier, later};
use super::tally::{Group, Tally};

/// Findings of all indicators that count alone.
pub(super) fn findings(packs: &[Pack], allow: &[Allow], tally: &Tally) -> Vec<Finding> {
    let mut all = Vec::new();
    for pack in packs {
        for indicator in pack.indicators.iter().filter(|indicator| indicator.group.is_none()) {
            let groups: Vec<&Group> =
                tally.groups.iter().filter(|group| group.indicator == indicator.id).collect();
            if !groups.is_empty() {
                all.push(finding(pack, indicator, &groups, allow, tally));
            }
        }
    }
    all
}

fn finding(pack: &Pack, indicator: &Indicator, groups: &[&Group], allow: &[Allow], tally: &Tally) -> Finding {
    let mut weighing = Vec::new();
    let mut severity = Severity::Info;
    let mut outcome = Outcome::Unknown;
    let quoted = |group: &Group| is_quoted(group, &tally.artifacts);
    for group in groups {
        let mut own = indicator.severity;
        if quoted(group) {
            own = Severity::Info;
            say(
                &mut weighing,
                "it stands in defanged text, a report or an indicator list: somebody quotes it".to_owned(),
            );
        } else {
            own = by_place(own, indicator, group, &mut weighing);
            own = by_outcome(own, indicator, group, &mut weighing);
            own = by_time(own, indicator, group, &mut weighing);
        }
        if own > severity || (own == severity && group.outcome > outcome) {
            severity = own;
            outcome = group.outcome;
        }
    }
    if let Some((list, note)) = allowed(indicator, allow) {
        severity = severity.lowered();
        say(
            &mut weighing,
            format!("the value is on a list of ordinary values ({}: {note}; {})", list.title, list.source),
        );
    }
    let mut finding = Finding {
        pack: pack.id.clone(),
        indicator: indicator.id.clone(),
        severity,
        title: title(indicator, outcome),
        outcome,
        why: indicator.context.clone(),
        source: indicator.source.clone(),
        weighing,
        innocent: indicator.innocent.iter().cloned().collect(),
        next_steps: Vec::new(),
        first_time: None,
        last_time: None,
        count: 0,
        sightings: Vec::new(),
    };
    gather(&mut finding, groups, tally.keep);
    finding
}

/// Adds the groups' counts, times and kept sightings, the strongest outcomes first.
pub(super) fn gather(finding: &mut Finding, groups: &[&Group], keep: usize) {
    let mut sorted: Vec<&&Group> = groups.iter().collect();
    sorted.sort_by_key(|group| std::cmp::Reverse(group.outcome));
    for group in sorted {
        finding.count += group.count;
        let (first, last) = (group.when.first(), group.when.last());
        finding.first_time = first.map(|time| earlier(finding.first_time, time)).or(finding.first_time);
        finding.last_time = last.map(|time| later(finding.last_time, time)).or(finding.last_time);
        let room = keep.saturating_mul(4).saturating_sub(finding.sightings.len());
        finding.sightings.extend(group.kept.iter().take(room).cloned());
    }
}

fn say(weighing: &mut Vec<String>, sentence: String) {
    if !weighing.contains(&sentence) {
        weighing.push(sentence);
    }
}

/// Whether all of a group's sightings are talk about the indicator, not traces of it.
fn is_quoted(group: &Group, artifacts: &[ArtifactSummary]) -> bool {
    let defanged = |sighting: &Sighting| sighting.decoding.iter().any(|step| step == "defang");
    let own = artifacts
        .iter()
        .any(|artifact| artifact.artifact == group.artifact && artifact.detail.starts_with("Belljar "));
    own || (!group.kept.is_empty() && group.kept.iter().all(defanged))
}

/// A digest of a file in the evidence proves more than a digest that some line mentions.
fn by_place(
    severity: Severity,
    indicator: &Indicator,
    group: &Group,
    weighing: &mut Vec<String>,
) -> Severity {
    let is_digest = matches!(indicator.kind, Kind::Md5 | Kind::Sha1 | Kind::Sha256);
    if !is_digest || group.kept.iter().any(|sighting| sighting.line.is_none()) {
        return severity;
    }
    say(weighing, "a text mentions the digest; the file itself is not in the evidence".to_owned());
    severity.lowered()
}

/// Whether a sighting is a request for what the indicator names: a name or a piece of text counts as one where it stands
/// in what was asked for, or begins at the method in front of it.
pub(super) fn is_request(indicator: &Indicator, sighting: &Sighting) -> bool {
    // An outcome without a request is that of a file transfer.
    let asked = match sighting.request {
        Some(_) => matches!(sighting.field, Some(Field::Method | Field::Target)),
        None => {
            sighting.outcome != Outcome::Unknown
                && matches!(sighting.field, Some(Field::File | Field::Message))
        }
    };
    match indicator.kind {
        Kind::RequestTarget | Kind::Url => true,
        Kind::FileName | Kind::FilePath | Kind::Text | Kind::Regex => asked,
        _ => false,
    }
}

/// What an address asked for counts as much as what the server gave. Other values are not requests.
fn by_outcome(
    severity: Severity,
    indicator: &Indicator,
    group: &Group,
    weighing: &mut Vec<String>,
) -> Severity {
    let mut kept = group.kept.iter();
    // Of a value that stands elsewhere too, only a refusal is told apart: an answer proves no more than the value.
    let refused = group.outcome == Outcome::Refused && kept.all(|sighting| is_request(indicator, sighting));
    if !matches!(indicator.kind, Kind::RequestTarget | Kind::Url) && (!refused || group.kept.is_empty()) {
        return severity;
    }
    let count = group.count;
    // Records of file transfers tell by an FTP reply or in words what became of them.
    let told_by = |code: &'static str| match group.kept.iter().any(|sighting| sighting.request.is_some()) {
        true => format!("status {code}"),
        false => "as the records of file transfers say".to_owned(),
    };
    match group.outcome {
        Outcome::Answered => {
            let sizes = group.kept.iter().filter_map(|sighting| sighting.request.as_ref()?.size);
            let largest =
                sizes.max().map(|size| format!("; the largest answer had {size} bytes")).unwrap_or_default();
            say(weighing, format!("{count} requests were answered ({}){largest}", told_by("2xx")));
            severity
        }
        Outcome::Redirected => {
            say(
                weighing,
                format!(
                    "{count} requests were sent elsewhere (status 3xx), which is no answer from the page itself"
                ),
            );
            severity.lowered()
        }
        Outcome::Refused => {
            say(
                weighing,
                format!(
                    "{count} requests were refused ({}): attempts that did not succeed",
                    told_by("4xx or 5xx")
                ),
            );
            severity.min(Severity::Low)
        }
        Outcome::Unknown => {
            say(
                weighing,
                format!("{count} sightings have no status: whether the server answered is not known"),
            );
            severity.lowered()
        }
    }
}

fn by_time(severity: Severity, indicator: &Indicator, group: &Group, weighing: &mut Vec<String>) -> Severity {
    if indicator.valid_from.is_none() && indicator.valid_until.is_none() {
        return severity;
    }
    let (Some(first), Some(last)) = (group.when.first(), group.when.last()) else {
        say(
            weighing,
            "when it was seen is not known, so whether the value meant the same then is not either"
                .to_owned(),
        );
        return severity;
    };
    if !first.year_known {
        say(
            weighing,
            "the log has no year, so whether it was seen while the value was in use is not known".to_owned(),
        );
        return severity;
    }
    // Of dates that can be read in several orders, these are the ends of all readings.
    let day = 24 * 3_600;
    let before = indicator.valid_from.is_some_and(|from: Timestamp| last.seconds < from.seconds - day);
    let after = indicator.valid_until.is_some_and(|until: Timestamp| first.seconds > until.seconds + day);
    if before || after {
        say(
            weighing,
            format!(
                "it was seen {} the time in which the value is known to have been used",
                if before { "before" } else { "after" }
            ),
        );
        return severity.lowered().min(Severity::Low);
    }
    severity
}

/// The known-good list that holds the indicator's value.
fn allowed<'a>(indicator: &Indicator, allow: &'a [Allow]) -> Option<(&'a Allow, &'a str)> {
    let address = indicator.value.parse::<IpAddr>().ok();
    allow.iter().find_map(|list| {
        let entry = list.entries.iter().find(|entry| {
            let same = entry.kind == indicator.kind || entry.whole;
            (same && entry.value == indicator.value)
                || match entry.kind {
                    _ if entry.whole => false,
                    Kind::Cidr => address.is_some_and(|address| holds(&entry.value, address)),
                    Kind::Domain => host(indicator).is_some_and(|host| is_below(host, &entry.value)),
                    Kind::Text => indicator.value.contains(&entry.value),
                    Kind::Regex => {
                        Regex::new(&entry.value).is_ok_and(|regex| regex.is_match(&indicator.value))
                    }
                    _ => false,
                }
        })?;
        Some((list, entry.note.as_str()))
    })
}

/// The name that a value is, or is on.
fn host(indicator: &Indicator) -> Option<&str> {
    match indicator.kind {
        Kind::Domain => Some(&indicator.value),
        Kind::Url => indicator.value.split("://").nth(1)?.split(['/', ':']).next(),
        Kind::Email => indicator.value.rsplit('@').next(),
        _ => None,
    }
}

/// Whether `name` is `domain` or a name below it.
fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn holds(block: &str, address: IpAddr) -> bool {
    let Some((network, prefix)) = block.split_once('/') else { return false };
    let (Ok(network), Ok(prefix)) = (network.parse::<IpAddr>(), prefix.parse::<u32>()) else { return false };
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (u32::from(network) ^ u32::from(address)).checked_shr(32u32.saturating_sub(prefix)).unwrap_or(0)
                == 0
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            (u128::from(network) ^ u128::from(address))
                .checked_shr(128u32.saturating_sub(prefix))
                .unwrap_or(0)
                == 0
        }
        _ => false,
    }
}

fn title(indicator: &Indicator, outcome: Outcome) -> String {
    let value: String = indicator.value.chars().take(120).collect();
    match indicator.kind {
        Kind::RequestTarget | Kind::Url => {
            let end = match outcome {
                Outcome::Answered => "was requested, and the server answered",
                Outcome::Redirected => "was requested, and the server sent the client elsewhere",
                Outcome::Refused => "was requested, and the server refused",
                Outcome::Unknown => "is mentioned; whether it was answered is not known",
            };
            format!("{value} {end}")
        }
        Kind::Md5 | Kind::Sha1 | Kind::Sha256 => format!("The digest {value} was seen"),
        Kind::Ipv4 | Kind::Ipv6 => format!("The address {value} was seen"),
        Kind::Cidr => format!("An address in {value} was seen"),
        Kind::Domain => format!("The domain {value} was seen"),
        Kind::Email => format!("The mail address {value} was seen"),
        Kind::FilePath | Kind::FileName => format!("The file {value} was seen"),
        Kind::UserAgent => format!("The user agent {value} was seen"),
        Kind::Text | Kind::Regex => format!("The text {value} was seen"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Control, Limits, Report, Request, ScanEvent, Sink, Verdict};

    fn report(indicator: Indicator, sightings: &[Sighting], allow: &[Allow]) -> Report {
        let pack = Pack {
            id: "p".into(),
            indicators: vec![Indicator { id: "p#1".into(), ..indicator }],
            ..Pack::default()
        };
        let mut tally = Tally::new(&Limits::default());
        let summary =
            ArtifactSummary { artifact: "a".into(), complete: true, size: 1, ..ArtifactSummary::default() };
        for sighting in sightings {
            let sighting = Sighting { indicator: "p#1".into(), artifact: "a".into(), ..sighting.clone() };
            let _ = tally.event(ScanEvent::Sighting(sighting));
        }
        let _ = tally.event(ScanEvent::Artifact(summary));
        let control = Control { fired: 1, total: 1, failures: Vec::new() };
        super::super::assess(&[pack], allow, vec![tally], control, Default::default())
    }

    fn request(outcome: Outcome) -> Sighting {
        Sighting { outcome, request: Some(Request::default()), ..Sighting::default() }
    }

    #[test]
    fn a_refused_request_is_an_attempt_and_an_answered_one_is_evidence() {
        let shell =
            Indicator { kind: Kind::RequestTarget, severity: Severity::Critical, ..Indicator::default() };
        let verdict = |outcomes: &[Outcome]| {
            let sightings: Vec<Sighting> = outcomes.iter().map(|outcome| request(*outcome)).collect();
            report(shell.clone(), &sightings, &[]).verdict
        };
        assert_eq!(verdict(&[Outcome::Refused]), Verdict::AttemptsFailed);
        assert_eq!(verdict(&[Outcome::Refused, Outcome::Answered]), Verdict::Evidence);
        assert_eq!(verdict(&[Outcome::Redirected]), Verdict::NeedsReview);
        assert_eq!(verdict(&[]), Verdict::NotFound);
    }

    #[test]
    fn a_name_in_a_refused_request_is_an_attempt_and_elsewhere_it_is_not() {
        let shell = Indicator { kind: Kind::FileName, severity: Severity::High, ..Indicator::default() };
        let asked = |outcome| Sighting { field: Some(Field::Target), ..request(outcome) };
        assert_eq!(report(shell.clone(), &[asked(Outcome::Refused)], &[]).verdict, Verdict::AttemptsFailed);
        assert_eq!(report(shell.clone(), &[asked(Outcome::Answered)], &[]).verdict, Verdict::NeedsReview);
        let referred = Sighting { field: Some(Field::Referer), ..request(Outcome::Refused) };
        assert_eq!(report(shell.clone(), &[referred], &[]).findings[0].severity, Severity::High);
        let sent = |outcome| Sighting { field: Some(Field::File), outcome, ..Sighting::default() };
        let refused = report(shell.clone(), &[sent(Outcome::Refused)], &[]);
        assert_eq!(refused.verdict, Verdict::AttemptsFailed);
        assert!(
            refused.findings[0].weighing[0].contains("file transfers"),
            "{:?}",
            refused.findings[0].weighing
        );
        for outcome in [Outcome::Answered, Outcome::Unknown] {
            assert_eq!(report(shell.clone(), &[sent(outcome)], &[]).verdict, Verdict::NeedsReview);
        }
        let both = [sent(Outcome::Refused), sent(Outcome::Answered)];
        assert_eq!(report(shell, &both, &[]).verdict, Verdict::NeedsReview);
    }

    #[test]
    fn an_address_outside_its_time_and_a_value_on_a_list_weigh_less() {
        let address = Indicator {
            kind: Kind::Ipv4,
            value: "8.8.8.8".into(),
            severity: Severity::High,
            valid_until: Timestamp::parse("2021-01-01"),
            ..Indicator::default()
        };
        let late = Sighting { time: Timestamp::parse("2024-01-01T00:00:00Z"), ..Sighting::default() };
        assert_eq!(report(address.clone(), &[late], &[]).findings[0].severity, Severity::Low);
        let entry = crate::model::AllowEntry {
            kind: Kind::Cidr,
            value: "8.8.0.0/16".into(),
            note: "n".into(),
            whole: false,
        };
        let list = Allow { entries: vec![entry], ..Allow::default() };
        let seen = report(address, &[Sighting::default()], &[list]);
        assert_eq!(seen.findings[0].severity, Severity::Medium);
    }

    #[test]
    fn defanged_text_is_somebody_quoting() {
        let domain = Indicator { kind: Kind::Domain, severity: Severity::Critical, ..Indicator::default() };
        let quoted = Sighting { decoding: vec!["defang".into()], ..Sighting::default() };
        let report = report(domain, &[quoted], &[]);
        assert_eq!((report.findings[0].severity, report.verdict), (Severity::Info, Verdict::NotFound));
    }
}
