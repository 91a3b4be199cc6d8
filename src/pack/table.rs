//! CSV and TSV with a header line: columns are known by their names, in any order.

use crate::model::{Confidence, Indicator, Kind, Pack, Severity, Timestamp};

use super::canonical::{canonical, sniff};
use super::rejected;

/// Which column holds what.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    delimiter: u8,
    kind: Option<usize>,
    value: usize,
    names: Vec<String>,
}

/// The header in the first line of `text`, if it names a value column.
pub(super) fn header(text: &str) -> Option<Header> {
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'))?;
    let delimiter = [b',', b'\t', b';', b'|']
        .into_iter()
        .max_by_key(|d| first.bytes().filter(|byte| byte == d).count())?;
    let names: Vec<String> = first
        .split(char::from(delimiter))
        .map(|name| name.trim().trim_matches('"').trim().to_ascii_lowercase().replace([' ', '-'], "_"))
        .collect();
    let place =
        |wanted: &[&str]| wanted.iter().find_map(|name| names.iter().position(|column| column == name));
    let value = place(&["value", "indicator", "ioc", "indicator_value", "ioc_value", "observable"])?;
    let kind = place(&["kind", "type", "indicator_type", "ioc_type", "category"]);
    Some(Header { delimiter, kind: kind.filter(|kind| *kind != value), value, names })
}

/// Reads every row into `pack`: as an indicator or as rejected.
pub(super) fn read(pack: &mut Pack, path: &str, text: &str, header: &Header) {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(header.delimiter)
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let mut row = 0;
    for record in reader.records() {
        row += 1;
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                take(pack, path, row, line, &record, header);
            }
            Err(error) => {
                let reason = format!("the row cannot be read: {error}");
                pack.rejected.push(rejected(
                    format!("{path}, row {row}"),
                    "",
                    reason,
                    "check the quotes around it",
                ));
            }
        }
    }
}

fn take(pack: &mut Pack, path: &str, row: usize, line: u64, record: &csv::StringRecord, header: &Header) {
    let column = |name: &str| {
        let place = header.names.iter().position(|column| column == name)?;
        record.get(place).map(str::trim).filter(|text| !text.is_empty())
    };
    let place = format!("{path}, line {line}");
    let value = record.get(header.value).unwrap_or_default();
    let shown = record.iter().collect::<Vec<_>>().join(",");
    if record.len() != header.names.len() {
        let reason = format!("expected {} columns, found {}", header.names.len(), record.len());
        return pack.rejected.push(rejected(
            place,
            &shown,
            reason,
            "put values that hold the separator in quotes",
        ));
    }
    let kind = match header.kind.and_then(|place| record.get(place)) {
        Some(name) => match kind_of(name, value) {
            Ok(kind) => kind,
            Err((reason, hint)) => return pack.rejected.push(rejected(place, &shown, reason, hint)),
        },
        None => match sniff(value) {
            Some(kind) => kind,
            None => {
                let hint = "add a column `type` that says what the value is";
                return pack.rejected.push(rejected(
                    place,
                    &shown,
                    "the value's form does not tell what it is",
                    hint,
                ));
            }
        },
    };
    let value = match canonical(kind, value) {
        Ok(value) => value,
        Err(reason) => {
            let reason = format!("not a valid {}: {reason}", kind.as_str());
            return pack.rejected.push(rejected(place, &shown, reason, "correct the value, or its type"));
        }
    };
    let mut dates = [None, None];
    for (date, names) in dates.iter_mut().zip([["valid_from", "first_seen"], ["valid_until", "valid_to"]]) {
        if let Some(text) = names.iter().find_map(|name| column(name)) {
            *date = Timestamp::parse(text);
            if date.is_none() {
                let reason = format!("{text:?} is no date");
                return pack.rejected.push(rejected(
                    place,
                    &shown,
                    reason,
                    "write dates as 2020-12-16 or 2020-12-16T10:00:00Z",
                ));
            }
        }
    }
    let severity = match column("severity").map(severity_of) {
        Some(None) => {
            let reason = "the severity is none of info, low, medium, high, critical".to_owned();
            return pack.rejected.push(rejected(
                place,
                &shown,
                reason,
                "correct it, or leave it empty for medium",
            ));
        }
        Some(Some(severity)) => severity,
        None => Severity::default(),
    };
    let text = |names: &[&str]| names.iter().find_map(|name| column(name)).unwrap_or_default().to_owned();
    pack.indicators.push(Indicator {
        id: format!("{}#{row}", pack.id),
        kind,
        value,
        severity,
        confidence: confidence_of(column("confidence").unwrap_or_default()),
        valid_from: dates[0],
        valid_until: dates[1],
        context: text(&["context", "description", "comment", "notes", "note"]),
        source: text(&["source", "reference", "references"]),
        method: column("method").map(str::to_owned),
        stage: column("stage").map(str::to_owned),
        group: column("group").map(str::to_owned),
        innocent: column("innocent").map(str::to_owned),
    });
}

fn severity_of(text: &str) -> Option<Severity> {
    let lower = text.to_ascii_lowercase();
    let all = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    all.into_iter().find(|severity| severity.as_str() == lower)
}

fn confidence_of(text: &str) -> Confidence {
    match text {
        "seen-in-two-sources" | "two-sources" => Confidence::TwoSources,
        "seen-in-source" | "one-source" => Confidence::OneSource,
        _ => Confidence::Unstated,
    }
}

/// The kind that a publisher's name for it means; else why the row is not taken, and what to do.
fn kind_of(name: &str, value: &str) -> Result<Kind, (String, String)> {
    let name = name.trim().to_ascii_lowercase().replace([' ', '_'], "-");
    let ip = || {
        if value.contains('/') {
            Kind::Cidr
        } else if value.contains("::") || value.matches(':').count() > 1 {
            Kind::Ipv6
        } else {
            Kind::Ipv4
        }
    };
    if let Some(kind) = Kind::from_token(&name) {
        return Ok(kind);
    }
    let kind = match name.as_str() {
        "ip" | "ip-src" | "ip-dst" | "ip-address" | "address" | "ipv4-addr" | "ipv6-addr" | "ipaddr" => ip(),
        "ipv4-cidr" | "ipv6-cidr" | "network" | "subnet" | "ip-range" => Kind::Cidr,
        "domain-name" | "hostname" | "host" | "fqdn" => Kind::Domain,
        "uri" if !value.contains("://") => Kind::RequestTarget,
        "uri" | "link" => Kind::Url,
        "url-path" | "path" | "uri-path" | "request" => Kind::RequestTarget,
        "filepath" | "file-location" => Kind::FilePath,
        "filename" | "file" => Kind::FileName,
        "hash" | "filehash" | "file-hash" | "digest" => match value.trim().len() {
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
        "hash-md5" | "filehash-md5" | "md5-hash" => Kind::Md5,
        "hash-sha1" | "filehash-sha1" | "sha-1" => Kind::Sha1,
        "hash-sha256" | "filehash-sha256" | "sha-256" => Kind::Sha256,
        "email-src" | "email-dst" | "email-address" | "mail" | "email-addr" => Kind::Email,
        "ua" | "useragent" | "http-user-agent" => Kind::UserAgent,
        "string" | "literal" | "pattern-in-file" => Kind::Text,
        "regexp" | "re" => Kind::Regex,
        "cve" | "vulnerability" => {
            return Err((
                "it names a vulnerability, which evidence does not show".into(),
                "nothing to do".into(),
            ));
        }
        "version-vulnerable" | "version-fixed" | "version" => {
            return Err((
                "it names a version, which evidence does not show".into(),
                "compare it with the system's own version".into(),
            ));
        }
        "log-pattern" | "sigma" => {
            return Err((
                "it is a rule over several fields".into(),
                "rules are not evaluated; write what it looks for as request-target or regex".into(),
            ));
        }
        "regex-fact" => {
            return Err((
                "it is a string from a rule, whose conditions do not stand in this row".into(),
                "write it as text or regex if it means something alone".into(),
            ));
        }
        other => {
            let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            return Err((
                format!("the type {other:?} is not one that is searched for"),
                format!("types are: {}", known.join(", ")),
            ));
        }
    };
    Ok(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(text: &str) -> Pack {
        let mut pack = Pack { id: "t".into(), ..Pack::default() };
        read(&mut pack, "t.csv", text, &header(text).expect("a header"));
        pack
    }

    #[test]
    fn every_row_is_loaded_or_rejected() {
        let text = "type,value,id\r\nipv4,1.2.3.4,a\nmutex,x,b\nmd5,12,c\npath,\"/a,b\",d\nip,1.2.3.0/24\ndomain,evil.com,e\n";
        let pack = pack(text);
        assert_eq!(pack.indicators.len(), 3);
        assert_eq!(pack.rejected.len(), 3);
        assert_eq!(pack.indicators[1].id, "t#4");
    }

    #[test]
    fn columns_come_in_any_order_and_tabs_do() {
        let pack = pack("Comment\tIndicator\tType\nbad\tevil.com\thostname\n");
        assert_eq!(pack.indicators[0].kind, Kind::Domain);
        assert_eq!(pack.indicators[0].context, "bad");
    }
}
