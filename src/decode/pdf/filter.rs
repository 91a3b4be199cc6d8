//! The filters of a stream (ISO 32000-1, section 7.4), undone one behind the other without holding what goes between.

use flate2::{Decompress, FlushDecompress, Status};

use crate::model::Flow;

use super::lexer::is_space;
use super::lzw::Lzw;
use super::predictor::Predictor;

/// Where bytes go.
pub(super) type Out<'o> = dyn FnMut(&[u8]) -> Flow + 'o;

/// What taking some bytes came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fed {
    /// All were taken.
    More,
    /// The encoded data are over; so many of these bytes belong to them.
    End(usize),
    /// They are not what the filter allows.
    Bad,
    /// The receiver wants no more.
    Stop,
}

/// Undoes one filter. The result does not depend on how the bytes are cut. After anything but `More` it is not fed again.
pub(super) trait Filter {
    /// Takes the next bytes.
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Fed;
    /// The bytes are over before the filter's own end; tells whether that is all there can be.
    fn finish(&mut self, out: &mut Out<'_>) -> bool;
}

/// Bytes made at a time.
pub(super) const PIECE: usize = 16 << 10;

/// A filter and how far it came.
struct Step {
    filter: Box<dyn Filter>,
    over: bool,
    bad: bool,
}

/// Filters in the order in which they are undone.
#[derive(Default)]
pub(super) struct Chain {
    steps: Vec<Step>,
}

/// What undoing all filters of a stream came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Undone {
    /// Whether every filter came to its end without damage.
    pub(super) complete: bool,
    /// How many of the stream's bytes the first filter took.
    pub(super) used: usize,
}

impl Chain {
    pub(super) fn push(&mut self, filter: Box<dyn Filter>) {
        self.steps.push(Step { filter, over: false, bad: false });
    }

    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Undoes all filters. `between` is how many bytes may go from one filter to the next; it becomes less.
    pub(super) fn run(mut self, stream: &[u8], between: &mut u64, out: &mut Out<'_>) -> Undone {
        if self.steps.is_empty() {
            let flow = out(stream);
            return Undone { complete: flow == Flow::Continue, used: stream.len() };
        }
        let mut used = 0;
        for piece in stream.chunks(PIECE) {
            let (taken, flow) = push(&mut self.steps, piece, between, out);
            used += taken;
            if flow == Flow::Stop || self.steps[0].over {
                break;
            }
        }
        for at in 0..self.steps.len() {
            let Some((first, rest)) = self.steps[at..].split_first_mut() else { break };
            if !first.over {
                let whole = first.filter.finish(&mut |made| push(rest, made, between, out).1);
                first.bad |= !whole;
            }
        }
        Undone { complete: self.steps.iter().all(|step| !step.bad), used }
    }
}

/// Hands bytes to the first of the steps, and what it makes to the next; tells how many were taken.
fn push(steps: &mut [Step], bytes: &[u8], between: &mut u64, out: &mut Out<'_>) -> (usize, Flow) {
    let Some((first, rest)) = steps.split_first_mut() else { return (bytes.len(), out(bytes)) };
    if first.over {
        return (0, Flow::Continue);
    }
    let is_last = rest.is_empty();
    let fed = first.filter.feed(bytes, &mut |made| {
        if !is_last {
            *between = between.saturating_sub(made.len() as u64);
        }
        if *between == 0 {
            return Flow::Stop;
        }
        push(rest, made, between, out).1
    });
    first.over = fed != Fed::More;
    first.bad |= matches!(fed, Fed::Bad | Fed::Stop);
    match fed {
        Fed::End(used) => (used, Flow::Continue),
        Fed::Stop => (bytes.len(), Flow::Stop),
        Fed::More | Fed::Bad => (bytes.len(), Flow::Continue),
    }
}

/// A filter that is known: how it is undone, or that its data are a picture or sound of a format of its own.
pub(super) enum Known {
    Undone(Box<dyn Filter>),
    /// Data of an image or a font, which stay as they are.
    Image,
    /// It says how the stream is encrypted (section 7.4.10).
    Crypt,
}

/// Parameters of a filter (section 7.4.4.3).
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters {
    pub(super) predictor: u32,
    pub(super) colors: u32,
    pub(super) bits: u32,
    pub(super) columns: u32,
    pub(super) early: bool,
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters { predictor: 1, colors: 1, bits: 8, columns: 1, early: true }
    }
}

/// The filter of this name, also abbreviated (section 8.9.7, table 94).
pub(super) fn known(name: &[u8], parameters: Parameters) -> Option<Known> {
    Some(match name {
        b"FlateDecode" | b"Fl" => Known::Undone(Box::new(Flate::new())),
        b"LZWDecode" | b"LZW" => Known::Undone(Box::new(Lzw::new(parameters.early))),
        b"ASCIIHexDecode" | b"AHx" => Known::Undone(Box::new(AsciiHex::default())),
        b"ASCII85Decode" | b"A85" => Known::Undone(Box::new(Ascii85::default())),
        b"RunLengthDecode" | b"RL" => Known::Undone(Box::new(RunLength::default())),
        b"DCTDecode" | b"DCT" | b"JPXDecode" | b"CCITTFaxDecode" | b"CCF" | b"JBIG2Decode" => Known::Image,
        b"Crypt" => Known::Crypt,
        _ => return None,
    })
}

/// The predictor that was applied before a filter that has one; `None` where there is none or none that is known.
pub(super) fn predictor(name: &[u8], parameters: Parameters) -> Option<Box<dyn Filter>> {
    let has = matches!(name, b"FlateDecode" | b"Fl" | b"LZWDecode" | b"LZW");
    if !has || parameters.predictor < 2 {
        return None;
    }
    Some(Box::new(Predictor::new(parameters)))
}

/// FlateDecode (section 7.4.4): zlib's format (RFC 1950). As readers do, a stream without its header is taken, and the checksum,
/// which many producers leave out, is not compared.
struct Flate {
    inflate: Box<Decompress>,
    head: Vec<u8>,
    begun: bool,
    /// Bytes of the checksum still to come, once the data are over.
    checksum: Option<usize>,
    has_header: bool,
    out: Vec<u8>,
}

impl Flate {
    fn new() -> Flate {
        let inflate = Box::new(Decompress::new(false));
        Flate {
            inflate,
            head: Vec::new(),
            begun: false,
            checksum: None,
            has_header: false,
            out: vec![0; PIECE],
        }
    }

    /// Passes over the checksum, of which `there` bytes and perhaps more are there behind `used` others.
    fn checksum(&mut self, there: usize, used: usize) -> Fed {
        let left = self.checksum.unwrap_or(0);
        let now = left.min(there);
        self.checksum = Some(left - now);
        if now == left { Fed::End(used + now) } else { Fed::More }
    }

    fn inflate(&mut self, input: &[u8], out: &mut Out<'_>) -> Fed {
        let mut used = 0;
        loop {
            let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
            let result = self.inflate.decompress(&input[used..], &mut self.out, FlushDecompress::None);
            let taken = (self.inflate.total_in() - before_in) as usize;
            let made = (self.inflate.total_out() - before_out) as usize;
            used += taken;
            if made > 0 && out(&self.out[..made]) == Flow::Stop {
                return Fed::Stop;
            }
            match result {
                Ok(Status::StreamEnd) => {
                    self.checksum = Some(if self.has_header { 4 } else { 0 });
                    return self.checksum(input.len() - used, used);
                }
                Err(_) => return Fed::Bad,
                Ok(_) if used == input.len() && made < PIECE => return Fed::More,
                Ok(_) if taken == 0 && made == 0 => return Fed::Bad,
                Ok(_) => {}
            }
        }
    }
}

impl Filter for Flate {
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Fed {
        if self.checksum.is_some() {
            return self.checksum(input.len(), 0);
        }
        if self.begun {
            return self.inflate(input, out);
        }
        let before = self.head.len();
        let taken = input.len().min(2 - before);
        self.head.extend_from_slice(&input[..taken]);
        let [method, flags] = self.head[..] else { return Fed::More };
        self.begun = true;
        self.has_header =
            method & 0x0F == 8 && (u32::from(method) << 8 | u32::from(flags)).is_multiple_of(31);
        if !self.has_header {
            let head = std::mem::take(&mut self.head);
            let fed = self.inflate(&head, out);
            if fed != Fed::More {
                return fed;
            }
        }
        match self.inflate(&input[taken..], out) {
            Fed::End(used) => Fed::End(taken + used),
            other => other,
        }
    }

    fn finish(&mut self, _: &mut Out<'_>) -> bool {
        self.checksum.is_some() || (!self.begun && self.head.is_empty())
    }
}

/// ASCIIHexDecode (section 7.4.2).
#[derive(Default)]
struct AsciiHex {
    half: Option<u8>,
}

impl Filter for AsciiHex {
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Fed {
        let mut made = Vec::with_capacity(input.len() / 2);
        let mut fed = Fed::More;
        for (at, byte) in input.iter().enumerate() {
            if *byte == b'>' {
                // The digit that is missing is zero.
                made.extend(self.half.take().map(|half| half << 4));
                fed = Fed::End(at + 1);
                break;
            }
            let Some(digit) = char::from(*byte).to_digit(16) else {
                if is_space(*byte) {
                    continue;
                }
                fed = Fed::Bad;
                break;
            };
            match self.half.take() {
                Some(half) => made.push(half << 4 | digit as u8),
                None => self.half = Some(digit as u8),
            }
        }
        if !made.is_empty() && out(&made) == Flow::Stop { Fed::Stop } else { fed }
    }

    fn finish(&mut self, out: &mut Out<'_>) -> bool {
        if let Some(half) = self.half.take() {
            out(&[half << 4]);
        }
        true
    }
}

/// ASCII85Decode (section 7.4.3).
#[derive(Default)]
struct Ascii85 {
    group: [u8; 5],
    held: usize,
    /// A group is complete: what follows is no mark of the beginning.
    begun: bool,
}

impl Ascii85 {
    /// A complete group, or the last one, which may be short.
    fn rest(&mut self, made: &mut Vec<u8>) -> bool {
        let held = std::mem::take(&mut self.held);
        if held == 0 {
            return true;
        }
        self.group[held..].fill(84);
        let word = self
            .group
            .iter()
            .try_fold(0u32, |word, digit| word.checked_mul(85)?.checked_add(u32::from(*digit)));
        let Some(word) = word else { return false };
        made.extend_from_slice(&word.to_be_bytes()[..held - 1]);
        held > 1
    }
}

impl Filter for Ascii85 {
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Fed {
        let mut made = Vec::with_capacity(input.len());
        let mut fed = Fed::More;
        for (at, byte) in input.iter().enumerate() {
            match byte {
                byte if is_space(*byte) => continue,
                b'z' if self.held == 0 => made.extend_from_slice(&[0; 4]),
                b'!'..=b'u' => {
                    self.group[self.held] = byte - b'!';
                    self.held += 1;
                    if self.held == 5 && !self.rest(&mut made) {
                        fed = Fed::Bad;
                        break;
                    }
                }
                // Some encoders begin with `<~`.
                b'~' if !self.begun && self.held == 1 && self.group[0] == b'<' - b'!' => self.held = 0,
                b'~' => {
                    let whole = self.rest(&mut made);
                    let closed = input.get(at + 1) == Some(&b'>');
                    fed = if whole { Fed::End(at + 1 + usize::from(closed)) } else { Fed::Bad };
                    break;
                }
                _ => {
                    fed = Fed::Bad;
                    break;
                }
            }
            self.begun |= !made.is_empty();
        }
        if !made.is_empty() && out(&made) == Flow::Stop { Fed::Stop } else { fed }
    }

    fn finish(&mut self, out: &mut Out<'_>) -> bool {
        let mut made = Vec::new();
        let whole = self.rest(&mut made);
        if !made.is_empty() {
            out(&made);
        }
        whole
    }
}

/// RunLengthDecode (section 7.4.5).
#[derive(Default)]
struct RunLength {
    /// Bytes to copy, or times that the next byte is repeated.
    copy: usize,
    again: usize,
}

impl Filter for RunLength {
    fn feed(&mut self, input: &[u8], out: &mut Out<'_>) -> Fed {
        let mut made = Vec::with_capacity(input.len());
        let (mut at, mut fed) = (0, Fed::More);
        while at < input.len() {
            if self.copy > 0 {
                let now = self.copy.min(input.len() - at);
                made.extend_from_slice(&input[at..at + now]);
                (self.copy, at) = (self.copy - now, at + now);
                continue;
            }
            let byte = input[at];
            at += 1;
            match (self.again, byte) {
                (1.., _) => made.resize(made.len() + std::mem::take(&mut self.again), byte),
                (_, 0..128) => self.copy = usize::from(byte) + 1,
                (_, 129..) => self.again = 257 - usize::from(byte),
                (_, 128) => {
                    fed = Fed::End(at);
                    break;
                }
            }
        }
        if !made.is_empty() && out(&made) == Flow::Stop { Fed::Stop } else { fed }
    }

    fn finish(&mut self, _: &mut Out<'_>) -> bool {
        self.copy == 0 && self.again == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Filters, a stream, what comes out, and how many bytes were used.
    type Row<'r> = (&'r [&'r str], &'r [u8], &'r [u8], usize);

    /// All that comes out of `names`, and how it ended.
    fn undone(names: &[&str], stream: &[u8]) -> (Vec<u8>, Undone) {
        let mut chain = Chain::default();
        for name in names {
            match known(name.as_bytes(), Parameters::default()) {
                Some(Known::Undone(filter)) => chain.push(filter),
                _ => panic!("{name}"),
            }
        }
        let mut all = Vec::new();
        let ended = chain.run(stream, &mut (1 << 20), &mut |made| {
            all.extend_from_slice(made);
            Flow::Continue
        });
        (all, ended)
    }

    #[test]
    fn undoes_what_the_standard_and_its_readers_take() {
        let table: [Row<'_>; 12] = [
            (&["AHx"], b"68 74\n7>x", b"htp", 8),
            (&["ASCIIHexDecode"], b"687", b"hp", 3),
            (&["A85"], b"<~87cURD]j7BEbo80~>", b"Hello world!", 19),
            (&["ASCII85Decode"], b"87cURDZ~>\n", b"Hello", 9),
            (&["A85"], b"z!!~>", b"\0\0\0\0\0", 5),
            (&["RL"], b"\x02abc\xfed\x00z\x80no", b"abcdddz", 9),
            (&["RunLengthDecode"], b"\x00a", b"a", 2),
            (&["Fl"], b"\x78\x9c\x4b\x4c\x4a\x06\x00\x02\x4d\x01\x27\n", b"abc", 11),
            (&["FlateDecode"], b"\x4b\x4c\x4a\x06\x00", b"abc", 5),
            (&["AHx", "Fl"], b"789c4b4c4a0600024d0127>", b"abc", 23),
            (&["LZW"], b"\x80\x0B\x60\x50\x22\x0C\x0C\x85\x01", b"-----A---B", 9),
            (&[], b"as it is", b"as it is", 8),
        ];
        for (names, stream, plain, used) in table {
            let (all, ended) = undone(names, stream);
            assert_eq!(
                (all.as_slice(), ended),
                (plain, Undone { complete: true, used }),
                "{names:?} {stream:?}"
            );
        }
    }

    #[test]
    fn what_is_damaged_is_undone_up_to_there() {
        for (names, stream, plain) in [
            (&["AHx"][..], &b"6874x"[..], &b"ht"[..]),
            (&["A85"], b"87cUR\x7f", b"Hell"),
            (&["A85"], b"uuuuu~>", b""),
            (&["RL"], b"\x05ab", b"ab"),
            (&["Fl"], b"\x78\x9c\x4b\x4c", b"a"),
            (&["Fl"], b"\x78\x9c\xff\xff", b""),
        ] {
            let (all, ended) = undone(names, stream);
            assert!(!ended.complete && all.starts_with(plain), "{names:?} {stream:?} {all:?}");
        }
    }

    #[test]
    fn what_goes_between_filters_is_bounded() {
        let mut chain = Chain::default();
        let spaces = b"\xFF\x20".repeat(1_000);
        for name in [&b"RL"[..], b"AHx"] {
            if let Some(Known::Undone(filter)) = known(name, Parameters::default()) {
                chain.push(filter);
            }
        }
        let mut between = 1_000;
        let ended = chain.run(&spaces, &mut between, &mut |_| Flow::Continue);
        assert_eq!((between, ended.complete), (0, false));
    }
}
