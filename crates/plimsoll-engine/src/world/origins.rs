//! Content that something else made.

use std::sync::Arc;

use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::{Digest, Reference};
use plimsoll_oci::store::Pull;

use super::Work;
use crate::domain::project::Content;

/// Where content came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    /// The commit that is released.
    Commit,
    /// The working directory, where git does not track it.
    WorkingDirectory,
    /// A registry.
    Registry,
}

/// Opened content: where it can be read, and its root.
pub struct Opened {
    /// Where to read.
    pub pull: Arc<dyn Pull>,
    /// The index or manifest that was asked for.
    pub root: Descriptor,
    /// Where it came from.
    pub whence: Whence,
}

/// Opens layouts, archives and registries.
pub trait Origins: Send + Sync {
    /// Opens content: the commit's if the commit has it, else the working directory's. Anything that is missing or broken
    /// is an error.
    fn open<'a>(&'a self, content: &'a Content) -> Work<'a, Opened>;
    /// What an image's tag points at now, `latest` where it names none; `None` if it is not there.
    fn resolve<'a>(&'a self, image: &'a Reference) -> Work<'a, Option<Digest>>;
}
