//! `compose`: compose files whose images are digests.

mod folders;
mod generate;
mod of_project;
mod pin;
mod text_file;
mod unpin;

use clap::{Args, Subcommand};
use plimsoll_engine::domain::claim::FileRole;

use super::ending::Outcome;
use super::recorded_file::OfRelease;
use super::session::Session;

pub(super) use text_file::{make_folder, read_bounded, write_whole};

/// The largest app-compose file that is read, in bytes.
pub(super) const MANIFEST_LIMIT: u64 = 4 * 1024 * 1024;

/// Shows the compose file of a release; pins the images of any
///
/// That of a release is compared with its recorded hash. Pinning edits a file in its text: only what stands behind
/// `image:` changes, and every other byte stays; no plimsoll.toml is needed for it.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Examples:
  plimsoll compose v1.4.0
  plimsoll compose pin docker-compose.yml
  plimsoll compose pin docker-compose.yml --image app=ghcr.io/acme/app:1.4.0 --output pinned.yml
  plimsoll compose unpin pinned.yml
  plimsoll compose generate 1.4.0 --image app=ghcr.io/acme/app:1.4.0")]
pub(super) struct Compose {
    /// What to do
    #[command(subcommand)]
    pub act: Option<Act>,
    /// Which file.
    #[command(flatten)]
    pub of: OfRelease,
}

/// What to do with a compose file.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Act {
    Pin(pin::Pin),
    Unpin(unpin::Unpin),
    Generate(generate::Generate),
}

impl Compose {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        match &self.act {
            Some(Act::Pin(pin)) => pin.run(session),
            Some(Act::Unpin(unpin)) => unpin.run(session),
            Some(Act::Generate(generate)) => generate.run(session),
            None => self.of.run(session, "compose", FileRole::DockerCompose),
        }
    }
}
