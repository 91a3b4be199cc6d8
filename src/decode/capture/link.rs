//! Link layers: what a frame carries. Values are those of <https://www.tcpdump.org/linktypes.html>.

use super::cursor::Cursor;

/// Tags one behind the other (IEEE 802.1Q, 802.1ad, MPLS): real networks stack two or three.
const MOST_TAGS: usize = 16;

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried<'b> {
    /// An IP packet; its first four bits tell the version.
    Ip(&'b [u8]),
    /// An ARP packet (RFC 826).
    Arp(&'b [u8]),
    /// Something else that has no addresses of the internet.
    Other(&'b [u8]),
    /// What is not read, and what it is.
    Unread(&'static str),
}

/// What a frame of this link layer carries.
pub(super) fn carried(link: u16, bytes: &[u8]) -> Carried<'_> {
    let cut = Carried::Unread("a frame shorter than its header");
    let found = match link {
        1 => ethernet(bytes),
        0 => loopback(bytes, false),
        108 => loopback(bytes, true),
        9 | 50 => ppp(bytes),
        51 => bytes.get(6..).and_then(ppp),
        8 | 12 | 14 | 101 | 228 | 229 => Some(Carried::Ip(bytes)),
        107 => relay(bytes),
        104 => bytes.get(2..).and_then(typed),
        113 => bytes.get(14..).and_then(typed),
        276 => sll2(bytes),
        105 => wireless(bytes),
        119 => bytes.get(144..).and_then(wireless),
        127 => {
            let length =
                bytes.get(2..4).map(|length| usize::from(u16::from_le_bytes([length[0], length[1]])));
            length.and_then(|length| bytes.get(length..)).and_then(wireless)
        }
        _ => return Carried::Unread(name(link)),
    };
    found.unwrap_or(cut)
}

/// A link layer that is not read, in words.
fn name(link: u16) -> &'static str {
    match link {
        195 | 215 | 230 | 283 => "IEEE 802.15.4 (wireless personal network)",
        189 | 220 | 249 => "USB",
        187 | 201 | 251 | 255 | 256 | 272 => "Bluetooth",
        163 | 192 => "IEEE 802.11 with AVS or PPI header",
        227 | 190 => "CAN bus",
        239 => "Linux netfilter log",
        117 => "BSD firewall log",
        6 => "token ring",
        10 => "FDDI",
        11 | 100 | 106 | 123 => "ATM",
        _ => "a link layer that is not known here",
    }
}

/// Ethernet II and IEEE 802.3 frames.
pub(super) fn ethernet(bytes: &[u8]) -> Option<Carried<'_>> {
    bytes.get(12..).and_then(typed)
}

/// What stands behind an Ethernet type.
fn typed(bytes: &[u8]) -> Option<Carried<'_>> {
    let mut cursor = Cursor::new(bytes);
    let kind = cursor.u16()?;
    of_type(kind, cursor.rest())
}

/// What bytes of this Ethernet type carry, below tags and labels.
pub(super) fn of_type(mut kind: u16, bytes: &[u8]) -> Option<Carried<'_>> {
    let mut cursor = Cursor::new(bytes);
    for _ in 0..MOST_TAGS {
        match kind {
            0x0800 | 0x86DD => return Some(Carried::Ip(cursor.rest())),
            0x0806 => return Some(Carried::Arp(cursor.rest())),
            // IEEE 802.1Q section 9.6: two bytes of tag, then the type.
            0x8100 | 0x88A8 | 0x9100 | 0x9200 => {
                cursor.take(2)?;
            }
            // RFC 2516 section 4: a session's header of six bytes, then PPP.
            0x8864 => {
                cursor.take(6)?;
                return ppp(cursor.rest());
            }
            // RFC 3032 section 2.1: labels, the last of which is marked.
            0x8847 | 0x8848 => return labels(cursor.rest()),
            // IEEE 802.3 section 3.2.6: a length, then IEEE 802.2.
            length if length < 0x0600 => return Some(logical(cursor.rest())),
            // Transparent Ethernet bridging.
            0x6558 => return ethernet(cursor.rest()),
            _ => return Some(Carried::Other(cursor.rest())),
        }
        kind = cursor.u16()?;
    }
    None
}

/// Frame relay with addresses of two bytes (RFC 2427 section 3 and 4).
fn relay(bytes: &[u8]) -> Option<Carried<'_>> {
    let rest = bytes.get(2..)?;
    Some(match rest {
        [3, 0xCC | 0x8E, ip @ ..] => Carried::Ip(ip),
        [3, 0, 0x80, 0, 0, 0, typed @ ..] | [3, 0x80, 0, 0, 0, typed @ ..] => return self::typed(typed),
        // Cisco's framing: an Ethernet type.
        [8, 0, ip @ ..] | [0x86, 0xDD, ip @ ..] => Carried::Ip(ip),
        _ => Carried::Other(rest),
    })
}

/// IEEE 802.2 with its subnetwork access protocol, or IP without (RFC 1042).
fn logical(bytes: &[u8]) -> Carried<'_> {
    match bytes {
        [0xAA, 0xAA, 3, 0, 0, 0, rest @ ..] => match rest {
            [8, 0, ip @ ..] | [0x86, 0xDD, ip @ ..] => Carried::Ip(ip),
            [8, 6, arp @ ..] => Carried::Arp(arp),
            _ => Carried::Other(rest),
        },
        [6, 6, 3, ip @ ..] => Carried::Ip(ip),
        _ => Carried::Other(bytes),
    }
}

fn labels(bytes: &[u8]) -> Option<Carried<'_>> {
    let mut cursor = Cursor::new(bytes);
    for _ in 0..MOST_TAGS {
        if cursor.u32()? & 0x100 != 0 {
            let rest = cursor.rest();
            return match rest.first()? >> 4 {
                4 | 6 => Some(Carried::Ip(rest)),
                // RFC 4385 section 3: a control word of four zero bits before a frame.
                0 => ethernet(rest.get(4..)?),
                _ => Some(Carried::Other(rest)),
            };
        }
    }
    None
}

/// BSD loopback: the protocol family in the byte order of the machine, or (OpenBSD) of the network.
fn loopback(bytes: &[u8], big: bool) -> Option<Carried<'_>> {
    let family: [u8; 4] = *bytes.first_chunk()?;
    let little = u32::from_le_bytes(family);
    let family = if big || little > 0xFFFF { u32::from_be_bytes(family) } else { little };
    Some(match family {
        // AF_INET, and AF_INET6 as Linux, NetBSD, FreeBSD and macOS number it.
        2 | 10 | 24 | 28 | 30 => Carried::Ip(&bytes[4..]),
        _ => Carried::Other(&bytes[4..]),
    })
}

/// PPP, with or without address and control bytes (RFC 1662 section 3.1; RFC 1661 section 6.5 on short types).
fn ppp(bytes: &[u8]) -> Option<Carried<'_>> {
    let bytes = bytes.strip_prefix(&[0xFF, 3]).unwrap_or(bytes);
    Some(match bytes {
        [0x21 | 0x57, ip @ ..] | [0, 0x21 | 0x57, ip @ ..] => Carried::Ip(ip),
        [] => return None,
        // Cisco's framing on a PPP link: address, control, Ethernet type.
        [0x0F | 0x8F, _, rest @ ..] => return typed(rest),
        _ => Carried::Other(bytes),
    })
}

/// Linux "cooked" capture, second version: the type stands first, 20 bytes in all.
fn sll2(bytes: &[u8]) -> Option<Carried<'_>> {
    let rest = bytes.get(20..)?;
    Some(match bytes[..2] {
        [8, 0] | [0x86, 0xDD] => Carried::Ip(rest),
        [8, 6] => Carried::Arp(rest),
        _ => Carried::Other(rest),
    })
}

/// Data frames of IEEE 802.11 (section 9.3.2) that are not encrypted.
fn wireless(bytes: &[u8]) -> Option<Carried<'_>> {
    let (first, flags) = (*bytes.first()?, *bytes.get(1)?);
    if first & 0x0C != 0x08 {
        return Some(Carried::Other(bytes));
    }
    if flags & 0x40 != 0 {
        return Some(Carried::Unread("IEEE 802.11 frames that are encrypted"));
    }
    let has_quality = first & 0x80 != 0;
    let mut length = 24 + if flags & 3 == 3 { 6 } else { 0 } + if has_quality { 2 } else { 0 };
    length += if has_quality && flags & 0x80 != 0 { 4 } else { 0 };
    let body = bytes.get(length..)?;
    Some(if first & 0x40 != 0 { Carried::Other(body) } else { logical(body) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_packet_below_every_link_layer() {
        let table: [(u16, &[u8]); 12] = [
            (1, &[0; 12]),
            (113, &[0; 14]),
            (0, &[2, 0, 0, 0]),
            (0, &[0, 0, 0, 2]),
            (108, &[0, 0, 0, 24]),
            (101, &[]),
            (9, &[0xFF, 3, 0, 0x21]),
            (9, &[0x21]),
            (276, &[8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            (1, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x88, 0xA8, 0, 1, 0x81, 0, 0, 2]),
            (1, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x47, 0, 0, 1, 0, 0x45]),
            (1, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0xAA, 0xAA, 3, 0, 0, 0]),
        ];
        for (link, head) in table {
            let is_typed = link == 1 && !head.ends_with(&[0x45]) || link == 113;
            let mut frame = head.to_vec();
            let behind = match (is_typed, head.ends_with(&[0x45])) {
                (true, _) => &[8, 0, 0x45, 7][..],
                (_, true) => &[7],
                _ => &[0x45, 7],
            };
            let is_snap = head.ends_with(&[0xAA, 0xAA, 3, 0, 0, 0]);
            frame.extend(if is_snap { &[8, 0, 0x45, 7] } else { behind });
            assert_eq!(carried(link, &frame), Carried::Ip(&[0x45, 7]), "{link} {head:?}");
            for length in 0..frame.len() {
                carried(link, &frame[..length]);
            }
        }
    }
}
