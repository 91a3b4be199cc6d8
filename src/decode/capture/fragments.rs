//! Pieces of IP packets go in, whole ones come out, within a bound.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;

use super::ip::Packet;

/// What keeping a piece costs beside its bytes.
const COST: usize = 96;

/// What all pieces of a packet share (RFC 791 section 3.2, RFC 8200 section 4.5).
type Key = (IpAddr, IpAddr, u8, u32);

/// The pieces of one packet.
#[derive(Debug, Default)]
struct Datagram {
    pieces: BTreeMap<usize, Vec<u8>>,
    /// Bytes of all pieces.
    held: usize,
    /// The length of the whole, once its last piece is there.
    length: Option<usize>,
}

/// A packet put together, or the beginning of one whose other pieces did not come.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Joined {
    pub(super) source: IpAddr,
    pub(super) target: IpAddr,
    pub(super) protocol: u8,
    pub(super) payload: Vec<u8>,
    pub(super) whole: bool,
}

/// Packets of which pieces are missing.
#[derive(Debug)]
pub(super) struct Fragments {
    open: HashMap<Key, Datagram>,
    order: VecDeque<Key>,
    held: usize,
    limit: usize,
}

impl Fragments {
    /// Keeps at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Fragments {
        Fragments { open: HashMap::new(), order: VecDeque::new(), held: 0, limit }
    }

    /// Takes a piece; gives the packet it completes, or those that were given up for it.
    pub(super) fn take(&mut self, packet: &Packet<'_>) -> Vec<Joined> {
        let Some(piece) = packet.piece else { return Vec::new() };
        let key = (packet.source, packet.target, packet.protocol, piece.ident);
        if !self.open.contains_key(&key) {
            self.order.push_back(key);
        }
        let datagram = self.open.entry(key).or_default();
        let known = datagram.pieces.get(&piece.offset).map(Vec::len);
        if known.is_none_or(|known| known < packet.payload.len()) {
            let before = known.map_or(0, |known| known + COST);
            datagram.pieces.insert(piece.offset, packet.payload.to_vec());
            datagram.held = datagram.held + packet.payload.len() + COST - before;
            self.held = self.held + packet.payload.len() + COST - before;
        }
        if !piece.more {
            datagram.length = Some(piece.offset + packet.payload.len());
        }
        let is_due = datagram.length.is_some_and(|length| datagram.held >= length);
        if is_due && datagram.joined().len() >= datagram.length.unwrap_or(usize::MAX) {
            return self.close(key, true).into_iter().collect();
        }
        let mut given_up = Vec::new();
        while self.held > self.limit
            && let Some(oldest) = self.order.front().copied()
        {
            given_up.extend(self.close(oldest, false));
        }
        given_up
    }

    /// The capture is over: what is there of the others, in the order in which they began.
    pub(super) fn finish(&mut self) -> Vec<Joined> {
        let keys: Vec<Key> = self.order.iter().copied().collect();
        keys.into_iter().filter_map(|key| self.close(key, false)).collect()
    }

    fn close(&mut self, key: Key, whole: bool) -> Option<Joined> {
        if self.order.front() == Some(&key) {
            self.order.pop_front();
        } else {
            self.order.retain(|other| *other != key);
        }
        let datagram = self.open.remove(&key)?;
        self.held = self.held.saturating_sub(datagram.held);
        let (source, target, protocol, _) = key;
        Some(Joined { source, target, protocol, payload: datagram.joined(), whole })
    }
}

impl Datagram {
    /// Its bytes from the beginning to the first hole. Where pieces overlap, the one that begins first counts.
    fn joined(&self) -> Vec<u8> {
        let mut all: Vec<u8> = Vec::new();
        for (offset, piece) in &self.pieces {
            if *offset > all.len() {
                break;
            }
            all.extend(piece.get(all.len() - offset..).unwrap_or_default());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::ip::Piece;
    use super::*;

    fn piece(ident: u32, offset: usize, payload: &[u8], more: bool) -> Packet<'_> {
        let source = IpAddr::from([10, 0, 0, 1]);
        let piece = Some(Piece { ident, offset, more });
        Packet { source, target: source, protocol: 17, payload, missing: 0, piece }
    }

    #[test]
    fn joins_pieces_in_any_order_and_over_each_other() {
        let mut fragments = Fragments::new(10_000);
        assert!(fragments.take(&piece(1, 8, b"ijkl", false)).is_empty());
        assert!(fragments.take(&piece(2, 0, b"xxxxxxxx", true)).is_empty());
        let joined = fragments.take(&piece(1, 0, b"abcdefghij", true));
        assert_eq!(joined[0].payload, b"abcdefghijkl");
        assert!(joined[0].whole);
        let rest = fragments.finish();
        assert_eq!((rest.len(), rest[0].whole), (1, false));
        assert_eq!(fragments.held, 0);
    }

    #[test]
    fn keeps_to_its_bound_by_giving_up_the_oldest() {
        let mut fragments = Fragments::new(1_000);
        let mut given_up = 0;
        for ident in 0..100 {
            given_up += fragments.take(&piece(ident, 0, &[0; 100], true)).len();
            assert!(fragments.held <= 1_000);
        }
        assert!(given_up > 90);
    }
}
