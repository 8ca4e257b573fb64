//! Image repositories.

use std::sync::Arc;

use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::store::{Pull, Store};

/// Image repositories, read.
pub trait StoresView: Send + Sync {
    /// A repository. Nothing is asked of it yet.
    fn pull(&self, repository: &ImageRepository) -> Arc<dyn Pull>;
}

/// Image repositories, written.
pub trait Stores: StoresView {
    /// A repository. Nothing is asked of it yet.
    fn store(&self, repository: &ImageRepository) -> Arc<dyn Store>;
}
