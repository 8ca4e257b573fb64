//! `ledger`: the ledger's own upkeep.

mod adopt;
mod rebuild;
mod restore;

use clap::{Args, Subcommand};

use super::ending::Outcome;
use super::session::Session;

pub(super) use restore::{Restored, restore};

/// Writes files of the ledger: older releases, and what was lost
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll ledger adopt v0.9.0         a release from before Plimsoll
  plimsoll ledger rebuild              what was lost or damaged, from claims, registries and release pages")]
pub(super) struct Ledger {
    /// What to do
    #[command(subcommand)]
    pub command: LedgerCommand,
}

/// What to do with the ledger.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum LedgerCommand {
    Adopt(adopt::Adopt),
    Rebuild(rebuild::Rebuild),
}

impl Ledger {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        match &self.command {
            LedgerCommand::Adopt(adopt) => adopt.run(session),
            LedgerCommand::Rebuild(rebuild) => rebuild.run(session),
        }
    }
}
