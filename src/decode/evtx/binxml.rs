//! The binary XML of one event ([MS-EVEN6] section 2.2.12), flattened to `Name=value` pairs while it is read.

use std::collections::HashMap;
use std::rc::Rc;

use crate::decode::Rendered;
use crate::model::{Field, Timestamp};

use super::value;

/// Templates within values within templates: Windows nests two or three.
const DEEPEST: usize = 16;

/// Substitutions of one template: real ones have below a hundred.
const MOST_VALUES: u32 = 4_096;

/// An event could not be read: what was wrong.
pub(super) type Broken = &'static str;

/// One substitution of a template: its type and where its bytes stand in the chunk.
#[derive(Clone, Copy)]
struct Value {
    kind: u8,
    start: usize,
    end: usize,
}

/// A stretch of tokens that is being read.
struct Fragment {
    at: usize,
    end: usize,
    values: Rc<[Value]>,
    /// It is the body of a template; only elements there have a dependency id.
    of_template: bool,
    /// Elements open when it began.
    depth: usize,
}

/// An open element.
struct Element {
    name: Rc<str>,
    /// What its text is called: its `Name` attribute where it has one, else its own name.
    label: Rc<str>,
    text: String,
}

/// Reads the events of one chunk.
pub(super) struct BinXml<'c> {
    chunk: &'c [u8],
    names: HashMap<u32, Rc<str>>,
    /// Steps that may still be taken in this chunk.
    work: usize,
    elements: Vec<Element>,
    /// The attribute whose value is being read.
    attribute: Option<(Rc<str>, String)>,
    time: Option<Timestamp>,
}

impl<'c> BinXml<'c> {
    /// `work`: tokens and bytes that the events of this chunk may come to.
    pub(super) fn new(chunk: &'c [u8], work: usize) -> BinXml<'c> {
        BinXml { chunk, names: HashMap::new(), work, elements: Vec::new(), attribute: None, time: None }
    }

    /// Flattens the event whose tokens stand at `start..end` of the chunk; gives its `TimeCreated`.
    pub(super) fn render(
        &mut self,
        start: usize,
        end: usize,
        line: &mut Rendered,
    ) -> Result<Option<Timestamp>, Broken> {
        self.elements.clear();
        self.attribute = None;
        self.time = None;
        let mut open = vec![Fragment { at: start, end, values: Rc::new([]), of_template: false, depth: 0 }];
        while let Some(fragment) = open.last_mut() {
            if fragment.at >= fragment.end {
                self.close(fragment.depth, line)?;
                open.pop();
                continue;
            }
            self.spend(1)?;
            if let Some(inner) = self.token(fragment, line)? {
                if open.len() >= DEEPEST {
                    return Err("templates are nested too deep");
                }
                open.push(inner);
            }
        }
        Ok(self.time)
    }

    /// Reads one token; gives the fragment that is to be read before the next.
    fn token(&mut self, fragment: &mut Fragment, line: &mut Rendered) -> Result<Option<Fragment>, Broken> {
        let token = self.byte(&mut fragment.at)?;
        // 0x40 says that more of the same follows, or that an element has attributes.
        match token & 0xBF {
            0x00 => fragment.at = fragment.end,
            0x01 => self.open_element(fragment, token & 0x40 != 0, line)?,
            0x02 => self.end_attribute(line),
            0x03 | 0x04 => {
                self.end_attribute(line);
                self.end_element(line)?;
            }
            0x05 => {
                let kind = self.byte(&mut fragment.at)?;
                if kind != 0x01 {
                    return Err("a text has an unknown type");
                }
                self.text(fragment)?;
            }
            0x06 => {
                self.end_attribute(line);
                let name = self.name(&mut fragment.at)?;
                self.attribute = Some((name, String::new()));
            }
            0x07 => self.text(fragment)?,
            0x08 => {
                let code = u32::from(self.word(&mut fragment.at)?);
                self.push(|out| out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)));
            }
            0x09 => {
                let name = self.name(&mut fragment.at)?;
                self.push(|out| out.push_str(entity(&name)));
            }
            0x0A => {
                self.name(&mut fragment.at)?;
            }
            0x0B => {
                let count = usize::from(self.word(&mut fragment.at)?);
                self.take(&mut fragment.at, count * 2)?;
            }
            0x0C => return self.template(fragment),
            0x0D | 0x0E => return self.substitute(fragment),
            0x0F => {
                self.take(&mut fragment.at, 3)?;
            }
            _ => return Err("an unknown token"),
        }
        Ok(None)
    }

    fn open_element(
        &mut self,
        fragment: &mut Fragment,
        has_attributes: bool,
        line: &mut Rendered,
    ) -> Result<(), Broken> {
        if fragment.of_template {
            self.word(&mut fragment.at)?;
        }
        self.double(&mut fragment.at)?;
        let name = self.name(&mut fragment.at)?;
        if has_attributes {
            self.double(&mut fragment.at)?;
        }
        self.flush(line);
        self.elements.push(Element { label: Rc::clone(&name), name, text: String::new() });
        Ok(())
    }

    /// Writes what the innermost element's text came to so far.
    fn flush(&mut self, line: &mut Rendered) {
        if let Some(element) = self.elements.last_mut()
            && !element.text.is_empty()
        {
            let text = std::mem::take(&mut element.text);
            if text.contains(|c: char| !c.is_whitespace()) {
                line.pair(&element.label, &text, field(&element.label));
            }
        }
    }

    fn end_element(&mut self, line: &mut Rendered) -> Result<(), Broken> {
        self.flush(line);
        self.elements.pop().map(|_| ()).ok_or("an element ends that did not begin")
    }

    /// A fragment is over: the elements that it opened have to be closed.
    fn close(&mut self, depth: usize, line: &mut Rendered) -> Result<(), Broken> {
        self.end_attribute(line);
        if self.elements.len() < depth {
            return Err("an element ends outside of its fragment");
        }
        while self.elements.len() > depth {
            self.end_element(line)?;
        }
        Ok(())
    }

    /// The attribute's value is complete: `Name` names its element's text, the others are pairs of their own.
    fn end_attribute(&mut self, line: &mut Rendered) {
        let Some((name, text)) = self.attribute.take() else { return };
        let Some(element) = self.elements.last_mut() else { return };
        if text.is_empty() || &*name == "xmlns" {
            return;
        }
        match (&*element.name, &*name) {
            ("Provider", "Name") => line.pair("Provider", &text, None),
            ("TimeCreated", "SystemTime") => {
                self.time = self.time.or_else(|| Timestamp::parse(&text));
                line.pair("TimeCreated", &text, Some(Field::Time));
            }
            ("Security", "UserID") => line.pair("UserID", &text, Some(Field::User)),
            (_, "Name") => element.label = text.into(),
            (element, name) => {
                let label = format!("{element}.{name}");
                line.pair(&label, &text, None);
            }
        }
    }

    /// Appends to the attribute's value or the element's text.
    fn push(&mut self, append: impl FnOnce(&mut String)) {
        match (&mut self.attribute, self.elements.last_mut()) {
            (Some((_, text)), _) => append(text),
            (None, Some(element)) => append(&mut element.text),
            (None, None) => {}
        }
    }

    fn text(&mut self, fragment: &mut Fragment) -> Result<(), Broken> {
        let count = usize::from(self.word(&mut fragment.at)?);
        let bytes = self.take(&mut fragment.at, count * 2)?;
        self.spend(bytes.len())?;
        self.push(|out| value::utf16(bytes, out));
        Ok(())
    }

    /// A template and the values for its places: `0x0C`, a byte, the template's id and place, perhaps the template
    /// itself, the number of values, their sizes and types, the values.
    fn template(&mut self, fragment: &mut Fragment) -> Result<Option<Fragment>, Broken> {
        let at = &mut fragment.at;
        self.byte(at)?;
        self.double(at)?;
        let place = self.double(at)? as usize;
        let mut body = place;
        self.take(&mut body, 20)?;
        let size = self.double(&mut body)? as usize;
        let end =
            body.checked_add(size).filter(|end| *end <= self.chunk.len()).ok_or("a template is cut off")?;
        if place == *at {
            *at = end;
        }
        let count = self.double(at)?;
        if count > MOST_VALUES {
            return Err("a template has too many values");
        }
        self.spend(count as usize)?;
        let mut sizes = Vec::with_capacity(count as usize);
        for _ in 0..count {
            let size = usize::from(self.word(at)?);
            sizes.push((size, self.byte(at)?));
            self.byte(at)?;
        }
        let mut values = Vec::with_capacity(sizes.len());
        for (size, kind) in sizes {
            let start = *at;
            self.take(at, size)?;
            values.push(Value { kind, start, end: *at });
        }
        let depth = self.elements.len();
        Ok(Some(Fragment { at: body, end, values: values.into(), of_template: true, depth }))
    }

    fn substitute(&mut self, fragment: &mut Fragment) -> Result<Option<Fragment>, Broken> {
        let index = usize::from(self.word(&mut fragment.at)?);
        self.byte(&mut fragment.at)?;
        // Windows leaves out what a template wants and an event does not have.
        let Some(value) = fragment.values.get(index).copied() else { return Ok(None) };
        self.spend(value.end - value.start)?;
        if value.kind == value::BIN_XML {
            let depth = self.elements.len();
            return Ok(Some(Fragment {
                at: value.start,
                end: value.end,
                values: Rc::new([]),
                of_template: false,
                depth,
            }));
        }
        let bytes = &self.chunk[value.start..value.end];
        self.push(|out| value::append(value.kind, bytes, out));
        Ok(None)
    }

    /// A name by its place in the chunk; it stands right here where it is used first.
    fn name(&mut self, at: &mut usize) -> Result<Rc<str>, Broken> {
        let place = self.double(at)?;
        let mut from = place as usize;
        let here = from == *at;
        if !here && let Some(name) = self.names.get(&place) {
            return Ok(Rc::clone(name));
        }
        self.take(&mut from, 6)?;
        let count = usize::from(self.word(&mut from)?);
        let bytes = self.take(&mut from, count * 2)?;
        self.spend(bytes.len())?;
        let mut name = String::new();
        value::utf16(bytes, &mut name);
        // A zero ends it.
        self.take(&mut from, 2)?;
        if here {
            *at = from;
        }
        let name: Rc<str> = name.into();
        self.names.insert(place, Rc::clone(&name));
        Ok(name)
    }

    fn spend(&mut self, steps: usize) -> Result<(), Broken> {
        self.work =
            self.work.checked_sub(steps).ok_or("the events of its chunk are longer than the limit")?;
        Ok(())
    }

    fn take(&self, at: &mut usize, count: usize) -> Result<&'c [u8], Broken> {
        let bytes = at.checked_add(count).and_then(|end| self.chunk.get(*at..end)).ok_or("it is cut off")?;
        *at += count;
        Ok(bytes)
    }

    fn byte(&self, at: &mut usize) -> Result<u8, Broken> {
        Ok(self.take(at, 1)?[0])
    }

    fn word(&self, at: &mut usize) -> Result<u16, Broken> {
        Ok(self.take(at, 2)?.first_chunk().map_or(0, |bytes| u16::from_le_bytes(*bytes)))
    }

    fn double(&self, at: &mut usize) -> Result<u32, Broken> {
        Ok(self.take(at, 4)?.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes)))
    }
}

fn entity(name: &str) -> &str {
    match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        other => other,
    }
}

/// What the shared vocabulary calls an event's value. The first of a kind stands for the record.
fn field(label: &str) -> Option<Field> {
    Some(match label {
        "Computer" => Field::Server,
        "IpAddress" | "ClientAddress" | "SourceIp" | "SourceAddress" | "ClientIP" => Field::Client,
        "TargetUserName" | "User" | "SubjectUserName" | "AccountName" | "UserName" => Field::User,
        "Image" | "NewProcessName" | "ProcessName" | "Application" => Field::Process,
        "ScriptBlockText" | "Payload" | "ContextInfo" | "Message" => Field::Message,
        _ => return None,
    })
}
