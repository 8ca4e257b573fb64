//! Why an archive is refused.

use std::io;
use std::path::PathBuf;

use crate::layer::SplitError;
use crate::name::Digest;
use crate::store::StoreError;

/// Why a file is no archive of images that is read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A part of it can't be read, or is not what its digest says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is no tar, or a damaged one.
    #[error(transparent)]
    Tar(#[from] SplitError),
    /// It can't be decompressed.
    #[error("{path} can't be decompressed: {source}")]
    Compression {
        /// The archive.
        path: PathBuf,
        /// What the decompressor said.
        source: io::Error,
    },
    /// Decompressed it is larger than is taken.
    #[error("{path} is larger than {limit} bytes when it is decompressed")]
    TooLarge {
        /// The archive.
        path: PathBuf,
        /// The limit.
        limit: u64,
    },
    /// It has more entries than are taken.
    #[error("the archive has more than {limit} entries")]
    TooManyEntries {
        /// The limit.
        limit: usize,
    },
    /// An entry's path is absolute or holds `..`, or is no text.
    #[error("`{entry}` would lie outside of the archive")]
    Escapes {
        /// The entry.
        entry: String,
    },
    /// Two files have one path: which one is meant would depend on the reader.
    #[error("`{entry}` is in the archive twice")]
    Twice {
        /// The entry.
        entry: String,
    },
    /// A device or a pipe.
    #[error("`{entry}` is a device or pipe")]
    Device {
        /// The entry.
        entry: String,
    },
    /// A link where content is needed. Only in the output of `docker save`, which has a symbolic link for a layer
    /// that occurs twice, is it followed: once, and to a file of the same archive.
    #[error("`{entry}` is a link to `{target}`, which is not followed")]
    Link {
        /// The entry.
        entry: String,
        /// Where it points.
        target: String,
    },
    /// It holds neither `oci-layout` nor `manifest.json`.
    #[error("{path} holds neither an image layout nor the output of `docker save`")]
    NoImages {
        /// The archive.
        path: PathBuf,
    },
    /// A file of the archive that another one names is not there.
    #[error("`{entry}` is missing from the archive")]
    Missing {
        /// What is missing.
        entry: String,
    },
    /// `oci-layout`, `index.json`, `manifest.json` or a config can't be used.
    #[error("`{entry}` in the archive can't be used: {why}")]
    Broken {
        /// The file.
        entry: String,
        /// What is wrong with it.
        why: String,
    },
    /// A layer is not the one that its image's config lists.
    #[error("layer `{entry}` unpacks to {found}, not to {want} as the image's config says")]
    DiffId {
        /// The layer.
        entry: String,
        /// The digest in the config.
        want: Digest,
        /// The digest found.
        found: Digest,
    },
}
