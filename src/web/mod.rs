//! The door for the browser: one wasm, two roles. The page keeps state and shows it; workers read evidence.
//!
//! The way of a dropped file: `file` names it, `state` queues it, `pool` hands it to a worker, `worker` feeds it to the
//! scanner, its tally comes back as a `protocol` message, `state` joins it to the report, `view` shows it.

pub mod protocol;
pub mod state;
pub mod view_model;

#[cfg(target_arch = "wasm32")]
mod carried;
#[cfg(target_arch = "wasm32")]
mod dom;
#[cfg(target_arch = "wasm32")]
mod file;
#[cfg(target_arch = "wasm32")]
mod hashing;
#[cfg(target_arch = "wasm32")]
pub mod measure;
#[cfg(target_arch = "wasm32")]
pub mod page;
#[cfg(target_arch = "wasm32")]
mod pool;
#[cfg(target_arch = "wasm32")]
mod proof;
#[cfg(target_arch = "wasm32")]
mod run;
#[cfg(target_arch = "wasm32")]
mod save;
#[cfg(target_arch = "wasm32")]
mod source;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
pub mod worker;
