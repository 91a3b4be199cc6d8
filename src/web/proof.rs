//! The proof: the page tries to send something, and shows what the browser says.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::dom;

/// A reserved name that nobody owns (RFC 6761): if a browser did let this out, it would reach no one.
const ADDRESS: &str = "https://nothing-leaves.invalid/";

thread_local! {
    static VIOLATIONS: RefCell<u32> = const { RefCell::new(0) };
}

/// Counts what the browser refuses from now on.
pub(super) fn listen() {
    let count = Closure::<dyn FnMut()>::new(|| VIOLATIONS.with_borrow_mut(|count| *count += 1));
    let listened = dom::document()
        .add_event_listener_with_callback("securitypolicyviolation", count.as_ref().unchecked_ref());
    if listened.is_ok() {
        count.forget();
    }
}

/// Tries three ways of sending and shows what came of each.
pub(super) async fn run() {
    let lines = Rc::new(RefCell::new(Vec::new()));
    let before = VIOLATIONS.with_borrow(|count| *count);
    let mut sent = false;
    let window = js_sys::global();
    for (name, attempt) in
        [("fetch", fetch(&window)), ("WebSocket", socket(&window)), ("sendBeacon", beacon(&window))]
    {
        let refused = match attempt {
            Ok(value) => match value.dyn_into::<js_sys::Promise>() {
                Ok(promise) => JsFuture::from(promise).await.is_err(),
                // A beacon or socket that only pretends to start is judged by the violations that the browser counts.
                Err(_) => true,
            },
            Err(_) => true,
        };
        sent |= !refused;
        let word = if refused { "refused" } else { "NOT refused" };
        lines.borrow_mut().push(format!("{name} to {ADDRESS}: {word}"));
    }
    // The browser tells of violations a moment later.
    let _ = JsFuture::from(dom::pause(200)).await;
    let violations = VIOLATIONS.with_borrow(|count| *count) - before;
    sent |= violations == 0;
    let requests = requests();
    sent |= requests > 0;
    let mut text = if sent {
        "The browser did NOT refuse everything: do not use this page here.\n".to_owned()
    } else {
        "The browser refused every attempt.\n".to_owned()
    };
    text += &lines.borrow().join("\n");
    text += &format!(
        "\nRefusals that the browser counted: {violations}. Network requests of this page since it was opened: {requests}.\n\
         What this shows: the page's policy makes the browser refuse connections by scripts. A policy does not stop everything a page \
         could do, such as leading you to another address, so the page holds no such code; you can also pull the network cable."
    );
    let place = dom::by_id("proof-result");
    let _ = place.set_attribute("data-proof", if sent { "sent" } else { "refused" });
    place.set_text_content(Some(&text));
}

fn function(of: &JsValue, name: &str) -> Result<Function, JsValue> {
    Reflect::get(of, &name.into())?.dyn_into()
}

fn fetch(window: &JsValue) -> Result<JsValue, JsValue> {
    function(window, "fetch")?.call1(window, &ADDRESS.into())
}

fn socket(window: &JsValue) -> Result<JsValue, JsValue> {
    let address = ADDRESS.replace("https", "wss");
    Reflect::construct(&function(window, "WebSocket")?, &Array::of1(&address.into()))
}

fn beacon(window: &JsValue) -> Result<JsValue, JsValue> {
    let navigator = Reflect::get(window, &"navigator".into())?;
    function(&navigator, "sendBeacon")?.call2(&navigator, &ADDRESS.into(), &"x".into())
}

/// Requests that the browser lists for this page, apart from those it refused itself and from the page's own data.
fn requests() -> u32 {
    let entries = web_sys::window()
        .and_then(|window| window.performance())
        .map(|performance| performance.get_entries_by_type("resource"));
    let sent = |entry: &JsValue| {
        let text = |name: &str| Reflect::get(entry, &name.into()).ok();
        let own = text("name")
            .and_then(|name| name.as_string())
            .is_some_and(|name| name.starts_with("blob:") || name.starts_with("data:"));
        let size = text("transferSize").and_then(|size| size.as_f64()).unwrap_or(0.0);
        !own && size > 0.0
    };
    entries.map_or(0, |entries| entries.iter().filter(sent).count() as u32)
}
