//! What is told of a zip and its members.

use super::super::decompress::Fault;
use super::super::{Members, diagnostic, error};
use super::{Locked, State, Zip};
use crate::model::Diagnostic;

impl Zip {
    /// Bytes that are no record follow the end. Records are looked for in them too: other readers may take those.
    pub(super) fn trailing(&mut self, members: &mut dyn Members) {
        if !std::mem::replace(&mut self.trailed, true) {
            members.diagnostic(diagnostic(
                "zip-trailing-bytes",
                format!("bytes that are no record follow the archive's end, from offset {}", self.start),
                "they were hashed with the file; members found among them were examined",
            ));
        }
    }

    pub(super) fn not_read(&mut self, code: &str, what: &str, members: &mut dyn Members) {
        members.diagnostic(error(
            code,
            format!("member {} {what}", self.current.name),
            "unpack it with the program that made it and drop what is inside",
        ));
        let taken = match self.current.header.locked {
            Locked::With(lock) if std::mem::take(&mut self.current.unlocked) => lock.before(),
            _ => 0,
        };
        self.pass_over(taken as u64);
    }

    pub(super) fn fault(&mut self, fault: &Fault, members: &mut dyn Members) {
        let name = &self.current.name;
        let hint = "it was not unpacked; unpack it yourself and drop what is inside";
        let told = match fault {
            Fault::Corrupt => return self.damaged(members, "its compressed data is damaged"),
            Fault::Truncated => return self.damaged(members, "its compressed data is cut short"),
            Fault::Memory { wanted, limit } => error(
                "limit-dictionary",
                format!(
                    "member {name} wants {wanted} bytes of memory to be unpacked, more than the limit of {limit}"
                ),
                hint,
            ),
            Fault::Unsupported(what) => {
                error("zip-method-unsupported", format!("member {name} needs {what}"), hint)
            }
        };
        if self.current.open {
            members.diagnostic(told);
        }
        self.finish_member(false, members);
    }

    pub(super) fn wrong(&mut self, members: &mut dyn Members) {
        let name = &self.current.name;
        members.diagnostic(error(
            "zip-checksum",
            format!("member {name} does not agree with its checksum or length"),
            self.hint("it was examined as it came out; fetch the archive again"),
        ));
        self.finish_member(false, members);
    }

    pub(super) fn damaged(&mut self, members: &mut dyn Members, what: &str) {
        let name = &self.current.name;
        if self.current.open || matches!(self.state, State::Lock(_)) {
            members.diagnostic(error(
                "zip-corrupt",
                format!("member {name} cannot be read to its end: {what}"),
                self.hint("what came out was examined; fetch the archive again"),
            ));
        }
        self.finish_member(false, members);
    }

    /// What to do about a damaged member.
    fn hint(&self, otherwise: &'static str) -> &'static str {
        match self.current.unlocked {
            true => {
                "its password may be another one than the one that seemed to open it; give that first, or fetch the archive again"
            }
            false => otherwise,
        }
    }

    pub(super) fn stays_locked(&self, members: &mut dyn Members) {
        members.diagnostic(error(
            Diagnostic::PASSWORD_NEEDED,
            format!("member {} is locked, and none of the passwords tried opens it", self.current.name),
            "give its password and check the file again, or unpack it yourself and drop what is inside",
        ));
    }
}
