//! Identifiers made from content (RFC 9562, section 5.5, UUIDv5): the same content has the same one everywhere.

use sha1::{Digest, Sha1};

/// The name space of Belljar's own identifiers.
const OWN: [u8; 16] =
    [0x6f, 0x1d, 0x0b, 0x62, 0x5a, 0x3c, 0x4e, 0x8b, 0x9a, 0x17, 0x2c, 0x94, 0x70, 0xd5, 0xe3, 0x1f];

/// The name space of STIX cyber-observable objects (STIX 2.1, section 2.9).
const OBSERVABLE: [u8; 16] =
    [0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7];

/// The identifier of a name.
pub fn identifier(name: &str) -> String {
    named(&OWN, name)
}

/// The identifier of a STIX cyber-observable object with these properties, as canonical JSON.
pub fn observable_identifier(properties: &str) -> String {
    named(&OBSERVABLE, properties)
}

fn named(space: &[u8; 16], name: &str) -> String {
    let digest = Sha1::new().chain_update(space).chain_update(name.as_bytes()).finalize();
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0F | 0x50;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_identifiers_that_the_standard_gives_them() {
        // RFC 9562, appendix A.4: the DNS name space and www.example.com.
        let dns =
            [0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];
        assert_eq!(named(&dns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
        assert_ne!(identifier("a"), identifier("b"));
    }
}
