//! Collects what a decoder makes of a file, for comparison with other programs' answers.

use belljar::decode;
use belljar::model::{
    ArtifactKind, DecodedRecord, Diagnostic, Field, Flow, Limits, Member, Members, Parts, Passwords,
    Timestamp,
};
use belljar::source::{Allowance, Opening};

/// A record, kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) number: u64,
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) text: String,
    pub(crate) time: Option<Timestamp>,
    pub(crate) fields: Vec<(Field, std::ops::Range<usize>)>,
}

impl Kept {
    /// The value of the first pair of this name, up to the next space.
    pub(crate) fn word(&self, name: &str) -> Option<&str> {
        let start = if self.text.starts_with(&format!("{name}=")) {
            0
        } else {
            self.text.find(&format!(" {name}="))? + 1
        };
        self.text[start + name.len() + 1..].split(' ').next()
    }
}

/// A member, kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) kind: Option<ArtifactKind>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) complete: bool,
}

/// All parts of one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct All {
    pub(crate) records: Vec<Kept>,
    pub(crate) members: Vec<Part>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) unread: Vec<(u64, String)>,
}

impl Members for All {
    fn begin(&mut self, member: Member) -> Flow {
        self.members.push(Part { name: member.name, ..Part::default() });
        Flow::Continue
    }
    fn data(&mut self, bytes: &[u8]) -> Flow {
        self.members.last_mut().expect("an open member").bytes.extend_from_slice(bytes);
        Flow::Continue
    }
    fn end(&mut self, complete: bool) {
        self.members.last_mut().expect("an open member").complete = complete;
    }
    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

impl Parts for All {
    fn begin_as(&mut self, member: Member, kind: ArtifactKind) -> Flow {
        self.begin(member);
        self.members.last_mut().expect("an open member").kind = Some(kind);
        Flow::Continue
    }
    fn record(&mut self, record: DecodedRecord<'_>) -> Flow {
        self.records.push(Kept {
            number: record.number,
            offset: record.offset,
            length: record.length,
            text: String::from_utf8_lossy(record.text).into_owned(),
            time: record.time,
            fields: record.fields.to_vec(),
        });
        Flow::Continue
    }
    fn unread(&mut self, number: u64, why: &str) {
        self.unread.push((number, why.to_owned()));
    }
}

/// Decodes `bytes` as `kind`, fed in blocks of `size`.
pub(crate) fn decoded(kind: ArtifactKind, bytes: &[u8], size: usize) -> All {
    unlocked(kind, bytes, size, &Limits::default(), &[])
}

/// The same within other limits, with passwords that a person gave.
pub(crate) fn unlocked(
    kind: ArtifactKind,
    bytes: &[u8],
    size: usize,
    limits: &Limits,
    passwords: &[&str],
) -> All {
    let mut all = All::default();
    let opening = Opening {
        name: "",
        limits,
        passwords: &Passwords::new(passwords.iter().map(|password| (*password).to_owned())),
        allowance: &Allowance::new(limits),
        source: None,
    };
    let mut decoder = decode::decoder(kind, &opening).expect("a decoder");
    for block in bytes.chunks(size) {
        decoder.feed(block, &mut all);
    }
    decoder.finish(&mut all);
    all
}
