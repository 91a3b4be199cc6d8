//! The stages one by one, for the benchmark: what each costs on the same bytes.

use std::sync::Arc;

use super::{IndicatorSet, Scanner, search};
use crate::decode;
use crate::digest::Digester;
use crate::model::{Limits, ScanEvent};

/// Bytes handed on at a time.
const BLOCK: usize = 1 << 20;

/// Sends `bytes` through one stage: `digest` (MD5, SHA-1 and SHA-256), `match` (every search in text) or `scan`
/// (everything). Returns a number that depends on the work, or `None` for another name.
pub fn stage(name: &str, bytes: &[u8], set: &Arc<IndicatorSet>) -> Option<u64> {
    match name {
        "digest" => {
            let mut digester = Digester::new();
            bytes.chunks(BLOCK).for_each(|block| digester.update(block));
            Some(digester.finish().md5.len() as u64)
        }
        "match" => {
            let (mut found, mut written) = (Vec::new(), Vec::new());
            let mut count = 0;
            for block in bytes.chunks(BLOCK) {
                search::search(set, block, &mut found);
                decode::begins(block, &mut written);
                count += (found.len() + written.len()) as u64;
                found.clear();
                written.clear();
            }
            Some(count)
        }
        "scan" => {
            let mut scanner = Scanner::new(Arc::clone(set), Limits::default());
            let mut events: Vec<ScanEvent> = Vec::new();
            scanner.begin("measured", &mut events);
            for block in bytes.chunks(BLOCK) {
                let _ = scanner.feed(block, &mut events);
            }
            scanner.finish(&mut events);
            Some(events.len() as u64)
        }
        _ => None,
    }
}
