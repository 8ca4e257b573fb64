//! What makes images from Dockerfiles: a program that is there, or what was built elsewhere.
//!
//! | module | what |
//! |---|---|
//! | `buildx`, `buildctl`, `buildah`, `podman` | one for each program: may it be used, and how it is asked |
//! | `choice` | which one is taken |
//! | `job` | what all of them are given |
//! | `hollow` | what must not be missing in it |
//! | `cache` | where caches lie |
//! | `parts` | what was built elsewhere |
//! | `survey` | all of them, for who wants to know |
//! | `stranger` | what is kept from builders of commits that anybody may have written |

mod buildah;
mod buildctl;
mod buildx;
mod cache;
mod choice;
mod hollow;
mod job;
pub(crate) mod parts;
mod podman;
pub(crate) mod stranger;
pub(crate) mod survey;

pub(crate) use buildah::find_emulated;
pub(crate) use choice::host_platform;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plimsoll_engine::domain::build::{ContextFrom, Recipe};
use plimsoll_engine::domain::event::Event;
use plimsoll_engine::world::builder::{BuildError, BuildOrder, Builder, Execution};
use plimsoll_engine::world::error::FileProblem;
use plimsoll_engine::world::origins::{Opened, Whence};
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::layout::{Layout, SelectError};
use plimsoll_oci::model::Platform;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::checkout::Checkout;
use super::errand::{Ended, ErrandError, Errands};
use super::files::{broken, file_error, find_inside};
use super::process::{Invocation, ProcessError};
use crate::config::BuildSettings;
use choice::Ready;
use job::Job;
use stranger::{Trust, hide_logins};

/// A builder of this machine, found when it is first needed.
pub(crate) struct MachineBuilder {
    settings: BuildSettings,
    errands: Errands,
    checkout: Checkout,
    folder: PathBuf,
    trust: Trust,
    /// Where programs look for logins, for strangers; made when it is first needed.
    no_logins: OnceCell<(Errands, TempDir)>,
    chosen: OnceCell<Ready>,
    /// What was built, until it was taken: the folders live as long as this.
    kept: Mutex<Vec<TempDir>>,
}

impl MachineBuilder {
    /// The builder that `settings` name, or the first that can be used. What it writes goes to `folder`.
    pub(crate) fn new(
        settings: &BuildSettings,
        errands: &Errands,
        checkout: Checkout,
        folder: PathBuf,
        trust: Trust,
    ) -> MachineBuilder {
        MachineBuilder {
            settings: settings.clone(),
            errands: errands.clone(),
            checkout,
            folder,
            trust,
            no_logins: OnceCell::new(),
            chosen: OnceCell::new(),
            kept: Mutex::new(Vec::new()),
        }
    }

    async fn build_order(&self, order: BuildOrder<'_>) -> Result<Vec<Opened>, BuildError> {
        match self.trust {
            Trust::Own => self.build_with(&self.settings, &self.errands, order).await,
            Trust::Stranger => {
                let hide = async || {
                    let (variables, folder) = hide_logins(self.errands.variables())?;
                    Ok::<_, WorldError>((self.errands.seeing(variables), folder))
                };
                let (errands, _) = self.no_logins.get_or_try_init(hide).await?;
                let recipe = order.recipe.for_strangers();
                self.refuse_worktree(&recipe).await?;
                let settings = BuildSettings { environment: Vec::new(), ..self.settings.clone() };
                self.build_with(&settings, errands, BuildOrder { recipe: &recipe, ..order }).await
            }
        }
    }

    /// What lies in the working directory beside the commit is nobody else's.
    async fn refuse_worktree(&self, recipe: &Recipe) -> Result<(), BuildError> {
        let root = self.checkout.folder().await?;
        for from in recipe.contexts.values() {
            if let ContextFrom::Directory(path) = from
                && find_inside(&root, path)?.is_none()
            {
                let why = "it is not in the commit, and a stranger's build gets nothing else".to_owned();
                return Err(WorldError::File { path: path.clone(), why, kind: FileProblem::Missing }.into());
            }
        }
        Ok(())
    }

    async fn build_with(
        &self,
        settings: &BuildSettings,
        errands: &Errands,
        order: BuildOrder<'_>,
    ) -> Result<Vec<Opened>, BuildError> {
        let ready = self.chosen.get_or_try_init(|| choice::choose(settings, errands)).await?;
        self.consider_emulation(ready, &order)?;
        let output = self.make_folder()?;
        let job = Job::prepare(settings, errands, &self.checkout, order, output.path()).await?;
        let begun = std::time::Instant::now();
        let call = match ready.program {
            choice::Program::Buildx => buildx::call(errands, settings, &job)?,
            choice::Program::Buildctl => buildctl::call(errands, settings, &job)?,
            choice::Program::Buildah => {
                return self.build_piecewise(buildah::PROGRAM, errands, &job, output).await;
            }
            choice::Program::Podman => {
                return self.build_piecewise(podman::PROGRAM, errands, &job, output).await;
            }
        };
        self.run(ready.program.name(), &job, call, "build").await?;
        let found = open(&job.layout())?;
        let seconds = begun.elapsed().as_secs();
        self.tell(format!("image {}: built by {} in {seconds} s", order.image, ready.program.name()));
        self.keep(output);
        Ok(vec![found])
    }

    /// Builds platform after platform with a program that gives one image at a time.
    async fn build_piecewise(
        &self,
        program: buildah::Containers,
        errands: &Errands,
        job: &Job<'_>,
        output: TempDir,
    ) -> Result<Vec<Opened>, BuildError> {
        let mut built = Vec::new();
        for platform in job.order.platforms {
            let piece = program.piece(job, platform);
            let call = program.build(errands, job, &piece)?;
            let word = format!("build-{}", job::spelled(platform));
            self.run(program.name, job, call, &word).await?;
            let id = program.read_id(&piece)?;
            let call = program.save(errands, &id, &piece);
            self.run(program.name, job, call, &format!("{word}-save")).await?;
            // Layers stay behind as a cache; the image itself has no name and would only take room.
            let _ = program.forget(errands, &id).run().await;
            built.push(open(&piece.layout)?);
        }
        self.tell(format!("image {}: built by {}", job.order.image, program.name));
        self.keep(output);
        Ok(built)
    }

    async fn run(
        &self,
        builder: &'static str,
        job: &Job<'_>,
        call: Invocation,
        word: &str,
    ) -> Result<(), BuildError> {
        let limit = Duration::from_secs(self.settings.limit);
        let image = job.order.image.clone();
        let watcher = Arc::clone(&self.errands.watcher);
        let hear =
            move |line: &str| watcher.see(Event::Said { artifact: image.clone(), line: line.to_owned() });
        let log = format!("{word}-{}", job.order.image);
        match self.errands.run(&log, call, limit, hear).await {
            Ok(Ended::Well) => Ok(()),
            Ok(Ended::Failed(code, log)) => Err(BuildError::Failed { builder, code, log }),
            Ok(Ended::TooSlow(log)) => Err(BuildError::TooSlow { builder, limit: self.settings.limit, log }),
            Err(error) => Err(unusable(builder, error)),
        }
    }

    /// Programs of a foreign platform run slowly, or not at all; what is only put together needs neither.
    fn consider_emulation(&self, ready: &Ready, order: &BuildOrder<'_>) -> Result<(), BuildError> {
        let Some(can) = ready.platforms.as_ref().filter(|_| order.execution == Execution::OnTarget) else {
            return Ok(());
        };
        let lacks: Vec<Platform> =
            order.platforms.iter().filter(|platform| !can.runs(platform)).cloned().collect();
        if !lacks.is_empty() {
            let (builder, has) = (ready.program.name(), can.all.clone());
            return Err(BuildError::NoEmulation { builder, platforms: lacks, has });
        }
        let emulated: Vec<String> = order
            .platforms
            .iter()
            .filter(|platform| !can.is_native(platform))
            .map(ToString::to_string)
            .collect();
        if !emulated.is_empty() {
            let cached = if order.recipe.cache_from.is_empty() { " and without a cache" } else { "" };
            self.tell(format!(
                "image {}: {} is emulated{cached}, which may take ten times as long; a native builder or one runner \
                 per platform avoids it",
                order.image,
                emulated.join(", ")
            ));
        }
        Ok(())
    }

    fn make_folder(&self) -> Result<TempDir, BuildError> {
        let failed = |error: std::io::Error| file_error(&self.folder, &error);
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        Ok(tempfile::Builder::new().prefix("build-").tempdir_in(&self.folder).map_err(failed)?)
    }

    fn keep(&self, folder: TempDir) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(folder);
    }

    fn tell(&self, note: String) {
        self.errands.watcher.see(Event::Note(note));
    }
}

impl Builder for MachineBuilder {
    fn build<'a>(&'a self, order: BuildOrder<'a>) -> Work<'a, Vec<Opened>, BuildError> {
        Box::pin(self.build_order(order))
    }
}

/// A layout that a builder wrote.
fn open(path: &std::path::Path) -> Result<Opened, BuildError> {
    let layout = Layout::open(path).map_err(WorldError::from)?;
    let root = layout.select(None).map_err(|error| match error {
        SelectError::Store(error) => WorldError::from(error),
        other => broken(path, other.to_string()),
    })?;
    Ok(Opened { pull: Arc::new(layout), root, whence: Whence::WorkingDirectory })
}

/// A program that could not even be run.
fn unusable(builder: &'static str, error: ErrandError) -> BuildError {
    match error {
        ErrandError::World(error) => BuildError::World(error),
        ErrandError::Process(error @ ProcessError::Missing { .. }) => {
            BuildError::Unusable { builder, why: error.to_string() }
        }
        ErrandError::Process(error) => BuildError::Unusable { builder, why: error.to_string() },
    }
}
