//! One header field (RFC 5322 section 2.2): its name, its words (RFC 2047), its parameters (RFC 2045, RFC 2231), its time.

use crate::model::{Field, Timestamp, Zone};

use super::super::Rendered;

use super::transfer::{Base64, quoted_printable};

/// Name and unfolded value of a header field; `None` where there is no colon behind a name.
pub(super) fn split(field: &[u8]) -> Option<(String, String)> {
    let colon = field.iter().position(|byte| *byte == b':')?;
    let name = field[..colon].trim_ascii_end();
    if name.is_empty() || !name.iter().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let name = String::from_utf8_lossy(name).into_owned();
    let value = text("utf-8", &field[colon + 1..]);
    let unfolded: String = value.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    Some((name, unfolded.trim().to_owned()))
}

/// Appends `Name=value` with its words decoded; returns the time that the field tells.
pub(in super::super) fn render(name: &str, value: &str, line: &mut Rendered) -> Option<Timestamp> {
    let (time, meaning) = match name.to_ascii_lowercase().as_str() {
        "date" => (date(value), Some(Field::Time)),
        "received" => (value.rsplit_once(';').and_then(|(_, moment)| date(moment)), None),
        "from" => (None, Some(Field::User)),
        "subject" => (None, Some(Field::Message)),
        "user-agent" | "x-mailer" => (None, Some(Field::UserAgent)),
        _ => (None, None),
    };
    line.pair(name, &words(value), meaning);
    time
}

/// Hands on name and unfolded value of each field of a whole header; a line that is none has no name but `Text`.
pub(in super::super) fn block(header: &[u8], mut each: impl FnMut(&str, &str)) {
    let mut rest = header;
    while !rest.is_empty() {
        let mut end = 0;
        loop {
            end = memchr::memchr(b'\n', &rest[end..]).map_or(rest.len(), |at| end + at + 1);
            if !matches!(rest.get(end), Some(b' ' | b'\t')) {
                break;
            }
        }
        let (field, behind) = rest.split_at(end);
        rest = behind;
        match split(field) {
            Some((name, value)) => each(&name, &value),
            None if field.trim_ascii().is_empty() => {}
            None => each("Text", &text("utf-8", field.trim_ascii())),
        }
    }
}

/// Bytes in a named charset as text: UTF-8 where they are, else Latin-1.
pub(super) fn text(charset: &str, bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if charset.eq_ignore_ascii_case("utf-8") => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The value with its encoded words decoded: `=?charset?B?...?=`. White space between two of them is dropped.
pub(super) fn words(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let (before, from) = rest.split_at(start);
        if let Some((word, length)) = word(from) {
            if !(after_word && before.trim().is_empty()) {
                out.push_str(before);
            }
            out.push_str(&word);
            rest = &from[length..];
            after_word = true;
        } else {
            out.push_str(before);
            out.push_str("=?");
            rest = &from[2..];
            after_word = false;
        }
    }
    out.push_str(rest);
    out
}

fn word(from: &str) -> Option<(String, usize)> {
    let mut pieces = from[2..].splitn(3, '?');
    let (charset, coding, rest) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let end = rest.find("?=")?;
    let coded = rest.as_bytes().get(..end)?;
    let mut bytes = Vec::new();
    if coding.eq_ignore_ascii_case("b") {
        let mut base64 = Base64::default();
        base64.feed(coded, &mut bytes);
        base64.finish(&mut bytes);
    } else if coding.eq_ignore_ascii_case("q") {
        let spaced: Vec<u8> = coded.iter().map(|byte| if *byte == b'_' { b' ' } else { *byte }).collect();
        quoted_printable(&[&spaced, &b"."[..]].concat(), b"", &mut bytes);
        bytes.pop();
    } else {
        return None;
    }
    let charset = charset.split('*').next().unwrap_or(charset);
    Some((text(charset, &bytes), 2 + charset_length(from) + 1 + coding.len() + 1 + end + 2))
}

fn charset_length(from: &str) -> usize {
    from[2..].find('?').unwrap_or(0)
}

/// A structured value: its first word in lower case, and its parameters.
pub(super) fn parameters(value: &str) -> (String, Vec<(String, String)>) {
    let mut parts = parted(value).into_iter();
    let first = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let pairs = parts.filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        Some((name.trim().to_ascii_lowercase(), unquoted(value.trim())))
    });
    (first, pairs.collect())
}

/// Parts between semicolons that stand outside of quotes.
fn parted(value: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, byte) in value.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b';' if !quoted => {
                parts.push(&value[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&value[start..]);
    parts
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return value.split_ascii_whitespace().next().unwrap_or_default().to_owned();
    };
    let mut out = String::new();
    let mut escaped = false;
    for c in inner.chars() {
        match c {
            _ if escaped => {
                escaped = false;
                out.push(c);
            }
            '\\' => escaped = true,
            '"' => break,
            _ => out.push(c),
        }
    }
    out
}

/// A parameter by name, also where it is continued (`name*0`), encoded (`name*=utf-8''%20`) or made of encoded words.
pub(super) fn parameter(pairs: &[(String, String)], name: &str) -> Option<String> {
    let plain = pairs.iter().find(|(known, _)| known == name).map(|(_, value)| words(value));
    let mut bytes = Vec::new();
    let mut charset = String::new();
    let star = format!("{name}*");
    if let Some((_, value)) = pairs.iter().find(|(known, _)| *known == star) {
        extended(value, true, &mut charset, &mut bytes);
        return Some(text(&charset, &bytes));
    }
    for number in 0..pairs.len() {
        let bare = format!("{name}*{number}");
        let coded = format!("{bare}*");
        let Some((known, value)) = pairs.iter().find(|(known, _)| *known == bare || *known == coded) else {
            break;
        };
        if *known == coded {
            extended(value, number == 0, &mut charset, &mut bytes);
        } else {
            bytes.extend_from_slice(value.as_bytes());
        }
    }
    if bytes.is_empty() { plain } else { Some(text(&charset, &bytes)) }
}

/// RFC 2231 section 4: `charset'language'percent-coded`, the first two only on the first piece.
fn extended(value: &str, first: bool, charset: &mut String, out: &mut Vec<u8>) {
    let mut rest = value;
    if first && let Some((named, after)) = value.split_once('\'') {
        *charset = named.to_owned();
        rest = after.split_once('\'').map_or(after, |(_, coded)| coded);
    }
    let equals: Vec<u8> = rest.bytes().map(|byte| if byte == b'%' { b'=' } else { byte }).collect();
    quoted_printable(&[&equals, &b"."[..]].concat(), b"", out);
    out.pop();
}

/// A date (RFC 5322 section 3.3): `Wed, 16 Dec 2020 10:00:00 +0100 (CET)`.
pub(super) fn date(value: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let value = value.split_once(',').map_or(value, |(_, rest)| rest);
    let mut words = value.split_ascii_whitespace();
    let day = words.next()?.parse().ok()?;
    let month = words.next()?.get(..3)?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|known| *known == month)? as u32 + 1;
    let year: i64 = words.next()?.parse().ok()?;
    let year = match year {
        0..50 => year + 2_000,
        50..1_000 => year + 1_900,
        _ => year,
    };
    let mut clock = words.next()?.split(':').map(|part| part.parse().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next().unwrap_or(Some(0))?);
    let zone = words.next().map_or(Zone::Unknown, zone);
    Timestamp::from_civil(Some(year), (month, day), (hour, minute, second), 0, zone)
}

fn zone(word: &str) -> Zone {
    if word.eq_ignore_ascii_case("gmt") || word.eq_ignore_ascii_case("ut") || word.eq_ignore_ascii_case("utc")
    {
        return Zone::Offset(0);
    }
    let sign = if word.starts_with('-') { -1 } else { 1 };
    match word.get(1..5).and_then(|digits| digits.parse::<i16>().ok()) {
        Some(number) if word.starts_with(['+', '-']) && number < 2_400 => {
            Zone::Offset(sign * (number / 100 * 60 + number % 100))
        }
        _ => Zone::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_parameters_are_decoded_in_every_form() {
        assert_eq!(
            words("=?utf-8?Q?caf=C3=A9_x?= =?iso-8859-1?B?/A==?= y =?odd"),
            "caf\u{e9} x\u{fc} y =?odd"
        );
        let (kind, pairs) = parameters("Attachment; filename*0*=utf-8''%e2%82%ac%20; filename*1=\"a;b.exe\"");
        assert_eq!(kind, "attachment");
        assert_eq!(parameter(&pairs, "filename").as_deref(), Some("\u{20ac} a;b.exe"));
        let (_, pairs) = parameters("a/b; name=\"=?utf-8?B?w7wuemlw?=\"; boundary=x y");
        assert_eq!(parameter(&pairs, "name").as_deref(), Some("\u{fc}.zip"));
        assert_eq!(parameter(&pairs, "boundary").as_deref(), Some("x"));
    }

    #[test]
    fn dates_have_zones_or_say_that_they_have_none() {
        for (text, time) in [
            ("Wed, 16 Dec 2020 10:00:00 +0100 (CET)", "2020-12-16T10:00:00+01:00"),
            ("16 Dec 98 10:00 GMT", "1998-12-16T10:00:00Z"),
            ("16 Dec 2020 10:00:00 XYZ", "2020-12-16T10:00:00"),
        ] {
            assert_eq!(date(text).map(|time| time.to_string()).as_deref(), Some(time), "{text}");
        }
        assert_eq!(date("yesterday"), None);
    }
}
