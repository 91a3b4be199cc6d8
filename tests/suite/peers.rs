//! Other projects' own test cases. Each case passes, deviates for a reason that is written down by class, or fails; none
//! may fail, and the share that passes may not shrink.
//!
//! A case is compared difference by difference (`missing evil.com`, `extra 1.2.3.4`, `refused`): a row of
//! `tests/tables/peer-deviations.csv` names a class for differences of one suite and kind, and
//! `tests/tables/deviation-classes.csv` has the reason of each class. A row that explains nothing any more has to go.

mod addresses;
mod extraction;
mod patterns;
mod urls;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::Value;

/// One compared case.
pub(crate) struct Case {
    /// The peer's name for it.
    pub(crate) id: String,
    /// The kind of value it is about.
    pub(crate) kind: String,
    /// What was given, for rows that depend on it.
    pub(crate) input: String,
    /// In what the answers differ, with the kind each difference is about; empty: they agree.
    pub(crate) differences: Vec<(String, String)>,
}

impl Case {
    fn new(line: &Value, kind: impl Into<String>, input: impl Into<String>) -> Case {
        let id = line["id"].as_str().unwrap_or_default().to_owned();
        Case { id, kind: kind.into(), input: input.into(), differences: Vec::new() }
    }

    fn differs(&mut self, kind: &str, what: impl Into<String>) {
        self.differences.push((kind.to_owned(), what.into()));
    }
}

/// A suite's file and how one of its lines is compared.
type Suite = (&'static str, fn(&Value) -> Case);

const SUITES: [Suite; 14] = [
    ("ioc-finder", extraction::ioc_finder),
    ("ioc_fanger", extraction::ioc_fanger),
    ("iocextract", extraction::iocextract),
    ("msticpy-iocextract", extraction::msticpy),
    ("iocsearcher", extraction::iocsearcher),
    ("cti-pattern-matcher", patterns::matcher),
    ("cti-pattern-validator", patterns::validator),
    ("stix2-pattern-equivalence", patterns::equivalence),
    ("whatwg-url", urls::whatwg),
    ("punycode", urls::punycode),
    ("psl", urls::suffixes),
    ("cpython-ipaddress", addresses::cpython),
    ("warninglist-cidr", addresses::warninglist),
    ("maltrail-vectors", urls::maltrail),
];

/// A row of the table of deviations.
struct Row {
    suite: String,
    kind: Regex,
    difference: Regex,
    input: Regex,
    class: String,
    used: usize,
}

fn table(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables").join(name)
}

fn records(name: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(table(name)).expect("a table");
    reader.records().map(|record| record.expect("a row")).collect()
}

fn rows() -> Vec<Row> {
    let whole = |text: &str| Regex::new(&format!("^(?s:{text})$")).expect(text);
    let any = |text: &str| if text.is_empty() { whole(".*") } else { whole(text) };
    let row = |record: csv::StringRecord| Row {
        suite: record[0].to_owned(),
        kind: any(&record[1]),
        difference: any(&record[2]),
        input: any(&record[3]),
        class: record[4].to_owned(),
        used: 0,
    };
    records("peer-deviations.csv").into_iter().map(row).collect()
}

#[derive(Default)]
struct Count {
    passed: usize,
    deviates: usize,
    fails: usize,
}

/// The classes of a case's differences that a row explains, and the differences that none does.
fn explained(rows: &mut [Row], suite: &str, case: &Case) -> (BTreeSet<String>, Vec<String>) {
    let mut named = BTreeSet::new();
    let mut open = Vec::new();
    for (kind, difference) in &case.differences {
        let row = rows.iter_mut().find(|row| {
            row.suite == suite
                && row.kind.is_match(kind)
                && row.difference.is_match(difference)
                && row.input.is_match(&case.input)
        });
        match row {
            Some(row) => {
                row.used += 1;
                named.insert(row.class.clone());
            }
            None => open.push(format!("{kind}: {difference}")),
        }
    }
    (named, open)
}

#[test]
fn every_case_of_other_projects_passes_or_deviates_for_a_reason() {
    let Some(corpus) = super::corpus::corpus() else { return };
    let mut rows = rows();
    let reasons: BTreeMap<String, String> = records("deviation-classes.csv")
        .iter()
        .map(|record| (record[0].to_owned(), record[1].to_owned()))
        .collect();
    let mut shares = String::from("suite,kind,passed,of\n");
    let mut failures = Vec::new();
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    let least: BTreeMap<(String, String), (usize, usize)> = records("peer-shares.csv")
        .iter()
        .map(|r| {
            let number = |at: usize| r[at].parse().expect("a number");
            ((r[0].to_owned(), r[1].to_owned()), (number(2), number(3)))
        })
        .collect();
    eprintln!("{:<26} {:<22} {:>7} {:>9} {:>6}", "suite", "kind", "passed", "deviates", "fails");
    for (suite, compare) in SUITES {
        let Ok(text) = fs::read_to_string(corpus.join("suites").join(format!("{suite}.jsonl"))) else {
            continue;
        };
        let mut counts: BTreeMap<String, Count> = BTreeMap::new();
        for line in text.lines() {
            let case = compare(&serde_json::from_str(line).expect("JSON"));
            let count = counts.entry(case.kind.clone()).or_default();
            if case.differences.is_empty() {
                count.passed += 1;
                continue;
            }
            let (named, open) = explained(&mut rows, suite, &case);
            if open.is_empty() {
                count.deviates += 1;
                named.into_iter().for_each(|class| *classes.entry(class).or_default() += 1);
            } else {
                count.fails += 1;
                failures.push(format!("{suite} {}: {:?}: {}", case.id, case.input, open.join("; ")));
            }
        }
        for (kind, count) in counts {
            let all = count.passed + count.deviates + count.fails;
            eprintln!("{suite:<26} {kind:<22} {:>7} {:>9} {:>6}", count.passed, count.deviates, count.fails);
            shares += &format!("{suite},{kind},{},{all}\n", count.passed);
            if let Some((passed, of)) = least.get(&(suite.to_owned(), kind.clone()))
                && count.passed * of < passed * all
            {
                failures.push(format!(
                    "{suite} {kind}: {} of {all} pass, and {passed} of {of} did",
                    count.passed
                ));
            }
        }
    }
    for (class, count) in &classes {
        match reasons.get(class) {
            Some(reason) => eprintln!("{count:>5} {class}: {reason}"),
            None => failures.push(format!("the class {class} has no reason")),
        }
    }
    if std::env::var_os("BELLJAR_BLESS").is_some() {
        fs::write(table("peer-shares.csv"), shares).expect("a table");
    }
    let idle: Vec<String> = rows
        .iter()
        .filter(|row| row.used == 0)
        .map(|row| format!("a row explains nothing: {} {} {}", row.suite, row.kind, row.difference))
        .collect();
    failures.extend(idle);
    for failure in failures.iter().take(2000) {
        eprintln!("{}", failure.chars().take(420).collect::<String>());
    }
    assert!(failures.is_empty(), "{} open", failures.len());
}
