//! `key`: the keys that sign.

mod generate;
mod import;
mod pair;
mod public;

use clap::{Args, Subcommand};

use super::ending::Outcome;
use super::session::Session;

/// Makes, imports and shows the keys that sign
///
/// Private keys are kept as cosign keeps them, encrypted, and cosign signs with them as well. The password comes from
/// PLIMSOLL_KEY_PASSWORD or COSIGN_PASSWORD, or is asked for on a terminal.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll key generate --output-key-prefix release
  plimsoll key import --key plain.pem --output-key-prefix release
  plimsoll key public --key release.key")]
pub(super) struct Key {
    /// What to do
    #[command(subcommand)]
    pub act: Act,
}

/// What to do with keys.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Act {
    Generate(generate::Generate),
    Import(import::Import),
    Public(public::Public),
}

impl Key {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        match &self.act {
            Act::Generate(generate) => generate.run(session),
            Act::Import(import) => import.run(session),
            Act::Public(public) => public.run(session),
        }
    }
}
