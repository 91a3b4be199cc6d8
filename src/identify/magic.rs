//! Formats that say their name in their first bytes.

use crate::model::ArtifactKind::{self, Binary, Evtx, Gzip, Tar, UnopenedContainer, Zip};

/// Where a format's mark stands, the mark, how the format is read, and its name.
/// Marks are those of the formats' own specifications, as collected in the `file` program's database.
const MARKS: [(usize, &[u8], ArtifactKind, &str); 40] = [
    (0, b"\x1f\x8b", Gzip, ""),
    (0, b"PK\x03\x04", Zip, ""),
    (0, b"PK\x05\x06", Zip, ""),
    (0, b"PK\x07\x08PK\x03\x04", Zip, ""),
    (0, b"PK00PK\x03\x04", Zip, ""),
    (257, b"ustar\0", Tar, ""),
    (257, b"ustar ", Tar, ""),
    (0, b"7z\xBC\xAF\x27\x1C", UnopenedContainer, "7z archive"),
    (0, b"\xFD7zXZ\0", UnopenedContainer, "xz file"),
    (0, b"BZh", UnopenedContainer, "bzip2 file"),
    (0, b"\x28\xB5\x2F\xFD", UnopenedContainer, "zstd file"),
    (0, b"\x04\x22\x4D\x18", UnopenedContainer, "lz4 file"),
    (0, b"Rar!\x1A\x07", UnopenedContainer, "RAR archive"),
    (0, b"\x1F\x9D", UnopenedContainer, "compress (.Z) file"),
    (0, b"MSCF\0\0\0\0", UnopenedContainer, "cabinet archive"),
    (0, b"070701", UnopenedContainer, "cpio archive"),
    (0, b"070702", UnopenedContainer, "cpio archive"),
    (0, b"070707", UnopenedContainer, "cpio archive"),
    (0, b"!<arch>\n", UnopenedContainer, "ar archive"),
    (0, b"LZIP", UnopenedContainer, "lzip file"),
    (0, b"\xED\xAB\xEE\xDB", UnopenedContainer, "RPM package"),
    (0, b"vhdxfile", UnopenedContainer, "disk image (VHDX)"),
    (0, b"KDMV", UnopenedContainer, "disk image (VMDK)"),
    (0, b"QFI\xFB", UnopenedContainer, "disk image (QCOW)"),
    (0, b"EVF\x09\x0D\x0A\xFF\x00", UnopenedContainer, "forensic image (EWF)"),
    (0, b"ElfFile\0", Evtx, ""),
    (0, b"\xD4\xC3\xB2\xA1", Binary, "packet capture (pcap)"),
    (0, b"\xA1\xB2\xC3\xD4", Binary, "packet capture (pcap)"),
    (0, b"\x4D\x3C\xB2\xA1", Binary, "packet capture (pcap)"),
    (0, b"\x0A\x0D\x0D\x0A", Binary, "packet capture (pcapng)"),
    (0, b"SQLite format 3\0", Binary, "SQLite database"),
    (0, b"\x7FELF", Binary, "ELF program"),
    (0, b"MZ\x90\0", Binary, "Windows program"),
    (0, b"%PDF-", Binary, "PDF document"),
    (0, b"regf", Binary, "Windows registry hive"),
    (0, b"LPKSHHRH", Binary, "systemd journal"),
    (0, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Binary, "OLE compound file"),
    (0, b"\x4C\0\0\0\x01\x14\x02\0", Binary, "Windows shortcut"),
    (0, b"\x89PNG\r\n\x1A\n", Binary, "PNG image"),
    (0, b"\xFF\xD8\xFF", Binary, "JPEG image"),
];

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
        Some((_, "bzip2 file"))
            if head.get(4..10) != Some(b"\x31\x41\x59\x26\x53\x59")
                && head.get(4..10) != Some(b"\x17\x72\x45\x38\x50\x90") =>
        {
            None
        }
        Some((_, "lzip file")) if is_printable(4..6) => None,
        Some((_, "Windows registry hive")) if is_printable(4..12) => None,
        Some((_, "disk image (VMDK)")) if is_printable(4..8) => None,
        Some((_, "cpio archive"))
            if !head.get(6..110).is_some_and(|bytes| bytes.iter().all(u8::is_ascii_hexdigit))
                && &head[..6] != b"070707" =>
        {
            None
        }
        Some(found) => Some(found),
        None => is_old_tar(head).then_some((Tar, "")),
    }
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
