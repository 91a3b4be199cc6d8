//! What Belljar says in a MISP event beside MISP's own fields: machine tags `belljar:name="value"`, and lines at the end
//! of an attribute's comment.

use serde_json::{Value, json};

use crate::model::{Confidence, Indicator, Kind, Severity, Timestamp};

/// Beginnings of the last lines of a comment.
const SOURCE: &str = "Source: ";
const INNOCENT: &str = "Ordinary cause: ";

/// The tags of an indicator; `kind` where MISP's type does not tell it.
pub(super) fn tags(indicator: &Indicator, kind: Option<Kind>) -> Vec<Value> {
    let mut all = Vec::new();
    let mut tag = |name: &str, value: &str| all.push(json!({"name": format!("belljar:{name}=\"{value}\"")}));
    tag("severity", indicator.severity.as_str());
    if let Some(kind) = kind {
        tag("kind", kind.as_str());
    }
    match indicator.confidence {
        Confidence::Unstated => {}
        Confidence::OneSource => tag("confidence", "one-source"),
        Confidence::TwoSources => tag("confidence", "two-sources"),
    }
    for (name, value) in [("method", &indicator.method), ("stage", &indicator.stage)] {
        if let Some(value) = value {
            tag(name, value);
        }
    }
    for (name, at) in [("valid-from", indicator.valid_from), ("valid-until", indicator.valid_until)] {
        if let Some(at) = at {
            tag(name, &at.to_string());
        }
    }
    all
}

/// The comment of an indicator.
pub(super) fn comment(indicator: &Indicator) -> String {
    let mut comment = indicator.context.clone();
    for (mark, text) in
        [(SOURCE, indicator.source.as_str()), (INNOCENT, indicator.innocent.as_deref().unwrap_or_default())]
    {
        if !text.is_empty() {
            comment += &format!("\n{mark}{text}");
        }
    }
    comment
}

/// What the tags and the comment of an attribute say, and the kind they name; `None` where Belljar did not write it.
pub(super) fn restore(attribute: &Value) -> Option<(Indicator, Option<Kind>)> {
    let tags: Vec<(&str, &str)> = attribute["Tag"]
        .as_array()?
        .iter()
        .filter_map(|tag| {
            tag["name"].as_str()?.strip_prefix("belljar:")?.strip_suffix('"')?.split_once("=\"")
        })
        .collect();
    let tag = |name: &str| tags.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let severity = tag("severity")?;
    let all = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    let mut about = Indicator {
        severity: all.into_iter().find(|one| one.as_str() == severity)?,
        confidence: match tag("confidence") {
            Some("one-source") => Confidence::OneSource,
            Some("two-sources") => Confidence::TwoSources,
            _ => Confidence::Unstated,
        },
        method: tag("method").map(str::to_owned),
        stage: tag("stage").map(str::to_owned),
        valid_from: tag("valid-from").and_then(Timestamp::parse),
        valid_until: tag("valid-until").and_then(Timestamp::parse),
        ..Indicator::default()
    };
    let mut rest = attribute["comment"].as_str().unwrap_or_default();
    let last = |rest: &str, mark: &str| {
        let (before, line) = rest.rsplit_once('\n')?;
        line.strip_prefix(mark).map(|text| (before.len(), text.to_owned()))
    };
    if let Some((end, text)) = last(rest, INNOCENT) {
        about.innocent = Some(text);
        rest = &rest[..end];
    }
    if let Some((end, text)) = last(rest, SOURCE) {
        about.source = text;
        rest = &rest[..end];
    }
    about.context = rest.to_owned();
    Some((about, tag("kind").and_then(Kind::from_token)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_comment_say_everything_again() {
        let one = Indicator {
            severity: Severity::Critical,
            confidence: Confidence::TwoSources,
            context: "Two\nlines.".into(),
            source: "A; B".into(),
            innocent: Some("An update.".into()),
            valid_until: Timestamp::parse("2021-01-20"),
            ..Indicator::default()
        };
        let attribute = json!({"Tag": tags(&one, Some(Kind::Text)), "comment": comment(&one)});
        assert_eq!(restore(&attribute), Some((one, Some(Kind::Text))));
        assert_eq!(restore(&json!({"Tag": [{"name": "tlp:red"}], "comment": "x"})), None);
    }
}
