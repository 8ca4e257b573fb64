//! A bound on what stands between two files of an archive.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// How many bytes of headers one file may have, long paths and extended headers included: they are read whole.
const LIMIT: u64 = 1024 * 1024;

/// A reader of an archive that gives no more than one file with its headers at a time.
pub(super) struct HeadersBounded<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

/// Lets a [`HeadersBounded`] go on to the next file.
pub(super) struct Pass(Rc<Cell<u64>>);

impl<R> HeadersBounded<R> {
    pub(super) fn new(inner: R) -> (HeadersBounded<R>, Pass) {
        let left = Rc::new(Cell::new(LIMIT));
        (HeadersBounded { inner, left: Rc::clone(&left) }, Pass(left))
    }
}

impl Pass {
    /// A file of this length is next, read or passed over, and then headers.
    pub(super) fn over(&self, length: u64) {
        self.0.set(length.saturating_add(LIMIT));
    }
}

impl<R: Read> Read for HeadersBounded<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 && !to.is_empty() {
            // An end would look like that of the archive.
            return Err(io::Error::other(format!("the headers of one file have more than {LIMIT} bytes")));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(to.len());
        let read = self.inner.read(to.get_mut(..most).unwrap_or_default())?;
        self.left.set(left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX)));
        Ok(read)
    }
}
