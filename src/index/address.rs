//! Addresses and blocks. An address meets the indicator that names it and every block that holds it.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::IndicatorId;
use super::few::Few;

/// Compiled addresses and blocks, by prefix length; a single address is a block of full length.
#[derive(Debug, Default)]
pub struct Addresses {
    v4: BTreeMap<u8, HashMap<u32, Few<IndicatorId>>>,
    v6: BTreeMap<u8, HashMap<u128, Few<IndicatorId>>>,
    /// One bit for each first half of an IPv4 address that some indicator holds.
    halves: Vec<u64>,
}

fn add<K>(entry: Entry<'_, K, Few<IndicatorId>>, id: IndicatorId) {
    match entry {
        Entry::Occupied(mut values) => values.get_mut().push(id),
        Entry::Vacant(vacant) => drop(vacant.insert(Few::One(id))),
    }
}

impl Addresses {
    pub(super) fn add(&mut self, value: &str, id: IndicatorId) {
        let (address, prefix) = value.split_once('/').unwrap_or((value, ""));
        match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => self.add_v4(address, prefix.parse().unwrap_or(32).min(32), id),
            Ok(IpAddr::V6(address)) => self.add_v6(address, prefix.parse().unwrap_or(128).min(128), id),
            Err(_) => {}
        }
    }

    fn add_v4(&mut self, address: Ipv4Addr, prefix: u8, id: IndicatorId) {
        let network = masked_v4(address, prefix);
        add(self.v4.entry(prefix).or_default().entry(network), id);
        self.halves.resize(1 << 10, 0);
        let first = network >> 16;
        let last = (network | u32::MAX.checked_shr(u32::from(prefix)).unwrap_or(0)) >> 16;
        for half in first..=last {
            self.halves[half as usize / 64] |= 1 << (half % 64);
        }
    }

    fn add_v6(&mut self, address: Ipv6Addr, prefix: u8, id: IndicatorId) {
        add(self.v6.entry(prefix).or_default().entry(masked_v6(address, prefix)), id);
    }

    /// Whether any IPv4 indicator is loaded.
    pub fn has_v4(&self) -> bool {
        !self.v4.is_empty()
    }

    /// Whether any IPv6 indicator is loaded.
    pub fn has_v6(&self) -> bool {
        !self.v6.is_empty()
    }

    /// Calls `met` for each indicator that holds `address`.
    pub fn meet_v4(&self, address: Ipv4Addr, mut met: impl FnMut(IndicatorId)) {
        let half = u32::from(address) >> 16;
        if self.halves.get(half as usize / 64).is_none_or(|word| word >> (half % 64) & 1 == 0) {
            return;
        }
        for (prefix, networks) in &self.v4 {
            networks
                .get(&masked_v4(address, *prefix))
                .map_or(&[][..], Few::as_slice)
                .iter()
                .for_each(|id| met(*id));
        }
    }

    /// Calls `met` for each indicator that holds `address`; an IPv4-mapped one (RFC 4291, section 2.5.5.2) also
    /// meets what its IPv4 address meets.
    pub fn meet_v6(&self, address: Ipv6Addr, mut met: impl FnMut(IndicatorId)) {
        for (prefix, networks) in &self.v6 {
            networks
                .get(&masked_v6(address, *prefix))
                .map_or(&[][..], Few::as_slice)
                .iter()
                .for_each(|id| met(*id));
        }
        if let Some(mapped) = address.to_ipv4_mapped() {
            self.meet_v4(mapped, met);
        }
    }
}

fn masked_v4(address: Ipv4Addr, prefix: u8) -> u32 {
    u32::from(address) & u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
}

fn masked_v6(address: Ipv6Addr, prefix: u8) -> u128 {
    u128::from(address) & u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(values: &[&str], address: &str) -> Vec<u32> {
        let mut addresses = Addresses::default();
        for (number, value) in values.iter().enumerate() {
            addresses.add(value, IndicatorId(number as u32));
        }
        let mut all = Vec::new();
        match address.parse().expect("an address") {
            IpAddr::V4(address) => addresses.meet_v4(address, |id| all.push(id.0)),
            IpAddr::V6(address) => addresses.meet_v6(address, |id| all.push(id.0)),
        }
        all.sort_unstable();
        all
    }

    #[test]
    fn blocks_hold_what_their_prefix_says() {
        let values = ["79.141.160.0/22", "79.141.162.82", "0.0.0.0/0", "2001:db8::/32", "::/0"];
        assert_eq!(met(&values, "79.141.162.82"), [0, 1, 2]);
        assert_eq!(met(&values, "79.141.164.1"), [2]);
        assert_eq!(met(&values, "2001:db8::1"), [3, 4]);
        assert_eq!(met(&values, "::ffff:79.141.162.82"), [0, 1, 2, 4]);
    }
}
