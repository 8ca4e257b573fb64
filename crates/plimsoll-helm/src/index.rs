//! `index.yaml` of a chart repository (Helm's `pkg/repo/v1`), merged in its text.
//!
//! An index is never printed anew: the entry of a new package is written, as Helm would write it, into the place where
//! Helm would sort it, and every other byte stays but `generated`. So nothing is lost, whatever wrote it: unknown
//! fields, comments, and entries that Helm would pass over because they are broken.
//!
//! A version that is yanked is marked in its own line, which is all that changes.
//!
//! The proof: the new text is read once more, and must have all old entries byte for byte, in their order, and the new
//! ones.

mod entry;
mod find;
mod mark;
mod merge;
mod read;
mod scan;
mod shape;

pub use entry::{Entry, Place, PlaceError};
pub use find::{Address, find_address};
pub use mark::{Use, mark};
pub use merge::{MergeError, Merged, Merging, Outcome, merge};
pub use read::read;
pub use shape::{Broken, Fault, Index, IndexError, Listed, Versions};

/// The longest index that is read, in bytes. Ten thousand versions have about six million.
pub const INDEX_LIMIT: usize = 128 * 1024 * 1024;
/// An index without entries.
pub const EMPTY: &str = "apiVersion: v1\nentries: {}\n";
