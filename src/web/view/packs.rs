//! The person's own indicator files: what was taken of each, and what not.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlSelectElement};

use crate::model::{Diagnostic, Pack};
use crate::pack::Role;

use super::super::dom;
use super::super::state::{Own, State};
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
            columns(&item, about);
            dom::fill(&item, "title", &pack.title);
            dom::set(&item, "id", &place(about.number));
            if let Some(button) = dom::slot(&item, "remove") {
                dom::set(&button, "value", &format!("remove {}", about.number));
                dom::set(&button, "aria-label", &format!("Remove {}", pack.title));
            }
            let _ = list.append_child(&item);
        }
    }
    dom::set_text("packs-status", &own::status(state));
}

/// What is doubtful about a file that was read before. The rest of its place stays as the person left it.
pub(in crate::web) fn doubts(number: u32, lint: &[Diagnostic]) {
    if let Some(item) = dom::document().get_element_by_id(&place(number)) {
        part(&item, "lint", own::lint(lint));
    }
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

/// The id of a file's place in the list.
fn place(number: u32) -> String {
    format!("pack-{number}")
}

/// How a table was read, and a choice for each of its columns.
fn columns(item: &Element, about: &Own) {
    let Some(choice) = dom::slot(item, "choice") else { return };
    let Some(columns) = &about.columns else { return choice.remove() };
    dom::fill(item, "columns", &columns.words());
    if let Some(button) = dom::slot(&choice, "again") {
        dom::set(&button, "value", &format!("read {}", about.number));
    }
    let Some(list) = dom::slot(&choice, "list") else { return };
    for column in &columns.all {
        let Some(line) = dom::template("column-template") else { return };
        dom::fill(&line, "name", &column.name);
        dom::fill(&line, "example", &column.example);
        if let Some(select) =
            dom::slot(&line, "role").and_then(|one| one.dyn_into::<HtmlSelectElement>().ok())
        {
            let role = String::from(column.role.clone());
            select.set_value(&role);
            if select.value() != role
                && let Some(option) =
                    dom::append(&select, "option", &format!("Indicators of the type {role}"))
            {
                dom::set(&option, "value", &role);
                select.set_value(&role);
            }
        }
        let _ = list.append_child(&line);
    }
}

/// What the person chose for each column of a file.
pub(in crate::web) fn chosen(number: u32) -> Vec<Role> {
    let all = dom::by_id(&place(number)).query_selector_all("select").ok();
    let selects = all.into_iter().flat_map(|all| (0..all.length()).filter_map(move |at| all.get(at)));
    selects
        .filter_map(|one| one.dyn_into::<HtmlSelectElement>().ok())
        .map(|select| Role::from(select.value()))
        .collect()
}

/// One of an item's closed boxes: a summary with the count, and a table.
fn part(item: &Element, name: &str, (summary, lines): (String, Vec<Vec<String>>)) {
    let Some(place) = dom::slot(item, name) else { return };
    let _ = place.toggle_attribute_with_force("hidden", lines.is_empty());
    dom::fill(&place, "summary", &summary);
    if let Some(body) = place.query_selector("tbody").ok().flatten() {
        table::rows(&body, lines.len(), move |number| lines[number].clone());
    }
}
