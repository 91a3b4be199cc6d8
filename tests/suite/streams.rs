//! Compressed streams, tar, cpio, ar and RPM of other projects, against what CPython, bsdtar and the files' own names
//! say. Differences are listed with their reasons in `tests/tables/archives-deviations.csv`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use belljar::index::IndicatorSet;
use belljar::model::{ArtifactKind, ArtifactSummary, DiagnosticSeverity, Limits, ScanEvent};
use belljar::scan;
use serde_json::Value;

fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("the corpus is not here: nothing to compare");
    None
}

fn events(set: &Arc<IndicatorSet>, name: &str, bytes: &[u8], size: usize) -> Vec<ScanEvent> {
    let mut all: Vec<ScanEvent> = Vec::new();
    let mut scanner = scan::Scanner::new(set.clone(), Limits::default());
    scanner.begin(name, &mut all);
    for block in bytes.chunks(size.max(1)) {
        scanner.feed(block, &mut all);
    }
    scanner.finish(&mut all);
    all
}

fn artifacts(events: &[ScanEvent]) -> Vec<&ArtifactSummary> {
    let all = events.iter().filter_map(|event| match event {
        ScanEvent::Artifact(artifact) => Some(artifact),
        _ => None,
    });
    all.collect()
}

/// Codes of what lowers coverage or asks for attention.
fn complaints(events: &[ScanEvent]) -> BTreeSet<&str> {
    let all = events.iter().filter_map(|event| match event {
        ScanEvent::Diagnostic(told) if told.severity > DiagnosticSeverity::Note => Some(told.code.as_str()),
        _ => None,
    });
    all.collect()
}

/// Whether a container among the artifacts is told to be damaged. What its members are is another matter.
fn is_damaged(events: &[ScanEvent]) -> bool {
    let artifacts = artifacts(events);
    let of_container = |place: &str| {
        artifacts.iter().any(|artifact| artifact.artifact == place && artifact.kind.is_container())
    };
    events.iter().any(|event| match event {
        ScanEvent::Diagnostic(told) => {
            (told.code.ends_with("corrupt") || told.code.ends_with("truncated"))
                && of_container(&told.artifact)
        }
        _ => false,
    })
}

/// 7z archives are compared elsewhere: they have passwords.
fn is_ours(kind: ArtifactKind) -> bool {
    kind.is_container() && kind != ArtifactKind::SevenZ
}

/// Facts about files of these formats, by their places in the corpus.
fn facts(corpus: &Path) -> BTreeMap<String, Value> {
    let text = fs::read_to_string(corpus.join("facts/archives.jsonl")).expect("facts");
    // Names that are no Unicode are written with lone surrogates, which are no JSON: those facts are left out.
    let all = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    all.map(|fact| (fact["file"].as_str().expect("a path").to_owned(), fact)).collect()
}

/// Files that differ for a reason.
fn deviations() -> BTreeMap<String, String> {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables/archives-deviations.csv");
    let mut reader = csv::Reader::from_path(table).expect("the table");
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| (row[0].to_owned(), row[1].to_owned())).collect()
}

/// What of a fact the events do not agree with; empty where they do.
fn differs(fact: &Value, events: &[ScanEvent]) -> String {
    let found = artifacts(events);
    let inner: Vec<&&ArtifactSummary> =
        found.iter().filter(|artifact| artifact.artifact.contains(" > ")).collect();
    let complaints = complaints(events);
    let python = &fact["python"];
    if python["format"].is_null() {
        // Only bsdtar, which tells the number of entries: files, folders and links of the innermost archive.
        let entries = fact["bsdtar"]["entries"].as_u64().unwrap_or(0);
        let fine = fact["bsdtar"]["rc"] == 0;
        let archive = |kind: ArtifactKind| matches!(kind.as_str(), "tar" | "cpio" | "ar" | "rpm" | "zip");
        if !fine && !found.iter().any(|artifact| archive(artifact.kind)) {
            // bsdtar opens archives only, not a compressed file that holds none.
            return String::new();
        }
        let leaves = found.iter().filter(|artifact| !artifact.kind.is_container()).count() as u64;
        return match fine {
            true if entries > 0 && leaves == 0 => format!("bsdtar lists {entries} entries, none came out"),
            true if leaves > entries => format!("bsdtar lists {entries} entries, {leaves} came out"),
            true if is_damaged(events) => format!("bsdtar has no complaint, here: {complaints:?}"),
            false if complaints.is_empty() => "bsdtar complains, here nothing does".to_owned(),
            _ => String::new(),
        };
    }
    if !python["error"].is_null() {
        let quiet = complaints.is_empty();
        return if quiet {
            format!("CPython says {}, here nothing does", python["error"])
        } else {
            String::new()
        };
    }
    let mut damaged = false;
    for member in python["members"].as_array().expect("members") {
        // A method that CPython does not read says nothing about the file.
        damaged |= member["error"].as_str().is_some_and(|error| !error.starts_with("NotImplementedError"));
        let Some(digest) = member["sha256"].as_str() else { continue };
        let name = member["name"].as_str();
        if member["bytes"] == 0 && name.is_some_and(|name| name.ends_with('/')) {
            // A folder, which has no content to examine.
            continue;
        }
        let same = |artifact: &&&ArtifactSummary| {
            artifact.digests.sha256 == digest
                && name.is_none_or(|name| artifact.artifact.ends_with(&format!(" > {name}")))
        };
        if !inner.iter().any(same) {
            let near: Vec<String> = inner
                .iter()
                .take(4)
                .map(|artifact| format!("{} {}", artifact.artifact, artifact.size))
                .collect();
            return format!(
                "member {name:?} of {} bytes is not among {near:?}; {complaints:?}",
                member["bytes"]
            );
        }
    }
    if damaged {
        let quiet = complaints.is_empty();
        return if quiet {
            "CPython says that a member is damaged, here nothing does".to_owned()
        } else {
            String::new()
        };
    }
    if is_damaged(events) {
        return format!("CPython has no complaint, here: {complaints:?}");
    }
    String::new()
}

/// What comparing came to, and which rows of the table of deviations explained something.
#[derive(Default)]
struct Count {
    agree: usize,
    stated: BTreeSet<String>,
    fails: Vec<String>,
}

impl Count {
    fn add(&mut self, file: &str, difference: &str, deviations: &BTreeMap<String, String>) {
        match (difference.is_empty(), deviations.contains_key(file)) {
            (true, _) => self.agree += 1,
            (false, true) => {
                self.stated.insert(file.to_owned());
            }
            (false, false) => self.fails.push(format!("{file}: {difference}")),
        }
    }

    fn tell(&self, suite: &str) {
        let (agree, stated, fails) = (self.agree, self.stated.len(), self.fails.len());
        eprintln!("{suite}: {agree} agree, {stated} deviate with a reason, {fails} fail");
    }
}

#[test]
fn streams_and_archives_agree_with_other_readers_or_differ_for_a_stated_reason() {
    let Some(corpus) = corpus() else { return };
    let set = scan::compile(&[]);
    let deviations = deviations();
    let counts = [
        ("facts", against_facts(&corpus, &set, &deviations)),
        ("xz", against_xz(&corpus, &set, &deviations)),
        ("yauzl", against_yauzl(&corpus, &set, &deviations)),
    ];
    counts.iter().for_each(|(suite, count)| count.tell(suite));
    let fails: Vec<&str> = counts.iter().flat_map(|(_, count)| &count.fails).map(String::as_str).collect();
    assert!(fails.is_empty(), "{}", fails.join("\n"));
    for file in deviations.keys() {
        if !counts.iter().any(|(_, count)| count.stated.contains(file)) {
            eprintln!("{file} differs no more: its row can go");
        }
    }
}

fn against_facts(corpus: &Path, set: &Arc<IndicatorSet>, deviations: &BTreeMap<String, String>) -> Count {
    let mut count = Count::default();
    let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
    for (file, fact) in facts(corpus) {
        let Ok(bytes) = fs::read(corpus.join(&file)) else { continue };
        let name = file.rsplit('/').next().unwrap_or_default();
        let events = events(set, name, &bytes, 1 << 16);
        let kind = artifacts(&events).last().map_or(ArtifactKind::Empty, |artifact| artifact.kind);
        if !is_ours(kind) {
            continue;
        }
        *kinds.entry(kind.as_str()).or_default() += 1;
        count.add(&file, &differs(&fact, &events), deviations);
    }
    eprintln!("{kinds:?}");
    count
}

/// The files' names say whether they are good.
fn against_xz(corpus: &Path, set: &Arc<IndicatorSet>, deviations: &BTreeMap<String, String>) -> Count {
    let text = fs::read_to_string(corpus.join("suites/xz-files.jsonl")).expect("the suite");
    let mut count = Count::default();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("JSON");
        let file = case["input"]["local_file"].as_str().expect("a path");
        let bytes = fs::read(corpus.join(file)).expect("a file");
        let events = events(set, file.rsplit('/').next().unwrap_or_default(), &bytes, 7);
        let expected = case["expected"]["decode"].as_str().unwrap_or_default();
        let complaints = complaints(&events);
        let fine = match expected {
            "ok" => complaints.is_empty() && artifacts(&events).len() > 1,
            _ => !complaints.is_empty(),
        };
        let difference = if fine { String::new() } else { format!("{expected}, here {complaints:?}") };
        count.add(file, &difference, deviations);
    }
    count
}

/// What the peer refuses has to be told; of what it reads, each content has to come out, by its digest.
fn against_yauzl(corpus: &Path, set: &Arc<IndicatorSet>, deviations: &BTreeMap<String, String>) -> Count {
    let text = fs::read_to_string(corpus.join("suites/yauzl.jsonl")).expect("the suite");
    let mut count = Count::default();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("JSON");
        let file = case["input"]["local_file"].as_str().expect("a path");
        let bytes = fs::read(corpus.join(file)).expect("a file");
        let events = events(set, "a.zip", &bytes, 7);
        let complaints = complaints(&events);
        let locked = case["expected"]["note"].as_str().is_some_and(|note| note.starts_with("encrypted"));
        let difference = match case["expected"]["members"].as_object() {
            None if complaints.is_empty() => format!("{}, here nothing is told", case["expected"]["error"]),
            Some(_) if locked && !complaints.contains("password-needed") => {
                format!("locked, here {complaints:?}")
            }
            Some(members) if !locked => {
                let came_out = |content: &&Value| {
                    artifacts(&events).iter().any(|artifact| content["sha256"] == artifact.digests.sha256)
                };
                match members.values().find(|content| !came_out(content)) {
                    Some(content) => format!("{content} did not come out"),
                    None if is_damaged(&events) => format!("here {complaints:?}"),
                    None => String::new(),
                }
            }
            _ => String::new(),
        };
        count.add(file, &difference, deviations);
    }
    count
}

#[test]
fn a_hole_beyond_the_limit_ends_its_file_and_not_the_archive() {
    let set = scan::compile(&[]);
    let entry = |name: &str, kind: u8, content: &[u8]| {
        let mut header = [0u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        header[148..156].fill(b' ');
        header[156] = kind;
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        let mut all = header.to_vec();
        all.extend(content);
        all.resize(all.len().next_multiple_of(512), 0);
        all
    };
    let record = |text: &str| {
        let length = text.len() + 4;
        format!("{length} {text}\n")
    };
    let sparse = |name: &str, offset: u64| {
        let map = record(&format!("GNU.sparse.map={offset:012},4"));
        let size = record(&format!("GNU.sparse.size={:012}", offset + 4));
        [entry("x", b'x', (size + &map).as_bytes()), entry(name, b'0', b"data")].concat()
    };
    let bytes = [
        sparse("small", 3_000_000),
        sparse("huge", 900_000_000_000),
        entry("plain", b'0', b"what follows"),
        vec![0; 1_024],
    ]
    .concat();
    let whole = events(&set, "a.tar", &bytes, usize::MAX);
    let found: Vec<(&str, u64, bool)> = artifacts(&whole)
        .iter()
        .map(|artifact| (artifact.artifact.as_str(), artifact.size, artifact.complete))
        .collect();
    let expected = [
        ("a.tar > small", 3_000_004, true),
        ("a.tar > huge", 0, false),
        ("a.tar > plain", 12, true),
        ("a.tar", bytes.len() as u64, false),
    ];
    assert_eq!(found, expected);
    assert!(complaints(&whole).contains("limit-holes"));
    assert!(events(&set, "a.tar", &bytes, 7) == whole);
}

/// One small good file of each format.
const GOOD: [&str; 13] = [
    "archives/bz2/trifectatechfoundation+libbzip2-rs/quick/sample3.bz2",
    "archives/xz/tukaani-project+xz/good-1-block_header-3.xz",
    "archives/xz/tukaani-project+xz/good-2-lzma2.xz",
    "archives/zst/facebook+zstd/golden-decompression/zeroSeq_2B.zst",
    "archives/libarchive/libarchive+libarchive/test_compat_lzma_2.tlz",
    "archives/libarchive/libarchive+libarchive/test_compat_lzip_1.tlz",
    "archives/libarchive/libarchive+libarchive/test_compat_zstd_1.tar.zst",
    "archives/libarchive/libarchive+libarchive/test_compat_lz4_3.tar.lz4",
    "archives/libarchive/libarchive+libarchive/test_read_format_raw.data.Z",
    "archives/libarchive/libarchive+libarchive/test_read_format_cpio_bin_le.cpio",
    "archives/libarchive/libarchive+libarchive/test_read_format_cpio_filename_cp866.cpio",
    "archives/libarchive/libarchive+libarchive/test_read_format_ar.ar",
    "archives/libarchive/libarchive+libarchive/test_read_format_cpio_svr4_gzip_rpm.rpm",
];

fn good(corpus: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for place in GOOD {
        let path = corpus.join(place);
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        all.push((name, fs::read(path).expect("a file")));
    }
    all
}

#[test]
fn streams_are_read_alike_however_they_are_cut() {
    let Some(corpus) = corpus() else { return };
    let set = scan::compile(&[]);
    for (name, bytes) in good(&corpus) {
        let whole = events(&set, &name, &bytes, usize::MAX);
        assert!(artifacts(&whole).len() > 1, "{name}: nothing came out");
        for size in [1, 7, 4_096] {
            assert!(events(&set, &name, &bytes, size) == whole, "{name} in blocks of {size}");
        }
    }
}

#[test]
fn every_prefix_of_a_stream_is_told() {
    let Some(corpus) = corpus() else { return };
    let set = scan::compile(&[]);
    for (name, bytes) in good(&corpus) {
        // Some lengths of each file, all of the short ones.
        let step = (bytes.len() / 60).max(1);
        for length in (0..bytes.len()).step_by(step) {
            let events = events(&set, &name, &bytes[..length], 61);
            let kind = artifacts(&events).last().map_or(ArtifactKind::Empty, |artifact| artifact.kind);
            // .Z and ar have no length and no end mark: a cut between two codes or members cannot be seen in them.
            let blind = matches!(kind, ArtifactKind::Compress | ArtifactKind::Ar);
            let filled = bytes[length..].iter().all(|byte| *byte == 0);
            assert!(
                !is_ours(kind) || blind || filled || !complaints(&events).is_empty(),
                "{name} cut to {length} of {}",
                bytes.len()
            );
        }
    }
}

#[test]
fn damaged_streams_are_read_alike_however_they_are_cut() {
    let Some(corpus) = corpus() else { return };
    let set = scan::compile(&[]);
    let rounds: u64 =
        std::env::var("BELLJAR_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(8);
    let mut number = 7u64;
    let mut next = |below: usize| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (number >> 33) as usize % below.max(1)
    };
    for (name, good) in good(&corpus) {
        for _ in 0..rounds {
            let mut bytes = good.clone();
            for _ in 0..=next(6) {
                let at = next(bytes.len());
                match next(3) {
                    0 => bytes[at] = next(256) as u8,
                    1 => bytes.truncate(at.max(16)),
                    _ => {
                        let part = bytes[at..(at + next(64)).min(bytes.len())].to_vec();
                        let to = next(bytes.len());
                        bytes.splice(to..to, part);
                    }
                }
            }
            let whole = events(&set, &name, &bytes, usize::MAX);
            assert!(events(&set, &name, &bytes, 13) == whole, "{name}: the cut shows in a damaged file");
        }
    }
}

#[test]
fn malformed_files_of_others_end_in_a_result() {
    let Some(corpus) = corpus() else { return };
    let set = scan::compile(&[]);
    let mut count = 0;
    for entry in fs::read_dir(corpus.join("malformed/archives")).into_iter().flatten().flatten() {
        let mut open = vec![entry.path()];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path()));
                continue;
            }
            let bytes = fs::read(&path).expect("a file");
            let whole = events(&set, "x", &bytes, usize::MAX);
            assert!(events(&set, "x", &bytes, 7) == whole, "{}: the cut shows", path.display());
            count += 1;
        }
    }
    eprintln!("{count} malformed files read");
}

#[test]
fn a_huge_dictionary_or_window_is_refused_with_the_limit() {
    let set = scan::compile(&[]);
    let mut lzma = b"\x5D\0\0\0\x40".to_vec();
    lzma.extend([0xFF; 8]);
    lzma.extend([0; 64]);
    let mut zstd = b"\x28\xB5\x2F\xFD\x00\xA8".to_vec();
    zstd.extend([1, 0, 0]);
    for (name, bytes) in [("x.lzma", lzma), ("x.zst", zstd)] {
        let events = events(&set, name, &bytes, 7);
        assert_eq!(complaints(&events).into_iter().collect::<Vec<_>>(), ["limit-dictionary"], "{name}");
        let limit = Limits::default().dictionary.to_string();
        let says =
            |event: &ScanEvent| matches!(event, ScanEvent::Diagnostic(told) if told.message.contains(&limit));
        assert!(events.iter().any(says), "{name}: the limit's value is not told");
    }
}
