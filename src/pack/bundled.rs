//! The packs that come with Belljar: `iocs/`, packed at build time.
//!
//! They are kept compressed, in the command as in the page, so that neither shows its own indicators when it is itself
//! dropped or scanned.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::DeflateDecoder;

use crate::model::{Allow, Pack};

static BUNDLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/iocs.bin"));

/// Packs and known-good lists.
#[derive(Clone, Debug, Default)]
pub struct Bundled {
    /// In the order of their names.
    pub packs: Vec<Pack>,
    /// In the order of their names.
    pub allow: Vec<Allow>,
}

/// Reads what was bundled at build time.
pub fn bundled() -> Bundled {
    let mut raw = Vec::new();
    let unpacked = DeflateDecoder::new(BUNDLE).read_to_end(&mut raw);
    unpacked.expect("the build script wrote this stream with the same library");
    let mut folders: BTreeMap<String, Vec<(String, Vec<u8>)>> = BTreeMap::new();
    let mut rest = raw.as_slice();
    while let Some((path, bytes, after)) = entry(rest) {
        if let Some((folder, inner)) = path.split_once('/') {
            folders.entry(folder.to_owned()).or_default().push((inner.to_owned(), bytes.to_vec()));
        }
        rest = after;
    }
    let mut bundled = Bundled::default();
    for (folder, files) in folders {
        if folder == "allow" {
            for (path, bytes) in files {
                let id = path.split('.').next().unwrap_or(&path).to_owned();
                bundled.allow.push(super::allow::read(&id, &super::text_of(&bytes)));
            }
        } else {
            bundled.packs.push(super::read(&folder, files));
        }
    }
    bundled
}

/// One file of the bundle: lengths of path and content, four bytes each, little-endian, then both.
fn entry(bundle: &[u8]) -> Option<(String, &[u8], &[u8])> {
    let length = |at: usize| Some(u32::from_le_bytes(bundle.get(at..at + 4)?.try_into().ok()?) as usize);
    let (path, content) = (length(0)?, length(4)?);
    let name = std::str::from_utf8(bundle.get(8..8 + path)?).ok()?;
    let end = 8 + path + content;
    Some((name.to_owned(), bundle.get(8 + path..end)?, &bundle[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_row_is_taken() {
        let bundled = bundled();
        assert!(!bundled.packs.is_empty() && !bundled.allow.is_empty());
        for pack in &bundled.packs {
            assert_eq!(pack.rejected, [], "{}", pack.id);
            assert_eq!(pack.diagnostics, [], "{}", pack.id);
            assert!(!pack.indicators.is_empty() && !pack.guidance.is_empty(), "{}", pack.id);
        }
    }
}
