//! What a command is about: a repository, its configuration, and perhaps a tag.

mod committed;
mod held_back;
mod installed;
mod library;
mod mistaken;
mod notes;
mod on_head;
mod own_charts;
mod released_tag;
mod tagged;
mod texts;
mod worktree;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_engine::domain::chart::{Rendering, TagsMade};
use plimsoll_engine::domain::claim::Holder;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::deployment::Keeper;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::event::Watcher;
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::domain::project::{ClaimPolicy, Project};
use plimsoll_engine::domain::provenance::Workplace;
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::ledger::own_files::is_own_file;
use plimsoll_engine::world::{World, WorldError};

use super::ending::Failure;
use super::session::Session;
use crate::ci::{Ci, CiEvent, find_workplace};
use crate::config::found::ConfigText;
use crate::config::{self, Config, Destination, GateSettings, Surroundings};
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::progress::Display;
use crate::wire::{
    self, Files, ForgeAccess, Logins, Making, Parts, Purpose, Registries, Remote, Repository,
    RepositoryError, Site, Trust,
};

pub(super) use held_back::{hold_back, newer};
pub(super) use installed::read_installed;
pub(super) use library::{Library, Reach, warn_of_unheard};
pub(super) use mistaken::advise_file;
pub(super) use released_tag::find_move;
pub(super) use tagged::{Look, Standing, Tagged, explain_date};
pub(super) use texts::{CommitTexts, WorktreeTexts};
pub(super) use worktree::Worktree;

/// How many modified files are named.
const SHOWN: usize = 5;

/// A repository and how releases of it are kept.
pub(super) struct Subject {
    /// The repository.
    pub(super) repository: Repository,
    /// The configuration.
    pub(super) config: Config,
    /// Where what it says of signatures was read, so that keys and roots are read there as well.
    pub(super) signing_files: Files,
    /// The remote that claims and tags are on; none where releases are kept locally, or where there is none.
    pub(super) remote: Option<Remote>,
    /// What the user asked for.
    pub(super) asked: Asked,
}

/// A world, and who watches it.
pub(super) struct Voyage {
    /// The world.
    pub(super) world: World,
    /// How registries are reached.
    pub(super) registries: Registries,
    /// How release pages are reached.
    forge: ForgeAccess,
    /// Who we are.
    pub(super) holder: Holder,
    /// Where we run.
    pub(super) workplace: Workplace,
    /// Who shows what is under way.
    pub(super) display: Arc<dyn Display>,
}

/// Where a rehearsal takes place; anything else takes place where the configuration says.
#[derive(Clone, Copy)]
pub(super) enum Stage<'a> {
    /// For everybody to see.
    Real,
    /// In a folder that is thrown away.
    Rehearsal(&'a Path),
}

/// What images are built from.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    /// Which files.
    pub(super) files: Files,
    /// The commit's time.
    pub(super) time: Moment,
    /// Folders with what was built elsewhere; without any, it is built here.
    pub(super) folders: &'a [PathBuf],
    /// What images say is their version.
    pub(super) version: &'a str,
}

impl Inputs<'_> {
    /// For work that builds nothing.
    const NONE: Inputs<'static> = Inputs { files: Files::Commit, time: Moment(0), folders: &[], version: "" };
}

impl Subject {
    /// What is released.
    pub(super) fn project(&self) -> &Project {
        &self.config.project
    }

    /// Where the ledger lies, relative to the repository's root.
    pub(super) fn records_directory(&self) -> String {
        let directory = &self.project().records_directory;
        match self.asked.keeping {
            Keeping::Local => wire::local_records(directory),
            Keeping::Remote => directory.clone(),
        }
    }

    /// An error of the repository, explained for what was asked.
    fn explain(&self, error: &RepositoryError) -> Diagnostic {
        error.explain(&self.asked)
    }

    /// The remote that a git tag would be pushed to, wherever releases are kept.
    pub(super) async fn find_push_remote(&self) -> Result<Option<Remote>, Failure> {
        match &self.remote {
            Some(remote) => Ok(Some(remote.clone())),
            None => {
                let source = self.project().source.as_deref();
                find_remote(&self.repository, source).await.map_err(|error| self.explain(&error).into())
            }
        }
    }

    /// Refuses tracked files that were modified: what lies there is not what the tag's commit says.
    pub(crate) async fn check_clean(&self) -> Result<(), Failure> {
        match self.find_dirt().await? {
            Some(dirt) => Err(dirt.into()),
            None => Ok(()),
        }
    }

    /// What is said of tracked files that were modified. The ledger's own files are left out: each release writes some.
    pub(crate) async fn find_dirt(&self) -> Result<Option<Diagnostic>, Failure> {
        let modified = self.repository.find_modified().await.map_err(|error| self.explain(&error))?;
        let is_own = |file: &String| {
            let file = Path::new(file);
            let name = file.file_name().and_then(OsStr::to_str);
            let is_in = |ledger: &String| file.parent() == Some(Path::new(ledger));
            self.config.ledgers.iter().any(is_in) && name.is_some_and(is_own_file)
        };
        let modified: Vec<String> = modified.into_iter().filter(|file| !is_own(file)).collect();
        if modified.is_empty() {
            return Ok(None);
        }
        let mut dirty =
            Diagnostic::error(Code::DirtyTree, Cure::FixThenRunAgain, "tracked files are modified");
        for file in modified.iter().take(SHOWN) {
            dirty = dirty.fact("modified", file);
        }
        if modified.len() > SHOWN {
            dirty = dirty.fact("modified", format_args!("and {} more", modified.len() - SHOWN));
        }
        Ok(Some(dirty.help("commit them, or put them away with `git stash`")))
    }

    /// Refuses to change anything outside of this machine for a pull request of a fork, whatever its configuration says:
    /// a stranger wrote that too.
    fn check_unpublished(&self, ci: &Ci, purpose: Purpose, stage: Stage<'_>) -> Result<(), Failure> {
        let stays_here = matches!(stage, Stage::Rehearsal(_)) || self.asked.keeping == Keeping::Local;
        if purpose == Purpose::Look || stays_here {
            return Ok(());
        }
        let what = match &ci.event {
            CiEvent::PullRequest { number: Some(number), .. } => format!("pull request {number}"),
            _ => "a pull request".to_owned(),
        };
        let message = format!("this job runs for {what}, whose commits come from another repository");
        Err(Diagnostic::error(Code::ForkedPullRequest, Cure::FixThenRunAgain, message)
            .help("nothing is published, tagged or withdrawn for a stranger's commits, and no credentials are used")
            .help("`plimsoll rehearse` makes and checks everything without publishing it")
            .into())
    }

    /// Puts the world together, for work that builds nothing.
    pub(super) fn voyage(
        &self,
        session: &Session<'_>,
        commit: &Oid,
        purpose: Purpose,
        stage: Stage<'_>,
    ) -> Result<Voyage, Failure> {
        self.voyage_with(session, commit, purpose, stage, Inputs::NONE)
    }

    /// Puts a world together in which things are made and nothing leaves the machine.
    pub(super) fn workshop(
        &self,
        session: &Session<'_>,
        commit: &Oid,
        inputs: Inputs<'_>,
    ) -> Result<Voyage, Failure> {
        self.voyage_with(session, commit, Purpose::Change, Stage::Real, inputs)
    }

    /// Puts the world together, for work that builds from these.
    pub(super) fn voyage_with(
        &self,
        session: &Session<'_>,
        commit: &Oid,
        purpose: Purpose,
        stage: Stage<'_>,
        inputs: Inputs<'_>,
    ) -> Result<Voyage, Failure> {
        let root = self.repository.root();
        let ci = session.ci()?;
        let no_gates = GateSettings::default();
        let (logins, trust) = match ci.as_ref().filter(|ci| ci.is_from_fork()) {
            Some(ci) => {
                self.check_unpublished(ci, purpose, stage)?;
                (Logins::None, Trust::Stranger)
            }
            None => (Logins::Known, Trust::Own),
        };
        // A stranger's commands are not run.
        let gates = if trust == Trust::Stranger { &no_gates } else { &self.config.gates };
        let configured = &self.config.registries;
        let registries = Registries::new(configured, root, session.variables, &session.redactor, logins);
        let forge = self.forge(session, logins);
        let holder = wire::describe_run(ci.as_ref());
        let workplace = find_workplace(session.variables, ci.as_ref());
        let display = session.display();
        let watcher: Arc<dyn Watcher> = display.clone();
        let site = Site {
            repository: &self.repository,
            commit,
            records_directory: &self.project().records_directory,
            committing: self.config.committing.as_ref(),
            registries: &registries,
            forge: &forge,
            holder: &holder,
            purpose,
            making: self.making(inputs, gates, trust),
            signing: &self.config.signing,
            signing_files: self.signing_files,
            variables: session.variables,
            redactor: &session.redactor,
            stop: session.stop(),
            watcher: &watcher,
        };
        let world = self.world(site, stage)?;
        // A rehearsal is thrown away: however far it got, nothing has left this machine.
        if let (Purpose::Change, Stage::Real) = (purpose, stage) {
            session.watch(&world.gate, self.asked.keeping);
        }
        Ok(Voyage { world, registries, forge, holder, workplace, display })
    }

    /// How the forge is reached.
    pub(super) fn forge(&self, session: &Session<'_>, logins: Logins) -> ForgeAccess {
        let cloned_from = self.remote.as_ref().and_then(|remote| remote.user_host());
        ForgeAccess::new(&self.config.forge, session.variables, &session.redactor, logins, cloned_from)
    }

    fn making<'a>(&'a self, inputs: Inputs<'a>, gates: &'a GateSettings, trust: Trust) -> Making<'a> {
        let Inputs { files, time, folders, version } = inputs;
        let parts = Parts { folders, version, config: &self.project().config };
        Making { build: &self.config.build, gates, files, time, parts, trust }
    }

    fn world(&self, site: Site<'_>, stage: Stage<'_>) -> Result<World, Failure> {
        let world = match (stage, self.asked.keeping, self.project().claim, &self.remote) {
            (Stage::Rehearsal(folder), ..) => wire::rehearsal(site, folder),
            (Stage::Real, Keeping::Local, ..) => wire::local(site),
            (Stage::Real, Keeping::Remote, ClaimPolicy::None, remote) => {
                wire::unclaimed(site, remote.as_ref())
            }
            (Stage::Real, Keeping::Remote, ClaimPolicy::Held { .. }, Some(remote)) => {
                wire::remote(site, remote)
            }
            (Stage::Real, Keeping::Remote, ClaimPolicy::Held { .. }, None) => {
                return Err(self.explain(&RepositoryError::NoRemote).into());
            }
        };
        world.map_err(|error| error.explain(&self.asked).into())
    }

    /// Asks whether records can be committed where they are to be.
    pub(super) async fn check_records(
        &self,
        session: &Session<'_>,
        commit: &Oid,
        voyage: &Voyage,
    ) -> Result<(), WorldError> {
        let watcher: Arc<dyn Watcher> = voyage.display.clone();
        let site = Site {
            repository: &self.repository,
            commit,
            records_directory: &self.project().records_directory,
            committing: self.config.committing.as_ref(),
            registries: &voyage.registries,
            forge: &voyage.forge,
            holder: &voyage.holder,
            purpose: Purpose::Look,
            making: self.making(Inputs::NONE, &self.config.gates, Trust::Own),
            signing: &self.config.signing,
            signing_files: self.signing_files,
            variables: session.variables,
            redactor: &session.redactor,
            stop: session.stop(),
            watcher: &watcher,
        };
        wire::check_records(site, self.remote.as_ref()).await
    }
}

/// Opens the repository that the session is in.
pub(super) async fn open(session: &Session<'_>, asked: &Asked) -> Result<Repository, Failure> {
    let found = Repository::find(&session.directory, session.variables, &session.redactor).await;
    found.map_err(|error| error.explain(asked).into())
}

/// The configuration that `--config` names.
fn read_named(session: &Session<'_>) -> Result<Option<ConfigText>, Failure> {
    let named = session.config.as_deref().map(config::found::read_named).transpose();
    named.map_err(|error| error.explain().into())
}

/// The remote that `source` names; none if there is none.
async fn find_remote(
    repository: &Repository,
    source: Option<&str>,
) -> Result<Option<Remote>, RepositoryError> {
    match repository.read_remote(source).await {
        Ok(remote) => Ok(Some(remote)),
        Err(RepositoryError::NoRemote) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Decides where releases are kept: where the command line says, else where the configuration says. Pinned files go along,
/// and charts need not be rendered first: whoever tries a release may have no Helm.
fn settle_keeping(asked: Keeping, config: &mut Config) -> Keeping {
    match (asked, config.destination) {
        (Keeping::Local, _) | (_, Destination::Local) => {
            if let Some(compose) = &mut config.project.compose {
                compose.folder = wire::local_records(&config.project.records_directory);
            }
            // What nobody else can see has no page.
            config.project.pages = PagePolicy::Never;
            config.project.deployments.keeper =
                Keeper::Nobody("nobody else can see what lies on this machine");
            for chart in &mut config.project.charts {
                chart.rendering = Rendering::IfPresent;
                if let Some(tags) = &mut chart.tags {
                    tags.made = TagsMade::Never;
                }
            }
            Keeping::Local
        }
        (Keeping::Remote, Destination::Remote) => Keeping::Remote,
    }
}

/// What defaults of the configuration are taken from.
struct Around {
    directory: Option<String>,
    remote: Option<String>,
}

impl Around {
    async fn look(repository: &Repository) -> Result<Around, RepositoryError> {
        let directory = repository.root().file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let remote = find_remote(repository, None).await?.map(|remote| remote.shown());
        Ok(Around { directory, remote })
    }

    fn parse(
        &self,
        config: &ConfigText,
        texts: &plimsoll_engine::document::version_file::Texts<'_>,
    ) -> Result<Config, Vec<Diagnostic>> {
        let surroundings =
            Surroundings { directory: self.directory.as_deref(), remote: self.remote.as_deref(), texts };
        let parsed = config::parse(&config.name, &config.text, surroundings);
        parsed.map_err(|problems| {
            problems.into_iter().map(|problem| advise_other_file(problem, &config.name)).collect()
        })
    }
}

/// What was named with `--config` may be another file altogether.
fn advise_other_file(problem: Diagnostic, name: &str) -> Diagnostic {
    let is_toml = Path::new(name).extension().is_some_and(|ending| ending == "toml");
    match problem.code {
        Code::ConfigSyntax if !is_toml => {
            problem.help(format!("{name} is read as a configuration, which is TOML: name a `plimsoll.toml`"))
        }
        _ => problem,
    }
}
