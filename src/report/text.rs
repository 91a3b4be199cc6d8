//! The report for a terminal: plain words, worst first.

use std::fmt::Write;

use crate::model::{DiagnosticSeverity, Finding, LedgerState, Report, counted, size};

use super::words;

/// Sightings shown of one finding.
const SHOWN: usize = 5;

/// The report as plain text.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = sections(&mut out, report);
    out
}

fn sections(out: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(out, "BELLJAR REPORT: {}\n{}", report.verdict.title().to_uppercase(), report.sentence)?;
    for reason in &report.reasons {
        writeln!(out, "  - {reason}")?;
    }
    if report.incidents.len() > 1 {
        writeln!(out, "\nINCIDENTS")?;
        for incident in words::asked(report) {
            writeln!(out, "  {}: {}", incident.title, incident.verdict.title())?;
        }
        for line in words::unasked(report) {
            writeln!(out, "  {line}")?;
        }
    }
    if !report.findings.is_empty() {
        writeln!(out, "\nFINDINGS ({})", report.findings.len())?;
        for finding in &report.findings {
            one(out, finding)?;
        }
    }
    writeln!(out, "\nFILES ({})", report.coverage.artifacts.len() as u64 + report.coverage.unlisted)?;
    for artifact in &report.coverage.artifacts {
        let mut line =
            format!("  {}: {}, {}", artifact.artifact, words::recognized(artifact), size(artifact.size));
        if let Some(text) = &artifact.text {
            write!(line, ", {}", counted(text.lines, "line"))?;
            if text.records > 0 {
                write!(line, ", {}, {} not understood", counted(text.records, "record"), text.unparsed)?;
            }
        }
        let dates = words::dates(artifact);
        if !dates.is_empty() {
            write!(line, ", {dates}")?;
        }
        for known in words::about(artifact, |from, until| format!("{from} to {until}")) {
            write!(line, "; {known}")?;
        }
        writeln!(out, "{line}{}", if artifact.complete { "" } else { " (not examined in full)" })?;
    }
    coverage(out, report)?;
    writeln!(out, "\nSEARCH\n  control {} of {}", report.control.fired, report.control.total)?;
    for failure in &report.control.failures {
        writeln!(out, "  control probe not found: {failure}")?;
    }
    for pack in &report.ledger {
        let count = |state: LedgerState| pack.entries.iter().filter(|entry| entry.state == state).count();
        writeln!(
            out,
            "  {}: {}: {} seen, {} searched for and not seen, {} could not apply; {} not taken",
            pack.pack,
            counted(pack.entries.len() as u64, "indicator"),
            count(LedgerState::Seen),
            count(LedgerState::Searched),
            count(LedgerState::NotApplicable),
            counted(pack.rejected.len() as u64, "row")
        )?;
    }
    for (_, guidance) in report.guidance.iter().filter(|(_, guidance)| !guidance.is_empty()) {
        writeln!(out, "\nWHAT TO DO\n{}", guidance.trim())?;
    }
    Ok(())
}

fn one(out: &mut String, finding: &Finding) -> std::fmt::Result {
    writeln!(out, "\n  [{}] {} ({})", words::grade(finding), finding.title, counted(finding.count, "time"))?;
    if !finding.why.is_empty() {
        writeln!(out, "    why: {}", finding.why)?;
    }
    if let (Some(first), Some(last)) = (finding.first_time, finding.last_time) {
        writeln!(out, "    when: {first} to {last}")?;
    }
    for sentence in &finding.weighing {
        writeln!(out, "    weighed: {sentence}")?;
    }
    for sentence in &finding.innocent {
        writeln!(out, "    ordinary explanation: {sentence}")?;
    }
    for sighting in finding.sightings.iter().take(SHOWN) {
        let decoding = if sighting.decoding.is_empty() {
            String::new()
        } else {
            format!(" (decoded: {})", sighting.decoding.join(", "))
        };
        writeln!(out, "    {}{decoding}\n      {}", words::place(sighting), sighting.excerpt)?;
    }
    if finding.count > SHOWN as u64 {
        writeln!(out, "    and {} more", finding.count - SHOWN.min(finding.sightings.len()) as u64)?;
    }
    for step in &finding.next_steps {
        writeln!(out, "    next: {step}")?;
    }
    if !finding.source.is_empty() {
        writeln!(out, "    source: {}", finding.source)?;
    }
    Ok(())
}

fn coverage(out: &mut String, report: &Report) -> std::fmt::Result {
    for window in report.coverage.windows.iter().filter(|window| words::is_asked(report, &window.pack)) {
        writeln!(
            out,
            "\nTIME OF THE ATTACKS ({}): {} to {}",
            window.pack, window.window.from, window.window.until
        )?;
        if !window.window.source.is_empty() {
            writeln!(out, "  source of the dates: {}", window.window.source)?;
        }
        for (from, until) in &window.covered {
            writeln!(out, "  records from {from} to {until}")?;
        }
        for (from, until) in &window.missing {
            writeln!(out, "  NO records from {from} to {until}")?;
        }
        for bring in &window.not_brought {
            writeln!(out, "  not brought: {} ({})", bring.what, bring.path)?;
        }
    }
    for assumption in &report.coverage.assumptions {
        writeln!(out, "  assumed: {assumption}")?;
    }
    if !report.coverage.diagnostics.is_empty() {
        writeln!(
            out,
            "\nNOT CHECKED, OR CHECKED IN PART ({})",
            report.coverage.diagnostics.len() as u64 + report.coverage.unlisted_diagnostics
        )?;
    }
    for diagnostic in &report.coverage.diagnostics {
        let severity = match diagnostic.severity {
            DiagnosticSeverity::Error => "error",
            DiagnosticSeverity::Warning => "warning",
            DiagnosticSeverity::Note => "note",
        };
        let place = if diagnostic.artifact.is_empty() { "scan" } else { &diagnostic.artifact };
        writeln!(out, "  {severity}: {place}: {} [{}]", diagnostic.message, diagnostic.code)?;
        if !diagnostic.hint.is_empty() {
            writeln!(out, "    {}", diagnostic.hint)?;
        }
    }
    Ok(())
}
