//! One property of a mail: its name, and its value as text ([MS-OXPROPS], [MS-OXCDATA] section 2.11).

use crate::model::{Field, Timestamp};

use super::super::{Rendered, little};

/// The transport's header fields, one behind the other.
pub(super) const HEADERS: u16 = 0x007D;
/// The body as text.
pub(super) const BODY: u16 = 0x1000;
/// The body as compressed RTF.
pub(super) const RTF: u16 = 0x1009;
/// The body as HTML.
pub(super) const HTML: u16 = 0x1013;
/// An attachment's bytes, or the object that it is.
pub(super) const DATA: u16 = 0x3701;
/// An attachment's names, the best first.
pub(super) const NAMES: [u16; 3] = [0x3707, 0x3704, 0x3001];

/// 8-bit text.
pub(super) const STRING8: u16 = 0x001E;
/// UTF-16.
pub(super) const UNICODE: u16 = 0x001F;
/// FILETIME.
const TIME: u16 = 0x0040;
/// Bytes.
pub(super) const BINARY: u16 = 0x0102;
/// An object of its own.
pub(super) const OBJECT: u16 = 0x000D;

/// Properties that name people, files and times.
const KNOWN: [(u16, &str); 40] = [
    (0x001A, "MessageClass"),
    (0x0037, "Subject"),
    (0x0039, "ClientSubmitTime"),
    (0x0040, "ReceivedByName"),
    (0x0042, "SentRepresentingName"),
    (0x0044, "ReceivedRepresentingName"),
    (0x0050, "ReplyRecipientNames"),
    (0x0064, "SentRepresentingAddressType"),
    (0x0065, "SentRepresentingEmailAddress"),
    (0x0070, "ConversationTopic"),
    (0x0075, "ReceivedByAddressType"),
    (0x0076, "ReceivedByEmailAddress"),
    (0x0077, "ReceivedRepresentingAddressType"),
    (0x0078, "ReceivedRepresentingEmailAddress"),
    (0x0C1A, "SenderName"),
    (0x0C1E, "SenderAddressType"),
    (0x0C1F, "SenderEmailAddress"),
    (0x0E02, "DisplayBcc"),
    (0x0E03, "DisplayCc"),
    (0x0E04, "DisplayTo"),
    (0x0E06, "MessageDeliveryTime"),
    (0x0E1D, "NormalizedSubject"),
    (0x1035, "InternetMessageId"),
    (0x1039, "InternetReferences"),
    (0x1042, "InReplyToId"),
    (0x3001, "DisplayName"),
    (0x3002, "AddressType"),
    (0x3003, "EmailAddress"),
    (0x3007, "CreationTime"),
    (0x3008, "LastModificationTime"),
    (0x3703, "AttachExtension"),
    (0x3704, "AttachFilename"),
    (0x3707, "AttachLongFilename"),
    (0x3708, "AttachPathname"),
    (0x370D, "AttachLongPathname"),
    (0x370E, "AttachMimeTag"),
    (0x3712, "AttachContentId"),
    (0x39FE, "SmtpAddress"),
    (0x5D01, "SenderSmtpAddress"),
    (0x5D02, "SentRepresentingSmtpAddress"),
];

/// The text of a value; `None` for one that is none. Several values come one by one.
pub(super) fn text(kind: u16, value: &[u8]) -> Option<String> {
    match kind & !0x1000 {
        UNICODE => Some(little::utf16(value)),
        STRING8 => Some(little::narrow(little::until_zero(value))),
        _ => None,
    }
}

/// Appends `Name=value` to a line, if it is text or a time; returns that time.
pub(super) fn render(id: u16, kind: u16, value: &[u8], line: &mut Rendered) -> Option<Timestamp> {
    let time = if kind == TIME { little::filetime(value, 0) } else { None };
    let value =
        time.map(|time| time.to_string()).or_else(|| text(kind, value)).filter(|text| !text.is_empty())?;
    let field = match id {
        0x0C1F => Some(Field::User),
        0x0037 => Some(Field::Message),
        0x0039 => Some(Field::Time),
        0x3704 | 0x3707 => Some(Field::File),
        _ => None,
    };
    match KNOWN.binary_search_by_key(&id, |(known, _)| *known) {
        Ok(place) => line.pair(KNOWN[place].1, &value, field),
        Err(_) => line.pair(&format!("Property-{id:04X}"), &value, field),
    }
    time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_every_name_is_found() {
        assert!(KNOWN.is_sorted_by_key(|(id, _)| *id));
        let mut line = Rendered::new(100);
        render(0x39FE, UNICODE, b"a\0@\0b\0\0\0", &mut line);
        render(0x8001, STRING8, b"x y\0z", &mut line);
        render(0x8001, BINARY, b"x y\0z", &mut line);
        assert_eq!(line.text(), b"SmtpAddress=a@b Property-8001=x y");
    }
}
