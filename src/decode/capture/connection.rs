//! One TCP connection: its bytes in order go to the reader of the protocol that they speak, whatever the port.

use super::desk::{Count, Line, Out, Place};
use super::exchange::{Exchanges, Scene};
use super::hello::ClientHello;
use super::payload::Payload;
use super::tcp::{FIN, Half, RST, Run, SYN, Segment};
use super::tls::{self, Said};
use super::{http, names};
use crate::model::Field;

/// Ports on which TCP carries DNS (RFC 7766).
const DNS: [u16; 3] = [53, 5_353, 5_355];

#[derive(Debug, Default)]
enum Talk {
    /// Too few bytes yet to say.
    #[default]
    Open,
    Http(Box<Exchanges>),
    Tls(Box<[tls::Direction; 2]>),
    Dns,
    Other,
}

/// One connection. Side 0 is the one taken for the client.
#[derive(Debug, Default)]
pub(super) struct Connection {
    halves: [Half; 2],
    talk: Talk,
    /// Bytes that wait for more of their kind: beginnings, DNS messages.
    pending: [Vec<u8>; 2],
    payload: [Payload; 2],
    /// Sides that will send no more.
    ended: [bool; 2],
    reset: bool,
    exchanges: u64,
    status: Option<u16>,
    turned: bool,
    application: &'static str,
}

impl Connection {
    /// Bytes it holds.
    pub(super) fn held(&self) -> usize {
        let talk = match &self.talk {
            Talk::Http(exchanges) => exchanges.held(),
            Talk::Tls(directions) => directions.iter().map(tls::Direction::held).sum(),
            _ => 0,
        };
        let sides = (0..2)
            .map(|side| self.halves[side].held() + self.pending[side].len() + self.payload[side].held());
        talk + sides.sum::<usize>()
    }

    /// Whether a segment begins another connection between the same ends.
    pub(super) fn is_other(&self, side: usize, segment: &Segment<'_>) -> bool {
        segment.flags & SYN != 0 && self.halves[side].is_other(segment.sequence)
    }

    /// Takes a segment from a side.
    pub(super) fn take(&mut self, side: usize, segment: &Segment<'_>, scene: &Scene, out: &mut Out<'_>) {
        let mut half = std::mem::take(&mut self.halves[side]);
        half.take(segment, out.desk.limits.flow_held, |run| self.run(side, run, scene, out));
        self.halves[side] = half;
        self.ended[side] |= segment.flags & FIN != 0;
        self.reset |= segment.flags & RST != 0;
    }

    fn run(&mut self, side: usize, run: Run<'_>, scene: &Scene, out: &mut Out<'_>) {
        match run {
            Run::Bytes(bytes) => self.bytes(side, bytes, scene, out),
            Run::Gap(count) => {
                out.desk.count(Count::MissingBytes, count);
                match &mut self.talk {
                    Talk::Http(exchanges) => exchanges.gap(side, count, scene, out),
                    Talk::Tls(directions) => directions[side].stop(),
                    _ => {
                        let pending = std::mem::take(&mut self.pending[side]);
                        self.other(side, &pending, scene, out);
                        self.flush(side, scene, out);
                    }
                }
            }
        }
    }

    fn bytes(&mut self, side: usize, bytes: &[u8], scene: &Scene, out: &mut Out<'_>) {
        match &mut self.talk {
            Talk::Open => {
                self.pending[side].extend_from_slice(bytes);
                self.decide(scene, out);
            }
            Talk::Http(exchanges) => {
                let mut stray = Vec::new();
                exchanges.take(side, bytes, scene, out, &mut stray);
                self.turned |= exchanges.turned;
                if exchanges.over {
                    self.leave_http(scene, out);
                    self.pending[side].extend_from_slice(&stray);
                    self.decide(scene, out);
                } else {
                    self.other(side, &stray, scene, out);
                }
            }
            Talk::Tls(directions) => {
                for said in directions[side].take(bytes) {
                    self.turned |= side == 1 && matches!(said, Said::Client(_));
                    let turned = self.turned;
                    out.record(out.place, |line| tls_record(line, &said, scene, turned));
                }
            }
            Talk::Dns => {
                self.pending[side].extend_from_slice(bytes);
                self.dns(side, scene, out);
            }
            Talk::Other => {
                // A connection in the plain may go over to TLS (STARTTLS, RFC 3207 and others) or, through a proxy that
                // is not HTTP itself, to HTTP.
                if http::begins(bytes) == Some(true) {
                    self.flush(0, scene, out);
                    self.flush(1, scene, out);
                    self.talk = Talk::Http(Box::default());
                    self.application = "http";
                    self.bytes(side, bytes, scene, out);
                } else if tls::begins(bytes) == Some(true) {
                    self.flush(0, scene, out);
                    self.flush(1, scene, out);
                    self.begin_tls(out);
                    self.bytes(side, bytes, scene, out);
                } else {
                    self.other(side, bytes, scene, out);
                }
            }
        }
    }

    fn begin_tls(&mut self, out: &mut Out<'_>) {
        out.desk.count(Count::Encrypted, 1);
        self.talk = Talk::Tls(Box::default());
        self.application = "tls";
    }

    /// Says what the connection speaks, once its first bytes tell.
    fn decide(&mut self, scene: &Scene, out: &mut Out<'_>) {
        if self.pending.iter().all(Vec::is_empty) {
            return;
        }
        let guesses =
            |begins: fn(&[u8]) -> Option<bool>| [begins(&self.pending[0]), begins(&self.pending[1])];
        let (http, tls) = (guesses(http::begins), guesses(tls::begins));
        if DNS.contains(&scene.server.port) || DNS.contains(&scene.client.port) {
            self.talk = Talk::Dns;
            self.application = "dns";
        } else if http.contains(&Some(true)) {
            self.talk = Talk::Http(Box::default());
            self.application = "http";
        } else if tls.contains(&Some(true)) {
            self.begin_tls(out);
        } else if (0..2).any(|side| http[side] == Some(false) && tls[side] == Some(false)) {
            self.talk = Talk::Other;
        } else {
            return;
        }
        for side in 0..2 {
            let pending = std::mem::take(&mut self.pending[side]);
            if !pending.is_empty() {
                self.bytes(side, &pending, scene, out);
            }
        }
    }

    /// DNS over TCP: each message behind its length (RFC 1035 section 4.2.2).
    fn dns(&mut self, side: usize, scene: &Scene, out: &mut Out<'_>) {
        let pending = std::mem::take(&mut self.pending[side]);
        let mut rest = pending.as_slice();
        while let Some((length, behind)) = rest.split_first_chunk::<2>() {
            let Some((message, behind)) = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))
            else {
                break;
            };
            rest = behind;
            if !names::message(message, scene, out) {
                self.other(side, message, scene, out);
            }
        }
        self.pending[side] = rest.to_vec();
    }

    /// Bytes of a protocol that is not taken apart.
    fn other(&mut self, side: usize, bytes: &[u8], scene: &Scene, out: &mut Out<'_>) {
        let place = out.place;
        self.payload[side].take(bytes, |piece| data(side, piece, place, scene, out));
    }

    fn flush(&mut self, side: usize, scene: &Scene, out: &mut Out<'_>) {
        let place = out.place;
        self.payload[side].finish(|piece| data(side, piece, place, scene, out));
    }

    fn leave_http(&mut self, scene: &Scene, out: &mut Out<'_>) {
        if let Talk::Http(mut exchanges) = std::mem::take(&mut self.talk) {
            exchanges.finish(scene, out);
            self.exchanges += exchanges.count();
            self.status = exchanges.status;
        }
    }

    /// The connection is over, or is given up.
    pub(super) fn finish(&mut self, scene: &Scene, out: &mut Out<'_>) {
        for side in 0..2 {
            let mut half = std::mem::take(&mut self.halves[side]);
            half.finish(|run| self.run(side, run, scene, out));
            let pending = std::mem::take(&mut self.pending[side]);
            self.other(side, &pending, scene, out);
        }
        self.leave_http(scene, out);
        self.flush(0, scene, out);
        self.flush(1, scene, out);
    }

    /// Whether nothing more is to come.
    pub(super) fn is_over(&self) -> bool {
        self.reset || self.ended == [true, true]
    }

    /// Requests came from side 1.
    pub(super) fn is_turned(&self) -> bool {
        self.turned
    }

    /// What the flow's record tells of it; the status of its requests makes the flow a request, too.
    pub(super) fn tell(&self, line: &mut Line) {
        line.pair("Application", self.application);
        line.pair(
            "State",
            if self.reset {
                "reset"
            } else if self.is_over() {
                "closed"
            } else {
                "open"
            },
        );
        if self.exchanges > 0 {
            line.pair("Exchanges", &self.exchanges.to_string());
        }
        if let Some(status) = self.status {
            line.field("Status", status.to_string().as_bytes(), Field::Status);
        }
    }
}

/// A record with what a side sent.
pub(super) fn data(side: usize, bytes: &[u8], place: Place, scene: &Scene, out: &mut Out<'_>) {
    out.record(place, |line| {
        line.pair("Flow", &scene.flow.to_string());
        line.ends(scene.client, scene.server, true);
        line.field(if side == 0 { "Sent" } else { "Received" }, bytes, Field::Message);
    });
}

/// A record of the hello that begins a QUIC connection.
pub(super) fn quic(hello: ClientHello, side: usize, scene: &Scene, out: &mut Out<'_>) {
    out.record(out.place, |line| {
        tls_record(line, &Said::Client(hello), scene, side == 1);
        line.pair("Transport", "quic");
    });
}

fn tls_record(line: &mut Line, said: &Said, scene: &Scene, turned: bool) {
    line.pair("Flow", &scene.flow.to_string());
    line.pair("Protocol", "tls");
    let (client, server) = if turned { (scene.server, scene.client) } else { (scene.client, scene.server) };
    line.ends(client, server, true);
    match said {
        Said::Client(hello) => {
            line.field("ServerName", hello.name.as_deref().unwrap_or_default().as_bytes(), Field::Host);
            for protocol in &hello.protocols {
                line.bytes("Protocols", protocol);
            }
            line.pair("JA3", &hello.ja3);
            line.pair("JA4", &hello.ja4);
        }
        Said::Server(ja3s) => line.pair("JA3S", ja3s),
        Said::Certificates(chain) => {
            for certificate in chain {
                line.pair("CertificateSHA1", &certificate.sha1);
                line.pair("CertificateSHA256", &certificate.sha256);
                for (name, values) in [
                    ("Subject", &certificate.subject),
                    ("Issuer", &certificate.issuer),
                    ("Name", &certificate.names),
                ] {
                    values.iter().for_each(|value| line.pair(name, value));
                }
            }
        }
    }
}
