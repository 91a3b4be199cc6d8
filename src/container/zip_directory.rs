//! What a zip's directory lists against what was read from front to back.

use std::collections::BTreeMap;

/// Places of local headers, with their names, and who knows of them.
#[derive(Default)]
pub(super) struct Directory {
    members: BTreeMap<u64, (String, bool)>,
    missing: Vec<String>,
    missing_count: u64,
    any_listed: bool,
}

/// Names that a message gives.
const NAMED: usize = 5;

impl Directory {
    /// A local header was read at `offset`.
    pub(super) fn read(&mut self, offset: u64, name: &str) {
        self.members.insert(offset, (name.to_owned(), false));
    }

    /// The directory lists a member at `offset`.
    pub(super) fn listed(&mut self, offset: u64, name: &str) {
        self.any_listed = true;
        match self.members.get_mut(&offset) {
            Some((_, listed)) => *listed = true,
            None => {
                self.missing_count += 1;
                if self.missing.len() < NAMED {
                    self.missing.push(super::shown(name));
                }
            }
        }
    }

    /// Tells what only one of the two knows.
    pub(super) fn compare(&self, mut tell: impl FnMut(&str, String)) {
        if self.missing_count > 0 {
            let names = self.missing.join(", ");
            tell(
                "zip-member-missing",
                format!("the directory lists {} members that were not met: {names}", self.missing_count),
            );
        }
        let unlisted: Vec<&str> =
            self.members.values().filter(|(_, listed)| !listed).map(|(name, _)| name.as_str()).collect();
        if !unlisted.is_empty() {
            let names: Vec<String> = unlisted.iter().take(NAMED).map(|name| super::shown(name)).collect();
            let names = names.join(", ");
            tell(
                "zip-member-unlisted",
                format!("{} members that the directory does not list were examined: {names}", unlisted.len()),
            );
        }
    }
}
