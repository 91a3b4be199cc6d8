//! The packs that a page is about: those it was published with (`belljar page`), or else all that are bundled.

use std::cell::RefCell;

use crate::model::Limits;
use crate::pack::{self, Bundled};
use crate::scan;

thread_local! {
    static CARRIED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// From now on these are the page's packs. A page whose packs are damaged must not search for others instead.
pub(super) fn carry(packs: Option<Vec<u8>>) -> Result<(), &'static str> {
    if packs.as_deref().is_some_and(|packs| pack::carried(packs).is_none()) {
        return Err("the packs that it was published with are damaged; fetch the page again");
    }
    CARRIED.set(packs);
    Ok(())
}

/// The page's packs, and the known-good lists.
pub(super) fn bundled() -> Bundled {
    let mut bundled = pack::bundled();
    let Some(folders) = CARRIED.with_borrow(|carried| carried.as_deref().and_then(pack::carried)) else {
        return bundled;
    };
    bundled.packs = folders
        .into_iter()
        .map(|(name, mut files)| match files.as_mut_slice() {
            [(path, bytes)] if path != "pack.toml" => {
                scan::read_pack(&name, std::mem::take(bytes), &Limits::default())
            }
            _ => pack::read(&name, files),
        })
        .collect();
    bundled
}
