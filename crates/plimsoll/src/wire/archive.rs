//! Ledgers that can only be read: the world's own, a folder, a commit, a remote repository, an image repository.

use std::path::Path;
use std::sync::Arc;

use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::ledger::sources::Sources;
use plimsoll_engine::world::claims::ClaimsView;
use plimsoll_engine::world::error::GitError;
use plimsoll_engine::world::ledger::LedgerView;
use plimsoll_engine::world::stores::StoresView;
use plimsoll_engine::world::{World, WorldError};
use plimsoll_http::secret::Redactor;
use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::remote::Access;
use tempfile::TempDir;

use super::Registries;
use crate::adapters::claims_none::NoClaims;
use crate::adapters::git::{CommitLedger, Repository, RepositoryError};
use crate::adapters::ledger::FolderLedger;
use crate::adapters::registry_ledger::RegistryLedger;
use crate::adapters::stores::RemoteStores;
use crate::variables::Variables;

/// Where a repository's configuration is.
const CONFIG_FILE: &str = "plimsoll.toml";
/// The largest one that is read, in bytes.
const CONFIG_LIMIT: u64 = 1024 * 1024;

/// A ledger to read, and what confirms it.
pub struct Archive {
    /// Claims.
    pub claims: Arc<dyn ClaimsView>,
    /// The ledger's files.
    pub ledger: Arc<dyn LedgerView>,
    /// Image repositories.
    pub stores: Arc<dyn StoresView>,
    /// The one repository that is asked about, where it is one.
    place: Option<ImageRepository>,
    /// What is thrown away afterwards.
    _folder: Option<TempDir>,
}

impl Archive {
    /// Everything that a world has.
    pub fn of_world(world: &World) -> Archive {
        let (claims, ledger, stores) = (world.claims.clone(), world.ledger.clone(), world.stores.clone());
        Archive { claims, ledger, stores, place: None, _folder: None }
    }

    /// The same with the records in repositories instead of the ledger's files.
    pub fn of_registries(world: &World, repositories: impl IntoIterator<Item = ImageRepository>) -> Archive {
        let places = repositories.into_iter().map(|repository| {
            let pull = world.stores.pull(&repository);
            (repository, pull)
        });
        Archive { ledger: Arc::new(RegistryLedger::new(places)), ..Archive::of_world(world) }
    }

    /// The one repository that is asked about, where it is one.
    pub fn place(&self) -> Option<&ImageRepository> {
        self.place.as_ref()
    }

    /// What is asked about releases.
    pub fn sources(&self) -> Sources<'_> {
        Sources {
            claims: &*self.claims,
            ledger: &*self.ledger,
            stores: &*self.stores,
            place: self.place.as_ref(),
        }
    }

    fn of_files(ledger: Arc<dyn LedgerView>, registries: &Registries) -> Result<Archive, WorldError> {
        let stores = Arc::new(RemoteStores::new(registries.open()?, Access::Pull));
        Ok(Archive { claims: Arc::new(NoClaims), ledger, stores, place: None, _folder: None })
    }
}

/// The record files of a folder.
///
/// # Errors
/// Registries can't be reached as they are configured.
pub fn archive_of_folder(path: &Path, registries: &Registries) -> Result<Archive, WorldError> {
    Archive::of_files(Arc::new(FolderLedger::at(path)), registries)
}

/// The record files of a commit.
///
/// # Errors
/// Registries can't be reached as they are configured.
pub fn archive_of_commit(
    repository: &Repository,
    commit: &Oid,
    directory: &str,
    registries: &Registries,
) -> Result<Archive, WorldError> {
    let ledger = CommitLedger::new(repository.clone(), commit.clone(), directory);
    Archive::of_files(Arc::new(ledger), registries)
}

/// The records in an image repository, its own and those of releases that were taken there.
///
/// # Errors
/// Registries can't be reached as they are configured.
pub fn archive_of_registry(
    repository: &ImageRepository,
    registries: &Registries,
) -> Result<Archive, WorldError> {
    let stores = RemoteStores::new(registries.open()?, Access::Pull);
    let ledger = RegistryLedger::new([(repository.clone(), stores.pull(repository))]);
    Ok(Archive { place: Some(repository.clone()), ..Archive::of_files(Arc::new(ledger), registries)? })
}

/// Why the record files of a remote repository can't be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RemoteArchiveError {
    /// The repository.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// It has no such branch or tag.
    #[error("`{name}` is no branch or tag of {remote}")]
    NoSuchRef {
        /// Its address without credentials.
        remote: String,
        /// The name.
        name: String,
    },
    /// The registries.
    #[error(transparent)]
    World(#[from] WorldError),
}

/// The record files of a git repository that need not be cloned: of its default branch, or of the branch or tag given, in the
/// directory that `find_directory` makes out of its plimsoll.toml. Gives its address without credentials too.
///
/// # Errors
/// It can't be reached, or has no such branch.
pub async fn archive_of_remote(
    address: &str,
    branch: Option<&str>,
    find_directory: fn(Option<&str>) -> String,
    variables: &Variables,
    redactor: &Redactor,
    registries: &Registries,
) -> Result<(Archive, String), RemoteArchiveError> {
    let folder = TempDir::with_prefix("plimsoll-remote-")
        .map_err(|error| GitError::Failed { command: "init".into(), why: error.to_string() })
        .map_err(RepositoryError::from)?;
    let repository = Repository::make(folder.path(), variables, redactor).await?;
    // A path is meant from where the user is.
    let local = Path::new(address).canonicalize();
    let address =
        local.ok().and_then(|path| path.to_str().map(str::to_owned)).unwrap_or_else(|| address.to_owned());
    let remote = repository.read_remote(Some(&address)).await?;
    let name = match branch {
        None => "HEAD".to_owned(),
        Some(branch) => {
            let found =
                repository.find_branch_or_tag(&remote, branch).await.map_err(RepositoryError::from)?;
            found.ok_or_else(|| RemoteArchiveError::NoSuchRef {
                remote: remote.shown(),
                name: branch.to_owned(),
            })?
        }
    };
    let commit = repository.fetch_commit(&remote, &name).await.map_err(RepositoryError::from)?;
    let config = repository.read_file(&commit, CONFIG_FILE, CONFIG_LIMIT).await?;
    let config = config.as_deref().map(String::from_utf8_lossy);
    let ledger = CommitLedger::new(repository, commit, &find_directory(config.as_deref()));
    let archive = Archive { _folder: Some(folder), ..Archive::of_files(Arc::new(ledger), registries)? };
    Ok((archive, remote.shown()))
}
