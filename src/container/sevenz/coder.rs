//! The steps that a folder is unpacked by, joined to one reader.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};

use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::bcj2::Bcj2Reader;
use lzma_rust2::filter::delta::DeltaReader;
use lzma_rust2::{Lzma2Reader, LzmaReader, lzma_get_memory_usage_by_props, lzma2_get_memory_usage};
use ppmd_rust::{PPMD7_MAX_MEM_SIZE, PPMD7_MAX_ORDER, PPMD7_MIN_MEM_SIZE, PPMD7_MIN_ORDER, Ppmd7Decoder};

use super::super::decompress::{Decompressor, Fault as Broken, Fed, Make};
use super::super::deflate::{Deflate, Deflate64};
use super::super::{bzip2, zstd};
use super::Fault;
use super::directory::{Coder, Folder, From, MOST};
use super::lock::{self, Key, Unlocked};
use crate::model::{Flow, Limits};
use crate::source::{Part, Reader, Source};

/// The archive, which several streams are read from in turn.
pub(super) type Archive<'a> = RefCell<&'a mut dyn Source>;

/// A step's result.
type Stream<'s> = Box<dyn Read + 's>;

/// Smallest dictionary that the decoders have.
const LEAST_DICTIONARY: u64 = 4 << 10;

/// Largest one.
const LONGEST_DICTIONARY: u32 = u32::MAX - 15;

/// Beside a dictionary, what a decoder takes for its tables.
const TABLES: u64 = 1 << 20;

/// What a decoder of bzip2 takes: four bytes for each byte of a block of 900,000.
const BZIP2: u64 = 4 << 20;

/// Methods as 7-Zip names them ("Methods.txt" of the LZMA SDK).
const NAMES: [(u64, &str); 9] = [
    (0x02_03_02, "Swap2"),
    (0x02_03_04, "Swap4"),
    (0x04_F7_11_02, "Brotli"),
    (0x04_F7_11_04, "LZ4"),
    (0x04_F7_11_05, "LZS"),
    (0x04_F7_11_06, "Lizard"),
    (0x04_F7_11_01, "Zstandard"),
    (0x04_02_02, "BZip2"),
    (lock::METHOD, "AES"),
];

/// A method's name.
pub(super) fn name(method: u64) -> String {
    let known = NAMES.iter().find(|(number, _)| *number == method);
    known.map_or_else(|| format!("{method:X}"), |(_, name)| (*name).to_owned())
}

/// Joins the steps. `keys` has one for each coder that is locked.
pub(super) fn open<'s>(
    folder: &Folder,
    keys: &[Option<Key>],
    archive: &'s Archive<'s>,
    limits: &Limits,
    passed: &'s Passed,
) -> Result<Stream<'s>, Fault> {
    let mut memory = Memory { wanted: 0, limits };
    let mut results: Vec<Option<Stream<'s>>> = folder.coders.iter().map(|_| None).collect();
    let mut made = vec![false; folder.coders.len()];
    // Each round makes a step whose inputs are all there; coders that wait for each other leave none.
    for _ in 0..folder.coders.len() {
        let mut first = 0;
        let mut next = None;
        for (number, coder) in folder.coders.iter().enumerate() {
            let sources = folder.sources.get(first..first + coder.inputs).unwrap_or_default();
            first += coder.inputs;
            let ready = sources.iter().all(|source| match source {
                From::Coder(number) => results.get(*number).is_some_and(Option::is_some),
                From::Archive { .. } => true,
            });
            if !made[number] && ready {
                next = Some((number, coder, sources));
                break;
            }
        }
        let (number, coder, sources) = next.ok_or(Fault::Directory("coders wait for each other"))?;
        let mut inputs: Vec<Stream<'s>> = Vec::new();
        for source in sources {
            let input = match source {
                From::Coder(number) => results.get_mut(*number).and_then(Option::take),
                From::Archive { at, size } => {
                    Some(Box::new(Reader::new(Part::new(archive, *at, *size))) as Stream<'s>)
                }
            };
            inputs.extend(input);
        }
        let key = keys.get(number).and_then(Option::as_ref);
        let result = step(coder, inputs, key, &mut memory)?;
        made[number] = true;
        let is_last = number == folder.last;
        results[number] = Some(Box::new(Counted { stream: result.take(coder.size), passed, is_last }));
    }
    results.get_mut(folder.last).and_then(Option::take).ok_or(Fault::Directory("a folder has no result"))
}

/// Bytes that steps of one archive may hand to each other before any member comes out.
const AHEAD: u64 = 64 << 20;

/// Bytes that went through the steps of an archive: from step to step, and out.
#[derive(Default)]
pub(super) struct Passed {
    between: Cell<u64>,
    out: Cell<u64>,
}

/// A step's result, counted. Where the steps make far more than comes out, somebody wants to keep the reader busy.
struct Counted<'s, R> {
    stream: R,
    passed: &'s Passed,
    is_last: bool,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(into)?;
        let Passed { between, out } = self.passed;
        let sum = if self.is_last { out } else { between };
        sum.set(sum.get().saturating_add(count as u64));
        let most = out.get().saturating_mul(MOST).saturating_add(AHEAD);
        if between.get() > most { Err(io::ErrorKind::QuotaExceeded.into()) } else { Ok(count) }
    }
}

/// Whether noise makes one of the folder's decoders fail: filters pass on any bytes, and so does PPMd.
pub(super) fn finds_faults(folder: &Folder) -> bool {
    let fails = [0x21, 0x03_01_01, 0x04_01_08, 0x04_01_09, 0x04_02_02, 0x04_F7_11_01];
    folder.coders.iter().any(|coder| fails.contains(&coder.method))
}

/// What the decoders of one folder take together.
struct Memory<'l> {
    wanted: u64,
    limits: &'l Limits,
}

impl Memory<'_> {
    fn take(&mut self, bytes: u64) -> Result<(), Fault> {
        self.wanted = self.wanted.saturating_add(bytes);
        let limit = self.limits.dictionary;
        if self.wanted > limit.saturating_add(TABLES) {
            return Err(Fault::Memory { wanted: self.wanted, limit });
        }
        Ok(())
    }
}

/// One step.
fn step<'s>(
    coder: &Coder,
    mut inputs: Vec<Stream<'s>>,
    key: Option<&Key>,
    memory: &mut Memory<'_>,
) -> Result<Stream<'s>, Fault> {
    const WRONG: Fault = Fault::Directory("a coder has properties that it cannot have");
    if coder.method == 0x03_03_01_1B {
        memory.take(TABLES)?;
        return match inputs.len() {
            4 => Ok(Box::new(Bcj2Reader::try_new(inputs, coder.size).map_err(|_| WRONG)?)),
            _ => Err(WRONG),
        };
    }
    let (Some(input), true) = (inputs.pop(), inputs.is_empty()) else { return Err(WRONG) };
    Ok(match coder.method {
        0x00 => input,
        0x03 => Box::new(DeltaReader::new(input, usize::from(*coder.properties.first().unwrap_or(&0)) + 1)),
        0x04 | 0x03_03_01_03 => Box::new(BcjReader::new_x86(input, 0)),
        0x05 | 0x03_03_02_05 => Box::new(BcjReader::new_ppc(input, 0)),
        0x06 | 0x03_03_04_01 => Box::new(BcjReader::new_ia64(input, 0)),
        0x07 | 0x03_03_05_01 => Box::new(BcjReader::new_arm(input, 0)),
        0x08 | 0x03_03_07_01 => Box::new(BcjReader::new_arm_thumb(input, 0)),
        0x09 | 0x03_03_08_05 => Box::new(BcjReader::new_sparc(input, 0)),
        0x0A => Box::new(BcjReader::new_arm64(input, 0)),
        0x0B => Box::new(BcjReader::new_riscv(input, 0)),
        0x21 => {
            let dictionary = match coder.properties[..] {
                [40] => u32::MAX,
                [bits @ 0..40] => (2 | u32::from(bits) & 1) << (bits / 2 + 11),
                _ => return Err(WRONG),
            };
            let dictionary = needed(dictionary, coder.size);
            memory.take(u64::from(lzma2_get_memory_usage(dictionary)) << 10)?;
            Box::new(Lzma2Reader::new(input, dictionary, None))
        }
        0x03_01_01 => {
            let [properties, one, two, three, four] = coder.properties[..] else { return Err(WRONG) };
            let dictionary = needed(u32::from_le_bytes([one, two, three, four]), coder.size);
            let usage = lzma_get_memory_usage_by_props(dictionary, properties).map_err(|_| WRONG)?;
            memory.take(u64::from(usage) << 10)?;
            let lzma = LzmaReader::new_with_props(input, coder.size, properties, dictionary, None);
            Box::new(lzma.map_err(|error| Fault::Data(error.kind()))?)
        }
        0x03_04_01 => {
            let [order, one, two, three, four] = coder.properties[..] else { return Err(WRONG) };
            let (order, size) = (u32::from(order), u32::from_le_bytes([one, two, three, four]));
            let orders = PPMD7_MIN_ORDER..=PPMD7_MAX_ORDER;
            if !orders.contains(&order) || !(PPMD7_MIN_MEM_SIZE..=PPMD7_MAX_MEM_SIZE).contains(&size) {
                return Err(WRONG);
            }
            memory.take(u64::from(size))?;
            let ppmd = Ppmd7Decoder::new(input, order, size);
            Box::new(ppmd.map_err(|_| Fault::Data(io::ErrorKind::InvalidData))?)
        }
        0x04_01_08 => pulled(|_| Box::new(Deflate::new()), input, memory.limits),
        0x04_01_09 => pulled(Deflate64::open, input, memory.limits),
        0x04_02_02 => {
            memory.take(BZIP2)?;
            pulled(bzip2::Bzip2::open, input, memory.limits)
        }
        0x04_F7_11_01 => {
            // Its frames name their windows later, each up to the limit.
            memory.take(memory.limits.dictionary)?;
            pulled(zstd::Zstd::open, input, memory.limits)
        }
        lock::METHOD => {
            let lock = lock::Lock::read(&coder.properties).ok_or(WRONG)?;
            Box::new(Unlocked::new(input, key.ok_or(Fault::Locked)?, &lock))
        }
        other => return Err(Fault::Method(other)),
    })
}

/// A dictionary never has to be larger than what is unpacked; the decoders take none longer than `LONGEST_DICTIONARY`.
fn needed(dictionary: u32, size: u64) -> u32 {
    u64::from(dictionary.min(LONGEST_DICTIONARY)).min(size.max(LEAST_DICTIONARY)) as u32
}

/// Bytes fed to a decompressor at a time: what it makes of them is held until it is read.
const FED: usize = 256;

/// A decompressor of streams, which follow each other, as a reader.
struct Pulled<R> {
    input: R,
    make: Make,
    limits: Limits,
    stream: Option<Box<dyn Decompressor>>,
    /// Bytes of the input that no stream took yet.
    fed: Vec<u8>,
    made: Vec<u8>,
    /// Bytes of `made` that were read.
    read: usize,
    over: bool,
}

fn pulled<'s>(make: Make, input: Stream<'s>, limits: &Limits) -> Stream<'s> {
    Box::new(Pulled {
        input,
        make,
        limits: *limits,
        stream: None,
        fed: Vec::new(),
        made: Vec::new(),
        read: 0,
        over: false,
    })
}

impl<R: Read> Pulled<R> {
    /// Makes more of the input; `Ok` without more where that is over.
    fn pull(&mut self) -> io::Result<()> {
        let mut fresh = [0; FED];
        if self.fed.is_empty() {
            let count = self.input.read(&mut fresh)?;
            self.fed.extend_from_slice(&fresh[..count]);
        }
        let Pulled { made, stream, fed, .. } = self;
        if fed.is_empty() && stream.is_none() {
            self.over = true;
            return Ok(());
        }
        let (make, limits) = (self.make, &self.limits);
        let decompressor = stream.get_or_insert_with(|| make(limits));
        let mut out = |bytes: &[u8]| {
            made.extend_from_slice(bytes);
            Flow::Continue
        };
        let step = match fed.as_slice() {
            [] => decompressor.finish(&mut out),
            fed => decompressor.feed(fed, &mut out),
        };
        match step {
            Ok(Fed::End { used, mut back, right: true }) => {
                back.extend_from_slice(fed.get(used..).unwrap_or_default());
                *fed = back;
                *stream = None;
                Ok(())
            }
            Ok(Fed::More) if !fed.is_empty() => {
                fed.clear();
                Ok(())
            }
            Err(Broken::Truncated) => Err(io::ErrorKind::UnexpectedEof.into()),
            Err(Broken::Memory { .. }) => Err(io::ErrorKind::OutOfMemory.into()),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

impl<R: Read> Read for Pulled<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.made.len() && !self.over && !into.is_empty() {
            self.made.clear();
            self.read = 0;
            self.pull()?;
        }
        let rest = self.made.get(self.read..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.read += count;
        Ok(count)
    }
}
