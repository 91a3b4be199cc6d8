//! Whether a STIX pattern holds over observed data (STIX 2.1, section 9): the reference for what a pattern means, against
//! which its translation into indicators and combinations is judged.
//!
//! What this does not do: (1) Unicode is not normalized; (2) regular expressions have no lookaround.

use std::net::IpAddr;

use regex::Regex;
use serde_json::Value;

use super::stix_pattern::{Comparison, Literal, Observation, Qualifier};
use crate::model::Timestamp;

/// Ways in which observations can meet a pattern; more are refused, since `AND` and `REPEATS` multiply them.
const MOST: usize = 20_000;

/// Whether the pattern holds over `observations`: observed data as STIX 2.0 has it, or bundles as 2.1 has it.
pub fn matches(pattern: &Observation, observations: &[Value]) -> Result<bool, String> {
    let all = observed(observations)?;
    Ok(!bindings(pattern, &all)?.is_empty())
}

/// One observed-data object.
struct Seen<'v> {
    objects: Vec<(&'v str, &'v Value)>,
    first: i128,
    last: i128,
    count: u64,
}

/// The observed data, in the order given.
fn observed(observations: &[Value]) -> Result<Vec<Seen<'_>>, String> {
    let mut all = Vec::new();
    for given in observations {
        let bundled = given["objects"].as_array();
        let single = std::slice::from_ref(given);
        for data in bundled.map_or(single, Vec::as_slice) {
            let time = |name: &str| data[name].as_str().and_then(instant);
            let (Some(first), Some(last)) = (time("first_observed"), time("last_observed")) else { continue };
            // 2.1 refers to objects beside it in the bundle; 2.0 holds them.
            let objects: Vec<(&str, &Value)> = match (data["object_refs"].as_array(), bundled) {
                (Some(refs), Some(bundle)) => bundle
                    .iter()
                    .filter(|object| refs.contains(&object["id"]))
                    .map(|object| (object["id"].as_str().unwrap_or_default(), object))
                    .collect(),
                _ => {
                    let held = data["objects"].as_object().into_iter().flatten();
                    held.map(|(id, object)| (id.as_str(), object)).collect()
                }
            };
            all.push(Seen { objects, first, last, count: data["number_observed"].as_u64().unwrap_or(1) });
        }
    }
    if all.is_empty() {
        return Err("there is no observed data".to_owned());
    }
    Ok(all)
}

/// Nanoseconds of a time as STIX writes it; `None` for other text.
fn instant(text: &str) -> Option<i128> {
    let body = text.strip_suffix('Z')?;
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    let seconds = Timestamp::parse(&format!("{whole}Z"))?.seconds;
    if whole.len() != 19 || fraction.len() > 18 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos: i128 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    Some(i128::from(seconds) * 1_000_000_000 + nanos)
}

/// The observations that together meet an expression, by number: one list a way.
type Binding = Vec<usize>;

fn bindings(pattern: &Observation, all: &[Seen<'_>]) -> Result<Vec<Binding>, String> {
    match pattern {
        Observation::One(comparison) => {
            let mut found = Vec::new();
            for (number, seen) in all.iter().enumerate() {
                if !roots(comparison, seen)?.is_empty() {
                    found.push(vec![number]);
                }
            }
            Ok(found)
        }
        Observation::Or(parts) => {
            let mut found = Vec::new();
            for part in parts {
                found.extend(bindings(part, all)?);
            }
            Ok(found)
        }
        Observation::And(parts) => joined(parts, all, |_, _| true),
        // Some moment of each earlier observation has to lie before some moment of each later one.
        Observation::FollowedBy(parts) => joined(parts, all, |before, after| {
            let begins = before.iter().map(|number| all[*number].first).max();
            let ends = after.iter().map(|number| all[*number].last).min();
            begins <= ends
        }),
        Observation::Qualified(inner, qualifier) => qualified(bindings(inner, all)?, qualifier, all),
    }
}

/// Ways of all parts that share no observation and that `fits` allows, each part joined to those before it.
fn joined(
    parts: &[Observation],
    all: &[Seen<'_>],
    fits: impl Fn(&[usize], &[usize]) -> bool,
) -> Result<Vec<Binding>, String> {
    let mut ways: Vec<(Binding, Binding)> = vec![(Vec::new(), Vec::new())];
    for part in parts {
        let more = bindings(part, all)?;
        let mut next = Vec::new();
        for (whole, last) in &ways {
            for other in &more {
                if !other.iter().any(|number| whole.contains(number))
                    && (last.is_empty() || fits(last, other))
                {
                    let both = whole.iter().chain(other).copied().collect();
                    next.push((both, other.clone()));
                }
            }
            if next.len() > MOST {
                return Err(format!("more than {MOST} combinations of observations meet the pattern"));
            }
        }
        ways = next;
    }
    Ok(ways.into_iter().map(|(whole, _)| whole).collect())
}

fn qualified(ways: Vec<Binding>, qualifier: &Qualifier, all: &[Seen<'_>]) -> Result<Vec<Binding>, String> {
    match qualifier {
        Qualifier::Within(seconds) => {
            let most = (seconds * 1e9) as i128;
            let close = |way: &Binding| {
                let begins = way.iter().map(|number| all[*number].first).max();
                let ends = way.iter().map(|number| all[*number].last).min();
                begins.zip(ends).is_some_and(|(begins, ends)| begins - ends <= most)
            };
            Ok(ways.into_iter().filter(close).collect())
        }
        Qualifier::StartStop(start, stop) => {
            let (Some(start), Some(stop)) = (instant(start), instant(stop)) else {
                return Err("START or STOP is no time".to_owned());
            };
            if start >= stop {
                return Err("START is not before STOP".to_owned());
            }
            let inside = |way: &Binding| {
                way.iter().all(|number| all[*number].first < stop && all[*number].last >= start)
            };
            Ok(ways.into_iter().filter(inside).collect())
        }
        Qualifier::Repeats(times) => repeated(&ways, *times, all),
    }
}

/// Ways that share no observation, until they count `times`; one observation counts as often as it was observed.
fn repeated(ways: &[Binding], times: u64, all: &[Seen<'_>]) -> Result<Vec<Binding>, String> {
    let weight = |way: &Binding| way.iter().map(|number| all[*number].count).min().unwrap_or_default();
    let mut done = Vec::new();
    let mut open: Vec<(usize, Binding, u64)> = vec![(0, Vec::new(), 0)];
    while let Some((from, whole, count)) = open.pop() {
        if count >= times {
            done.push(whole);
        } else {
            for (at, way) in ways.iter().enumerate().skip(from) {
                if !way.iter().any(|number| whole.contains(number)) {
                    let both = whole.iter().chain(way).copied().collect();
                    open.push((at + 1, both, count + weight(way)));
                }
            }
        }
        if open.len() + done.len() > MOST {
            return Err(format!("more than {MOST} combinations of observations meet the pattern"));
        }
    }
    Ok(done)
}

/// The objects of one observation, by number, that a comparison is true of.
fn roots(comparison: &Comparison, seen: &Seen<'_>) -> Result<Vec<usize>, String> {
    match comparison {
        Comparison::And(parts) => {
            let mut all = roots(&parts[0], seen)?;
            for part in &parts[1..] {
                let more = roots(part, seen)?;
                all.retain(|number| more.contains(number));
            }
            Ok(all)
        }
        Comparison::Or(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(roots(part, seen)?);
            }
            Ok(all)
        }
        Comparison::Test { path, negated, operator, values } => {
            let (kind, steps) = steps(path)?;
            let mut all = Vec::new();
            for (number, (_, object)) in seen.objects.iter().enumerate() {
                if object["type"] != kind.as_str() {
                    continue;
                }
                let found = walk(object, &steps, seen);
                let mut is = operator == "EXISTS" && !found.is_empty();
                for (name, value) in &found {
                    is |= operator != "EXISTS" && test(name, value, *negated, operator, values)?;
                }
                if is {
                    all.push(number);
                }
            }
            Ok(all)
        }
    }
}

/// A step of an object path.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Name(String),
    Index(usize),
    Any,
}

/// The type and the steps of an object path.
fn steps(path: &str) -> Result<(String, Vec<Step>), String> {
    let (kind, rest) = path.split_once(':').ok_or("an object path has a type and a property")?;
    let mut all = Vec::new();
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '.' => {}
            '[' => {
                let index: String = chars.by_ref().take_while(|c| *c != ']').collect();
                all.push(if index == "*" {
                    Step::Any
                } else {
                    Step::Index(index.parse().map_err(|_| format!("{index:?} is no index"))?)
                });
            }
            '\'' => {
                let mut name = String::new();
                while let Some(c) = chars.next().filter(|c| *c != '\'') {
                    name.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
                }
                all.push(Step::Name(name));
            }
            first => {
                let mut name = String::from(first);
                while let Some(c) = chars.next_if(|c| !matches!(c, '.' | '[')) {
                    name.push(c);
                }
                all.push(Step::Name(name));
            }
        }
    }
    Ok((kind.to_owned(), all))
}

/// The values at the end of a path, each with the name of its property. References are followed.
fn walk<'v>(object: &'v Value, steps: &[Step], seen: &Seen<'v>) -> Vec<(String, &'v Value)> {
    let mut here: Vec<(String, &Value)> = vec![(String::new(), object)];
    for step in steps {
        let mut next = Vec::new();
        for (name, value) in here {
            match step {
                Step::Name(wanted) => {
                    let target = match value.as_str() {
                        Some(id) if name.ends_with("_ref") || name.ends_with("_refs") => {
                            seen.objects.iter().find(|(other, _)| *other == id).map(|(_, object)| *object)
                        }
                        _ => Some(value),
                    };
                    if let Some(value) = target.and_then(|target| target.get(wanted)) {
                        next.push((wanted.clone(), value));
                    }
                }
                Step::Index(index) => next.extend(value.get(*index).map(|value| (name.clone(), value))),
                Step::Any => {
                    next.extend(value.as_array().into_iter().flatten().map(|value| (name.clone(), value)));
                }
            }
        }
        here = next;
    }
    here
}

/// A value or a constant in the form in which it is compared.
#[derive(Debug, PartialEq)]
enum Plain {
    Number(f64),
    Bool(bool),
    Text(String),
    Bytes(Vec<u8>),
    Time(i128),
    Other,
}

fn test(
    name: &str,
    value: &Value,
    negated: bool,
    operator: &str,
    values: &[Literal],
) -> Result<bool, String> {
    let kinds: Vec<_> = values.iter().map(std::mem::discriminant).collect();
    if kinds.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err("the constants of a set are of different types".to_owned());
    }
    let mut is = false;
    for literal in values {
        is |= compare(name, value, operator, literal)?;
    }
    Ok(is != negated)
}

fn compare(name: &str, value: &Value, operator: &str, literal: &Literal) -> Result<bool, String> {
    let wanted = constant(literal)?;
    let found = property(name, value, &wanted)?;
    let order = match (&found, &wanted) {
        (Plain::Number(found), Plain::Number(wanted)) => found.partial_cmp(wanted),
        (Plain::Bool(found), Plain::Bool(wanted)) => Some(found.cmp(wanted)),
        (Plain::Text(found), Plain::Text(wanted)) => Some(found.cmp(wanted)),
        (Plain::Bytes(found), Plain::Bytes(wanted)) => Some(found.cmp(wanted)),
        (Plain::Time(found), Plain::Time(wanted)) => Some(found.cmp(wanted)),
        _ => None,
    };
    Ok(match operator {
        "=" | "==" | "IN" => order.is_some_and(std::cmp::Ordering::is_eq),
        "!=" | "<>" => !order.is_some_and(std::cmp::Ordering::is_eq),
        "<" => order.is_some_and(std::cmp::Ordering::is_lt),
        ">" => order.is_some_and(std::cmp::Ordering::is_gt),
        "<=" => order.is_some_and(std::cmp::Ordering::is_le),
        ">=" => order.is_some_and(std::cmp::Ordering::is_ge),
        "LIKE" | "MATCHES" => {
            let Literal::Text(pattern) = literal else { return Ok(false) };
            let regex = if operator == "LIKE" { like(pattern) } else { pattern.clone() };
            expression(&regex, &found)?
        }
        "ISSUBSET" | "ISSUPERSET" => {
            let (Some(found), Literal::Text(wanted)) = (value.as_str().and_then(block), literal) else {
                return Ok(false);
            };
            let wanted = block(wanted).ok_or_else(|| format!("{wanted:?} is no block of addresses"))?;
            if operator == "ISSUBSET" { holds(wanted, found) } else { holds(found, wanted) }
        }
        other => return Err(format!("{other} is not an operator")),
    })
}

fn constant(literal: &Literal) -> Result<Plain, String> {
    Ok(match literal {
        Literal::Text(text) => Plain::Text(text.clone()),
        Literal::Number(text) => Plain::Number(text.parse().map_err(|_| format!("{text:?} is no number"))?),
        Literal::Bool(is) => Plain::Bool(*is),
        Literal::Time(text) => Plain::Time(instant(text).ok_or_else(|| format!("{text:?} is no time"))?),
        Literal::Hex(text) => Plain::Bytes(hexadecimal(text).ok_or("not hexadecimal")?),
        Literal::Base64(text) => Plain::Bytes(base64(text).ok_or("not base64")?),
    })
}

/// A property in the form in which it can be compared with the constant.
fn property(name: &str, value: &Value, wanted: &Plain) -> Result<Plain, String> {
    Ok(match (value, wanted) {
        (Value::Number(number), _) => number.as_f64().map_or(Plain::Other, Plain::Number),
        (Value::Bool(is), _) => Plain::Bool(*is),
        (Value::String(text), Plain::Time(_)) => {
            Plain::Time(instant(text).ok_or_else(|| format!("{text:?} is compared with a time and is none"))?)
        }
        (Value::String(text), Plain::Bytes(_)) => bytes(name, text).map_or(Plain::Other, Plain::Bytes),
        (Value::String(text), Plain::Text(wanted)) => match bytes(name, text) {
            // Bytes are compared with characters of the same numbers, and with no others.
            Some(_) if !name.ends_with("_bin") && !name.ends_with("_hex") => Plain::Text(text.clone()),
            Some(_) if wanted.chars().any(|c| u32::from(c) > 0xFF) => Plain::Other,
            Some(bytes) if name.ends_with("_bin") || name.ends_with("_hex") => {
                Plain::Text(bytes.into_iter().map(char::from).collect())
            }
            _ => Plain::Text(text.clone()),
        },
        _ => Plain::Other,
    })
}

/// The bytes that a text property stands for.
fn bytes(name: &str, text: &str) -> Option<Vec<u8>> {
    if name.ends_with("_hex") {
        hexadecimal(text)
    } else if name.ends_with("_bin") {
        base64(text)
    } else {
        text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn base64(text: &str) -> Option<Vec<u8>> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut all) = (0_u32, 0, Vec::new());
    for byte in text.trim_end_matches('=').bytes() {
        let value = LETTERS.iter().position(|letter| *letter == byte)? as u32;
        bits = (bits << 6 | value) & 0xFF_FFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            all.push((bits >> held) as u8);
        }
    }
    Some(all)
}

/// `LIKE` as a regular expression: `%` is any text, `_` any one character.
fn like(pattern: &str) -> String {
    let mut all = String::from("^(?s:");
    for c in pattern.chars() {
        match c {
            '%' => all.push_str(".*"),
            '_' => all.push('.'),
            other => all.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    all + ")$"
}

fn expression(pattern: &str, found: &Plain) -> Result<bool, String> {
    let Plain::Text(text) = found else { return Ok(false) };
    let regex = Regex::new(pattern).map_err(|error| error.to_string())?;
    Ok(regex.is_match(text))
}

/// An address or a block: its first bits and how many of them count.
fn block(text: &str) -> Option<(u128, u32, bool)> {
    let (address, length) =
        text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let (bits, width, wide) = match address.parse().ok()? {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32, false),
        IpAddr::V6(address) => (u128::from(address), 128, true),
    };
    let length =
        length.map_or(Some(width), |length| length.parse().ok()).filter(|length| *length <= width)?;
    Some((bits, length, wide))
}

/// Whether the first block holds the second.
fn holds(outer: (u128, u32, bool), inner: (u128, u32, bool)) -> bool {
    let mask = u128::MAX.checked_shl(128 - outer.1).unwrap_or(0);
    outer.2 == inner.2 && outer.1 <= inner.1 && outer.0 & mask == inner.0 & mask
}

#[cfg(test)]
mod tests {
    use super::super::stix_pattern::parse;
    use super::*;

    fn holds_over(pattern: &str) -> bool {
        let observed = |name: &str, address: &str, second: u32, count: u32| {
            serde_json::json!({"type": "observed-data", "number_observed": count,
                "first_observed": format!("2020-12-16T10:00:{second:02}Z"), "last_observed": format!("2020-12-16T10:00:{second:02}Z"),
                "objects": {"0": {"type": "domain-name", "value": name, "resolves_to_refs": ["1"]},
                    "1": {"type": "ipv4-addr", "value": address}}})
        };
        let all = [observed("a.com", "10.0.0.1", 0, 1), observed("b.com", "10.0.0.2", 5, 3)];
        matches(&parse(pattern).expect(pattern), &all).expect(pattern)
    }

    #[test]
    fn and_stays_and_and_time_and_number_count() {
        for (pattern, is) in [
            ("[domain-name:value = 'a.com' AND domain-name:resolves_to_refs[*].value = '10.0.0.1']", true),
            ("[domain-name:value = 'a.com' AND domain-name:resolves_to_refs[*].value = '10.0.0.2']", false),
            ("[domain-name:value = 'a.com'] AND [ipv4-addr:value = '10.0.0.2']", true),
            ("[domain-name:value = 'a.com'] AND [domain-name:value = 'a.com']", false),
            ("[domain-name:value = 'a.com'] FOLLOWEDBY [domain-name:value = 'b.com']", true),
            ("[domain-name:value = 'b.com'] FOLLOWEDBY [domain-name:value = 'a.com']", false),
            ("([domain-name:value = 'a.com'] AND [domain-name:value = 'b.com']) WITHIN 5 SECONDS", true),
            ("([domain-name:value = 'a.com'] AND [domain-name:value = 'b.com']) WITHIN 4 SECONDS", false),
            ("[domain-name:value LIKE '_.com'] REPEATS 4 TIMES", true),
            ("[domain-name:value LIKE '_.com'] REPEATS 5 TIMES", false),
            (
                "[ipv4-addr:value ISSUBSET '10.0.0.2/31'] START t'2020-12-16T10:00:04Z' STOP t'2020-12-16T10:00:06Z'",
                true,
            ),
            ("[ipv4-addr:value NOT ISSUBSET '10.0.0.0/8']", false),
        ] {
            assert_eq!(holds_over(pattern), is, "{pattern}");
        }
    }
}
