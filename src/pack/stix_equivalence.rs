//! Whether two STIX patterns mean the same, whatever their brackets, their order and their spelling.
//!
//! What this does not do: (1) it does not know that one value lies in another, as an address does in a block; (2) it
//! compares numbers and times as they are written; (3) patterns with very many alternatives are compared without
//! multiplying them out, so two that mean the same may be called different, and never the other way round.

use std::net::IpAddr;

use super::stix_pattern::{Comparison, Literal, Observation, Qualifier};

/// Alternatives beyond which an AND of ORs is not multiplied out.
const MOST: usize = 256;

/// A pattern in its normal form: alternatives outside, nothing twice, nothing that another alternative says already.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// One comparison, or one observation with its comparisons.
    One(String),
    /// All of them, in any order.
    All(Vec<Form>),
    /// Each after the one before.
    Then(Vec<Form>),
    /// One of them.
    Any(Vec<Form>),
    /// With a qualifier.
    Within(Box<Form>, String),
}

/// Whether the two patterns mean the same.
pub fn equivalent(one: &Observation, other: &Observation) -> bool {
    observed(one) == observed(other)
}

fn observed(observation: &Observation) -> Form {
    let all = |parts: &[Observation]| parts.iter().map(observed).collect();
    match observation {
        Observation::One(comparison) => {
            // `[a OR b]` is `[a] OR [b]`, since each observation is met by itself.
            match compared(comparison) {
                Form::Any(parts) => any(parts.into_iter().map(bracketed).collect()),
                one => bracketed(one),
            }
        }
        Observation::And(parts) => joined(all(parts), Form::All),
        Observation::FollowedBy(parts) => joined(all(parts), Form::Then),
        Observation::Or(parts) => any(all(parts)),
        Observation::Qualified(inner, qualifier) => {
            let qualifier = match qualifier {
                Qualifier::Within(seconds) => format!("WITHIN {seconds}"),
                Qualifier::Repeats(times) => format!("REPEATS {times}"),
                Qualifier::StartStop(start, stop) => format!("START {start} STOP {stop}"),
            };
            Form::Within(Box::new(observed(inner)), qualifier)
        }
    }
}

/// One observation that meets these comparisons.
fn bracketed(form: Form) -> Form {
    Form::One(format!("[{form:?}]"))
}

fn compared(comparison: &Comparison) -> Form {
    let all = |parts: &[Comparison]| parts.iter().map(compared).collect();
    match comparison {
        Comparison::Or(parts) => any(all(parts)),
        Comparison::And(parts) => match joined(all(parts), Form::All) {
            Form::Any(alternatives) => any(alternatives.into_iter().map(once).collect()),
            one => once(one),
        },
        Comparison::Test { path, negated, operator, values } => test(path, *negated, operator, values),
    }
}

/// Said twice of one object is said once.
fn once(form: Form) -> Form {
    let Form::All(mut parts) = form else { return form };
    parts.dedup();
    if parts.len() == 1 { parts.remove(0) } else { Form::All(parts) }
}

fn test(path: &str, negated: bool, operator: &str, values: &[Literal]) -> Form {
    let operator = match operator {
        "==" => "=",
        "<>" => "!=",
        "IN" if values.len() == 1 => "=",
        other => other,
    };
    let mut values: Vec<String> = values.iter().map(|value| constant(path, value)).collect();
    values.sort();
    values.dedup();
    let not = if negated { "NOT " } else { "" };
    Form::One(format!("{path} {not}{operator} {}", values.join(", ")))
}

/// A constant in the one form in which its property is compared.
fn constant(path: &str, literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => match path.split(':').next().unwrap_or_default() {
            "ipv4-addr" | "ipv6-addr" if path.ends_with(":value") => format!("{:?}", block(text)),
            // Windows compares the names of keys and values without their case.
            "windows-registry-key" if path.ends_with(":key") || path.ends_with(".name") => {
                format!("{:?}", text.to_lowercase())
            }
            _ => format!("{text:?}"),
        },
        other => format!("{other:?}"),
    }
}

/// An address or a block without host bits; other text as it is.
fn block(text: &str) -> String {
    let (address, length) =
        text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let Ok(address) = address.parse::<IpAddr>() else { return text.to_owned() };
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let length = match length.map(str::parse::<u32>) {
        None => bits,
        Some(Ok(length)) if length <= bits => length,
        Some(_) => return text.to_owned(),
    };
    let network = match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            IpAddr::V4((u32::from(address) & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            IpAddr::V6((u128::from(address) & mask).into())
        }
    };
    if length == bits { network.to_string() } else { format!("{network}/{length}") }
}

/// Parts joined by AND or FOLLOWEDBY, with the alternatives among them multiplied out.
fn joined(parts: Vec<Form>, join: fn(Vec<Form>) -> Form) -> Form {
    let product = parts.iter().try_fold(1usize, |product, part| {
        let count = if let Form::Any(all) = part { all.len() } else { 1 };
        product.checked_mul(count).filter(|product| *product <= MOST)
    });
    if product.is_none() {
        return flat(parts, join);
    }
    let mut ways: Vec<Vec<Form>> = vec![Vec::new()];
    for part in parts {
        let all = if let Form::Any(all) = part { all } else { vec![part] };
        ways = ways
            .iter()
            .flat_map(|way| all.iter().map(|one| [way.as_slice(), std::slice::from_ref(one)].concat()))
            .collect();
    }
    any(ways.into_iter().map(|way| flat(way, join)).collect())
}

/// Brackets around the same connective say nothing; the order of an AND says nothing.
fn flat(parts: Vec<Form>, join: fn(Vec<Form>) -> Form) -> Form {
    let is_all = matches!(join(Vec::new()), Form::All(_));
    let mut all = Vec::new();
    for part in parts {
        match part {
            Form::All(inner) if is_all => all.extend(inner),
            Form::Then(inner) if !is_all => all.extend(inner),
            other => all.push(other),
        }
    }
    if is_all {
        all.sort();
    }
    if all.len() == 1 { all.remove(0) } else { join(all) }
}

/// Alternatives, each once, without those that say more than another one.
fn any(parts: Vec<Form>) -> Form {
    let mut all = Vec::new();
    for part in parts {
        match part {
            Form::Any(inner) => all.extend(inner),
            other => all.push(other),
        }
    }
    all.sort();
    all.dedup();
    if all.len() <= MOST {
        let whole = all.clone();
        all.retain(|one| !whole.iter().any(|other| other != one && holds(one, other)));
    }
    if all.len() == 1 { all.remove(0) } else { Form::Any(all) }
}

/// Whether what meets `whole` meets `part` too.
fn holds(whole: &Form, part: &Form) -> bool {
    if whole == part {
        return true;
    }
    match (whole, part) {
        (Form::All(all), Form::All(parts)) => {
            let mut left = all.clone();
            let taken = |part: &Form, left: &mut Vec<Form>| {
                let place = left.iter().position(|one| one == part);
                place.map(|place| left.remove(place)).is_some()
            };
            parts.iter().all(|part| taken(part, &mut left)) || all.iter().any(|one| holds(one, part))
        }
        (Form::Then(all), Form::Then(parts)) => {
            let mut rest = all.iter();
            parts.iter().all(|part| rest.any(|one| one == part)) || all.iter().any(|one| holds(one, part))
        }
        (Form::All(all) | Form::Then(all), part) => all.iter().any(|one| holds(one, part)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::stix_pattern::parse;
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        equivalent(&parse(one).expect(one), &parse(other).expect(other))
    }

    #[test]
    fn order_brackets_and_spelling_say_nothing() {
        for (one, other) in [
            ("[a:b = 1 AND (a:c == 2 AND a:d <> 3)]", "[a:d != 3 AND a:c = 2 AND a:b = 1]"),
            ("[a:b IN ('x', 'y')]", "[a:b IN ('y', 'x', 'x')]"),
            ("[ipv4-addr:value = '1.2.3.4/24']", "[ipv4-addr:value = '1.2.3.0/24']"),
            (
                "[a:b = 1] AND ([a:c = 2] OR [a:d = 3])",
                "([a:d = 3] AND [a:b = 1]) OR ([a:c = 2] AND [a:b = 1])",
            ),
            ("[a:b = 1] OR ([a:c = 2] FOLLOWEDBY [a:b = 1])", "[a:b = 1]"),
            ("[a:b = 1 OR a:c = 2]", "[a:c = 2] OR [a:b = 1]"),
        ] {
            assert!(same(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("[a:b = 1] AND [a:b = 1]", "[a:b = 1]"),
            ("[a:b = 1] FOLLOWEDBY [a:c = 2]", "[a:c = 2] FOLLOWEDBY [a:b = 1]"),
            ("[a:b = 1 AND a:c = 2]", "[a:b = 1] AND [a:c = 2]"),
            ("[a:b = 1] REPEATS 2 TIMES", "[a:b = 1]"),
            ("[a:b = 'x']", "[a:b = 'X']"),
        ] {
            assert!(!same(one, other), "{one} {other}");
        }
    }
}
