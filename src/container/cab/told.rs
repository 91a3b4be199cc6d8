//! What is told of a cabinet and its members.

use super::super::{diagnostic, error};
use super::blocks::Fault;
use super::directory::{Directory, File};
use crate::model::{Diagnostic, counted, size};

const AGAIN: &str = "what came out was examined; fetch the cabinet again";
const UNPACK: &str = "unpack it with expand or cabextract and drop what is inside";
const SET: &str = "unpack the whole set with expand or cabextract and drop what is inside";

/// Code of what is said of bytes that belong to no member.
pub(super) const LEFT_OVER: &str = "cab-left-over-bytes";

/// A folder goes on behind its last member, in bytes that cannot be unpacked.
pub(super) fn rest() -> Diagnostic {
    let message = "a folder goes on behind its last member, and that cannot be unpacked".to_owned();
    error(LEFT_OVER, message, AGAIN)
}

/// Not even the header can be read.
pub(super) fn unreadable() -> Diagnostic {
    let hint = "nothing in it was examined; fetch the cabinet again";
    error("cab-truncated", "the header of the cabinet is cut short or damaged".to_owned(), hint)
}

/// The file is shorter than the cabinet says.
pub(super) fn short(directory: &Directory, all: u64) -> Diagnostic {
    let message = format!("the cabinet says that it has {} bytes, and {all} are there", directory.size);
    error("cab-truncated", message, AGAIN)
}

/// Files that the header counts and that are not there, or belong to no folder.
pub(super) fn lost(directory: &Directory) -> Option<Diagnostic> {
    let lost = directory.missing + directory.stray.len() as u64;
    let named = directory.stray.first().map_or(String::new(), |name| format!(", such as {name}"));
    let message =
        format!("the list of members is damaged: {} cannot be read{named}", counted(lost, "member"));
    (lost > 0).then(|| error("cab-corrupt", message, AGAIN))
}

/// The cabinet is one of a set.
pub(super) fn set(directory: &Directory) -> Option<Diagnostic> {
    let around: Vec<String> = [("begins in", &directory.previous), ("goes on in", &directory.next)]
        .iter()
        .filter_map(|(how, name)| name.as_ref().map(|name| format!("{how} {name}")))
        .collect();
    let message = format!("the cabinet is one of a set that {}", around.join(" and "));
    (!around.is_empty()).then(|| {
        diagnostic("cab-set", message, "drop the other cabinets too; members that span two are named")
    })
}

/// Why a member does not come out, or not to its end.
pub(super) fn member(fault: Fault, name: &str) -> Diagnostic {
    let cut = |why: &str| format!("member {name} cannot be read to its end: {why}");
    match fault {
        Fault::Over => error("cab-corrupt", cut("its folder holds fewer bytes"), AGAIN),
        Fault::Truncated => error("cab-truncated", cut("its packed data is cut short"), AGAIN),
        Fault::Damaged => error("cab-corrupt", cut("its packed data is damaged"), AGAIN),
        Fault::Continued => error("cab-continued", cut("the rest is in the next cabinet of the set"), SET),
        Fault::Begun => {
            let message = format!(
                "member {name} was not examined: its folder begins in the cabinet before this one of the set"
            );
            error("cab-continued", message, SET)
        }
        Fault::Method(number) => {
            let method = if number == 2 { "Quantum".to_owned() } else { format!("method {number}") };
            let message =
                format!("member {name} was not examined: it is packed with {method}, which is not read");
            error("cab-method-unsupported", message, UNPACK)
        }
        Fault::Work => error("limit-ratio", cut("the cabinet unpacks to far more than its size"), UNPACK),
    }
}

/// Members behind one that could not be read to its end.
pub(super) fn behind(count: usize, name: &str) -> Diagnostic {
    let message = format!("{} packed behind member {name}: not examined", counted(count as u64, "member"));
    error("cab-not-examined", message, UNPACK)
}

/// A block of the member does not agree with its checksum.
pub(super) fn checksum(name: &str) -> Diagnostic {
    let message = format!("the packed data of member {name} does not agree with its checksum");
    error("cab-checksum", message, "it was examined as it came out; fetch the cabinet again")
}

/// Members that share their bytes with so many others that they were left out.
pub(super) fn overlapping(files: &[File], passes: usize) -> Diagnostic {
    let first = files.first().map_or("(no name)", |file| file.name.as_str());
    let message = format!(
        "member {first} and {}: their bytes were examined as part of other members, more than {passes} of which overlap, \
         but not on their own",
        counted(files.len().saturating_sub(1) as u64, "other")
    );
    error("cab-overlap", message, UNPACK)
}

/// Bytes behind the cabinet.
pub(super) fn trailing(count: u64) -> String {
    format!("{} behind the cabinet", size(count))
}
