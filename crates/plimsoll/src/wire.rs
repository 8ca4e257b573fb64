//! Where the engine's [`World`](plimsoll_engine::world::World) is put together: the only place that knows which adapter plays which role.
//!
//! Each situation has its function: [`remote`], [`unclaimed`], [`local`], [`rehearsal`]. What a command needs before it has
//! a world (the repository, its remote, how registries are reached) comes from here too.

mod archive;
mod chart_sources;
mod download;
mod forge;
mod registries;
mod site;
mod situation;
mod survey;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_engine::domain::claim::Holder;
use plimsoll_engine::domain::event::{Unwatched, Watcher};
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::chart_signer::ChartSigner;
use plimsoll_engine::world::clock::Clock;
use plimsoll_engine::world::signatures::Signatures;
use plimsoll_http::proxy::Proxies;
use plimsoll_http::secret::Redactor;
use plimsoll_http::{Transport, transport};
use plimsoll_oci::layout::LocalRegistry;
use plimsoll_oci::model::Platform;
use plimsoll_oci::name::Digest;
use plimsoll_oci::remote::Access;
use plimsoll_oci::store::Pull;
use plimsoll_sigstore::policy::RequiredSigner;
use plimsoll_sigstore::trust::TrustedRoot;

pub(crate) use crate::adapters::browser_login::LoginFault;
pub use crate::adapters::builder::parts::PartFile;
pub use crate::adapters::builder::stranger::Trust;
pub use crate::adapters::chart_folders::ChartFolder;
pub use crate::adapters::chart_index::{ListError, NewCharts};
pub(crate) use crate::adapters::clock::now;
pub use crate::adapters::clock::{SourceDateError, find_source_date};
pub use crate::adapters::compose_tool::{ComposeCall, ComposeTool, ComposeVerb};
pub use crate::adapters::containers::LoadError;
pub use crate::adapters::dot_plimsoll::{LOCAL_RECORDS, local_records};
use crate::adapters::files::check_name;
pub(crate) use crate::adapters::files::{Readers, find_inside, read_bounded, write_new, write_whole};
pub use crate::adapters::forge::address::{AddressError, ForgeAddress};
pub use crate::adapters::gate::Stop;
pub use crate::adapters::git::{
    Author, ChartBranches, Commit, CommitReader, Committing, Head, Landing, LocalTag, Remote, Repository,
    RepositoryError, SignOff, Signed, TagNames, is_proposal, proposal_branch,
};
pub(crate) use crate::adapters::identity_tokens::{IdentityTokens, TokenFault};
pub(crate) use crate::adapters::private_keys::{
    CommandFault, PASSWORDS, ReferenceFault, find_password, password_of, read_reference,
};
pub(crate) use crate::adapters::signatures::{Judged, Trusted};
pub(crate) use crate::adapters::sigstore_instance::find_instance;
pub(crate) use crate::adapters::terminal::ask_secret;
pub use archive::{
    Archive, RemoteArchiveError, archive_of_commit, archive_of_folder, archive_of_registry, archive_of_remote,
};
pub use chart_sources::chart_sources;
pub use download::{DownloadError, fetch_text, is_served};
pub use forge::ForgeAccess;
pub use registries::{CredentialsFound, Logins, Registries};
pub use site::{Files, Making, Parts, Purpose, Site};
pub use situation::{check_records, local, rehearsal, remote, unclaimed};
pub use survey::{BuilderFound, HelmLint, Running, Runs, Surveyor, Tool};

use crate::adapters::builder::{self};
use crate::adapters::clock::WallClock;
use crate::adapters::containers::Containers;
use crate::adapters::dot_plimsoll::DotPlimsoll;
use crate::adapters::errand::Errands;
use crate::adapters::inspector::read_images;
use crate::adapters::liveness::MachineLiveness;
use crate::adapters::named_content::read_texts;
use crate::adapters::origins::Opener;
use crate::adapters::pgp_signer::PgpSigner;
use crate::adapters::signatures::{self, SigstoreSignatures, Sources, StatedSignatures};
use crate::adapters::stores::RemoteStores;
use crate::ci::Ci;
use crate::config::{SigningSettings, Who};
use crate::variables::Variables;

/// The clock on the wall.
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(WallClock)
}

/// What services that sign are reached by: as registries are, without their settings.
pub(crate) fn signing_transport(variables: &Variables) -> Transport {
    let mut settings = transport::Settings::new(concat!("plimsoll/", env!("CARGO_PKG_VERSION")));
    settings.proxies = Proxies::from_environment(|name| variables.text(name).map(str::to_owned));
    Transport::new(settings)
}

/// Whoever has the OpenPGP keys that sign charts: files below `root`, and variables.
pub(crate) fn chart_signer(root: &Path, variables: &Variables, redactor: &Redactor) -> Arc<dyn ChartSigner> {
    Arc::new(PgpSigner::new(root.to_owned(), variables.clone(), redactor.clone()))
}

/// Signatures that count if they are by one of those who are named. Nobody signs.
pub(crate) fn signatures_by(signers: Vec<RequiredSigner>, root: Option<&TrustedRoot>) -> Arc<dyn Signatures> {
    Arc::new(StatedSignatures::new(signers, root))
}

/// Signatures that count if they are by whom `[[trust]]` names: public keys and roots are those of the working directory.
/// The holder of a private key is left out. `None` if nobody else is named.
pub(crate) fn signatures_trusted(
    settings: &SigningSettings,
    repository: &Repository,
    variables: &Variables,
    redactor: &Redactor,
) -> Option<Arc<dyn Signatures>> {
    let trust: Vec<_> = settings.trust.iter().filter(|one| one.who != Who::Signer).cloned().collect();
    if trust.is_empty() {
        return None;
    }
    let sources = Sources::new(
        Arc::new(repository.worktree()),
        repository.root(),
        variables,
        redactor,
        signing_transport(variables),
    );
    Some(Arc::new(SigstoreSignatures::new(&SigningSettings { signer: None, trust }, sources)))
}

/// Whose signatures count by what a project's working directory says; none where it does not say.
///
/// # Errors
/// A key or a trusted root can't be read.
pub(crate) async fn trusted(
    settings: &SigningSettings,
    repository: &Repository,
    variables: &Variables,
    redactor: &Redactor,
) -> Result<Vec<Trusted>, WorldError> {
    let sources = Sources::new(
        Arc::new(repository.worktree()),
        repository.root(),
        variables,
        redactor,
        signing_transport(variables),
    );
    Ok(signatures::trusted(settings, &sources).await?)
}

fn read_registries(registries: &Registries) -> Opener {
    let registries = registries.clone();
    Box::new(move || Ok(Arc::new(RemoteStores::new(registries.open()?, Access::Pull))))
}

/// The local registry of a working directory.
///
/// # Errors
/// `.plimsoll/` can't be used.
pub fn local_registry(root: &Path) -> Result<LocalRegistry, WorldError> {
    let folder = DotPlimsoll::at(root)?;
    folder.ensure()?;
    Ok(LocalRegistry::open(&folder.registry()))
}

/// Every text on this machine that names content of the local registry of a working directory: claims and records.
///
/// # Errors
/// One can't be read.
pub fn texts_that_name_content(root: &Path) -> Result<Vec<Vec<u8>>, WorldError> {
    read_texts(root)
}

/// The platform of this machine, as images name it.
pub fn host_platform() -> Platform {
    builder::host_platform()
}

/// Whether a text is the name of a file and no path.
pub fn is_file_name(name: &str) -> bool {
    check_name(name).is_ok()
}

/// Loads an image that was made here into docker or podman: the platform of this machine, or the first one.
///
/// # Errors
/// Neither takes it.
pub async fn load(
    variables: &Variables,
    redactor: &Redactor,
    stop: &Stop,
    pull: &dyn Pull,
    root: &Digest,
    name: &str,
) -> Result<(), LoadError> {
    let watcher: Arc<dyn Watcher> = Arc::new(Unwatched);
    let errands = Errands::new(Path::new("."), PathBuf::new(), stop, variables, redactor, &watcher);
    let containers =
        Containers::find(&errands, builder::host_platform()).await.map_err(LoadError::Refused)?;
    let images = read_images(pull, root).await?;
    let own = images.iter().find(|(platform, _)| platform.normalised() == builder::host_platform());
    let nothing = || LoadError::Refused("the image has no platform".into());
    let (_, manifest) = own.or(images.first()).ok_or_else(nothing)?;
    containers.load(&errands, pull, manifest, name).await
}

/// This run, as its claims name it.
pub fn describe_run(ci: Option<&Ci>) -> Holder {
    let (run, url) = ci.map_or((None, None), |ci| (ci.run.clone(), ci.url.clone()));
    MachineLiveness::new().describe_run(run, url)
}

/// What asynchronous work runs on; made only by commands that have some.
///
/// # Errors
/// The system gives no threads.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("plimsoll").build()
}

#[cfg(test)]
mod tests;
