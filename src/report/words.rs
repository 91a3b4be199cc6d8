//! The words in which people read a report: the same in every renderer and on the page.

use crate::model::{
    ArtifactKind, ArtifactSummary, Finding, Incident, LedgerState, Outcome, Reach, Report, Severity,
    TextSummary, Timestamp, Verdict, Zone,
};

/// A severity in plain words.
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Evidence",
        Severity::High => "Strong sign",
        Severity::Medium => "Sign",
        Severity::Low => "Weak sign",
        Severity::Info => "For information",
    }
}

/// What a finding is, in plain words: its severity, or an attempt where every request was refused.
pub fn grade(finding: &Finding) -> &'static str {
    match (finding.outcome, finding.severity) {
        (Outcome::Refused, Severity::Low) => "Attempt, refused",
        (_, severity) => self::severity(severity),
    }
}

/// An outcome in plain words; empty where it says nothing.
pub const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => "the server answered",
        Outcome::Redirected => "the server sent the client elsewhere",
        Outcome::Refused => "the server refused",
        Outcome::Unknown => "",
    }
}

/// A ledger state in plain words.
pub const fn ledger(state: LedgerState) -> &'static str {
    match state {
        LedgerState::Seen => "seen",
        LedgerState::Searched => "searched for, not seen",
        LedgerState::NotApplicable => "could not apply",
    }
}

/// What an artifact was recognized as.
pub fn recognized(artifact: &ArtifactSummary) -> String {
    if let Some(text) = artifact.text.as_ref().filter(|text| !text.format.is_empty()) {
        return text.format.clone();
    }
    if !artifact.detail.is_empty() {
        return artifact.detail.clone();
    }
    let name = match artifact.kind {
        ArtifactKind::Empty => "empty file",
        ArtifactKind::Gzip => "gzip file",
        ArtifactKind::Bzip2 => "bzip2 file",
        ArtifactKind::Xz => "xz file",
        ArtifactKind::Lzma => "lzma file",
        ArtifactKind::Lzip => "lzip file",
        ArtifactKind::Zstd => "zstd file",
        ArtifactKind::Lz4 => "lz4 file",
        ArtifactKind::Compress => "compress (.Z) file",
        ArtifactKind::Cpio => "cpio archive",
        ArtifactKind::Ar => "ar archive",
        ArtifactKind::Rpm => "RPM package",
        ArtifactKind::SevenZ => "7z archive",
        ArtifactKind::Cab => "cabinet archive",
        ArtifactKind::Zip => "zip archive",
        ArtifactKind::Tar => "tar archive",
        ArtifactKind::Evtx => "Windows event log",
        ArtifactKind::Capture => "packet capture",
        ArtifactKind::Mail => "mail",
        ArtifactKind::Mailbox => "mailbox",
        ArtifactKind::Compound => "OLE file",
        ArtifactKind::Tnef => "mail attachments (TNEF)",
        ArtifactKind::Utmp => "login records",
        ArtifactKind::Lastlog => "last logins",
        ArtifactKind::TextUtf8 | ArtifactKind::TextLatin1 => "text",
        ArtifactKind::TextUtf16Le | ArtifactKind::TextUtf16Be => "text (UTF-16)",
        ArtifactKind::UnopenedContainer => "archive that is not opened",
        ArtifactKind::Sqlite => "SQLite database",
        ArtifactKind::SqliteWal => "SQLite write-ahead log",
        ArtifactKind::Journal => "systemd journal",
        ArtifactKind::Hive => "Windows registry hive",
        ArtifactKind::Shortcut => "Windows shortcut",
        ArtifactKind::Pdf => "PDF document",
        ArtifactKind::Prefetch => "Windows prefetch file",
        ArtifactKind::Binary => "binary file",
    };
    name.to_owned()
}

/// The dates an artifact's records cover; empty where it has none.
pub fn dates(artifact: &ArtifactSummary) -> String {
    match artifact.text.as_ref().and_then(|text| Some((text.first_time?, text.last_time?))) {
        Some((first, last)) => format!("{first} to {last}"),
        None => String::new(),
    }
}

/// Stretches without records that are named of one artifact; the others are counted.
const HOLES: usize = 3;

/// What else is known of an artifact's records: the zone of their times, the year that was assumed, the machines that
/// wrote them, and the stretches without any. `span` writes a stretch of time.
pub fn about(artifact: &ArtifactSummary, span: impl Fn(&Timestamp, &Timestamp) -> String) -> Vec<String> {
    let Some(text) = artifact.text.as_ref() else { return Vec::new() };
    let mut all: Vec<String> = zone(text).into_iter().collect();
    if !text.assumed_year.is_empty() {
        all.push(format!("no year is written: assumed {}", text.assumed_year));
    }
    let open = || [text.first_time, text.last_time].iter().flatten().any(|time| time.orders.are_several());
    match text.date_order {
        Some(order) => {
            all.push(format!("dates read {}, as the log itself tells", order.as_str().replace('-', " ")));
        }
        None if open() => all.push("nothing tells which number of its dates is the day".to_owned()),
        None => {}
    }
    if !text.hosts.is_empty() {
        let hosts = if text.hosts.len() == 1 { "host" } else { "hosts" };
        all.push(format!("{hosts} {}", text.hosts.join(", ")));
    }
    if !text.holes.is_empty() {
        let named = text.holes.iter().take(HOLES).map(|hole| span(&hole.from, &hole.until));
        let mut holes = format!("no records from {}", named.collect::<Vec<_>>().join(", "));
        if text.holes.len() > HOLES {
            holes += &format!(" and in {} further stretches", text.holes.len() - HOLES);
        }
        all.push(holes);
    }
    all
}

/// The zone of a log's times: written, that of the format, or not known.
fn zone(text: &TextSummary) -> Option<String> {
    let (first, last) = (text.first_time?.zone, text.last_time?.zone);
    let name = |zone| match zone {
        Zone::Offset(0) => "UTC".to_owned(),
        Zone::Offset(minutes) => {
            let (hours, rest) = (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60);
            format!("UTC{}{hours:02}:{rest:02}", if minutes < 0 { '-' } else { '+' })
        }
        Zone::Unknown => String::new(),
    };
    Some(match (first, last) {
        (Zone::Unknown, Zone::Unknown) => "zone not known, read as UTC".to_owned(),
        (Zone::Unknown, known) | (known, Zone::Unknown) => {
            format!("zone {} where one is written", name(known))
        }
        (Zone::Offset(0), Zone::Offset(0)) if IN_UTC.iter().any(|format| text.format.starts_with(format)) => {
            "UTC, as the format says".to_owned()
        }
        (first, last) if first == last => name(first),
        (first, last) => format!("{} and {}", name(first), name(last)),
    })
}

/// Formats whose times are in UTC without saying so: W3C WD-logfile-960323, section "Date"; "Message tracking" and
/// "Protocol logging" of Exchange.
const IN_UTC: [&str; 2] = ["W3C extended log", "Exchange log"];

/// Where a sighting stands: the artifact and the line.
pub fn place(sighting: &crate::model::Sighting) -> String {
    match sighting.line {
        Some(line) => format!("{}, line {line}", sighting.artifact),
        None => sighting.artifact.clone(),
    }
}

/// Whether the evidence asks about this incident: it reaches into it, or shows something of it.
fn is_answered(incident: &Incident) -> bool {
    incident.reach != Reach::Nothing || incident.verdict != Verdict::CouldNotCheck
}

/// Whether this pack's incident is told in full: the evidence asks about it, or it is the only one.
pub fn is_asked(report: &Report, pack: &str) -> bool {
    report.incidents.len() < 2
        || report.incidents.iter().any(|incident| incident.pack == pack && is_answered(incident))
}

/// The incidents that the evidence asks about.
pub fn asked(report: &Report) -> impl Iterator<Item = &Incident> {
    report.incidents.iter().filter(|incident| is_answered(incident))
}

/// The others, in one line.
pub fn unasked(report: &Report) -> impl Iterator<Item = String> {
    let titles: Vec<&str> = report
        .incidents
        .iter()
        .filter(|incident| !is_answered(incident))
        .map(|incident| incident.title.as_str())
        .collect();
    let line = format!("Not covered by what was brought ({}): {}", titles.len(), titles.join("; "));
    (!titles.is_empty()).then_some(line).into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DateOrder, Hole};

    #[test]
    fn zone_year_hosts_and_holes_are_said() {
        let time = |text: &str| Timestamp::parse(text);
        let told = |format: &str, first: &str, last: &str| {
            let text = TextSummary {
                format: format.into(),
                first_time: time(first),
                last_time: time(last),
                ..TextSummary::default()
            };
            zone(&text).unwrap_or_default()
        };
        let (utc, west) = ("2020-12-16T10:00:00Z", "2020-12-16T10:00:00-03:30");
        assert_eq!(told("W3C extended log (IIS)", utc, utc), "UTC, as the format says");
        assert_eq!(told("x", utc, utc), "UTC");
        assert_eq!(told("x", west, utc), "UTC-03:30 and UTC");
        assert_eq!(told("x", "2020-12-16T10:00:00", "2020-12-16T10:00:00"), "zone not known, read as UTC");
        let text = TextSummary {
            hosts: vec!["a".into(), "b".into()],
            date_order: Some(DateOrder::DayFirst),
            assumed_year: "2020, from the date in its name".into(),
            holes: time(utc).map(|at| Hole { from: at, until: at }).into_iter().collect(),
            ..TextSummary::default()
        };
        let artifact = ArtifactSummary { text: Some(text), ..ArtifactSummary::default() };
        assert_eq!(
            about(&artifact, |from, _| from.to_string()),
            [
                "no year is written: assumed 2020, from the date in its name",
                "dates read day first, as the log itself tells",
                "hosts a, b",
                "no records from 2020-12-16T10:00:00Z"
            ]
        );
    }
}
