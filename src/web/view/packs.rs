//! The person's own indicator files: what was taken of each, and what not.

use web_sys::Element;

use crate::model::{Diagnostic, Pack};

use super::super::dom;
use super::super::state::State;
use super::super::view_model::own;
use super::table;

/// An indicator file is being read.
pub(in crate::web) fn reading(name: &str) {
    dom::set_text("packs-status", &format!("Reading {name}."));
}

/// An indicator file could not be read.
pub(in crate::web) fn failed(name: &str, why: &str) {
    let text = format!("{name} could not be read: {why}. Nothing of it is searched for.");
    dom::set_text("packs-status", &text);
}

/// All files that were read.
pub(in crate::web) fn list(state: &State) {
    let list = dom::by_id("packs-list");
    list.set_text_content(None);
    for (about, pack) in state.own_packs() {
        if let Some(item) = one(pack, &about.lint) {
            dom::fill(&item, "columns", about.columns.as_deref().unwrap_or_default());
            dom::fill(&item, "title", &pack.title);
            if let Ok(Some(button)) = item.query_selector("button") {
                dom::set(&button, "value", &about.number.to_string());
                dom::set(&button, "aria-label", &format!("Remove {}", pack.title));
            }
            let _ = list.append_child(&item);
        }
    }
    dom::set_text("packs-status", &own::status(state));
}

fn one(pack: &Pack, lint: &[Diagnostic]) -> Option<Element> {
    let item = dom::template("pack-template")?;
    dom::fill(&item, "taken", &own::taken(pack));
    if let Some(kinds) = dom::slot(&item, "kinds") {
        dom::list(&kinds, &own::kinds(pack));
    }
    part(&item, "notes", own::notes(pack));
    part(&item, "rejected", own::rejected(pack));
    part(&item, "lint", own::lint(lint));
    Some(item)
}

/// One of an item's closed boxes: a summary with the count, and a table.
fn part(item: &Element, name: &str, (summary, lines): (String, Vec<Vec<String>>)) {
    let Some(place) = dom::slot(item, name) else { return };
    if lines.is_empty() {
        return place.remove();
    }
    dom::fill(&place, "summary", &summary);
    if let Some(body) = place.query_selector("tbody").ok().flatten() {
        table::rows(&body, lines.len(), move |number| lines[number].clone());
    }
}
