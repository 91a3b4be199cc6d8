//! Bytes that can be read at any place go in; formats whose directory stands at the end are read from it.
//!
//! A dropped file is streamed once, to be hashed and named; only then is a format that seeks read through its [`Source`].
//! A member of a container has none: its bytes are held, up to a limit, and the answer is the same.

mod allowance;
mod memory;
mod opening;
mod part;
mod reader;
mod whole;

pub use allowance::Allowance;
pub use memory::Memory;
pub use opening::Opening;
pub use part::Part;
pub use reader::Reader;
pub use whole::Whole;

use std::cell::RefCell;
use std::io;

/// Bytes that can be read at any place, in any order.
pub trait Source {
    /// Bytes in all.
    fn size(&self) -> u64;

    /// Reads bytes from `offset` on into `into`; tells how many. Fewer than asked for are no sign of the end; none are.
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Reads exactly `into.len()` bytes from `offset` on.
    fn read_exact_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let mut done = 0;
        while done < into.len() {
            match self.read_at(offset.saturating_add(done as u64), &mut into[done..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => done += count,
            }
        }
        Ok(())
    }
}

impl<S: Source + ?Sized> Source for Box<S> {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, into)
    }
}

/// Several readers take turns.
impl<S: Source> Source for &RefCell<S> {
    fn size(&self) -> u64 {
        self.borrow().size()
    }

    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.borrow_mut().read_at(offset, into)
    }
}

impl<S: Source + ?Sized> Source for &mut S {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, into)
    }
}
