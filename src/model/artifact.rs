//! A named run of bytes: a dropped file or a member of one.

use serde::{Deserialize, Serialize};

use super::TextSummary;

/// The way to an artifact through its containers: names joined by ` > `.
pub type ArtifactPath = String;

/// The three digests by which files are named in advisories, lower-case hex.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// RFC 1321.
    pub md5: String,
    /// FIPS 180-4.
    pub sha1: String,
    /// FIPS 180-4.
    pub sha256: String,
}

/// What the first bytes say an artifact is. Content decides, never the file's extension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArtifactKind {
    /// No bytes at all.
    #[default]
    Empty,
    /// RFC 1952.
    Gzip,
    /// bzip2, one stream or several.
    Bzip2,
    /// The .xz file format, one stream or several.
    Xz,
    /// LZMA with the header of the .lzma format.
    Lzma,
    /// lzip, one member or several.
    Lzip,
    /// RFC 8878, one frame or several.
    Zstd,
    /// LZ4 frames, also the older form.
    Lz4,
    /// The Unix program compress: `.Z`.
    Compress,
    /// cpio in its binary, octal and hexadecimal forms.
    Cpio,
    /// ar, also as Debian packages use it.
    Ar,
    /// RPM package.
    Rpm,
    /// 7z (the LZMA SDK's "7zFormat.txt").
    #[serde(rename = "7z")]
    SevenZ,
    /// Microsoft cabinet ([MS-CAB]).
    Cab,
    /// PKWARE APPNOTE.
    Zip,
    /// POSIX.1-1988 ustar, POSIX.1-2001 pax, GNU or the old V7 form.
    Tar,
    /// Windows event log.
    Evtx,
    /// pcap or pcapng (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng).
    Capture,
    /// RFC 5322, with MIME.
    Mail,
    /// RFC 4155: mails one behind the other.
    Mailbox,
    /// OLE compound file ([MS-CFB]): Outlook messages, older Office documents.
    Compound,
    /// A mail's properties and attachments in one file, `winmail.dat` ([MS-OXTNEF]).
    Tnef,
    /// Login records of Linux: utmp, wtmp, btmp (utmp(5)).
    Utmp,
    /// The last login of each user (lastlog(8)).
    Lastlog,
    /// SQLite database.
    Sqlite,
    /// The write-ahead log of a SQLite database.
    SqliteWal,
    /// Journal file of systemd.
    Journal,
    /// Hive of the Windows registry.
    Hive,
    /// Windows shortcut ([MS-SHLLINK]).
    Shortcut,
    /// PDF document (ISO 32000).
    Pdf,
    /// Windows prefetch file, also packed.
    Prefetch,
    /// Text in UTF-8 (or its subset ASCII).
    TextUtf8,
    /// Text in UTF-16, little-endian.
    TextUtf16Le,
    /// Text in UTF-16, big-endian.
    TextUtf16Be,
    /// Text in a single-byte encoding, read as Latin-1.
    TextLatin1,
    /// A container that is recognized but not opened; its digests are checked and its bytes searched.
    UnopenedContainer,
    /// Anything else: hashed, and searched for byte strings.
    Binary,
}

impl ArtifactKind {
    /// The token used in JSON and on the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            ArtifactKind::Empty => "empty",
            ArtifactKind::Gzip => "gzip",
            ArtifactKind::Bzip2 => "bzip2",
            ArtifactKind::Xz => "xz",
            ArtifactKind::Lzma => "lzma",
            ArtifactKind::Lzip => "lzip",
            ArtifactKind::Zstd => "zstd",
            ArtifactKind::Lz4 => "lz4",
            ArtifactKind::Compress => "compress",
            ArtifactKind::Cpio => "cpio",
            ArtifactKind::Ar => "ar",
            ArtifactKind::Rpm => "rpm",
            ArtifactKind::SevenZ => "7z",
            ArtifactKind::Cab => "cab",
            ArtifactKind::Zip => "zip",
            ArtifactKind::Tar => "tar",
            ArtifactKind::Evtx => "evtx",
            ArtifactKind::Capture => "capture",
            ArtifactKind::Mail => "mail",
            ArtifactKind::Mailbox => "mailbox",
            ArtifactKind::Compound => "compound",
            ArtifactKind::Tnef => "tnef",
            ArtifactKind::Utmp => "utmp",
            ArtifactKind::Lastlog => "lastlog",
            ArtifactKind::Sqlite => "sqlite",
            ArtifactKind::SqliteWal => "sqlite-wal",
            ArtifactKind::Journal => "journal",
            ArtifactKind::Hive => "hive",
            ArtifactKind::Shortcut => "shortcut",
            ArtifactKind::Pdf => "pdf",
            ArtifactKind::Prefetch => "prefetch",
            ArtifactKind::TextUtf8 => "text-utf8",
            ArtifactKind::TextUtf16Le => "text-utf16-le",
            ArtifactKind::TextUtf16Be => "text-utf16-be",
            ArtifactKind::TextLatin1 => "text-latin1",
            ArtifactKind::UnopenedContainer => "unopened-container",
            ArtifactKind::Binary => "binary",
        }
    }

    /// Whether members come out of it.
    pub const fn is_container(self) -> bool {
        matches!(
            self,
            ArtifactKind::Gzip
                | ArtifactKind::Bzip2
                | ArtifactKind::Xz
                | ArtifactKind::Lzma
                | ArtifactKind::Lzip
                | ArtifactKind::Zstd
                | ArtifactKind::Lz4
                | ArtifactKind::Compress
                | ArtifactKind::Cpio
                | ArtifactKind::Ar
                | ArtifactKind::Rpm
                | ArtifactKind::SevenZ
                | ArtifactKind::Cab
                | ArtifactKind::Zip
                | ArtifactKind::Tar
        )
    }

    /// Whether it is read line by line.
    pub const fn is_text(self) -> bool {
        matches!(
            self,
            ArtifactKind::TextUtf8
                | ArtifactKind::TextUtf16Le
                | ArtifactKind::TextUtf16Be
                | ArtifactKind::TextLatin1
        )
    }
}

/// What is known about an artifact once its last byte was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactSummary {
    /// The way to it.
    pub artifact: ArtifactPath,
    /// Bytes read.
    pub size: u64,
    /// What it is.
    pub kind: ArtifactKind,
    /// A finer name where one is known: `7z archive`, `Windows event log`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Digests of all its bytes.
    #[serde(flatten)]
    pub digests: Digests,
    /// Its first bytes (at most 16), for conditions on how a file begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub head: Vec<u8>,
    /// Whether all its bytes were there and were examined.
    pub complete: bool,
    /// What reading it as text told; `None` for containers and binaries.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextSummary>,
}
