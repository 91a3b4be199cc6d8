//! The security of encrypted documents (ISO 32000-2, section 7.6): what the trailers say and passwords go in; what decrypts the strings
//! and the streams comes out.
//!
//! What it does not do: (1) handlers other than the standard one, such as that for certificates; (2) version 3, which was never
//! published, and versions after 5.

mod cipher;
mod dictionary;
mod password;

use std::borrow::Cow;

use md5::{Digest, Md5};

use crate::model::{Diagnostic, DiagnosticSeverity, Passwords};
use crate::source::Allowance;

use super::lexer::Token;
use super::object::{Index, Object, name, reference, value};
use super::stream::{Kind, Plan};
use super::text;
use cipher::{Cipher, Decrypted, Rc4};
use dictionary::{Dictionary, Method};

/// Different ways to encrypt one document that its trailers may name. One is right.
const MOST: usize = 4;

/// Why a document could not be decrypted.
#[derive(Debug)]
pub(super) enum Unopened {
    /// None of the passwords opens it.
    Password,
    /// How it is encrypted is not known.
    Method(String),
    /// What says how is damaged.
    Damaged(&'static str),
    /// No more passwords may be tried.
    Work(Diagnostic),
}

impl Unopened {
    fn method(what: &str, which: &[u8]) -> Unopened {
        let which: String = String::from_utf8_lossy(which).chars().take(64).collect();
        Unopened::Method(format!("{what} {}", which.escape_debug()))
    }

    /// What is told of it.
    pub(super) fn told(self) -> Diagnostic {
        let hint = "open it in a reader, print or save it without a password, and drop that; its bytes were searched as they stand";
        let (code, why) = match self {
            Unopened::Work(diagnostic) => return diagnostic,
            Unopened::Password => {
                let message = "the document is encrypted, and none of the passwords tried opens it: its text and its streams were not read";
                let hint =
                    "give its password and check the file again; its bytes were searched as they stand";
                return Diagnostic::new(
                    DiagnosticSeverity::Error,
                    Diagnostic::PASSWORD_NEEDED,
                    message,
                    hint,
                );
            }
            Unopened::Method(which) => ("pdf-encrypted", format!("in a way that is not read ({which})")),
            Unopened::Damaged(what) => ("pdf-encrypted", format!("but {what}")),
        };
        let message = format!("the document is encrypted, {why}: its text and its streams were not read");
        Diagnostic::new(DiagnosticSeverity::Error, code, message, hint)
    }
}

/// What the trailers of a document say of its encryption.
#[derive(Default)]
pub(super) struct Trailers<'b> {
    /// Values of `Encrypt`, each with the `ID` beside it.
    locks: Vec<(&'b [u8], &'b [u8])>,
    /// An `ID` elsewhere.
    identifier: &'b [u8],
    /// A trailer that is one of its own has no `Encrypt`.
    plain: bool,
    /// There are more locks than those.
    more: bool,
}

impl<'b> Trailers<'b> {
    /// Takes what the first dictionary in `written` says (section 7.5.5).
    pub(super) fn take(&mut self, written: &'b [u8]) {
        let of = |key: &[u8]| value(written, key).map(|place| written[place].trim_ascii());
        let identifier = of(b"ID").unwrap_or_default();
        if self.identifier.is_empty() {
            self.identifier = identifier;
        }
        match of(b"Encrypt").filter(|lock| *lock != b"null") {
            Some(lock) => {
                let is_known = self.locks.iter().any(|(known, _)| *known == lock);
                if !is_known && self.locks.len() == MOST {
                    self.locks.remove(0);
                    self.more = true;
                }
                if !is_known {
                    self.locks.push((lock, identifier));
                }
            }
            // Those that only point to other parts of the file do not name the catalog.
            None => self.plain |= of(b"Root").is_some(),
        }
    }

    /// Whether one of them says that the document is encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        !self.locks.is_empty()
    }

    /// Whether they do not all say the same. Where only some say nothing, the document is read in both ways, and nothing is left out.
    pub(super) fn disagree(&self) -> Option<DiagnosticSeverity> {
        match self.locks.len() {
            0 => None,
            1 if !self.more => self.plain.then_some(DiagnosticSeverity::Warning),
            _ => Some(DiagnosticSeverity::Error),
        }
    }
}

/// What decrypts one document.
pub(super) struct Security {
    dictionary: Dictionary,
    key: Vec<u8>,
    /// Where the body of the object stands that is the dictionary itself: its strings are not encrypted.
    own: Option<usize>,
}

impl Security {
    /// Tries the passwords on what the last trailer says, or those before it.
    pub(super) fn open(
        bytes: &[u8],
        trailers: &Trailers<'_>,
        index: &Index,
        passwords: &Passwords,
        allowance: &Allowance,
    ) -> Result<Security, Unopened> {
        let mut first = None;
        for (lock, identifier) in trailers.locks.iter().rev() {
            let identifier = if identifier.is_empty() { trailers.identifier } else { *identifier };
            let opened = Dictionary::read(bytes, lock, identifier, index).and_then(|dictionary| {
                let key = password::key(&dictionary, passwords, allowance).map_err(Unopened::Work)?;
                let own = reference(lock).and_then(|number| index.place(number));
                key.map(|key| Security { dictionary, key, own }).ok_or(Unopened::Password)
            });
            match opened {
                Ok(security) => return Ok(security),
                Err(why) => first.get_or_insert(why),
            };
        }
        Err(first.unwrap_or(Unopened::Damaged("no trailer says how")))
    }

    /// What decrypts the strings of an object; `None` where they are not encrypted.
    pub(super) fn strings(&self, object: &Object, bytes: &[u8]) -> Option<Strings> {
        let method = self.dictionary.strings;
        if method == Method::Identity || self.own == Some(object.body.start) {
            return None;
        }
        let body = &bytes[object.body.clone()];
        let of = |key: &[u8]| value(body, key).map(|place| name(body[place].trim_ascii()));
        // Identifiers in a table of places stand where others have the trailer (section 7.5.8.2).
        if object.stream.is_some() && of(b"Type").as_deref() == Some(b"XRef") {
            return None;
        }
        let is_signature = of(b"ByteRange").is_some();
        Some(Strings { cipher: self.cipher(method, object), is_signature, is_contents: false })
    }

    /// Decrypts a stream.
    fn stream<'b>(&self, object: &Object, plan: &Plan, stands: &'b [u8], embedded: bool) -> Stream<'b> {
        let dictionary = &self.dictionary;
        let method = match (&plan.crypt, plan.kind) {
            // What only calls itself a table is encrypted like any other.
            (_, Kind::Table) if is_table(plan, stands) => Method::Identity,
            (Some(name), _) => dictionary.method(name),
            (None, Kind::Metadata) if !dictionary.metadata && is_metadata(plan, stands) => Method::Identity,
            (None, _) if embedded => dictionary.embedded,
            (None, _) => dictionary.streams,
        };
        let stands_so = Stream { bytes: Cow::Borrowed(stands), known: true, complete: true };
        let Some(cipher) = self.cipher(method, object) else {
            return Stream { known: method == Method::Identity, ..stands_so };
        };
        match cipher.decrypt(stands) {
            Some(Decrypted { bytes, complete }) => Stream { bytes: Cow::Owned(bytes), complete, ..stands_so },
            None => Stream { complete: stands.is_empty(), ..stands_so },
        }
    }

    /// What decrypts the strings or the stream of an object (algorithms 1 and 1.A); `None` where nothing does.
    fn cipher(&self, method: Method, object: &Object) -> Option<Cipher> {
        let mut digest = Md5::new_with_prefix(&self.key);
        digest.update(&object.number.to_le_bytes()[..3]);
        digest.update(&object.generation.to_le_bytes()[..2]);
        match method {
            Method::Identity | Method::Unknown => None,
            Method::Rc4 => {
                let key = digest.finalize();
                Some(Cipher::Rc4(Box::new(Rc4::new(&key[..key.len().min(self.key.len() + 5)]))))
            }
            Method::Aes128 => Some(Cipher::Aes(digest.chain_update(b"sAlT").finalize().to_vec())),
            Method::Aes256 => Some(Cipher::Aes(self.key.clone())),
        }
    }
}

/// Whether a stream begins as deflated data does (RFC 1950, section 2.2).
fn is_deflated(stands: &[u8]) -> bool {
    matches!(stands, [method, flags, ..] if method & 0x0F == 8
        && u16::from_be_bytes([*method, *flags]).is_multiple_of(31))
}

/// Whether a stream reads as a table of places as it stands: deflated, or rows that begin with one of three types (section 7.5.8.3).
fn is_table(plan: &Plan, stands: &[u8]) -> bool {
    if plan.chain.len() > 0 { is_deflated(stands) } else { stands.first().is_none_or(|kind| *kind <= 2) }
}

/// Whether a stream reads as metadata as it stands: programs do not agree on which metadata are meant. They are XML (ISO 16684-1),
/// perhaps deflated.
fn is_metadata(plan: &Plan, stands: &[u8]) -> bool {
    if plan.chain.len() > 0 {
        return is_deflated(stands);
    }
    let text = stands.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stands).trim_ascii_start();
    text.is_empty() || [&b"<"[..], b"\xFE\xFF", b"\xFF\xFE"].iter().any(|begins| text.starts_with(begins))
}

/// A stream that was encrypted.
pub(super) struct Stream<'b> {
    pub(super) bytes: Cow<'b, [u8]>,
    /// How it is encrypted is known.
    pub(super) known: bool,
    /// All of it could be decrypted.
    pub(super) complete: bool,
}

impl<'b> Stream<'b> {
    /// What stands in the stream of an object, decrypted where it is encrypted. `embedded`: it is that of an embedded file.
    pub(super) fn of(
        security: Option<&Security>,
        object: &Object,
        plan: &Plan,
        stands: &'b [u8],
        embedded: bool,
    ) -> Stream<'b> {
        match security {
            Some(security) => security.stream(object, plan, stands, embedded),
            None => Stream { bytes: Cow::Borrowed(stands), known: true, complete: true },
        }
    }

    /// Whether these are not the bytes of the file.
    pub(super) fn is_decrypted(&self) -> bool {
        matches!(self.bytes, Cow::Owned(_))
    }
}

/// What decrypts the strings of one object.
pub(super) struct Strings {
    /// `None` where it is not known how they are encrypted.
    cipher: Option<Cipher>,
    /// The object is a signature.
    is_signature: bool,
    /// The name that was read last is `Contents`.
    is_contents: bool,
}

impl Strings {
    /// Takes the next word of the object. If it is a string: its text, and whether it could be decrypted.
    pub(super) fn word(&mut self, token: Token, written: &[u8]) -> Option<(Vec<u8>, bool)> {
        let is_contents =
            std::mem::replace(&mut self.is_contents, token == Token::Name && name(written) == b"Contents");
        // The signature itself is not encrypted (section 7.6.2).
        if is_contents && self.is_signature && token == Token::Hexadecimal {
            return None;
        }
        self.text(token, written)
    }

    /// The text of a string and whether it could be decrypted; `None` for other words and the empty string.
    pub(super) fn text(&self, token: Token, written: &[u8]) -> Option<(Vec<u8>, bool)> {
        let stands = text::bytes(token, written).filter(|stands| !stands.is_empty())?;
        Some(match self.cipher.as_ref().and_then(|cipher| cipher.decrypt(&stands)) {
            Some(Decrypted { bytes, complete }) => (text::plain(bytes), complete),
            None => (stands, false),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailers_disagree_where_one_of_them_says_otherwise() {
        let (warning, error) = (Some(DiagnosticSeverity::Warning), Some(DiagnosticSeverity::Error));
        let table: [(&[&str], bool, Option<DiagnosticSeverity>); 7] = [
            (&["<</Root 1 0 R/Encrypt null>>"], false, None),
            (&["<</Root 1 0 R>>"], false, None),
            (&["<</Root 1 0 R/Encrypt 5 0 R>>", "<</Size 3>>"], true, None),
            (&["<</Root 1 0 R/Encrypt 5 0 R>>", "<</Root 1 0 R /Encrypt  5 0 R >>"], true, None),
            (&["<</Root 1 0 R/Encrypt 5 0 R>>", "<</Root 1 0 R>>"], true, warning),
            (&["<</Encrypt 5 0 R>>", "<</Encrypt 6 0 R>>"], true, error),
            (&["<</Encrypt<</V 1>>>>", "<</Encrypt<</V 1>>>>"], true, None),
        ];
        for (all, is_encrypted, disagree) in table {
            let mut trailers = Trailers::default();
            all.iter().for_each(|one| trailers.take(one.as_bytes()));
            assert_eq!((trailers.is_encrypted(), trailers.disagree()), (is_encrypted, disagree), "{all:?}");
        }
    }
}
