//! The packs that a page is about: those it was published with (`belljar page`), or else all that are bundled.

use std::collections::BTreeMap;

use crate::model::Limits;
use crate::pack::{self, Bundled, Files};
use crate::scan;

/// The page's packs, not read yet: a worker that only hashes needs none.
pub(super) enum Carried {
    /// Those that are bundled.
    Bundled,
    /// Those that the page was published with, by their names.
    Own(BTreeMap<String, Files>),
}

impl Carried {
    /// The packs of a page that was published with this stream, if with any. A page whose packs are damaged must not
    /// search for others instead.
    pub(super) fn open(stream: Option<&[u8]>) -> Result<Carried, &'static str> {
        let Some(stream) = stream else { return Ok(Carried::Bundled) };
        pack::carried(stream)
            .map(Carried::Own)
            .ok_or("the packs that it was published with are damaged; fetch the page again")
    }

    /// Reads the packs, and the known-good lists.
    pub(super) fn read(self) -> Bundled {
        let folders = match self {
            Carried::Bundled => return pack::bundled(),
            Carried::Own(folders) => folders,
        };
        let packs =
            folders.into_iter().map(|(name, files)| scan::read_pack(&name, files, &Limits::default()));
        Bundled { packs: packs.collect(), allow: pack::known_good() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_page_has_its_own_packs_and_the_known_good_lists_or_does_not_begin() {
        let own =
            ("own.csv".to_owned(), vec![("own.csv".to_owned(), b"type,value\nip,192.0.2.9\n".to_vec())]);
        let stream = pack::carry(&[own]);
        let read = Carried::open(Some(&stream)).expect("whole").read();
        let ids: Vec<&str> = read.packs.iter().map(|pack| pack.id.as_str()).collect();
        assert_eq!((ids, read.allow), (vec!["own"], pack::known_good()));
        assert!(Carried::open(Some(&stream[..stream.len() - 1])).is_err());
        assert!(Carried::open(None).is_ok_and(|carried| carried.read().packs.len() > 1));
    }
}
