//! `ledger`: the ledger's own upkeep.

mod rebuild;

use clap::{Args, Subcommand};

use super::ending::Outcome;
use super::session::Session;

/// Writes the ledger's files again from the registries
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll ledger rebuild              what was lost, from claims and registries")]
pub(super) struct Ledger {
    /// What to do
    #[command(subcommand)]
    pub command: LedgerCommand,
}

/// What to do with the ledger.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum LedgerCommand {
    /// Writes files of the ledger that are missing, from claims and registries
    Rebuild(rebuild::Rebuild),
}

impl Ledger {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        match &self.command {
            LedgerCommand::Rebuild(rebuild) => rebuild.run(session),
        }
    }
}
