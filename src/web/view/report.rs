//! The finished report on the screen.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::model::{Finding, Report, counted};
use crate::report::words;

use super::super::dom;
use super::super::state::State;
use super::super::view_model::{self, report as model};
use super::table;

/// Findings shown at a time.
const FINDINGS: usize = 20;

/// Incidents shown at a time: those of which something was seen come first.
const INCIDENTS: usize = 6;

/// Sentences of a list that are shown at once; the others wait in a closed box.
const SENTENCES: usize = 4;

/// Shows a finished report and moves the focus to its verdict.
pub(super) fn show(state: &State, report: &Rc<Report>) {
    dom::set(&dom::by_id("verdict"), "data-verdict", report.verdict.as_str());
    dom::set_text("verdict-name", report.verdict.title());
    dom::set_text("verdict-sentence", &report.sentence);
    let (first, others) = report.reasons.split_at(report.reasons.len().min(SENTENCES));
    dom::list(&dom::by_id("verdict-reasons"), first);
    dom::list(&dom::by_id("verdict-more"), others);
    dom::show("verdict-more-box", !others.is_empty());
    dom::set_text("verdict-more-summary", &format!("{} more reasons", others.len()));
    dom::show("verdict-example", state.example);
    counts(report);
    let incidents = model::incidents(report);
    dom::show("incidents-box", !incidents.is_empty());
    table::rows_at_a_time(&dom::by_id("incidents"), INCIDENTS, incidents.len(), move |number| {
        incidents[number].clone()
    });
    all_guidance(report);
    dom::show("findings-none", report.findings.is_empty());
    dom::clear("findings");
    let shown = Rc::clone(report);
    table::pages(&dom::by_id("findings"), report.findings.len(), FINDINGS, "div", move |number, parent| {
        finding(parent, &shown, &shown.findings[number])
    });
    coverage(report);
    indicator_files(state);
    locked(state);
    let control = &report.control;
    dom::set_text("control", &model::control(control));
    dom::set_text("ledger-summary", &model::ledger_summary(report));
    let shown = Rc::clone(report);
    table::rows(&dom::by_id("ledger"), model::ledger_length(report), move |number| {
        model::ledger_row(&shown, number)
    });
    dom::set_text("live", report.verdict.title());
    dom::focus("verdict-title", "verdict");
}

/// Counts that lead to the parts of the report.
fn counts(report: &Report) {
    let place = dom::by_id("verdict-counts");
    place.set_text_content(None);
    for (target, text) in model::counts(report) {
        let link = dom::append(&place, "li", "").and_then(|item| dom::append(&item, "a", &text));
        if let Some(link) = link {
            dom::set(&link, "href", target);
        }
    }
}

fn coverage(report: &Rc<Report>) {
    let windows = model::windows(report);
    let list = dom::by_id("windows");
    list.set_text_content(None);
    table::pages(&list, windows.len(), SENTENCES, "li", move |number, parent| {
        dom::append(parent, "li", &windows[number])
    });
    let shown = Rc::clone(report);
    table::rows(&dom::by_id("files"), report.coverage.artifacts.len(), move |number| {
        model::file_row(&shown.coverage.artifacts[number])
    });
    let shown = Rc::clone(report);
    let problems = report.coverage.diagnostics.len();
    dom::show("unchecked-none", problems == 0);
    dom::show("unchecked-box", problems > 0);
    table::rows(&dom::by_id("unchecked"), problems, move |number| {
        model::problem_row(&shown.coverage.diagnostics[number])
    });
}

/// What stays locked, with a place for its password.
fn locked(state: &State) {
    let all = state.locked();
    dom::show("locked-box", !all.is_empty());
    dom::set_text("locked-text", &view_model::locked(state));
    let list = dom::by_id("locked");
    list.set_text_content(None);
    let all: Vec<String> =
        all.into_iter().map(|told| format!("{}: {}", told.artifact, told.message)).collect();
    table::pages(&list, all.len(), SENTENCES, "li", move |number, parent| {
        dom::append(parent, "li", &all[number])
    });
}

/// Evidence that looks like a file of indicators.
fn indicator_files(state: &State) {
    dom::show("indicator-files-box", !state.indicator_files.is_empty());
    let list = dom::by_id("indicator-files");
    list.set_text_content(None);
    for (name, format) in &state.indicator_files {
        let Some(item) = dom::append(&list, "li", &format!("{name} ({format}) ")) else { continue };
        if let Some(button) = dom::append(&item, "button", "Search for its indicators") {
            dom::set(&button, "type", "button");
            dom::set(&button, "value", name);
            dom::set(&button, "aria-label", &format!("Search for the indicators of {name}"));
        }
    }
}

/// The publishers' guidance. With several packs, each in a box of its own: first those of which something was seen.
fn all_guidance(report: &Report) {
    let place = dom::by_id("guidance");
    place.set_text_content(None);
    let all: Vec<_> = report.guidance.iter().filter(|(_, text)| !text.is_empty()).collect();
    if let [(_, text)] = all.as_slice() {
        return guidance(&place, text);
    }
    let (seen, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(id, _)| model::is_seen(report, id));
    let boxed = |parent: &Element, title: &str, open: bool| {
        let details = dom::append(parent, "details", "")?;
        if open {
            dom::set(&details, "open", "");
        }
        dom::append(&details, "summary", title)?;
        Some(details)
    };
    for (number, (id, text)) in seen.iter().enumerate() {
        if let Some(details) = boxed(&place, &model::title(report, id), number == 0) {
            guidance(&details, text);
        }
    }
    let title =
        format!("Advice about the {} of which nothing was seen", counted(others.len() as u64, "incident"));
    let Some(rest) = (!others.is_empty()).then(|| boxed(&place, &title, false)).flatten() else { return };
    for (id, text) in others {
        if let Some(details) = boxed(&rest, &model::title(report, id), false) {
            guidance(&details, text);
        }
    }
}

/// Headings, paragraphs and lists.
fn guidance(place: &Element, text: &str) {
    let mut list: Option<Element> = None;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if let Some(item) = line.strip_prefix("- ") {
            let parent = list.take().or_else(|| dom::append(place, "ul", ""));
            if let Some(parent) = &parent {
                dom::append(parent, "li", item);
            }
            list = parent;
            continue;
        }
        list = None;
        match line.strip_prefix("## ") {
            Some(title) => dom::append(place, "h3", title),
            None => dom::append(place, "p", line),
        };
    }
}

fn finding(parent: &Element, report: &Report, finding: &Finding) -> Option<Element> {
    let article = dom::template("finding-template")?;
    dom::set(&article, "data-severity", finding.severity.as_str());
    dom::fill(&article, "grade", words::grade(finding));
    dom::fill(&article, "title", &finding.title);
    dom::fill(&article, "why", &finding.why);
    dom::fill(&article, "when", &model::when(finding));
    let several = report.ledger.len() > 1;
    dom::fill(
        &article,
        "incident",
        &if several { model::title(report, &finding.pack) } else { String::new() },
    );
    let source =
        if finding.source.is_empty() { String::new() } else { format!("Source: {}", finding.source) };
    dom::fill(&article, "source", &source);
    for (name, items) in
        [("weighing", &finding.weighing), ("innocent", &finding.innocent), ("next", &finding.next_steps)]
    {
        let Some(place) = dom::slot(&article, name) else { continue };
        dom::list(&place, items);
        let heading = place.previous_element_sibling().filter(|heading| heading.tag_name() == "H4");
        if let Some(heading) = heading.filter(|_| items.is_empty()) {
            heading.unchecked_into::<HtmlElement>().set_hidden(true);
        }
    }
    dom::fill(&article, "where-summary", &model::where_summary(finding));
    if let Some(place) = dom::slot(&article, "sightings") {
        for sighting in &finding.sightings {
            let Some(item) = dom::template("sighting-template") else { continue };
            dom::fill(&item, "place", &words::place(sighting));
            let time = sighting.time.map(|time| view_model::moment::moment(&time));
            dom::fill(&item, "time", &time.unwrap_or_default());
            dom::fill(&item, "decoding", &model::decoding(sighting));
            dom::fill(&item, "excerpt", &sighting.excerpt);
            let _ = place.append_child(&item);
        }
    }
    let _ = parent.append_child(&article);
    Some(article)
}
