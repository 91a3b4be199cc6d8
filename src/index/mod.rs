//! Packs go in; one compiled, immutable `IndicatorSet` comes out, shared by all workers. It answers one question:
//! which indicators does this observable, or this stretch of text, meet?

mod address;
mod anchor;
mod few;
mod file;
mod literal;
mod name;
mod pattern;
mod pieces;
mod place;
mod target;
mod url;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Indicator, Kind, Pack};

use address::Addresses;
use file::Files;
use literal::Literals;
use name::Names;
use url::UrlParts;

pub use literal::Found;
pub use url::Tails;

/// The place of an indicator in an [`IndicatorSet`]; behind the last indicator stand the marks of products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndicatorId(u32);

/// All active packs, compiled.
#[derive(Debug, Default)]
pub struct IndicatorSet {
    packs: Vec<Arc<Pack>>,
    /// The pack of each indicator, and its place there.
    indicators: Vec<(u32, u32)>,
    /// Pieces of text by which the logs of products are told from others'.
    marks: Vec<String>,
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
    pub fn build(packs: Vec<Arc<Pack>>) -> IndicatorSet {
        let mut set = IndicatorSet::default();
        let mut literals = literal::Builder::default();
        let all = packs.iter().enumerate().flat_map(|(pack, held)| {
            held.indicators.iter().enumerate().map(move |(place, indicator)| (pack, place, indicator))
        });
        for (pack, place, indicator) in all {
            let id = IndicatorId(set.indicators.len() as u32);
            set.indicators.push((pack as u32, place as u32));
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
        let marks = packs.iter().flat_map(|pack| &pack.bring).flat_map(|bring| &bring.marks);
        let marks: BTreeSet<&String> = marks.filter(|mark| !mark.is_empty()).collect();
        for mark in marks {
            literals.add_mark(mark, IndicatorId((set.indicators.len() + set.marks.len()) as u32));
            set.marks.push(mark.clone());
        }
        set.literals = literals.build();
        set.packs = packs;
        set
    }

    /// The mark of a product, if the id is one's and not an indicator's.
    pub fn mark(&self, id: IndicatorId) -> Option<&str> {
        let number = (id.0 as usize).checked_sub(self.indicators.len())?;
        self.marks.get(number).map(String::as_str)
    }

    /// The indicator of an id that this set gave.
    pub fn indicator(&self, id: IndicatorId) -> &Indicator {
        let (pack, place) = self.indicators[id.0 as usize];
        &self.packs[pack as usize].indicators[place as usize]
    }

    /// The pack an indicator comes from.
    pub fn pack(&self, id: IndicatorId) -> &str {
        &self.packs[self.indicators[id.0 as usize].0 as usize].id
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
