//! The report as one HTML file that needs nothing else: no script, no request, readable and printable anywhere.

use crate::model::{Finding, Report, counted, size};

use super::words;

const STYLE: &str = include_str!("report.css");

/// The report as an HTML document.
pub fn html(report: &Report) -> String {
    let mut page = Page::default();
    page.open("main");
    page.open(&format!("section class=\"verdict {}\"", report.verdict.as_str()));
    page.text("h1", report.verdict.title());
    page.text("p", &report.sentence);
    page.list(&report.reasons);
    page.close("section");
    if report.incidents.len() > 1 {
        page.text("h2", "The answer for each incident");
        let rows = words::asked(report).map(|incident| {
            vec![incident.title.clone(), incident.verdict.title().to_owned(), incident.reasons.join("; ")]
        });
        page.table("Incidents", &["Incident", "Answer", "What could not be checked"], rows);
        page.list(&words::unasked(report).collect::<Vec<_>>());
    }
    page.text("h2", &format!("Findings ({})", report.findings.len()));
    if report.findings.is_empty() {
        page.text("p", "None.");
    }
    report.findings.iter().for_each(|finding| page.finding(finding));
    page.coverage(report);
    page.search(report);
    for (_, guidance) in &report.guidance {
        page.guidance(guidance);
    }
    let made = &report.provenance;
    page.text("p", &format!("Made by {} {} ({}).", made.tool, made.version, made.environment.surface));
    page.close("main");
    let policy = format!("default-src 'none'; style-src '{}'", style_hash());
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"generator\" content=\"belljar report\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Belljar report: {}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n{}</body>\n</html>\n",
        escaped(report.verdict.title()),
        page.out
    )
}

/// The hash by which the policy allows the one style sheet (CSP Level 3, section 2.3.1).
fn style_hash() -> String {
    use sha2::{Digest, Sha256};
    format!("sha256-{}", base64(&Sha256::digest(STYLE.as_bytes())))
}

/// Bytes as text (RFC 4648, section 4).
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

/// A document in the making. Text goes in escaped, always.
#[derive(Default)]
struct Page {
    out: String,
}

impl Page {
    fn open(&mut self, tag: &str) {
        self.out += &format!("<{tag}>\n");
    }

    fn close(&mut self, tag: &str) {
        self.out += &format!("</{tag}>\n");
    }

    fn text(&mut self, tag: &str, text: &str) {
        let name = tag.split(' ').next().unwrap_or(tag);
        self.out += &format!("<{tag}>{}</{name}>\n", escaped(text));
    }

    fn list(&mut self, items: &[String]) {
        if !items.is_empty() {
            self.open("ul");
            items.iter().for_each(|item| self.text("li", item));
            self.close("ul");
        }
    }

    fn table(&mut self, caption: &str, columns: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        self.open("div class=\"scroll\"");
        self.open("table");
        self.text("caption", caption);
        self.open("tr");
        columns.iter().for_each(|column| self.text("th scope=\"col\"", column));
        self.close("tr");
        for row in rows {
            self.open("tr");
            row.iter().for_each(|cell| self.text("td", cell));
            self.close("tr");
        }
        self.close("table");
        self.close("div");
    }

    fn finding(&mut self, finding: &Finding) {
        self.open(&format!("article class=\"{}\"", finding.severity.as_str()));
        self.text("h3", &format!("{}: {}", words::grade(finding), finding.title));
        self.text("p", &finding.why);
        let mut facts = vec![format!("Seen {}", counted(finding.count, "time"))];
        if let (Some(first), Some(last)) = (finding.first_time, finding.last_time) {
            facts.push(format!("From {first} to {last}"));
        }
        facts.extend(finding.weighing.iter().map(|sentence| format!("Weighed: {sentence}")));
        facts.extend(finding.innocent.iter().map(|sentence| format!("Ordinary explanation: {sentence}")));
        facts.extend(finding.next_steps.iter().map(|sentence| format!("Next: {sentence}")));
        if !finding.source.is_empty() {
            facts.push(format!("Source: {}", finding.source));
        }
        self.list(&facts);
        self.table(
            "Where it was seen",
            &["Place", "Time", "Decoded", "Line"],
            finding.sightings.iter().map(|sighting| {
                let time = sighting.time.map(|time| time.to_string()).unwrap_or_default();
                vec![words::place(sighting), time, sighting.decoding.join(", "), sighting.excerpt.clone()]
            }),
        );
        self.close("article");
    }

    fn coverage(&mut self, report: &Report) {
        self.text("h2", "What was examined");
        let rows = report.coverage.artifacts.iter().map(|artifact| {
            let (records, unparsed) =
                artifact.text.as_ref().map_or((0, 0), |text| (text.records, text.unparsed));
            vec![
                artifact.artifact.clone(),
                words::recognized(artifact),
                size(artifact.size),
                dates(artifact),
                records.to_string(),
                unparsed.to_string(),
                if artifact.complete { "in full" } else { "in part" }.to_owned(),
                artifact.digests.sha256.clone(),
            ]
        });
        let columns = [
            "File",
            "Recognized as",
            "Size",
            "Dates",
            "Records",
            "Lines not understood",
            "Examined",
            "SHA-256",
        ];
        self.table("Files", &columns, rows);
        for window in report.coverage.windows.iter().filter(|window| words::is_asked(report, &window.pack)) {
            self.text(
                "h3",
                &format!("Time of the attacks: {} to {}", window.window.from, window.window.until),
            );
            let covered =
                window.covered.iter().map(|(from, until)| format!("Records from {from} to {until}"));
            let missing =
                window.missing.iter().map(|(from, until)| format!("No records from {from} to {until}"));
            let absent = window
                .not_brought
                .iter()
                .map(|bring| format!("Not brought: {} ({})", bring.what, bring.path));
            let source = Some(&window.window.source).filter(|source| !source.is_empty());
            let source = source.map(|source| format!("Source of the dates: {source}"));
            self.list(&source.into_iter().chain(covered).chain(missing).chain(absent).collect::<Vec<_>>());
        }
        self.list(&report.coverage.assumptions);
        self.text("h2", "What was not checked, and why");
        if report.coverage.diagnostics.is_empty() {
            self.text("p", "Nothing was left out.");
        } else {
            self.table(
                "Problems",
                &["File", "What", "What to do"],
                report.coverage.diagnostics.iter().map(|diagnostic| {
                    vec![
                        diagnostic.artifact.clone(),
                        format!("{} [{}]", diagnostic.message, diagnostic.code),
                        diagnostic.hint.clone(),
                    ]
                }),
            );
        }
    }

    fn search(&mut self, report: &Report) {
        self.text("h2", "What was searched for");
        self.text(
            "p",
            &format!(
                "Control {} of {}: each indicator was put to the test with evidence that has to show it.",
                report.control.fired, report.control.total
            ),
        );
        for pack in &report.ledger {
            self.open("details");
            self.text(
                "summary",
                &format!(
                    "{} ({} indicators, {} rows not taken)",
                    pack.title,
                    pack.entries.len(),
                    pack.rejected.len()
                ),
            );
            self.table(
                "Indicators",
                &["Indicator", "Kind", "Value", "Fate", "Times", "Note"],
                pack.entries.iter().map(|entry| {
                    vec![
                        entry.indicator.clone(),
                        entry.kind.as_str().to_owned(),
                        entry.value.clone(),
                        words::ledger(entry.state).to_owned(),
                        entry.count.to_string(),
                        entry.note.clone(),
                    ]
                }),
            );
            if !pack.rejected.is_empty() {
                self.table(
                    "Rows not taken",
                    &["Place", "Text", "Reason", "What to do"],
                    pack.rejected.iter().map(|row| {
                        vec![row.place.clone(), row.text.clone(), row.reason.clone(), row.hint.clone()]
                    }),
                );
            }
            self.close("details");
        }
    }

    fn guidance(&mut self, guidance: &str) {
        let mut in_list = false;
        for line in guidance.lines().filter(|line| !line.trim().is_empty()) {
            let item = line.strip_prefix("- ");
            if item.is_some() != in_list {
                self.out += if in_list { "</ul>\n" } else { "<ul>\n" };
                in_list = !in_list;
            }
            match (item, line.strip_prefix("## ")) {
                (Some(item), _) => self.text("li", item),
                (_, Some(title)) => self.text("h2", title),
                _ => self.text("p", line),
            }
        }
        if in_list {
            self.close("ul");
        }
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            plain => out.push(plain),
        }
    }
    out
}

/// The dates of an artifact's records, and what else is known of them.
fn dates(artifact: &crate::model::ArtifactSummary) -> String {
    let mut all = vec![words::dates(artifact)];
    all.extend(words::about(artifact, |from, until| format!("{from} to {until}")));
    all.retain(|part| !part.is_empty());
    all.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_evidence_stays_text() {
        assert_eq!(escaped("<script>'\"&"), "&lt;script&gt;&#39;&quot;&amp;");
    }

    #[test]
    fn base64_agrees_with_the_standard() {
        for (bytes, text) in [(&b"f"[..], "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v"), (b"foob", "Zm9vYg==")] {
            assert_eq!(base64(bytes), text);
        }
    }
}
