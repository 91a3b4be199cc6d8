//! Who spoke with whom: one record for each flow, with its times and amounts, in bounded memory.

use std::collections::HashMap;
use std::net::IpAddr;

use super::connection::{self, Connection};
use super::desk::{Count, End, Out, Place};
use super::exchange::{Exchanges, Scene};
use super::tcp::{self, ACK, SYN, Segment};
use super::{dns, http, names, quic};
use crate::model::Timestamp;

/// Ports on which UDP carries DNS messages: DNS, mDNS, LLMNR.
const DNS: [u16; 3] = [53, 5_353, 5_355];

/// What a flow is made of: an IP protocol number, or one of these.
pub(super) const ARP: u16 = 256;
/// Added to the protocol of a packet that an ICMP error quotes.
pub(super) const QUOTED: u16 = 512;

/// A flow's protocol and ends, the lesser first.
type Key = (u16, End, End);

/// One flow. Side 0 is the one taken for the client.
#[derive(Debug)]
struct Flow {
    number: u64,
    sides: [End; 2],
    place: Place,
    last: Option<Timestamp>,
    packets: [u64; 2],
    bytes: [u64; 2],
    /// Type and code of the first ICMP message.
    icmp: Option<(u8, u8)>,
    connection: Option<Box<Connection>>,
    held: usize,
    /// When it was last used, in packets.
    used: u64,
}

/// All flows that are open.
#[derive(Debug, Default)]
pub(super) struct Flows {
    open: HashMap<Key, Flow>,
    begun: u64,
    clock: u64,
    held: usize,
}

/// One packet between two hosts, above IP.
#[derive(Clone, Copy, Debug)]
pub(super) struct Between<'b> {
    pub(super) source: IpAddr,
    pub(super) target: IpAddr,
    pub(super) protocol: u16,
    pub(super) payload: &'b [u8],
    pub(super) missing: usize,
}

impl Flow {
    fn scene(&self) -> Scene {
        Scene { flow: self.number, client: self.sides[0], server: self.sides[1] }
    }

    /// The flow is over: what it holds, then its own record.
    fn finish(mut self, protocol: u16, out: &mut Out<'_>) {
        let scene = self.scene();
        if let Some(connection) = &mut self.connection {
            connection.finish(&scene, out);
        }
        let turned = self.connection.as_ref().is_some_and(|connection| connection.is_turned());
        let (client, server) = if turned { (1, 0) } else { (0, 1) };
        out.record(self.place, |line| {
            line.pair("Flow", &self.number.to_string());
            line.pair("Protocol", &protocol_name(protocol));
            line.ends(self.sides[client], self.sides[server], false);
            if let Some((kind, code)) = self.icmp {
                line.pair("Type", &kind.to_string());
                line.pair("Code", &code.to_string());
            }
            if let Some(connection) = &self.connection {
                connection.tell(line);
            }
            for (side, packets, bytes) in
                [(client, "PacketsSent", "BytesSent"), (server, "PacketsReceived", "BytesReceived")]
            {
                line.pair(packets, &self.packets[side].to_string());
                line.pair(bytes, &self.bytes[side].to_string());
            }
            if let Some(last) = self.last {
                line.pair("Until", &last.to_string());
            }
        });
    }
}

impl Flows {
    /// Takes a packet.
    pub(super) fn take(&mut self, packet: &Between<'_>, out: &mut Out<'_>) {
        self.clock += 1;
        let tcp = if packet.protocol == 6 { tcp::segment(packet.payload, packet.missing) } else { None };
        let (source_port, target_port) = match (&tcp, packet.protocol & 255) {
            (Some((source, target, _)), _) => (*source, *target),
            // UDP, SCTP, UDP-Lite, DCCP, and what ICMP errors quote: ports stand first.
            (None, 6 | 17 | 33 | 132 | 136) if packet.protocol != ARP => {
                ports(packet.payload).unwrap_or((0, 0))
            }
            _ => (0, 0),
        };
        let source = End { address: packet.source, port: source_port };
        let target = End { address: packet.target, port: target_port };
        let key = (packet.protocol, source.min(target), source.max(target));
        let is_new = tcp.as_ref().is_some_and(|(.., segment)| self.is_other(&key, source, segment));
        if is_new && let Some(flow) = self.remove(&key) {
            flow.finish(packet.protocol, out);
        }
        let segment = tcp.map(|(.., segment)| segment);
        if !self.open.contains_key(&key) {
            self.make_room(out);
            self.begun += 1;
            let flow = begin(self.begun, source, target, segment.as_ref(), packet, out.place);
            self.open.insert(key, flow);
        }
        let Some(flow) = self.open.get_mut(&key) else { return };
        let side = usize::from(flow.sides[0] != source);
        flow.used = self.clock;
        flow.last = out.place.time.max(flow.last);
        flow.packets[side] += 1;
        let head = if packet.protocol == 17 { 8 } else { 0 };
        let carried =
            segment.as_ref().map_or(packet.payload.len().saturating_sub(head), |segment| segment.data.len());
        flow.bytes[side] += (carried + packet.missing) as u64;
        let scene = flow.scene();
        match (&segment, packet.protocol) {
            (Some(segment), _) => {
                if let Some(connection) = &mut flow.connection {
                    connection.take(side, segment, &scene, out);
                    let held = connection.held();
                    self.held = self.held + held - flow.held;
                    flow.held = held;
                }
            }
            (None, 17) => datagram(side, packet.payload, &scene, out),
            (None, 1 | 58) => {
                if let Some(said) = packet.payload.get(8..).filter(|said| !said.is_empty()) {
                    connection::data(side, said, out.place, &scene, out);
                }
            }
            (None, protocol) if protocol < ARP => {
                if protocol == 6 {
                    out.desk.count(Count::Malformed, 1);
                }
                connection::data(side, packet.payload, out.place, &scene, out);
            }
            _ => {}
        }
        if self.held > out.desk.limits.flows_held {
            self.give_up(out);
        }
    }

    fn is_other(&self, key: &Key, source: End, segment: &Segment<'_>) -> bool {
        self.open.get(key).is_some_and(|flow| {
            let side = usize::from(flow.sides[0] != source);
            flow.connection.as_ref().is_some_and(|connection| connection.is_other(side, segment))
        })
    }

    fn remove(&mut self, key: &Key) -> Option<Flow> {
        let flow = self.open.remove(key)?;
        self.held = self.held.saturating_sub(flow.held);
        Some(flow)
    }

    fn make_room(&mut self, out: &mut Out<'_>) {
        if self.open.len() >= out.desk.limits.flows {
            self.give_up(out);
        }
    }

    /// Ends the quarter of the flows that were not used for the longest time.
    fn give_up(&mut self, out: &mut Out<'_>) {
        let mut all: Vec<(u64, Key)> = self.open.iter().map(|(key, flow)| (flow.used, *key)).collect();
        all.sort_unstable();
        all.truncate(all.len().div_ceil(4));
        for (_, key) in all {
            if let Some(flow) = self.remove(&key) {
                let is_over = flow.connection.as_ref().is_none_or(|connection| connection.is_over());
                out.desk.count(Count::EarlyFlows, u64::from(!is_over));
                flow.finish(key.0, out);
            }
        }
    }

    /// The capture is over: ends all flows, in the order in which they began.
    pub(super) fn finish(&mut self, out: &mut Out<'_>) {
        self.held = 0;
        let mut all: Vec<(Key, Flow)> = std::mem::take(&mut self.open).into_iter().collect();
        all.sort_unstable_by_key(|(_, flow)| flow.number);
        for (key, flow) in all {
            flow.finish(key.0, out);
        }
    }
}

/// A flow whose first packet this is. Who opens a TCP connection is the client; where that was not captured, and with
/// UDP, a port below 1024 is the server's (RFC 6335 section 6), else the first to speak is the client.
fn begin(
    number: u64,
    source: End,
    target: End,
    segment: Option<&Segment<'_>>,
    packet: &Between<'_>,
    place: Place,
) -> Flow {
    let opening = segment.map_or(0, |segment| segment.flags & (SYN | ACK));
    let is_answer = match opening {
        SYN => false,
        flags if flags == SYN | ACK => true,
        _ => (1..1_024).contains(&source.port) && target.port >= 1_024,
    };
    let icmp = matches!(packet.protocol, 1 | 58).then(|| packet.payload.first_chunk::<2>()).flatten();
    Flow {
        number,
        sides: if is_answer { [target, source] } else { [source, target] },
        place,
        last: place.time,
        packets: [0; 2],
        bytes: [0; 2],
        icmp: icmp.map(|[kind, code]| (*kind, *code)),
        connection: segment.map(|_| Box::default()),
        held: 0,
        used: 0,
    }
}

/// The two ports that stand at the beginning of a header.
fn ports(bytes: &[u8]) -> Option<(u16, u16)> {
    let [a, b, c, d] = *bytes.first_chunk::<4>()?;
    Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
}

/// What a UDP packet (RFC 768) carries: a DNS message, or anything.
fn datagram(side: usize, bytes: &[u8], scene: &Scene, out: &mut Out<'_>) {
    let Some(carried) = bytes.get(8..) else {
        out.desk.count(Count::Malformed, 1);
        return;
    };
    let length = usize::from(u16::from_be_bytes([bytes[4], bytes[5]]));
    let carried = if length >= 8 { &carried[..carried.len().min(length - 8)] } else { carried };
    if carried.is_empty() {
        return;
    }
    if let Some(hello) = quic::client_hello(carried) {
        connection::quic(hello, side, scene, out);
    }
    let is_dns = DNS.contains(&scene.client.port) || DNS.contains(&scene.server.port);
    let is_dns = is_dns || dns::message(carried).is_some_and(|message| message.exact);
    if http::begins(carried) == Some(true) {
        // HTTP in single packets, as UPnP does it (UPnP Device Architecture 1.0, section 1).
        let mut exchanges = Exchanges::default();
        let mut stray = Vec::new();
        exchanges.take(side, carried, scene, out, &mut stray);
        exchanges.finish(scene, out);
        if !stray.is_empty() {
            connection::data(side, &stray, out.place, scene, out);
        }
    } else if !(is_dns && names::message(carried, scene, out)) {
        connection::data(side, carried, out.place, scene, out);
    }
}

fn protocol_name(protocol: u16) -> String {
    let name = match protocol & !QUOTED {
        1 => "icmp",
        2 => "igmp",
        4 => "ipip",
        6 => "tcp",
        17 => "udp",
        41 => "ipv6",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "icmpv6",
        89 => "ospf",
        103 => "pim",
        112 => "vrrp",
        132 => "sctp",
        ARP => "arp",
        other => {
            return if protocol & QUOTED == 0 { format!("ip-{other}") } else { format!("quoted-ip-{other}") };
        }
    };
    if protocol & QUOTED == 0 { name.to_owned() } else { format!("quoted-{name}") }
}
