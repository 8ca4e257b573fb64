//! The ledger's files.

use super::Work;

/// The ledger's files, looked at.
pub trait LedgerView: Send + Sync {
    /// A file by its name inside the ledger's directory; `None` if it is not there.
    fn read<'a>(&'a self, name: &'a str) -> Work<'a, Option<Vec<u8>>>;
    /// The names of all files.
    fn names(&self) -> Work<'_, Vec<String>>;
}

/// The ledger's files, written.
pub trait Ledger: LedgerView {
    /// Writes a file whole, or not at all.
    fn write<'a>(&'a self, name: &'a str, bytes: &'a [u8]) -> Work<'a, ()>;
}
