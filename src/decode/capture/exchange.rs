//! Requests and responses of one HTTP/1 connection become one record for each exchange, their bodies members.

use std::collections::VecDeque;

use flate2::{Decompress, FlushDecompress, Status};

use super::desk::{Count, End, Out, Place};
use super::http::{Direction, Head, Piece};
use crate::model::Field;

/// Requests that wait for their responses. Clients that send ahead send some dozens.
const MOST_WAITING: usize = 256;

/// Fields that have a place of their own in the record, or say nothing.
const TOLD: [&str; 3] = ["host", "referer", "user-agent"];

/// Who speaks with whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    pub(super) flow: u64,
    pub(super) client: End,
    pub(super) server: End,
}

/// The bytes of a body, up to the limit.
#[derive(Debug, Default)]
struct Body {
    bytes: Vec<u8>,
    size: u64,
}

#[derive(Debug, Default)]
struct Exchange {
    place: Place,
    request: Option<Head>,
    response: Option<Head>,
    sent: Body,
    /// All of the request's body is there.
    sent_whole: bool,
    received: Body,
}

/// One connection.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    directions: [Direction; 2],
    /// Whether the open message of a side is a response.
    is_response: [bool; 2],
    waiting: VecDeque<Exchange>,
    held: usize,
    number: u64,
    /// The status that tells most of what became of the requests.
    pub(super) status: Option<u16>,
    /// Requests came from the side that was taken for the server.
    pub(super) turned: bool,
    /// Another protocol follows.
    pub(super) over: bool,
}

impl Body {
    fn add(&mut self, bytes: &[u8], limit: usize) -> usize {
        let kept = bytes.len().min(limit.saturating_sub(self.bytes.len()));
        self.bytes.extend_from_slice(&bytes[..kept]);
        self.size += bytes.len() as u64;
        kept
    }
}

impl Exchanges {
    /// Bytes it holds.
    pub(super) fn held(&self) -> usize {
        self.held + self.directions.iter().map(Direction::held).sum::<usize>()
    }

    /// Exchanges so far.
    pub(super) fn count(&self) -> u64 {
        self.number
    }

    /// Takes bytes of one side; `stray` gets what is no HTTP.
    pub(super) fn take(
        &mut self,
        side: usize,
        bytes: &[u8],
        scene: &Scene,
        out: &mut Out<'_>,
        stray: &mut Vec<u8>,
    ) {
        let mut rest = bytes;
        while !rest.is_empty() || self.directions[side].is_due() {
            let asked = self.waiting.front().and_then(|exchange| exchange.request.as_ref());
            let bare = asked.is_some_and(|head| head.request().0 == b"HEAD");
            let (used, piece) = self.directions[side].take(rest, bare);
            rest = &rest[used..];
            match piece {
                Some(Piece::Head(head)) => self.head(side, head, scene, out),
                Some(Piece::Body(bytes)) => {
                    let is_taken = self.body(side, bytes, out);
                    if !is_taken {
                        stray.extend_from_slice(bytes);
                    }
                }
                Some(Piece::End(whole)) => self.end(side, whole, scene, out),
                Some(Piece::Stray(bytes)) => stray.extend_from_slice(bytes),
                Some(Piece::Mistaken(bytes)) => stray.extend_from_slice(&bytes),
                None => {}
            }
        }
    }

    fn head(&mut self, side: usize, head: Head, scene: &Scene, out: &mut Out<'_>) {
        let status = head.status();
        self.is_response[side] = status.is_some();
        if let Some(status) = status {
            self.turned |= side == 0;
            if matches!(status, 100 | 102..=199) {
                return;
            }
            if self.waiting.is_empty() {
                self.waiting.push_back(Exchange { place: out.place, ..Exchange::default() });
            }
            self.status = better(self.status, status);
            let mut is_over = status == 101;
            if let Some(exchange) = self.waiting.front_mut() {
                let method = exchange.request.as_ref().map(|head| head.request().0 == b"CONNECT");
                is_over |= method == Some(true) && matches!(status, 200..=299);
                exchange.response = Some(head);
            }
            if is_over {
                self.over = true;
                self.directions.iter_mut().for_each(Direction::leave);
            }
            if !self.directions[side].is_open() {
                self.end(side, true, scene, out);
            }
        } else {
            if self.waiting.len() >= MOST_WAITING {
                self.tell(true, scene, out);
            }
            self.held += head.fields.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
            self.waiting.push_back(Exchange { place: out.place, request: Some(head), ..Exchange::default() });
        }
    }

    /// Adds to the body of the open message; `false`: its exchange was told already.
    fn body(&mut self, side: usize, bytes: &[u8], out: &mut Out<'_>) -> bool {
        let limit = out.desk.limits.body;
        let kept = if self.is_response[side] {
            self.waiting.front_mut().map(|exchange| exchange.received.add(bytes, limit))
        } else {
            self.waiting.back_mut().map(|exchange| exchange.sent.add(bytes, limit))
        };
        self.held += kept.unwrap_or(0);
        kept.is_some()
    }

    fn end(&mut self, side: usize, whole: bool, scene: &Scene, out: &mut Out<'_>) {
        if self.is_response[side] {
            self.tell(whole, scene, out);
        } else if let Some(exchange) = self.waiting.back_mut() {
            exchange.sent_whole = whole;
        }
    }

    /// Hands on the first exchange that waits.
    fn tell(&mut self, whole: bool, scene: &Scene, out: &mut Out<'_>) {
        let Some(exchange) = self.waiting.pop_front() else { return };
        self.number += 1;
        let (flow, number) = (scene.flow, self.number);
        if self.waiting.is_empty() {
            self.held = 0;
        }
        let sent = (&exchange.request, &exchange.sent, "request", exchange.sent_whole);
        let received = (&exchange.response, &exchange.received, "response", whole);
        for (head, body, name, whole) in [sent, received] {
            if !body.bytes.is_empty() {
                self::member(format!("flow {flow} {name} {number}"), head.as_ref(), body, whole, out);
            }
        }
        out.record(exchange.place, |line| {
            line.pair("Flow", &flow.to_string());
            line.pair("Exchange", &number.to_string());
            line.pair("Protocol", "http");
            line.ends(scene.client, scene.server, true);
            let request = exchange.request.as_ref();
            if let Some(request) = request {
                self::request(request, line);
            }
            if let Some(response) = &exchange.response {
                let status = response.status().map(|status| status.to_string()).unwrap_or_default();
                line.field("Status", status.as_bytes(), Field::Status);
                line.field("Size", exchange.received.size.to_string().as_bytes(), Field::Size);
            }
            if let Some(request) = request {
                line.field("UserAgent", request.get("user-agent").unwrap_or_default(), Field::UserAgent);
                line.field("Referer", request.get("referer").unwrap_or_default(), Field::Referer);
            }
            for (head, prefix) in [(request, "Request"), (exchange.response.as_ref(), "Response")] {
                for (name, value) in head.into_iter().flat_map(|head| &head.fields) {
                    if !TOLD.contains(&name.as_str()) {
                        line.bytes(&format!("{prefix}.{name}"), value);
                    }
                }
            }
        });
    }

    /// Bytes of one side are missing.
    pub(super) fn gap(&mut self, side: usize, count: u64, scene: &Scene, out: &mut Out<'_>) {
        if let Some(head) = self.directions[side].cut() {
            self.head(side, head, scene, out);
            return;
        }
        let was_open = self.directions[side].is_open();
        if !self.directions[side].gap(count) && was_open {
            self.end(side, false, scene, out);
        }
    }

    /// The connection is over.
    pub(super) fn finish(&mut self, scene: &Scene, out: &mut Out<'_>) {
        for side in 0..2 {
            if let Some(head) = self.directions[side].cut() {
                self.head(side, head, scene, out);
            }
            if let Some(whole) = self.directions[side].finish() {
                self.end(side, whole, scene, out);
            }
        }
        while !self.waiting.is_empty() {
            self.tell(false, scene, out);
        }
    }
}

/// Method, and the target behind the host as one address, as far as it is not one itself.
fn request(head: &Head, line: &mut super::desk::Line) {
    let (method, target) = head.request();
    let host = head.get("host").unwrap_or_default();
    line.field("Method", method, Field::Method);
    if target.starts_with(b"/") && !host.is_empty() {
        line.begin("Url");
        line.push("http://");
        line.value(host, Field::Host);
        line.value(target, Field::Target);
    } else {
        line.field("Target", target, Field::Target);
        line.field("Host", host, Field::Host);
    }
}

/// Of two status codes the one that tells more of success.
fn better(known: Option<u16>, status: u16) -> Option<u16> {
    let rank = |status: u16| match status / 100 {
        2 => 3,
        3 => 2,
        _ => 1,
    };
    known.filter(|known| rank(*known) >= rank(status)).or(Some(status))
}

fn member(name: String, head: Option<&Head>, body: &Body, whole: bool, out: &mut Out<'_>) {
    let is_cut = body.size > body.bytes.len() as u64;
    if is_cut {
        out.desk.count(Count::CutBodies, 1);
    }
    let coding = head.and_then(|head| head.get("content-encoding")).unwrap_or_default().to_ascii_lowercase();
    let whole = whole && !is_cut;
    match coding.as_slice() {
        b"deflate" => {
            let (bytes, done) = inflated(&body.bytes, out.desk.limits.body);
            out.member(format!("{name} (inflated)"), &bytes, whole && done);
        }
        b"br" | b"compress" => {
            out.desk.count(Count::CodedBodies, 1);
            out.member(name, &body.bytes, whole);
        }
        _ => out.member(name, &body.bytes, whole),
    }
}

/// Undoes the coding `deflate` (RFC 9110 section 8.4.1.2): zlib, or as some servers send it, without its header.
fn inflated(bytes: &[u8], limit: usize) -> (Vec<u8>, bool) {
    let has_header = matches!(bytes, [first, second, ..]
        if first & 15 == 8 && (u16::from(*first) << 8 | u16::from(*second)).is_multiple_of(31));
    let mut inflate = Decompress::new(has_header);
    let mut all = Vec::with_capacity(bytes.len().saturating_mul(4).min(limit));
    loop {
        let used = usize::try_from(inflate.total_in()).unwrap_or(usize::MAX);
        let before = (used, all.len());
        let Some(rest) = bytes.get(used..) else { return (all, false) };
        let result = inflate.decompress_vec(rest, &mut all, FlushDecompress::None);
        match result {
            Ok(Status::StreamEnd) => return (all, true),
            Err(_) => return (all, false),
            Ok(_) => {}
        }
        if all.len() >= limit
            || (inflate.total_in() as usize, all.len()) == before && all.len() < all.capacity()
        {
            return (all, false);
        }
        if all.len() == all.capacity() {
            all.reserve(all.len().clamp(4_096, 1 << 20));
        }
    }
}
