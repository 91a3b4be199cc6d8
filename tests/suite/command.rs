//! The command as people call it: what it prints, and the exit codes that scripts rely on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn belljar(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_belljar")).args(arguments).output().expect("the command runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// An empty folder of this name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

const LOG: &str = "192.0.2.9 - - [17/Dec/2020:10:00:00 +0000] \"GET /courier/about.html?dwn=x&fn=y HTTP/1.1\" 200 7 \"-\" \"-\"\n";

#[test]
fn a_report_verifies_its_files_and_notices_another_byte() {
    let folder = folder("verify");
    let (log, report) = (folder.join("access.log"), folder.join("report.json"));
    fs::write(&log, LOG).expect("a log");
    for format in ["json", "jsonl"] {
        let arguments = ["scan", shown(&log), "--quiet", "--format", format, "--output", shown(&report)];
        assert_eq!(belljar(&arguments).status.code(), Some(1), "there are findings");
        let same = belljar(&["verify", shown(&report), shown(&log)]);
        assert_eq!(same.status.code(), Some(0), "{}", text(&same.stdout));
        assert!(text(&same.stdout).starts_with("same: access.log (SHA-256 "), "{}", text(&same.stdout));
    }
    let moved = folder.join("moved.log");
    fs::copy(&log, &moved).expect("a copy");
    let same = belljar(&["verify", shown(&report), shown(&moved)]);
    assert_eq!(same.status.code(), Some(0), "{}", text(&same.stdout));
    fs::write(&log, format!("{LOG}\n")).expect("a log");
    let changed = belljar(&["verify", shown(&report), shown(&log)]);
    assert_eq!(changed.status.code(), Some(1));
    assert!(text(&changed.stdout).starts_with("changed: access.log"), "{}", text(&changed.stdout));
    let none = belljar(&["verify", shown(&log), shown(&log)]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("no report in JSON"), "{}", text(&none.stderr));
}

#[test]
fn files_of_one_content_and_files_of_one_name_are_each_verified() {
    let folder = folder("verify-twins");
    let path = |name: &str| folder.join(name);
    let (one, two, report) = (path("one.log"), path("two.log"), path("report.json"));
    fs::write(&one, LOG).expect("a log");
    fs::write(&two, LOG).expect("a log");
    let arguments =
        ["scan", shown(&one), shown(&two), "--quiet", "--format", "json", "--output", shown(&report)];
    assert_eq!(belljar(&arguments).status.code(), Some(1), "there are findings");
    let (copy, other) = (path("a-copy.log"), path("other.log"));
    fs::copy(&one, &copy).expect("a copy");
    fs::copy(&one, &other).expect("a copy");
    for paths in [[&one, &two], [&copy, &other], [&copy, &one]] {
        let same = belljar(&["verify", shown(&report), shown(paths[0]), shown(paths[1])]);
        assert_eq!(same.status.code(), Some(0), "{}", text(&same.stdout));
    }
    let missing = belljar(&["verify", shown(&report), shown(&two)]);
    assert!(text(&missing.stdout).contains("not given: one.log"), "{}", text(&missing.stdout));
    // A page takes two files of one name.
    let mut read: Value = serde_json::from_slice(&fs::read(&report).expect("a report")).expect("JSON");
    read["coverage"]["artifacts"][0]["artifact"] = "two.log".into();
    read["coverage"]["artifacts"][0]["sha256"] = "0".repeat(64).into();
    fs::write(&report, read.to_string()).expect("a report");
    let missing = belljar(&["verify", shown(&report), shown(&two)]);
    assert_eq!(missing.status.code(), Some(1));
    let said = text(&missing.stdout);
    assert!(said.contains("same: two.log") && said.contains("not given: two.log (SHA-256 0000"), "{said}");
}

#[test]
fn findings_are_written_as_stix_sightings() {
    let folder = folder("stix");
    let (log, bundle) = (folder.join("access.log"), folder.join("bundle.json"));
    fs::write(&log, LOG).expect("a log");
    let arguments = ["scan", shown(&log), "--quiet", "--format", "stix", "--output", shown(&bundle)];
    assert_eq!(belljar(&arguments).status.code(), Some(1));
    let read: Value = serde_json::from_slice(&fs::read(&bundle).expect("a bundle")).expect("JSON");
    let objects = read["objects"].as_array().expect("objects");
    let ids: Vec<&Value> = objects.iter().map(|object| &object["id"]).collect();
    let of = |kind: &'static str| objects.iter().filter(move |object| object["type"] == kind);
    assert!(of("sighting").count() > 0, "{read}");
    for sighting in of("sighting") {
        assert!(
            ids.contains(&&sighting["sighting_of_ref"]) && ids.contains(&&sighting["observed_data_refs"][0])
        );
    }
    let file = of("file").next().expect("the log");
    assert_eq!(file["name"], "access.log");
    assert_eq!(file["hashes"]["SHA-256"].as_str().map(str::len), Some(64));
    assert_eq!(of("report").next().expect("the answer")["labels"][0], "evidence");
    let valid = Command::new("stix2_validator").args(["--version", "2.1", "-q", shown(&bundle)]).output();
    match valid {
        Ok(valid) => assert!(valid.status.success(), "{}", text(&valid.stdout)),
        Err(_) => eprintln!("no stix2_validator: nothing to ask"),
    }
}

#[test]
fn a_pack_is_converted_and_what_is_lost_is_told_by_the_exit_code() {
    let folder = folder("convert");
    let source = folder.join("mine.csv");
    fs::write(&source, "type,value\nipv4,192.0.2.9\nregex,^evil [0-9]+$\n").expect("a pack");
    let native = folder.join("native");
    let kept = belljar(&["packs", "convert", shown(&source), "--to", "native", "-o", shown(&native)]);
    assert_eq!(kept.status.code(), Some(0), "{}", text(&kept.stderr));
    let again = belljar(&["packs", "convert", shown(&source), "--to", "native", "-o", shown(&native)]);
    assert_eq!(again.status.code(), Some(2), "a folder with files is not written over");
    let lost = belljar(&["packs", "convert", shown(&native), "--to", "misp", "--at", "2026-01-02"]);
    assert_eq!(lost.status.code(), Some(1));
    assert!(text(&lost.stderr).contains("MISP has no type for the kind regex"), "{}", text(&lost.stderr));
    let event: Value = serde_json::from_slice(&lost.stdout).expect("JSON");
    assert_eq!(event["Event"]["date"], "2026-01-02");
    assert_eq!(event["Event"]["Attribute"][0]["value"], "192.0.2.9");
}

#[test]
fn a_page_takes_packs_and_says_what_it_cannot_take() {
    let folder = folder("page");
    let (page, pack, own) = (folder.join("index.html"), folder.join("mine.csv"), folder.join("own.html"));
    let head = "<!doctype html><meta name=\"generator\" content=\"belljar page\">";
    fs::write(&page, format!("{head}<script id=\"belljar-glue\">glue</script>")).expect("a page");
    fs::write(&pack, "type,value\nipv4,192.0.2.9\n").expect("a pack");
    let write = |from: &Path, pack: &str| {
        belljar(&["page", "--pack", pack, "--from", shown(from), "-o", shown(&own)])
    };
    let written = write(&page, shown(&pack));
    assert_eq!(written.status.code(), Some(0), "{}", text(&written.stderr));
    let first = fs::read_to_string(&own).expect("the page");
    assert!(first.contains("<script type=\"text/plain\" id=\"belljar-packs\">"), "{first}");
    assert!(!first.contains("192.0.2.9"), "packs are kept encoded");
    assert_eq!(write(&own, shown(&pack)).status.code(), Some(0));
    assert_eq!(fs::read_to_string(&own).expect("the page"), first, "packs are replaced, not added");
    for (from, pack, why) in [
        (folder.join("none.html"), shown(&pack), "cargo xtask build"),
        (pack.clone(), shown(&pack), "is no page of Belljar's"),
        (page.clone(), shown(&page), "has no indicator"),
    ] {
        let refused = write(&from, pack);
        assert_eq!(refused.status.code(), Some(2));
        assert!(text(&refused.stderr).contains(why), "{}", text(&refused.stderr));
    }
}

#[test]
fn a_page_refuses_two_packs_of_one_id_and_the_known_good_lists() {
    let folder = folder("page-twins");
    let (csv, list, page) = (folder.join("mine.csv"), folder.join("mine.v2.txt"), folder.join("index.html"));
    fs::write(&csv, "type,value\nipv4,192.0.2.9\n").expect("a pack");
    fs::write(&list, "192.0.2.10\n").expect("a pack");
    let head = "<!doctype html><meta name=\"generator\" content=\"belljar page\">";
    fs::write(&page, format!("{head}<script id=\"belljar-glue\">glue</script>")).expect("a page");
    for (packs, why) in [
        ([shown(&csv), shown(&list)], "are both the pack mine; rename one of them"),
        ([shown(&csv), "allow"], "known-good lists, which every search has; leave it out"),
    ] {
        let arguments = ["page", "--pack", packs[0], "--pack", packs[1], "--from", shown(&page), "-o"];
        let refused = belljar(&[&arguments[..], &[shown(&folder.join("own.html"))]].concat());
        assert_eq!(refused.status.code(), Some(2));
        assert!(text(&refused.stderr).contains(why), "{}", text(&refused.stderr));
    }
    let scan = belljar(&["scan", shown(&csv), "--pack", "allow"]);
    assert!(text(&scan.stderr).contains("leave it out"), "{}", text(&scan.stderr));
}

#[test]
fn a_broken_pack_is_told_and_the_others_are_searched_for() {
    let folder = folder("broken");
    let (log, good, bad) = (folder.join("a.log"), folder.join("good.csv"), folder.join("bad.json"));
    fs::write(&log, "192.0.2.9 x\n").expect("a log");
    fs::write(&good, "type,value\nipv4,192.0.2.9\n").expect("a pack");
    fs::write(&bad, "{\"type\": \"bundle\", \"objects\": [{\"type\": \"indica").expect("a pack");
    let arguments =
        ["scan", shown(&log), "--quiet", "--pack", shown(&bad), "--pack", shown(&good), "--format", "json"];
    let scanned = belljar(&arguments);
    let report: Value = serde_json::from_slice(&scanned.stdout).expect("a report");
    assert_eq!(report["findings"][0]["pack"], "good", "{report}");
    let said = report["coverage"]["diagnostics"].to_string();
    assert!(said.contains("the JSON cannot be read") && said.contains("line 1"), "{said}");
    let lint = belljar(&["packs", "lint", shown(&bad)]);
    assert_eq!(lint.status.code(), Some(1));
    assert!(text(&lint.stdout).contains("fetch the file again"), "{}", text(&lint.stdout));
}

#[test]
fn lint_tells_how_a_table_was_read() {
    let folder = folder("columns");
    let csv = folder.join("list.csv");
    fs::write(&csv, "Bereich;Was;Notiz\nx;evil-one.com;a\ny;203.0.113.9;b\nz;evil-two.com;c\n")
        .expect("a list");
    let lint = belljar(&["packs", "lint", shown(&csv)]);
    assert!(text(&lint.stdout).contains("  read as: A table with semicolons"), "{}", text(&lint.stdout));
    let lint = belljar(&["packs", "lint", shown(&csv), "--format", "json"]);
    let told: Value = serde_json::from_slice(&lint.stdout).expect("JSON");
    assert_eq!(told["columns"]["told_by"], "content", "{told}");
}
