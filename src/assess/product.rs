//! Whose log a file is: its format, its name, and the marks of the product in its records.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ArtifactSummary, Bring, TextSummary};

use super::series::{self, Member, Place};

/// The logs among the evidence.
pub(super) struct Logs<'t> {
    logs: Vec<Log<'t>>,
}

/// A file with records.
struct Log<'t> {
    /// Its name and the folder it lies in, in small letters.
    name: String,
    text: &'t TextSummary,
    /// The marks that it and the others of its series show.
    marks: BTreeSet<&'t str>,
}

impl<'t> Logs<'t> {
    /// Everything with records.
    pub(super) fn of(artifacts: &'t [ArtifactSummary]) -> Logs<'t> {
        let mut series: BTreeMap<String, Vec<(Place, Log<'t>)>> = BTreeMap::new();
        for artifact in artifacts {
            let Some(text) = artifact.text.as_ref().filter(|text| text.records > 0) else { continue };
            let Member { stem, place, .. } = Member::of(&artifact.artifact);
            let marks = text.marks.iter().map(|(mark, _)| mark.as_str()).collect();
            let log = Log { name: name_and_folder(&artifact.artifact), text, marks };
            series.entry(stem).or_default().push((place, log));
        }
        Logs { logs: series.into_values().flat_map(shared).collect() }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &'t TextSummary> {
        self.logs.iter().map(|log| log.text)
    }

    /// Those that are the file to bring.
    pub(super) fn that_are<'a>(&'a self, bring: &'a Bring) -> impl Iterator<Item = &'t TextSummary> + 'a {
        self.logs.iter().filter(|log| Self::is(log, bring)).map(|log| log.text)
    }

    /// Whether logs of the format were brought of which none shows the product.
    pub(super) fn are_of_others(&self, bring: &Bring) -> bool {
        tells_product(bring)
            && self.logs.iter().any(|log| log.text.format.contains(&bring.format))
            && self.that_are(bring).next().is_none()
    }

    fn is(log: &Log<'_>, bring: &Bring) -> bool {
        let named = || bring.names.iter().any(|name| log.name.contains(&name.to_ascii_lowercase()));
        let marked = || bring.marks.iter().any(|mark| log.marks.contains(mark.as_str()));
        log.text.format.contains(&bring.format) && (!tells_product(bring) || named() || marked())
    }
}

/// Gives each log of a series the marks of all: days without ordinary use show none, so one speaks for the others. Two in
/// one place (two files `access.log`) are of two systems, and then each speaks for itself.
fn shared(mut series: Vec<(Place, Log<'_>)>) -> Vec<Log<'_>> {
    let places: BTreeSet<Place> = series.iter().map(|(place, _)| *place).collect();
    if places.len() == series.len() {
        let marks: BTreeSet<&str> = series.iter().flat_map(|(_, log)| log.marks.iter().copied()).collect();
        series.iter_mut().for_each(|(_, log)| log.marks.clone_from(&marks));
    }
    series.into_iter().map(|(_, log)| log).collect()
}

/// `folder/name` of a file. What it came in, and folders further up, were named by whoever collected the evidence, perhaps
/// after the incident that he suspected.
fn name_and_folder(path: &str) -> String {
    let name = series::itself(path).rsplit(" > ").next().unwrap_or(path).replace('\\', "/");
    let start = name.rmatch_indices('/').nth(1).map_or(0, |(at, _)| at + 1);
    name[start..].to_ascii_lowercase()
}

/// Whether a file can be told from another product's.
pub(super) fn tells_product(bring: &Bring) -> bool {
    !(bring.names.is_empty() && bring.marks.is_empty())
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
    fn logs_of_two_systems_do_not_speak_for_each_other() {
        let format = "W3C extended log";
        for (one, other) in [
            ("10.0.0.5_access.log", "10.0.0.9_access.log"),
            ("web01-access.log", "web02-access.log"),
            ("access.log", "access.log"),
        ] {
            let all = [log(one, format, &["/human.aspx"]), log(other, format, &["/other.aspx"])];
            assert_eq!(Logs::of(&all).that_are(&bring()).count(), 1, "{one}");
        }
    }

    #[test]
    fn a_name_counts_in_the_file_and_its_folder_and_not_in_what_they_came_in() {
        let format = "W3C extended log";
        for (path, is) in [
            ("moveit/u_ex230528.log", true),
            ("logs.zip > C:\\MOVEit\\u_ex230528.log", true),
            ("moveit.log.1.gz > moveit.log.1", true),
            ("moveit.zip > W3SVC1/u_ex230528.log", false),
            ("moveit/server2/W3SVC1/u_ex230528.log", false),
        ] {
            assert_eq!(Logs::of(&[log(path, format, &[])]).that_are(&bring()).count() == 1, is, "{path}");
        }
    }
}
