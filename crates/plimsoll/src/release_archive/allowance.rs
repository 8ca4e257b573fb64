//! How much is read of the files in an archive: small layers that are named again and again would fill any memory.

/// The most bytes of all files together.
const BYTES: u64 = 256 * 1024 * 1024;
/// The most files.
const FILES: usize = 4096;

/// What is left to be read.
#[derive(Debug)]
pub(super) struct Allowance {
    bytes: u64,
    files: usize,
}

/// There is more than any release has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "its files are more than {FILES}, or together more than {BYTES} bytes: no release has as much beside images"
)]
pub struct TooMuch;

impl Allowance {
    /// All of it.
    pub(super) fn new() -> Allowance {
        Allowance { bytes: BYTES, files: FILES }
    }

    /// Takes a file of so many bytes off.
    ///
    /// # Errors
    /// So much is not left.
    pub(super) fn take(&mut self, size: u64) -> Result<(), TooMuch> {
        self.bytes = self.bytes.checked_sub(size).ok_or(TooMuch)?;
        self.files = self.files.checked_sub(1).ok_or(TooMuch)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_with_bytes_and_with_files() {
        let mut allowance = Allowance::new();
        for _ in 0..3 {
            assert_eq!(allowance.take(BYTES / 4), Ok(()));
        }
        assert_eq!(allowance.take(BYTES / 4 + 1), Err(TooMuch));
        let mut allowance = Allowance::new();
        for _ in 0..FILES {
            assert_eq!(allowance.take(0), Ok(()));
        }
        assert_eq!(allowance.take(0), Err(TooMuch));
    }
}
