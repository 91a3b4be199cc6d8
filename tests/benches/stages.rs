//! Prints, a stage a line, the milliseconds it takes for a file: `cargo bench --bench stages -- LOG INDICATORS.csv`.

use std::time::Instant;

use belljar::{pack, scan};

/// The quickest of so many runs counts: the others met the machine's other work.
const RUNS: usize = 5;

fn main() {
    let paths: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [log, csv] = paths.as_slice() else {
        println!("stages: no log and no indicator file named, nothing measured");
        return;
    };
    let bytes = std::fs::read(log).expect("the log");
    let csv = std::fs::read(csv).expect("the indicator file");
    let set = scan::compile(&[pack::read("measured.csv", vec![("measured.csv".to_owned(), csv)])]);
    for stage in ["digest", "match", "scan"] {
        let once = || {
            let started = Instant::now();
            std::hint::black_box(scan::measure::stage(stage, &bytes, &set));
            started.elapsed().as_secs_f64() * 1e3
        };
        let quickest = (0..RUNS).map(|_| once()).fold(f64::INFINITY, f64::min);
        println!("{stage} {quickest:.1}");
    }
}
