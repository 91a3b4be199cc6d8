//! Dates in numbers are read as the rest of the log tells, and stay in doubt where it tells nothing.

use belljar::assess::{Tally, assess};
use belljar::model::{Environment, Limits, Report, Window};
use belljar::model::{Timestamp, WindowCoverage};
use belljar::{pack, scan};

const PACK: &str = "kind,value,stage\nrequest-target,/evil.aspx,in\nrequest-target,/shell.aspx,out\n";

fn line(date: &str, target: &str) -> String {
    format!("SESSION|{date}.000|[HTTPS:1_5:bob:192.0.2.7] READ: *GET {target} HTTP/1.1*\n")
}

fn report(log: &str, size: usize) -> Report {
    let mut pack = pack::read("p", vec![("iocs.csv".to_owned(), PACK.as_bytes().to_vec())]);
    let day = |text: &str| Timestamp::parse(text).expect("a day");
    pack.window = Some(Window { from: day("2023-04-01"), until: day("2023-04-20"), source: String::new() });
    for indicator in &mut pack.indicators {
        (indicator.valid_from, indicator.valid_until) = (Some(day("2023-04-01")), Some(day("2023-04-20")));
    }
    let packs = [pack];
    let set = scan::compile(&packs);
    let limits = Limits::default();
    let mut tally = Tally::new(&limits);
    let mut scanner = scan::Scanner::new(set.clone(), limits);
    scanner.begin("session.log", &mut tally);
    log.as_bytes().chunks(size).for_each(|block| {
        let _ = scanner.feed(block, &mut tally);
    });
    scanner.finish(&mut tally);
    let control = scan::control(&packs, &[], &set);
    // The tally goes the way that it goes between workers.
    let tally: Tally = serde_json::to_string(&tally)
        .and_then(|text| serde_json::from_str(&text))
        .expect("a tally survives its way");
    assess(&packs, &[], vec![tally], control, Environment::default())
}

fn told(report: &Report) -> (String, String, bool) {
    let finding = report.findings.first().expect("a finding");
    let time = finding.first_time.map(|time| time.to_string()).unwrap_or_default();
    let kept = finding.sightings[0].time.map(|time| time.to_string()).unwrap_or_default();
    assert!(time.ends_with('?') && kept.ends_with('?') || time == kept, "{time} {kept}");
    let late = finding
        .weighing
        .iter()
        .any(|reason| reason.contains("before the time") || reason.contains("after the time"));
    let covered = report.coverage.windows.iter().flat_map(|window: &WindowCoverage| &window.covered).count();
    (time, format!("{covered} covered"), late)
}

#[test]
fn a_later_date_tells_how_an_earlier_one_was_meant() {
    for (dates, wanted) in [
        (["03/04/2023 10:00:00", "13/04/2023 10:00:00"], ("2023-04-03T10:00:00", "1 covered", false)),
        (["04/03/2023 10:00:00", "04/13/2023 10:00:00"], ("2023-04-03T10:00:00", "1 covered", false)),
        (["04/03/2023 10:00:00", "13/04/2023 10:00:00"], ("2023-03-04T10:00:00", "1 covered", true)),
        (["03/04/2023 23:59:59", "04/04/2023 00:00:01"], ("2023-04-03T23:59:59", "1 covered", false)),
        (["04/03/2023 10:00:00", "04/03/2023 11:00:00"], ("2023-03-04T10:00:00?", "0 covered", false)),
        (["08/07/2023 10:00:00", "08/07/2023 11:00:00"], ("2023-07-08T10:00:00?", "0 covered", true)),
    ] {
        let log = line(dates[0], "/evil.aspx") + &line(dates[1], "/WebInterface/");
        let whole = report(&log, usize::MAX);
        let told = told(&whole);
        assert_eq!((told.0.as_str(), told.1.as_str(), told.2), wanted, "{dates:?}");
        let doubt = whole.coverage.assumptions.iter().any(|said| said.contains("03/04/2023"));
        assert_eq!(doubt, wanted.0.ends_with('?'), "{:?}", whole.coverage.assumptions);
        assert_eq!(belljar::report::json(&report(&log, 7)), belljar::report::json(&whole));
    }
}
