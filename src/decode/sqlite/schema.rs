//! The names of a table's columns, from the statement that made it (Database File Format, section 2.6).
//!
//! What it does not do: it judges no SQL; of a statement that it does not understand the columns have numbers.

/// A table: its name and the columns that are stored, in the order in which they are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
}

/// One word, name or sign of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// Without its quotes.
    Name(String),
    Sign(u8),
}

/// The columns that `CREATE TABLE` names. `keyed`: the table has no row numbers, so its primary key is stored first
/// (section 2.4).
pub(super) fn columns(sql: &str, keyed: bool) -> Vec<String> {
    let tokens = tokens(sql.as_bytes());
    let Some(open) = tokens.iter().position(|token| *token == Token::Sign(b'(')) else { return Vec::new() };
    let (mut columns, mut key): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for definition in definitions(&tokens[open + 1..]) {
        let Some(Token::Name(name)) = definition.first() else { continue };
        let key_at = position(definition, "PRIMARY");
        let constraint = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];
        if constraint.iter().any(|word| name.eq_ignore_ascii_case(word)) {
            if let Some(at) = key_at {
                let listed = definition[at..].iter().skip_while(|token| **token != Token::Sign(b'('));
                key.extend(listed.filter_map(|token| match token {
                    Token::Name(name) if !is_order(name) => Some(name.clone()),
                    _ => None,
                }));
            }
            continue;
        }
        let computed = position(definition, "AS").is_some() && position(definition, "STORED").is_none();
        if computed {
            continue;
        }
        if key_at.is_some() {
            key.push(name.clone());
        }
        columns.push(name.clone());
    }
    if keyed {
        let same = |name: &str, other: &String| other.eq_ignore_ascii_case(name);
        let mut stored: Vec<String> = Vec::new();
        for name in key {
            if !stored.iter().any(|other| same(&name, other)) {
                stored.push(name);
            }
        }
        let rest: Vec<String> =
            columns.into_iter().filter(|name| !stored.iter().any(|other| same(name, other))).collect();
        stored.extend(rest);
        return stored;
    }
    columns
}

/// Words that stand behind the columns of a key.
fn is_order(word: &str) -> bool {
    ["ASC", "DESC", "COLLATE", "BINARY", "NOCASE", "RTRIM", "ON", "CONFLICT"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// Where a word stands outside of inner brackets.
fn position(tokens: &[Token], word: &str) -> Option<usize> {
    let mut depth = 0usize;
    tokens.iter().position(|token| {
        match token {
            Token::Sign(b'(') => depth += 1,
            Token::Sign(b')') => depth = depth.saturating_sub(1),
            Token::Name(name) => return depth == 0 && name.eq_ignore_ascii_case(word),
            Token::Sign(_) => {}
        }
        false
    })
}

/// The definitions of columns and constraints, which commas part, up to the bracket that closes them.
fn definitions(tokens: &[Token]) -> Vec<&[Token]> {
    let (mut all, mut depth, mut start) = (Vec::new(), 0usize, 0);
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign(b'(') => depth += 1,
            Token::Sign(b')') if depth == 0 => {
                all.push(&tokens[start..at]);
                return all;
            }
            Token::Sign(b')') => depth -= 1,
            Token::Sign(b',') if depth == 0 => {
                all.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(&tokens[start..]);
    all
}

fn tokens(sql: &[u8]) -> Vec<Token> {
    let (mut all, mut at) = (Vec::new(), 0);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    while at < sql.len() {
        let rest = &sql[at..];
        let to = |end: Option<usize>, more: usize| end.map_or(rest.len(), |end| (end + more).min(rest.len()));
        let length = match rest[0] {
            b'-' if rest.starts_with(b"--") => to(memchr::memchr(b'\n', rest), 1),
            b'/' if rest.starts_with(b"/*") => to(memchr::memmem::find(rest, b"*/"), 2),
            quote @ (b'"' | b'\'' | b'`' | b'[') => {
                let close = if quote == b'[' { b']' } else { quote };
                let end = to(memchr::memchr(close, &rest[1..]), 2);
                all.push(Token::Name(text(rest[1..end].strip_suffix(&[close]).unwrap_or(&rest[1..end]))));
                end
            }
            byte if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 => {
                let is_word =
                    |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..);
                let end = to(rest.iter().position(|byte| !is_word(byte)), 0);
                all.push(Token::Name(text(&rest[..end])));
                end
            }
            byte => {
                if !byte.is_ascii_whitespace() {
                    all.push(Token::Sign(byte));
                }
                1
            }
        };
        at += length.max(1);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_their_names_however_the_statement_is_written() {
        let table: [(&str, &[&str]); 6] = [
            ("CREATE TABLE t(a,b TEXT,c)", &["a", "b", "c"]),
            (
                "CREATE TABLE \"my t\" (\"a b\" INTEGER PRIMARY KEY, [c] TEXT DEFAULT (1,2), `d`)",
                &["a b", "c", "d"],
            ),
            (
                "CREATE TABLE t(id INT, -- the (id\n name /* , */ TEXT, PRIMARY KEY(id), UNIQUE (name))",
                &["id", "name"],
            ),
            ("CREATE TABLE t(a, b AS (a+1), c GENERATED ALWAYS AS (a) STORED)", &["a", "c"]),
            ("CREATE TABLE t(a INTEGER CHECK (a IN (1,2)), b CHAR(10))", &["a", "b"]),
            ("CREATE", &[]),
        ];
        for (sql, names) in table {
            assert_eq!(columns(sql, false), names, "{sql}");
        }
    }

    #[test]
    fn a_table_without_row_numbers_stores_its_key_first() {
        let sql = "CREATE TABLE t(a, b, c, PRIMARY KEY(c COLLATE NOCASE DESC, A)) WITHOUT ROWID";
        assert_eq!(columns(sql, true), ["c", "A", "b"]);
        assert_eq!(columns("CREATE TABLE t(a, b TEXT PRIMARY KEY, c) WITHOUT ROWID", true), ["b", "a", "c"]);
    }
}
