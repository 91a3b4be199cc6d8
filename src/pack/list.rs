//! Plain lists: one value a line, `#` comments, the kind told by the value's form. Also the lists of signature-base
//! (`hash;comment`, `regex;score;exclusion`) and maltrail's trails.

use crate::model::{Indicator, Pack, Severity};

use super::draft::{self, Draft};
use super::naming::Refusal;
use super::{prose, rejected};

/// A line without its comment, and the comment.
fn split(line: &str) -> (&str, &str) {
    let line = line.trim().trim_start_matches('\u{FEFF}');
    for mark in [" #", "\t#", ";", "\t", " //", ",", " - ", "#"] {
        if let Some((value, comment)) = line.split_once(mark)
            && reads(value.trim())
        {
            return (value.trim(), comment.trim().trim_matches('"'));
        }
    }
    (line.trim_matches(['"', '\'', ',']), "")
}

/// Whether a value's form tells what it is.
fn reads(value: &str) -> bool {
    draft::understand("", value).is_ok()
}

fn is_digest(field: &str) -> bool {
    matches!(field.len(), 32 | 40 | 64) && field.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_comment(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#') || line.starts_with("//") || line.starts_with("<!--")
}

/// Whether most lines are values: then every line has to be one, and what is none is told.
fn is_list(text: &str) -> bool {
    let lines = || text.lines().filter(|line| !is_comment(line));
    let values = lines().filter(|line| reads(split(line).0) || scored(line).is_some()).count();
    values * 2 >= lines().count()
}

/// Reads every line into `pack`: as an indicator or as rejected; or every value of a text written for people.
pub(super) fn read(pack: &mut Pack, path: &str, text: &str) {
    if !is_list(text) {
        return prose::read(pack, path, text);
    }
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !is_comment(line)) {
        let place = format!("{path}, line {}", number + 1);
        let (value, comment) = split(line);
        if reads(value) {
            let about = Indicator { context: comment.to_owned(), ..Indicator::default() };
            let digests: Vec<&str> =
                comment.split([',', '\t']).map(str::trim).filter(|field| is_digest(field)).collect();
            let first = Draft {
                place: place.clone(),
                value: value.to_owned(),
                about: about.clone(),
                ..Draft::default()
            };
            draft::take(pack, first);
            // A table without a header: the digest of what was found there is an indicator too.
            for digest in digests {
                let (place, value, about) = (place.clone(), digest.to_owned(), about.clone());
                draft::take(pack, Draft { place, name: String::new(), value, about });
            }
            continue;
        }
        if let Some(rule) = scored(line) {
            match rule {
                Ok((value, severity)) => {
                    let about = Indicator { severity, ..Indicator::default() };
                    draft::take(pack, Draft { place, name: "regex".into(), value, about });
                }
                Err((reason, hint)) => pack.rejected.push(rejected(place, line, reason, hint)),
            }
            continue;
        }
        let inside = prose::extract(line);
        if inside.is_empty() {
            let hint = "write one value a line, or a CSV with the columns type and value";
            pack.rejected.push(rejected(
                place.clone(),
                line,
                "the line's form does not tell what it is",
                hint,
            ));
        }
        for one in inside {
            let about = Indicator { context: one.sentence, ..Indicator::default() };
            let (place, name) = (place.clone(), one.kind.as_str().to_owned());
            draft::take(pack, Draft { place, name, value: one.value, about });
        }
    }
}

/// A regular expression over a file's path with a score of 0 to 100, as signature-base lists them; `None` for another
/// line.
fn scored(line: &str) -> Option<Result<(String, Severity), Refusal>> {
    let mut fields = line.trim().split(';');
    let (pattern, score) = (fields.next()?, fields.next()?.trim().parse::<u32>().ok()?);
    if fields.next().is_some_and(|exclusion| !exclusion.trim().is_empty()) {
        let reason =
            "it has an exclusion, and without it the expression would mean more than its author said";
        return Some(Err((reason.to_owned(), "write a regex that needs no exclusion".to_owned())));
    }
    // The end of a path stands in the middle of a log's line.
    let pattern = match pattern.strip_suffix('$') {
        Some(rest) if rest.ends_with(|c: char| c.is_ascii_alphanumeric()) => format!("{rest}\\b"),
        _ => pattern.to_owned(),
    };
    let severity = match score {
        0..=40 => Severity::Info,
        41..=60 => Severity::Low,
        61..=80 => Severity::Medium,
        _ => Severity::High,
    };
    Some(Ok((pattern, severity)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    fn pack(text: &str) -> Pack {
        let mut pack = Pack { id: "l".into(), ..Pack::default() };
        read(&mut pack, "l.txt", text);
        pack
    }

    #[test]
    fn takes_defanged_values_and_tells_what_it_did_not_take() {
        let pack = pack("# list\n1[.]2[.]3[.]4\nevil.com;c2\n/x/y.php # a trail\n\nhello world\n");
        assert_eq!(pack.indicators.len(), 3);
        assert_eq!(pack.indicators[1].context, "c2");
        assert_eq!(pack.rejected.len(), 1);
    }

    #[test]
    fn scores_become_grades_and_exclusions_are_not_dropped() {
        let pack =
            pack("\\\\evil\\.exe$;90\n\\\\Temp\\\\x[0-9]+\\.dll;50\n\\\\cmd\\.exe;60;\\\\System32\\\\\n");
        assert_eq!((pack.indicators.len(), pack.rejected.len()), (2, 1));
        assert_eq!((pack.indicators[0].kind, pack.indicators[0].severity), (Kind::Regex, Severity::High));
        assert!(pack.indicators[0].value.ends_with("\\b"));
    }
}
