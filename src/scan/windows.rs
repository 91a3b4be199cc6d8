//! A stream of bytes becomes stretches that can be searched at once: runs of whole lines, or overlapping windows of
//! what has no line ends. How the stream was cut into blocks does not show.

use std::ops::Range;

/// Bytes gathered before a run of lines is searched. Larger runs cost memory, smaller ones speed.
const RUN: usize = 256 << 10;

/// One stretch of the stream.
#[derive(Debug)]
pub(super) enum Stretch<'b> {
    /// Whole lines with their ends (the last of a stream may lack one), none longer than the limit.
    Lines(&'b [u8]),
    /// A piece of a longer line. Matches that begin inside `counts` belong to this piece; the others are seen in
    /// full in the piece before or after.
    Window {
        /// The piece, without line end.
        bytes: &'b [u8],
        /// Where matches of this piece begin.
        counts: Range<usize>,
        /// Whether the line ends with this piece, and with how many bytes of line end.
        end: Option<usize>,
    },
}

/// Cuts a stream into stretches.
#[derive(Debug)]
pub(super) struct Windows {
    buffer: Vec<u8>,
    /// Inside a long line, not at its first window.
    inside: bool,
    lines: bool,
    limit: usize,
    overlap: usize,
}

impl Windows {
    /// `lines`: whether line feeds end lines; otherwise all is one line. `limit`: the longest line that stays whole,
    /// and the size of a window. `overlap`: what neighboring windows share.
    pub(super) fn new(lines: bool, limit: usize, overlap: usize) -> Windows {
        let overlap = overlap.min(limit / 2);
        Windows { buffer: Vec::new(), inside: false, lines, limit, overlap }
    }

    /// Room for the next bytes; call [`Windows::drain`] after each addition.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// How many bytes may be added before the next drain, at least one.
    pub(super) fn room(&self) -> usize {
        RUN.saturating_sub(self.buffer.len()).max(1)
    }

    /// Hands on what is complete; with `finished`, everything.
    pub(super) fn drain(&mut self, finished: bool, mut stretch: impl FnMut(Stretch<'_>)) {
        if !finished && self.buffer.len() < RUN {
            return;
        }
        let buffer = std::mem::take(&mut self.buffer);
        let mut start = 0;
        if self.inside {
            start = self.long(&buffer, 0, finished, &mut stretch);
        }
        if !self.inside {
            start = self.runs(&buffer, start, finished, &mut stretch);
        }
        self.buffer = buffer;
        self.buffer.drain(..start);
    }

    /// Hands on runs of whole lines from `from` on, and long lines between them; returns where the rest begins.
    fn runs(
        &mut self,
        buffer: &[u8],
        from: usize,
        finished: bool,
        stretch: &mut impl FnMut(Stretch<'_>),
    ) -> usize {
        let mut run = from;
        let mut line = from;
        while line < buffer.len() {
            let end = self.line_end(&buffer[line..]).map(|length| line + length);
            let length = end.unwrap_or(buffer.len()) - line;
            if length > self.limit {
                if run < line {
                    stretch(Stretch::Lines(&buffer[run..line]));
                }
                line = self.long(buffer, line, finished, stretch);
                run = line;
                if self.inside {
                    return line;
                }
                continue;
            }
            match end {
                Some(end) => line = end + 1,
                None if finished => line = buffer.len(),
                None => break,
            }
        }
        if run < line {
            let bytes = &buffer[run..line];
            stretch(match self.lines {
                true => Stretch::Lines(bytes),
                false => Stretch::Window { bytes, counts: 0..bytes.len(), end: Some(0) },
            });
        }
        line
    }

    /// Hands on the windows of the long line at `from`; returns where the next one, or the next line, begins.
    fn long(
        &mut self,
        buffer: &[u8],
        from: usize,
        finished: bool,
        stretch: &mut impl FnMut(Stretch<'_>),
    ) -> usize {
        let mut start = from;
        loop {
            let rest = &buffer[start..];
            let end = self.line_end(rest);
            let known = end.is_some() || finished;
            let length = end.unwrap_or(rest.len());
            let half = self.overlap / 2;
            let first = if self.inside { half } else { 0 };
            if length > self.limit {
                self.inside = true;
                stretch(Stretch::Window {
                    bytes: &rest[..self.limit],
                    counts: first..self.limit - half,
                    end: None,
                });
                start += self.limit - self.overlap;
            } else if known {
                self.inside = false;
                let ending = usize::from(end.is_some());
                stretch(Stretch::Window { bytes: &rest[..length], counts: first..length, end: Some(ending) });
                return start + length + ending;
            } else {
                return start;
            }
        }
    }

    fn line_end(&self, bytes: &[u8]) -> Option<usize> {
        if self.lines { memchr::memchr(b'\n', bytes) } else { None }
    }

    /// Bytes by which each window of a long line starts after the one before.
    pub(super) fn step(&self) -> usize {
        self.limit - self.overlap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `text` in blocks of `size`; tells every stretch's bytes and kind.
    fn cut(text: &[u8], size: usize) -> Vec<(bool, Vec<u8>)> {
        let mut windows = Windows::new(true, 100, 20);
        let mut all: Vec<(bool, Vec<u8>)> = Vec::new();
        let mut take = |stretch: Stretch<'_>| match stretch {
            Stretch::Lines(bytes) => match all.last_mut() {
                Some((false, lines)) => lines.extend_from_slice(bytes),
                _ => all.push((false, bytes.to_vec())),
            },
            Stretch::Window { bytes, counts, .. } => all.push((true, bytes[counts].to_vec())),
        };
        for block in text.chunks(size) {
            windows.buffer().extend_from_slice(block);
            windows.drain(false, &mut take);
        }
        windows.drain(true, &mut take);
        all
    }

    #[test]
    fn the_pieces_are_the_same_however_the_stream_is_cut() {
        let mut text = Vec::new();
        for number in 0..4_000u32 {
            text.extend(format!("line {number} {}\n", "x".repeat((number * 7 % 230) as usize)).into_bytes());
        }
        let whole = cut(&text, text.len());
        for size in [1, 7, 4_096] {
            assert_eq!(cut(&text, size), whole, "blocks of {size}");
        }
        let counted: usize = whole.iter().map(|(_, bytes)| bytes.len()).sum();
        let ends = text.split(|b| *b == b'\n').filter(|line| line.len() > 100).count();
        assert_eq!(counted + ends, text.len());
    }
}
