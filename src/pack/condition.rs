//! Conditions over several values, as STIX patterns and OpenIOC trees state them. An AND stays an AND: what cannot be
//! evaluated as it is written is rejected with the reason, and never searched for in a weaker form.

use crate::model::{Combination, Indicator, Pack};

use super::draft::{self, Draft};
use super::naming::Refusal;
use super::rejected;

/// Alternatives of one condition; more are refused, since each AND of ORs multiplies them.
const MOST: usize = 512;

/// A condition over values.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    /// A value under the name of its type.
    Value {
        /// The name, as `naming` knows it.
        name: String,
        /// The value as written.
        value: String,
    },
    /// Something that evidence does not show, or that is not evaluated.
    Unseen {
        /// What stands there.
        text: String,
        /// Why, and what to do.
        why: Refusal,
    },
    /// Says nothing more than its neighbors in an AND do, such as the size of a file whose digest is given.
    Implied,
    /// All of them, in one event or file.
    All(Vec<Condition>),
    /// All of them, anywhere in the evidence.
    Everywhere(Vec<Condition>),
    /// One of them is enough.
    Any(Vec<Condition>),
}

/// One alternative: the values that have to be there together.
#[derive(Clone, Debug, Default)]
struct Together {
    values: Vec<(String, String)>,
    unseen: Vec<(String, Refusal)>,
    anywhere: bool,
}

/// Takes a condition into the pack. `about` is what is known of all its values; `title` names it in findings.
pub(super) fn take(
    pack: &mut Pack,
    place: &str,
    shown: &str,
    title: &str,
    condition: &Condition,
    about: &Indicator,
) {
    let Some(alternatives) = alternatives(condition) else {
        let reason = format!("it has more than {MOST} alternatives");
        pack.rejected.push(rejected(
            place.to_owned(),
            shown,
            reason,
            "write its alternatives as patterns of their own",
        ));
        return;
    };
    let mut nothing = true;
    for (number, together) in alternatives.into_iter().enumerate() {
        if let Some((text, (reason, hint))) = together.unseen.first() {
            let whole =
                if together.values.is_empty() { text.clone() } else { format!("{text}, in: {shown}") };
            let reason = if together.values.is_empty() {
                reason.clone()
            } else {
                format!("{reason}, and the rest of its condition means something only together with it")
            };
            pack.rejected.push(rejected(place.to_owned(), &whole, reason, hint));
            nothing = false;
            continue;
        }
        match together.values.as_slice() {
            [] => {}
            [(name, value)] => {
                let (name, value) = (name.clone(), value.clone());
                draft::take(pack, Draft { place: place.to_owned(), name, value, about: about.clone() });
                nothing = false;
            }
            several => {
                combined(pack, place, shown, title, number, several, together.anywhere, about);
                nothing = false;
            }
        }
    }
    if nothing {
        pack.rejected.push(rejected(
            place.to_owned(),
            shown,
            "it names no value that evidence could show",
            "nothing to do",
        ));
    }
}

/// Values that count only together become a combination; if one of them is not taken, none is.
#[allow(clippy::too_many_arguments, reason = "one call, from the function above")]
fn combined(
    pack: &mut Pack,
    place: &str,
    shown: &str,
    title: &str,
    number: usize,
    values: &[(String, String)],
    anywhere: bool,
    about: &Indicator,
) {
    let bad = values
        .iter()
        .find_map(|(name, value)| draft::understand(name, value).err().map(|why| (value.clone(), why)));
    if let Some((value, (reason, hint))) = bad {
        let reason = format!("{value:?}: {reason}; the others count only together with it");
        pack.rejected.push(rejected(place.to_owned(), shown, reason, hint));
        return;
    }
    let id = format!("{}#{}.{number}", pack.id, pack.indicators.len() + pack.rejected.len() + 1);
    for (name, value) in values {
        let about = Indicator { group: Some(id.clone()), ..about.clone() };
        let (place, name, value) = (place.to_owned(), name.clone(), value.clone());
        draft::take(pack, Draft { place, name, value, about });
    }
    let scope = if anywhere { "" } else { " in one file" };
    let named: Vec<&str> = values.iter().map(|(_, value)| value.as_str()).collect();
    pack.combinations.push(Combination {
        id,
        title: format!("{title}: {} were seen{scope}", named.join(" and ")),
        severity: about.severity,
        needs: values.len(),
        anywhere,
        context: about.context.clone(),
        source: about.source.clone(),
        ..Combination::default()
    });
}

/// The condition as alternatives; `None` where they are too many.
fn alternatives(condition: &Condition) -> Option<Vec<Together>> {
    let all = match condition {
        Condition::Value { name, value } => {
            vec![Together { values: vec![(name.clone(), value.clone())], ..Together::default() }]
        }
        Condition::Unseen { text, why } => {
            vec![Together { unseen: vec![(text.clone(), why.clone())], ..Together::default() }]
        }
        Condition::Implied => vec![Together::default()],
        Condition::Any(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(alternatives(part)?);
                if all.len() > MOST {
                    return None;
                }
            }
            all
        }
        Condition::All(parts) | Condition::Everywhere(parts) => {
            let anywhere = matches!(condition, Condition::Everywhere(_));
            let mut all = vec![Together { anywhere, ..Together::default() }];
            for part in parts {
                let more = alternatives(part)?;
                if all.len() * more.len() > MOST {
                    return None;
                }
                all = all.iter().flat_map(|one| more.iter().map(move |other| one.joined(other))).collect();
            }
            all
        }
    };
    Some(all)
}

impl Together {
    fn joined(&self, other: &Together) -> Together {
        let mut both = self.clone();
        for value in &other.values {
            if !both.values.contains(value) {
                both.values.push(value.clone());
            }
        }
        both.unseen.extend(other.unseen.iter().cloned());
        both.anywhere |= other.anywhere;
        both
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(value: &str) -> Condition {
        Condition::Value { name: String::new(), value: value.to_owned() }
    }

    fn pack_of(condition: &Condition) -> Pack {
        let mut pack = Pack { id: "p".into(), ..Pack::default() };
        take(&mut pack, "here", "shown", "title", condition, &Indicator::default());
        pack
    }

    #[test]
    fn an_and_stays_an_and() {
        let condition =
            Condition::All(vec![value("evil.com"), Condition::Any(vec![value("1.2.3.4"), value("1.2.3.5")])]);
        let pack = pack_of(&condition);
        assert_eq!((pack.indicators.len(), pack.combinations.len()), (4, 2));
        assert!(pack.combinations.iter().all(|combination| combination.needs == 2));
        assert!(pack.indicators.iter().all(|indicator| indicator.group.is_some()));
    }

    #[test]
    fn an_unseen_part_takes_its_alternative_with_it_and_no_other() {
        let port =
            Condition::Unseen { text: "port 22".into(), why: ("ports are not seen".into(), String::new()) };
        let pack =
            pack_of(&Condition::Any(vec![Condition::All(vec![value("1.2.3.4"), port]), value("evil.com")]));
        assert_eq!((pack.indicators.len(), pack.rejected.len()), (1, 1));
        assert!(pack.rejected[0].reason.contains("ports are not seen"));
    }

    #[test]
    fn alternatives_have_a_limit() {
        let any = |count: usize| Condition::Any((0..count).map(|n| value(&format!("a{n}.com"))).collect());
        let pack = pack_of(&Condition::All(vec![any(100), any(100)]));
        assert_eq!((pack.indicators.len(), pack.rejected.len()), (0, 1));
    }
}
