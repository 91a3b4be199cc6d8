//! X.509 certificates (RFC 5280): the names that stand in one, and its digests.

use std::net::{Ipv4Addr, Ipv6Addr};

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::hex;

/// Names told of one certificate; shared hosting puts a hundred into one.
const MOST_NAMES: usize = 256;

/// What one certificate says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Certificate {
    pub(super) sha1: String,
    pub(super) sha256: String,
    /// Common names and organizations of whom it is for.
    pub(super) subject: Vec<String>,
    /// The same of who signed it.
    pub(super) issuer: Vec<String>,
    /// Hosts and addresses it is valid for (section 4.2.1.6).
    pub(super) names: Vec<String>,
}

/// Reads a certificate. Digests are of all its bytes; names are those found up to the first damage.
pub(super) fn certificate(bytes: &[u8]) -> Certificate {
    let mut read = Certificate {
        sha1: hex(&Sha1::digest(bytes)),
        sha256: hex(&Sha256::digest(bytes)),
        ..Certificate::default()
    };
    let _ = names(bytes, &mut read);
    read
}

/// Tag and content of the next element (X.690 section 8.1), which is taken off.
fn element<'b>(bytes: &mut &'b [u8]) -> Option<(u8, &'b [u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first & 0x80 != 0 {
        let count = usize::from(first & 0x7F);
        let digits = rest.get(..count).filter(|_| (1..=4).contains(&count))?;
        length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
        rest = &rest[count..];
    }
    let (content, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some((tag, content))
}

fn names(bytes: &[u8], read: &mut Certificate) -> Option<()> {
    let mut whole = bytes;
    let (_, mut signed) = element(&mut whole)?;
    let (_, mut body) = element(&mut signed)?;
    if body.first() == Some(&0xA0) {
        element(&mut body)?;
    }
    // Serial number, algorithm of the signature; then issuer, validity, subject, key (section 4.1).
    element(&mut body)?;
    element(&mut body)?;
    read.issuer = distinguished(element(&mut body)?.1);
    element(&mut body)?;
    read.subject = distinguished(element(&mut body)?.1);
    element(&mut body)?;
    while let Some((tag, mut wrapped)) = element(&mut body) {
        if tag == 0xA3 {
            let (_, mut extensions) = element(&mut wrapped)?;
            while let Some((_, mut extension)) = element(&mut extensions) {
                let (_, kind) = element(&mut extension)?;
                // 2.5.29.17: names the certificate is valid for, besides the subject.
                if kind == [0x55, 0x1D, 0x11] {
                    let mut content = element(&mut extension)?;
                    if content.0 == 1 {
                        content = element(&mut extension)?;
                    }
                    let mut content = content.1;
                    read.names = alternatives(element(&mut content)?.1);
                }
            }
        }
    }
    Some(())
}

/// Common name (2.5.4.3) and organization (2.5.4.10) of a distinguished name.
fn distinguished(mut sets: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    while let Some((_, mut set)) = element(&mut sets) {
        while let Some((_, mut pair)) = element(&mut set) {
            let (Some((_, kind)), Some((tag, value))) = (element(&mut pair), element(&mut pair)) else {
                break;
            };
            if matches!(kind, [0x55, 4, 3 | 10]) && all.len() < MOST_NAMES {
                all.push(text(tag, value));
            }
        }
    }
    all
}

fn alternatives(mut list: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    while let Some((tag, value)) = element(&mut list)
        && all.len() < MOST_NAMES
    {
        match (tag, value) {
            (0x81 | 0x82 | 0x86, text) => all.push(String::from_utf8_lossy(text).into_owned()),
            (0x87, [a, b, c, d]) => all.push(Ipv4Addr::new(*a, *b, *c, *d).to_string()),
            (0x87, value) => {
                all.extend(value.first_chunk::<16>().map(|address| Ipv6Addr::from(*address).to_string()));
            }
            _ => {}
        }
    }
    all
}

/// A character string; tag 30 is UTF-16, big-endian.
fn text(tag: u8, value: &[u8]) -> String {
    if tag == 30 {
        let units = value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        return char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    }
    String::from_utf8_lossy(value).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut all = vec![tag, 0x82];
        all.extend((content.len() as u16).to_be_bytes());
        all.extend(content);
        all
    }

    fn named(text: &str) -> Vec<u8> {
        let pair = [wrap(6, &[0x55, 4, 3]), wrap(12, text.as_bytes())].concat();
        wrap(0x30, &wrap(0x31, &wrap(0x30, &pair)))
    }

    #[test]
    fn finds_the_names_and_survives_every_prefix() {
        let hosts = [wrap(0x82, b"a.example"), wrap(0x87, &[192, 0, 2, 1])].concat();
        let extension = wrap(0x30, &[wrap(6, &[0x55, 0x1D, 0x11]), wrap(4, &wrap(0x30, &hosts))].concat());
        let body = [
            wrap(0xA0, &[2, 1, 2]),
            wrap(2, &[1]),
            wrap(0x30, &[]),
            named("Some CA"),
            wrap(0x30, &[]),
            named("a.example"),
            wrap(0x30, &[]),
            wrap(0xA3, &wrap(0x30, &extension)),
        ];
        let whole = wrap(0x30, &wrap(0x30, &body.concat()));
        let read = certificate(&whole);
        assert_eq!((read.subject, read.issuer), (vec!["a.example".to_owned()], vec!["Some CA".to_owned()]));
        assert_eq!(read.names, ["a.example", "192.0.2.1"]);
        for length in 0..whole.len() {
            certificate(&whole[..length]);
        }
    }
}
