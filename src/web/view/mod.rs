//! Puts the view model on the screen.

pub(super) mod incident;
pub(super) mod packs;
mod report;
mod table;

use web_sys::HtmlProgressElement;

use super::dom;
use super::state::{Phase, State};
use super::view_model;

/// Everything that depends on where the page is.
pub(super) fn phase(state: &State) {
    let section = dom::by_id("verdict");
    dom::set(&section, "data-run", &state.run.to_string());
    dom::set(&section, "data-state", view_model::phase(state.phase));
    dom::show("progress-box", state.phase == Phase::Scanning);
    dom::show("verdict-box", matches!(state.phase, Phase::Done | Phase::Cancelled));
    dom::show("report", state.phase == Phase::Done);
    dom::show("actions", state.phase == Phase::Done);
    outdated(state);
    match (state.phase, &state.report) {
        (Phase::Scanning, _) => {
            let _ = section.remove_attribute("data-verdict");
            dom::set_text("live", "Reading your files.");
        }
        (Phase::Cancelled, _) => cancelled(),
        (Phase::Done, Some(finished)) => report::show(state, finished),
        _ => {}
    }
}

fn cancelled() {
    let _ = dom::by_id("verdict").remove_attribute("data-verdict");
    dom::set_text("verdict-name", "Stopped");
    dom::set_text(
        "verdict-sentence",
        "The check was stopped before it was done. Nothing can be said from it: check again, or drop other files.",
    );
    for id in ["verdict-reasons", "verdict-more", "verdict-counts"] {
        dom::clear(id);
    }
    dom::show("verdict-more-box", false);
    dom::show("verdict-example", false);
    dom::set_text("live", "Stopped.");
    dom::focus("verdict-title", "verdict");
}

/// Offers to check the same files again, where that would give another answer.
pub(super) fn outdated(state: &State) {
    let stopped = state.phase == Phase::Cancelled && !state.items.is_empty();
    let stale = state.phase == Phase::Done && state.outdated;
    dom::show("again-box", stopped || stale);
    let text = if stale { "You changed what is searched for. The answer below is from before." } else { "" };
    dom::set_text("again-text", text);
}

/// The progress line.
pub(super) fn progress(state: &State, elapsed_seconds: f64) {
    let (share, text) = view_model::progress(state, elapsed_seconds);
    dom::typed::<HtmlProgressElement>("progress").set_value(f64::from(share));
    dom::set_text("progress-text", &text);
}
