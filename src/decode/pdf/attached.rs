//! Names of files that are embedded in a PDF (ISO 32000-1, section 7.11.3).

use std::collections::BTreeMap;

use super::lexer::{Lexer, Token};
use super::object::{name, reference, value};
use super::security::Strings;
use super::text;

/// Dictionaries within dictionaries that are looked at; those further in name nothing.
const DEEPEST: usize = 64;

/// The name of the file in each stream, by the stream's number.
pub(super) type Names = BTreeMap<u32, String>;

/// Gathers the names that file specifications in `objects` give, which `strings` decrypts.
pub(super) fn gather(objects: &[u8], strings: Option<&Strings>, names: &mut Names) {
    let mut lexer = Lexer::new(objects);
    // Where each dictionary begins, and whether it says which stream holds the file.
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut deeper = 0usize;
    while let Some((token, place)) = lexer.next() {
        match token {
            Token::OpenDictionary if open.len() == DEEPEST => deeper += 1,
            Token::OpenDictionary => open.push((place.start, false)),
            Token::CloseDictionary if deeper > 0 => deeper -= 1,
            Token::CloseDictionary => {
                if let Some((start, true)) = open.pop() {
                    specification(&objects[start..place.end], strings, names);
                }
            }
            Token::Name if deeper == 0 && name(&objects[place.clone()]) == b"EF" => {
                if let Some((_, holds)) = open.last_mut() {
                    *holds = true;
                }
            }
            _ => {}
        }
    }
}

/// One specification: the name that is Unicode before the other.
fn specification(written: &[u8], strings: Option<&Strings>, names: &mut Names) -> Option<()> {
    let streams = &written[value(written, b"EF")?];
    let named = [&b"UF"[..], b"F"].into_iter().find_map(|key| {
        let text = &written[value(written, key)?];
        let (token, place) = Lexer::new(text).next()?;
        let text = match strings {
            Some(strings) => strings.text(token, &text[place])?.0,
            None => text::string(token, &text[place])?,
        };
        Some(String::from_utf8_lossy(&text).into_owned())
    });
    let named = named.filter(|name| !name.trim().is_empty())?;
    for key in [&b"F"[..], b"UF"] {
        if let Some(number) = value(streams, key).and_then(|place| reference(&streams[place])) {
            names.insert(number, named.clone());
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_named_as_its_specification_says() {
        let mut names = Names::new();
        gather(
            b"[<</A<</Type/Filespec/F(a.txt)/UF<FEFF00FC>/EF<</F 7 0 R>>>>>><</EF<</F 8 0 R>>/F(b\\056exe)>>",
            None,
            &mut names,
        );
        let all: Vec<(u32, &str)> = names.iter().map(|(number, name)| (*number, name.as_str())).collect();
        assert_eq!(all, [(7, "\u{fc}"), (8, "b.exe")]);
    }
}
