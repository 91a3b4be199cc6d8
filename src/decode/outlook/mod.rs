//! Outlook's own forms of a mail, and the OLE files of older Office programs: the file goes in whole; header fields and properties come
//! out as records, bodies, attachments and streams as members.
//!
//! What it does not do: (1) it does not decompress the source of macros, whose modules are searched as they stand; (2) it turns no
//! 8-bit text but UTF-8 and Latin-1 into Unicode; (3) it decrypts nothing.

mod compound;
mod message;
mod property;
mod rtf;
mod tnef;

use crate::model::{ArtifactKind, DiagnosticSeverity, Flow, Limits, Parts, counted};

use super::records::Records;
use super::whole::Reader;
use compound::Compound;

/// Reads an OLE compound file: `.msg`, `.doc`, `.xls`, `.ppt`, `.msi` and others.
pub(super) const COMPOUND: Reader = Reader { format: "properties of an OLE file", read };

/// Reads `winmail.dat`.
pub(super) const TNEF: Reader = Reader { format: "mail properties (TNEF)", read: tnef::read };

fn read(bytes: &[u8], limits: &Limits, parts: &mut dyn Parts) {
    let mut records = Records::new(bytes.len(), limits, parts);
    let file = match Compound::open(bytes) {
        Ok(file) => file,
        Err(why) => {
            let message = format!("the OLE file cannot be read: {why}");
            let hint = "its bytes were searched as they stand";
            records.say(DiagnosticSeverity::Error, "compound-unread", message, hint);
            records.member("bytes of the file".to_owned(), Some(ArtifactKind::Binary), [bytes], true);
            return records.finish();
        }
    };
    if file.child(compound::ROOT, message::PROPERTIES).is_some() {
        message::read(&file, &mut records);
    } else {
        streams(&file, compound::ROOT, "", &mut records);
    }
    let lost: Vec<usize> = file.lost().collect();
    for stream in &lost {
        let name = format!("lost stream {stream} ({})", file.name(*stream));
        records.member(name, None, file.pieces(*stream), file.is_complete(*stream));
    }
    let free = file.free();
    records.member("unused sectors".to_owned(), Some(ArtifactKind::Binary), free, true);
    if file.damaged > 0 && records.flow() == Flow::Continue {
        let message =
            format!("the OLE file is damaged: {} without all its sectors", counted(file.damaged, "stream"));
        let hint = "what is there was examined; fetch the file again from where it came";
        records.say(DiagnosticSeverity::Error, "compound-damaged", message, hint);
    }
    records.finish();
}

/// All streams below a storage as members.
fn streams(file: &Compound<'_>, storage: usize, prefix: &str, records: &mut Records<'_>) -> Flow {
    let mut open: Vec<(usize, String)> = vec![(storage, prefix.to_owned())];
    while let Some((storage, prefix)) = open.pop() {
        for entry in file.children(storage) {
            let name = format!("{prefix}{}", file.name(entry));
            if file.is_storage(entry) {
                // A name is at most 31 letters long, so this bounds the whole of it.
                if name.len() < 4_096 {
                    open.push((entry, format!("{name}/")));
                }
            } else if records.member(name, None, file.pieces(entry), file.is_complete(entry)) == Flow::Stop {
                return Flow::Stop;
            }
        }
    }
    Flow::Continue
}
