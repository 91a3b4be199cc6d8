//! Scans an archive with passwords to try, as a person gives both.

use std::sync::Arc;

use belljar::index::IndicatorSet;
use belljar::model::{Limits, Passwords, ScanEvent};
use belljar::scan::Scanner;

/// The events of `bytes` under `name`, fed in blocks of `size` bytes.
pub(crate) fn events(
    name: &str,
    limits: Limits,
    set: &Arc<IndicatorSet>,
    bytes: &[u8],
    passwords: &[&str],
    size: usize,
) -> Vec<ScanEvent> {
    let mut all: Vec<ScanEvent> = Vec::new();
    let passwords = Passwords::new(passwords.iter().map(|password| (*password).to_owned()));
    let mut scanner = Scanner::new(set.clone(), limits).with_passwords(passwords);
    scanner.begin(name, &mut all);
    for block in bytes.chunks(size.max(1)) {
        let _ = scanner.feed(block, &mut all);
    }
    scanner.finish(&mut all);
    all
}
