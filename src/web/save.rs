//! Hands the report to the person as a file.

use js_sys::Array;
use wasm_bindgen::{JsCast, prelude::*};

use crate::report;

use super::dom;
use super::state::State;

/// Saves the report for people.
pub(super) fn html(state: &State) {
    if let Some(finished) = &state.report {
        let _ = download("belljar-report.html", "text/html", &report::html(finished));
    }
}

/// Saves the report for programs.
pub(super) fn json(state: &State) {
    if let Some(finished) = &state.report {
        let _ = download("belljar-report.json", "application/json", &report::json(finished));
    }
}

fn download(name: &str, kind: &str, text: &str) -> Result<(), JsValue> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(kind);
    let bytes = js_sys::Uint8Array::from(text.as_bytes());
    let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&Array::of1(&bytes), &options)?;
    let url = web_sys::Url::create_object_url_with_blob(&blob)?;
    let link: web_sys::HtmlAnchorElement = dom::document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The browser has taken the address by the time the event is over.
    revoke_later(url);
    Ok(())
}

fn revoke_later(url: String) {
    let revoke = Closure::once_into_js(move || {
        let _ = web_sys::Url::revoke_object_url(&url);
    });
    if let Some(window) = web_sys::window() {
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(revoke.unchecked_ref(), 60_000);
    }
}
