//! PDF documents (ISO 32000-1): the file goes in whole; what stands outside of streams comes out as records, one an object, with its
//! strings as plain text; each stream comes out as a member, its filters undone, and the text in it that is not written as it reads
//! as a record. Encrypted documents are decrypted with the empty password or one that was given.
//!
//! Objects are found by their words and not by the tables of places, so that damage, updates and what a document no longer shows
//! do not matter. What it does not do: (1) it reads no pictures; (2) it knows no fonts' own encodings; (3) it runs no scripts.

mod attached;
mod filter;
mod lexer;
mod lzw;
mod object;
mod predictor;
mod security;
mod stream;
mod text;

use std::ops::Range;

use memchr::memmem;

use crate::model::{ArtifactKind, DiagnosticSeverity, Flow, Limits, Parts, Passwords, counted};
use crate::source::{Allowance, Opening};

use super::records::Records;
use super::whole::Whole;
use attached::Names;
use lexer::{Lexer, is_space};
use object::{Index, Object, Objects, value};
use security::{Security, Stream, Strings, Trailers, Unopened};
use stream::Kind;
use text::Shown;

/// Reads a PDF document.
pub(super) fn decoder(opening: &Opening<'_>) -> Whole {
    let (passwords, allowance) = (opening.passwords.clone(), opening.allowance.clone());
    let read = move |bytes: &[u8], limits: &Limits, parts: &mut dyn Parts| {
        read(bytes, limits, &passwords, &allowance, parts);
    };
    Whole::with("objects of a PDF document", Box::new(read), opening.limits)
}

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
    /// Strings that could not be decrypted.
    strings: u64,
    truncated: bool,
    encrypted: Option<Unopened>,
    /// Trailers do not agree on the encryption; how much that takes away.
    disagree: Option<DiagnosticSeverity>,
    unlisted: bool,
}

/// What is known of the whole file before its objects are read.
struct Document<'b> {
    bytes: &'b [u8],
    index: Index,
    names: Names,
    /// Bytes that may still go between the filters of its streams.
    between: u64,
    trailers: Trailers<'b>,
    /// There are more objects than can be listed.
    unlisted: bool,
}

fn read(bytes: &[u8], limits: &Limits, passwords: &Passwords, allowance: &Allowance, parts: &mut dyn Parts) {
    let mut records = Records::new(bytes.len(), limits, parts);
    let mut told = Told::default();
    let mut document = survey(bytes, limits, None);
    let mut security = None;
    if document.trailers.is_encrypted() {
        told.disagree = document.trailers.disagree();
        match Security::open(bytes, &document.trailers, &document.index, passwords, allowance) {
            Ok(opened) => {
                document = survey(bytes, limits, Some(&opened));
                security = Some(opened);
            }
            Err(why) => {
                document.names.clear();
                told.encrypted = Some(why);
            }
        }
    }
    told.unlisted = document.unlisted;
    let start = memmem::find(&bytes[..bytes.len().min(1_032)], b"%PDF-").unwrap_or(0);
    let end = behind_the_end(bytes);
    told.truncated = end.is_none();
    let end = end.unwrap_or(bytes.len());
    as_it_stands(bytes, 0..start, "before the document", &mut records);
    let mut at = start;
    let index = std::mem::take(&mut document.index);
    let mut reading = Reading {
        document: &mut document,
        index: &index,
        security: security.as_ref(),
        told: &mut told,
        records: &mut records,
    };
    for object in Objects::new(bytes, &index) {
        if reading.records.flow() == Flow::Stop {
            return records.finish();
        }
        between(bytes, at..object.start.max(at), reading.records);
        reading.object(&object);
        at = object.end;
    }
    between(bytes, at..end.max(at), &mut records);
    if security.is_some() && told.disagree.is_some() {
        // What reads the document otherwise sees it as it stands. Damage is no news then.
        let mut aside = Told::default();
        let mut reading = Reading {
            document: &mut document,
            index: &index,
            security: None,
            told: &mut aside,
            records: &mut records,
        };
        Objects::new(bytes, &index).for_each(|object| reading.object(&object));
    }
    as_it_stands(bytes, end.max(at)..bytes.len(), "behind the document", &mut records);
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

/// Looks at all objects once: where they stand, which files are embedded, and what the trailers say.
fn survey<'b>(bytes: &'b [u8], limits: &Limits, security: Option<&Security>) -> Document<'b> {
    let between = (bytes.len() as u64).saturating_mul(limits.ratio).max(limits.ratio_floor);
    let mut document = Document {
        bytes,
        index: Index::default(),
        names: Names::new(),
        between,
        trailers: Trailers::default(),
        unlisted: false,
    };
    let none = Index::default();
    let mut places = Vec::new();
    let mut at = 0;
    for object in Objects::new(bytes, &none) {
        trailers(&bytes[at..object.start.max(at)], &mut document.trailers);
        at = object.end;
        if places.len() >= limits.directory / ENTRY {
            document.unlisted = true;
        } else {
            places.push((object.number, object.body.start));
        }
        let body = &bytes[object.body.clone()];
        let strings = security.and_then(|security| security.strings(&object, bytes));
        attached::gather(body, strings.as_ref(), &mut document.names);
        let Some(place) = object.stream.clone() else { continue };
        if is(body, b"Type", b"XRef") {
            document.trailers.take(body);
        }
        if is(body, b"Type", b"ObjStm") {
            let mut objects = Vec::new();
            let plan = stream::plan(bytes, body, &none);
            let data = Stream::of(security, &object, &plan, &bytes[place], false);
            plan.chain.run(&data.bytes, &mut document.between, &mut |made| {
                objects.extend_from_slice(made);
                if objects.len() > limits.record { Flow::Stop } else { Flow::Continue }
            });
            document.between = document.between.saturating_sub(objects.len() as u64);
            // What is packed in a stream is encrypted with it, and not once more.
            attached::gather(&objects, None, &mut document.names);
        }
    }
    trailers(&bytes[at..], &mut document.trailers);
    document.index = Index::new(places);
    document
}

/// Whether the value of a key is this name.
fn is(body: &[u8], key: &[u8], wanted: &[u8]) -> bool {
    value(body, key).is_some_and(|place| object::name(body[place].trim_ascii()) == wanted)
}

/// Takes the first and the last trailer in `gap`.
fn trailers<'b>(gap: &'b [u8], all: &mut Trailers<'b>) {
    let (first, last) = (memmem::find(gap, b"trailer"), memmem::rfind(gap, b"trailer"));
    for at in first.into_iter().chain(last.filter(|_| last != first)) {
        all.take(&gap[at + b"trailer".len()..]);
    }
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
        as_it_stands(bytes, place, &name, records);
    } else {
        outside_of_streams(bytes, place, None, None, records);
    }
}

/// Bytes that are a member as they stand.
fn as_it_stands(bytes: &[u8], place: Range<usize>, name: &str, records: &mut Records<'_>) {
    let text = &bytes[place];
    if !text.iter().all(|byte| is_space(*byte)) {
        records.member(name.to_owned(), None, [text], true);
    }
}

/// A piece of the file as it is written, but for its strings, as records; tells how many strings could not be decrypted.
fn outside_of_streams(
    bytes: &[u8],
    place: Range<usize>,
    object: Option<&Object>,
    mut strings: Option<Strings>,
    records: &mut Records<'_>,
) -> u64 {
    let text = &bytes[place.clone()];
    let mut lexer = Lexer::new(text);
    let (mut copied, mut began, mut failed) = (0, 0, 0);
    if let Some(object) = object {
        // The words of its beginning are numbers, which the line begins with.
        records.line.pair("Object", &object.number.to_string(), None);
        records.line.push(" ");
        (copied, lexer.at) = (object.body.start - place.start, object.body.start - place.start);
    }
    while let Some((token, word)) = lexer.next() {
        let written = &text[word.clone()];
        let plain = match &mut strings {
            Some(strings) => strings.word(token, written).map(|(plain, decrypted)| {
                failed += u64::from(!decrypted);
                plain
            }),
            None => text::unwritten(token, written),
        };
        if let Some(plain) = plain {
            push(records, &text[copied..word.start + 1]);
            records.line.push_bytes(&plain);
            copied = word.end - 1;
        }
        if records.line.text().len() + word.end - copied > LINE {
            push(records, &text[copied..word.end]);
            copied = word.end;
            if records.emit(place.start + began..place.start + copied, None) == Flow::Stop {
                return failed;
            }
            began = copied;
        }
    }
    push(records, &text[copied..]);
    records.emit(place.start + began..place.end, None);
    failed
}

/// Appends bytes as they stand; in front of a line there are no spaces.
fn push(records: &mut Records<'_>, written: &[u8]) {
    let is_begun = !records.line.text().is_empty();
    records.line.push_bytes(if is_begun { written } else { written.trim_ascii_start() });
}

/// The objects of one document, read with or without what decrypts them.
struct Reading<'r, 'b, 'p> {
    document: &'r mut Document<'b>,
    index: &'r Index,
    security: Option<&'r Security>,
    told: &'r mut Told,
    records: &'r mut Records<'p>,
}

impl Reading<'_, '_, '_> {
    /// One object: what stands outside of its stream, then that.
    fn object(&mut self, object: &Object) {
        let bytes = self.document.bytes;
        let outside = object.stream.as_ref().map_or(object.end, |stream| stream.start);
        let strings = self.security.and_then(|security| security.strings(object, bytes));
        self.told.strings +=
            outside_of_streams(bytes, object.start..outside, Some(object), strings, self.records);
        if let Some(place) = object.stream.clone() {
            self.stream(object, place);
        }
    }

    /// The data of an object's stream as a member, and the text in it that is not written as it reads as records.
    fn stream(&mut self, object: &Object, place: Range<usize>) {
        let plan = stream::plan(self.document.bytes, &self.document.bytes[object.body.clone()], self.index);
        let embedded = self.document.names.get(&object.number).cloned();
        let is_embedded = embedded.is_some() || plan.kind == Kind::Embedded;
        let data = Stream::of(self.security, object, &plan, &self.document.bytes[place.clone()], is_embedded);
        let kind = (plan.kind == Kind::Objects || plan.is_opaque && plan.chain.len() > 0)
            .then_some(ArtifactKind::Binary);
        let name = embedded.unwrap_or_else(|| format!("object {}", object.number));
        let mut shown = (!plan.is_opaque).then(Shown::default);
        let mut texts = Vec::new();
        let mut open = false;
        let undone = plan.chain.run(&data.bytes, &mut self.document.between, &mut |made| {
            if !open && self.records.begin(&name, kind) == Flow::Stop {
                return Flow::Stop;
            }
            open = true;
            if let Some(shown) = &mut shown {
                shown.feed(made, &mut |text| texts.push(text.to_vec()));
            }
            tell_texts(object, &mut texts, self.records);
            self.records.data(made)
        });
        if let Some(shown) = shown {
            shown.finish(&mut |text| texts.push(text.to_vec()));
        }
        let (known, whole) = (plan.known && data.known, undone.complete && data.complete);
        let complete = whole && known && object.ended;
        if open {
            self.records.end(complete);
        }
        tell_texts(object, &mut texts, self.records);
        self.records.emit(place.clone(), None);
        self.told.unknown += u64::from(!known);
        self.told.truncated |= !object.ended;
        if !whole && data.known && self.document.between > 0 && self.records.flow() == Flow::Continue {
            self.told.first = if self.told.damaged == 0 { object.number } else { self.told.first };
            self.told.damaged += 1;
        }
        let rest = undone.used.min(data.bytes.len())..data.bytes.len();
        as_it_stands(&data.bytes, rest, &format!("object {}, behind its data", object.number), self.records);
        if !whole && data.is_decrypted() {
            // It may never have been encrypted.
            as_it_stands(
                self.document.bytes,
                place,
                &format!("object {}, as it stands", object.number),
                self.records,
            );
        }
    }
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
        let is_locked = self.encrypted.is_some();
        if let Some(said) = self.encrypted.map(Unopened::told) {
            records.say(said.severity, &said.code, said.message, &said.hint);
        }
        if let Some(severity) = self.disagree {
            let message =
                "the trailers of the document do not agree on whether and how it is encrypted".to_owned();
            let hint = "it was examined as it stands, and decrypted if it could be; see what other programs make of it";
            records.say(severity, "pdf-trailers", message, hint);
        }
        let mut say = |code: &str, message: String, hint: &str| {
            records.say(DiagnosticSeverity::Error, code, message, hint);
        };
        if self.strings > 0 {
            let strings = counted(self.strings, "string");
            let message = format!("{strings} not encrypted as the document says that they are");
            let hint = "what stands there was searched; save the document with another program and drop that";
            say("pdf-strings", message, hint);
        }
        if self.damaged > 0 && !is_locked {
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
