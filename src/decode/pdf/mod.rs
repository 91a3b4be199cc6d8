//! PDF documents (ISO 32000-1): the file goes in whole; what stands outside of streams comes out as records, one an object, with its
//! strings as plain text; each stream comes out as a member, its filters undone, and the text in it that is not written as it reads
//! as a record.
//!
//! Objects are found by their words and not by the tables of places, so that damage, updates and what a document no longer shows
//! do not matter. What it does not do: (1) it reads no pictures; (2) it knows no fonts' own encodings; (3) it runs no scripts.

mod attached;
mod filter;
mod lexer;
mod lzw;
mod object;
mod predictor;
mod stream;
mod text;

use std::ops::Range;

use memchr::memmem;

use crate::model::{ArtifactKind, DiagnosticSeverity, Flow, Limits, Parts, counted};

use super::records::Records;
use super::whole::Reader;
use attached::Names;
use lexer::{Lexer, is_space};
use object::{Index, Object, Objects, value};
use text::Shown;

/// Reads a PDF document.
pub(super) const PDF: Reader = Reader { format: "objects of a PDF document", read };

/// A line of a record grows to about this length, then the next record begins.
const LINE: usize = 32 << 10;

/// Bytes of an entry of the index of objects.
const ENTRY: usize = 16;

/// What a reader of the members must know.
#[derive(Default)]
struct Told {
    damaged: u64,
    /// The first damaged object.
    first: u32,
    unknown: u64,
    truncated: bool,
    encrypted: bool,
    unlisted: bool,
}

/// What is known of the whole file before its objects are read.
struct Document<'b> {
    bytes: &'b [u8],
    index: Index,
    names: Names,
    /// Bytes that may still go between the filters of its streams.
    between: u64,
}

fn read(bytes: &[u8], limits: &Limits, parts: &mut dyn Parts) {
    let mut records = Records::new(bytes.len(), limits, parts);
    let mut told = Told::default();
    let mut document = survey(bytes, limits, &mut told);
    let start = memmem::find(&bytes[..bytes.len().min(1_032)], b"%PDF-").unwrap_or(0);
    let end = behind_the_end(bytes);
    told.truncated = end.is_none();
    let end = end.unwrap_or(bytes.len());
    piece(bytes, 0..start, "before the document", &mut records);
    let mut at = start;
    let index = std::mem::take(&mut document.index);
    for object in Objects::new(bytes, &index) {
        if records.flow() == Flow::Stop {
            return records.finish();
        }
        between(bytes, at..object.start.max(at), &mut records);
        let outside = object.stream.as_ref().map_or(object.end, |stream| stream.start);
        outside_of_streams(bytes, object.start..outside, Some(&object), &mut records);
        if object.stream.is_some() {
            stream_of(&object, &mut document, &index, &mut told, &mut records);
        }
        at = object.end;
    }
    between(bytes, at..end.max(at), &mut records);
    piece(bytes, end.max(at)..bytes.len(), "behind the document", &mut records);
    if document.between == 0 {
        let ratio = limits.ratio;
        let message =
            format!("filters of its streams make more than {ratio} bytes of each byte for one another");
        let hint =
            "what came behind was not undone; this is how a file looks that was made to keep its reader busy";
        records.say(DiagnosticSeverity::Error, "limit-ratio", message, hint);
    }
    told.tell(&mut records);
    records.finish();
}

/// Looks at all objects once: where they stand, which files are embedded, and whether the document is encrypted.
fn survey<'b>(bytes: &'b [u8], limits: &'b Limits, told: &mut Told) -> Document<'b> {
    let between = (bytes.len() as u64).saturating_mul(limits.ratio).max(limits.ratio_floor);
    let mut document = Document { bytes, index: Index::default(), names: Names::new(), between };
    let none = Index::default();
    let mut places = Vec::new();
    let mut at = 0;
    for object in Objects::new(bytes, &none) {
        told.encrypted |= trailer(&bytes[at..object.start.max(at)]);
        at = object.end;
        if places.len() >= limits.directory / ENTRY {
            told.unlisted = true;
        } else {
            places.push((object.number, object.body.start));
        }
        let body = &bytes[object.body.clone()];
        attached::gather(body, &mut document.names);
        let Some(stream) = object.stream else { continue };
        told.encrypted |= is(body, b"Type", b"XRef") && value(body, b"Encrypt").is_some();
        if is(body, b"Type", b"ObjStm") {
            let mut objects = Vec::new();
            let plan = stream::plan(bytes, body, &none);
            plan.chain.run(&bytes[stream], &mut document.between, &mut |made| {
                objects.extend_from_slice(made);
                if objects.len() > limits.record { Flow::Stop } else { Flow::Continue }
            });
            document.between = document.between.saturating_sub(objects.len() as u64);
            attached::gather(&objects, &mut document.names);
        }
    }
    told.encrypted |= trailer(&bytes[at..]);
    if told.encrypted {
        document.names.clear();
    }
    document.index = Index::new(places);
    document
}

/// Whether the value of a key is this name.
fn is(body: &[u8], key: &[u8], wanted: &[u8]) -> bool {
    value(body, key).is_some_and(|place| object::name(body[place].trim_ascii()) == wanted)
}

/// Whether a trailer in `gap` says that the document is encrypted.
fn trailer(gap: &[u8]) -> bool {
    [memmem::find(gap, b"trailer"), memmem::rfind(gap, b"trailer")]
        .into_iter()
        .flatten()
        .any(|at| value(&gap[at + b"trailer".len()..], b"Encrypt").is_some())
}

/// Where the document ends: behind its last `%%EOF` and the end of that line.
fn behind_the_end(bytes: &[u8]) -> Option<usize> {
    let end = memmem::rfind(bytes, b"%%EOF")? + 5;
    let blanks = bytes[end..].iter().take_while(|byte| is_space(**byte)).count();
    Some(end + blanks)
}

/// Bytes that are no part of an object: the table of places and the trailer, or whatever somebody put there.
fn between(bytes: &[u8], place: Range<usize>, records: &mut Records<'_>) {
    if memchr::memchr(0, &bytes[place.clone()]).is_some() {
        let name = format!("bytes at {}", place.start);
        piece(bytes, place, &name, records);
    } else {
        outside_of_streams(bytes, place, None, records);
    }
}

/// Bytes that are a member as they stand.
fn piece(bytes: &[u8], place: Range<usize>, name: &str, records: &mut Records<'_>) {
    let text = &bytes[place];
    if !text.iter().all(|byte| is_space(*byte)) {
        records.member(name.to_owned(), None, [text], true);
    }
}

/// A piece of the file as it is written, but for its strings, as records.
fn outside_of_streams(bytes: &[u8], place: Range<usize>, object: Option<&Object>, records: &mut Records<'_>) {
    let text = &bytes[place.clone()];
    let mut lexer = Lexer::new(text);
    let (mut copied, mut began) = (0, 0);
    if let Some(object) = object {
        // The words of its beginning are numbers, which the line begins with.
        records.line.pair("Object", &object.number.to_string(), None);
        records.line.push(" ");
        (copied, lexer.at) = (object.body.start - place.start, object.body.start - place.start);
    }
    while let Some((token, word)) = lexer.next() {
        if let Some(plain) = text::unwritten(token, &text[word.clone()]) {
            push(records, &text[copied..word.start + 1]);
            records.line.push_bytes(&plain);
            copied = word.end - 1;
        }
        if records.line.text().len() + word.end - copied > LINE {
            push(records, &text[copied..word.end]);
            copied = word.end;
            if records.emit(place.start + began..place.start + copied, None) == Flow::Stop {
                return;
            }
            began = copied;
        }
    }
    push(records, &text[copied..]);
    records.emit(place.start + began..place.end, None);
}

/// Appends bytes as they stand; in front of a line there are no spaces.
fn push(records: &mut Records<'_>, written: &[u8]) {
    let is_begun = !records.line.text().is_empty();
    records.line.push_bytes(if is_begun { written } else { written.trim_ascii_start() });
}

/// The data of an object's stream as a member, and the text in it that is not written as it reads as records.
fn stream_of(
    object: &Object,
    document: &mut Document<'_>,
    index: &Index,
    told: &mut Told,
    records: &mut Records<'_>,
) {
    let Some(place) = object.stream.clone() else { return };
    let data = &document.bytes[place.clone()];
    let plan = stream::plan(document.bytes, &document.bytes[object.body.clone()], index);
    let embedded = document.names.get(&object.number).cloned();
    let kind = (plan.holds_objects || plan.is_opaque && plan.chain.len() > 0).then_some(ArtifactKind::Binary);
    let name = embedded.unwrap_or_else(|| format!("object {}", object.number));
    let mut shown = (!plan.is_opaque).then(Shown::default);
    let mut texts = Vec::new();
    let mut open = false;
    let undone = plan.chain.run(data, &mut document.between, &mut |made| {
        if !open && records.begin(&name, kind) == Flow::Stop {
            return Flow::Stop;
        }
        open = true;
        if let Some(shown) = &mut shown {
            shown.feed(made, &mut |text| texts.push(text.to_vec()));
        }
        tell_texts(object, &mut texts, records);
        records.data(made)
    });
    if let Some(shown) = shown {
        shown.finish(&mut |text| texts.push(text.to_vec()));
    }
    let complete = undone.complete && plan.known && object.ended;
    if open {
        records.end(complete);
    }
    tell_texts(object, &mut texts, records);
    records.emit(place.clone(), None);
    told.unknown += u64::from(!plan.known);
    told.truncated |= !object.ended;
    if !undone.complete && document.between > 0 && records.flow() == Flow::Continue {
        told.first = if told.damaged == 0 { object.number } else { told.first };
        told.damaged += 1;
    }
    let rest = place.start + undone.used.min(data.len())..place.end;
    piece(document.bytes, rest, &format!("object {}, behind its data", object.number), records);
}

/// Texts of a stream as records, several in one.
fn tell_texts(object: &Object, texts: &mut Vec<Vec<u8>>, records: &mut Records<'_>) {
    for text in texts.drain(..) {
        if records.line.text().is_empty() {
            records.line.pair("Object", &object.number.to_string(), None);
            records.line.begin("Text");
        } else {
            records.line.push(" ");
        }
        records.line.push_bytes(&text);
        if records.line.text().len() > LINE {
            records.emit(object.stream.clone().unwrap_or_default(), None);
        }
    }
}

impl Told {
    /// Says what was not read.
    fn tell(self, records: &mut Records<'_>) {
        if records.flow() == Flow::Stop {
            return;
        }
        let mut say = |code: &str, message: String, hint: &str| {
            records.say(DiagnosticSeverity::Error, code, message, hint);
        };
        if self.encrypted {
            let message = "the document is encrypted: its text and its streams were not read".to_owned();
            let hint = "open it in a reader, print or save it without a password, and drop that; its bytes were searched as they stand";
            say("pdf-encrypted", message, hint);
        } else if self.damaged > 0 {
            let damaged = counted(self.damaged, "stream");
            let message = format!(
                "the document is damaged: {damaged} not undone to the end, first that of object {}",
                self.first
            );
            let hint = "what came out was searched; fetch the file again from where it came";
            say("pdf-damaged", message, hint);
        }
        if self.unknown > 0 {
            let message = format!(
                "{} with filters that are not known or cannot be found",
                counted(self.unknown, "stream")
            );
            let hint =
                "what came out was searched as it is; save the document with another program and drop that";
            say("pdf-filter", message, hint);
        }
        if self.truncated {
            let message = "the document is cut short: its end is missing".to_owned();
            let hint = "what is there was examined; fetch the file again from where it came";
            say("pdf-truncated", message, hint);
        }
        if self.unlisted {
            let message = "the document has more objects than can be listed".to_owned();
            let hint = "all were examined, but lengths and filters that stand in objects of their own may be missing";
            say("limit-directory", message, hint);
        }
    }
}
