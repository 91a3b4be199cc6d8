//! A dropped file, read at any place inside a worker, where a browser lets code wait for bytes.

use std::io;

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::{File, FileReaderSync};

use crate::source::Source;

/// Bytes asked of the browser at a time. Each call costs about as much as reading a megabyte.
const BLOCK: u64 = 4 << 20;

/// Blocks kept: the directory at one end and the members at the other are read in turn.
const KEPT: usize = 2;

/// Milliseconds between two signs of life.
const PAUSE: f64 = 1_000.0;

/// A dropped file.
pub(super) struct Dropped {
    file: File,
    reader: FileReaderSync,
    size: u64,
    /// Blocks by their number, the last used last.
    blocks: Vec<(u64, Vec<u8>)>,
    /// Told now and then while it is read: what reads it here waits, and says nothing by itself.
    alive: Box<dyn Fn()>,
    told: f64,
}

impl Dropped {
    /// Reads `file` on demand; `None` where the browser has no reader that waits.
    pub(super) fn new(file: &File, alive: Box<dyn Fn()>) -> Option<Dropped> {
        let reader = FileReaderSync::new().ok()?;
        // A browser tells sizes as doubles, which are whole numbers up to 2^53.
        let (size, told) = (file.size() as u64, js_sys::Date::now());
        Some(Dropped { file: file.clone(), reader, size, blocks: Vec::new(), alive, told })
    }

    fn read(&self, number: u64) -> Result<Vec<u8>, JsValue> {
        let start = number.saturating_mul(BLOCK);
        let end = start.saturating_add(BLOCK).min(self.size);
        let slice = self.file.slice_with_f64_and_f64(start as f64, end as f64)?;
        Ok(Uint8Array::new(&self.reader.read_as_array_buffer(&slice)?.into()).to_vec())
    }

    /// The block of this number, as the last of those kept.
    fn block(&mut self, number: u64) -> io::Result<&[u8]> {
        match self.blocks.iter().position(|(kept, _)| *kept == number) {
            Some(place) => {
                let block = self.blocks.remove(place);
                self.blocks.push(block);
            }
            None => {
                if self.blocks.len() == KEPT {
                    self.blocks.remove(0);
                }
                let bytes = self.read(number).map_err(|error| {
                    let why = Reflect::get(&error, &"message".into()).ok().and_then(|text| text.as_string());
                    io::Error::other(why.unwrap_or_else(|| "the browser gave no reason".to_owned()))
                })?;
                self.blocks.push((number, bytes));
            }
        }
        Ok(self.blocks.last().map(|(_, bytes)| bytes.as_slice()).unwrap_or_default())
    }
}

impl Source for Dropped {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        if offset >= self.size || into.is_empty() {
            return Ok(0);
        }
        let now = js_sys::Date::now();
        if now - self.told >= PAUSE {
            self.told = now;
            (self.alive)();
        }
        let within = (offset % BLOCK) as usize;
        let block = self.block(offset / BLOCK)?;
        let rest = block.get(within..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}
