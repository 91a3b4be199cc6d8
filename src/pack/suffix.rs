//! Public suffixes: names below which strangers register names of their own (<https://publicsuffix.org/list/>).
//!
//! What this does not do: (1) it does not limit what a domain indicator meets, which is the name and every name below it;
//! (2) it knows the list as it was on the day that `suffixes.txt` names.

use std::collections::HashSet;
use std::sync::OnceLock;

/// The rules of more than one label. One label alone is a suffix without a rule (algorithm of the list, step 2).
fn rules() -> &'static HashSet<&'static str> {
    static RULES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    RULES.get_or_init(|| {
        include_str!("suffixes.txt")
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .collect()
    })
}

/// How many bytes of `domain`, a canonical name, its public suffix takes up at the end.
fn suffix(domain: &str) -> usize {
    // From the longest name to the last label: the first rule that is met is the longest.
    let mut name = domain;
    loop {
        let above = name.split_once('.').map(|(_, above)| above);
        if rules().contains(format!("!{name}").as_str()) {
            return above.map_or(0, str::len);
        }
        let wild = above.is_some_and(|above| rules().contains(format!("*.{above}").as_str()));
        match above {
            Some(above) if !wild && !rules().contains(name) => name = above,
            _ => return name.len(),
        }
    }
}

/// Whether a canonical name is a public suffix itself.
pub(super) fn is_suffix(domain: &str) -> bool {
    suffix(domain) == domain.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_exceptions_and_wildcards_hold() {
        for (domain, wanted) in [
            ("com", "com"),
            ("example.com", "com"),
            ("a.b.example.co.uk", "co.uk"),
            ("co.uk", "co.uk"),
            ("github.io", "github.io"),
            ("evil.github.io", "github.io"),
            ("test.ck", "test.ck"),
            ("www.ck", "ck"),
            ("b.c.kobe.jp", "c.kobe.jp"),
            ("city.kobe.jp", "kobe.jp"),
            ("nobody.example", "example"),
        ] {
            assert_eq!(&domain[domain.len() - suffix(domain)..], wanted, "{domain}");
        }
    }

    #[test]
    fn the_list_is_sorted_says_where_it_is_from_and_has_no_row_twice() {
        let text = include_str!("suffixes.txt");
        assert!(text.lines().any(|line| line.starts_with("# Source: ") && line.contains("20")));
        let rows: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(rows.is_sorted() && rows.len() == rules().len());
    }
}
