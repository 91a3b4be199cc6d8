//! Files that are one compressed stream, or several one after the other. What comes out is one member.

use super::again::{self, Taken};
use super::decompress::{Decompressor, Fault, Fed, Make};
use super::{
    Member, Members, Unpacker, bzip2, compress, diagnostic, error, inner_name, lz4, lzma, shown, zstd,
};
use crate::model::{ArtifactKind, Flow, Limits};

/// How files of one format are read.
pub(super) struct Format {
    pub(super) kind: ArtifactKind,
    /// Its name, also the beginning of its diagnostics' codes.
    name: &'static str,
    make: Make,
    /// Whether a stream begins with these bytes; `None` where more are needed.
    begins: fn(&[u8]) -> Option<bool>,
    /// Whether several streams may follow each other.
    many: bool,
    /// Zeros between and after streams come in multiples of this.
    padding: u64,
    /// What the name of such a file ends in, and what the name of its content ends in instead.
    endings: &'static [(&'static str, &'static str)],
}

/// Every format that is read so.
pub(super) static FORMATS: [Format; 7] = [
    Format {
        kind: ArtifactKind::Bzip2,
        name: "bzip2",
        make: bzip2::Bzip2::open,
        begins: |bytes| marked(bytes, &[b"BZh"]),
        many: true,
        padding: 1,
        endings: &[(".bz2", ""), (".bz", ""), (".tbz2", ".tar"), (".tbz", ".tar"), (".tb2", ".tar")],
    },
    Format {
        kind: ArtifactKind::Xz,
        name: "xz",
        make: lzma::xz,
        begins: |bytes| marked(bytes, &[b"\xFD7zXZ\0"]),
        many: true,
        padding: 4,
        endings: &[(".xz", ""), (".txz", ".tar")],
    },
    Format {
        kind: ArtifactKind::Lzma,
        name: "lzma",
        make: lzma::lzma,
        // The format has no mark: the file was named by its whole header.
        begins: |_| Some(true),
        many: false,
        padding: 1,
        endings: &[(".lzma", ""), (".tlz", ".tar")],
    },
    Format {
        kind: ArtifactKind::Lzip,
        name: "lzip",
        make: lzma::lzip,
        begins: |bytes| marked(bytes, &[b"LZIP"]),
        many: true,
        padding: 1,
        endings: &[(".lz", ""), (".tlz", ".tar")],
    },
    Format {
        kind: ArtifactKind::Zstd,
        name: "zstd",
        make: zstd::Zstd::open,
        begins: |bytes| skippable_or(bytes, &[b"\x28\xB5\x2F\xFD"]),
        many: true,
        padding: 1,
        endings: &[(".zst", ""), (".zstd", ""), (".tzst", ".tar")],
    },
    Format {
        kind: ArtifactKind::Lz4,
        name: "lz4",
        make: lz4::Lz4::open,
        begins: |bytes| skippable_or(bytes, &[b"\x04\x22\x4D\x18", b"\x02\x21\x4C\x18"]),
        many: true,
        padding: 1,
        endings: &[(".lz4", ""), (".tlz4", ".tar")],
    },
    Format {
        kind: ArtifactKind::Compress,
        name: "compress",
        make: compress::Compress::open,
        begins: |bytes| marked(bytes, &[b"\x1F\x9D"]),
        many: false,
        padding: 1,
        endings: &[(".z", ""), (".taz", ".tar")],
    },
];

fn marked(bytes: &[u8], marks: &[&[u8]]) -> Option<bool> {
    let fits = |mark: &&&[u8]| bytes.iter().zip(**mark).all(|(byte, wanted)| byte == wanted);
    match marks.iter().find(fits) {
        Some(mark) => (bytes.len() >= mark.len()).then_some(true),
        None => Some(false),
    }
}

/// zstd and LZ4 share the frames that are to be passed over (RFC 8878, section 3.1.2).
fn skippable_or(bytes: &[u8], marks: &[&[u8]]) -> Option<bool> {
    match bytes {
        [0x50..=0x5F, rest @ ..] => marked(rest, &[b"\x2A\x4D\x18"]),
        _ => marked(bytes, marks),
    }
}

enum State {
    /// Gathering the first bytes of a stream.
    Between(Vec<u8>),
    Body(Box<dyn Decompressor>),
    /// Nothing more is read.
    Over,
}

/// Reads files of one format.
pub(super) struct Stream {
    format: &'static Format,
    limits: Limits,
    name: String,
    state: State,
    open: bool,
    bad: bool,
    streams: u64,
    zeros: u64,
    offset: u64,
    /// Where the current stream begins.
    start: u64,
}

impl Stream {
    /// `name` is the file's own: without its ending it names what is inside.
    pub(super) fn new(format: &'static Format, name: &str, limits: &Limits) -> Stream {
        let inner = inner_name(name, format.endings);
        Stream {
            format,
            limits: *limits,
            name: if inner.is_empty() { "content".to_owned() } else { shown(&inner) },
            state: State::Between(Vec::new()),
            open: false,
            bad: false,
            streams: 0,
            zeros: 0,
            offset: 0,
            start: 0,
        }
    }

    fn code(&self, what: &str) -> String {
        format!("{}-{what}", self.format.name)
    }

    fn close(&mut self, members: &mut dyn Members) {
        if std::mem::take(&mut self.open) {
            members.end(!self.bad);
        }
        self.state = State::Over;
    }

    /// A stream cannot be read on.
    fn fail(&mut self, fault: &Fault, members: &mut dyn Members) {
        let (start, hint) =
            (self.start, "what came out was examined; fetch the whole file from the system again");
        let told = match fault {
            Fault::Corrupt => error(
                &self.code("corrupt"),
                format!("the compressed data that begins at offset {start} is damaged"),
                hint,
            ),
            Fault::Truncated => error(
                &self.code("truncated"),
                "the file ends in the middle of its compressed data".to_owned(),
                hint,
            ),
            Fault::Memory { wanted, limit } => error(
                "limit-dictionary",
                format!(
                    "the data that begins at offset {start} wants {wanted} bytes of memory to be unpacked, more than \
                     the limit of {limit}"
                ),
                "it was not unpacked; unpack it yourself and drop what is inside",
            ),
            Fault::Unsupported(what) => error(
                &self.code("unsupported"),
                format!("the data that begins at offset {start} needs {what}"),
                "it was not unpacked; unpack it yourself and drop what is inside",
            ),
        };
        members.diagnostic(told);
        self.bad = true;
        self.close(members);
    }

    /// Takes bytes between streams; tells how many, and which of them are the next stream's.
    fn between(&mut self, input: &[u8], members: &mut dyn Members) -> Taken {
        let State::Between(held) = &mut self.state else { return (0, Vec::new(), Flow::Continue) };
        if held.is_empty() && self.streams > 0 {
            let zeros = input.iter().take_while(|byte| **byte == 0).count();
            if zeros > 0 {
                self.zeros += zeros as u64;
                return (zeros, Vec::new(), Flow::Continue);
            }
        }
        if held.is_empty() {
            self.start = self.offset;
        }
        held.extend_from_slice(&input[..1]);
        let another = self.streams == 0 || self.format.many;
        match (self.format.begins)(held).map(|begins| begins && another) {
            None => (1, Vec::new(), Flow::Continue),
            Some(true) => {
                let first = std::mem::take(held);
                self.check_padding(members);
                self.streams += 1;
                self.state = State::Body((self.format.make)(&self.limits));
                let mut flow = Flow::Continue;
                if !std::mem::replace(&mut self.open, true) {
                    flow = members.begin(Member { name: self.name.clone(), size: None });
                }
                (1, first, flow)
            }
            Some(false) => {
                self.trailing(members);
                (1, Vec::new(), Flow::Continue)
            }
        }
    }

    fn check_padding(&mut self, members: &mut dyn Members) {
        let zeros = std::mem::take(&mut self.zeros);
        if !zeros.is_multiple_of(self.format.padding) {
            members.diagnostic(diagnostic(
                &self.code("padding"),
                format!("{zeros} zeros stand where a multiple of {} is allowed", self.format.padding),
                "bytes may have been lost or added; compare the file with the system's",
            ));
        }
    }

    /// Bytes that begin no stream.
    fn trailing(&mut self, members: &mut dyn Members) {
        if self.streams == 0 {
            return self.fail(&Fault::Corrupt, members);
        }
        let (name, start) = (self.format.name, self.start);
        members.diagnostic(error(
            &self.code("trailing-bytes"),
            format!("bytes that are not {name} follow the data, from offset {start}"),
            "they were hashed with the file, not unpacked and not searched; cut them off and drop them as a file of their own",
        ));
        self.close(members);
    }

    /// What a decompressor said.
    fn fed(&mut self, result: Result<Fed, Fault>, given: usize, members: &mut dyn Members) -> Taken {
        match result {
            Ok(Fed::More) => (given, Vec::new(), Flow::Continue),
            Ok(Fed::Stop) => (given, Vec::new(), Flow::Stop),
            Ok(Fed::End { used, back, right }) => {
                self.state = State::Between(Vec::new());
                if !right {
                    self.bad = true;
                    members.diagnostic(error(
                        &self.code("checksum"),
                        format!(
                            "the unpacked data does not agree with its checksum (data that begins at offset {})",
                            self.start
                        ),
                        "it was examined as it came out; fetch the file again from the system",
                    ));
                }
                (used, back, Flow::Continue)
            }
            Err(fault) => {
                self.fail(&fault, members);
                (given, Vec::new(), Flow::Continue)
            }
        }
    }

    fn step(&mut self, input: &[u8], members: &mut dyn Members) -> Taken {
        match &mut self.state {
            State::Between(_) => self.between(input, members),
            State::Body(body) => {
                let result = body.feed(input, &mut |bytes| members.data(bytes));
                self.fed(result, input.len(), members)
            }
            State::Over => (input.len(), Vec::new(), Flow::Continue),
        }
    }
}

impl Unpacker for Stream {
    fn feed(&mut self, block: &[u8], members: &mut dyn Members) -> Flow {
        again::feed(block, |input| {
            let taken = self.step(input, members);
            self.offset = again::behind(self.offset, &taken);
            taken
        })
    }

    fn finish(&mut self, members: &mut dyn Members) {
        while let State::Body(body) = &mut self.state {
            let result = body.finish(&mut |bytes| members.data(bytes));
            let (_, back, flow) = self.fed(result, 0, members);
            if flow == Flow::Stop {
                return self.close(members);
            }
            self.offset = self.offset.saturating_sub(back.len() as u64);
            if self.feed(&back, members) == Flow::Stop {
                return self.close(members);
            }
        }
        if let State::Between(held) = &self.state {
            match (held.is_empty(), self.streams) {
                (_, 0) => self.fail(&Fault::Truncated, members),
                (true, _) => self.check_padding(members),
                (false, _) => self.trailing(members),
            }
        }
        self.close(members);
    }
}
