//! `compose`: compose files whose images are digests.

mod generate;
mod pin;
mod text_file;
mod unpin;

use clap::{Args, Subcommand};

use super::ending::Outcome;
use super::session::Session;

pub(super) use text_file::read_bounded;

/// The largest app-compose file that is read, in bytes.
pub(super) const MANIFEST_LIMIT: u64 = 4 * 1024 * 1024;

/// Pins the images of a compose file to digests, and takes the digests away again
///
/// The file is edited in place of its text: only what stands behind `image:` changes, and every other byte stays. No
/// plimsoll.toml is needed.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll compose pin docker-compose.yml
  plimsoll compose pin docker-compose.yml --image app=ghcr.io/acme/app:1.4.0 --output pinned.yml
  plimsoll compose unpin pinned.yml
  plimsoll compose generate 1.4.0 --image app=ghcr.io/acme/app:1.4.0")]
pub(super) struct Compose {
    /// What to do
    #[command(subcommand)]
    pub act: Act,
}

/// What to do with a compose file.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Act {
    /// Writes the digest of every image behind it
    Pin(pin::Pin),
    /// Takes the digests of all images away
    Unpin(unpin::Unpin),
    /// Writes the files that a release of a version would have, without a release
    Generate(generate::Generate),
}

impl Compose {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        match &self.act {
            Act::Pin(pin) => pin.run(session),
            Act::Unpin(unpin) => unpin.run(session),
            Act::Generate(generate) => generate.run(session),
        }
    }
}
