//! The names that publishers give to types of indicators, and the kind each means.

use crate::model::Kind;

/// Why a value is not taken, and what to do about it.
pub(super) type Refusal = (String, String);

/// The kind that a publisher's name for a type means for this value; `None` where the name says nothing.
pub(super) fn kind_of(name: &str, value: &str) -> Result<Option<Kind>, Refusal> {
    let name = folded(name);
    if let Some(kind) = Kind::from_token(&name) {
        return Ok(Some(kind));
    }
    let kind = match name.as_str() {
        "" | "value" | "indicator" | "ioc" | "observable" | "other" | "indicators" | "iocs" | "data" => {
            return Ok(None);
        }
        "ip" | "ips" | "ip-src" | "ip-dst" | "ip-address" | "ip-addresses" | "address" | "ipv4-addr"
        | "ipv6-addr" | "ipaddr" | "ipaddress" | "ip-addr" | "c2-ip" | "src-ip" | "dst-ip" | "source-ip"
        | "host-ip" => address(value),
        "ipv4-cidr" | "ipv6-cidr" | "network" | "subnet" | "ip-range" | "netblock" => Kind::Cidr,
        "domain-name" | "hostname" | "host" | "fqdn" | "domains" | "hostnames" | "dns" | "domain-host" => {
            Kind::Domain
        }
        "c2" | "c2-server" | "c2s" | "command-and-control" | "cnc" => {
            return Ok(super::canonical::sniff(value));
        }
        "uri" if !value.contains("://") => Kind::RequestTarget,
        "uri" | "link" | "urls" | "uris" | "web-uri" => Kind::Url,
        "url-path" | "path" | "uri-path" | "request" | "http-path" => Kind::RequestTarget,
        "filepath" | "file-location" | "file-path-name" | "full-path" => Kind::FilePath,
        // A name with a folder in front is a path.
        "filename" | "file" | "files" | "file-names" if value.trim().contains(['/', '\\']) => Kind::FilePath,
        "filename" | "file" | "files" | "file-names" => Kind::FileName,
        "hash" | "hashes" | "filehash" | "file-hash" | "digest" | "sample" => match value.trim().len() {
            32 => Kind::Md5,
            40 => Kind::Sha1,
            64 => Kind::Sha256,
            other => {
                return Err((
                    format!("a hash of {other} characters is none of MD5, SHA-1, SHA-256"),
                    "check that it is whole".into(),
                ));
            }
        },
        "hash-md5" | "filehash-md5" | "md5-hash" | "md5s" | "md5sum" => Kind::Md5,
        "hash-sha1" | "filehash-sha1" | "sha-1" | "sha1-hash" | "sha1s" => Kind::Sha1,
        "hash-sha256" | "filehash-sha256" | "sha-256" | "sha256-hash" | "sha256s" | "sha2" => Kind::Sha256,
        "email-src" | "email-dst" | "email-address" | "mail" | "email-addr" | "emails" | "e-mail"
        | "sender" | "email-sender" | "emailsender" | "emailwhois" | "email-reply-to" | "target-email" => {
            Kind::Email
        }
        "ua" | "useragent" | "http-user-agent" => Kind::UserAgent,
        "string" | "literal" | "pattern-in-file" => Kind::Text,
        "regexp" | "re" => Kind::Regex,
        other => return Err(refusal(other)),
    };
    Ok(Some(kind))
}

/// Whether the name is one of a type, known or refused with a reason of its own.
pub(super) fn is_type(name: &str) -> bool {
    matches!(kind_of(name, "0123456789abcdef0123456789abcdef"), Ok(Some(_)))
        || matches!(folded(name).as_str(), "c2" | "c2-server")
}

/// Whether the name is one of a type that is refused with a reason of its own.
pub(super) fn is_refused_type(name: &str) -> bool {
    let generic = |reason: &str| reason.starts_with("the type ");
    matches!(kind_of(name, ""), Err((reason, _)) if !generic(&reason)) && !is_type(name)
}

fn folded(name: &str) -> String {
    name.trim().trim_start_matches('\u{FEFF}').to_ascii_lowercase().replace([' ', '_'], "-")
}

fn address(value: &str) -> Kind {
    if value.contains('/') {
        Kind::Cidr
    } else if value.matches(':').count() > 1 {
        Kind::Ipv6
    } else {
        Kind::Ipv4
    }
}

/// Why a type is not searched for.
fn refusal(name: &str) -> Refusal {
    let (reason, hint) = match name {
        "cve" | "vulnerability" | "cves" => {
            ("it names a vulnerability, which evidence does not show", "nothing to do")
        }
        "version-vulnerable" | "version-fixed" | "version" => {
            ("it names a version, which evidence does not show", "compare it with the system's own version")
        }
        "log-pattern" | "sigma" | "yara" | "snort" | "suricata" => (
            "it is a rule, and rules are not evaluated",
            "write what it looks for as request-target, text or regex",
        ),
        "regex-fact" => (
            "it is a string from a rule, whose conditions do not stand in this row",
            "write it as text or regex if it means something alone",
        ),
        "sha224" | "sha384" | "sha512" | "ssdeep" | "imphash" | "tlsh" | "authentihash" | "vhash"
        | "sha512/256" => {
            ("this kind of digest is not made of evidence", "add the file's SHA-256 where it is known")
        }
        "validationkey" | "decryptionkey" | "machinekey" => (
            "a key that a server signs or encrypts with, which logs do not show",
            "compare it with the keys in the server's configuration",
        ),
        "cveid" => {
            ("a vulnerability of a catalog, for context: evidence does not show it by name", "nothing to do")
        }
        "mutex"
        | "named-pipe"
        | "windows-service-name"
        | "regkey"
        | "regkey|value"
        | "registry-key"
        | "windows-registry-key"
        | "process" => (
            "it shows in the memory or the registry of a running system, which logs seldom quote",
            "write it as text to search for it all the same",
        ),
        _ => {
            let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            return (
                format!("the type {name:?} is not one that is searched for"),
                format!("types are: {}", known.join(", ")),
            );
        }
    };
    (reason.to_owned(), hint.to_owned())
}
