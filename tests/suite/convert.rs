//! Packs written in each format and read again: what comes back is what was there, or what is missing is listed.

use std::fs;
use std::path::Path;
use std::process::Command;

use belljar::model::{Indicator, Pack};
use belljar::pack::{self, Form};

use super::corpus::{corpus, files};

const FORMS: [Form; 4] = [Form::Native, Form::Stix, Form::Misp, Form::Csv];

/// What an indicator means, without its number and the blanks around its texts.
fn meaning(one: &Indicator) -> Indicator {
    Indicator {
        id: String::new(),
        context: one.context.trim().to_owned(),
        source: one.source.trim().to_owned(),
        ..one.clone()
    }
}

/// Where a pack comes back as another one, if it does.
fn changed(pack: &Pack, form: Form) -> Option<String> {
    let written = pack::write(pack, form, None);
    let read = pack::read(&pack.id, written.files.clone());
    if let Some(row) = read.rejected.iter().find(|row| !pack.rejected.contains(row)) {
        return Some(format!("{form:?}: not read again: {row:?}"));
    }
    let lost: std::collections::BTreeSet<&str> = written.lost.iter().map(|row| row.place.as_str()).collect();
    let order = |one: &Indicator| {
        (
            one.kind,
            one.value.clone(),
            one.group.clone(),
            one.context.clone(),
            one.source.clone(),
            one.valid_from,
        )
    };
    let mut wanted: Vec<Indicator> =
        pack.indicators.iter().filter(|one| !lost.contains(one.id.as_str())).map(meaning).collect();
    let mut found: Vec<Indicator> = read.indicators.iter().map(meaning).collect();
    wanted.sort_by_key(order);
    found.sort_by_key(order);
    let place = wanted.iter().zip(&found).position(|(one, other)| one != other);
    match place {
        Some(at) => Some(format!("{form:?}: {:?} became {:?}", wanted[at], found[at])),
        None if wanted.len() != found.len() => {
            Some(format!("{form:?}: {} indicators became {}", wanted.len(), found.len()))
        }
        None => None,
    }
}

#[test]
fn what_others_published_comes_back_from_every_format_or_is_listed_as_lost() {
    let Some(corpus) = corpus() else { return };
    let mut all = files(&corpus.join("indicators"));
    all.extend(files(&corpus.join("../intel/raw")));
    let (mut count, mut indicators, mut open) = (0, 0, Vec::new());
    for path in all {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let pack = pack::read(&name, vec![(name.clone(), fs::read(&path).expect("a file"))]);
        // Four formats of a hundred thousand rows say no more than four of ten thousand.
        if pack.indicators.is_empty() || pack.indicators.len() > 10_000 {
            continue;
        }
        count += 1;
        indicators += pack.indicators.len();
        open.extend(
            FORMS.iter().filter_map(|form| changed(&pack, *form)).map(|text| format!("{name}: {text}")),
        );
    }
    eprintln!("{count} files with {indicators} indicators, in {} formats each", FORMS.len());
    for line in open.iter().take(60) {
        eprintln!("{}", line.chars().take(900).collect::<String>());
    }
    assert!(open.is_empty(), "{} differ", open.len());
}

/// Where `stix2-validator` (OASIS) is installed, it checks every bundle against the JSON schemas of STIX 2.1.
#[test]
fn bundles_are_valid_by_the_schemas_of_oasis() {
    let known = Command::new("stix2_validator").arg("--help").output();
    if !known.is_ok_and(|known| known.status.success()) {
        eprintln!("no stix2_validator: nothing to ask");
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bundles");
    fs::create_dir_all(&folder).expect("a folder");
    let mut packs = pack::bundled().packs;
    if let Some(corpus) = corpus() {
        for path in files(&corpus.join("indicators/stix"))
            .into_iter()
            .chain(files(&corpus.join("indicators/openioc")))
        {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let pack = pack::read(&name, vec![(name.clone(), fs::read(&path).expect("a file"))]);
            if (1..2_000).contains(&pack.indicators.len()) {
                packs.push(pack);
            }
        }
    }
    let mut paths = Vec::new();
    for (number, pack) in packs.iter().enumerate() {
        let path = folder.join(format!("{number}.json"));
        fs::write(&path, &pack::write(pack, Form::Stix, None).files[0].1).expect("a bundle");
        paths.push(path);
    }
    let said = Command::new("stix2_validator").args(["--version", "2.1", "-q"]).args(&paths).output();
    let said = said.expect("the validator ran before");
    let text = String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
    let wrong: Vec<&str> = text.lines().filter(|line| line.contains("[X]") || line.contains("[-]")).collect();
    eprintln!("{} bundles checked", paths.len());
    assert!(said.status.success(), "{} lines: {:?}", wrong.len(), wrong.iter().take(20).collect::<Vec<_>>());
}
