//! Image repositories: in the local registry, or where their names say.

mod unusable;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use plimsoll_engine::world::stores::{Stores, StoresView};
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
}

impl Stores for LocalStores {
    fn store(&self, repository: &ImageRepository) -> Arc<dyn Store> {
        Arc::new(self.0.repository(repository))
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
}
