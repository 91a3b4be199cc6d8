//! What comes out of an artifact that is not searched as it stands: members, and records rendered as text.

use std::ops::Range;

use super::{ArtifactKind, Diagnostic, Field, Flow, Timestamp};

/// What a container says of a member before its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Its name inside the container, control characters escaped, never empty.
    pub name: String,
    /// Its size in bytes, where the container says so beforehand.
    pub size: Option<u64>,
}

/// Takes a container's members as they come out.
pub trait Members {
    /// A member begins. `Stop`: no further bytes are wanted from this container.
    fn begin(&mut self, member: Member) -> Flow;
    /// Some bytes of the member that began last.
    fn data(&mut self, bytes: &[u8]) -> Flow;
    /// A stretch of zeros in that member, which the container leaves out: a sparse file's hole.
    fn hole(&mut self, mut count: u64) -> Flow {
        let zeros = [0; 16 << 10];
        while count > 0 {
            let now = count.min(zeros.len() as u64);
            if self.data(&zeros[..now as usize]) == Flow::Stop {
                return Flow::Stop;
            }
            count -= now;
        }
        Flow::Continue
    }
    /// That member ends; `complete` says whether all its bytes came out and agreed with its checksum.
    fn end(&mut self, complete: bool);
    /// Something a reader must know about the container or its current member.
    fn diagnostic(&mut self, diagnostic: Diagnostic);
}

/// One record of a format that is not lines of text: an event, a packet, a header, a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedRecord<'r> {
    /// 1-based, in the order of the artifact; sightings show it as their line.
    pub number: u64,
    /// First byte of the raw record in the artifact.
    pub offset: u64,
    /// Bytes of the raw record.
    pub length: u64,
    /// The record as one line: `Name=value` pairs in the record's own order, no line feeds.
    pub text: &'r [u8],
    /// When it happened.
    pub time: Option<Timestamp>,
    /// Places in `text` of what the shared vocabulary has a word for.
    pub fields: &'r [(Field, Range<usize>)],
    /// Places in `text` that another record tells of, so that they are shown here but not searched.
    pub known: &'r [Range<usize>],
}

/// Takes what a decoder makes of an artifact: records, and members such as a mail's attachments.
pub trait Parts: Members {
    /// A member begins whose kind the artifact around it states, so that its bytes are not asked.
    fn begin_as(&mut self, member: Member, kind: ArtifactKind) -> Flow;
    /// One record. `Stop`: no further bytes are wanted from this artifact.
    fn record(&mut self, record: DecodedRecord<'_>) -> Flow;
    /// A record that is there but could not be read, and why: counted, and shown as a sample.
    fn unread(&mut self, number: u64, why: &str);
}
