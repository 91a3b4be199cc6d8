//! From a frame to what two hosts said: addresses, tunnels, fragments, quotations.

use std::net::{IpAddr, Ipv4Addr};

use super::desk::{Count, Out};
use super::flows::{ARP, Between, Flows, QUOTED};
use super::fragments::Fragments;
use super::ip::{self, Packet};
use super::link::{self, Carried};

/// Tunnels within tunnels: networks nest two or three.
const MOST_TUNNELS: usize = 8;

/// Packets on their way up.
#[derive(Debug)]
pub(super) struct Layers {
    flows: Flows,
    fragments: Fragments,
}

impl Layers {
    /// Nothing seen yet. `limit`: bytes of fragments kept.
    pub(super) fn new(limit: usize) -> Layers {
        Layers { flows: Flows::default(), fragments: Fragments::new(limit) }
    }

    /// Takes a frame.
    pub(super) fn frame(&mut self, link: u16, bytes: &[u8], missing: usize, out: &mut Out<'_>) {
        let mut carried = link::carried(link, bytes);
        for _ in 0..MOST_TUNNELS {
            let packet = match carried {
                Carried::Ip(bytes) => ip::packet(bytes),
                Carried::Arp(bytes) => {
                    self.arp(bytes, out);
                    return;
                }
                Carried::Other(bytes) => {
                    plain(bytes, out);
                    return;
                }
                Carried::Unread(what) => {
                    out.desk.unread(what);
                    plain(bytes, out);
                    return;
                }
            };
            let Some(packet) = packet else {
                out.desk.count(Count::Malformed, 1);
                plain(bytes, out);
                return;
            };
            let packet = Packet { missing: packet.missing.min(missing), ..packet };
            let Some(inner) = self.packet(&packet, out) else { return };
            carried = inner;
        }
        out.desk.unread("tunnels nested too deep");
    }

    /// Takes an IP packet; gives what it is a tunnel for.
    fn packet<'b>(&mut self, packet: &Packet<'b>, out: &mut Out<'_>) -> Option<Carried<'b>> {
        if packet.piece.is_some() {
            for joined in self.fragments.take(packet) {
                self.joined(&joined, out);
            }
            return None;
        }
        let inner = tunnel(packet.protocol, packet.payload);
        let between = Between {
            source: packet.source,
            target: packet.target,
            protocol: u16::from(packet.protocol),
            // What a tunnel carries is told by the flows inside.
            payload: if inner.is_some() { b"" } else { packet.payload },
            missing: packet.missing,
        };
        self.flows.take(&between, out);
        self.quoted(packet, out);
        inner
    }

    fn joined(&mut self, joined: &super::fragments::Joined, out: &mut Out<'_>) {
        out.desk.count(Count::LostFragments, u64::from(!joined.whole));
        let mut packet = Packet {
            source: joined.source,
            target: joined.target,
            protocol: joined.protocol,
            payload: &joined.payload,
            missing: 0,
            piece: None,
        };
        if packet.source.is_ipv6() {
            packet.pass_headers();
            packet.piece = None;
        }
        let mut carried = self.packet(&packet, out);
        for _ in 0..MOST_TUNNELS {
            let Some(Carried::Ip(bytes)) = carried else { return };
            let Some(packet) = ip::packet(bytes) else { return };
            carried = if packet.piece.is_some() { None } else { self.packet(&packet, out) };
        }
    }

    /// An ICMP error quotes the packet it is about (RFC 792, RFC 4443 section 3).
    fn quoted(&mut self, packet: &Packet<'_>, out: &mut Out<'_>) {
        let is_error = match (packet.protocol, packet.payload.first()) {
            (1, Some(kind)) => matches!(kind, 3 | 4 | 5 | 11 | 12),
            (58, Some(kind)) => matches!(kind, 1..=4),
            _ => false,
        };
        let Some(quoted) = packet.payload.get(8..).filter(|_| is_error).and_then(ip::packet) else { return };
        let between = Between {
            source: quoted.source,
            target: quoted.target,
            protocol: QUOTED + u16::from(quoted.protocol),
            payload: quoted.payload,
            missing: 0,
        };
        self.flows.take(&between, out);
    }

    /// ARP for IPv4 (RFC 826): who asks for whom.
    fn arp(&mut self, bytes: &[u8], out: &mut Out<'_>) {
        let address = |at: usize| -> Option<IpAddr> {
            Some(Ipv4Addr::from(*bytes.get(at..)?.first_chunk::<4>()?).into())
        };
        let hardware = usize::from(bytes.get(4).copied().unwrap_or(0));
        let is_ip = bytes.get(2..4) == Some(&[8, 0]) && bytes.get(5) == Some(&4);
        let ends = address(8 + hardware).zip(address(12 + 2 * hardware)).filter(|_| is_ip);
        let Some((source, target)) = ends else { return plain(bytes, out) };
        self.flows.take(&Between { source, target, protocol: ARP, payload: b"", missing: 0 }, out);
    }

    /// The capture is over.
    pub(super) fn finish(&mut self, out: &mut Out<'_>) {
        for joined in self.fragments.finish() {
            self.joined(&joined, out);
        }
        self.flows.finish(out);
    }
}

/// What a packet is a tunnel for.
fn tunnel(protocol: u8, payload: &[u8]) -> Option<Carried<'_>> {
    match protocol {
        // RFC 2003, RFC 4213.
        4 | 41 => Some(Carried::Ip(payload)),
        47 => generic(payload),
        // RFC 3378; RFC 8986 section 10.1.
        97 => link::ethernet(payload.get(2..)?),
        143 => link::ethernet(payload),
        17 => {
            let (ports, carried) = (payload.first_chunk::<4>()?, payload.get(8..)?);
            if u16::from_be_bytes([ports[0], ports[1]]) == 3_544 {
                return teredo(carried);
            }
            match u16::from_be_bytes([ports[2], ports[3]]) {
                3_544 => teredo(carried),
                // RFC 7348 section 5: flags, of which one is set, and the number of the network.
                4_789 if carried.first() == Some(&8) => link::ethernet(carried.get(8..)?),
                // 3GPP TS 29.281 section 5.1: version 1, message 255 is a user's packet.
                2_152 if carried.first()? >> 5 == 1 && carried.get(1) == Some(&255) => {
                    let extra = if carried[0] & 7 == 0 { 0 } else { 4 };
                    let inner = carried.get(8 + extra..)?;
                    matches!(inner.first()? >> 4, 4 | 6).then_some(Carried::Ip(inner))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Generic routing encapsulation (RFC 2784, RFC 2890; version 1 is RFC 2637, for PPP).
fn generic(payload: &[u8]) -> Option<Carried<'_>> {
    let (flags, version) = (*payload.first()?, *payload.get(1)? & 7);
    if version != 0 {
        return None;
    }
    let mut head = 4;
    for bit in [0x80, 0x20, 0x10] {
        head += if flags & bit != 0 { 4 } else { 0 };
    }
    let inner = payload.get(head..)?;
    match u16::from_be_bytes([*payload.get(2)?, *payload.get(3)?]) {
        // ERSPAN (draft-foschiano-erspan): type I has no header, type II is told by its sequence number, type III may
        // have eight bytes more.
        0x88BE if flags & 0x10 == 0 => link::ethernet(inner),
        0x88BE => link::ethernet(inner.get(8..)?),
        0x22EB => link::ethernet(inner.get(if inner.get(11)? & 1 == 1 { 20 } else { 12 }..)?),
        // WCCP: its second version puts four bytes before the packet.
        0x883E => Some(Carried::Ip(if inner.first()? >> 4 == 4 { inner } else { inner.get(4..)? })),
        kind => match link::of_type(kind, inner) {
            Some(Carried::Other(_)) => None,
            carried => carried,
        },
    }
}

/// Teredo (RFC 4380 section 5.1.1): authentication and origin may stand before the packet.
fn teredo(mut bytes: &[u8]) -> Option<Carried<'_>> {
    if let [0, 1, id, key, rest @ ..] = bytes {
        bytes = rest.get(usize::from(*id) + usize::from(*key) + 9..)?;
    }
    if let [0, 0, rest @ ..] = bytes {
        bytes = rest.get(6..)?;
    }
    (bytes.len() >= 40 && bytes.first()? >> 4 == 6).then_some(Carried::Ip(bytes))
}

/// A frame or packet that is not told apart, as bytes.
fn plain(bytes: &[u8], out: &mut Out<'_>) {
    if !bytes.is_empty() {
        out.record(out.place, |line| line.bytes("Frame", bytes));
    }
}
