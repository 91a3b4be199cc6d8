//! Where results go: standard output or a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The place that was asked for.
pub(super) fn open(output: Option<&Path>) -> Result<Box<dyn Write>, String> {
    match output {
        None => Ok(Box::new(BufWriter::new(io::stdout()))),
        Some(path) => {
            let file = File::create(path)
                .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
            Ok(Box::new(BufWriter::new(file)))
        }
    }
}

/// Writes and flushes. A reader that has gone away (`| head`) is no error.
pub(super) fn write(out: &mut dyn Write, text: &str) -> Result<(), String> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("the result cannot be written: {error}"))
        }
        _ => Ok(()),
    }
}
