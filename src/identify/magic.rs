//! Formats that say their name in their first bytes.

use crate::model::ArtifactKind::{
    self, Ar, Binary, Bzip2, Cab, Capture, Compound, Compress, Cpio, Evtx, Gzip, Hive, Journal, Lz4, Lzip,
    Lzma, Pdf, Prefetch, Rpm, SevenZ, Shortcut, Sqlite, SqliteWal, Tar, Tnef, UnopenedContainer, Xz, Zip,
    Zstd,
};

/// Where a format's mark stands, the mark, how the format is read, and its name.
/// Marks are those of the formats' own specifications, as collected in the `file` program's database.
const MARKS: [(usize, &[u8], ArtifactKind, &str); 55] = [
    (0, b"\x1f\x8b", Gzip, ""),
    (0, b"PK\x03\x04", Zip, ""),
    (0, b"PK\x05\x06", Zip, ""),
    (0, b"PK\x07\x08PK\x03\x04", Zip, ""),
    (0, b"PK00PK\x03\x04", Zip, ""),
    (257, b"ustar\0", Tar, ""),
    (257, b"ustar ", Tar, ""),
    (0, b"7z\xBC\xAF\x27\x1C", SevenZ, ""),
    (0, b"\xFD7zXZ\0", Xz, ""),
    (0, b"BZh", Bzip2, ""),
    (0, b"\x28\xB5\x2F\xFD", Zstd, ""),
    (0, b"\x04\x22\x4D\x18", Lz4, ""),
    (0, b"Rar!\x1A\x07", UnopenedContainer, "RAR archive"),
    (0, b"\x1F\x9D", Compress, ""),
    (0, b"MSCF\0\0\0\0", Cab, ""),
    (0, b"070701", Cpio, ""),
    (0, b"070702", Cpio, ""),
    (0, b"070707", Cpio, ""),
    (0, b"!<arch>\n", Ar, ""),
    (0, b"\xC7\x71", Cpio, ""),
    (0, b"\x71\xC7", Cpio, ""),
    (0, b"\x02\x21\x4C\x18", Lz4, ""),
    (0, b"LZIP", Lzip, ""),
    (0, b"\xED\xAB\xEE\xDB", Rpm, ""),
    (0, b"vhdxfile", UnopenedContainer, "disk image (VHDX)"),
    (0, b"KDMV", UnopenedContainer, "disk image (VMDK)"),
    (0, b"QFI\xFB", UnopenedContainer, "disk image (QCOW)"),
    (0, b"EVF\x09\x0D\x0A\xFF\x00", UnopenedContainer, "forensic image (EWF)"),
    (0, b"ElfFile\0", Evtx, ""),
    (0, b"\xD4\xC3\xB2\xA1", Capture, "pcap"),
    (0, b"\xA1\xB2\xC3\xD4", Capture, "pcap"),
    (0, b"\x4D\x3C\xB2\xA1", Capture, "pcap"),
    (0, b"\xA1\xB2\x3C\x4D", Capture, "pcap"),
    (0, b"\x34\xCD\xB2\xA1", Capture, "pcap"),
    (0, b"\xA1\xB2\xCD\x34", Capture, "pcap"),
    (0, b"\x0A\x0D\x0D\x0A", Capture, "pcapng"),
    (0, b"SQLite format 3\0", Sqlite, ""),
    (0, b"\x37\x7F\x06\x82", SqliteWal, ""),
    (0, b"\x37\x7F\x06\x83", SqliteWal, ""),
    (0, b"\x7FELF", Binary, "ELF program"),
    (0, b"MZ\x90\0", Binary, "Windows program"),
    (0, b"%PDF-", Pdf, PDF),
    (0, b"regf", Hive, ""),
    (0, b"LPKSHHRH", Journal, ""),
    (0, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Compound, ""),
    (0, b"\x78\x9F\x3E\x22", Tnef, ""),
    (0, b"\x4C\0\0\0\x01\x14\x02\0", Shortcut, ""),
    (0, b"MAM\x04", Prefetch, ""),
    (0, b"MAM\x84", Prefetch, ""),
    (4, b"SCCA", Prefetch, ""),
    (4, b"\xEF\xCD\xAB\x89", Binary, ESE),
    (0, b"!BDN", Binary, OUTLOOK),
    (0, b"\xD9\xD5\x05\xF9\x20\xA1\x63\xD7", Binary, ROLLBACK),
    (0, b"\x89PNG\r\n\x1A\n", Binary, "PNG image"),
    (0, b"\xFF\xD8\xFF", Binary, "JPEG image"),
];

const PDF: &str = "PDF document";
const ESE: &str = "ESE database";
const OUTLOOK: &str = "Outlook data file (PST)";
const ROLLBACK: &str = "SQLite rollback journal";

/// How a person gets what a format holds that is recognized and not read; `None` for all others.
pub(super) fn export(detail: &str) -> Option<&'static str> {
    Some(match detail {
        ESE => "export its tables, for example with esedbexport, and drop those",
        OUTLOOK => "export its mails, for example with readpst -e, and drop those",
        ROLLBACK => "drop the database that it lies beside; sqlite3 FILE .dump rolls it back first",
        _ => return None,
    })
}

/// The format whose mark stands in `head`.
pub(super) fn find(head: &[u8]) -> Option<(ArtifactKind, &'static str)> {
    let stands = |at: usize, mark: &[u8]| head.get(at..at + mark.len()) == Some(mark);
    let marked = MARKS.iter().find(|(at, mark, ..)| stands(*at, mark));
    let marked = marked.map(|(_, _, kind, name)| (*kind, *name));
    // Text that merely begins with these letters or digits is not an archive.
    let is_printable = |range: std::ops::Range<usize>| {
        head.get(range).is_some_and(|bytes| {
            bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
        })
    };
    match marked {
        Some((Bzip2, _))
            if head.get(4..10) != Some(b"\x31\x41\x59\x26\x53\x59")
                && head.get(4..10) != Some(b"\x17\x72\x45\x38\x50\x90") =>
        {
            None
        }
        Some((Lzip, _)) if is_printable(4..6) => None,
        Some((Lzip, _)) if head.get(4) != Some(&1) => {
            Some((UnopenedContainer, "lzip file of a version other than 1"))
        }
        // The mark of a section is followed by that of its byte order.
        Some((Capture, "pcapng"))
            if !matches!(head.get(8..12), Some([0x1A, 0x2B, 0x3C, 0x4D] | [0x4D, 0x3C, 0x2B, 0x1A])) =>
        {
            None
        }
        Some((Hive, _)) if is_printable(4..12) => None,
        Some((_, "disk image (VMDK)")) if is_printable(4..8) => None,
        Some((Cpio, _)) if !is_cpio(head) => None,
        Some((Compress, _)) if !matches!(head.get(2), Some(flags) if flags & 0x60 == 0 && (9..=16).contains(&(flags & 0x1F))) => {
            None
        }
        Some(found) => Some(found),
        None if is_old_tar(head) => Some((Tar, "")),
        None if is_late_pdf(head) => Some((Pdf, PDF)),
        None if is_skippable_frame(head) => Some((Zstd, "")),
        None => is_lzma(head).then_some((Lzma, "")),
    }
}

/// Readers take a PDF whose mark stands anywhere in its first 1,024 bytes (ISO 32000-1, annex H, note 13). In a text that tells of
/// one no line begins with the mark, and none with an object.
fn is_late_pdf(head: &[u8]) -> bool {
    let early = &head[..head.len().min(1_024)];
    let mark = memchr::memmem::find_iter(early, b"%PDF-").find(|at| {
        let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
        digit(head.get(at + 5)) && head.get(at + 6) == Some(&b'.') && digit(head.get(at + 7))
    });
    mark.is_some_and(|at| memchr::memmem::find(&head[at..], b" 0 obj").is_some())
}

/// A cpio header's fields are digits, or in the binary forms a name of plausible length that ends in a zero byte.
fn is_cpio(head: &[u8]) -> bool {
    let all = |range: std::ops::Range<usize>, fits: fn(&u8) -> bool| {
        head.get(range).is_some_and(|bytes| bytes.iter().all(fits))
    };
    let number = |read: fn([u8; 2]) -> u16| {
        head.get(20..22).and_then(<[u8]>::first_chunk).map_or(0, |field| usize::from(read(*field)))
    };
    let named = |length: usize| {
        (2..=1_024).contains(&length)
            && head.get(25 + length) == Some(&0)
            && all(26..25 + length, |byte| *byte >= b' ')
    };
    match head {
        [0xC7, 0x71, ..] => named(number(u16::from_le_bytes)),
        [0x71, 0xC7, ..] => named(number(u16::from_be_bytes)),
        [b'0', b'7', b'0', b'7', b'0', b'7', ..] => all(6..76, |byte| (b'0'..=b'7').contains(byte)),
        _ => all(6..110, u8::is_ascii_hexdigit),
    }
}

/// A file of zstd or LZ4 frames may begin with one that is to be passed over (RFC 8878, section 3.1.2); what follows
/// it must be a frame.
fn is_skippable_frame(head: &[u8]) -> bool {
    let mut rest = head;
    while let [0x50..=0x5F, 0x2A, 0x4D, 0x18, s0, s1, s2, s3, ..] = rest {
        let size = u32::from_le_bytes([*s0, *s1, *s2, *s3]) as usize;
        rest = rest.get(8..).and_then(|rest| rest.get(size..)).unwrap_or_default();
        if rest.starts_with(b"\x28\xB5\x2F\xFD") {
            return true;
        }
    }
    false
}

/// The header of .lzma has no mark: properties (other than the usual ones only with a size that is not known), a dictionary size that `lzma` writes (a power of two, or one
/// and a half), a size below 256 GiB or none, and the range coder's first byte, which is zero (LZMA specification).
fn is_lzma(head: &[u8]) -> bool {
    let (Some(properties), Some(dictionary), Some(size), Some(0)) = (
        head.first(),
        head.get(1..5).and_then(<[u8]>::first_chunk).map(|field| u32::from_le_bytes(*field)),
        head.get(5..13).and_then(<[u8]>::first_chunk).map(|field| u64::from_le_bytes(*field)),
        head.get(13),
    ) else {
        return false;
    };
    let whole = dictionary.is_power_of_two() || (dictionary % 3 == 0 && (dictionary / 3).is_power_of_two());
    let usual = *properties == 0x5D && size < 1 << 38;
    dictionary >= 4_096 && whole && (usual || (*properties < 225 && size == u64::MAX))
}

/// A tar header of the form before POSIX: nothing but its checksum tells it (POSIX.1-1988, section 10.1.1).
fn is_old_tar(head: &[u8]) -> bool {
    let Some(block) = head.get(..512) else { return false };
    let written = &block[148..156];
    let digits: Vec<u8> = written.iter().copied().filter(u8::is_ascii_digit).collect();
    let octal = std::str::from_utf8(&digits).ok().and_then(|text| u32::from_str_radix(text, 8).ok());
    let blank = |index: usize| if (148..156).contains(&index) { b' ' } else { block[index] };
    let sum: u32 = (0..512).map(|index| u32::from(blank(index))).sum();
    block[0] != 0 && digits.len() >= 4 && octal == Some(sum)
}
