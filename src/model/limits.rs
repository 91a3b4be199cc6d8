//! Every bound of a scan, each with its reason. Reaching one yields a `Diagnostic` and lowers coverage.

/// The bounds a scan keeps to. Sizes are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Containers inside containers. A support bundle holds about four; a quine never ends.
    pub depth: usize,
    /// Members of all containers in one dropped file. Real bundles hold thousands.
    pub members: u64,
    /// A member's name, of which more is not shown: each member keeps the names of all that it came in.
    pub name: usize,
    /// Unpacked bytes for each packed byte of one dropped file, counted once `ratio_floor` is unpacked.
    /// Repetitive logs reach about 100 with gzip, which cannot exceed 1,032.
    pub ratio: u64,
    /// Unpacked bytes below which the ratio is not judged.
    pub ratio_floor: u64,
    /// Unpacked bytes of one dropped file, so that a scan ends.
    pub unpacked: u64,
    /// Zeros that the sparse files of one dropped file leave out. They are no bomb, but are hashed: some seconds in a
    /// browser.
    pub holes: u64,
    /// Dictionary or window that a compressed stream may ask for: it is memory. `xz -9` takes 64 MiB, the longest
    /// window that `zstd` reads unasked is 128 MiB.
    pub dictionary: u64,
    /// A line up to this length is one record; a longer one is searched in overlapping windows of this
    /// length and not split into fields.
    pub line: usize,
    /// Overlap of those windows: the longest match that is certain to be found in a longer line.
    pub overlap: usize,
    /// An object of a JSON document up to this length is one record; a longer one is searched as text. CloudTrail writes up
    /// to 256 KB for an event, and up to 1 MB where that is asked for.
    pub object: usize,
    /// Sightings kept with full detail for each indicator, artifact and outcome; all are counted.
    pub sightings: usize,
    /// Bytes that a packed pack may unpack to: packs are held whole, beside the evidence.
    pub pack: usize,
    /// Rounds of hashing to make keys of passwords, in one dropped file. One password on one member takes 4,000 in
    /// a zip, up to 28,000 on a PDF document and usually 524,288 in a 7z archive; all of these take some ten seconds in a
    /// browser.
    pub key_rounds: u64,
    /// Bytes of a locked member that are unpacked to tell a right password from a wrong one, where only the checksum
    /// of the whole tells it. Wrong ones make noise, in which a decoder finds an error soon.
    pub probe: u64,
    /// List of an archive's members that is held whole. Some 100 bytes for each of `members`.
    pub directory: usize,
    /// Rounds of nested decoding (percent within percent). Attack strings use two or three.
    pub decodings: usize,
    /// A decoded record as a line of text. A script logged in one event has up to 64 KiB.
    pub record: usize,
    /// A packet of a capture. Network cards hand on up to 256 KiB at once.
    pub packet: usize,
    /// Bytes of one direction of a connection that wait for lost ones in front of them. Senders have windows of about
    /// this size open.
    pub flow_held: usize,
    /// Flows of a capture that are open at a time; each costs about half a kilobyte.
    pub flows: usize,
    /// Bytes that all flows of a capture hold: bodies, beginnings, and what waits.
    pub flows_held: usize,
    /// Bytes of fragmented packets of which pieces are missing.
    pub fragments: usize,
    /// A file transferred in a capture, held whole until it ends. Web shells and tools are far smaller.
    pub body: usize,
    /// A file of a format whose parts point forth and back, which is held whole to be read; and all together that
    /// members and standard input hold because their formats must seek. Of an encrypted PDF document one stream is held
    /// decrypted beside it. A journal is at most this long before the next is begun. Browsers give a worker a gigabyte or more, but there are several workers.
    pub held: usize,
    /// Times its own size that the records of such a file may come to where they share values. Journals reach about 10.
    pub repeated: u64,
    /// Tokens and bytes that the events of one 64 KiB chunk of an event log may come to: templates used often
    /// multiply their texts, and reach about 1 MiB in real logs.
    pub event_chunk: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            depth: 8,
            members: 200_000,
            name: 4 << 10,
            ratio: 250,
            ratio_floor: 64 << 20,
            unpacked: 256 << 30,
            holes: 1 << 30,
            dictionary: 128 << 20,
            line: 64 << 10,
            overlap: 8 << 10,
            object: 1 << 20,
            sightings: 20,
            pack: 64 << 20,
            key_rounds: 1 << 26,
            probe: 16 << 20,
            directory: 32 << 20,
            decodings: 4,
            record: 1 << 20,
            packet: 512 << 10,
            flow_held: 1 << 20,
            flows: 65_536,
            flows_held: 96 << 20,
            fragments: 4 << 20,
            body: 32 << 20,
            held: 128 << 20,
            repeated: 32,
            event_chunk: 8 << 20,
        }
    }
}
