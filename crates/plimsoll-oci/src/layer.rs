//! Packing files into layers, the same bytes everywhere, and reading layers of any make.
//!
//! A layer is packed in one pass: [`Packing`] takes the entries, [`Packing::write`] writes the tar, and a
//! [`GzipLayer`] around the destination compresses it and tells what it has become:
//!
//! ```
//! use plimsoll_oci::layer::{Entry, GzipLayer, Packing, Parents};
//!
//! let mut packing = Packing::new(1_700_000_000, Parents::Made);
//! packing.add(Entry::file("/usr/bin/tool", 0o755, 5, &b"bytes"[..])?)?;
//! let mut layer = GzipLayer::new(Vec::new());
//! packing.write(&mut layer)?;
//! let (packed, bytes) = layer.finish()?;
//! assert!(packed.descriptor.digest.matches(&bytes));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Packing is synchronous and busy: callers choose the thread.

mod decompress;
mod gzip;
mod header;
mod pack;
mod path;
mod pax;
mod read;
mod split;

pub use gzip::{GzipLayer, Packed};
pub use pack::{Entry, Owner, PackError, Packing, Parents};
pub use path::{LayerPath, LayerPathError};
pub use read::{LayerEntry, Limits, ReadError, list, read_file};
pub use split::{EntryKind, SplitError};

pub(crate) use decompress::{Compression, Decompressor};
pub(crate) use split::{Event, RawEntry, Splitter};
