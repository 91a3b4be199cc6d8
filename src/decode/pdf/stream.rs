//! What a stream's dictionary says of its data (ISO 32000-1, section 7.3.8.2): which filters, with which parameters.

use super::filter::{Chain, Known, Parameters, known, predictor};
use super::lexer::{Lexer, Token};
use super::object::{Index, name, reference, value};

/// Filters of one stream. Readers know of two or three.
const MOST: usize = 8;

/// Bytes that are read of an object to which a dictionary refers: filters, their parameters and how a document is encrypted
/// take less.
pub(super) const REFERRED: usize = 4 << 10;

/// What a stream is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// The table of places (section 7.5.8).
    Table,
    /// Objects are packed in it (section 7.5.7).
    Objects,
    /// Metadata (section 14.3.2).
    Metadata,
    /// A file that is embedded (section 7.11.4).
    Embedded,
    #[default]
    Other,
}

/// How the data of a stream are undone.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) chain: Chain,
    /// The filters could be undone, or need not be.
    pub(super) known: bool,
    /// A picture or a table of the file itself: no text.
    pub(super) is_opaque: bool,
    pub(super) kind: Kind,
    /// The crypt filter that the stream names for itself.
    pub(super) crypt: Option<Vec<u8>>,
}

/// The plan for a stream whose dictionary is the first in `body`.
pub(super) fn plan(bytes: &[u8], body: &[u8], index: &Index) -> Plan {
    let of = |key: &[u8]| value(body, key).map(|place| resolved(bytes, &body[place], index));
    let name_of = |key: &[u8]| of(key).and_then(|text| names(text, 1).pop());
    let kind = match name_of(b"Type").as_deref() {
        Some(b"XRef") => Kind::Table,
        Some(b"ObjStm") => Kind::Objects,
        Some(b"Metadata") => Kind::Metadata,
        Some(b"EmbeddedFile") => Kind::Embedded,
        _ => Kind::Other,
    };
    let is_opaque = kind == Kind::Table || name_of(b"Subtype").as_deref() == Some(b"Image");
    let mut plan = Plan { known: true, is_opaque, kind, ..Plan::default() };
    // `F` is a file elsewhere, or by the short names of images the filters.
    let filters = of(b"Filter").or_else(|| of(b"F")).unwrap_or_default();
    let parameters = of(b"DecodeParms").or_else(|| of(b"DP")).unwrap_or_default();
    let parameters = all_parameters(bytes, parameters, index);
    let filters = match reference(filters) {
        // An object that is packed in another, or is not there.
        Some(_) => {
            plan.known = false;
            Vec::new()
        }
        None => names(filters, MOST + 1),
    };
    plan.known &= filters.len() <= MOST;
    for (number, filter) in filters.iter().take(MOST).enumerate() {
        let (parameters, name) = parameters.get(number).cloned().unwrap_or_default();
        match known(filter, parameters) {
            Some(Known::Undone(undone)) => {
                plan.chain.push(undone);
                if let Some(undone) = predictor(filter, parameters) {
                    plan.chain.push(undone);
                }
            }
            Some(Known::Crypt) => {
                plan.crypt = Some(name.unwrap_or_else(|| b"Identity".to_vec()));
            }
            Some(Known::Image) => {
                plan.is_opaque = true;
                break;
            }
            None => {
                plan.known = false;
                break;
            }
        }
    }
    plan
}

/// The object that a value refers to, or the value itself.
fn resolved<'b>(bytes: &'b [u8], text: &'b [u8], index: &Index) -> &'b [u8] {
    reference(text).and_then(|number| referred(bytes, number, index)).unwrap_or(text)
}

/// The first bytes of an object's body.
pub(super) fn referred<'b>(bytes: &'b [u8], number: u32, index: &Index) -> Option<&'b [u8]> {
    let body = bytes.get(index.place(number)?..)?;
    Some(&body[..body.len().min(REFERRED)])
}

/// The names of a value that is a name or an array of them.
fn names(text: &[u8], most: usize) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut lexer = Lexer::new(text);
    let mut within = false;
    while let Some((token, place)) = lexer.next() {
        match token {
            Token::Name => all.push(name(&text[place])),
            Token::OpenArray if !within => within = true,
            _ => break,
        }
        if !within || all.len() == most {
            break;
        }
    }
    all
}

/// Parameters of a filter, and the name of the crypt filter among them.
type Given = (Parameters, Option<Vec<u8>>);

/// The parameters of each filter: a dictionary, or an array of dictionaries, references and `null`.
fn all_parameters(bytes: &[u8], text: &[u8], index: &Index) -> Vec<Given> {
    let mut all = Vec::new();
    let mut lexer = Lexer::new(text);
    let (mut depth, mut within) = (0usize, false);
    while let Some((token, place)) = lexer.next() {
        match token {
            Token::OpenArray if depth == 0 && !within => within = true,
            Token::OpenDictionary => {
                if depth == 0 {
                    all.push(parameters(&text[place.start..]));
                }
                depth += 1;
            }
            Token::CloseDictionary => depth = depth.saturating_sub(1),
            Token::CloseArray if depth == 0 => break,
            Token::Word if depth == 0 => match &text[place.clone()] {
                b"null" => all.push(Given::default()),
                b"R" => {}
                _ => {
                    let number = reference(&text[place.start..]);
                    all.extend(number.and_then(|number| referred(bytes, number, index)).map(parameters));
                }
            },
            _ => {}
        }
        if all.len() == MOST || (!within && depth == 0) {
            break;
        }
    }
    all
}

/// Parameters from the dictionary at the beginning of `text` (tables 8, 10 and 14).
fn parameters(text: &[u8]) -> Given {
    let number = |key: &[u8], or: u32| {
        let place = value(text, key)?;
        let text = std::str::from_utf8(&text[place]).ok()?;
        Some(text.trim().parse().unwrap_or(or))
    };
    let or = Parameters::default();
    let parameters = Parameters {
        predictor: number(b"Predictor", 1).unwrap_or(or.predictor),
        colors: number(b"Colors", 1).unwrap_or(or.colors),
        bits: number(b"BitsPerComponent", 8).unwrap_or(or.bits),
        columns: number(b"Columns", 1).unwrap_or(or.columns),
        early: number(b"EarlyChange", 1).is_none_or(|early| early != 0),
    };
    (parameters, value(text, b"Name").and_then(|place| names(&text[place], 1).pop()))
}
