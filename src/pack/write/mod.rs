//! A pack goes in; the files of one format come out, with a list of what that format cannot hold.
//!
//! What this does not do: (1) it has no clock: a moment that a format wants and the pack does not tell is given by the
//! caller, or is the pack's own earliest; (2) it never writes the members of a combination as indicators that count
//! alone; (3) it writes nothing wider than what the pack says.

mod misp;
mod native;
mod pattern;
mod stix;
mod table;
mod toml;

use std::collections::BTreeMap;

use crate::model::{Diagnostic, DiagnosticSeverity, Pack, Rejected, Timestamp, Zone};

use super::{MADE, made, rejected};

pub(super) use pattern::{combined, one};

/// A format that packs are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A pack folder, as `iocs/README.md` describes it.
    Native,
    /// A STIX 2.1 bundle.
    Stix,
    /// A MISP event (MISP core format).
    Misp,
    /// The table of a pack folder alone.
    Csv,
}

/// What became of a pack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// Files with their paths: one of them, but for a folder.
    pub files: Vec<(String, Vec<u8>)>,
    /// What the pack holds and these files do not, piece by piece.
    pub lost: Vec<Rejected>,
    /// What a reader of these files should know.
    pub notes: Vec<Diagnostic>,
}

impl Written {
    fn lose(&mut self, place: impl Into<String>, text: &str, reason: impl Into<String>, hint: &str) {
        self.lost.push(rejected(place.into(), text, reason, hint));
    }

    fn note(&mut self, code: &str, message: impl Into<String>, hint: &str) {
        self.notes.push(Diagnostic::new(DiagnosticSeverity::Note, code, message, hint));
    }
}

/// Writes a pack. `at` is the moment for what the pack does not date; without it, the pack's own earliest moment.
pub fn write(pack: &Pack, form: Form, at: Option<Timestamp>) -> Written {
    let mut written = Written::default();
    match form {
        Form::Native => native::write(pack, &mut written),
        Form::Stix => stix::write(pack, moment(pack, at, &mut written), &mut written),
        Form::Misp => misp::write(pack, moment(pack, at, &mut written), &mut written),
        Form::Csv => table::write(pack, &mut written),
    }
    if form != Form::Native {
        written.lost.extend(pack.rejected.iter().cloned());
    }
    for list in &pack.allow {
        let text = format!("{} ({} values)", list.title, list.entries.len());
        let reason = "a known-good list weighs findings down and is no indicator";
        written.lose(list.id.clone(), &text, reason, "keep the list's own file beside this one");
    }
    written
}

/// The STIX pattern of each indicator and combination of a pack that has one, by its id.
pub fn patterns(pack: &Pack) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for one in pack.indicators.iter().filter(|one| one.group.is_none()) {
        all.extend(pattern::one(one).map(|pattern| (one.id.clone(), pattern)));
    }
    for combination in &pack.combinations {
        let members = pack.indicators.iter().filter(|one| one.group.as_deref() == Some(&combination.id));
        let pattern = pattern::combined(combination, &members.collect::<Vec<_>>());
        all.extend(pattern.map(|pattern| (combination.id.clone(), pattern)));
    }
    all
}

/// The moment of what the pack does not date.
fn moment(pack: &Pack, given: Option<Timestamp>, written: &mut Written) -> Timestamp {
    let own = pack.window.as_ref().map(|window| window.from);
    let earliest =
        || pack.indicators.iter().filter_map(|one| one.valid_from).filter(|at| at.year_known).min();
    if let Some(at) = given.or(own).or_else(earliest) {
        return Timestamp { zone: Zone::Offset(0), ..at };
    }
    let message = "the pack tells no date, so 1970-01-01 stands where the format wants one";
    written.note("no-date", message, "give a date with --at");
    Timestamp::from_unix(0, 0)
}

/// Lists who says it and how the incident is called, for a format that holds values alone.
fn lose_the_head(pack: &Pack, format: &str, written: &mut Written) {
    // The title of a pack that says none is its file's name.
    if pack.summary != made(&pack.title) {
        lose_part(pack, format, "title", &pack.title, written);
    }
    lose_part(pack, format, "publisher", &pack.publisher, written);
    lose_part(pack, format, "tlp", &pack.tlp, written);
}

/// Lists the parts of a pack beside its indicators that a format without a place for them leaves out.
fn lose_the_rest(pack: &Pack, format: &str, written: &mut Written) {
    let mut part = |place: &str, text: &str| lose_part(pack, format, place, text, written);
    if !pack.summary.starts_with(MADE) {
        part("summary", &pack.summary);
    }
    part("contact", &pack.contact);
    part("licence", &pack.licence);
    part("guidance", pack.guidance.lines().next().unwrap_or_default());
    for product in &pack.products {
        part("product", &format!("{} {}", product.name, product.versions));
    }
    if let Some(window) = &pack.window {
        part("window", &format!("{} to {}", window.from, window.until));
    }
    pack.bring.iter().for_each(|bring| part("file to bring", &bring.what));
    pack.sources.iter().for_each(|source| part("source", &source.title));
    pack.sequences.iter().for_each(|sequence| part("sequence", &sequence.title));
    lose_specimens(pack, format, written);
}

fn lose_part(pack: &Pack, format: &str, place: &str, text: &str, written: &mut Written) {
    if !text.is_empty() {
        let reason = format!("{format} has no place for it");
        written.lose(format!("{}, {place}", pack.id), text, reason, "convert to native, which holds it");
    }
}

/// Lists the positive control's evidence, which only a pack folder holds.
fn lose_specimens(pack: &Pack, format: &str, written: &mut Written) {
    if pack.specimens.is_empty() && pack.expected.is_empty() {
        return;
    }
    let text = format!("{} files, {} cases", pack.specimens.len(), pack.expected.len());
    let reason = format!("{format} has no place for evidence of the positive control");
    written.lose(format!("{}, specimens", pack.id), &text, reason, "convert to native, which holds it");
}

/// Lists each combination, with its members, that a format cannot say as it is meant.
fn lose_combinations(pack: &Pack, format: &str, written: &mut Written) {
    let reason = format!("{format} does not say that values count only together, and alone they mean less");
    let hint = "convert to native or stix, which hold it";
    for combination in &pack.combinations {
        written.lose(combination.id.clone(), &combination.title, reason.clone(), hint);
    }
    for indicator in pack.indicators.iter().filter(|one| one.group.is_some()) {
        written.lose(indicator.id.clone(), &indicator.value, reason.clone(), hint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Bring, Combination, Indicator, PackSource, Product, Sequence, Specimen, Window};

    /// The pack's indicators without their ids, which number the rows of one file.
    fn plain(pack: &Pack) -> Vec<Indicator> {
        let mut all: Vec<Indicator> = pack.indicators.clone();
        for one in &mut all {
            one.id.clear();
        }
        all
    }

    fn again(pack: &Pack, form: Form) -> (Written, Pack) {
        let written = write(pack, form, None);
        let mut read = super::super::read(&pack.id, written.files.clone());
        assert_eq!(read.rejected, [], "{} {form:?}", pack.id);
        read.id.clone_from(&pack.id);
        (written, read)
    }

    #[test]
    fn every_bundled_pack_comes_back_from_every_format_or_is_listed_as_lost() {
        let bundled = super::super::bundled();
        for pack in &bundled.packs {
            for form in [Form::Native, Form::Stix, Form::Misp, Form::Csv] {
                let (written, read) = again(pack, form);
                let lost = |one: &Indicator| written.lost.iter().any(|row| row.place == one.id);
                let kept: Vec<Indicator> = pack.indicators.iter().filter(|one| !lost(one)).cloned().collect();
                let wanted = Pack { indicators: kept, ..pack.clone() };
                let (mut wanted, mut found) = (plain(&wanted), plain(&read));
                let order = |one: &Indicator| (one.kind, one.value.clone(), one.context.clone());
                wanted.sort_by_key(order);
                found.sort_by_key(order);
                assert_eq!(found, wanted, "{} {form:?}", pack.id);
                assert_eq!(written, write(pack, form, None), "the same every time");
            }
        }
    }

    #[test]
    fn a_native_folder_holds_everything() {
        for pack in &super::super::bundled().packs {
            let (written, mut read) = again(pack, Form::Native);
            assert_eq!(written.lost, []);
            read.digest.clone_from(&pack.digest);
            assert_eq!(&read, pack);
        }
    }

    #[test]
    fn a_bundle_holds_everything_but_the_specimens() {
        for pack in &super::super::bundled().packs {
            let (written, read) = again(pack, Form::Stix);
            assert!(written.lost.iter().all(|row| row.place.ends_with("specimens")), "{:?}", written.lost);
            let header = |pack: &Pack| Pack {
                indicators: Vec::new(),
                specimens: Vec::new(),
                expected: Vec::new(),
                digest: String::new(),
                ..pack.clone()
            };
            assert_eq!(header(&read), header(pack));
        }
    }

    /// A pack that says something in each of its parts.
    fn talkative() -> Pack {
        let at = |text: &str| Timestamp::parse(text).expect("a time");
        let group = Some("together".to_owned());
        let in_group = |value: &str| Indicator { value: value.into(), group: group.clone(), ..alone(value) };
        Pack {
            id: "all".into(),
            title: "A title".into(),
            summary: "A summary.".into(),
            publisher: "A publisher".into(),
            contact: "A contact".into(),
            tlp: "TLP:GREEN".into(),
            licence: "CC0-1.0".into(),
            products: vec![Product { name: "P".into(), versions: "1".into() }],
            window: Some(Window { from: at("2020-12-16"), until: at("2021-01-20"), source: "S".into() }),
            bring: vec![Bring { what: "the log".into(), path: "/var/log".into(), ..Bring::default() }],
            sources: vec![PackSource { title: "A report".into(), url: "https://example.com/".into() }],
            guidance: "## Always\n\nAsk.".into(),
            indicators: vec![alone("evil"), in_group("one"), in_group("two")],
            combinations: vec![Combination { id: "together".into(), needs: 2, ..Combination::default() }],
            sequences: vec![Sequence { id: "s".into(), title: "Then".into(), ..Sequence::default() }],
            specimens: vec![Specimen { path: "case/a.log".into(), bytes: b"evil".to_vec() }],
            ..Pack::default()
        }
    }

    fn alone(value: &str) -> Indicator {
        Indicator {
            id: format!("all#{value}"),
            value: value.into(),
            context: "Why.".into(),
            ..Indicator::default()
        }
    }

    /// Each part of a pack as it is called where it is lost, and its content.
    fn parts(pack: &Pack) -> Vec<(&'static str, String)> {
        let shown = |part: &dyn std::fmt::Debug| format!("{part:?}");
        vec![
            ("title", pack.title.clone()),
            ("summary", pack.summary.clone()),
            ("publisher", pack.publisher.clone()),
            ("contact", pack.contact.clone()),
            ("tlp", pack.tlp.clone()),
            ("licence", pack.licence.clone()),
            ("product", shown(&pack.products)),
            ("window", shown(&pack.window)),
            ("file to bring", shown(&pack.bring)),
            ("source", shown(&pack.sources)),
            ("guidance", pack.guidance.clone()),
            ("sequence", shown(&pack.sequences)),
            ("specimens", shown(&(&pack.specimens, &pack.expected))),
        ]
    }

    #[test]
    fn every_part_of_a_pack_comes_back_from_every_format_or_is_listed_as_lost() {
        let whole = talkative();
        let empty = Pack { indicators: Vec::new(), combinations: Vec::new(), ..talkative() };
        let odd = Pack { tlp: "for members".into(), publisher: String::new(), ..talkative() };
        for (pack, form) in [&whole, &empty, &odd]
            .into_iter()
            .flat_map(|pack| [Form::Native, Form::Stix, Form::Misp, Form::Csv].map(|form| (pack, form)))
        {
            let written = write(pack, form, None);
            let read = super::super::read(&pack.id, written.files.clone());
            for ((place, said), (_, again)) in parts(pack).into_iter().zip(parts(&read)) {
                let lost = written.lost.iter().any(|row| row.place == format!("all, {place}"));
                assert_eq!(lost, said != again, "{form:?}, {place}: {said} became {again}");
            }
        }
    }

    #[test]
    fn a_file_that_says_nothing_of_itself_loses_nothing_of_that() {
        let read =
            super::super::read("l.csv", vec![("l.csv".into(), b"type,value\nip,192.0.2.9\n".to_vec())]);
        for form in [Form::Csv, Form::Misp, Form::Stix, Form::Native] {
            assert_eq!(write(&read, form, None).lost, [], "{form:?}");
        }
    }

    #[test]
    fn texts_that_a_comment_runs_together_are_listed_as_lost() {
        let one = Indicator { source: "Two\nlines".into(), ..alone("evil") };
        let plain = Indicator { source: "One line".into(), ..alone("evil") };
        for (one, places) in [(one, &["all#evil, context", "all#evil, source"][..]), (plain, &[])] {
            let written = write(&Pack { indicators: vec![one], ..Pack::default() }, Form::Misp, None);
            let lost: Vec<&str> = written.lost.iter().map(|row| row.place.as_str()).collect();
            assert_eq!(lost, places);
        }
    }
}
