//! The packs that come with Belljar: `iocs/`, packed at build time.
//!
//! They are kept compressed, in the command as in the page, so that neither shows its own indicators when it is itself
//! dropped or scanned.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::{DeflateDecoder, GzDecoder};
use flate2::write::GzEncoder;

use crate::model::{Allow, Pack};

static BUNDLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/iocs.bin"));

/// The folder of the known-good lists, which is no pack: every search has them.
pub const ALLOW: &str = "allow";

/// Packs and known-good lists.
#[derive(Clone, Debug, Default)]
pub struct Bundled {
    /// In the order of their names.
    pub packs: Vec<Pack>,
    /// In the order of their names.
    pub allow: Vec<Allow>,
}

/// The files of a pack with their paths: those of a folder, or one indicator file.
pub type Files = Vec<(String, Vec<u8>)>;

/// Reads what was bundled at build time.
pub fn bundled() -> Bundled {
    let mut folders = bundle();
    let allow = lists(&folders.remove(ALLOW).unwrap_or_default());
    let packs = folders.into_iter().map(|(folder, files)| super::read(&folder, files));
    Bundled { packs: packs.collect(), allow }
}

/// The known-good lists alone, without reading a pack.
pub fn known_good() -> Vec<Allow> {
    lists(&bundle().remove(ALLOW).unwrap_or_default())
}

fn lists(files: &[(String, Vec<u8>)]) -> Vec<Allow> {
    let lists = files.iter().map(|(path, bytes)| {
        let id = path.split('.').next().unwrap_or(path);
        super::allow::read(id, &super::text_of(bytes))
    });
    lists.collect()
}

/// The files of a bundled pack; `None` for the known-good lists too.
pub fn bundled_files(id: &str) -> Option<Files> {
    bundle().remove(id).filter(|_| id != ALLOW)
}

fn bundle() -> BTreeMap<String, Files> {
    let mut raw = Vec::new();
    let unpacked = DeflateDecoder::new(BUNDLE).read_to_end(&mut raw);
    unpacked.expect("the build script wrote this stream with the same library");
    folders(&raw).unwrap_or_default()
}

/// Packs as one compressed stream with a checksum (RFC 1952).
pub fn carry(packs: &[(String, Files)]) -> Vec<u8> {
    let mut raw = Vec::new();
    for (id, files) in packs {
        for (path, bytes) in files {
            let name = format!("{id}/{path}");
            for length in [name.len(), bytes.len()] {
                raw.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
            }
            raw.extend_from_slice(name.as_bytes());
            raw.extend_from_slice(bytes);
        }
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&raw).and_then(|()| packed.finish()).expect("memory takes every byte")
}

/// The packs of such a stream, by their names; `None` where it is damaged.
pub fn carried(stream: &[u8]) -> Option<BTreeMap<String, Files>> {
    let mut raw = Vec::new();
    GzDecoder::new(stream).read_to_end(&mut raw).ok()?;
    folders(&raw)
}

fn folders(raw: &[u8]) -> Option<BTreeMap<String, Files>> {
    let mut folders: BTreeMap<String, Files> = BTreeMap::new();
    let mut rest = raw;
    while let Some((path, bytes, after)) = entry(rest) {
        // What stands beside the folders belongs to no pack.
        if let Some((folder, inner)) = path.split_once('/') {
            folders.entry(folder.to_owned()).or_default().push((inner.to_owned(), bytes.to_vec()));
        }
        rest = after;
    }
    rest.is_empty().then_some(folders)
}

/// One file of the bundle: lengths of path and content, four bytes each, little-endian, then both.
fn entry(bundle: &[u8]) -> Option<(String, &[u8], &[u8])> {
    let length = |at: usize| Some(u32::from_le_bytes(bundle.get(at..at + 4)?.try_into().ok()?) as usize);
    let (path, content) = (length(0)?, length(4)?);
    let start = path.checked_add(8)?;
    let end = start.checked_add(content)?;
    let name = std::str::from_utf8(bundle.get(8..start)?).ok()?;
    Some((name.to_owned(), bundle.get(start..end)?, &bundle[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_are_carried_whole_or_not_at_all() {
        let id = "wsus-2025";
        let files = bundled_files(id).expect("bundled");
        let own =
            ("own.csv".to_owned(), vec![("own.csv".to_owned(), b"type,value\nip,192.0.2.9\n".to_vec())]);
        let stream = carry(&[(id.to_owned(), files.clone()), own.clone()]);
        let again = carried(&stream).expect("whole");
        assert_eq!((again.get(id), again.get("own.csv")), (Some(&files), Some(&own.1)));
        for end in 0..stream.len() {
            assert_eq!(carried(&stream[..end]), None);
        }
    }

    #[test]
    fn the_known_good_lists_are_no_pack() {
        assert_eq!(bundled_files(ALLOW), None);
        assert_eq!(known_good(), bundled().allow);
    }

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

    #[test]
    fn every_row_of_a_known_good_list_is_taken_and_every_list_has_its_source() {
        for (path, bytes) in &bundle()[ALLOW] {
            let list = super::super::allow::read(path, &String::from_utf8_lossy(bytes));
            let rows = bytes.split(|byte| *byte == b'\n').filter(|row| !row.is_empty() && row[0] != b'#');
            assert_eq!(list.entries.len() + 1, rows.count(), "{path}");
            assert!(!list.title.is_empty() && !list.source.is_empty(), "{path}");
        }
    }
}
