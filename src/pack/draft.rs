//! A value as its publisher wrote it, on its way to become an indicator or a rejection. Every reader ends here, so
//! everything that a file holds is either taken or named with the reason.

use crate::model::{Indicator, Kind, Pack};

use super::canonical::{canonical, sniff};
use super::naming;
use super::rejected;

/// A value on its way.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Where it stands: file and line, or object.
    pub(super) place: String,
    /// The publisher's name for its type; empty where the value's form has to tell.
    pub(super) name: String,
    /// The value as written.
    pub(super) value: String,
    /// What else is known; its id, kind and value are set here.
    pub(super) about: Indicator,
}

/// Takes the value into the pack, or rejects it. Tells the number of the indicator, if it became one.
pub(super) fn take(pack: &mut Pack, draft: Draft) -> Option<usize> {
    match kind_and_value(&draft.name, &draft.value) {
        Ok((kind, value)) => {
            let number = pack.indicators.len();
            let row = number + pack.rejected.len() + 1;
            pack.indicators.push(Indicator { id: format!("{}#{row}", pack.id), kind, value, ..draft.about });
            Some(number)
        }
        Err((reason, hint)) => {
            pack.rejected.push(rejected(draft.place, &draft.value, reason, hint));
            None
        }
    }
}

/// What a value is and its canonical form; else why it is nothing that is searched for.
pub(super) fn kind_and_value(name: &str, value: &str) -> Result<(Kind, String), naming::Refusal> {
    let kind = match naming::kind_of(name, value)? {
        Some(kind) => kind,
        None => sniff(value).ok_or_else(|| {
            let hint = "write one value a line, or a CSV with the columns type and value";
            ("the value's form does not tell what it is".to_owned(), hint.to_owned())
        })?,
    };
    let value = canonical(kind, value).map_err(|reason| {
        let hint = "correct the value, or its type";
        (format!("not a valid {}: {reason}", kind.as_str()), hint.to_owned())
    })?;
    Ok((kind, value))
}
