//! The benchmark's way in: one stage over bytes that are in memory already.

use wasm_bindgen::prelude::*;

use crate::{pack, scan};

/// Milliseconds that a stage of [`scan::measure::stage`] takes for `bytes`, with the indicators of a CSV.
#[wasm_bindgen]
pub fn measure(name: &str, bytes: &[u8], csv: &[u8]) -> Option<f64> {
    let packs = [pack::read("measured.csv", vec![("measured.csv".to_owned(), csv.to_vec())])];
    let set = scan::compile(&packs);
    let clock = web_sys::window().and_then(|window| window.performance())?;
    let started = clock.now();
    scan::measure::stage(name, bytes, &set)?;
    Some(clock.now() - started)
}
