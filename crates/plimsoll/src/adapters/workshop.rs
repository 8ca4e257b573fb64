//! Where things are made: one layout on this machine, and the seals of what was made in it.

mod pack;
mod seals;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_engine::domain::claim::Seal;
use plimsoll_engine::statement::artifact::describe_file;
use plimsoll_engine::world::workshop::{LayerPlan, SealKey, Workshop, WorkshopView};
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::layer::Packed;
use plimsoll_oci::layout::{Layout, LocalRegistry, LocalRepository};
use plimsoll_oci::name::{ImageRepository, RegistryHost};
use plimsoll_oci::store::{Pull, Store};
use plimsoll_oci::walk;
use tokio::sync::Semaphore;

use super::files::on_disk;
use pack::pack;

/// A workshop in a folder: `layout/` has the content, `seals/` the seals.
pub(crate) struct FolderWorkshop {
    registry: LocalRegistry,
    repository: Arc<LocalRepository>,
    seals: PathBuf,
    crew: Arc<Semaphore>,
}

impl FolderWorkshop {
    /// The workshop in `folder`, which need not be there yet.
    pub(crate) fn new(folder: &Path) -> FolderWorkshop {
        let host: RegistryHost = "localhost".parse().expect("this is a host");
        let name = ImageRepository::new(host, "workshop").expect("this is a repository's path");
        let registry = LocalRegistry::open(&folder.join("layout"));
        let workers = std::thread::available_parallelism().map_or(1, |count| count.get());
        FolderWorkshop {
            repository: Arc::new(registry.repository(&name)),
            registry,
            seals: folder.join("seals"),
            crew: Arc::new(Semaphore::new(workers)),
        }
    }

    /// The layout as a registry with one repository, so that it can be served.
    pub(crate) fn registry(&self) -> &LocalRegistry {
        &self.registry
    }

    /// The layout, once something was made in it.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) fn layout(&self) -> Result<Option<&Layout>, WorldError> {
        Ok(self.repository.layout()?)
    }

    /// The path of that repository there.
    pub(crate) fn path(&self) -> &str {
        self.repository.name().path()
    }

    /// A seal counts only for exactly `key`, and only if everything that it names is still here.
    async fn find_seal(&self, key: &SealKey) -> Result<Option<Seal>, WorldError> {
        let path = seals::path_of(&self.seals, &key.name)?;
        let wanted = key.clone();
        let Some(seal) = on_disk(move || seals::find(&path, &wanted)).await? else { return Ok(None) };
        for digest in seal.artifacts.values() {
            if !walk::whole(&*self.repository, digest).await?.is_empty() {
                return Ok(None);
            }
        }
        for (role, file) in &seal.files {
            let file = describe_file(*role, String::new(), file);
            let content = match &file {
                Some(file) => self.repository.blob(file).await?,
                None => None,
            };
            if content.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(seal))
    }

    async fn pack_layer(&self, plan: LayerPlan) -> Result<Packed, WorldError> {
        let permit = Arc::clone(&self.crew).acquire_owned().await.map_err(|_| WorldError::Stopped)?;
        let (repository, runtime) = (Arc::clone(&self.repository), tokio::runtime::Handle::current());
        on_disk(move || {
            let _permit = permit;
            pack(&repository, plan, &runtime)
        })
        .await
    }
}

impl WorkshopView for FolderWorkshop {
    fn sealed<'a>(&'a self, key: &'a SealKey) -> Work<'a, Option<Seal>> {
        Box::pin(self.find_seal(key))
    }

    fn pull(&self) -> Arc<dyn Pull> {
        Arc::clone(&self.repository) as Arc<dyn Pull>
    }
}

impl Workshop for FolderWorkshop {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.repository) as Arc<dyn Store>
    }

    fn pack(&self, layer: LayerPlan) -> Work<'_, Packed> {
        Box::pin(self.pack_layer(layer))
    }

    fn keep<'a>(&'a self, key: &'a SealKey, seal: &'a Seal) -> Work<'a, ()> {
        Box::pin(async move {
            let path = seals::path_of(&self.seals, &key.name)?;
            let (key, seal) = (key.clone(), seal.clone());
            on_disk(move || seals::write(&path, &key, &seal)).await
        })
    }
}

#[cfg(test)]
mod tests;
