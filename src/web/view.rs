//! Puts the view model on the screen.

use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{Element, HtmlElement, HtmlProgressElement, HtmlSelectElement};

use crate::model::{Finding, Pack, Report};
use crate::report::words;

use super::dom;
use super::state::{Phase, State};
use super::view_model;

/// Rows, findings and sightings shown at a time.
const PAGE: usize = 50;

/// The incident: whose page this is, and which files to bring. With several packs, the first speaks for the page.
pub(super) fn incident(packs: &[Pack]) {
    let Some(pack) = packs.first() else { return };
    dom::set_text("incident-title", &pack.title);
    dom::set_text("incident-publisher", &format!("Published by {}", pack.publisher));
    dom::set_text("incident-summary", &pack.summary);
    let products: Vec<String> =
        pack.products.iter().map(|product| format!("{}: {}", product.name, product.versions)).collect();
    dom::list(&dom::by_id("incident-products"), &products);
    if let Some(window) = pack.window {
        dom::set_text(
            "incident-window",
            &format!("The attacks happened between {} and {}.", window.from, window.until),
        );
    }
    dom::set_text("incident-contact", &format!("Whom to call: {}", pack.contact));
    let sources: Vec<String> =
        pack.sources.iter().map(|source| format!("{} {}", source.title, source.url)).collect();
    dom::list(&dom::by_id("incident-sources"), &sources);
    let bring =
        pack.bring.iter().map(|bring| vec![bring.what.clone(), bring.path.clone(), bring.why.clone()]);
    rows("bring", bring.collect());
    let select: HtmlSelectElement = dom::typed("example-case");
    for case in &pack.expected {
        if let Some(option) = dom::append(&select, "option", &case.about) {
            let _ = option.set_attribute("value", &case.case);
        }
    }
}

/// The user's packs.
pub(super) fn packs(packs: &[Pack]) {
    let lines: Vec<String> = packs.iter().map(view_model::pack_line).collect();
    dom::list(&dom::by_id("packs-list"), &lines);
}

/// Everything that depends on where the page is.
pub(super) fn phase(state: &State) {
    let section = dom::by_id("verdict");
    let _ = section.set_attribute("data-state", view_model::phase(state.phase));
    dom::show("progress-box", state.phase == Phase::Scanning);
    dom::show("verdict-box", matches!(state.phase, Phase::Done | Phase::Cancelled));
    dom::show("report", state.phase == Phase::Done);
    match state.phase {
        Phase::Scanning => {
            let _ = section.remove_attribute("data-verdict");
            dom::set_text("live", "Reading your files.");
        }
        Phase::Cancelled => {
            let _ = section.remove_attribute("data-verdict");
            dom::set_text("verdict-icon", "\u{25A0}");
            dom::set_text("verdict-name", "Stopped");
            dom::set_text(
                "verdict-sentence",
                "You stopped the check before it was done. Nothing can be said from it: drop the files again for an answer.",
            );
            dom::clear("verdict-reasons");
            dom::show("verdict-example", false);
            for id in ["save-html", "save-json", "print"] {
                dom::show(id, false);
            }
            dom::set_text("live", "Stopped.");
            dom::focus("verdict-title");
        }
        Phase::Done => {
            if let Some(report) = &state.report {
                self::report(report, state.example);
            }
        }
        Phase::Idle => {}
    }
}

/// The progress line.
pub(super) fn progress(state: &State, elapsed_seconds: f64) {
    let (share, text) = view_model::progress(state, elapsed_seconds);
    dom::typed::<HtmlProgressElement>("progress").set_value(f64::from(share));
    dom::set_text("progress-text", &text);
}

fn report(report: &Report, example: bool) {
    let _ = dom::by_id("verdict").set_attribute("data-verdict", report.verdict.as_str());
    dom::set_text("verdict-icon", view_model::icon(report.verdict));
    dom::set_text("verdict-name", report.verdict.title());
    dom::set_text("verdict-sentence", &report.sentence);
    dom::list(&dom::by_id("verdict-reasons"), &report.reasons);
    dom::show("verdict-example", example);
    for id in ["save-html", "save-json", "print"] {
        dom::show(id, true);
    }
    dom::clear("guidance");
    report.guidance.iter().for_each(|(_, text)| guidance(text));
    dom::show("findings-none", report.findings.is_empty());
    dom::clear("findings");
    let findings = report.findings.clone();
    pages(&dom::by_id("findings"), findings, "div", |finding, parent| finding_into(parent, finding));
    dom::list(&dom::by_id("windows"), &view_model::windows(report));
    rows("files", view_model::files(report));
    let unchecked = view_model::unchecked(report);
    let none = vec![vec![String::new(), "Nothing was left out.".to_owned(), String::new()]];
    rows("unchecked", if unchecked.is_empty() { none } else { unchecked });
    let control = &report.control;
    dom::set_text(
        "control",
        &format!(
            "Control {} of {}: before each answer, the search is put to the test with evidence that has to show every indicator.",
            control.fired, control.total
        ),
    );
    let ledger = view_model::ledger(report);
    dom::set_text("ledger-summary", &format!("All {} indicators and what became of each", ledger.len()));
    rows("ledger", ledger);
    dom::set_text("live", report.verdict.title());
    dom::focus("verdict-title");
}

/// Headings, paragraphs and lists of the publisher's guidance.
fn guidance(text: &str) {
    let place = dom::by_id("guidance");
    let mut list: Option<Element> = None;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if let Some(item) = line.strip_prefix("- ") {
            let parent = list.take().or_else(|| dom::append(&place, "ul", ""));
            if let Some(parent) = &parent {
                dom::append(parent, "li", item);
            }
            list = parent;
            continue;
        }
        list = None;
        match line.strip_prefix("## ") {
            Some(title) => dom::append(&place, "h3", title),
            None => dom::append(&place, "p", line),
        };
    }
}

fn finding_into(parent: &Element, finding: &Finding) {
    let Some(article) = dom::template("finding-template") else { return };
    let _ = article.set_attribute("data-severity", finding.severity.as_str());
    dom::fill(&article, "grade", words::grade(finding));
    dom::fill(&article, "title", &finding.title);
    dom::fill(&article, "why", &finding.why);
    dom::fill(&article, "when", &view_model::when(finding));
    dom::fill(&article, "source", &format!("Source: {}", finding.source));
    for (name, items) in
        [("weighing", &finding.weighing), ("innocent", &finding.innocent), ("next", &finding.next_steps)]
    {
        if let Some(place) = dom::slot(&article, name) {
            dom::list(&place, items);
            if let Some(heading) = place
                .previous_element_sibling()
                .filter(|heading| items.is_empty() && heading.tag_name() == "H4")
            {
                heading.unchecked_into::<HtmlElement>().set_hidden(true);
            }
        }
    }
    dom::fill(
        &article,
        "where-summary",
        &format!("Where it was seen ({} of {} places)", finding.sightings.len(), finding.count),
    );
    if let Some(place) = dom::slot(&article, "sightings") {
        for sighting in &finding.sightings {
            let Some(item) = dom::template("sighting-template") else { continue };
            dom::fill(&item, "place", &words::place(sighting));
            dom::fill(&item, "time", &sighting.time.map(|time| time.to_string()).unwrap_or_default());
            let decoding = if sighting.decoding.is_empty() {
                String::new()
            } else {
                format!("decoded: {}", sighting.decoding.join(", "))
            };
            dom::fill(&item, "decoding", &decoding);
            dom::fill(&item, "excerpt", &sighting.excerpt);
            let _ = place.append_child(&item);
        }
    }
    let _ = parent.append_child(&article);
}

/// Fills a table's body, a page at a time.
fn rows(id: &str, rows: Vec<Vec<String>>) {
    let body = dom::by_id(id);
    body.set_text_content(None);
    pages(&body, rows, "tr", |row, parent| {
        if let Some(line) = dom::append(parent, "tr", "") {
            for cell in row {
                dom::append(&line, "td", cell);
            }
        }
    });
}

/// Shows the first page of `items`, and a button for the next while there are more.
fn pages<T: 'static>(
    parent: &Element,
    items: Vec<T>,
    holder: &'static str,
    put: impl Fn(&T, &Element) + 'static,
) {
    let rest = items.len().saturating_sub(PAGE);
    let mut items = items.into_iter();
    items.by_ref().take(PAGE).for_each(|item| put(&item, parent));
    if rest == 0 {
        return;
    }
    let Some(place) = dom::append(parent, holder, "") else { return };
    let cell = if holder == "tr" { dom::append(&place, "td", "") } else { Some(place.clone()) };
    let Some(button) =
        cell.and_then(|cell| dom::append(&cell, "button", &format!("Show more ({rest} left)")))
    else {
        return;
    };
    let parent = parent.clone();
    let more = Closure::once_into_js(move || {
        place.remove();
        pages(&parent, items.collect(), holder, put);
    });
    let _ = button.add_event_listener_with_callback("click", more.unchecked_ref());
}
