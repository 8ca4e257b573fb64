//! Image layouts on disk, crash-safe and shared between processes (OCI image-spec 1.1, "Image Layout").
//!
//! A [`Layout`] is one folder with `oci-layout`, `index.json` and `blobs/`; it is read and written like any other
//! repository. A [`LocalRegistry`] maps every repository name to a layout of its own.
//!
//! What makes it safe, whoever is killed or writes at the same time:
//!
//! - A file under `blobs/` gets its name by a rename, after its bytes were written, compared with the digest and
//!   brought to the disk. So a name there is a promise, and two writers of one blob do not disturb each other.
//! - `index.json` is replaced as a whole, likewise; whoever changes it holds the lock file meanwhile. Readers need
//!   no lock. Entries, annotations and fields that are not ours stay as they are.
//! - What a killed writer leaves lies in `.incoming/`, where nobody reads, and is swept by the next writer.
//!
//! Files are read and written where they are asked for, on the executor's own thread, in pieces that take well under
//! a millisecond from the page cache, with a turn for other tasks after each. Bringing a blob to the disk takes longer,
//! and has a thread of its own.

mod ahead;
mod aside;
mod blob;
mod by_digest;
mod folder;
mod gc;
mod incoming;
mod index;
mod lock;
mod names;
mod referrers;
mod registry;
mod repository;
mod select;
mod share;
mod store;

pub use blob::BlobWriter;
pub use folder::Layout;
pub use gc::{Collected, Keep};
pub use lock::Lock;
pub use registry::LocalRegistry;
pub use repository::LocalRepository;
pub use select::SelectError;

pub(crate) use folder::{INDEX_LIMIT, check_mark};
pub(crate) use index::{CONTAINERD_NAME, IndexFile, REF_NAME};
pub(crate) use referrers::{Subjects, referrers};
pub(crate) use select::select;
pub(crate) use store::{resolve_in, tags_in};
