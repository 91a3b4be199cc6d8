//! What a zip's directory lists against what was read from front to back.

use std::collections::BTreeMap;

/// What is known of one member.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Checksum and length of what it unpacks to; `None` where that was not seen, or is not told.
    pub(super) content: Option<(u32, u64)>,
}

/// Places of local headers, with what is known of their members.
#[derive(Default)]
pub(super) struct Directory {
    /// What was read, and whether the directory lists it.
    members: BTreeMap<u64, (Entry, bool)>,
    missing: Names,
    differing: Names,
}

/// The first few names of many.
#[derive(Default)]
struct Names {
    first: Vec<String>,
    count: u64,
}

/// Names that a message gives.
const NAMED: usize = 5;

impl Names {
    fn add(&mut self, name: &str) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(super::super::shown(name));
        }
    }

    /// The names, for a message; `None` where there are none.
    fn told(&self) -> Option<(u64, String)> {
        (self.count > 0).then(|| (self.count, self.first.join(", ")))
    }
}

impl Directory {
    /// A local header was read at `offset`.
    pub(super) fn read(&mut self, offset: u64, name: &str) {
        self.members.insert(offset, (Entry { name: name.to_owned(), content: None }, false));
    }

    /// The content of the member whose header is at `offset` was read.
    pub(super) fn unpacked(&mut self, offset: u64, content: (u32, u64)) {
        if let Some((entry, _)) = self.members.get_mut(&offset) {
            entry.content = Some(content);
        }
    }

    /// The directory lists a member at `offset`.
    pub(super) fn listed(&mut self, offset: u64, listed: &Entry) {
        let Some((read, is_listed)) = self.members.get_mut(&offset) else {
            return self.missing.add(&listed.name);
        };
        *is_listed = true;
        let same_content = match (read.content, listed.content) {
            (Some(read), Some(listed)) => read == listed,
            _ => true,
        };
        // Some programs write the separators of Windows in one of the two places only.
        if !same_content || read.name.replace('\\', "/") != listed.name.replace('\\', "/") {
            self.differing.add(&listed.name);
        }
    }

    /// Tells what only one of the two knows, and what they tell differently.
    pub(super) fn compare(&self, mut tell: impl FnMut(&str, String)) {
        if let Some((count, names)) = self.missing.told() {
            tell(
                "zip-member-missing",
                format!("the directory lists {count} members that were not met: {names}"),
            );
        }
        if let Some((count, names)) = self.differing.told() {
            tell(
                "zip-member-differs",
                format!(
                    "the directory gives {count} members another name, length or checksum than they have: {names}"
                ),
            );
        }
        let mut unlisted = Names::default();
        let read = self.members.values().filter(|(_, listed)| !listed);
        read.for_each(|(entry, _)| unlisted.add(&entry.name));
        if let Some((count, names)) = unlisted.told() {
            tell(
                "zip-member-unlisted",
                format!("{count} members that the directory does not list were examined: {names}"),
            );
        }
    }
}
