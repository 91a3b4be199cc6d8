//! The browser's binary: it only makes sure that the library's exports are there.

use belljar as _;

fn main() {}
