//! IPv4 (RFC 791) and IPv6 (RFC 8200): addresses, the protocol behind all headers, and fragments.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Extension headers one behind the other: RFC 8200 section 4.1 foresees seven.
const MOST_HEADERS: usize = 16;

/// Where a fragment stands in its datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// What all pieces of a datagram share.
    pub(super) ident: u32,
    /// Its first byte.
    pub(super) offset: usize,
    /// Whether more follow.
    pub(super) more: bool,
}

/// One IP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet<'b> {
    /// Who sent it.
    pub(super) source: IpAddr,
    /// Whom it is for.
    pub(super) target: IpAddr,
    /// What it carries (IANA "Protocol Numbers").
    pub(super) protocol: u8,
    /// What it carries, as far as captured.
    pub(super) payload: &'b [u8],
    /// Bytes of the payload that were not captured.
    pub(super) missing: usize,
    /// Whether it is a piece of a larger one.
    pub(super) piece: Option<Piece>,
}

/// Reads a packet; `None` where its header is not whole.
pub(super) fn packet(bytes: &[u8]) -> Option<Packet<'_>> {
    match bytes.first()? >> 4 {
        4 => version4(bytes),
        6 => version6(bytes),
        _ => None,
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// `bytes` without what lies behind the `length` that a header gives (0: offloaded to the network card, all of it), and
/// how many bytes are missing.
fn trimmed(bytes: &[u8], length: usize) -> (&[u8], usize) {
    match length {
        0 => (bytes, 0),
        _ => (&bytes[..bytes.len().min(length)], length.saturating_sub(bytes.len())),
    }
}

fn version4(bytes: &[u8]) -> Option<Packet<'_>> {
    let head = usize::from(bytes[0] & 15) * 4;
    let fixed: &[u8; 20] = bytes.first_chunk()?;
    if head < 20 {
        return None;
    }
    let (bytes, missing) = trimmed(bytes, usize::from(u16_at(fixed, 2)?));
    let payload = bytes.get(head..).unwrap_or_default();
    let flags = u16_at(fixed, 6)?;
    let (offset, more) = (usize::from(flags & 0x1FFF) * 8, flags & 0x2000 != 0);
    let ident = u32::from(u16_at(fixed, 4)?);
    Some(Packet {
        source: Ipv4Addr::new(fixed[12], fixed[13], fixed[14], fixed[15]).into(),
        target: Ipv4Addr::new(fixed[16], fixed[17], fixed[18], fixed[19]).into(),
        protocol: fixed[9],
        payload,
        missing,
        piece: (offset > 0 || more).then_some(Piece { ident, offset, more }),
    })
}

fn version6(bytes: &[u8]) -> Option<Packet<'_>> {
    let fixed: &[u8; 40] = bytes.first_chunk()?;
    let (payload, missing) = trimmed(&bytes[40..], usize::from(u16_at(fixed, 4)?));
    let address =
        |at: usize| -> Option<IpAddr> { Some(Ipv6Addr::from(*fixed.get(at..)?.first_chunk::<16>()?).into()) };
    let mut packet = Packet {
        source: address(8)?,
        target: address(24)?,
        protocol: fixed[6],
        payload,
        missing,
        piece: None,
    };
    packet.pass_headers();
    Some(packet)
}

impl Packet<'_> {
    /// Goes through the extension headers of IPv6, up to what they stand before, or to a fragment.
    pub(super) fn pass_headers(&mut self) {
        for _ in 0..MOST_HEADERS {
            let payload = self.payload;
            let length = match self.protocol {
                // Hop-by-hop, routing, destination, mobility, HIP and Shim6: eight bytes and as many eights as it says.
                0 | 43 | 60 | 135 | 139 | 140 => {
                    payload.get(1).map_or(0, |units| usize::from(*units) * 8 + 8)
                }
                // Authentication (RFC 4302 section 2.2): in fours, less two.
                51 => payload.get(1).map_or(0, |units| usize::from(*units) * 4 + 8),
                44 => {
                    let (Some(place), Some(ident)) = (u16_at(payload, 2), payload.get(4..8)) else { return };
                    let ident = u32::from_be_bytes([ident[0], ident[1], ident[2], ident[3]]);
                    let (offset, more) = (usize::from(place & 0xFFF8), place & 1 != 0);
                    self.piece = (offset > 0 || more).then_some(Piece { ident, offset, more });
                    8
                }
                _ => return,
            };
            let Some(rest) = payload.get(length..).filter(|_| length > 0) else { return };
            self.protocol = payload[0];
            self.payload = rest;
            if self.piece.is_some() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_through_extension_headers_to_the_payload() {
        let mut bytes = vec![0x60, 0, 0, 0, 0, 20, 0, 64];
        bytes.extend([0x20; 32]);
        bytes.extend([44, 0, 1, 4, 0, 0, 0, 0]);
        bytes.extend([17, 0, 0, 1, 0, 0, 0, 9]);
        bytes.extend(b"dataFCS!");
        let packet = packet(&bytes).expect("a packet");
        assert_eq!((packet.protocol, packet.payload), (17, &b"data"[..]));
        assert_eq!(packet.piece, Some(Piece { ident: 9, offset: 0, more: true }));
        for length in 0..bytes.len() {
            super::packet(&bytes[..length]);
        }
    }

    #[test]
    fn padding_of_the_frame_is_no_payload_and_a_cut_is_counted() {
        let mut bytes = vec![0x45, 0, 0, 24, 0, 7, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        bytes.extend(b"abcdpadding");
        assert_eq!(packet(&bytes).expect("a packet").payload, b"abcd");
        let cut = packet(&bytes[..22]).expect("a packet");
        assert_eq!((cut.payload, cut.missing), (&b"ab"[..], 2));
    }
}
