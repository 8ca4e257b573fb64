//! Bringing a large file to the disk while it is still being written, so that at its end little is left to wait for.

use std::fs::File;
use std::io;
use std::thread::{self, JoinHandle};

/// How much is written between one time and the next, in bytes: a disk takes a few hundredths of a second for it.
const STRIDE: u64 = 32 * 1024 * 1024;

/// How far a file was brought to the disk.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// How large the file was when that was last begun.
    begun: u64,
    under_way: Option<JoinHandle<io::Result<()>>>,
}

impl Ahead {
    /// Hears that so many bytes were written, and begins anew where enough has come together and nothing is under way.
    ///
    /// # Errors
    /// The disk did not take what was brought to it before.
    pub(super) fn reached(&mut self, file: &File, size: u64) -> io::Result<()> {
        if size.saturating_sub(self.begun) < STRIDE {
            return Ok(());
        }
        if self.under_way.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return Ok(());
        }
        self.settle()?;
        self.begun = size;
        self.under_way = begin(file, thread::Builder::new());
        Ok(())
    }

    /// Waits for what is under way.
    ///
    /// # Errors
    /// The disk did not take it.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        match self.under_way.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(outcome)) => outcome,
            Some(Err(_)) => Err(io::Error::other("the thread that brings a file to the disk broke off")),
        }
    }
}

/// Begins to bring a file to the disk. It only saves time: where there is no room for another thread or open file, the end waits
/// for all of it.
fn begin(file: &File, thread: thread::Builder) -> Option<JoinHandle<io::Result<()>>> {
    // The same open file: an error is told to one of those who share it, and that is us.
    let file = file.try_clone().ok()?;
    thread.name("layout".into()).spawn(move || file.sync_data()).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn small_files_need_nothing_and_large_ones_settle() {
        let mut file = tempfile::tempfile().unwrap();
        let mut ahead = Ahead::default();
        ahead.reached(&file, STRIDE - 1).unwrap();
        assert!(ahead.under_way.is_none());
        file.write_all(b"some").unwrap();
        ahead.reached(&file, STRIDE).unwrap();
        assert_eq!((ahead.begun, ahead.under_way.is_some()), (STRIDE, true));
        ahead.settle().unwrap();
        ahead.settle().unwrap();
    }

    #[test]
    fn where_no_thread_can_be_had_the_end_waits_for_everything() {
        let file = tempfile::tempfile().unwrap();
        // No address space is as large as the stack that is asked for.
        assert!(begin(&file, thread::Builder::new().stack_size(1 << 60)).is_none());
        assert!(begin(&file, thread::Builder::new()).is_some());
    }

    #[test]
    fn what_the_disk_refuses_is_heard() {
        // A socket has no disk to be brought to.
        let (socket, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        let file = File::from(std::os::fd::OwnedFd::from(socket));
        let mut ahead = Ahead::default();
        ahead.reached(&file, STRIDE).unwrap();
        ahead.settle().unwrap_err();
    }
}
