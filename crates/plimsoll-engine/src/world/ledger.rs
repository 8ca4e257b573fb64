//! The ledger's files.

use plimsoll_oci::name::Digest;

use super::Work;

/// One file of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerFile {
    /// Its name inside the ledger's directory.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A file of the ledger that stands in place of a damaged one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The file.
    pub file: LedgerFile,
    /// The digest of what is there under its name: anything else is left alone.
    pub found: Digest,
}

/// Of which releases a ledger has files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Of all: one that it has none of has lost them.
    All,
    /// Of those that were there when it was checked out.
    Checkout,
}

/// The ledger's files, looked at.
pub trait LedgerView: Send + Sync {
    /// A file by its name inside the ledger's directory; `None` if it is not there.
    fn read<'a>(&'a self, name: &'a str) -> Work<'a, Option<Vec<u8>>>;
    /// Of which releases there should be files.
    fn coverage(&self) -> Coverage;
    /// All files whose names end so, by name. Where several can have one name, as in registries, the one that counts is
    /// first.
    fn read_all<'a>(&'a self, ending: &'a str) -> Work<'a, Vec<LedgerFile>>;
}

/// The ledger's files, written.
pub trait Ledger: LedgerView {
    /// Writes files of one release: each whole or not at all. Doing it again with the same files changes nothing.
    fn write<'a>(&'a self, files: &'a [LedgerFile]) -> Work<'a, ()>;
    /// Puts files in place of damaged ones. What was there is kept, by git or aside; where aside, this is the folder, for people.
    fn replace<'a>(&'a self, files: &'a [Replacement]) -> Work<'a, Option<String>>;
}
