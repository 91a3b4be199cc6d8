//! Whole scans: each folder of `tests/cases/<pack>/<claim>` is evidence with the report that a scan with that bundled
//! pack has to give.
//!
//! `BELLJAR_BLESS=1 cargo test` writes the reports anew; read the difference before committing it.

use std::fs;
use std::path::{Path, PathBuf};

use belljar::assess::{Tally, assess};
use belljar::model::{Environment, Limits, Pack, Report};
use belljar::{pack, report, scan};

/// Scans the files of a folder with one bundled pack, fed in blocks of `size`.
fn scan_folder(folder: &Path, wanted: &str, size: usize) -> Report {
    let bundled = pack::bundled();
    let packs: Vec<Pack> = bundled.packs.into_iter().filter(|pack| pack.id == wanted).collect();
    assert_eq!(packs.len(), 1, "no bundled pack is called {wanted}");
    let set = scan::compile(&packs);
    let limits = Limits::default();
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("evidence").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut scanner = scan::Scanner::new(set.clone(), limits);
    let mut tallies = Vec::new();
    for path in paths {
        let bytes = fs::read(&path).expect("evidence");
        let mut tally = Tally::new(&limits);
        tally.add_bytes(bytes.len() as u64);
        scanner.begin(&path.file_name().expect("a file").to_string_lossy(), &mut tally);
        for block in bytes.chunks(size) {
            scanner.feed(block, &mut tally);
        }
        scanner.finish(&mut tally);
        tallies.push(tally);
    }
    let control = scan::control(&packs, &bundled.allow, &set);
    assess(&packs, &bundled.allow, tallies, control, Environment::default())
}

#[test]
fn every_case_gives_its_report_however_it_is_cut() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut count = 0;
    for pack in fs::read_dir(cases).expect("cases").flatten() {
        let wanted = pack.file_name().to_string_lossy().into_owned();
        for claim in fs::read_dir(pack.path()).expect("a pack's cases").flatten() {
            let evidence = claim.path().join("evidence");
            let whole = report::json(&scan_folder(&evidence, &wanted, usize::MAX));
            for size in [1, 7, 4_096] {
                assert!(
                    report::json(&scan_folder(&evidence, &wanted, size)) == whole,
                    "{:?} in blocks of {size}",
                    claim.path()
                );
            }
            let golden = claim.path().join("expected.json");
            if std::env::var_os("BELLJAR_BLESS").is_some() {
                fs::write(&golden, &whole).expect("the golden file");
            }
            let expected = fs::read_to_string(&golden).expect("a golden file; make it with BELLJAR_BLESS=1");
            assert!(expected == whole, "{:?} differs from its golden file", claim.path());
            count += 1;
        }
    }
    assert!(count >= 4);
}
