//! A file on disk, read at any place.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::source::Source;

/// A file on disk.
#[derive(Debug)]
pub(super) struct Disk {
    file: File,
    size: u64,
}

impl Disk {
    /// Opens the file, if it is one that can be sought in. A pipe is left alone: opening it twice would lose bytes.
    pub(super) fn open(path: &Path) -> Option<Disk> {
        let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
        Some(Disk { file: File::open(path).ok()?, size: metadata.len() })
    }
}

impl Source for Disk {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.read(into)
    }
}
