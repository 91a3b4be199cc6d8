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
pub(super) struct Directory {
    /// What was read, and whether the directory lists it.
    members: BTreeMap<u64, (Entry, bool)>,
    missing: Names,
    differing: Names,
    /// Bytes that the names of `members` may still take up.
    room: usize,
    /// Entries of which it cannot be told any more whether the other side has them.
    unheld: u64,
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

/// Bytes that an entry takes up beside its name.
const ENTRY: usize = 100;

impl Directory {
    /// Nothing read yet; the entries may take up `room` bytes. Further ones are not compared.
    pub(super) fn new(room: usize) -> Directory {
        Directory {
            members: BTreeMap::new(),
            missing: Names::default(),
            differing: Names::default(),
            room,
            unheld: 0,
        }
    }

    /// A local header was read at `offset`.
    pub(super) fn read(&mut self, offset: u64, name: &str) {
        match self.room.checked_sub(name.len() + ENTRY) {
            Some(room) if self.unheld == 0 => self.room = room,
            _ => {
                self.unheld += 1;
                return;
            }
        }
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
            if self.unheld == 0 {
                self.missing.add(&listed.name);
            }
            return;
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
        if self.unheld > 0 {
            tell(
                "zip-directory-long",
                format!(
                    "the names of the members take up too much memory to compare them all with the directory: {} were examined only",
                    self.unheld
                ),
            );
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_without_end_are_not_held() {
        let mut directory = Directory::new(1_000);
        for offset in 0..100 {
            directory.read(offset, "a/");
        }
        assert!(directory.members.len() < 10);
        for offset in 0..101 {
            directory.listed(offset, &Entry { name: "a/".into(), content: None });
        }
        let mut told = Vec::new();
        directory.compare(|code, message| told.push((code.to_owned(), message)));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].0 == "zip-directory-long" && told[0].1.contains("91"), "{told:?}");
    }
}
