//! Whose log a file is: its format, its name, and the marks of the product in its records.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ArtifactSummary, Bring, TextSummary};

/// Endings of files that hold one other file, whose name is the same without them.
const PACKED: [&str; 8] = [".gz", ".bz2", ".xz", ".zst", ".lz4", ".lzma", ".lz", ".Z"];

/// The logs among the evidence, and the marks that each series of them shows.
pub(super) struct Logs<'t> {
    logs: Vec<Log<'t>>,
    marks: BTreeMap<String, BTreeSet<&'t str>>,
}

/// A file with records.
struct Log<'t> {
    path: String,
    series: String,
    text: &'t TextSummary,
}

impl<'t> Logs<'t> {
    /// Everything with records.
    pub(super) fn of(artifacts: &'t [ArtifactSummary]) -> Logs<'t> {
        let with_records = |artifact: &'t ArtifactSummary| {
            let text = artifact.text.as_ref().filter(|text| text.records > 0)?;
            let path = artifact.artifact.to_ascii_lowercase();
            Some(Log { path, series: series(&artifact.artifact), text })
        };
        let logs: Vec<Log<'t>> = artifacts.iter().filter_map(with_records).collect();
        let mut marks: BTreeMap<String, BTreeSet<&'t str>> = BTreeMap::new();
        for log in &logs {
            let seen = log.text.marks.iter().map(|(mark, _)| mark.as_str());
            marks.entry(log.series.clone()).or_default().extend(seen);
        }
        Logs { logs, marks }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &'t TextSummary> {
        self.logs.iter().map(|log| log.text)
    }

    /// Those that are the file to bring.
    pub(super) fn that_are<'a>(&'a self, bring: &'a Bring) -> impl Iterator<Item = &'t TextSummary> + 'a {
        self.logs.iter().filter(|log| self.is(log, bring)).map(|log| log.text)
    }

    /// Whether logs of the format were brought of which none shows the product.
    pub(super) fn are_of_others(&self, bring: &Bring) -> bool {
        tells_product(bring)
            && self.logs.iter().any(|log| log.text.format.contains(&bring.format))
            && self.that_are(bring).next().is_none()
    }

    /// Days without ordinary use show no mark, so one file speaks for its whole series.
    fn is(&self, log: &Log<'_>, bring: &Bring) -> bool {
        let named = || bring.names.iter().any(|name| log.path.contains(&name.to_ascii_lowercase()));
        let seen = self.marks.get(&log.series);
        let marked = || bring.marks.iter().any(|mark| seen.is_some_and(|seen| seen.contains(mark.as_str())));
        log.text.format.contains(&bring.format) && (!tells_product(bring) || named() || marked())
    }
}

/// Whether a file can be told from another product's.
pub(super) fn tells_product(bring: &Bring) -> bool {
    !(bring.names.is_empty() && bring.marks.is_empty())
}

/// What the files of one rotated series have in common: their path without numbers and without the ending of a packed
/// file (`LogFiles/W3SVC1/u_ex230528.log`, `access_log.2.gz > access_log.2`).
fn series(path: &str) -> String {
    let mut whole = String::new();
    let mut packed = false;
    for part in path.split(" > ") {
        // What a packed file holds is the same file.
        if std::mem::take(&mut packed) {
            continue;
        }
        let bare = PACKED.iter().find_map(|ending| part.strip_suffix(ending));
        packed = bare.is_some_and(|bare| !bare.ends_with(".tar"));
        let name = bare.filter(|_| packed).unwrap_or(part);
        let (folder, name) = name.rsplit_once('/').map_or(("", name), |(folder, name)| (folder, name));
        whole.push_str(folder);
        whole.push('/');
        whole.extend(name.chars().filter(|c| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '_')));
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(path: &str, format: &str, marks: &[&str]) -> ArtifactSummary {
        let text = TextSummary {
            format: format.to_owned(),
            records: 9,
            marks: marks.iter().map(|mark| ((*mark).to_owned(), 1)).collect(),
            ..TextSummary::default()
        };
        ArtifactSummary { artifact: path.to_owned(), text: Some(text), ..ArtifactSummary::default() }
    }

    fn bring() -> Bring {
        Bring {
            format: "W3C extended log".into(),
            names: vec!["MOVEit".into()],
            marks: vec!["/human.aspx".into()],
            ..Bring::default()
        }
    }

    #[test]
    fn a_mark_in_one_file_tells_its_whole_series_and_no_other() {
        let format = "W3C extended log";
        let all = [
            log("W3SVC1/u_ex230528.log", format, &[]),
            log("W3SVC1/u_ex230529.log.gz > u_ex230529.log", format, &["/human.aspx"]),
            log("W3SVC2/u_ex230529.log", format, &["/other.aspx"]),
            log("W3SVC1/access_log", "Apache access log (combined)", &["/human.aspx"]),
        ];
        let logs = Logs::of(&all);
        assert_eq!(logs.that_are(&bring()).count(), 2);
        assert!(!logs.are_of_others(&bring()));
    }

    #[test]
    fn a_name_tells_too_and_a_log_of_others_is_told_as_such() {
        let format = "W3C extended log";
        let named = [log("moveit-logs/u_ex230528.log", format, &[])];
        assert_eq!(Logs::of(&named).that_are(&bring()).count(), 1);
        let other = [log("u_ex230528.log", format, &["/other.aspx"])];
        let logs = Logs::of(&other);
        assert_eq!((logs.that_are(&bring()).count(), logs.are_of_others(&bring())), (0, true));
        let untold = Bring { names: Vec::new(), marks: Vec::new(), ..bring() };
        assert_eq!((logs.that_are(&untold).count(), logs.are_of_others(&untold)), (1, false));
    }

    #[test]
    fn a_series_is_its_path_without_numbers() {
        for (one, other) in [
            ("access_log", "access_log.2.gz > access_log.2"),
            ("a.zip > W3SVC1/u_ex230528.log", "a.zip > W3SVC1/u_ex230601.log"),
            ("logs.tar.gz > logs.tar > x/access.log", "logs.tar.gz > logs.tar > x/access.log.1"),
        ] {
            assert_eq!(series(one), series(other));
        }
        assert_ne!(series("W3SVC1/u_ex230528.log"), series("W3SVC2/u_ex230528.log"));
        assert_ne!(series("logs.tar.gz > logs.tar > a.log"), series("logs.tar.gz > logs.tar > b.log"));
    }
}
