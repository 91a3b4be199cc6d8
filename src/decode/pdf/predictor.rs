//! Predictors (ISO 32000-1, section 7.4.4.4): bytes that were written as differences from their neighbors.

use crate::model::Flow;

use super::filter::{Fed, Filter, Out, Parameters};

/// The longest row that is put together again: readers know of no longer ones.
const LONGEST: u64 = 16 << 20;

/// Undoes a predictor, row by row.
pub(super) struct Predictor {
    /// TIFF's predictor (TIFF 6.0, section 14), not one of PNG's (PNG, section 9).
    tiff: bool,
    parameters: Parameters,
    /// Bytes of a row, without the one in front that names PNG's filter.
    length: usize,
    /// Bytes of a pixel, at least one.
    pixel: usize,
    row: Vec<u8>,
    above: Vec<u8>,
}

impl Predictor {
    pub(super) fn new(parameters: Parameters) -> Predictor {
        let pixel = u64::from(parameters.colors) * u64::from(parameters.bits);
        let length = pixel.saturating_mul(u64::from(parameters.columns)).div_ceil(8).clamp(1, LONGEST);
        Predictor {
            tiff: parameters.predictor == 2,
            parameters,
            length: length as usize,
            pixel: pixel.div_ceil(8).clamp(1, length) as usize,
            row: Vec::new(),
            above: Vec::new(),
        }
    }

    /// Undoes the row that is there, which is the last one where it is short.
    fn undo(&mut self, made: &mut Vec<u8>) {
        if self.tiff {
            tiff(&mut self.row, self.parameters);
            made.append(&mut self.row);
            return;
        }
        let Some((filter, row)) = self.row.split_first_mut() else { return };
        let pixel = self.pixel;
        for at in 0..row.len() {
            let left = at.checked_sub(pixel).map_or(0, |at| row[at]);
            let above = self.above.get(at).copied().unwrap_or(0);
            let corner = at.checked_sub(pixel).and_then(|at| self.above.get(at)).copied().unwrap_or(0);
            let guess = match filter {
                1 => left,
                2 => above,
                3 => u16::midpoint(u16::from(left), u16::from(above)) as u8,
                4 => paeth(left, above, corner),
                _ => 0,
            };
            row[at] = row[at].wrapping_add(guess);
        }
        made.extend_from_slice(row);
        self.above.clear();
        self.above.extend_from_slice(row);
        self.row.clear();
    }
}

/// PNG's fourth filter (PNG, section 9.4).
fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(above) - i16::from(corner);
    let [a, b, c] = [left, above, corner].map(|byte| guess.abs_diff(i16::from(byte)));
    if a <= b && a <= c {
        left
    } else if b <= c {
        above
    } else {
        corner
    }
}

/// Each sample was written as its difference from the one before it of the same color.
fn tiff(row: &mut [u8], parameters: Parameters) {
    let colors = parameters.colors.max(1) as usize;
    match parameters.bits {
        8 => {
            for at in colors..row.len() {
                row[at] = row[at].wrapping_add(row[at - colors]);
            }
        }
        16 => {
            for at in (colors * 2..row.len().saturating_sub(1)).step_by(2) {
                let before = u16::from_be_bytes([row[at - colors * 2], row[at - colors * 2 + 1]]);
                let sum = u16::from_be_bytes([row[at], row[at + 1]]).wrapping_add(before);
                row[at..at + 2].copy_from_slice(&sum.to_be_bytes());
            }
        }
        bits @ (1 | 2 | 4) => {
            let bits = bits as usize;
            let (samples, mask) = (row.len() * 8 / bits, (1u8 << bits) - 1);
            let shift = |sample: usize| 8 - bits - sample * bits % 8;
            for sample in colors..samples {
                let before = row[(sample - colors) * bits / 8] >> shift(sample - colors);
                let place = sample * bits / 8;
                let sum = (row[place] >> shift(sample)).wrapping_add(before) & mask;
                row[place] = row[place] & !(mask << shift(sample)) | sum << shift(sample);
            }
        }
        _ => {}
    }
}

impl Filter for Predictor {
    fn feed(&mut self, mut input: &[u8], out: &mut Out<'_>) -> Fed {
        let whole = self.length + usize::from(!self.tiff);
        let mut made = Vec::with_capacity(input.len());
        while !input.is_empty() {
            let (now, later) = input.split_at(input.len().min(whole - self.row.len()));
            self.row.extend_from_slice(now);
            input = later;
            if self.row.len() == whole {
                self.undo(&mut made);
            }
        }
        if !made.is_empty() && out(&made) == Flow::Stop { Fed::Stop } else { Fed::More }
    }

    fn finish(&mut self, out: &mut Out<'_>) -> bool {
        let mut made = Vec::new();
        self.undo(&mut made);
        if !made.is_empty() {
            out(&made);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(parameters: Parameters, input: &[u8], size: usize) -> Vec<u8> {
        let mut predictor = Predictor::new(parameters);
        let mut all = Vec::new();
        let mut take = |made: &[u8]| {
            all.extend_from_slice(made);
            Flow::Continue
        };
        for block in input.chunks(size) {
            assert_eq!(predictor.feed(block, &mut take), Fed::More);
        }
        predictor.finish(&mut take);
        all
    }

    #[test]
    fn rows_of_every_kind_are_put_together_again() {
        let png = Parameters { predictor: 12, columns: 3, ..Parameters::default() };
        let rows = [[0, 10, 20, 30], [1, 1, 1, 1], [2, 1, 1, 1], [3, 1, 1, 1], [4, 1, 1, 1]].concat();
        let plain = [10, 20, 30, 1, 2, 3, 2, 3, 4, 2, 3, 4, 3, 4, 5];
        for size in [1, 7, 100] {
            assert_eq!(undone(png, &rows, size), plain);
        }
        assert_eq!(undone(png, &rows[..6], 100), [10, 20, 30, 1]);
    }

    #[test]
    fn samples_of_every_width_are_added_up() {
        let of = |bits, colors, input: &[u8]| {
            let columns = input.len() as u32 * 8 / bits / colors;
            undone(Parameters { predictor: 2, bits, colors, columns, early: true }, input, 3)
        };
        assert_eq!(of(8, 1, &[1, 1, 255]), [1, 2, 1]);
        assert_eq!(of(8, 2, &[1, 5, 1, 1]), [1, 5, 2, 6]);
        assert_eq!(of(16, 1, &[0, 255, 0, 1]), [0, 255, 1, 0]);
        assert_eq!(of(4, 1, &[0x1F, 0x11]), [0x10, 0x12]);
        assert_eq!(of(1, 1, &[0b1010_0000]), [0b1100_0000]);
    }

    #[test]
    fn a_row_of_any_length_takes_no_more_memory_than_its_bytes() {
        let huge = Parameters { predictor: 15, columns: u32::MAX, colors: u32::MAX, ..Parameters::default() };
        assert_eq!(undone(huge, &[2, 5, 6], 1), [5, 6]);
    }
}
