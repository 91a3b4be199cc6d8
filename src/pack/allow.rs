//! Known-good lists: CSV with the columns `kind`, `value`, `note`; comment lines `# title:` and `# source:` in front, and
//! `# compare: whole` where a name below the value, or an address in it, is not meant.

use crate::model::{Allow, AllowEntry, Pack};

use super::columns::Columns;
use super::table;

/// Reads one list.
pub(super) fn read(id: &str, text: &str) -> Allow {
    let said = |key: &str| {
        let line =
            text.lines().find_map(|line| line.strip_prefix("# ")?.strip_prefix(key)?.strip_prefix(':'));
        line.unwrap_or_default().trim().to_owned()
    };
    let mut pack = Pack { id: id.to_owned(), ..Pack::default() };
    if let Some(columns) = Columns::by_name(text) {
        table::read(&mut pack, id, text, &columns);
    }
    let whole = said("compare") == "whole";
    let entries = pack.indicators.into_iter();
    let entries =
        entries.map(|entry| AllowEntry { kind: entry.kind, value: entry.value, note: entry.context, whole });
    Allow { id: id.to_owned(), title: said("title"), source: said("source"), entries: entries.collect() }
}
