//! The situations that a world is put together for: registries and a remote, no claims, this machine alone, a rehearsal.

use std::path::Path;
use std::sync::Arc;

use plimsoll_engine::world::builder::Builder;
use plimsoll_engine::world::chart_repositories::{ChartRepositories, NoChartRepositories};
use plimsoll_engine::world::claims::Claims;
use plimsoll_engine::world::forge::{Forge, NoForge};
use plimsoll_engine::world::git::{Git, GitView};
use plimsoll_engine::world::journal::{Journal, Unwritten};
use plimsoll_engine::world::ledger::{Coverage, Ledger};
use plimsoll_engine::world::stores::{Stores, StoresView};
use plimsoll_engine::world::tree::Tree;
use plimsoll_engine::world::{World, WorldError};
use plimsoll_oci::layout::LocalRegistry;
use plimsoll_oci::remote::Access;

use super::chart_sources::chart_sources;
use super::site::{Files, Making, Parts, Purpose, Site};
use super::{chart_signer, read_registries, signing_transport};
use crate::adapters::builder::MachineBuilder;
use crate::adapters::builder::parts::PartsBuilder;
use crate::adapters::chart_folders::ChartFolders;
use crate::adapters::checkout::{self, Checkout};
use crate::adapters::claims_file::FileClaims;
use crate::adapters::claims_none::NoClaims;
use crate::adapters::clock::WallClock;
use crate::adapters::dot_plimsoll::{DotPlimsoll, local_records};
use crate::adapters::errand::Errands;
use crate::adapters::gate::RunGate;
use crate::adapters::git::{BranchLedger, ChartBranches, GitClaims, GitTags, Remote};
use crate::adapters::helm::HelmProgram;
use crate::adapters::inspector::CommandInspector;
use crate::adapters::journal::RunJournal;
use crate::adapters::ledger::FolderLedger;
use crate::adapters::liveness::MachineLiveness;
use crate::adapters::origins::{Opener, RepositoryOrigins};
use crate::adapters::rehearsed_tag::RehearsedTag;
use crate::adapters::signatures::{SigstoreSignatures, Sources};
use crate::adapters::stores::{LocalStores, RemoteStores};
use crate::adapters::syft::Syft;
use crate::adapters::workshop::FolderWorkshop;

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
        let ledger = Arc::new(FolderLedger::new(root, &local_records(site.records_directory), Coverage::All));
        let chart_repositories = Arc::new(ChartFolders::new(folder.chart_repositories()));
        // Nobody else sees it: it has no page.
        Ok(Roles { claims, git, stores, found_in, ledger, chart_repositories, forge: Arc::new(NoForge) })
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
        // Gates may write into theirs; what is built is what was committed.
        let checkout = Checkout::new(self.repository, files.clone());
        let for_gates = Checkout::new(self.repository, files);
        let workshop = Arc::new(FolderWorkshop::new(&folder.workshop()));
        let Parts { folders, version, config } = self.making.parts;
        let builder: Arc<dyn Builder> = match folders {
            [] => Arc::new({
                let Making { build, trust, .. } = self.making;
                MachineBuilder::new(build, &errands, checkout, home.builds(), trust)
            }),
            folders => Arc::new(PartsBuilder::new(folders, version, config)),
        };
        let inspector = CommandInspector::new(self.making.gates, &errands, for_gates, workshop.clone());
        let scanner = Syft::new(&errands, &workshop, &tree, home.builds(), self.making.build.limit);
        let transport = signing_transport(self.variables);
        let named: Arc<dyn Tree> = match self.signing_files {
            Files::Commit => commit.clone(),
            Files::Worktree => Arc::new(self.repository.worktree()),
        };
        let sources = Sources::new(named, self.repository.root(), self.variables, self.redactor, transport);
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
