//! Indicator files that are broken or made to break a reader: each ends in time with a clear word, and the packs beside
//! it still load.

use std::fs;

use belljar::model::{Limits, Pack};
use belljar::{pack, scan};

use super::corpus::{corpus, files};

fn read(name: &str, bytes: impl Into<Vec<u8>>) -> Pack {
    scan::read_pack(name, vec![(name.to_owned(), bytes.into())], &Limits::default())
}

/// Whether anything at all is said of a file.
fn speaks(pack: &Pack) -> bool {
    !(pack.indicators.is_empty()
        && pack.rejected.is_empty()
        && pack.diagnostics.is_empty()
        && pack.allow.is_empty())
}

fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let entities: String =
        (1..9).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let laughs = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY l0 \"lol\">{entities}]><ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\"><definition><Indicator operator=\"OR\"><IndicatorItem condition=\"is\"><Context search=\"Network/DNS\"/><Content>&l8;</Content></IndicatorItem></Indicator></definition></ioc>"
    );
    let nested = format!(
        "<ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\"><definition>{}",
        "<Indicator operator=\"AND\">".repeat(100_000)
    );
    let pattern = |text: &str| {
        let object = serde_json::json!({"type": "indicator", "id": "indicator--1", "pattern": text});
        serde_json::json!({"type": "bundle", "id": "bundle--1", "objects": [object]}).to_string()
    };
    let any = |letter: char| {
        let all: Vec<String> =
            (0..400).map(|n| format!("domain-name:value = '{letter}{n}.evil.com'")).collect();
        format!("({})", all.join(" OR "))
    };
    let multiplied = format!("[{} AND {} AND {}]", any('a'), any('b'), any('c'));
    vec![
        ("laughs.ioc", laughs.into_bytes()),
        ("nested.ioc", nested.into_bytes()),
        ("deep.json", b"[".repeat(200_000)),
        ("deep-object.json", b"{\"a\":".repeat(200_000)),
        ("parens.json", pattern(&"(".repeat(100_000)).into_bytes()),
        ("multiplied.json", pattern(&multiplied).into_bytes()),
        ("cut.json", br#"{"type":"bundle","id":"bundle--1","objects":[{"type":"indica"#.to_vec()),
        (
            "regexes.csv",
            b"type,value\nregex,(a+)+$\nregex,a{1000}{1000}\nregex,(unclosed\nregex,.*\nregex,(?=x)y\n"
                .to_vec(),
        ),
        ("quote.csv", format!("type,value\nip,\"1.2.3.4\n{}", "ip,1.2.3.5\n".repeat(50_000)).into_bytes()),
        ("columns.csv", format!("type,value{}\n{}\n", ",x".repeat(50_000), ",".repeat(50_002)).into_bytes()),
        (
            "alias.yml",
            b"a: &a [x]\nb: &b [*a,*a]\ntitle: t\nlogsource:\n  x: *b\ndetection:\n  condition: x\n".to_vec(),
        ),
        ("dots.txt", b"a.".repeat(100_000)),
        ("brackets.txt", b"[.]".repeat(12_000)),
        ("spaces.txt", format!("evil{}com", " [ ".repeat(40_000)).into_bytes()),
        ("hex.txt", b"0123456789abcdef".repeat(12_000)),
        ("ats.txt", b"a@b".repeat(60_000)),
        ("colons.txt", b"1:".repeat(80_000)),
        ("urls.txt", b"http://".repeat(20_000)),
        ("zeros.bin", vec![0; 100_000]),
    ]
}

#[test]
fn each_hostile_file_ends_with_a_word_and_the_others_still_load() {
    let good = read("good.csv", "type,value\nip,192.0.2.9\n");
    for (name, bytes) in hostile() {
        let start = std::time::Instant::now();
        let pack = read(name, bytes);
        let seconds = start.elapsed().as_secs_f64();
        eprintln!(
            "{name:<18} {seconds:>6.2} s  {} taken, {} not",
            pack.indicators.len(),
            pack.rejected.len()
        );
        assert!(speaks(&pack), "{name}");
        assert!(seconds < 120.0, "{name}: {seconds} s");
        assert_eq!(scan::compile(&[pack.clone(), good.clone()]).len(), pack.indicators.len() + 1, "{name}");
    }
}

#[test]
fn a_file_beyond_the_limit_is_refused_in_one_sentence() {
    let bytes = vec![b'x'; pack::LARGEST + 1];
    let pack = read("big.json", bytes);
    assert_eq!(pack.diagnostics.len(), 1);
    assert_eq!(pack.diagnostics[0].code, "pack-too-large");
}

#[test]
fn every_beginning_of_a_good_file_is_read_or_refused() {
    let event = serde_json::json!({"Event": {"info": "i", "Attribute": [
        {"type": "ip-dst", "category": "Network activity", "value": "192.0.2.1", "to_ids": true}]}});
    let bundle = serde_json::json!({"type": "bundle", "id": "bundle--1", "objects": [
        {"type": "indicator", "id": "indicator--1", "valid_from": "2020-12-16T00:00:00Z",
         "pattern": "[domain-name:value = 'evil.com'] FOLLOWEDBY [url:value = 'http://evil.com/x']"}]});
    let ioc = "<ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\"><short_description>A</short_description><definition><Indicator operator=\"OR\"><IndicatorItem condition=\"is\"><Context search=\"Network/DNS\"/><Content>evil.com</Content></IndicatorItem></Indicator></definition></ioc>";
    let csv =
        "type,value,valid_from\nipv4,192.0.2.1,2020-12-16\n\"md5\",\"0123456789abcdef0123456789abcdef\",\n";
    let prose =
        "The actor used hxxps://evil[.]com/a (MD5: 0123456789abcdef0123456789abcdef) and 192[.]0[.]2[.]1.\n";
    let yara = "rule A { strings: $a = \"x\" condition: $a }";
    let good = [&event.to_string(), &bundle.to_string(), ioc, csv, prose, yara];
    for text in good {
        for end in 0..text.len() {
            let pack = read("cut", &text.as_bytes()[..end]);
            assert!(speaks(&pack), "{:?}", &text[..end]);
        }
    }
}

#[test]
fn malformed_files_of_others_are_read_or_refused() {
    let Some(corpus) = corpus() else { return };
    let mut count = 0;
    for folder in ["yaml", "csv", "text"] {
        for path in files(&corpus.join("malformed").join(folder)) {
            let pack =
                read(&path.file_name().expect("a name").to_string_lossy(), fs::read(&path).expect("a file"));
            assert!(speaks(&pack), "{}", path.display());
            count += 1;
        }
    }
    eprintln!("{count} malformed files");
}
