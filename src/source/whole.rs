//! An artifact in full, for a format that seeks: through its own source, or held in memory up to a limit.

use super::{Allowance, Memory, Source};
use crate::model::{Diagnostic, DiagnosticSeverity};

/// Gathers an artifact whose format seeks while its bytes are streamed past; gives its source once they are over.
///
/// A format's reader keeps one of these, feeds it, and asks for [`Whole::source`] when it is told of the end.
pub struct Whole {
    source: Option<Box<dyn Source>>,
    held: Memory,
    allowance: Allowance,
    over: bool,
}

impl Whole {
    /// With a source of its own nothing is held.
    pub fn new(source: Option<Box<dyn Source>>, allowance: &Allowance) -> Whole {
        Whole { source, held: Memory::new(), allowance: allowance.clone(), over: false }
    }

    /// The next bytes.
    pub fn feed(&mut self, block: &[u8]) {
        if self.source.is_some() || self.over {
            return;
        }
        if self.allowance.hold(block.len() as u64) {
            self.held.extend(block);
        } else {
            self.over = true;
            self.release();
        }
    }

    /// The bytes are over: all of them can be read now, or a diagnostic says that they were too many. They stay held as
    /// long as this value lives.
    pub fn source(&mut self) -> Result<&mut dyn Source, Diagnostic> {
        if self.over {
            let message = format!(
                "a file of this format inside another file has to be held in memory, and all that is held may be no more than {} bytes",
                self.allowance.held_limit()
            );
            let hint = "unpack the file around it and drop this one by itself: then it is read from disk";
            return Err(Diagnostic::new(DiagnosticSeverity::Error, "limit-held", message, hint));
        }
        Ok(match &mut self.source {
            Some(source) => &mut **source,
            None => &mut self.held,
        })
    }

    fn release(&mut self) {
        self.allowance.release(self.held.size());
        self.held = Memory::new();
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Limits;

    fn read(whole: &mut Whole) -> Result<Vec<u8>, String> {
        let source = whole.source().map_err(|diagnostic| diagnostic.code)?;
        let mut bytes = vec![0; usize::try_from(source.size()).expect("small")];
        source.read_exact_at(0, &mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    #[test]
    fn holds_what_has_no_source_up_to_the_limit_that_all_share() {
        let allowance = Allowance::new(&Limits { held: 10, ..Limits::default() });
        let mut first = Whole::new(None, &allowance);
        first.feed(b"123456");
        let mut second = Whole::new(None, &allowance);
        second.feed(b"1234");
        second.feed(b"5");
        assert_eq!(read(&mut first), Ok(b"123456".to_vec()));
        assert_eq!(read(&mut second), Err("limit-held".to_owned()));
        drop((first, second));
        let mut third = Whole::new(None, &allowance);
        third.feed(b"1234567890");
        assert_eq!(read(&mut third), Ok(b"1234567890".to_vec()));
    }

    #[test]
    fn holds_nothing_where_there_is_a_source() {
        let allowance = Allowance::new(&Limits { held: 1, ..Limits::default() });
        let mut whole = Whole::new(Some(Box::new(Memory::from(b"on disk".as_slice()))), &allowance);
        whole.feed(b"on disk");
        assert_eq!(read(&mut whole), Ok(b"on disk".to_vec()));
    }
}
