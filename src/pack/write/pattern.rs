//! Indicators as STIX patterns (STIX 2.1, section 9).
//!
//! What is narrower for other programs than for Belljar: (1) a domain is compared as it is, without the names below it;
//! (2) a plain path is compared with the whole request target, parameters included, and with its letter case; (3) a
//! user agent is compared as a whole. Nothing is wider.

use crate::model::{Combination, Indicator, Kind};

/// An HTTP request in a pattern.
const REQUEST: &str = "network-traffic:extensions.'http-request-ext'";

/// More alternatives than this are not written: `condition` reads no more.
const MOST: usize = 512;

/// How a pattern names what it compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parts {
    /// Each value in an object of its own kind.
    Alone,
    /// Properties and content of one file.
    OneFile,
}

/// The pattern of an indicator that counts alone; else why there is none.
pub(in crate::pack) fn one(indicator: &Indicator) -> Result<String, &'static str> {
    comparison(indicator, Parts::Alone).map(|comparison| format!("[{comparison}]"))
}

/// The pattern of a combination of these members; else why there is none.
pub(in crate::pack) fn combined(
    combination: &Combination,
    members: &[&Indicator],
) -> Result<String, &'static str> {
    let parts = if combination.anywhere { Parts::Alone } else { Parts::OneFile };
    let bounded = !combination.starts_with.is_empty() || combination.smaller_than > 0;
    if combination.anywhere && bounded {
        return Err("STIX says the beginning and the size of one file, and these may stand in several");
    }
    let compared: Result<Vec<String>, _> = members.iter().map(|one| comparison(one, parts)).collect();
    let compared = compared?;
    let choices = chosen(combination.needs, compared.len()).ok_or("it has too many alternatives")?;
    let (open, close) = if combination.anywhere { ("[", "]") } else { ("", "") };
    let alternatives: Vec<String> = choices
        .iter()
        .map(|choice| {
            let all: Vec<String> =
                choice.iter().map(|place| format!("{open}{}{close}", compared[*place])).collect();
            if all.len() > 1 && choices.len() > 1 {
                format!("({})", all.join(" AND "))
            } else {
                all.join(" AND ")
            }
        })
        .collect();
    let any = alternatives.join(" OR ");
    if combination.anywhere {
        return Ok(any);
    }
    let mut all = Vec::new();
    if combination.smaller_than > 0 {
        all.push(format!("file:size < {}", combination.smaller_than));
    }
    if !combination.starts_with.is_empty() {
        let start = format!("^{}", regex_syntax::escape(&combination.starts_with));
        all.push(format!("file:content_ref.payload_bin MATCHES {}", quoted(&start)));
    }
    let both = alternatives.len() > 1 && !all.is_empty();
    all.push(if both { format!("({any})") } else { any });
    Ok(format!("[{}]", all.join(" AND ")))
}

/// All ways to take `needs` of `all` things, in order; `None` where there are none or too many.
fn chosen(needs: usize, all: usize) -> Option<Vec<Vec<usize>>> {
    if needs == 0 || needs > all {
        return None;
    }
    let mut ways: Vec<Vec<usize>> = vec![Vec::new()];
    for taken in 0..needs {
        let mut longer = Vec::new();
        for way in &ways {
            let first = way.last().map_or(0, |last| last + 1);
            for next in first..=all - (needs - taken) {
                longer.push([way.as_slice(), &[next]].concat());
            }
            if longer.len() > MOST {
                return None;
            }
        }
        ways = longer;
    }
    Some(ways)
}

fn comparison(indicator: &Indicator, parts: Parts) -> Result<String, &'static str> {
    let value = indicator.value.as_str();
    let kind = indicator.kind;
    let equals = |path: &str| Ok(format!("{path} = {}", quoted(value)));
    if indicator.method.is_some() && kind != Kind::RequestTarget {
        return Err("STIX names the method of a request and not that of a URL");
    }
    match (kind, parts) {
        (Kind::Md5, _) => equals("file:hashes.MD5"),
        (Kind::Sha1, _) => equals("file:hashes.'SHA-1'"),
        (Kind::Sha256, _) => equals("file:hashes.'SHA-256'"),
        (Kind::FileName, _) => equals("file:name"),
        (Kind::Text | Kind::Regex, _) => Ok(content(kind, value, parts)),
        (_, Parts::OneFile) => Err(
            "STIX says of one file only its name, its digests and its content, and not what kind of value stands in it",
        ),
        (Kind::Ipv4, _) => equals("ipv4-addr:value"),
        (Kind::Ipv6, _) => equals("ipv6-addr:value"),
        (Kind::Cidr, _) => {
            let object = if value.contains(':') { "ipv6-addr" } else { "ipv4-addr" };
            Ok(format!("{object}:value ISSUBSET {}", quoted(value)))
        }
        (Kind::Domain, _) => equals("domain-name:value"),
        (Kind::Url, _) => equals("url:value"),
        (Kind::Email, _) => equals("email-addr:value"),
        (Kind::UserAgent, _) => equals(&format!("{REQUEST}.request_header.'User-Agent'")),
        (Kind::FilePath, _) => Ok(path(value)),
        (Kind::RequestTarget, _) => Ok(request(value, indicator.method.as_deref())),
    }
}

/// A text or an expression in the content of a file. `^` and `$` are the ends of a line.
fn content(kind: Kind, value: &str, parts: Parts) -> String {
    let place = if parts == Parts::OneFile { "file:content_ref.payload_bin" } else { "artifact:payload_bin" };
    let expression = match kind {
        Kind::Text => regex_syntax::escape(value),
        _ if value.contains(['^', '$']) => format!("(?m){value}"),
        _ => value.to_owned(),
    };
    format!("{place} MATCHES {}", quoted(&expression))
}

/// A folder, or a file's name in its folder.
fn path(value: &str) -> String {
    let separator = |c: char| c == '/' || c == '\\';
    if value.ends_with(separator) {
        return format!("directory:path = {}", quoted(value));
    }
    match value.rfind(separator) {
        None => format!("file:name = {}", quoted(value)),
        Some(at) => {
            // A root keeps its separator.
            let root = at == 0 || value[..at].ends_with(':');
            let folder = &value[..at + usize::from(root)];
            let (name, folder) = (quoted(&value[at + 1..]), quoted(folder));
            format!("file:name = {name} AND file:parent_directory_ref.path = {folder}")
        }
    }
}

fn request(value: &str, method: Option<&str>) -> String {
    let plain = value.starts_with('/') && !value.contains(['*', '?']);
    let target = if plain {
        format!("{REQUEST}.request_value = {}", quoted(value))
    } else {
        format!("{REQUEST}.request_value MATCHES {}", quoted(&target(value)))
    };
    match method {
        Some(method) => {
            format!("{target} AND {REQUEST}.request_method = {}", quoted(&method.to_ascii_lowercase()))
        }
        None => target,
    }
}

/// A request target as an expression over the whole target: `*` is any bytes, parameters come in any order.
fn target(value: &str) -> String {
    let (path, query) = value.split_once('?').unwrap_or((value, ""));
    let mut expression = String::from("(?i)^");
    if !path.starts_with(['/', '*']) {
        expression += "(?:[^?]*/)?";
    }
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let end = if parameter.ends_with('=') { "" } else { "(?:[=&;]|$)" };
        expression += &format!("(?=[^?]*\\?(?:.*[&;?])?{}{end})", regex_syntax::escape(parameter));
    }
    let runs: Vec<String> = path.split('*').map(regex_syntax::escape).collect();
    expression + &runs.join("[^?]*") + "(?:[?#;].*)?$"
}

/// A string constant (STIX 2.1, section 9.2).
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::stix_pattern;

    fn indicator(kind: Kind, value: &str) -> Indicator {
        Indicator { kind, value: value.into(), ..Indicator::default() }
    }

    #[test]
    fn every_kind_has_a_pattern_that_is_one() {
        for (kind, value, pattern) in [
            (Kind::Sha256, "ab", "[file:hashes.'SHA-256' = 'ab']"),
            (Kind::Cidr, "2001:db8::/32", "[ipv6-addr:value ISSUBSET '2001:db8::/32']"),
            (Kind::FilePath, "/x", "[file:name = 'x' AND file:parent_directory_ref.path = '/']"),
            (
                Kind::FilePath,
                r"C:\a\b.exe",
                r"[file:name = 'b.exe' AND file:parent_directory_ref.path = 'C:\\a']",
            ),
            (Kind::FilePath, "/tmp/", "[directory:path = '/tmp/']"),
            (Kind::Text, "a.b'", r"[artifact:payload_bin MATCHES 'a\\.b\'']"),
            (Kind::Regex, "^a", "[artifact:payload_bin MATCHES '(?m)^a']"),
        ] {
            let written = one(&indicator(kind, value)).expect(value);
            assert_eq!(written, pattern);
            assert!(stix_pattern::parse(&written).is_ok(), "{written}");
        }
    }

    #[test]
    fn a_combination_is_an_and_and_never_a_part_of_it() {
        let members =
            [indicator(Kind::Text, "one"), indicator(Kind::Text, "two"), indicator(Kind::Text, "three")];
        let members: Vec<&Indicator> = members.iter().collect();
        let mut combination =
            Combination { needs: 2, smaller_than: 9, starts_with: "<?".into(), ..Combination::default() };
        let pattern = combined(&combination, &members).expect("a pattern");
        assert!(stix_pattern::parse(&pattern).is_ok(), "{pattern}");
        assert_eq!(pattern.matches(" OR ").count(), 2);
        combination.anywhere = true;
        assert!(combined(&combination, &members).is_err());
        combination = Combination { needs: 3, anywhere: true, ..Combination::default() };
        let pattern = combined(&combination, &members).expect("a pattern");
        assert_eq!(pattern.matches("] AND [").count(), 2, "{pattern}");
        combination = Combination { needs: 1, ..Combination::default() };
        assert!(combined(&combination, &[&indicator(Kind::Domain, "evil.com")]).is_err());
        assert_eq!(chosen(20, 40), None);
    }

    #[test]
    fn a_target_with_wildcards_is_an_expression() {
        assert_eq!(
            target("*.html?dwn=&x"),
            r"(?i)^(?=[^?]*\?(?:.*[&;?])?dwn=)(?=[^?]*\?(?:.*[&;?])?x(?:[=&;]|$))[^?]*\.html(?:[?#;].*)?$"
        );
    }
}
