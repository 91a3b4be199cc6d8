//! Packs go in; one compiled, immutable `IndicatorSet` comes out, shared by all workers. It answers one question:
//! which indicators does this observable, or this stretch of text, meet?

mod address;
mod anchor;
mod file;
mod literal;
mod name;
mod pattern;
mod pieces;
mod target;
mod url;

use crate::model::{Indicator, Kind, Pack};

use address::Addresses;
use file::Files;
use literal::Literals;
use name::Names;
use url::UrlParts;

pub use literal::Found;

/// The place of an indicator in an [`IndicatorSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndicatorId(u32);

/// All active packs, compiled.
#[derive(Debug, Default)]
pub struct IndicatorSet {
    indicators: Vec<(u32, Indicator)>,
    packs: Vec<String>,
    /// IP addresses and blocks.
    pub addresses: Addresses,
    /// Domains, the hosts of URLs, e-mail addresses, digests.
    pub names: Names,
    /// Everything that is searched for as a piece of text.
    pub literals: Literals,
    /// Names and paths of files.
    pub files: Files,
}

impl IndicatorSet {
    /// Compiles the indicators of all packs.
    pub fn build(packs: &[Pack]) -> IndicatorSet {
        let mut set =
            IndicatorSet { packs: packs.iter().map(|pack| pack.id.clone()).collect(), ..Default::default() };
        for (number, pack) in packs.iter().enumerate() {
            for indicator in &pack.indicators {
                set.indicators.push((number as u32, indicator.clone()));
            }
        }
        let mut literals = literal::Builder::default();
        for (number, (_, indicator)) in set.indicators.iter().enumerate() {
            let id = IndicatorId(number as u32);
            let value = indicator.value.as_str();
            match indicator.kind {
                Kind::Md5 | Kind::Sha1 | Kind::Sha256 => set.names.add_digest(value, id),
                Kind::Ipv4 | Kind::Ipv6 | Kind::Cidr => set.addresses.add(value, id),
                Kind::Domain => set.names.add_domain(value, id),
                Kind::Email => set.names.add_email(value, id),
                Kind::Url => match UrlParts::of_canonical(value) {
                    Some(url) if url.host.contains('.') => set.names.add_url(url, id),
                    Some(url) => literals.add_url(url, id),
                    None => {}
                },
                Kind::RequestTarget => literals.add_target(value, id),
                Kind::FilePath | Kind::FileName => {
                    set.files.add(indicator.kind, value, id);
                    literals.add_text(indicator.kind, value, id);
                }
                Kind::UserAgent | Kind::Text => {
                    literals.add_text(indicator.kind, value, id);
                }
                Kind::Regex => literals.add_regex(value, id),
            }
        }
        set.literals = literals.build();
        set
    }

    /// The indicator of an id that this set gave.
    pub fn indicator(&self, id: IndicatorId) -> &Indicator {
        &self.indicators[id.0 as usize].1
    }

    /// The pack an indicator comes from.
    pub fn pack(&self, id: IndicatorId) -> &str {
        &self.packs[self.indicators[id.0 as usize].0 as usize]
    }

    /// How many indicators are loaded.
    pub fn len(&self) -> usize {
        self.indicators.len()
    }

    /// Whether no indicator is loaded.
    pub fn is_empty(&self) -> bool {
        self.indicators.is_empty()
    }
}

/// Whether a byte can stand inside a word.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
