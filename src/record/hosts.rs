//! Which machines wrote a log.

/// Machines kept of one log; a collector's log names many.
const MOST: usize = 4;

/// A name longer than this is none: DNS names have at most 253 bytes (RFC 1035, section 2.3.4).
const LONGEST: usize = 253;

/// Collects the names that records give their own machine, in the order in which they come.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    names: Vec<Vec<u8>>,
}

impl Hosts {
    /// Notes a name.
    pub fn add(&mut self, name: &[u8]) {
        let known = self.names.iter().any(|known| known == name);
        if !known && self.names.len() < MOST && (1..=LONGEST).contains(&name.len()) {
            self.names.push(name.to_vec());
        }
    }

    /// The names, the first few.
    pub fn names(&self) -> &[Vec<u8>] {
        &self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_kept_once_and_only_a_few_are() {
        let mut hosts = Hosts::default();
        for name in [&b"a"[..], b"", b"b", b"a", b"c", b"d", b"e", &[b'x'; 300]] {
            hosts.add(name);
        }
        assert_eq!(hosts.names(), [b"a", b"b", b"c", b"d"]);
    }
}
