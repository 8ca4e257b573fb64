//! The ledger: what is published, and what was said of it since.

pub mod announcement;
pub mod attached;
pub mod bearing;
pub mod catalogue;
pub mod contents;
pub mod difference;
pub mod doubt;
pub mod entry;
pub mod index;
pub mod marks;
pub mod own_files;
pub mod paged;
pub mod published;
pub mod recorded;
pub mod release;
pub mod sources;
pub mod standing;
pub mod whatis;
