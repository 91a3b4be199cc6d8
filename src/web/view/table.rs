//! Tables and lists that are shown a page at a time.

use std::rc::Rc;

use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{Element, HtmlElement};

use super::super::dom;

/// Rows shown at a time.
const ROWS: usize = 50;

/// Fills a table's body with `count` rows, which `make` writes when they are shown. Each cell carries its column's
/// heading: on a narrow screen a row becomes a block of named values.
pub(super) fn rows(body: &Element, count: usize, make: impl Fn(usize) -> Vec<String> + 'static) {
    rows_at_a_time(body, ROWS, count, make);
}

/// The same, so many rows at a time.
pub(super) fn rows_at_a_time(
    body: &Element,
    at_a_time: usize,
    count: usize,
    make: impl Fn(usize) -> Vec<String> + 'static,
) {
    let headings = headings(body);
    body.set_text_content(None);
    pages(body, count, at_a_time, "tr", move |number, parent| {
        let line = dom::append(parent, "tr", "")?;
        dom::set(&line, "role", "row");
        for (place, text) in make(number).iter().enumerate() {
            let cell = dom::append(&line, "td", text)?;
            dom::set(&cell, "role", "cell");
            if let Some(heading) = headings.get(place) {
                dom::set(&cell, "data-label", heading);
            }
        }
        Some(line)
    });
}

fn headings(body: &Element) -> Vec<String> {
    let Some(found) = body.parent_element().and_then(|table| table.query_selector_all("th").ok()) else {
        return Vec::new();
    };
    (0..found.length()).filter_map(|number| found.get(number)?.text_content()).collect()
}

/// Puts one item at the end of a parent; the place of its number, and what it became.
type Put = Rc<dyn Fn(usize, &Element) -> Option<Element>>;

/// Shows the first items, and a button for the next while there are more.
pub(super) fn pages(
    parent: &Element,
    count: usize,
    at_a_time: usize,
    holder: &'static str,
    put: impl Fn(usize, &Element) -> Option<Element> + 'static,
) {
    more(parent, 0, count, at_a_time, holder, &(Rc::new(put) as Put));
}

fn more(
    parent: &Element,
    from: usize,
    count: usize,
    at_a_time: usize,
    holder: &'static str,
    put: &Put,
) -> Option<Element> {
    let until = count.min(from + at_a_time);
    let mut first = None;
    for number in from..until {
        let shown = put(number, parent);
        first = first.or(shown);
    }
    if until < count {
        button(parent, until, count, at_a_time, holder, put);
    }
    first
}

fn button(
    parent: &Element,
    from: usize,
    count: usize,
    at_a_time: usize,
    holder: &'static str,
    put: &Put,
) -> Option<()> {
    let place = dom::append(parent, holder, "")?;
    dom::set(&place, "class", "more");
    let cell = if holder == "tr" { dom::append(&place, "td", "")? } else { place.clone() };
    dom::set(&cell, "colspan", "9");
    let next = at_a_time.min(count - from);
    let button = dom::append(&cell, "button", &format!("Show {next} more ({} left)", count - from))?;
    dom::set(&button, "type", "button");
    let (parent, put) = (parent.clone(), Rc::clone(put));
    let pressed = Closure::once_into_js(move || {
        place.remove();
        // The button goes; the focus must not go with it.
        if let Some(first) = more(&parent, from, count, at_a_time, holder, &put) {
            dom::set(&first, "tabindex", "-1");
            let _ = first.unchecked_into::<HtmlElement>().focus();
        }
    });
    button.add_event_listener_with_callback("click", pressed.unchecked_ref()).ok()
}
