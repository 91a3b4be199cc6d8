//! One row: its values (Database File Format, section 2.1) as a line, and those that are files of their own.

use crate::model::{Field, Timestamp};

use super::super::{Rendered, little};
use super::pages::{self, varint};

/// Bytes that are no text are members from this length on: they are pictures, programs or archives, and have digests. A file
/// of `Limits::held` cannot hold more of them than `Limits::members`.
const OWN_BYTES: usize = 1_024;

/// Texts are members from this length on: they are pages or scripts. Shorter ones are messages, and stay in their row.
const OWN_TEXT: usize = 32 << 10;

/// Encodings of text (section 1.3.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    /// What the header of a database says.
    pub(super) fn of(header: &[u8]) -> Encoding {
        match pages::u32(header, 56) {
            Some(2) => Encoding::Utf16Le,
            Some(3) => Encoding::Utf16Be,
            _ => Encoding::Utf8,
        }
    }
}

/// One value.
enum Value<'r> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'r [u8]),
    Bytes(&'r [u8]),
}

/// The values of a payload, in their order; it ends where they do not fit.
fn values(payload: &[u8]) -> Option<Vec<Value<'_>>> {
    let (header, mut at) = varint(payload)?;
    let header = usize::try_from(header).ok().filter(|header| (at..=payload.len()).contains(header))?;
    let mut body = &payload[header..];
    let mut all = Vec::new();
    while at < header {
        let (kind, length) = varint(&payload[at..header])?;
        at += length;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind as usize,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => usize::try_from((kind - 12) / 2).ok()?,
        };
        let (value, rest) = body.split_at_checked(length)?;
        body = rest;
        all.push(match kind {
            0 => Value::Null,
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            7 => Value::Real(f64::from_bits(integer(value).cast_unsigned())),
            1..=6 => Value::Integer(integer(value)),
            _ if kind % 2 == 0 => Value::Bytes(value),
            _ => Value::Text(value),
        });
    }
    Some(all)
}

/// A number in two's complement with the highest byte first.
fn integer(bytes: &[u8]) -> i64 {
    let sign = if bytes.first().is_some_and(|byte| *byte >= 0x80) { -1 } else { 0 };
    bytes.iter().fold(sign, |value, byte| value << 8 | i64::from(*byte))
}

/// An entry of the table of tables (section 2.6).
pub(super) struct Entry {
    /// Whether an index stands below its root, which repeats rows of its table.
    pub(super) is_index: bool,
    pub(super) name: String,
    /// The first page of its tree.
    pub(super) root: u32,
    /// The statement that made it.
    pub(super) sql: String,
}

/// Reads an entry of the table of tables; `None` for what has no tree, such as a view.
pub(super) fn entry(payload: &[u8], encoding: Encoding) -> Option<Entry> {
    match values(payload)?.as_slice() {
        [Value::Text(kind), Value::Text(name), _, Value::Integer(root), statement, ..] => {
            let root = u32::try_from(*root).ok().filter(|root| *root > 1)?;
            let sql = if let Value::Text(sql) = statement { text(sql, encoding) } else { String::new() };
            Some(Entry { is_index: text(kind, encoding) == "index", name: text(name, encoding), root, sql })
        }
        _ => None,
    }
}

/// What a row has beside its line.
#[derive(Default)]
pub(super) struct Row<'r> {
    /// When it happened, by the first column whose name says that it tells so.
    pub(super) time: Option<Timestamp>,
    /// Values that are members: their column and their bytes.
    pub(super) own: Vec<(String, &'r [u8])>,
}

/// Appends `column=value` for each value of a row; `None` where the payload is none.
pub(super) fn render<'r>(
    payload: &'r [u8],
    columns: &[String],
    encoding: Encoding,
    line: &mut Rendered,
) -> Option<Row<'r>> {
    let mut row = Row::default();
    for (number, value) in values(payload)?.into_iter().enumerate() {
        let unnamed;
        let name = match columns.get(number) {
            Some(name) => name.as_str(),
            None => {
                unnamed = format!("column{}", number + 1);
                &unnamed
            }
        };
        let field = field(name);
        match value {
            Value::Null => {}
            Value::Integer(value) => {
                let time = if tells_time(name) { moment(value) } else { None };
                let first = time.is_some() && row.time.is_none();
                row.time = row.time.or(time);
                line.pair(name, &value.to_string(), if first { Some(Field::Time) } else { field });
            }
            Value::Real(value) => line.pair(name, &value.to_string(), None),
            Value::Text(bytes) if bytes.len() >= OWN_TEXT => row.own.push((name.to_owned(), bytes)),
            Value::Bytes(bytes) if bytes.len() >= OWN_TEXT || bytes.len() >= OWN_BYTES && !is_text(bytes) => {
                row.own.push((name.to_owned(), bytes));
            }
            Value::Text(bytes) => {
                let text = text(bytes, encoding);
                // Date and clock are enough, a date alone needs the column's word.
                let tells = text.len() >= "2020-12-16 10:00:00".len() || tells_time(name);
                let time = if tells { Timestamp::parse(&text) } else { None };
                let first = time.is_some() && row.time.is_none();
                row.time = row.time.or(time);
                line.pair(name, &text, if first { Some(Field::Time) } else { field });
            }
            Value::Bytes(bytes) => blob(name, bytes, field, line),
        }
    }
    Some(row)
}

/// Text of a value.
pub(super) fn text(bytes: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::Utf8 => little::narrow(bytes),
        Encoding::Utf16Le => little::utf16(bytes),
        Encoding::Utf16Be => {
            let swapped: Vec<u8> = bytes.as_chunks::<2>().0.iter().flat_map(|[a, b]| [*b, *a]).collect();
            little::utf16(&swapped)
        }
    }
}

fn is_text(bytes: &[u8]) -> bool {
    !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok()
}

/// Bytes as what they most likely are: text, a digest in hex, or as they stand.
fn blob(name: &str, bytes: &[u8], field: Option<Field>, line: &mut Rendered) {
    let pairs = bytes.as_chunks::<2>().0;
    let wide = pairs.iter().filter(|pair| pair[1] == 0 && pair[0] != 0).count();
    if bytes.len().is_multiple_of(2) && wide > 0 && wide * 10 >= pairs.len() * 9 {
        line.pair(name, &little::utf16(bytes), field);
    } else if matches!(bytes.len(), 16 | 20 | 32) && !is_text(bytes) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        line.pair(name, &hex, field);
    } else if !bytes.is_empty() {
        line.begin(name);
        let start = line.text().len();
        line.push_bytes(bytes);
        if let Some(field) = field {
            line.mark(field, start);
        }
    }
}

/// What columns are named whose meaning the shared vocabulary has a word for.
fn field(name: &str) -> Option<Field> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    Some(match plain.to_ascii_lowercase().as_str() {
        "clientip" | "remoteip" | "remoteaddr" | "remoteaddress" | "srcip" | "sourceip" | "ipaddress"
        | "ip" | "clientaddress" | "remotehost" | "peer" | "fromip" => Field::Client,
        "user" | "username" | "login" | "loginname" | "account" | "userid" | "email" => Field::User,
        "method" | "requestmethod" | "httpmethod" => Field::Method,
        "requesturi" | "requesturl" | "request" | "uri" => Field::Target,
        "useragent" | "agent" => Field::UserAgent,
        "referer" | "referrer" => Field::Referer,
        "file" | "filename" | "filepath" | "path" | "targetpath" | "currentpath" => Field::File,
        "sha256" | "sha1" | "md5" | "hash" | "filehash" => Field::Hash,
        "message" | "msg" | "description" | "details" => Field::Message,
        "action" | "event" | "eventtype" | "operation" | "activity" => Field::Action,
        "command" | "commandline" | "cmdline" => Field::CommandLine,
        "hostname" | "servername" | "computer" => Field::Server,
        _ => return None,
    })
}

/// Whether a column of this name holds times.
fn tells_time(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["time", "date", "created", "modified", "accessed", "logged"].iter().any(|word| name.contains(word))
        || ["_at", "_ts", "stamp"].iter().any(|end| name.ends_with(end))
        || name == "ts"
}

/// From 2000 on, which no count of one unit is mistaken for another in.
const SINCE_2000: i64 = 946_684_800;
/// To 2100.
const UNTIL_2100: i64 = 4_102_444_800;
/// Seconds from 1601-01-01 to 1970-01-01.
const SINCE_1601: i64 = 11_644_473_600;

/// A number as a moment: seconds, milliseconds, microseconds or nanoseconds since 1970, or microseconds or ticks of 100
/// nanoseconds since 1601. The years 2000 to 2100 do not overlap in these.
fn moment(value: i64) -> Option<Timestamp> {
    let units = [
        (1, 0),
        (1_000, 0),
        (1_000_000, 0),
        (1_000_000_000, 0),
        (1_000_000, SINCE_1601),
        (10_000_000, SINCE_1601),
    ];
    units.into_iter().find_map(|(unit, epoch)| {
        let seconds = value.div_euclid(unit) - epoch;
        let nanos = value.rem_euclid(unit) * (1_000_000_000 / unit);
        let sane = (SINCE_2000..UNTIL_2100).contains(&seconds);
        if sane { little::moment(seconds, u32::try_from(nanos).ok()?) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_tell_the_same_moment_in_every_unit() {
        let moment = |value: i64| moment(value).map(|time| time.to_string());
        for value in [
            1_608_112_800,
            1_608_112_800_000,
            1_608_112_800_000_000,
            1_608_112_800_000_000_000,
            13_252_586_400_000_000,
            132_525_864_000_000_000,
        ] {
            assert_eq!(moment(value).as_deref(), Some("2020-12-16T10:00:00Z"), "{value}");
        }
        for value in [0, 7, -1, i64::MAX, i64::MIN, 20_201_216] {
            assert_eq!(moment(value), None, "{value}");
        }
    }

    #[test]
    fn numbers_are_signed_and_of_all_lengths() {
        assert_eq!(integer(&[0xFF]), -1);
        assert_eq!(integer(&[0x7F, 0xFF]), 32_767);
        assert_eq!(integer(&[0x80, 0, 0]), -8_388_608);
        assert_eq!(integer(&[]), 0);
    }

    #[test]
    fn a_payload_that_does_not_hold_what_it_says_is_none() {
        for payload in [&b""[..], &[2], &[2, 10], &[2, 15, b'a'][..2], &[9, 1, 1]] {
            assert!(values(payload).is_none(), "{payload:?}");
        }
        assert_eq!(values(&[2, 15, b'a']).map(|values| values.len()), Some(1));
    }
}
