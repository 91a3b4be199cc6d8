//! The words in which people read a report: the same in every renderer and on the page.

use crate::model::{
    ArtifactKind, ArtifactSummary, Finding, Incident, LedgerState, Outcome, Reach, Report, Severity, Verdict,
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
