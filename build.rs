//! Packs `iocs/` into one compressed file, which `src/pack/bundled.rs` reads.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use flate2::{Compression, write::DeflateEncoder};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=iocs");
    let mut files = Vec::new();
    gather(Path::new("iocs"), &mut files)?;
    files.sort();
    let mut bundle = DeflateEncoder::new(Vec::new(), Compression::best());
    for file in files {
        let inner = file.strip_prefix("iocs").map_err(io::Error::other)?;
        let name = inner.to_string_lossy().replace('\\', "/");
        let bytes = fs::read(&file)?;
        for length in [name.len(), bytes.len()] {
            bundle.write_all(&u32::try_from(length).map_err(io::Error::other)?.to_le_bytes())?;
        }
        bundle.write_all(name.as_bytes())?;
        bundle.write_all(&bytes)?;
    }
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(PathBuf::from(out).join("iocs.bin"), bundle.finish()?)
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
