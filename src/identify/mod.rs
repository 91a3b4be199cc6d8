//! The first bytes of an artifact go in; what it is comes out. Content decides, never a file's extension.

mod login;
mod magic;
mod mail;
mod text;

use crate::model::ArtifactKind;

/// How many first bytes [`identify`] wants; fewer only where the artifact is shorter.
pub const HEAD: usize = 4_096;

/// What the first bytes say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// How it is read.
    pub kind: ArtifactKind,
    /// A finer name where one is known: `7z archive`.
    pub detail: String,
}

/// How a person gets what a format holds that is recognized and not read; `None` for all others.
pub fn export(identity: &Identity) -> Option<&'static str> {
    magic::export(&identity.detail)
}

/// Says what an artifact is by its first [`HEAD`] bytes; `whole`: these are all its bytes.
pub fn identify(head: &[u8], whole: bool) -> Identity {
    if head.is_empty() {
        return Identity { kind: ArtifactKind::Empty, detail: String::new() };
    }
    if let Some((kind, detail)) = magic::find(head) {
        return Identity { kind, detail: detail.to_owned() };
    }
    if let Some(kind) = login::kind(head) {
        return Identity { kind, detail: String::new() };
    }
    let kind = text::encoding(head, whole).unwrap_or(ArtifactKind::Binary);
    let one_byte = matches!(kind, ArtifactKind::TextUtf8 | ArtifactKind::TextLatin1);
    let kind = if one_byte { mail::kind(head).unwrap_or(kind) } else { kind };
    Identity { kind, detail: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_the_first_bytes_are() {
        let wide: Vec<u8> = "2020-12-16 log".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let table: [(&[u8], ArtifactKind); 12] = [
            (b"", ArtifactKind::Empty),
            (b"\x1f\x8b\x08\x00", ArtifactKind::Gzip),
            (b"PK\x03\x04\x14\x00", ArtifactKind::Zip),
            (b"PK\x05\x06", ArtifactKind::Zip),
            (b"7z\xBC\xAF\x27\x1C", ArtifactKind::SevenZ),
            (b"hello\nworld\n", ArtifactKind::TextUtf8),
            ("gr\u{fc}n".as_bytes(), ArtifactKind::TextUtf8),
            (b"gr\xfcn line\n", ArtifactKind::TextLatin1),
            (b"\xff\xfea\0b\0", ArtifactKind::TextUtf16Le),
            (b"\xfe\xff\0a\0b", ArtifactKind::TextUtf16Be),
            (&wide, ArtifactKind::TextUtf16Le),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0", ArtifactKind::Binary),
        ];
        for (head, kind) in table {
            assert_eq!(identify(head, true).kind, kind, "{head:?}");
        }
    }

    #[test]
    fn a_log_with_a_few_zero_bytes_after_a_crash_is_still_text() {
        let mut log = b"192.0.2.1 - - [16/Dec/2020:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n".repeat(20);
        log.splice(100..100, [0; 30]);
        assert!(identify(&log, true).kind.is_text());
    }
}
