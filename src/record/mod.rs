//! A line of text goes in; a record comes out: its time and the places of its fields.

use std::ops::Range;

use crate::model::{Field, Timestamp};

/// A line that a format's reader understood. Field places are byte ranges of the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// When it happened.
    pub time: Option<Timestamp>,
    spans: [Option<(u32, u32)>; Field::ALL.len()],
}

impl Record {
    /// The place of a field, if this record has it.
    pub fn span(&self, field: Field) -> Option<Range<usize>> {
        self.spans[field as usize].map(|(start, end)| start as usize..end as usize)
    }

    /// The bytes of a field.
    pub fn get<'l>(&self, field: Field, line: &'l [u8]) -> Option<&'l [u8]> {
        line.get(self.span(field)?)
    }

    /// The innermost field that holds the byte at `offset`.
    pub fn field_at(&self, offset: usize) -> Option<Field> {
        let holds = |field: &Field| self.span(*field).is_some_and(|span| span.contains(&offset));
        let width = |field: &Field| self.span(*field).map_or(usize::MAX, |span| span.len());
        Field::ALL.into_iter().filter(holds).min_by_key(width)
    }

    /// Sets the place of a field.
    pub fn set(&mut self, field: Field, span: Range<usize>) {
        self.spans[field as usize] = Some((span.start as u32, span.end as u32));
    }
}
