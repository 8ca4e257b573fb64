//! Content that something else made: layouts and archives of the working directory, and digests in registries.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_engine::domain::project::Content;
use plimsoll_engine::world::error::FileProblem;
use plimsoll_engine::world::origins::{Found, Origins};
use plimsoll_engine::world::stores::StoresView;
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::archive::{Archive, ArchiveError};
use plimsoll_oci::layout::{Layout, SelectError};
use plimsoll_oci::name::Reference;
use plimsoll_oci::store::StoreError;

use super::files::{broken, escapes, file_error, find_inside, on_disk};

/// Content of one working directory.
pub(crate) struct WorktreeOrigins {
    root: PathBuf,
    spool: PathBuf,
    registries: Vec<Arc<dyn StoresView>>,
}

impl WorktreeOrigins {
    /// Content below `root`. Compressed archives are decompressed into the folder `spool`. A digest is looked for in
    /// each of `registries`, in order: wherever it is found, it is the same content.
    pub(crate) fn new(root: &Path, spool: PathBuf, registries: Vec<Arc<dyn StoresView>>) -> WorktreeOrigins {
        WorktreeOrigins { root: root.to_owned(), spool, registries }
    }

    /// Where `path` really is, inside of the working directory.
    async fn read_place(&self, path: &str) -> Result<PathBuf, WorldError> {
        let (root, wanted) = (self.root.clone(), path.to_owned());
        let found = on_disk(move || find_inside(&root, &wanted)).await?;
        let why = "there is no such file or folder".to_owned();
        found.ok_or_else(|| WorldError::File { path: path.to_owned(), why, kind: FileProblem::Missing })
    }

    async fn open_layout(&self, path: &str, tag: Option<&str>) -> Result<Found, WorldError> {
        let place = self.read_place(path).await?;
        let layout = Layout::open(&place)?;
        let root = layout.select(tag).map_err(|error| select_error(&place, error))?;
        Ok(Found { pull: Arc::new(layout), root })
    }

    async fn open_archive(&self, path: &str, tag: Option<&str>) -> Result<Found, WorldError> {
        let place = self.read_place(path).await?;
        fs::create_dir_all(&self.spool).map_err(|error| file_error(&self.spool, &error))?;
        let archive =
            Archive::open(&place, &self.spool).await.map_err(|error| archive_error(&place, error))?;
        let root = archive.select(tag).map_err(|error| select_error(&place, error))?;
        Ok(Found { pull: Arc::new(archive), root })
    }

    async fn open_registry(&self, reference: &Reference) -> Result<Found, WorldError> {
        let Some(digest) = &reference.digest else {
            let path = reference.to_string();
            let why = "only content by digest is the same tomorrow".into();
            return Err(WorldError::File { path, why, kind: FileProblem::Broken });
        };
        for registry in &self.registries {
            let pull = registry.pull(&reference.repository);
            if let Some(manifest) = pull.manifest(digest).await? {
                return Ok(Found { pull, root: manifest.descriptor().clone() });
            }
        }
        let place = reference.repository.to_string();
        Err(StoreError::Missing { place, digest: digest.clone() }.into())
    }
}

fn select_error(place: &Path, error: SelectError) -> WorldError {
    match error {
        SelectError::Store(error) => error.into(),
        other => broken(place, other.to_string()),
    }
}

fn archive_error(place: &Path, error: ArchiveError) -> WorldError {
    match error {
        ArchiveError::Store(error) => error.into(),
        ArchiveError::Escapes { .. } => escapes(place, error.to_string()),
        other => broken(place, other.to_string()),
    }
}

impl Origins for WorktreeOrigins {
    fn open<'a>(&'a self, content: &'a Content) -> Work<'a, Found> {
        Box::pin(async move {
            match content {
                Content::Layout { path, tag } => self.open_layout(path, tag.as_deref()).await,
                Content::Archive { path, tag } => self.open_archive(path, tag.as_deref()).await,
                Content::Registry(reference) => self.open_registry(reference).await,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_oci::layout::LocalRegistry;
    use plimsoll_oci::model::{ImageIndex, Manifest, MediaType};
    use plimsoll_oci::name::Digest;
    use plimsoll_oci::store::Store;

    use super::*;
    use crate::adapters::stores::LocalStores;

    fn index(word: &str) -> Manifest {
        Manifest::from_index(ImageIndex {
            schema_version: 2,
            media_type: Some(MediaType::INDEX),
            artifact_type: None,
            manifests: Vec::new(),
            subject: None,
            annotations: [("word".to_owned(), word.to_owned())].into(),
        })
    }

    async fn put(store: &dyn Store, manifest: &Manifest, tag: &str) {
        store.put_manifest(manifest).await.unwrap();
        store.point(&tag.parse().unwrap(), manifest.digest(), None).await.unwrap();
    }

    fn problem(error: &WorldError) -> Option<FileProblem> {
        match error {
            WorldError::File { kind, .. } => Some(*kind),
            _ => None,
        }
    }

    #[tokio::test]
    async fn layouts_are_opened_by_name_and_stay_inside() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let layout = Layout::create(&root.path().join("image")).unwrap();
        put(&layout, &index("one"), "one").await;
        put(&layout, &index("two"), "two").await;
        Layout::create(&outside.path().join("image")).unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("out")).unwrap();
        let origins = WorktreeOrigins::new(root.path(), root.path().join("spool"), Vec::new());
        let open = async |path: &str, tag: Option<&str>| {
            let content = Content::Layout { path: path.into(), tag: tag.map(str::to_owned) };
            origins.open(&content).await.map(|found| found.root.digest)
        };
        assert_eq!(open("image", Some("two")).await.unwrap(), *index("two").digest());
        assert_eq!(problem(&open("image", None).await.unwrap_err()), Some(FileProblem::Broken));
        assert_eq!(problem(&open("image", Some("three")).await.unwrap_err()), Some(FileProblem::Broken));
        assert_eq!(problem(&open("none", None).await.unwrap_err()), Some(FileProblem::Missing));
        for path in ["out/image", "../image"] {
            assert_eq!(problem(&open(path, None).await.unwrap_err()), Some(FileProblem::Escapes), "{path}");
        }
        let archive = Content::Archive { path: "image/index.json".into(), tag: None };
        assert!(origins.open(&archive).await.is_err());
    }

    #[tokio::test]
    async fn a_digest_is_looked_for_in_every_registry() {
        let (near, far) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (near, far) = (LocalRegistry::open(near.path()), LocalRegistry::open(far.path()));
        let name = "example.test/base".parse().unwrap();
        put(&far.repository(&name), &index("base"), "base").await;
        let stores = [near, far].map(|registry| Arc::new(LocalStores::new(registry)) as Arc<dyn StoresView>);
        let origins = WorktreeOrigins::new(Path::new("/"), PathBuf::new(), stores.into());
        let open = async |digest: Option<&Digest>| {
            let reference = Reference { repository: name.clone(), tag: None, digest: digest.cloned() };
            origins.open(&Content::Registry(reference)).await.map(|found| found.root.digest)
        };
        assert_eq!(open(Some(index("base").digest())).await.unwrap(), *index("base").digest());
        let missing = open(Some(&Digest::of(b"other"))).await.unwrap_err();
        assert!(matches!(missing, WorldError::Store(StoreError::Missing { .. })), "{missing}");
        assert_eq!(problem(&open(None).await.unwrap_err()), Some(FileProblem::Broken));
    }
}
