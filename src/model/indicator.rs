//! One indicator of compromise as a publisher stated it, in canonical form.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// What an indicator's value is, and so how it is matched. Each kind's matching rule is documented with
/// its matcher in `index/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// MD5 of a file, 32 lower-case hex digits.
    Md5,
    /// SHA-1 of a file, 40 lower-case hex digits.
    Sha1,
    /// SHA-256 of a file, 64 lower-case hex digits.
    Sha256,
    /// One IPv4 address, dotted decimal without leading zeros.
    Ipv4,
    /// One IPv6 address, RFC 5952 text.
    Ipv6,
    /// A block of IPv4 or IPv6 addresses, `network/prefix` with the host bits cleared.
    Cidr,
    /// A domain name, lower case, without trailing dot; its subdomains are seen too.
    Domain,
    /// An absolute URL.
    Url,
    /// An HTTP request target: a path, with or without parameters (`/a/b.html?x=1&y`).
    RequestTarget,
    /// The path of a file on a host.
    FilePath,
    /// The last component of a path.
    FileName,
    /// An e-mail address.
    Email,
    /// An HTTP User-Agent.
    UserAgent,
    /// Bytes searched as they are.
    Text,
    /// A regular expression over one line.
    Regex,
}

impl Kind {
    /// Every kind, in declaration order.
    pub const ALL: [Kind; 15] = [
        Kind::Md5,
        Kind::Sha1,
        Kind::Sha256,
        Kind::Ipv4,
        Kind::Ipv6,
        Kind::Cidr,
        Kind::Domain,
        Kind::Url,
        Kind::RequestTarget,
        Kind::FilePath,
        Kind::FileName,
        Kind::Email,
        Kind::UserAgent,
        Kind::Text,
        Kind::Regex,
    ];

    /// The token used in packs, JSON and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Md5 => "md5",
            Kind::Sha1 => "sha1",
            Kind::Sha256 => "sha256",
            Kind::Ipv4 => "ipv4",
            Kind::Ipv6 => "ipv6",
            Kind::Cidr => "cidr",
            Kind::Domain => "domain",
            Kind::Url => "url",
            Kind::RequestTarget => "request-target",
            Kind::FilePath => "file-path",
            Kind::FileName => "file-name",
            Kind::Email => "email",
            Kind::UserAgent => "user-agent",
            Kind::Text => "text",
            Kind::Regex => "regex",
        }
    }

    /// The kind a token names, if any.
    pub fn from_token(token: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == token)
    }

    /// Whether this is the digest of a file.
    pub const fn is_digest(self) -> bool {
        matches!(self, Kind::Md5 | Kind::Sha1 | Kind::Sha256)
    }
}

/// What one sighting can prove alone, graded by a person from what the source says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Background: helps to read other findings, never one by itself.
    Info,
    /// A watch-list value that innocent systems also show.
    Low,
    /// A sign that a person has to look at. What an indicator without a grade gets.
    #[default]
    Medium,
    /// A strong sign; innocent causes are known but unusual.
    High,
    /// A named source says that only the attacker causes this.
    Critical,
}

impl Severity {
    /// The token used in packs, JSON and on the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    /// The grade one step down; `Info` stays.
    pub const fn lowered(self) -> Severity {
        match self {
            Severity::Critical => Severity::High,
            Severity::High => Severity::Medium,
            Severity::Medium => Severity::Low,
            Severity::Low | Severity::Info => Severity::Info,
        }
    }
}

/// How well the value itself is attested by what was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Nothing is known about the source.
    #[default]
    Unstated,
    /// The value stands in one document.
    OneSource,
    /// The value stands in documents of two publishers.
    TwoSources,
}

/// One indicator, as its publisher stated it, with a canonical value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    /// Unique within all loaded packs: `pack-id#row`.
    pub id: String,
    /// How it is matched.
    pub kind: Kind,
    /// The canonical value (see `pack/canonical.rs`).
    pub value: String,
    /// What one sighting proves alone.
    pub severity: Severity,
    /// How well the value is attested.
    pub confidence: Confidence,
    /// First moment at which the value means what `context` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// Last moment at which it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// What it is, in one or two plain sentences.
    pub context: String,
    /// Where this is said: document, date, address.
    pub source: String,
    /// Only requests with this method count (`POST`); for `RequestTarget` and `Url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The step of the attack it belongs to; `Sequence`s speak of stages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Never counts alone: only as part of the `Combination` of this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// An ordinary, innocent cause of the same sighting, if one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub innocent: Option<String>,
}

impl Default for Kind {
    /// Bytes as they are: the kind that assumes nothing.
    fn default() -> Self {
        Kind::Text
    }
}
