//! Images inside a tar file: an image layout, or the output of `docker save`. Written are image layouts.
//!
//! Nothing is unpacked. The tar is gone through once for where everything lies; after that content is read from its
//! place. Only a compressed archive is decompressed first, into a file without a name.
//!
//! An archive is refused as a whole if it holds an absolute path, `..`, a device or one path twice, and wherever a
//! link stands in for content, save one that `docker save` makes: see [`ArchiveError::Link`].

mod contents;
mod docker;
mod error;
mod open;
mod pull;
mod spool;
mod write;

pub use error::ArchiveError;
pub use open::Archive;
pub use write::write;
