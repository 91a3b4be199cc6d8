//! Passwords to try on locked members.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What malware samples are commonly locked with, so that nobody opens them by accident.
const USUAL: &str = "infected";

/// Passwords to try on locked members, in order. They are neither shown nor written anywhere; they are serialized only
/// to reach a worker.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Passwords(Arc<[String]>);

impl Passwords {
    /// `given`, and after those the one that is usual for samples.
    pub fn new(given: impl IntoIterator<Item = String>) -> Passwords {
        let mut all: Vec<String> = Vec::new();
        for password in given.into_iter().chain([USUAL.to_owned()]) {
            if !all.contains(&password) {
                all.push(password);
            }
        }
        Passwords(all.into())
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl From<Vec<String>> for Passwords {
    fn from(given: Vec<String>) -> Passwords {
        Passwords::new(given)
    }
}

impl From<Passwords> for Vec<String> {
    fn from(passwords: Passwords) -> Vec<String> {
        passwords.0.to_vec()
    }
}

impl Default for Passwords {
    fn default() -> Passwords {
        Passwords::new([])
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passwords", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_one_comes_last_and_none_is_shown() {
        let passwords = Passwords::new(["secret".to_owned(), "secret".to_owned()]);
        assert_eq!(passwords.iter().collect::<Vec<_>>(), ["secret", "infected"]);
        assert_eq!(format!("{passwords:?}"), "2 passwords");
    }
}
