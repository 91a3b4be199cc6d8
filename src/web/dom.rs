//! A thin binding to the document. Text goes in as text, nothing else does.

use js_sys::Promise;
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::{Document, Element, HtmlElement, HtmlTemplateElement, Node};

/// The page's document.
pub(super) fn document() -> Document {
    let window = web_sys::window().expect_throw("the page role runs in a window");
    window.document().expect_throw("a window has a document")
}

/// The element of an id that `www/index.html` has.
pub(super) fn by_id(id: &str) -> Element {
    document().get_element_by_id(id).expect_throw(id)
}

/// The same, as what it is.
pub(super) fn typed<T: JsCast>(id: &str) -> T {
    by_id(id).dyn_into().ok().expect_throw(id)
}

/// Sets the text of an element.
pub(super) fn set_text(id: &str, text: &str) {
    by_id(id).set_text_content(Some(text));
}

/// Shows or hides an element.
pub(super) fn show(id: &str, shown: bool) {
    typed::<HtmlElement>(id).set_hidden(!shown);
}

/// A number in an attribute of the markup; 0 where there is none.
pub(super) fn number(id: &str, attribute: &str) -> f64 {
    by_id(id).get_attribute(attribute).and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

/// Sets an attribute.
pub(super) fn set(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

/// Moves the focus, and the page so far that the element of the second id is at the top.
pub(super) fn focus(id: &str, top: &str) {
    let _ = typed::<HtmlElement>(id).focus();
    by_id(top).scroll_into_view();
}

/// Scrolls a box so far that one of the things in it can be seen.
pub(super) fn reveal(frame: &Element, inner: &HtmlElement) {
    let above = inner.offset_top() - frame.unchecked_ref::<HtmlElement>().offset_top();
    let hidden = above < frame.scroll_top()
        || above + inner.offset_height() > frame.scroll_top() + frame.client_height();
    if hidden {
        frame.set_scroll_top(above);
    }
}

/// Comes true after so many milliseconds, in which the page hears the person.
pub(super) fn pause(milliseconds: i32) -> Promise {
    Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
        }
    })
}

/// Empties an element.
pub(super) fn clear(id: &str) {
    set_text(id, "");
}

/// Adds an element with text.
pub(super) fn append(parent: &Node, tag: &str, text: &str) -> Option<Element> {
    let element = document().create_element(tag).ok()?;
    element.set_text_content(Some(text));
    parent.append_child(&element).ok()?;
    Some(element)
}

/// Fills a list with items.
pub(super) fn list(parent: &Element, items: &[String]) {
    parent.set_text_content(None);
    for item in items {
        append(parent, "li", item);
    }
}

/// A copy of a template's first element.
pub(super) fn template(id: &str) -> Option<Element> {
    let copy = typed::<HtmlTemplateElement>(id).content().clone_node_with_deep(true).ok()?;
    copy.dyn_into::<web_sys::DocumentFragment>().ok()?.first_element_child()
}

/// The named place inside a template's copy.
pub(super) fn slot(parent: &Element, name: &str) -> Option<Element> {
    parent.query_selector(&format!("[data-slot=\"{name}\"]")).ok()?
}

/// Sets the text of a named place.
pub(super) fn fill(parent: &Element, name: &str, text: &str) {
    if let Some(place) = slot(parent, name) {
        place.set_text_content(Some(text));
    }
}
