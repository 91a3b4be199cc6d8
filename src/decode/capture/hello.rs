//! TLS hellos (RFC 8446 section 4.1): the name that is asked for, and the fingerprints JA3, JA3S and JA4.

use md5::Md5;
use sha2::{Digest, Sha256};

use super::cursor::Cursor;
use super::hex;

/// What a client says first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ClientHello {
    /// The server's name (RFC 6066 section 3).
    pub(super) name: Option<String>,
    /// Application protocols (RFC 7301).
    pub(super) protocols: Vec<Vec<u8>>,
    /// MD5 of version, ciphers, extensions, groups and formats.
    pub(super) ja3: String,
    /// FoxIO's JA4 for TLS over TCP.
    pub(super) ja4: String,
}

/// The parts of a hello that fingerprints are made of.
#[derive(Debug, Default)]
struct Parts {
    version: u16,
    ciphers: Vec<u16>,
    extensions: Vec<u16>,
    groups: Vec<u16>,
    formats: Vec<u16>,
    signatures: Vec<u16>,
    versions: Vec<u16>,
}

/// Values that clients make up so that servers stay tolerant (RFC 8701).
fn is_grease(value: u16) -> bool {
    value & 0x0F0F == 0x0A0A && value >> 8 == value & 0xFF
}

fn numbers(bytes: &[u8]) -> Vec<u16> {
    bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

/// Reads the body of a ClientHello; `None` where it is not whole.
pub(super) fn client(body: &[u8]) -> Option<ClientHello> {
    let mut cursor = Cursor::new(body);
    let mut hello = ClientHello::default();
    let mut parts = Parts { version: cursor.u16()?, ..Parts::default() };
    cursor.take(32)?;
    cursor.block8()?;
    parts.ciphers = numbers(cursor.block16()?);
    cursor.block8()?;
    let mut extensions = Cursor::new(cursor.block16().unwrap_or_default());
    while let Some(kind) = extensions.u16() {
        let content = extensions.block16()?;
        parts.extensions.push(kind);
        extension(kind, Cursor::new(content), &mut parts, &mut hello);
    }
    hello.ja3 = parts.ja3();
    hello.ja4 = parts.ja4(&hello);
    Some(hello)
}

fn extension(kind: u16, mut content: Cursor<'_>, parts: &mut Parts, hello: &mut ClientHello) {
    match kind {
        0 => {
            let mut names = Cursor::new(content.block16().unwrap_or_default());
            while let (Some(kind), Some(name)) = (names.u8(), names.block16()) {
                if kind == 0 && hello.name.is_none() {
                    hello.name = Some(String::from_utf8_lossy(name).into_owned());
                }
            }
        }
        10 => parts.groups = numbers(content.block16().unwrap_or_default()),
        11 => {
            parts.formats = content.block8().unwrap_or_default().iter().map(|byte| u16::from(*byte)).collect()
        }
        13 => parts.signatures = numbers(content.block16().unwrap_or_default()),
        16 => {
            let mut list = Cursor::new(content.block16().unwrap_or_default());
            while let Some(protocol) = list.block8() {
                hello.protocols.push(protocol.to_vec());
            }
        }
        43 => parts.versions = numbers(content.block8().unwrap_or_default()),
        _ => {}
    }
}

fn joined(values: &[u16]) -> String {
    let shown: Vec<String> = values.iter().filter(|value| !is_grease(**value)).map(u16::to_string).collect();
    shown.join("-")
}

/// The first twelve digits of a SHA-256, as JA4 uses it; zeros for nothing.
fn short(text: &str) -> String {
    if text.is_empty() {
        return "0".repeat(12);
    }
    let mut digest = hex(&Sha256::digest(text.as_bytes()));
    digest.truncate(12);
    digest
}

fn listed(values: impl Iterator<Item = u16>) -> Vec<String> {
    values.map(|value| format!("{value:04x}")).collect()
}

impl Parts {
    /// As published by Salesforce (`ja3`, README): decimal, parted by dashes and commas, without GREASE.
    fn ja3(&self) -> String {
        let lists =
            [&self.ciphers, &self.extensions, &self.groups, &self.formats].map(|values| joined(values));
        hex(&Md5::digest(format!("{},{}", self.version, lists.join(",")).as_bytes()))
    }

    /// As published by FoxIO (`ja4`, technical details, JA4.md).
    fn ja4(&self, hello: &ClientHello) -> String {
        let real =
            |values: &[u16]| values.iter().copied().filter(|value| !is_grease(*value)).collect::<Vec<u16>>();
        let version = real(&self.versions).into_iter().max().unwrap_or(self.version);
        let version = match version {
            0x0304 => "13",
            0x0303 => "12",
            0x0302 => "11",
            0x0301 => "10",
            0x0300 => "s3",
            0x0002 => "s2",
            _ => "00",
        };
        let (ciphers, extensions) = (real(&self.ciphers), real(&self.extensions));
        let name = if self.extensions.contains(&0) { 'd' } else { 'i' };
        let protocol = hello.protocols.first().map(Vec::as_slice).unwrap_or_default();
        let ends = match protocol {
            [] => "00".to_owned(),
            [first, .., last] | [first @ last]
                if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() =>
            {
                [char::from(*first), char::from(*last)].iter().collect()
            }
            other => {
                let digits = hex(other);
                [&digits[..1], &digits[digits.len() - 1..]].concat()
            }
        };
        let counts = format!("{:02}{:02}", ciphers.len().min(99), extensions.len().min(99));
        let mut sorted = listed(ciphers.into_iter());
        sorted.sort_unstable();
        let mut others = listed(extensions.into_iter().filter(|kind| !matches!(kind, 0 | 16)));
        others.sort_unstable();
        let mut others = others.join(",");
        let signatures = listed(real(&self.signatures).into_iter());
        if !signatures.is_empty() && !others.is_empty() {
            others = format!("{others}_{}", signatures.join(","));
        }
        format!("t{version}{name}{counts}{ends}_{}_{}", short(&sorted.join(",")), short(&others))
    }
}

/// The JA3S of the body of a ServerHello: MD5 of version, cipher and extensions.
pub(super) fn server(body: &[u8]) -> Option<String> {
    let mut cursor = Cursor::new(body);
    let version = cursor.u16()?;
    cursor.take(32)?;
    cursor.block8()?;
    let cipher = cursor.u16()?;
    cursor.u8()?;
    let mut extensions = Cursor::new(cursor.block16().unwrap_or_default());
    let mut kinds = Vec::new();
    while let Some(kind) = extensions.u16() {
        extensions.block16()?;
        kinds.push(kind.to_string());
    }
    Some(hex(&Md5::digest(format!("{version},{cipher},{}", kinds.join("-")).as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hello whose JA3 text and JA4 parts are written out in the test.
    fn hello() -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.extend([0, 0, 6, 0x1A, 0x1A, 0x13, 1, 0xC0, 0x2F, 1, 0]);
        let name = b"\0\0\0\x0e\0\x0c\0\0\x09a.example";
        let groups = b"\0\x0a\0\x04\0\x02\0\x1d";
        let formats = b"\0\x0b\0\x02\x01\0";
        let signatures = b"\0\x0d\0\x04\0\x02\x04\x03";
        let protocols = b"\0\x10\0\x05\0\x03\x02h2";
        let versions = b"\0\x2b\0\x05\x04\x0a\x0a\x03\x04";
        let list = [&name[..], groups, formats, signatures, protocols, versions].concat();
        body.extend((list.len() as u16).to_be_bytes());
        body.extend(list);
        body
    }

    #[test]
    fn fingerprints_are_those_of_the_published_rules() {
        let read = client(&hello()).expect("a hello");
        assert_eq!(read.name.as_deref(), Some("a.example"));
        assert_eq!(read.ja3, hex(&Md5::digest(b"771,4865-49199,0-10-11-13-16-43,29,0")));
        let (ciphers, others) = (short("1301,c02f"), short("000a,000b,000d,002b_0403"));
        assert_eq!(read.ja4, format!("t13d0206h2_{ciphers}_{others}"));
    }

    #[test]
    fn every_prefix_is_taken_without_panic() {
        for length in 0..hello().len() {
            client(&hello()[..length]);
            server(&hello()[..length]);
        }
    }
}
