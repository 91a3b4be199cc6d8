//! `belljar scan`: reads the evidence, scans it on all processors, reports.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Instant, SystemTime};

use crate::assess::{Tally, assess};
use crate::index::IndicatorSet;
use crate::model::{Environment, Flow, Limits, Passwords, Report, ScanEvent, Sink, Timestamp, Verdict};
use crate::source::Source;
use crate::{pack, report, scan};

use super::args::{Format, Scan};
use super::evidence::{self, Item, Origin};
use super::progress::Progress;
use super::source::Disk;
use super::{output, packs};

/// Bytes read at a time, and blocks read ahead while another is scanned.
const BLOCK: usize = 1 << 20;
const AHEAD: usize = 4;

/// What is searched for, what it is unlocked with, and who is told how far it is.
struct Search {
    set: Arc<IndicatorSet>,
    passwords: Passwords,
    progress: Progress,
}

/// Scans, writes the report, and tells the exit code.
pub(super) fn scan(options: &Scan) -> Result<ExitCode, String> {
    let started = (Instant::now(), SystemTime::now());
    let (packs, allow) = packs::load(&options.packs)?;
    let set = scan::compile(&packs);
    let items = evidence::gather(&options.paths);
    let search = Search {
        set,
        passwords: Passwords::new(options.passwords.iter().cloned()),
        progress: Progress::new(items.iter().map(|item| item.size).sum(), options.quiet),
    };
    let mut out = output::open(options.output.as_deref())?;
    let tallies = if options.format == Format::Jsonl {
        one_by_one(&items, &search, &mut *out)
    } else {
        side_by_side(&items, &search)
    };
    search.progress.clear();
    let sightings = tallies.iter().map(Tally::sightings).sum();
    let control = scan::control(&packs, &allow, &search.set);
    let report = assess(&packs, &allow, tallies, control, environment(started));
    let text = match options.format {
        Format::Text => report::text(&report),
        Format::Json => report::json(&report),
        Format::Csv => report::csv(&report),
        Format::Html => report::html(&report),
        Format::Stix => report::stix(&report, &packs.iter().flat_map(pack::patterns).collect()),
        Format::Jsonl => line(&summary(&report, sightings)),
    };
    output::write(&mut *out, &text)?;
    Ok(ExitCode::from(match report.verdict {
        Verdict::NotFound => 0,
        Verdict::Evidence | Verdict::NeedsReview | Verdict::AttemptsFailed => 1,
        Verdict::CouldNotCheck => 2,
    }))
}

fn environment((clock, started): (Instant, SystemTime)) -> Environment {
    let since = started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(0);
    Environment {
        surface: "command".to_owned(),
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        started: Some(Timestamp::from_unix(seconds, 0)),
        milliseconds: u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX),
    }
}

/// Scans each file in turn and writes events as they come.
fn one_by_one(items: &[Item], search: &Search, out: &mut dyn Write) -> Vec<Tally> {
    items
        .iter()
        .map(|item| {
            let mut sink = Tee { tally: Tally::new(&Limits::default()), out };
            one(item, search, &mut sink);
            sink.tally
        })
        .collect()
}

/// Writes each event and tallies it.
struct Tee<'o> {
    tally: Tally,
    out: &'o mut dyn Write,
}

impl Sink for Tee<'_> {
    fn event(&mut self, event: ScanEvent) -> Flow {
        // Nobody reads any more: the scan may stop.
        let written = self.out.write_all(line(&event).as_bytes());
        let _ = self.tally.event(event);
        if written.is_ok() { Flow::Continue } else { Flow::Stop }
    }
}

/// Scans several files at once; the tallies are in the order of the files.
fn side_by_side(items: &[Item], search: &Search) -> Vec<Tally> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(items.len().max(1));
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, Tally>> = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(number) else { return };
                    let mut tally = Tally::new(&Limits::default());
                    one(item, search, &mut tally);
                    if let Ok(mut done) = done.lock() {
                        done.insert(number, tally);
                    }
                }
            });
        }
    });
    done.into_inner().unwrap_or_default().into_values().collect()
}

/// A sink that also counts the bytes of its file.
trait Account: Sink {
    fn add_bytes(&mut self, bytes: u64);
}

impl Account for Tally {
    fn add_bytes(&mut self, bytes: u64) {
        Tally::add_bytes(self, bytes);
    }
}

impl Account for Tee<'_> {
    fn add_bytes(&mut self, bytes: u64) {
        self.tally.add_bytes(bytes);
    }
}

/// Reads one file and scans it while it is read.
fn one(item: &Item, search: &Search, sink: &mut impl Account) {
    let mut source: Option<Box<dyn Source>> = None;
    let opened: io::Result<Box<dyn Read + Send>> = match &item.origin {
        Origin::File(path) => {
            // What cannot be sought in is held in memory where its format needs that.
            source = Disk::open(path).map(|disk| Box::new(disk) as Box<dyn Source>);
            File::open(path).map(|file| Box::new(file) as Box<dyn Read + Send>)
        }
        Origin::StandardInput => Ok(Box::new(io::stdin())),
        Origin::Unreadable(diagnostic) => {
            let _ = sink.event(ScanEvent::Diagnostic(diagnostic.clone()));
            return;
        }
    };
    let reader = match opened {
        Ok(reader) => reader,
        Err(error) => {
            let _ = sink.event(ScanEvent::Diagnostic(evidence::diagnostic(&item.name, &error.to_string())));
            return;
        }
    };
    let mut scanner = scan::Scanner::new(Arc::clone(&search.set), Limits::default())
        .with_passwords(search.passwords.clone());
    scanner.begin_with(&item.name, source, sink);
    std::thread::scope(|scope| {
        let (sender, blocks) = mpsc::sync_channel(AHEAD);
        scope.spawn(move || read_ahead(reader, &sender));
        for block in blocks {
            match block {
                Ok(block) => {
                    search.progress.add(block.len() as u64);
                    sink.add_bytes(block.len() as u64);
                    if scanner.feed(&block, sink) == Flow::Stop {
                        return;
                    }
                }
                Err(error) => {
                    let diagnostic = evidence::diagnostic(&item.name, &format!("reading stopped: {error}"));
                    let _ = sink.event(ScanEvent::Diagnostic(diagnostic));
                }
            }
        }
    });
    scanner.finish(sink);
}

/// Sends the blocks of a file until it ends or nobody takes them.
fn read_ahead(mut reader: Box<dyn Read + Send>, sender: &mpsc::SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        match (&mut reader).take(BLOCK as u64).read_to_end(&mut block) {
            Ok(0) => return,
            Ok(_) => {
                if sender.send(Ok(block)).is_err() {
                    return;
                }
            }
            Err(error) => {
                let _ = sender.send(Err(error));
                return;
            }
        }
    }
}

fn summary(report: &Report, sightings: u64) -> ScanEvent {
    ScanEvent::Summary {
        verdict: report.verdict,
        sentence: report.sentence.clone(),
        findings: report.findings.len(),
        sightings,
        artifacts: report.coverage.artifacts.len() as u64 + report.coverage.unlisted,
        bytes: report.coverage.bytes,
    }
}

fn line(event: &ScanEvent) -> String {
    serde_json::to_string(event).expect("an event holds only text, numbers and lists") + "\n"
}
