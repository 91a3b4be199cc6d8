//! One indicator met one observable.

use serde::{Deserialize, Serialize};

use super::{ArtifactPath, Kind, Timestamp};

/// The part of a record a value stands in: one vocabulary for all formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// The address or name of the machine that asked.
    Client,
    /// The user the record names.
    User,
    /// When it happened.
    Time,
    /// HTTP method.
    Method,
    /// HTTP request target, as written.
    Target,
    /// HTTP status code.
    Status,
    /// Response size in bytes.
    Size,
    /// HTTP Referer.
    Referer,
    /// HTTP User-Agent.
    UserAgent,
    /// HTTP Host, or the virtual host that answered.
    Host,
    /// The program that wrote the record.
    Process,
    /// The machine that wrote the record.
    Server,
    /// The free text of the record.
    Message,
    /// The address that was asked.
    ServerAddress,
    /// A file the record names.
    File,
    /// A digest the record names.
    Hash,
    /// The command that was run.
    CommandLine,
    /// What was done: the name of the event or operation.
    Action,
    /// For whom a proxy says it asked: `X-Forwarded-For` and its like, `Forwarded` (RFC 7239). Whoever asks can write it.
    Forwarded,
}

impl Field {
    /// Every field, in declaration order.
    pub const ALL: [Field; 19] = [
        Field::Client,
        Field::User,
        Field::Time,
        Field::Method,
        Field::Target,
        Field::Status,
        Field::Size,
        Field::Referer,
        Field::UserAgent,
        Field::Host,
        Field::Process,
        Field::Server,
        Field::Message,
        Field::ServerAddress,
        Field::File,
        Field::Hash,
        Field::CommandLine,
        Field::Action,
        Field::Forwarded,
    ];

    /// The token used in JSON and on the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Field::Client => "client",
            Field::User => "user",
            Field::Time => "time",
            Field::Method => "method",
            Field::Target => "target",
            Field::Status => "status",
            Field::Size => "size",
            Field::Referer => "referer",
            Field::UserAgent => "user-agent",
            Field::Host => "host",
            Field::Process => "process",
            Field::Server => "server",
            Field::Message => "message",
            Field::ServerAddress => "server-address",
            Field::File => "file",
            Field::Hash => "hash",
            Field::CommandLine => "command-line",
            Field::Action => "action",
            Field::Forwarded => "forwarded",
        }
    }
}

/// What became of a request, as far as its record tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// No request, or nothing in the record that tells.
    #[default]
    Unknown,
    /// The server refused or did not have it (4xx, 5xx; FTP 4yz, 5yz).
    Refused,
    /// The server sent the client elsewhere (3xx).
    Redirected,
    /// The server answered it (2xx; FTP 2yz).
    Answered,
}

impl Outcome {
    /// The outcome a status code tells. Informational codes (1xx) decide nothing.
    pub const fn of_status(status: u16) -> Outcome {
        match status {
            200..=299 => Outcome::Answered,
            300..=399 => Outcome::Redirected,
            400..=599 => Outcome::Refused,
            _ => Outcome::Unknown,
        }
    }

    /// The outcome an FTP reply tells (RFC 959, section 4.2.1). Preliminary and intermediate replies (1yz, 3yz) decide nothing.
    pub const fn of_reply(reply: u16) -> Outcome {
        match reply {
            200..=299 => Outcome::Answered,
            400..=599 => Outcome::Refused,
            _ => Outcome::Unknown,
        }
    }

    /// The token used in JSON and on the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Unknown => "unknown",
            Outcome::Refused => "refused",
            Outcome::Redirected => "redirected",
            Outcome::Answered => "answered",
        }
    }
}

/// The request a sighting stands in, where the record is one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Who asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client: String,
    /// HTTP method.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// Request target as written, shortened.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// Status code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Response size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// One indicator met one observable at one place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// Id of the pack.
    pub pack: String,
    /// Id of the indicator.
    pub indicator: String,
    /// The indicator's kind.
    pub kind: Kind,
    /// The indicator's canonical value.
    pub value: String,
    /// Where: the way through containers.
    pub artifact: ArtifactPath,
    /// 1-based; `None` where the artifact has no lines or the whole file is meant.
    pub line: Option<u64>,
    /// First byte in the artifact.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
    /// What stands there, control characters escaped.
    pub observed: String,
    /// How the bytes were decoded before they matched, outermost first; empty: as they stand.
    pub decoding: Vec<String>,
    /// The line, shortened around the match, control characters escaped.
    pub excerpt: String,
    /// The field it stands in, where the record is understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Field>,
    /// The time of its record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// The request it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// What became of that request.
    pub outcome: Outcome,
}
