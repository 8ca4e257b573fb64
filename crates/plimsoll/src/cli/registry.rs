//! `registry`: the local registry, for tools that speak HTTP, and its upkeep.

mod gc;
mod serve;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use plimsoll_oci::layout::LocalRegistry;

use super::ending::{Failure, Outcome};
use super::session::Session;
use super::subject::open;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::wire;

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
    /// Serves it to every tool that speaks to registries, until ^C
    Serve(serve::Serve),
    /// Removes what nothing refers to
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
            None => Ok(Some(open(session, asked).await?.root().to_owned())),
        }
    }

    async fn open(&self, session: &Session<'_>, verb: &'static str) -> Result<LocalRegistry, Failure> {
        if let Some(dir) = &self.dir {
            return Ok(LocalRegistry::open(&session.path(dir)));
        }
        let asked = Asked { verb, tag: None, keeping: Keeping::Local };
        let repository = open(session, &asked).await?;
        wire::local_registry(repository.root()).map_err(|error| error.explain(&asked).into())
    }
}
