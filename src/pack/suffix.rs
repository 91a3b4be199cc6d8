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

/// Whether a canonical name is a public suffix itself (algorithm of the list: an exception outdoes the other rules).
pub(super) fn is_suffix(domain: &str) -> bool {
    let Some((_, above)) = domain.split_once('.') else { return true };
    let has_rule = rules().contains(domain) || rules().contains(format!("*.{above}").as_str());
    has_rule && !rules().contains(format!("!{domain}").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_exceptions_and_wildcards_hold() {
        for name in ["com", "co.uk", "github.io", "test.ck", "c.kobe.jp", "example"] {
            assert!(is_suffix(name), "{name}");
        }
        for name in
            ["example.com", "example.co.uk", "evil.github.io", "www.ck", "b.c.kobe.jp", "city.kobe.jp"]
        {
            assert!(!is_suffix(name), "{name}");
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
