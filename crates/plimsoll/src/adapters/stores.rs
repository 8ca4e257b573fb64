//! Image repositories: in the local registry, or where their names say.

mod unusable;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use plimsoll_engine::world::Work;
use plimsoll_engine::world::stores::{Stores, StoresView, TagLock};
use plimsoll_oci::layout::LocalRegistry;
use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::remote::{Access, Remote};
use plimsoll_oci::store::{Pull, Store};

use unusable::Unusable;

/// Every name, mapped into the local registry.
pub(crate) struct LocalStores(LocalRegistry);

impl LocalStores {
    /// The repositories of `registry`.
    pub(crate) fn new(registry: LocalRegistry) -> LocalStores {
        LocalStores(registry)
    }
}

impl StoresView for LocalStores {
    fn pull(&self, repository: &ImageRepository) -> Arc<dyn Pull> {
        Arc::new(self.0.repository(repository))
    }

    fn are_at_hand(&self) -> bool {
        true
    }
}

impl Stores for LocalStores {
    fn store(&self, repository: &ImageRepository) -> Arc<dyn Store> {
        Arc::new(self.0.repository(repository))
    }

    fn lock(&self) -> Work<'_, Option<TagLock>> {
        Box::pin(async move { Ok(Some(Box::new(self.0.lock().await?) as TagLock)) })
    }
}

/// Repositories of real registries.
pub(crate) struct RemoteStores {
    remote: Remote,
    access: Access,
    known: Mutex<BTreeMap<ImageRepository, Arc<dyn Store>>>,
}

impl RemoteStores {
    /// Repositories reached by `remote`. With [`Access::Push`] reading asks for the token that writing needs too, so
    /// that one is enough.
    pub(crate) fn new(remote: Remote, access: Access) -> RemoteStores {
        RemoteStores { remote, access, known: Mutex::default() }
    }

    fn repository(&self, repository: &ImageRepository) -> Arc<dyn Store> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let open = || -> Arc<dyn Store> {
            match self.remote.repository(repository, self.access) {
                Ok(found) => Arc::new(found),
                Err(error) => Arc::new(Unusable(error)),
            }
        };
        Arc::clone(known.entry(repository.clone()).or_insert_with(open))
    }
}

impl StoresView for RemoteStores {
    fn pull(&self, repository: &ImageRepository) -> Arc<dyn Pull> {
        self.repository(repository)
    }
}

impl Stores for RemoteStores {
    fn store(&self, repository: &ImageRepository) -> Arc<dyn Store> {
        self.repository(repository)
    }

    fn lock(&self) -> Work<'_, Option<TagLock>> {
        Box::pin(async { Ok(None) })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn who_settles_tags_on_this_machine_keeps_others_out() {
        let folder = tempfile::tempdir().unwrap();
        let stores = || LocalStores::new(LocalRegistry::open(folder.path()));
        let (mine, theirs) = (stores(), stores());
        let held = mine.lock().await.unwrap();
        assert!(held.is_some());
        let mut waiting = theirs.lock();
        assert!(tokio::time::timeout(Duration::from_millis(50), &mut waiting).await.is_err());
        drop(held);
        assert!(waiting.await.unwrap().is_some());
    }
}
