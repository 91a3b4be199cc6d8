//! The choice of the incident, and what the chosen one says: products, dates, the files to bring, its examples.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement};

use crate::model::Pack;

use super::super::dom;
use super::super::state::State;
use super::super::view_model::{self, incident};
use super::table;

/// The list of all incidents.
pub(in crate::web) fn list(bundled: &[Pack]) {
    dom::set_text("incident-all-title", &incident::all(bundled.len()));
    let list = dom::by_id("incident-list");
    for pack in bundled {
        let Some(row) = dom::template("incident-template") else { continue };
        if let Some(input) = row.query_selector("input").ok().flatten() {
            dom::set(&input, "value", &pack.id);
        }
        dom::fill(&row, "title", &pack.title);
        dom::fill(&row, "products", &incident::products(pack));
        let _ = list.append_child(&row);
    }
    filter(bundled, "");
}

/// Leaves only the incidents that `wanted` means.
pub(in crate::web) fn filter(bundled: &[Pack], wanted: &str) {
    let mut left = 0;
    for row in rows() {
        let id = value(&row);
        let pack = bundled.iter().find(|pack| pack.id == id);
        let shown = pack.is_none_or(|pack| incident::is_meant(pack, wanted));
        left += usize::from(shown && pack.is_some());
        row.unchecked_into::<HtmlElement>().set_hidden(!shown);
    }
    dom::set_text("incident-count", &incident::left(left, bundled.len()));
}

/// The id of the one incident that the search left.
pub(in crate::web) fn only_one() -> Option<String> {
    let shown = |row: &Element| !row.unchecked_ref::<HtmlElement>().hidden();
    let mut left = rows().into_iter().filter(shown).map(|row| value(&row)).filter(|id| !id.is_empty());
    left.next().filter(|_| left.next().is_none())
}

fn rows() -> Vec<Element> {
    let Ok(found) = dom::by_id("incident-list").query_selector_all("label") else { return Vec::new() };
    (0..found.length()).filter_map(|number| found.get(number)?.dyn_into().ok()).collect()
}

fn input(row: &Element) -> Option<HtmlInputElement> {
    row.query_selector("input").ok()??.dyn_into().ok()
}

fn value(row: &Element) -> String {
    input(row).map(|input| input.value()).unwrap_or_default()
}

/// Everything that depends on the chosen incident.
pub(in crate::web) fn chosen(state: &State) {
    let id = state.chosen.as_deref().unwrap_or_default();
    for row in rows() {
        if let Some(input) = input(&row).filter(|input| input.value() == id) {
            input.set_checked(true);
            dom::reveal(&dom::by_id("incident-list"), row.unchecked_ref());
        }
    }
    let pack = state.bundled.iter().find(|pack| pack.id == id);
    let about = incident::about(pack, &state.bundled);
    dom::set_text("incident-title", &about.title);
    dom::set_text("incident-publisher", &about.publisher);
    dom::set_text("incident-summary", &about.summary);
    dom::set_text("incident-window", &about.window);
    dom::set_text("incident-contact", &about.contact);
    dom::list(&dom::by_id("incident-products"), &about.products);
    dom::list(&dom::by_id("incident-sources"), &about.sources);
    dom::show("incident-facts", pack.is_some());
    dom::set_text("bring-about", &about.bring_about);
    dom::show("bring-box", !about.bring.is_empty());
    let bring = about.bring;
    table::rows(&dom::by_id("bring"), bring.len(), move |number| bring[number].clone());
    examples(pack.map_or(state.bundled.as_slice(), std::slice::from_ref));
    dom::set_text("live", &format!("Chosen: {}", about.title));
}

fn examples(packs: &[Pack]) {
    let select: HtmlSelectElement = dom::typed("example-case");
    select.set_text_content(None);
    for pack in packs {
        let mut parent: Element = select.clone().into();
        if packs.len() > 1 {
            let Some(group) = dom::append(&select, "optgroup", "") else { continue };
            dom::set(&group, "label", &pack.title);
            parent = group;
        }
        for case in &pack.expected {
            if let Some(option) = dom::append(&parent, "option", &view_model::shortened(&case.about)) {
                dom::set(&option, "value", &format!("{}/{}", pack.id, case.case));
            }
        }
    }
}
