//! The dictionary that says how a document is encrypted (ISO 32000-2, section 7.6.2 and tables 20, 21 and 25).

use super::super::lexer::{Lexer, Token};
use super::super::object::{Index, name, reference, value};
use super::super::stream::{REFERRED, referred};
use super::super::text;
use super::Unopened;

/// Crypt filters that are looked at. Writers make one or two.
const MOST: usize = 16;

/// How strings or streams are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// Not at all.
    Identity,
    /// RC4, with a key for each object.
    Rc4,
    /// AES with keys of 128 bits, one for each object.
    Aes128,
    /// AES with the document's key of 256 bits.
    Aes256,
    /// In a way that is not known.
    Unknown,
}

/// What the standard security handler must know.
#[derive(Debug)]
pub(super) struct Dictionary {
    /// Of the handler: 2 to 6.
    pub(super) revision: u32,
    /// Bytes that the key may have with revisions 2 to 4. Writers do not always state the length that they use; the password's
    /// check tells.
    pub(super) lengths: Vec<usize>,
    /// What passwords are checked with: at least 32 bytes, 48 from revision 5 on.
    pub(super) owner: Vec<u8>,
    pub(super) user: Vec<u8>,
    /// From revision 5 on the document's key, encrypted with those that the passwords make: 32 bytes.
    pub(super) owner_key: Vec<u8>,
    pub(super) user_key: Vec<u8>,
    pub(super) permissions: u32,
    /// The first identifier of the file.
    pub(super) identifier: Vec<u8>,
    /// Whether metadata are encrypted.
    pub(super) metadata: bool,
    pub(super) streams: Method,
    pub(super) strings: Method,
    pub(super) embedded: Method,
    /// The crypt filters by their names.
    filters: Vec<(Vec<u8>, Method)>,
}

impl Dictionary {
    /// Reads the dictionary that `written` is or refers to, with the value of the trailer's `ID`.
    pub(super) fn read(
        bytes: &[u8],
        written: &[u8],
        identifier: &[u8],
        index: &Index,
    ) -> Result<Dictionary, Unopened> {
        let values = Values { bytes, index };
        let written =
            values.resolved(written).ok_or(Unopened::Damaged("the dictionary that says how is not there"))?;
        let of = |key: &[u8]| values.of(written, key);
        let handler = of(b"Filter").and_then(first_name);
        match handler.as_deref() {
            Some(b"Standard") => {}
            Some(other) => return Err(Unopened::method("security handler", other)),
            None => return Err(Unopened::Damaged("the dictionary that says how names no security handler")),
        }
        let number = |key: &[u8]| of(key).and_then(number);
        let (version, revision) = (number(b"V").unwrap_or(0), number(b"R").unwrap_or(0));
        let least = match (version, revision) {
            (1..=2, 2..=4) | (4, 4) => 32,
            (5, 5..=6) => 48,
            _ => {
                return Err(Unopened::method(
                    "version",
                    format!("{version}, revision {revision}").as_bytes(),
                ));
            }
        };
        let string =
            |key: &[u8], least: usize| of(key).and_then(first_string).filter(|text| text.len() >= least);
        let key_least = if version == 5 { 32 } else { 0 };
        let encrypted_key = |key: &[u8]| {
            let mut text = string(key, key_least)?;
            text.truncate(32);
            Some(text)
        };
        let passwords = (string(b"O", least), string(b"U", least), number(b"P"));
        let (Some(owner), Some(user), Some(permissions)) = passwords else {
            return Err(Unopened::Damaged("what a password is checked with is missing"));
        };
        let keys = if version == 5 {
            (encrypted_key(b"OE"), encrypted_key(b"UE"))
        } else {
            (Some(Vec::new()), Some(Vec::new()))
        };
        let (Some(owner_key), Some(user_key)) = keys else {
            return Err(Unopened::Damaged("its encrypted key is missing"));
        };
        let mut dictionary = Dictionary {
            revision: u32::try_from(revision).unwrap_or(0),
            lengths: lengths(version, number(b"Length")),
            owner,
            user,
            owner_key,
            user_key,
            // Written with a sign or without one.
            permissions: permissions as u32,
            identifier: values.resolved(identifier).and_then(first_string).unwrap_or_default(),
            metadata: of(b"EncryptMetadata").is_none_or(|written| written.trim_ascii() != b"false"),
            streams: Method::Rc4,
            strings: Method::Rc4,
            embedded: Method::Rc4,
            filters: Vec::new(),
        };
        if version >= 4 {
            dictionary.filters = of(b"CF").map(|filters| values.filters(filters)).unwrap_or_default();
            let named = |key: &[u8]| of(key).and_then(first_name);
            let method =
                |name: Option<Vec<u8>>| name.map_or(Method::Identity, |name| dictionary.method(&name));
            let (streams, strings) = (method(named(b"StmF")), method(named(b"StrF")));
            let embedded = named(b"EFF").map_or(streams, |name| dictionary.method(&name));
            (dictionary.streams, dictionary.strings, dictionary.embedded) = (streams, strings, embedded);
        }
        Ok(dictionary)
    }

    /// What the crypt filter of this name does.
    pub(super) fn method(&self, name: &[u8]) -> Method {
        let known = self.filters.iter().find(|(known, _)| known == name);
        match known {
            _ if name == b"Identity" => Method::Identity,
            Some((_, method)) => *method,
            None => Method::Unknown,
        }
    }
}

/// Bytes that a key may have: what the standard says, what is stated (in bits, or by mistake in bytes), and the usual ones.
fn lengths(version: i64, stated: Option<i64>) -> Vec<usize> {
    let stated = stated.and_then(|stated| usize::try_from(stated).ok()).unwrap_or(0);
    let first = if version == 4 { 16 } else { 5 };
    let mut all = Vec::new();
    let stated = if version == 1 { 0 } else { stated };
    for length in [stated / 8, stated, first, 16, 5] {
        if (5..=16).contains(&length) && !all.contains(&length) {
            all.push(length);
        }
    }
    all
}

/// The values of the dictionary, which may be objects of their own.
struct Values<'b> {
    bytes: &'b [u8],
    index: &'b Index,
}

impl<'b> Values<'b> {
    /// What a value is, or the object that it refers to; `None` where that is not there.
    fn resolved(&self, written: &'b [u8]) -> Option<&'b [u8]> {
        match reference(written) {
            Some(number) => referred(self.bytes, number, self.index),
            None => Some(&written[..written.len().min(REFERRED)]),
        }
    }

    fn of(&self, dictionary: &'b [u8], key: &[u8]) -> Option<&'b [u8]> {
        self.resolved(&dictionary[value(dictionary, key)?])
    }

    /// The crypt filters and what each does (table 25).
    fn filters(&self, written: &'b [u8]) -> Vec<(Vec<u8>, Method)> {
        let mut all: Vec<(Vec<u8>, Method)> = Vec::new();
        let mut lexer = Lexer::new(written);
        while let Some((token, place)) = lexer.next() {
            let name = name(&written[place]);
            if token != Token::Name || all.len() == MOST || all.iter().any(|(known, _)| *known == name) {
                continue;
            }
            // Names of keys within are no filters: they have no dictionary here.
            let Some(filter) =
                self.of(written, &name).filter(|filter| filter.trim_ascii_start().starts_with(b"<<"))
            else {
                continue;
            };
            let method = match self.of(filter, b"CFM").and_then(first_name).as_deref() {
                Some(b"V2") => Method::Rc4,
                Some(b"AESV2") => Method::Aes128,
                Some(b"AESV3") => Method::Aes256,
                _ => Method::Unknown,
            };
            all.push((name, method));
        }
        all
    }
}

fn first_name(written: &[u8]) -> Option<Vec<u8>> {
    let (token, place) = Lexer::new(written).next()?;
    (token == Token::Name).then(|| name(&written[place]))
}

fn number(written: &[u8]) -> Option<i64> {
    let (_, place) = Lexer::new(written).next()?;
    std::str::from_utf8(&written[place]).ok()?.parse().ok()
}

/// The string that a value is, or the first of the array that it is.
fn first_string(written: &[u8]) -> Option<Vec<u8>> {
    let mut lexer = Lexer::new(written);
    let (mut token, mut place) = lexer.next()?;
    if token == Token::OpenArray {
        (token, place) = lexer.next()?;
    }
    text::bytes(token, &written[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_not_known_is_told() {
        let long = "<".to_owned() + &"00".repeat(48) + ">";
        let six = format!("/Filter/Standard/V 5/R 6/P -4/O {long}/U {long}/OE {long}/UE {long}");
        let short = "/Filter/Standard/V 2/R 3/P 4294967292/Length 128/O(0123456789abcdef0123456789abcdef)";
        let table = [
            ("/V 1/R 2", "names no security handler"),
            ("/Filter/Adobe.PubSec/V 4/R 4", "security handler Adobe.PubSec"),
            ("/Filter/Standard/V 3/R 3", "version 3, revision 3"),
            ("/Filter/Standard/V 6/R 7", "version 6, revision 7"),
            ("/Filter/Standard/V 2/R 6", "version 2, revision 6"),
            ("/Filter/Standard/V -9223372036854775808/R 99999999999999999999", "revision 0"),
            (short, "checked with is missing"),
            (&format!("{short}/U(short)"), "checked with is missing"),
            (&six.replace("/UE", "/XE"), "key is missing"),
            (&six.replace("/P -4", ""), "checked with is missing"),
        ];
        let none = Index::default();
        for (text, why) in table {
            let told = Dictionary::read(b"", format!("<<{text}>>").as_bytes(), b"", &none).expect_err(text);
            let told = format!("{told:?}");
            assert!(told.contains(why), "{text}: {told}");
        }
        let written =
            format!("<<{six}/CF<</StdCF<</CFM/AESV3/AuthEvent/DocOpen>>/Odd<<>>>>/StmF/StdCF/EFF/Gone>>");
        let good =
            Dictionary::read(b"", written.as_bytes(), b"[<6964>(x)]", &none).expect("a good dictionary");
        assert_eq!((good.revision, good.permissions, &good.identifier[..]), (6, 0xFFFF_FFFC, &b"id"[..]));
        assert_eq!(
            (good.streams, good.strings, good.embedded),
            (Method::Aes256, Method::Identity, Method::Unknown)
        );
        assert_eq!(good.method(b"Odd"), Method::Unknown);
        assert_eq!(good.method(b"CFM"), Method::Unknown);
    }

    #[test]
    fn lengths_that_are_stated_come_first() {
        assert_eq!(lengths(1, Some(128)), [5, 16]);
        assert_eq!(lengths(2, Some(56)), [7, 5, 16]);
        assert_eq!(lengths(2, Some(16)), [16, 5]);
        assert_eq!(lengths(4, None), [16, 5]);
        assert_eq!(lengths(4, Some(i64::MIN)), [16, 5]);
    }
}
