//! Prefetch files of Windows: which program ran, how often and when last, from which volumes, and which files it loaded. Each run,
//! volume and file comes out as a record; those of files have the time of the last run.
//!
//! The layout is that of libyal's "Windows Prefetch File (PF) format" (versions 17, 23, 26, 30 and 31). A packed file (`MAM`) has one
//! member, the file as it is unpacked. What it does not do: it does not tell which file was loaded at which moment of a start.

mod xpress;

use std::ops::Range;

use crate::model::{ArtifactKind, DiagnosticSeverity, Field, Flow, Limits, Parts, Timestamp};

use super::little;
use super::records::Records;
use super::whole::Reader;

/// Reads a prefetch file, packed or not.
pub(super) const PREFETCH: Reader = Reader { format: "Windows prefetch file", read };

/// Bytes of the file header; the file information follows.
const HEADER: usize = 84;

/// Where things stand in one version.
struct Layout {
    /// The first time, and how many there may be.
    times: (usize, usize),
    count: usize,
    /// Bytes of the entry of a volume.
    volume: usize,
    /// Where the place and length of the program's path stand, if anywhere.
    path: Option<usize>,
}

/// The layout of a file, by its version and by where its first section begins: version 30 has two forms.
fn layout(version: u32, first: usize) -> Option<Layout> {
    Some(match version {
        17 => Layout { times: (120, 1), count: 144, volume: 40, path: None },
        23 => Layout { times: (128, 1), count: 152, volume: 104, path: None },
        26 => Layout { times: (128, 8), count: 208, volume: 104, path: None },
        30 | 31 if first >= 304 => Layout { times: (128, 8), count: 208, volume: 96, path: None },
        30 | 31 => Layout { times: (128, 8), count: 200, volume: 96, path: Some(212) },
        _ => return None,
    })
}

fn read(bytes: &[u8], limits: &Limits, parts: &mut dyn Parts) {
    let mut records = Records::new(bytes.len(), limits, parts);
    if bytes.starts_with(b"MAM") {
        packed(bytes, limits, &mut records);
    } else {
        plain(bytes, &mut records);
    }
    records.finish();
}

/// A packed file: its mark, its unpacked size, where the mark says so a checksum, and the packed bytes.
fn packed(bytes: &[u8], limits: &Limits, records: &mut Records<'_>) {
    let checksum = bytes.get(3).is_some_and(|kind| kind & 0x80 != 0);
    let start = (if checksum { 12 } else { 8 }).min(bytes.len());
    let wanted = little::size(bytes, 4).unwrap_or(0);
    let (out, whole) = xpress::unpack(&bytes[start..], wanted.min(limits.held));
    records.member("unpacked".to_owned(), None, (!out.is_empty()).then_some(out.as_slice()), whole);
    if wanted > limits.held && records.flow() == Flow::Continue {
        let message =
            format!("the file says that it unpacks to {wanted} bytes; up to {} are unpacked", limits.held);
        let hint = "what came behind was not searched";
        records.say(DiagnosticSeverity::Error, "limit-held", message, hint);
    } else if (!whole || wanted == 0) && records.flow() == Flow::Continue {
        damaged("its packed bytes are cut short or no code", records);
    }
}

fn damaged(what: &str, records: &mut Records<'_>) {
    let message = format!("the prefetch file is damaged: {what}");
    let hint = "what is there was examined; fetch the file again from where it came";
    records.say(DiagnosticSeverity::Error, "prefetch-damaged", message, hint);
}

/// A file that is not packed.
fn plain(bytes: &[u8], records: &mut Records<'_>) {
    let version = little::u32(bytes, 0).unwrap_or(0);
    let known = layout(version, little::size(bytes, HEADER).unwrap_or(0));
    let Some(layout) = known else {
        let message = format!("this is a prefetch file of version {version}, which is not read");
        let hint =
            "its bytes were searched as they stand; list what it holds with a prefetch reader and drop that";
        records.say(DiagnosticSeverity::Error, "prefetch-version", message, hint);
        records.member("bytes of the file".to_owned(), Some(ArtifactKind::Binary), [bytes], true);
        return;
    };
    let mut whole = little::size(bytes, 12).is_some_and(|size| size <= bytes.len());
    let process = little::utf16_until_zero(&bytes[16.min(bytes.len())..76.min(bytes.len())]);
    let strings = section(bytes, 100).filter(|place| place.end <= bytes.len());
    whole &= strings.is_some();
    let strings = strings.unwrap_or(0..0);
    let path = path(bytes, &layout, &process, strings.clone());
    let last = runs(bytes, &layout, (&process, &path), records);
    for (place, file) in names(bytes, strings.clone()) {
        records.line.pair("File", &file, Some(Field::File));
        records.line.pair("Process", &process, Some(Field::Process));
        if records.emit(place, last) == Flow::Stop {
            return;
        }
    }
    let volumes = volumes(bytes, &layout, last, &process, records);
    whole &= volumes.is_some();
    let volumes = volumes.unwrap_or(strings.end..strings.end);
    // Counts and times of loading, references of files, and what stands between or behind.
    let mut used = [(HEADER.min(bytes.len())..HEADER.min(bytes.len())), strings, volumes];
    used.sort_by_key(|place| place.start);
    let ends = [used[1].start, used[2].start, bytes.len()];
    let rest = used
        .iter()
        .zip(ends)
        .filter(|(place, end)| place.end < *end)
        .map(|(place, end)| &bytes[place.end..end]);
    let name = "parts that are no plain text".to_owned();
    records.member(name, Some(ArtifactKind::Binary), rest.collect::<Vec<_>>(), true);
    if !whole && records.flow() == Flow::Continue {
        damaged("a part of it lies outside of the file", records);
    }
}

/// The place that a section has by the file information.
fn section(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let start = little::size(bytes, at)?;
    Some(start..start.checked_add(little::size(bytes, at + 4)?)?)
}

/// The texts of a run of texts, each ended by a zero, and where they stand.
fn names(bytes: &[u8], strings: Range<usize>) -> impl Iterator<Item = (Range<usize>, String)> + '_ {
    let mut at = strings.start;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..strings.end).filter(|rest| rest.len() > 1)?;
        let units = rest.as_chunks::<2>().0;
        let length = units.iter().position(|unit| *unit == [0, 0]).unwrap_or(units.len()) * 2;
        let place = at..at + length;
        at = (place.end + 2).min(strings.end);
        Some((place.clone(), little::utf16(&bytes[place])))
    })
}

/// The program's path: as the file says, or the first loaded file of its name.
fn path(bytes: &[u8], layout: &Layout, process: &str, strings: Range<usize>) -> String {
    let told = layout.path.and_then(|at| {
        let place = section(bytes, at)?;
        bytes.get(place.start..)?.get(..place.len().checked_mul(2)?)
    });
    let told = told.map(little::utf16_until_zero).filter(|path| path.starts_with('\\'));
    let is_it = |file: &str| file.rsplit('\\').next().is_some_and(|name| name.starts_with(process));
    let loaded =
        || names(bytes, strings).map(|(_, file)| file).find(|file| !process.is_empty() && is_it(file));
    told.or_else(loaded).unwrap_or_default()
}

/// One record for each run whose time is known, or one for all; tells when the last one was.
fn runs(
    bytes: &[u8],
    layout: &Layout,
    (process, path): (&str, &str),
    records: &mut Records<'_>,
) -> Option<Timestamp> {
    let (first, most) = layout.times;
    let count = little::u32(bytes, layout.count);
    let mut times: Vec<(usize, Option<Timestamp>)> =
        (0..most).map(|nth| first + nth * 8).map(|at| (at, little::filetime(bytes, at))).collect();
    times.retain(|(_, time)| time.is_some());
    let last = times.iter().filter_map(|(_, time)| *time).max_by_key(|time| (time.seconds, time.nanos));
    if times.is_empty() {
        times.push((first.min(bytes.len()), None));
    }
    for (at, time) in times {
        if let Some(time) = time {
            records.line.pair("Run", &time.to_string(), Some(Field::Time));
        }
        records.line.pair("Process", process, Some(Field::Process));
        if !path.is_empty() {
            records.line.pair("Path", path, Some(Field::File));
        }
        if let Some(count) = count {
            records.line.pair("RunCount", &count.to_string(), None);
        }
        if let Some(hash) = little::u32(bytes, 76) {
            records.line.pair("PathHash", &format!("{hash:08X}"), None);
        }
        records.emit(at..(at + 8).min(bytes.len()), time);
    }
    last
}

/// The volumes and the directories on them, as records; where all of that stands.
fn volumes(
    bytes: &[u8],
    layout: &Layout,
    last: Option<Timestamp>,
    process: &str,
    records: &mut Records<'_>,
) -> Option<Range<usize>> {
    let start = little::size(bytes, 108)?;
    let (count, length) = (little::size(bytes, 112)?, little::size(bytes, 116)?);
    let all = little::run(bytes, start, length)?;
    let mut whole = true;
    for nth in 0..count.min(all.len() / layout.volume) {
        let at = nth * layout.volume;
        let text =
            |place: usize, count: usize| all.get(place..)?.get(..count.checked_mul(2)?).map(little::utf16);
        let device = text(little::size(all, at)?, little::size(all, at + 4)?);
        whole &= device.is_some();
        records.line.pair("Volume", &device.unwrap_or_default(), None);
        if let Some(created) = little::filetime(all, at + 8) {
            records.line.pair("VolumeCreated", &created.to_string(), None);
        }
        records.line.pair("VolumeSerial", &format!("{:08X}", little::u32(all, at + 16)?), None);
        records.emit(start + at..start + at + layout.volume, None);
        let mut place = little::size(all, at + 28)?;
        for _ in 0..little::size(all, at + 32)? {
            let Some(units) = little::u16(all, place).map(usize::from) else {
                whole = false;
                break;
            };
            let Some(directory) = text(place + 2, units) else {
                whole = false;
                break;
            };
            records.line.pair("Directory", &directory, Some(Field::File));
            records.line.pair("Process", process, Some(Field::Process));
            let end = place + 2 + units * 2;
            if records.emit(start + place..start + end, last) == Flow::Stop {
                return None;
            }
            place = end + 2;
        }
    }
    (whole && count <= all.len() / layout.volume).then_some(start..start + length)
}
