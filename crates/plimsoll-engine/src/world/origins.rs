//! Content that something else made.

use std::sync::Arc;

use plimsoll_oci::model::Descriptor;
use plimsoll_oci::store::Pull;

use super::Work;
use crate::domain::project::Content;

/// Opened content: where it can be read, and its root.
pub struct Found {
    /// Where to read.
    pub pull: Arc<dyn Pull>,
    /// The index or manifest that was asked for.
    pub root: Descriptor,
}

/// Opens layouts, archives and registries.
pub trait Origins: Send + Sync {
    /// Opens content; anything that is missing or broken is an error.
    fn open<'a>(&'a self, content: &'a Content) -> Work<'a, Found>;
}
