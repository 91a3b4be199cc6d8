//! STIX patterns (STIX 2.1, section 9): text goes in, a tree comes out, or where and why it is none.

/// A pattern: observations and how they are joined.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// `[ ... ]`.
    One(Comparison),
    /// All of them.
    And(Vec<Observation>),
    /// One of them.
    Or(Vec<Observation>),
    /// Each after the one before.
    FollowedBy(Vec<Observation>),
    /// With `WITHIN`, `REPEATS` or `START ... STOP ...` behind it.
    Qualified(Box<Observation>, Qualifier),
}

/// What limits an observation in time or number.
#[derive(Clone, Debug, PartialEq)]
pub enum Qualifier {
    /// `WITHIN n SECONDS`.
    Within(f64),
    /// `REPEATS n TIMES`.
    Repeats(u64),
    /// `START t STOP t`, as written.
    StartStop(String, String),
}

/// What one observation has to hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// One property compared.
    Test {
        /// The object path, `file:hashes.MD5`.
        path: String,
        /// With `NOT` before the operator.
        negated: bool,
        /// The operator, in capitals: `=`, `!=`, `IN`, `LIKE`, `EXISTS` ...
        operator: String,
        /// The values compared with; none for `EXISTS`, several for `IN`.
        values: Vec<Literal>,
    },
    /// All of them, of one observation.
    And(Vec<Comparison>),
    /// One of them.
    Or(Vec<Comparison>),
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `'text'`, without its escapes.
    Text(String),
    /// A number, as written.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
    /// `t'2020-12-16T10:00:00Z'`.
    Time(String),
    /// `b'...'`, as written.
    Base64(String),
    /// `h'...'`, as written.
    Hex(String),
}

/// Nesting deeper than this is refused: no publisher writes it, and it costs stack.
const DEEPEST: usize = 64;

/// Reads a pattern. The error says at which character what was expected.
pub fn parse(pattern: &str) -> Result<Observation, String> {
    let tokens = tokens(pattern)?;
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let whole = parser.followed()?;
    match parser.peek() {
        Token::End => Ok(whole),
        _ => Err(parser.expected("AND, OR, FOLLOWEDBY or the end")),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Mark(&'static str),
    Word(String),
    Path(String),
    Value(Literal),
    End,
}

/// The operators and brackets, longer ones first.
const MARKS: [&str; 12] = ["!=", "<>", "==", "<=", ">=", "=", "<", ">", "[", "]", "(", ")"];

fn tokens(pattern: &str) -> Result<Vec<(usize, Token)>, String> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(next) = pattern[at..].chars().next() {
        let rest = &pattern[at..];
        if next.is_whitespace() {
            at += next.len_utf8();
        } else if let Some(length) = comment(rest) {
            at += length;
        } else if let Some((literal, length)) = quoted(rest, at)? {
            all.push((at, Token::Value(literal)));
            at += length;
        } else if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            all.push((at, Token::Mark(mark)));
            at += mark.len();
        } else if next == ',' {
            all.push((at, Token::Mark(",")));
            at += 1;
        } else if next.is_ascii_digit() || matches!(next, '+' | '-' | '.') {
            let length = rest
                .find(|c: char| !c.is_ascii_digit() && !matches!(c, '+' | '-' | '.'))
                .unwrap_or(rest.len());
            all.push((at, Token::Value(Literal::Number(number(&rest[..length], at)?))));
            at += length;
        } else if next.is_ascii_alphabetic() || next == '_' {
            let length = word(rest, at)?;
            all.push((at, named(&rest[..length])));
            at += length;
        } else {
            return Err(format!("at character {}: {next:?} has no meaning in a pattern", at + 1));
        }
    }
    all.push((pattern.len(), Token::End));
    Ok(all)
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').map_or(rest.len(), |end| end + 1));
    }
    rest.starts_with("/*").then(|| rest[2..].find("*/").map_or(rest.len(), |end| end + 4))
}

/// A quoted constant at the beginning of `rest`, and its length.
fn quoted(rest: &str, at: usize) -> Result<Option<(Literal, usize)>, String> {
    let prefix = match rest.as_bytes() {
        [b'\'', ..] => 0,
        [b't' | b'b' | b'h', b'\'', ..] => 1,
        _ => return Ok(None),
    };
    let mut text = String::new();
    let mut chars = rest[prefix + 1..].char_indices();
    while let Some((index, c)) = chars.next() {
        match c {
            '\'' => {
                let length = prefix + 1 + index + 1;
                let literal = match &rest[..prefix] {
                    "t" => Literal::Time(time(text, at)?),
                    "b" => Literal::Base64(base64(text, at)?),
                    "h" => Literal::Hex(hexadecimal(text, at)?),
                    _ => Literal::Text(text),
                };
                return Ok(Some((literal, length)));
            }
            '\\' => match chars.next() {
                Some((_, escaped @ ('\\' | '\''))) => text.push(escaped),
                _ => {
                    return Err(format!(
                        "at character {}: a backslash stands before neither ' nor \\",
                        at + prefix + index + 2
                    ));
                }
            },
            _ => text.push(c),
        }
    }
    Err(format!("at character {}: the quote does not end", at + 1))
}

fn time(text: String, at: usize) -> Result<String, String> {
    // Strict, as section 9.2 has it: date, `T`, time with a point and digits at most, `Z`.
    let bytes = text.as_bytes();
    let shape = b"0000-00-00T00:00:00";
    let fits = bytes.len() > shape.len()
        && bytes
            .iter()
            .zip(shape)
            .all(|(byte, form)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form });
    let end = bytes.get(shape.len()..).unwrap_or_default();
    let ends = end == b"Z"
        || (end.len() > 2
            && end[0] == b'.'
            && end.ends_with(b"Z")
            && end[1..end.len() - 1].iter().all(u8::is_ascii_digit));
    let field = |range: std::ops::Range<usize>| {
        text.get(range).and_then(|text| text.parse::<u32>().ok()).unwrap_or(99)
    };
    let real = fits
        && (1..=12).contains(&field(5..7))
        && (1..=31).contains(&field(8..10))
        && field(11..13) <= 23
        && field(14..16) <= 59
        && field(17..19) <= 60;
    if real && ends {
        Ok(text)
    } else {
        Err(format!("at character {}: {text:?} is no time such as 2020-12-16T10:00:00Z", at + 1))
    }
}

fn base64(text: String, at: usize) -> Result<String, String> {
    let body = text.trim_end_matches('=');
    let fits = text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    if fits { Ok(text) } else { Err(format!("at character {}: {text:?} is not base64", at + 1)) }
}

fn hexadecimal(text: String, at: usize) -> Result<String, String> {
    let fits = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if fits {
        Ok(text)
    } else {
        Err(format!("at character {}: {text:?} is not pairs of hexadecimal digits", at + 1))
    }
}

fn number(text: &str, at: usize) -> Result<String, String> {
    let digits = text.trim_start_matches(['+', '-']);
    let signs = text.len() - digits.len();
    let fits = signs <= 1
        && digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits.bytes().filter(|byte| *byte == b'.').count() <= 1
        && !digits.ends_with('.')
        && !digits.contains(['+', '-'])
        // An integer has no leading zeros.
        && (digits.contains('.') || digits == "0" || !digits.starts_with('0'));
    if fits { Ok(text.to_owned()) } else { Err(format!("at character {}: {text:?} is no number", at + 1)) }
}

/// The length of the word or object path at the beginning of `rest`.
fn word(rest: &str, at: usize) -> Result<usize, String> {
    let bytes = rest.as_bytes();
    let mut end = 0;
    let mut is_path = false;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => end += 1,
            b':' | b'.' => {
                is_path |= *byte == b':';
                end += 1;
                if is_path && bytes.get(end) == Some(&b'\'') {
                    let (_, length) = quoted(&rest[end..], at + end)?.unwrap_or((Literal::Bool(false), 0));
                    end += length;
                }
            }
            b'[' if is_path => {
                let close = rest[end..]
                    .find(']')
                    .ok_or_else(|| format!("at character {}: `[` has no `]`", at + end + 1))?;
                let index = &rest[end + 1..end + close];
                let fits = index == "*" || index.parse::<i64>().is_ok();
                if !fits {
                    return Err(format!("at character {}: {index:?} is no list index", at + end + 2));
                }
                end += close + 1;
            }
            _ => break,
        }
    }
    Ok(end)
}

fn named(text: &str) -> Token {
    match text {
        "true" => Token::Value(Literal::Bool(true)),
        "false" => Token::Value(Literal::Bool(false)),
        _ if text.contains(':') => Token::Path(text.to_owned()),
        _ => Token::Word(text.to_owned()),
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(_, token)| token)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn expected(&self, what: &str) -> String {
        let place = self.tokens.get(self.at).map_or(0, |(place, _)| place + 1);
        let found = match self.peek() {
            Token::End => "the end".to_owned(),
            Token::Mark(mark) => format!("{mark:?}"),
            Token::Word(word) | Token::Path(word) => format!("{word:?}"),
            Token::Value(value) => format!("{value:?}"),
        };
        format!("at character {place}: expected {what}, found {found}")
    }

    fn takes_mark(&mut self, mark: &str) -> bool {
        let there = matches!(self.peek(), Token::Mark(found) if *found == mark);
        self.at += usize::from(there);
        there
    }

    fn takes_word(&mut self, wanted: &str) -> bool {
        let there = matches!(self.peek(), Token::Word(word) if word == wanted);
        self.at += usize::from(there);
        there
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("it is nested more than {DEEPEST} deep"));
        }
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn followed(&mut self) -> Result<Observation, String> {
        let mut all = vec![self.any()?];
        while self.takes_word("FOLLOWEDBY") {
            all.push(self.any()?);
        }
        Ok(one_or(all, Observation::FollowedBy))
    }

    fn any(&mut self) -> Result<Observation, String> {
        let mut all = vec![self.every()?];
        while self.takes_word("OR") {
            all.push(self.every()?);
        }
        Ok(one_or(all, Observation::Or))
    }

    fn every(&mut self) -> Result<Observation, String> {
        let mut all = vec![self.qualified()?];
        while self.takes_word("AND") {
            all.push(self.qualified()?);
        }
        Ok(one_or(all, Observation::And))
    }

    fn qualified(&mut self) -> Result<Observation, String> {
        let mut inner = if self.takes_mark("[") {
            let comparison = self.deeper(Self::either)?;
            if !self.takes_mark("]") {
                return Err(self.expected("AND, OR or ]"));
            }
            Observation::One(comparison)
        } else if self.takes_mark("(") {
            let inner = self.deeper(Self::followed)?;
            if !self.takes_mark(")") {
                return Err(self.expected(")"));
            }
            inner
        } else {
            return Err(self.expected("[ or ("));
        };
        let mut kinds = Vec::new();
        while let Some(qualifier) = self.qualifier()? {
            // Section 9.5: no more than one qualifier of each type.
            let kind = std::mem::discriminant(&qualifier);
            if kinds.contains(&kind) {
                return Err(self.expected("no second qualifier of the same type"));
            }
            kinds.push(kind);
            inner = Observation::Qualified(Box::new(inner), qualifier);
        }
        Ok(inner)
    }

    fn qualifier(&mut self) -> Result<Option<Qualifier>, String> {
        if self.takes_word("WITHIN") {
            let number = self.positive()?;
            let seconds: f64 = number.parse().map_err(|_| self.expected("a number of seconds"))?;
            if !self.takes_word("SECONDS") {
                return Err(self.expected("SECONDS"));
            }
            return Ok(Some(Qualifier::Within(seconds)));
        }
        if self.takes_word("REPEATS") {
            let number = self.positive()?;
            let times = number.parse().map_err(|_| self.expected("a whole number"))?;
            if !self.takes_word("TIMES") {
                return Err(self.expected("TIMES"));
            }
            return Ok(Some(Qualifier::Repeats(times)));
        }
        if self.takes_word("START") {
            let start = self.time()?;
            if !self.takes_word("STOP") {
                return Err(self.expected("STOP"));
            }
            return Ok(Some(Qualifier::StartStop(start, self.time()?)));
        }
        Ok(None)
    }

    fn positive(&mut self) -> Result<String, String> {
        match self.peek().clone() {
            Token::Value(Literal::Number(number))
                if !number.starts_with('-') && number.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) =>
            {
                self.at += 1;
                Ok(number)
            }
            _ => Err(self.expected("a number above zero")),
        }
    }

    fn time(&mut self) -> Result<String, String> {
        match self.peek().clone() {
            Token::Value(Literal::Time(time)) => {
                self.at += 1;
                Ok(time)
            }
            _ => Err(self.expected("a time such as t'2020-12-16T10:00:00Z'")),
        }
    }

    fn either(&mut self) -> Result<Comparison, String> {
        let mut all = vec![self.both()?];
        while self.takes_word("OR") {
            all.push(self.both()?);
        }
        Ok(one_or(all, Comparison::Or))
    }

    fn both(&mut self) -> Result<Comparison, String> {
        let mut all = vec![self.test()?];
        while self.takes_word("AND") {
            all.push(self.test()?);
        }
        Ok(one_or(all, Comparison::And))
    }

    fn test(&mut self) -> Result<Comparison, String> {
        if self.takes_mark("(") {
            let inner = self.deeper(Self::either)?;
            if !self.takes_mark(")") {
                return Err(self.expected(")"));
            }
            return Ok(inner);
        }
        if self.takes_word("EXISTS") || (self.takes_word("NOT") && self.takes_word("EXISTS")) {
            let path = self.path()?;
            return Ok(Comparison::Test {
                path,
                negated: false,
                operator: "EXISTS".into(),
                values: Vec::new(),
            });
        }
        let path = self.path()?;
        let negated = self.takes_word("NOT");
        let operator = match self.next() {
            Token::Mark(mark) if !matches!(mark, "[" | "]" | "(" | ")" | ",") => mark.to_owned(),
            Token::Word(word)
                if matches!(word.as_str(), "IN" | "LIKE" | "MATCHES" | "ISSUBSET" | "ISSUPERSET") =>
            {
                word
            }
            _ => {
                self.at -= 1;
                return Err(self.expected("an operator"));
            }
        };
        let values = match operator.as_str() {
            "IN" => self.set()?,
            "LIKE" | "MATCHES" | "ISSUBSET" | "ISSUPERSET" => match self.next() {
                Token::Value(text @ Literal::Text(_)) => vec![text],
                _ => {
                    self.at -= 1;
                    return Err(self.expected("a text in quotes"));
                }
            },
            _ => vec![self.literal()?],
        };
        Ok(Comparison::Test { path, negated, operator, values })
    }

    fn path(&mut self) -> Result<String, String> {
        match self.peek().clone() {
            Token::Path(path) if is_path(&path) => {
                self.at += 1;
                Ok(path)
            }
            _ => Err(self.expected("an object path such as file:name")),
        }
    }

    fn literal(&mut self) -> Result<Literal, String> {
        match self.peek().clone() {
            Token::Value(value) => {
                self.at += 1;
                Ok(value)
            }
            _ => Err(self.expected("a constant")),
        }
    }

    fn set(&mut self) -> Result<Vec<Literal>, String> {
        if !self.takes_mark("(") {
            return Err(self.expected("("));
        }
        let mut all = Vec::new();
        if self.takes_mark(")") {
            return Ok(all);
        }
        loop {
            all.push(self.literal()?);
            if self.takes_mark(")") {
                return Ok(all);
            }
            if !self.takes_mark(",") {
                return Err(self.expected(", or )"));
            }
        }
    }
}

/// A type, a colon and at least one property, none of them empty.
fn is_path(path: &str) -> bool {
    let Some((kind, property)) = path.split_once(':') else { return false };
    let kind_fits =
        !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    kind_fits
        && !property.is_empty()
        && !property.starts_with(['.', '['])
        && !property.ends_with('.')
        && !property.contains("..")
}

fn one_or<T>(mut all: Vec<T>, join: impl FnOnce(Vec<T>) -> T) -> T {
    if all.len() == 1 { all.remove(0) } else { join(all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_of_the_standard() {
        for pattern in [
            "[file:hashes.'SHA-256' = 'aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f']",
            "[ipv4-addr:value ISSUBSET '198.51.100.0/24' OR ipv6-addr:value = '2001:db8::1']",
            "([a:b = 1] AND [c:d IN (1, 2, 3)]) FOLLOWEDBY [e:f NOT LIKE 'x%'] WITHIN 5.5 SECONDS",
            "[a:b = t'2020-12-16T10:00:00.5Z'] REPEATS 5 TIMES WITHIN 1800 SECONDS",
            "[a:b = true] START t'2020-12-16T10:00:00Z' STOP t'2020-12-17T10:00:00Z'",
            "[x:y_refs[*].value = 'it\\'s' AND (x:z[0] != h'00ff' OR x:w MATCHES '^a$')]",
        ] {
            assert!(parse(pattern).is_ok(), "{pattern}: {:?}", parse(pattern));
        }
    }

    #[test]
    fn an_error_says_where_and_what() {
        for (pattern, said) in [
            ("file:name = 'x'", "expected [ or ("),
            ("[file:name = 'x'", "expected AND, OR or ]"),
            ("[file:name 'x']", "expected an operator"),
            ("[file:name = 'x] ", "the quote does not end"),
            ("[a:b=1] WITHIN 0 SECONDS", "a number above zero"),
            ("[a:b = t'yesterday']", "is no time"),
            ("[a = 1]", "expected an object path"),
        ] {
            let error = parse(pattern).expect_err(pattern);
            assert!(error.contains(said) && error.contains("character"), "{pattern}: {error}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
    }
}
