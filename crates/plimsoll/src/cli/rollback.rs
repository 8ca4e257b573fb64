//! `rollback` and `unhold`: tags that move go back to an older release, and forward again.

use clap::Args;
use plimsoll_engine::plan::saying::Saying;

use super::ending::Outcome;
use super::session::Session;
use super::speak::{self, Manner};
use crate::output::json::statement::Speech;

/// Moves tags back to an older release, and keeps them there
///
/// Every version above it that is out now is passed over from now on, whatever is released again or for older lines; a version
/// that is published later counts. `plimsoll unhold` ends it. The compose file of the release that was gone back to is shown.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll rollback --dry-run          to the release before the newest: which tags would move?
  plimsoll rollback v1.3.0
  plimsoll unhold                      counts again what was passed over")]
pub(super) struct Rollback {
    /// The git tag or version to go back to; without it, the one before the newest
    #[arg(value_name = "TO")]
    pub to: Option<String>,
    /// How.
    #[command(flatten)]
    pub manner: Manner,
}

/// Ends rollbacks: what they pass over counts again
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll unhold --dry-run
  plimsoll unhold v1.4.0               only what passes v1.4.0 over")]
pub(super) struct Unhold {
    /// The git tag, or the version: only rollbacks that pass it over are ended
    #[arg(value_name = "TAG")]
    pub tag: Option<String>,
    /// How.
    #[command(flatten)]
    pub manner: Manner,
}

impl Rollback {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        speak::run(session, Speech::Rollback, self.to.as_deref(), self.manner, |release| Saying::RollBack {
            to: release.map(|release| release.version.clone()),
        })
    }
}

impl Unhold {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        speak::run(session, Speech::Unhold, self.tag.as_deref(), self.manner, |release| Saying::Unhold {
            over: release.map(|release| release.version.clone()),
        })
    }
}
