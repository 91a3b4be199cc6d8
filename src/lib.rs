//! Belljar matches evidence against indicators of compromise and says honestly what was found.
//!
//! The map, in the order in which a byte travels:
//!
//! 1. [`pack`] reads what publishers say into [`model::Pack`]s; [`index`] compiles those into one `IndicatorSet`.
//! 2. [`scan`] takes the evidence block by block: [`identify`] names it, [`digest`] hashes it, [`container`]
//!    brings out its members, [`decode`] and [`record`] make lines and fields of it.
//! 3. [`observe`] finds typed values in a line; one that meets the set is a [`model::Sighting`].
//! 4. [`assess`] weighs sightings into findings and a verdict; [`report`] renders it.
//!
//! `cli` and `web` only open doors. Below them there is no clock, file system, environment or DOM.

pub mod model;

pub mod pack;

pub mod index;

pub mod source;

pub mod identify;

pub mod digest;

pub mod container;

pub mod decode;

pub mod record;

pub mod observe;

pub mod scan;

pub mod assess;

pub mod report;

#[cfg(feature = "cli")]
pub mod cli;

#[cfg(feature = "web")]
pub mod web;
