//! Speed beside well-known programs, in the same run.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::{Result, browsers, option, page, root, step};

/// Runs of each command; the median counts.
const RUNS: usize = 5;

/// One comparison. Speeds in MB/s of the same input.
struct Row {
    work: String,
    ours: f64,
    peer: f64,
    peer_name: &'static str,
    bar: f64,
    memory: u64,
}

/// Prints the rows, as a table or as JSON.
pub(crate) fn bench(arguments: &[&str]) -> Result<()> {
    let megabytes: usize =
        option(arguments, "--size").unwrap_or("256").parse().map_err(|_| "--size takes a number of MB")?;
    step::run(
        "build the command",
        Command::new("cargo").args(["build", "--quiet", "--release", "--bin", "belljar"]).current_dir(root()),
    )?;
    let folder = root().join("target/bench");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let log = folder.join(format!("access-{megabytes}.log"));
    let size = write_log(&log, megabytes << 20)?;
    if !step::has("rg") {
        eprintln!(
            "ripgrep is not installed here: its rows are left out; `apt-get install ripgrep` brings it"
        );
    }
    let mut rows = whole_scans(&folder, &log, size)?;
    let (staged, loads) = stage_rows(&folder, &log, size)?;
    rows.extend(staged);
    let json = arguments.contains(&"--json");
    let lines: Vec<String> = rows.iter().map(|row| line(row, json)).collect();
    if json {
        println!("[\n{}\n]", lines.join(",\n"));
    } else {
        println!("{} MB access log, median of {RUNS} runs each, in turn\n{}", megabytes, lines.join("\n"));
    }
    loads.iter().for_each(|line| eprintln!("{line}"));
    Ok(())
}

/// The command from start to end, beside what people would use instead.
fn whole_scans(folder: &Path, log: &Path, size: u64) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (work, count, bar) in
        [("whole scan, 100 indicators", 100, 0.5), ("whole scan, 100,000 indicators", 100_000, 1.0)]
    {
        let (csv, list) = write_indicators(folder, count)?;
        let ours = || belljar(&csv, log);
        if step::has("rg") {
            let (a, b, memory) = in_turn(&ours, &|| rg(&list, log))?;
            rows.push(Row {
                work: work.to_owned(),
                ours: speed(size, a),
                peer: speed(size, b),
                peer_name: "rg -F -f",
                bar,
                memory,
            });
        }
        if count == 100 {
            let (a, b, memory) = in_turn(&ours, &|| sha256sum(log))?;
            let work = "whole scan with MD5, SHA-1 and SHA-256";
            rows.push(Row {
                work: work.to_owned(),
                ours: speed(size, a),
                peer: speed(size, b),
                peer_name: "sha256sum",
                bar: 0.5,
                memory,
            });
        }
    }
    Ok(rows)
}

/// The stages natively and in the browsers, and in words how long lists of indicators take to load.
fn stage_rows(folder: &Path, log: &Path, size: u64) -> Result<(Vec<Row>, Vec<String>)> {
    let (mut rows, mut loads) = (Vec::new(), Vec::new());
    for (surface, stages) in stages(folder, log)? {
        let dropped = stages.iter().find(|(stage, _)| stage == "drop").map(|(_, milliseconds)| *milliseconds);
        for (stage, milliseconds) in stages {
            if stage.starts_with("load") {
                // Time to read and show a list of indicators: no speed of the log's bytes.
                let count = if stage == "load" { "100" } else { "100,000" };
                loads.push(format!("{surface}: {count} indicators loaded in {milliseconds:.0} ms"));
                continue;
            }
            if let ("drop-many", Some(few)) = (stage.as_str(), dropped) {
                rows.push(Row {
                    work: format!("{surface}: drop, 100,000 indicators"),
                    ours: speed(size, milliseconds / 1e3),
                    peer: speed(size, few / 1e3),
                    peer_name: "with 100",
                    bar: 0.9,
                    memory: 0,
                });
                continue;
            }
            let (peer, peer_name) = if stage == "match" && step::has("rg") {
                (
                    in_turn(&|| rg(&folder.join("100.txt"), log), &|| rg(&folder.join("100.txt"), log))?.0,
                    "rg -F -f",
                )
            } else {
                (in_turn(&|| sha256sum(log), &|| sha256sum(log))?.0, "sha256sum")
            };
            rows.push(Row {
                work: format!("{surface}: {stage}"),
                ours: speed(size, milliseconds / 1e3),
                peer: speed(size, peer),
                peer_name,
                bar: if surface == "native" { 0.5 } else { 0.2 },
                memory: 0,
            });
        }
    }
    Ok((rows, loads))
}

/// Stages and their milliseconds.
type Stages = Vec<(String, f64)>;

/// What each stage takes, in milliseconds: natively, and in the browsers that are here.
fn stages(folder: &Path, log: &Path) -> Result<Vec<(&'static str, Stages)>> {
    let csv = folder.join("100.csv");
    let mut all = Vec::new();
    let mut native = Command::new("cargo");
    native.args(["bench", "--quiet", "--bench", "stages", "--"]).arg(log).arg(&csv).current_dir(root());
    all.push(("native", milliseconds(&mut native)?));
    page::build()?;
    for (surface, name, program) in browsers::here()? {
        let mut node = Command::new("node");
        node.arg("bench.mjs").arg(name).arg(program).arg(log).arg(&csv).arg(folder.join("100000.csv"));
        all.push((surface, milliseconds(node.current_dir(root().join("tests/browser")))?));
    }
    Ok(all)
}

/// Reads lines of a name and a number.
fn milliseconds(command: &mut Command) -> Result<Stages> {
    let text = step::output(command).ok_or_else(|| format!("{command:?} failed"))?;
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    Ok(pairs.filter_map(|(name, number)| Some((name.to_owned(), number.parse().ok()?))).collect())
}

fn line(row: &Row, json: bool) -> String {
    let ratio = row.ours / row.peer;
    let met = ratio >= row.bar;
    if json {
        return format!(
            "{{\"work\":\"{}\",\"ours\":{:.1},\"peer\":{:.1},\"peer_name\":\"{}\",\"ratio\":{ratio:.2},\"bar\":{},\"met\":{met},\"peak_memory_kb\":{}}}",
            row.work, row.ours, row.peer, row.peer_name, row.bar, row.memory
        );
    }
    format!(
        "{:<40} {:>5.0} MB/s, {:<9} {:>5.0} MB/s, ratio {ratio:.2} (bar {}){}",
        row.work,
        row.ours,
        row.peer_name,
        row.peer,
        row.bar,
        if row.memory > 0 { format!(", peak {} MB", row.memory / 1_024) } else { String::new() }
    )
}

fn speed(size: u64, seconds: f64) -> f64 {
    size as f64 / 1e6 / seconds
}

fn belljar(csv: &Path, log: &Path) -> Command {
    let mut command = Command::new(root().join("target/release/belljar"));
    command.args(["scan", "--quiet", "--format", "json", "--pack"]).arg(csv).arg(log);
    command
}

fn rg(list: &Path, log: &Path) -> Command {
    let mut command = Command::new("rg");
    command.args(["-F", "-a", "-c", "-f"]).arg(list).arg(log);
    command
}

fn sha256sum(log: &Path) -> Command {
    let mut command = Command::new("sha256sum");
    command.arg(log);
    command
}

/// Runs the two in turn after a warm-up; the medians in seconds, and our peak memory in kB.
fn in_turn(ours: &dyn Fn() -> Command, peer: &dyn Fn() -> Command) -> Result<(f64, f64, u64)> {
    timed(ours())?;
    timed(peer())?;
    let (mut a, mut b, mut memory) = (Vec::new(), Vec::new(), 0);
    for _ in 0..RUNS {
        let (seconds, peak) = timed(ours())?;
        a.push(seconds);
        memory = memory.max(peak);
        b.push(timed(peer())?.0);
    }
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    Ok((a[RUNS / 2], b[RUNS / 2], memory))
}

fn timed(mut command: Command) -> Result<(f64, u64)> {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn().map_err(|error| format!("{command:?}: {error}"))?;
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0;
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = peak.max(line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    Ok((started.elapsed().as_secs_f64(), peak))
}

/// A small generator whose numbers are the same on every machine (Knuth, MMIX).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

fn write_log(path: &Path, size: usize) -> Result<u64> {
    if let Ok(metadata) = fs::metadata(path) {
        return Ok(metadata.len());
    }
    let mut numbers = Numbers(1);
    let mut out = std::io::BufWriter::new(fs::File::create(path).map_err(|error| error.to_string())?);
    let mut written = 0;
    while written < size {
        let n = |numbers: &mut Numbers, below| numbers.next(below);
        let line = format!(
            "{}.{}.{}.{} - - [{:02}/Dec/2020:{:02}:{:02}:{:02} +0000] \"GET /files/{}/page-{}.html?id={} HTTP/1.1\" {} {} \"https://www{}.example.org/start\" \"Mozilla/5.0 (X11; Linux x86_64) Firefox/{}.0\"\n",
            n(&mut numbers, 223) + 1,
            n(&mut numbers, 256),
            n(&mut numbers, 256),
            n(&mut numbers, 254) + 1,
            n(&mut numbers, 28) + 1,
            n(&mut numbers, 24),
            n(&mut numbers, 60),
            n(&mut numbers, 60),
            n(&mut numbers, 500),
            n(&mut numbers, 9_000),
            n(&mut numbers, 100_000),
            [200, 304, 404][n(&mut numbers, 3) as usize],
            n(&mut numbers, 90_000),
            n(&mut numbers, 300),
            n(&mut numbers, 40) + 50
        );
        out.write_all(line.as_bytes()).map_err(|error| error.to_string())?;
        written += line.len();
    }
    out.flush().map_err(|error| error.to_string())?;
    Ok(written as u64)
}

/// Indicators as a CSV for us and as a plain list for the peer: addresses, domains and digests in equal parts.
fn write_indicators(folder: &Path, count: u64) -> Result<(PathBuf, PathBuf)> {
    let mut numbers = Numbers(2);
    let (mut csv, mut list) = (String::from("type,value\n"), String::new());
    for number in 0..count {
        let (kind, value) = match number % 3 {
            0 => (
                "ipv4",
                format!(
                    "{}.{}.{}.{}",
                    numbers.next(223) + 1,
                    numbers.next(256),
                    numbers.next(256),
                    numbers.next(254) + 1
                ),
            ),
            1 => ("domain", format!("c{}.bad-{}.example", numbers.next(1 << 20), numbers.next(1 << 20))),
            _ => ("sha256", (0..8).map(|_| format!("{:08x}", numbers.next(1 << 31))).collect()),
        };
        csv += &format!("{kind},{value}\n");
        list += &format!("{value}\n");
    }
    let paths = (folder.join(format!("{count}.csv")), folder.join(format!("{count}.txt")));
    fs::write(&paths.0, csv).and_then(|()| fs::write(&paths.1, list)).map_err(|error| error.to_string())?;
    Ok(paths)
}
