//! Content that something else made: layouts and archives of the commit or beside it, and digests in registries.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use plimsoll_engine::domain::project::Content;
use plimsoll_engine::world::error::FileProblem;
use plimsoll_engine::world::origins::{Opened, Origins, Whence};
use plimsoll_engine::world::stores::StoresView;
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::archive::{Archive, ArchiveError};
use plimsoll_oci::layout::{Layout, SelectError};
use plimsoll_oci::name::{Digest, Reference};
use plimsoll_oci::store::StoreError;

use tempfile::TempDir;

use super::files::{broken, escapes, file_error};
use super::git::CommitTree;

/// What the names of folders begin with in which something of the commit lies.
const CHECKED_OUT: &str = "commit-";

/// Opens registries once they are needed.
pub(crate) type Opener = Box<dyn Fn() -> Result<Arc<dyn StoresView>, WorldError> + Send + Sync>;

/// Content of one commit, and what lies beside it untracked.
pub(crate) struct RepositoryOrigins {
    tree: Arc<CommitTree>,
    spool: PathBuf,
    registries: Vec<Opener>,
    /// What was written from the commit, until nobody can ask for more.
    checked_out: Mutex<Vec<TempDir>>,
}

impl RepositoryOrigins {
    /// Content of `tree`. What the commit has, and what is compressed, is written into the folder `spool`. A digest is
    /// looked for in each of `registries`, in order: wherever it is found, it is the same content.
    pub(crate) fn new(tree: Arc<CommitTree>, spool: PathBuf, registries: Vec<Opener>) -> RepositoryOrigins {
        RepositoryOrigins { tree, spool, registries, checked_out: Mutex::default() }
    }

    /// Where what is at `path` can be read from the disk.
    async fn read_place(&self, path: &str) -> Result<(PathBuf, Whence), WorldError> {
        if self.tree.has(path).await? {
            let refused = |error| file_error(&self.spool, &error);
            fs::create_dir_all(&self.spool).map_err(refused)?;
            let folder =
                tempfile::Builder::new().prefix(CHECKED_OUT).tempdir_in(&self.spool).map_err(refused)?;
            let place = self.tree.check_out(path, folder.path()).await?;
            self.checked_out.lock().unwrap_or_else(PoisonError::into_inner).push(folder);
            return Ok((place, Whence::Commit));
        }
        let found = self.tree.find_untracked(path).await?;
        let why = "there is no such file or folder".to_owned();
        let missing = || WorldError::File { path: path.to_owned(), why, kind: FileProblem::Missing };
        Ok((found.ok_or_else(missing)?, Whence::WorkingDirectory))
    }

    async fn open_layout(&self, path: &str, tag: Option<&str>) -> Result<Opened, WorldError> {
        let (place, whence) = self.read_place(path).await?;
        if place.is_file() {
            let why = "it is a file, and a layout is a folder; for an archive write `import.archive`";
            return Err(broken(path.as_ref(), why));
        }
        let layout = Layout::open(&place)?;
        let root = layout.select(tag).map_err(|error| select_error(path.as_ref(), error))?;
        Ok(Opened { pull: Arc::new(layout), root, whence })
    }

    async fn open_archive(&self, path: &str, tag: Option<&str>) -> Result<Opened, WorldError> {
        let (place, whence) = self.read_place(path).await?;
        if place.is_dir() {
            let why = "it is a folder, and an archive is a file; for a layout write `import.layout`";
            return Err(broken(path.as_ref(), why));
        }
        fs::create_dir_all(&self.spool).map_err(|error| file_error(&self.spool, &error))?;
        let archive =
            Archive::open(&place, &self.spool).await.map_err(|error| archive_error(path.as_ref(), error))?;
        let root = archive.select(tag).map_err(|error| select_error(path.as_ref(), error))?;
        Ok(Opened { pull: Arc::new(archive), root, whence })
    }

    async fn open_registry(&self, reference: &Reference) -> Result<Opened, WorldError> {
        let Some(digest) = &reference.digest else {
            let path = reference.to_string();
            let why = "only content by digest is the same tomorrow".into();
            return Err(WorldError::File { path, why, kind: FileProblem::Broken });
        };
        for open in &self.registries {
            let pull = open()?.pull(&reference.repository);
            if let Some(manifest) = pull.manifest(digest).await? {
                return Ok(Opened { pull, root: manifest.descriptor().clone(), whence: Whence::Registry });
            }
        }
        let place = reference.repository.to_string();
        Err(StoreError::Missing { place, digest: digest.clone() }.into())
    }

    /// What a tag points at, in the first registry that has it.
    async fn find_digest(&self, image: &Reference) -> Result<Option<Digest>, WorldError> {
        if let Some(digest) = &image.digest {
            return Ok(Some(digest.clone()));
        }
        let latest = || "latest".parse().expect("`latest` is a tag");
        let tag = image.tag.clone().unwrap_or_else(latest);
        for open in &self.registries {
            if let Some(found) = open()?.pull(&image.repository).resolve(&tag).await? {
                return Ok(Some(found.digest));
            }
        }
        Ok(None)
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

impl Origins for RepositoryOrigins {
    fn open<'a>(&'a self, content: &'a Content) -> Work<'a, Opened> {
        Box::pin(async move {
            match content {
                Content::Layout { path, tag } => self.open_layout(path, tag.as_deref()).await,
                Content::Archive { path, tag } => self.open_archive(path, tag.as_deref()).await,
                Content::Registry(reference) => self.open_registry(reference).await,
            }
        })
    }

    fn resolve<'a>(&'a self, image: &'a Reference) -> Work<'a, Option<Digest>> {
        Box::pin(self.find_digest(image))
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_oci::layout::LocalRegistry;
    use plimsoll_oci::model::{ImageIndex, Manifest, MediaType};
    use plimsoll_oci::store::Store;
    use plimsoll_testkit::env::Environment;
    use plimsoll_testkit::repo::Repo;

    use super::*;
    use crate::adapters::git::tests::open;
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

    async fn tree(repo: &Repo) -> Arc<CommitTree> {
        let repository = open(repo).await;
        let head = repository.read_head().await.unwrap();
        Arc::new(repository.tree(&head.commit))
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
        let (repo, outside) = (Repo::init(&Environment::new(), "repo"), tempfile::tempdir().unwrap());
        repo.write("file", "x").commit("1");
        let layout = Layout::create(&repo.path().join("image")).unwrap();
        put(&layout, &index("one"), "one").await;
        put(&layout, &index("two"), "two").await;
        Layout::create(&outside.path().join("image")).unwrap();
        std::os::unix::fs::symlink(outside.path(), repo.path().join("out")).unwrap();
        let origins = RepositoryOrigins::new(tree(&repo).await, repo.path().join("spool"), Vec::new());
        let open = async |path: &str, tag: Option<&str>| {
            let content = Content::Layout { path: path.into(), tag: tag.map(str::to_owned) };
            let found = origins.open(&content).await?;
            assert_eq!(found.whence, Whence::WorkingDirectory);
            Ok(found.root.digest)
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
        for (content, word) in [
            (Content::Archive { path: "image".into(), tag: None }, "import.layout"),
            (Content::Layout { path: "image/index.json".into(), tag: None }, "import.archive"),
        ] {
            let error = origins.open(&content).await.err().unwrap();
            assert_eq!(problem(&error), Some(FileProblem::Broken), "{error}");
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[tokio::test]
    async fn what_the_commit_has_is_taken_from_there() {
        let repo = Repo::init(&Environment::new(), "repo");
        let layout = Layout::create(&repo.path().join("deep/image")).unwrap();
        put(&layout, &index("one"), "one").await;
        repo.commit("1");
        let tree = tree(&repo).await;
        std::fs::remove_dir_all(repo.path().join("deep")).unwrap();
        put(&Layout::create(&repo.path().join("deep/image")).unwrap(), &index("two"), "one").await;
        let content = Content::Layout { path: "deep/image".into(), tag: Some("one".into()) };
        let origins = RepositoryOrigins::new(tree, repo.path().join("spool"), Vec::new());
        let found = origins.open(&content).await.unwrap();
        assert_eq!((&found.root.digest, found.whence), (index("one").digest(), Whence::Commit));
        assert!(found.pull.manifest(&found.root.digest).await.unwrap().is_some());
        drop(origins);
        assert_eq!(std::fs::read_dir(repo.path().join("spool")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_is_untracked_beside_another_commit_is_refused() {
        let repo = Repo::init(&Environment::new(), "repo");
        repo.write("file", "x").commit("1");
        let origins = RepositoryOrigins::new(tree(&repo).await, repo.path().join("spool"), Vec::new());
        repo.write("file", "y").commit("2");
        put(&Layout::create(&repo.path().join("image")).unwrap(), &index("one"), "one").await;
        for content in [
            Content::Layout { path: "image".into(), tag: None },
            Content::Archive { path: "image/index.json".into(), tag: None },
        ] {
            let refused = origins.open(&content).await.err().unwrap();
            assert_eq!(problem(&refused), Some(FileProblem::Elsewhere), "{refused}");
        }
    }

    #[tokio::test]
    async fn a_digest_is_looked_for_in_every_registry() {
        let (near, far) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (near, far) = (LocalRegistry::open(near.path()), LocalRegistry::open(far.path()));
        let name = "example.test/base".parse().unwrap();
        put(&far.repository(&name), &index("base"), "base").await;
        let stores = [near, far].map(|registry| {
            let stores = Arc::new(LocalStores::new(registry)) as Arc<dyn StoresView>;
            Box::new(move || Ok(Arc::clone(&stores))) as Opener
        });
        let repo = Repo::init(&Environment::new(), "repo");
        repo.write("file", "x").commit("1");
        let origins = RepositoryOrigins::new(tree(&repo).await, PathBuf::new(), stores.into());
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
