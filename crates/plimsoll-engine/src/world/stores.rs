//! Image repositories.

use std::sync::Arc;

use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::store::{Pull, Store};

use super::Work;

/// Keeps others from settling moving tags until it is dropped.
pub type TagLock = Box<dyn Send + Sync>;

/// Image repositories, read.
pub trait StoresView: Send + Sync {
    /// A repository. Nothing is asked of it yet.
    fn pull(&self, repository: &ImageRepository) -> Arc<dyn Pull>;
    /// True if the content lies on this machine's disk, so that reading all of it costs no transfer.
    fn are_at_hand(&self) -> bool {
        false
    }
}

/// Image repositories, written.
pub trait Stores: StoresView {
    /// A repository. Nothing is asked of it yet.
    fn store(&self, repository: &ImageRepository) -> Arc<dyn Store>;
    /// Waits until no other run that asks settles moving tags, and keeps it so until what is given is dropped; `None`
    /// where nobody can be kept out, as in registries.
    fn lock(&self) -> Work<'_, Option<TagLock>>;
}
