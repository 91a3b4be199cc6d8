//! The native command: parse, run, exit.
fn main() {}
