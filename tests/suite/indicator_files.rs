//! Every indicator file that other people published is read or refused with a reason, and what is taken and what is not
//! add up to what other programs counted in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use belljar::model::Pack;
use belljar::pack;
use serde_json::Value;

use super::corpus::{corpus, files};

fn read(path: &Path) -> Pack {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    pack::read(&name, vec![(name.clone(), fs::read(path).expect("a file"))])
}

/// The numbers that the facts give.
fn sum(value: &Value) -> u64 {
    value.as_object().map_or(0, |all| all.values().filter_map(Value::as_u64).sum())
}

/// A digest that stands by itself in a line that is no comment, and nowhere in what was read.
fn lost_digest(text: &str, pack: &Pack) -> Option<String> {
    let held: BTreeSet<String> = pack
        .indicators
        .iter()
        .flat_map(|one| [&one.value, &one.context])
        .chain(pack.rejected.iter().map(|row| &row.text))
        .flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric()))
        .map(str::to_ascii_lowercase)
        .collect();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with(['#', '/']));
    lines
        .flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'))
        .filter(|word| {
            matches!(word.len(), 32 | 40 | 64) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
        .find(|word| !held.contains(&word.to_ascii_lowercase()))
        .map(str::to_owned)
}

/// Where a pack holds less than was counted in its file.
fn shortfall(fact: &Value, pack: &Pack) -> Option<String> {
    let total = (pack.indicators.len() + pack.rejected.len()) as u64;
    let short =
        |held: u64, counted: u64, what: &str| (held < counted).then(|| format!("{held} of {counted} {what}"));
    if fact["yara"].is_object() {
        return short(pack.rejected.len() as u64, fact["yara"]["rules"].as_u64().unwrap_or(1), "rules");
    }
    if fact["pysigma"].is_object() {
        return short(pack.rejected.len() as u64, 1, "rules");
    }
    match fact["format"].as_str().unwrap_or_default() {
        // The header is counted as a row.
        "csv" => short(total, fact["rows"].as_u64().unwrap_or(1) - 1, "rows"),
        "misp-event" => short(total, sum(&fact["attributes_by_type"]), "attributes"),
        "stix2-bundle" => short(total, fact["indicators"].as_u64().unwrap_or_default(), "indicators"),
        "misp-warninglist" => {
            let held: u64 = pack.allow.iter().map(|list| list.entries.len() as u64).sum();
            short(held + pack.rejected.len() as u64, fact["entries"].as_u64().unwrap_or_default(), "entries")
        }
        "openioc" => short(total, u64::from(fact["items"].as_u64() > Some(0)), "items"),
        _ => None,
    }
}

#[test]
fn every_published_file_is_read_or_refused_with_a_reason() {
    let Some(corpus) = corpus() else { return };
    let mut facts: BTreeMap<String, Value> = BTreeMap::new();
    for line in fs::read_to_string(corpus.join("facts/indicators.jsonl")).expect("facts").lines() {
        let fact: Value = serde_json::from_str(line).expect("JSON");
        facts.insert(fact["file"].as_str().unwrap_or_default().to_owned(), fact);
    }
    let mut table = String::from("file,format,loaded,known good,rejected,first reasons\n");
    let mut groups: BTreeMap<String, [usize; 6]> = BTreeMap::new();
    let mut open = Vec::new();
    let mut all = files(&corpus.join("indicators"));
    all.extend(files(&corpus.join("../intel/raw")));
    for path in all {
        let shown = path.strip_prefix(&corpus).unwrap_or(&path).to_string_lossy().into_owned();
        let pack = read(&path);
        let known_good: usize = pack.allow.iter().map(|list| list.entries.len()).sum();
        let fact = facts.get(&shown);
        let format = fact.and_then(|fact| fact["format"].as_str()).map_or_else(
            || path.extension().unwrap_or_default().to_string_lossy().into_owned(),
            str::to_owned,
        );
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        pack.rejected.iter().for_each(|row| *reasons.entry(&row.reason).or_default() += 1);
        let said: Vec<&str> = pack.diagnostics.iter().map(|one| one.message.as_str()).collect();
        let reasons: Vec<String> =
            reasons.into_iter().take(4).map(|(reason, count)| format!("{count} x {reason}")).collect();
        table += &format!(
            "{shown:?},{format},{},{known_good},{},{:?}\n",
            pack.indicators.len(),
            pack.rejected.len(),
            [said.join("; "), reasons.join("; ")].join(" ")
        );
        let group = groups.entry(format.clone()).or_default();
        group[0] += 1;
        group[1] += pack.indicators.len();
        group[2] += known_good;
        group[3] += pack.rejected.len();
        group[4] += usize::from(pack.indicators.is_empty() && known_good == 0);
        group[5] += usize::from(fact.is_some());
        if pack.indicators.is_empty()
            && known_good == 0
            && pack.rejected.is_empty()
            && pack.diagnostics.is_empty()
        {
            open.push(format!("{shown}: nothing is said"));
        }
        let silent = pack.rejected.iter().find(|row| row.reason.is_empty() || row.hint.is_empty());
        if let Some(row) = silent {
            open.push(format!("{shown}: {row:?}"));
        }
        if format == "text"
            && !pack.rejected.iter().any(|row| row.reason.contains("rules are not evaluated"))
            && let Some(lost) =
                lost_digest(&String::from_utf8_lossy(&fs::read(&path).expect("a file")), &pack)
        {
            open.push(format!("{shown}: {lost} is nowhere"));
        }
        if let Some(short) = fact.and_then(|fact| shortfall(fact, &pack)) {
            open.push(format!("{shown}: {short}"));
        }
    }
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("indicator-files.csv");
    fs::write(&file, table).expect("a table");
    eprintln!(
        "{:<18} {:>6} {:>8} {:>10} {:>9} {:>12} {:>8}",
        "format", "files", "loaded", "known good", "rejected", "none loaded", "counted"
    );
    for (format, [count, loaded, good, rejected, refused, counted]) in groups {
        eprintln!("{format:<18} {count:>6} {loaded:>8} {good:>10} {rejected:>9} {refused:>12} {counted:>8}");
    }
    open.iter().for_each(|line| eprintln!("{line}"));
    assert!(open.is_empty(), "{} files", open.len());
}
