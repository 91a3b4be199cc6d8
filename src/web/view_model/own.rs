//! The person's own indicator files in words: what was taken, what not, what is doubtful.

use std::collections::BTreeMap;

use crate::model::{Diagnostic, DiagnosticSeverity, Pack, counted};

use super::super::state::State;

/// A closed box: its summary, and the rows in it.
type Part = (String, Vec<Vec<String>>);

/// How much is searched for of all files together.
pub fn status(state: &State) -> String {
    let (mut files, mut indicators) = (0, 0);
    for (_, pack) in state.own_packs() {
        files += 1;
        indicators += pack.indicators.len() as u64;
    }
    match files {
        0 => String::new(),
        _ => {
            let and = match (&state.chosen, state.bundled.len()) {
                (Some(_), _) => "the chosen incident",
                (None, _) => "all incidents",
            };
            format!(
                "{} from {} will be searched for, together with {and}.",
                counted(indicators, "indicator"),
                counted(files, "file")
            )
        }
    }
}

/// Taken and not taken, in one line.
pub fn taken(pack: &Pack) -> String {
    format!("{} taken, {} not taken", counted(pack.indicators.len() as u64, "indicator"), pack.rejected.len())
}

/// How many of each kind.
pub fn kinds(pack: &Pack) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for indicator in &pack.indicators {
        *counts.entry(indicator.kind.as_str()).or_default() += 1;
    }
    counts.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect()
}

/// What reading the file told: which columns were recognized, what was left out.
pub fn notes(pack: &Pack) -> Part {
    let lines: Vec<Vec<String>> = pack.diagnostics.iter().map(diagnostic).collect();
    (format!("How it was read ({})", lines.len()), lines)
}

/// What was not taken: where it stands, what, why, and what to do.
pub fn rejected(pack: &Pack) -> Part {
    let row = |row: &crate::model::Rejected| {
        vec![row.place.clone(), row.text.clone(), row.reason.clone(), row.hint.clone()]
    };
    let lines: Vec<Vec<String>> = pack.rejected.iter().map(row).collect();
    (format!("Not taken, and why ({})", lines.len()), lines)
}

/// What was taken but is doubtful.
pub fn lint(lint: &[Diagnostic]) -> Part {
    (format!("Doubtful, but searched for ({})", lint.len()), lint.iter().map(diagnostic).collect())
}

fn diagnostic(one: &Diagnostic) -> Vec<String> {
    let weight = match one.severity {
        DiagnosticSeverity::Note => "Note",
        DiagnosticSeverity::Warning => "Warning",
        DiagnosticSeverity::Error => "Problem",
    };
    vec![weight.to_owned(), one.message.clone(), one.hint.clone()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_gave_is_counted_by_kind() {
        let csv = b"type,value\nipv4,192.0.2.9\nipv4,192.0.2.10\ndomain,evil.example\nmutex,x\n".to_vec();
        let pack = crate::pack::read("mine.csv", vec![("mine.csv".into(), csv)]);
        assert_eq!(taken(&pack), "3 indicators taken, 1 not taken");
        assert_eq!(kinds(&pack), ["1 domain", "2 ipv4"]);
        let (summary, lines) = rejected(&pack);
        assert_eq!((summary.as_str(), lines.len(), lines[0].len()), ("Not taken, and why (1)", 1, 4));
        let mut state = State::default();
        state.add_own(super::super::super::state::Own::default(), pack);
        assert_eq!(
            status(&state),
            "3 indicators from 1 file will be searched for, together with all incidents."
        );
    }
}
