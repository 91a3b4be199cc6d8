//! The bundled packs against what they were made from, and the control against a broken search.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use belljar::assess::{Tally, assess};
use belljar::model::{Control, Environment, Kind, Limits, Pack, Reach, Verdict};
use belljar::{pack, scan};

#[test]
fn the_control_fires_in_full_and_notices_a_broken_indicator() {
    let bundled = pack::bundled();
    let set = scan::compile(&bundled.packs);
    let control = scan::control(&bundled.packs, &bundled.allow, &set);
    assert_eq!((control.fired, control.failures), (control.total, Vec::<String>::new()));

    let mut broken = bundled.packs.clone();
    let shell = broken
        .iter_mut()
        .flat_map(|pack| &mut pack.indicators)
        .find(|indicator| indicator.value == "/courier/oauth.api")
        .expect("in the pack");
    shell.value = "/courier/oauth.apix".to_owned();
    let control = scan::control(&broken, &bundled.allow, &scan::compile(&broken));
    assert!(control.fired < control.total, "a broken indicator goes unnoticed");
}

#[test]
fn every_kind_fires_on_its_own_line_and_not_on_its_near_misses() {
    for (kind, value, misses) in [
        (Kind::Ipv4, "1.1.1.1", &["11.1.1.1", "1.1.1.12", "1.1.1.1.example"][..]),
        (Kind::Domain, "evil.com", &["notevil.com", "evil.com.au", "evil-com"]),
        (
            Kind::Md5,
            "0123456789abcdef0123456789abcdef",
            &["0123456789abcdef0123456789abcdef0", "0123456789abcdef0123456789abcde"],
        ),
        (Kind::Email, "ops@evil.com", &["xops@evil.com", "ops@evil.com.au"]),
        (Kind::Url, "http://evil.com/a/b.bin", &["http://evil.com/a/b.binx", "http://evil.com/a/"]),
        (Kind::RequestTarget, "/a/human2.aspx", &["/a/human2.aspxx", "/b/a/human2.aspx"]),
        (Kind::Ipv6, "2001:db8::1", &["2001:db8::1f", "2001:db8::"]),
        (Kind::Cidr, "79.141.160.0/22", &["79.141.164.1", "79.141.159.255"]),
    ] {
        let text = format!("type,value\n{},{value}\n", kind.as_str());
        let packs = [pack::read("t.csv", vec![("t.csv".to_owned(), text.into_bytes())])];
        let set = scan::compile(&packs);
        let seen = |line: &str| {
            let mut events = Vec::new();
            let mut scanner = scan::Scanner::new(set.clone(), Default::default());
            scanner.begin("t", &mut events);
            scanner.feed(line.as_bytes(), &mut events);
            scanner.finish(&mut events);
            events.iter().filter(|event| matches!(event, belljar::model::ScanEvent::Sighting(_))).count()
        };
        let positive = value.split("/22").next().unwrap_or(value);
        assert_eq!(seen(&format!("x {positive} y\n")), 1, "{value}");
        for miss in misses {
            assert_eq!(seen(&format!("x {miss} y\n")), 0, "{value} in {miss}");
        }
    }
}

#[test]
fn every_window_names_its_source_and_every_row_speaks_plainly() {
    let bundled = pack::bundled();
    for pack in &bundled.packs {
        let source = pack.window.as_ref().map(|window| window.source.as_str());
        assert!(source.is_some_and(|source| !source.is_empty()), "{}: who dates the attacks?", pack.id);
        for indicator in &pack.indicators {
            let context = &indicator.context;
            let rule =
                |word: &str| word.matches('_').count() > 1 && word.contains(|c: char| c.is_uppercase());
            let names_rule =
                context.split_whitespace().any(|word| rule(word) && !word.contains(['/', '\\', '.']));
            assert!(!names_rule, "{}: {context}", indicator.id);
        }
    }
}

#[test]
fn a_clean_log_of_one_product_answers_for_it_and_the_others_take_nothing_away() {
    let bundled = pack::bundled();
    let set = scan::compile(&bundled.packs);
    let mut asked = 0;
    for pack in &bundled.packs {
        if !pack.bring.iter().any(|bring| bring.needed && !bring.marks.is_empty()) {
            continue;
        }
        asked += 1;
        let limits = Limits::default();
        let clean = pack.specimens.iter().filter(|specimen| specimen.path.starts_with("clean/"));
        let tallies = clean.map(|specimen| {
            let mut tally = Tally::new(&limits);
            let mut scanner = scan::Scanner::new(set.clone(), limits);
            scanner.begin(&specimen.path, &mut tally);
            scanner.feed(&specimen.bytes, &mut tally);
            scanner.finish(&mut tally);
            tally
        });
        let control = Control { fired: 1, total: 1, failures: Vec::new() };
        let report =
            assess(&bundled.packs, &bundled.allow, tallies.collect(), control, Environment::default());
        let mut in_part = false;
        for (incident, other) in report.incidents.iter().zip(&bundled.packs) {
            let own = incident.pack == pack.id;
            assert!(!own || incident.reach == Reach::Whole, "{}: {:?}", pack.id, incident.reasons);
            // Another incident of the same product is really asked about.
            let same = other.products.iter().any(|product| pack.products[0].name == product.name);
            in_part |= incident.reach == Reach::Part;
            assert!(incident.reach != Reach::Part || same, "{} takes {} for its own", other.id, pack.id);
        }
        let wanted = if in_part { Verdict::CouldNotCheck } else { Verdict::NotFound };
        assert_eq!(report.verdict, wanted, "{}: {}", pack.id, report.sentence);
    }
    assert!(asked > 20, "only {asked} packs tell their product");
}

#[test]
fn every_bundled_indicator_is_met_in_its_own_line_and_in_no_near_miss() {
    let bundled = pack::bundled();
    // All packs at once, as most scans have them.
    let set = scan::compile(&bundled.packs);
    let (mut lines, mut misses, mut failures) = (0, 0, Vec::new());
    for pack in &bundled.packs {
        let probes = scan::probes(pack, &set);
        assert_eq!(probes.lines, pack.indicators.len() as u64, "{}", pack.id);
        eprintln!("{:<28} {:>5} own lines {:>6} near misses", pack.id, probes.lines, probes.misses);
        lines += probes.lines;
        misses += probes.misses;
        failures.extend(probes.failures);
    }
    eprintln!("{lines} own lines, {misses} near misses");
    failures.iter().for_each(|failure| eprintln!("{failure}"));
    assert!(misses > 3 * lines, "{misses} near misses for {lines} indicators");
    assert!(failures.is_empty(), "{} wrong", failures.len());
}

#[test]
fn every_row_of_the_source_is_in_the_pack_or_named_as_no_indicator() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/intel/accellion_fta_2020.csv");
    let Ok(source) = fs::read(source) else {
        eprintln!("the source CSV is not here: nothing to compare");
        return;
    };
    let pack: Pack =
        pack::bundled().packs.into_iter().find(|pack| pack.id == "accellion-fta-2020").expect("bundled");
    let taken: BTreeSet<String> =
        pack.indicators.iter().map(|indicator| indicator.value.to_ascii_lowercase()).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("iocs/accellion-fta-2020/not-indicators.csv");
    let left = fs::read_to_string(folder).expect("the pack's list of what is no indicator");
    let mut reader = csv::Reader::from_reader(source.as_slice());
    for row in reader.records() {
        let row = row.expect("a row");
        let value = &row[1];
        let named =
            taken.contains(&value.to_ascii_lowercase()) || left.contains(value) || (&row[0] == "log-pattern");
        assert!(named, "{value}");
    }
}
