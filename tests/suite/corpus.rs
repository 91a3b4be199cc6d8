//! Outside material, where it is at hand: other people's logs, archives and the answers of other programs.

use std::fs;
use std::path::{Path, PathBuf};

use belljar::model::{Limits, ScanEvent};
use belljar::{pack, scan};

fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("the corpus is not here: nothing to compare");
    None
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            if entry.path().is_dir() { open.push(entry.path()) } else { all.push(entry.path()) }
        }
    }
    all.sort();
    all
}

#[test]
fn real_logs_give_no_finding_of_the_bundled_packs() {
    let Some(corpus) = corpus() else { return };
    let set = scan::compile(&pack::bundled().packs);
    let mut scanner = scan::Scanner::new(set, Limits::default());
    let mut count = 0;
    for path in files(&corpus.join("logs")) {
        let mut events: Vec<ScanEvent> = Vec::new();
        scanner.begin(&path.to_string_lossy(), &mut events);
        scanner.feed(&fs::read(&path).expect("a log"), &mut events);
        scanner.finish(&mut events);
        for event in events {
            if let ScanEvent::Sighting(sighting) = event {
                panic!("{}: {} {}: {}", path.display(), sighting.indicator, sighting.value, sighting.excerpt);
            }
        }
        count += 1;
    }
    eprintln!("{count} logs, no finding");
}
