//! What the project that a command stands in says of the files of a version.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use futures_util::stream::{self, StreamExt as _};
use plimsoll_engine::document::compose::{Deployment, Released, Running, Why};
use plimsoll_engine::domain::app_compose::AppCompose;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::compose::ComposeSettings;
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::domain::source::{Ancestry, Source};
use plimsoll_engine::plan::plan_release;
use plimsoll_engine::world::WorldError;
use plimsoll_oci::name::{Digest, Reference};
use plimsoll_tags::version::Version;

use super::pin::{AT_ONCE, judge};
use super::text_file::TextFile;
use crate::cli::ending::Failure;
use crate::cli::session::Session;
use crate::cli::subject::{Voyage, Worktree};
use crate::explain::{Asked, Explain as _};

/// What a project says.
pub(super) struct OfProject {
    /// The root of its repository.
    pub(super) root: PathBuf,
    /// What it says of its compose file.
    pub(super) settings: Option<ComposeSettings>,
    /// What it says of its dstack manifest.
    pub(super) app: Option<AppCompose>,
    /// Where its records go.
    pub(super) records_directory: String,
    released: Vec<Released>,
    voyage: Voyage,
}

impl OfProject {
    /// Reads the project that the session stands in; `None` where there is none.
    pub(super) async fn find(session: &Session<'_>, version: &Version) -> Result<Option<OfProject>, Failure> {
        let asked = Asked { verb: "compose generate", ..Asked::default() };
        let worktree = match Worktree::open(session, asked).await {
            Ok(worktree) => worktree,
            Err(failure) if session.config.is_none() && says_there_is_none(&failure) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let voyage = worktree.look(session)?;
        let Worktree { subject, head } = worktree;
        let project = subject.project();
        let time = subject.repository.read_commit_time(&head).await;
        let source = Source {
            tag: None,
            commit: head,
            commit_time: time.map_err(|error| Failure::from(error.explain(&subject.asked)))?,
            on_default_branch: Ancestry::Unknown,
        };
        let tag = project.tags.version().render(version);
        let plan = plan_release(project, &source, &Occasion::Version(version.clone()), &tag)?;
        Ok(Some(OfProject {
            root: subject.repository.root().to_owned(),
            settings: project.compose.clone(),
            app: project.app_compose.clone(),
            records_directory: project.records_directory.clone(),
            released: Released::all(&project.images, &plan.targets, |_| None),
            voyage,
        }))
    }

    /// What services run that run something of the project.
    pub(super) fn running(&self, file: &TextFile, settings: &ComposeSettings) -> Result<Running, Failure> {
        let deployment = Deployment { settings, released: &self.released };
        let explain = |error| {
            let text = file.compose.text();
            Failure::from(plimsoll_engine::check::compose::deployment_error(&file.name, text, &error))
        };
        deployment.running(&file.compose).map_err(explain)
    }

    /// Looks images up as a release would, side by side.
    pub(super) async fn resolve_all(
        &self,
        references: BTreeSet<Reference>,
    ) -> BTreeMap<Reference, Result<Digest, Why>> {
        let eyes = self.voyage.world.eyes();
        let resolve = |reference: Reference| async move {
            let found = match &reference.tag {
                // Its own images are where this project keeps them, which may be on this machine.
                Some(tag) if self.releases_to(&reference) => {
                    let found = eyes.stores().pull(&reference.repository).resolve(tag).await;
                    found.map(|root| root.map(|root| root.digest)).map_err(WorldError::from)
                }
                _ => eyes.origins().resolve(&reference).await,
            };
            judge(reference, found)
        };
        stream::iter(references).map(resolve).buffer_unordered(AT_ONCE).collect().await
    }

    fn releases_to(&self, reference: &Reference) -> bool {
        let mut own = self.released.iter().flat_map(|released| &released.references);
        own.any(|own| own.repository == reference.repository)
    }

    /// The folder of the session, seen from the root of the repository.
    pub(super) fn folder(&self, session: &Session<'_>) -> PathBuf {
        let here = session.directory.canonicalize().ok();
        let root = self.root.canonicalize().ok();
        let folder = here.zip(root).and_then(|(here, root)| here.strip_prefix(root).map(Path::to_owned).ok());
        folder.unwrap_or_default()
    }
}

/// Whether nothing was found, rather than something wrong.
fn says_there_is_none(failure: &Failure) -> bool {
    let absent = |code| matches!(code, Code::NoRepository | Code::ConfigMissing);
    failure.problems.all().iter().all(|problem| absent(problem.code))
}
