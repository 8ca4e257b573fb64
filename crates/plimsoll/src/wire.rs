//! Where the engine's [`World`] is put together: the only place that knows which adapter plays which role.
//!
//! Each situation has its function: [`remote`], [`unclaimed`], [`local`], [`rehearsal`]. What a command needs before it has
//! a world (the repository, its remote, how registries are reached) comes from here too.

mod archive;
mod chart_sources;
mod download;
mod forge;
mod registries;
mod survey;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_engine::domain::claim::Holder;
use plimsoll_engine::domain::event::{Unwatched, Watcher};
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::builder::Builder;
use plimsoll_engine::world::chart_repositories::{ChartRepositories, NoChartRepositories};
use plimsoll_engine::world::chart_signer::ChartSigner;
use plimsoll_engine::world::claims::Claims;
use plimsoll_engine::world::clock::Clock;
use plimsoll_engine::world::forge::{Forge, NoForge};
use plimsoll_engine::world::git::{Git, GitView};
use plimsoll_engine::world::journal::{Journal, Unwritten};
use plimsoll_engine::world::ledger::{Coverage, Ledger};
use plimsoll_engine::world::signatures::Signatures;
use plimsoll_engine::world::stores::{Stores, StoresView};
use plimsoll_engine::world::tree::Tree;
use plimsoll_engine::world::{World, WorldError};
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
pub use crate::adapters::compose_tool::{ComposeTool, ComposeVerb};
pub use crate::adapters::containers::LoadError;
pub use crate::adapters::dot_plimsoll::LOCAL_RECORDS;
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
pub(crate) use crate::adapters::sigstore_instance::find_instance;
pub(crate) use crate::adapters::terminal::ask_secret;
pub use archive::{
    Archive, RemoteArchiveError, archive_of_commit, archive_of_folder, archive_of_registry, archive_of_remote,
};
pub use chart_sources::chart_sources;
pub use download::{DownloadError, fetch_text};
pub use forge::ForgeAccess;
pub use registries::{CredentialsFound, Logins, Registries};
pub use survey::{BuilderFound, HelmLint, Running, Runs, Surveyor, Tool};

use crate::adapters::builder::parts::PartsBuilder;
use crate::adapters::builder::{self, MachineBuilder};
use crate::adapters::chart_folders::ChartFolders;
use crate::adapters::checkout::{self, Checkout};
use crate::adapters::claims_file::FileClaims;
use crate::adapters::claims_none::NoClaims;
use crate::adapters::clock::WallClock;
use crate::adapters::containers::Containers;
use crate::adapters::dot_plimsoll::DotPlimsoll;
use crate::adapters::errand::Errands;
use crate::adapters::gate::RunGate;
use crate::adapters::git::{BranchLedger, GitClaims, GitTags};
use crate::adapters::helm::HelmProgram;
use crate::adapters::inspector::{CommandInspector, read_images};
use crate::adapters::journal::RunJournal;
use crate::adapters::ledger::FolderLedger;
use crate::adapters::liveness::MachineLiveness;
use crate::adapters::named_content::read_texts;
use crate::adapters::origins::{Opener, RepositoryOrigins};
use crate::adapters::pgp_signer::PgpSigner;
use crate::adapters::rehearsed_tag::RehearsedTag;
use crate::adapters::signatures::{self, SigstoreSignatures, Sources, StatedSignatures};
use crate::adapters::stores::{LocalStores, RemoteStores};
use crate::adapters::syft::Syft;
use crate::adapters::workshop::FolderWorkshop;
use crate::ci::Ci;
use crate::config::{BuildSettings, GateSettings, SigningSettings, Who};
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

/// Whose signatures count now by what a project's working directory says; none where it does not say.
///
/// # Errors
/// A key or a trusted root can't be read.
pub(crate) async fn trusted_now(
    settings: &SigningSettings,
    repository: &Repository,
    variables: &Variables,
    redactor: &Redactor,
) -> Result<Vec<(RequiredSigner, Option<TrustedRoot>)>, WorldError> {
    let sources = Sources::new(
        Arc::new(repository.worktree()),
        repository.root(),
        variables,
        redactor,
        signing_transport(variables),
    );
    Ok(signatures::trusted_now(settings, &sources).await?)
}

fn read_registries(registries: &Registries) -> Opener {
    let registries = registries.clone();
    Box::new(move || Ok(Arc::new(RemoteStores::new(registries.open()?, Access::Pull))))
}

/// What a run is about, whatever the situation.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// The user's repository.
    pub repository: &'a Repository,
    /// The commit whose files are read.
    pub commit: &'a Oid,
    /// Where the ledger lies, relative to the repository's root.
    pub records_directory: &'a str,
    /// How records are committed; none: they stay in the working tree.
    pub committing: Option<&'a Committing>,
    /// How registries are reached.
    pub registries: &'a Registries,
    /// How release pages are reached.
    pub forge: &'a ForgeAccess,
    /// Who we are.
    pub holder: &'a Holder,
    /// What the run is for.
    pub purpose: Purpose,
    /// What images are built from, and with what.
    pub making: Making<'a>,
    /// How releases are signed, and whose signatures count.
    pub signing: &'a SigningSettings,
    /// The environment.
    pub variables: &'a Variables,
    /// What hides secrets.
    pub redactor: &'a Redactor,
    /// What asks the run to stop.
    pub stop: &'a Stop,
    /// Who watches.
    pub watcher: &'a Arc<dyn Watcher>,
}

/// What images are built from, and with what.
#[derive(Clone, Copy)]
pub struct Making<'a> {
    /// The builder.
    pub build: &'a BuildSettings,
    /// The project's own commands.
    pub gates: &'a GateSettings,
    /// Where files are taken from.
    pub files: Files,
    /// The time of everything that is made.
    pub time: Moment,
    /// Folders with what was built elsewhere; without any, it is built here.
    pub parts: Parts<'a>,
    /// Whose commit it is.
    pub trust: Trust,
}

/// Which files are built from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Files {
    /// The commit's.
    Commit,
    /// Those of the working directory, committed or not.
    Worktree,
}

/// What was built elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The folders.
    pub folders: &'a [PathBuf],
    /// The version that they must be of.
    pub version: &'a str,
    /// The hash of the configuration that they must be of.
    pub config: &'a Digest,
}

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To look: nothing is made on this machine, and registries are asked for no more than reading.
    Look,
    /// To change things.
    Change,
}

/// Claims and tags on a git remote, repositories where their names say.
///
/// # Errors
/// `.plimsoll/` can't be used.
pub fn remote(site: Site<'_>, remote: &Remote) -> Result<World, WorldError> {
    let claims = GitClaims::new(site.repository.clone(), remote.clone());
    let git = GitTags::new(site.repository.clone(), Some(remote.clone()));
    site.world(
        Roles::on_registries(site, Arc::new(claims), Arc::new(git), Some(remote))?,
        site.repository.root(),
    )
}

/// No claims; tags on a git remote if there is one, repositories where their names say.
///
/// # Errors
/// `.plimsoll/` can't be used.
pub fn unclaimed(site: Site<'_>, remote: Option<&Remote>) -> Result<World, WorldError> {
    let git = GitTags::new(site.repository.clone(), remote.cloned());
    site.world(Roles::on_registries(site, Arc::new(NoClaims), Arc::new(git), remote)?, site.repository.root())
}

/// Everything on this machine: tags of this clone, every repository in the local registry, claims beside it.
///
/// # Errors
/// `.plimsoll/` can't be used.
pub fn local(site: Site<'_>) -> Result<World, WorldError> {
    let git = Arc::new(GitTags::new(site.repository.clone(), None));
    let root = site.repository.root();
    site.world(Roles::on_this_machine(site, root, git.clone(), git)?, root)
}

/// As [`local`], in the folder `root` that is thrown away afterwards, with a tag that need not exist: it always stands.
///
/// # Errors
/// `.plimsoll/` in that folder can't be used.
pub fn rehearsal(site: Site<'_>, root: &Path) -> Result<World, WorldError> {
    let tag = Arc::new(RehearsedTag);
    site.world(Roles::on_this_machine(site, root, tag.clone(), tag)?, root)
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

/// The roles in which situations differ.
struct Roles {
    claims: Arc<dyn Claims>,
    git: Arc<dyn Git>,
    stores: Arc<dyn Stores>,
    /// Where digests are looked for that something else made.
    found_in: Vec<Opener>,
    ledger: Arc<dyn Ledger>,
    forge: Arc<dyn Forge>,
    chart_repositories: Arc<dyn ChartRepositories>,
}

impl Roles {
    fn on_registries(
        site: Site<'_>,
        claims: Arc<dyn Claims>,
        git: Arc<dyn Git>,
        remote: Option<&Remote>,
    ) -> Result<Roles, WorldError> {
        let access = match site.purpose {
            Purpose::Look => Access::Pull,
            Purpose::Change => Access::Push,
        };
        let stores = Arc::new(RemoteStores::new(site.registries.open()?, access));
        let ledger: Arc<dyn Ledger> = match site.branch_ledger(remote) {
            Some(branch) => Arc::new(branch),
            None => Arc::new(FolderLedger::new(
                site.repository.root(),
                site.records_directory,
                Coverage::Checkout,
            )),
        };
        let chart_repositories: Arc<dyn ChartRepositories> = match remote {
            Some(remote) => Arc::new(ChartBranches::new(site.repository.clone(), remote.clone())),
            None => Arc::new(NoChartRepositories),
        };
        Ok(Roles {
            claims,
            git,
            stores,
            found_in: vec![site.read_registries()],
            ledger,
            chart_repositories,
            forge: site.forge.open(),
        })
    }

    fn on_this_machine(
        site: Site<'_>,
        root: &Path,
        git: Arc<dyn Git>,
        tags: Arc<dyn GitView>,
    ) -> Result<Roles, WorldError> {
        let folder = DotPlimsoll::at(root)?;
        let registry = LocalRegistry::open(&folder.registry());
        let stores = Arc::new(LocalStores::new(registry));
        let claims = Arc::new(FileClaims::new(folder.claims(), tags));
        // A base image may be in the local registry; one that is not is the same from its own.
        let here = Arc::clone(&stores) as Arc<dyn StoresView>;
        let found_in: Vec<Opener> = vec![Box::new(move || Ok(Arc::clone(&here))), site.read_registries()];
        // What is released on this machine alone does not stand among what everybody can have.
        let ledger = Arc::new(FolderLedger::new(root, LOCAL_RECORDS, Coverage::All));
        let chart_repositories = Arc::new(ChartFolders::new(folder.chart_repositories()));
        // Nobody else sees it: it has no page.
        Ok(Roles { claims, git, stores, found_in, ledger, chart_repositories, forge: Arc::new(NoForge) })
    }
}

/// Asks whether records can be committed where they are to be, before anything is made.
///
/// # Errors
/// The remote can't be reached, or does not allow it.
pub async fn check_records(site: Site<'_>, remote: Option<&Remote>) -> Result<(), WorldError> {
    match site.branch_ledger(remote) {
        Some(branch) => branch.check_writable().await,
        None => Ok(()),
    }
}

impl Site<'_> {
    fn branch_ledger(&self, remote: Option<&Remote>) -> Option<BranchLedger> {
        let (committing, remote) = (self.committing?.clone(), remote?.clone());
        Some(BranchLedger::new(self.repository.clone(), remote, self.records_directory, committing))
    }

    fn read_registries(&self) -> Opener {
        read_registries(self.registries)
    }

    /// The world, with what is kept of it below `root`.
    fn world(&self, roles: Roles, root: &Path) -> Result<World, WorldError> {
        let folder = DotPlimsoll::at(root)?;
        let journal: Arc<dyn Journal> = match self.purpose {
            Purpose::Look => Arc::new(Unwritten),
            Purpose::Change => {
                folder.ensure()?;
                Arc::new(RunJournal::new(folder.journal(), &self.holder.run, Arc::clone(self.watcher)))
            }
        };
        let home = DotPlimsoll::at(self.repository.root())?;
        let errands = Errands::new(
            self.repository.root(),
            home.logs(),
            self.stop,
            self.variables,
            self.redactor,
            self.watcher,
        );
        let commit = Arc::new(self.repository.tree(self.commit));
        let (files, tree): (_, Arc<dyn Tree>) = match self.making.files {
            Files::Commit => (checkout::Files::Commit(self.commit.clone(), self.making.time), commit.clone()),
            Files::Worktree => (checkout::Files::Worktree, Arc::new(self.repository.worktree())),
        };
        let checkout = Arc::new(Checkout::new(self.repository, files));
        let workshop = Arc::new(FolderWorkshop::new(&folder.workshop()));
        let Parts { folders, version, config } = self.making.parts;
        let builder: Arc<dyn Builder> = match folders {
            [] => Arc::new({
                let Making { build, trust, .. } = self.making;
                MachineBuilder::new(build, &errands, &checkout, home.builds(), trust)
            }),
            folders => Arc::new(PartsBuilder::new(folders, version, config)),
        };
        let inspector = CommandInspector::new(self.making.gates, &errands, &checkout, workshop.clone());
        let scanner = Syft::new(&errands, &workshop, &tree, home.builds(), self.making.build.limit);
        let transport = signing_transport(self.variables);
        let sources =
            Sources::new(commit.clone(), self.repository.root(), self.variables, self.redactor, transport);
        let signatures = SigstoreSignatures::new(self.signing, sources);
        let origins = RepositoryOrigins::new(commit, folder.workshop(), roles.found_in);
        Ok(World {
            git: roles.git,
            tree,
            claims: roles.claims,
            stores: roles.stores,
            signatures: Arc::new(signatures),
            origins: Arc::new(origins),
            builder,
            chart_repositories: roles.chart_repositories,
            chart_sources: chart_sources(self.registries, self.variables, self.redactor),
            chart_program: Arc::new(HelmProgram::new(&errands)),
            chart_signer: chart_signer(self.repository.root(), self.variables, self.redactor),
            scanner: Arc::new(scanner),
            inspector: Arc::new(inspector),
            workshop,
            ledger: roles.ledger,
            forge: roles.forge,
            liveness: Arc::new(MachineLiveness::new()),
            clock: Arc::new(WallClock),
            journal,
            gate: Arc::new(RunGate::new(self.stop.clone())),
            watcher: Arc::clone(self.watcher),
        })
    }
}

#[cfg(test)]
mod tests;
