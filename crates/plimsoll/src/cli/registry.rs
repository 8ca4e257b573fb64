//! `registry`: the local registry, for tools that speak HTTP, and its upkeep.

mod gc;
mod serve;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_oci::layout::LocalRegistry;
use plimsoll_oci::store::StoreError;

use super::ending::{Failure, Outcome};
use super::session::Session;
use super::subject::open;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::wire::{self, Repository};

/// Serves the local registry over HTTP, and looks after it
///
/// The local registry is where `--local` keeps images: a folder of image layouts, `.plimsoll/registry` of the project.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll registry serve
  plimsoll registry serve --writable --listen 127.0.0.1:0
  plimsoll registry gc")]
pub(super) struct Registry {
    /// What to do
    #[command(subcommand)]
    pub act: Act,
}

/// What to do with the local registry.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Act {
    Serve(serve::Serve),
    Gc(gc::Gc),
}

impl Registry {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        match &self.act {
            Act::Serve(serve) => serve.run(session),
            Act::Gc(gc) => gc.run(session),
        }
    }
}

/// A folder that was named is no registry: a slip must not look like an empty one.
fn no_registry(dir: &Path, why: &str) -> Diagnostic {
    let message = format!("there is no local registry in {}", dir.display());
    Diagnostic::error(Code::FileMissing, Cure::FixThenRunAgain, message)
        .because(why)
        .at(Place::of_file(&dir.display().to_string()))
        .help("name the folder that the repositories lie in, `.plimsoll/registry` of a project")
}

/// The project whose registry is meant where no folder is named.
async fn find_project(session: &Session<'_>, asked: &Asked) -> Result<Repository, Failure> {
    let advise = |problem: Diagnostic| match problem.code {
        Code::NoRepository => problem.help("or name the folder of a registry: `--dir DIR`"),
        _ => problem,
    };
    open(session, asked).await.map_err(|failure| {
        let problems = failure.problems.into_iter().map(advise).collect();
        Failure { problems, ..failure }
    })
}

/// Where the local registry lies.
#[derive(Clone, Debug, Args)]
pub(super) struct Folder {
    /// The registry's folder; without it, the project's .plimsoll/registry
    #[arg(long, value_name = "DIR", env = "PLIMSOLL_REGISTRY_DIR")]
    pub dir: Option<PathBuf>,
}

impl Folder {
    /// The project that the registry belongs to; none if its folder is named.
    async fn project(&self, session: &Session<'_>, asked: &Asked) -> Result<Option<PathBuf>, Failure> {
        match self.dir {
            Some(_) => Ok(None),
            None => Ok(Some(find_project(session, asked).await?.root().to_owned())),
        }
    }

    /// The registry, in which something must be: a folder that was named and holds other things is none.
    async fn open_existing(
        &self,
        session: &Session<'_>,
        verb: &'static str,
    ) -> Result<LocalRegistry, Failure> {
        let storage = self.open(session, verb).await?;
        let Some(dir) = &self.dir else { return Ok(storage) };
        let explain = |error: StoreError| Failure::from(error.explain(&Asked { verb, ..Asked::default() }));
        let Ok(mut entries) = std::fs::read_dir(storage.root()) else {
            return Err(no_registry(dir, "there is no such folder").into());
        };
        if entries.next().is_some() && storage.repositories().map_err(explain)?.is_empty() {
            return Err(no_registry(dir, "no repository lies in it").into());
        }
        Ok(storage)
    }

    async fn open(&self, session: &Session<'_>, verb: &'static str) -> Result<LocalRegistry, Failure> {
        if let Some(dir) = &self.dir {
            let path = session.path(dir);
            if path.exists() && !path.is_dir() {
                return Err(no_registry(dir, "it is no folder").into());
            }
            return Ok(LocalRegistry::open(&path));
        }
        let asked = Asked { verb, tag: None, keeping: Keeping::Local };
        let repository = find_project(session, &asked).await?;
        wire::local_registry(repository.root()).map_err(|error| error.explain(&asked).into())
    }
}
