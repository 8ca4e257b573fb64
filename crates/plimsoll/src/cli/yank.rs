//! `yank` and `unyank`: a version that was released must not be used, or may be again.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use plimsoll_engine::plan::saying::Saying;

use super::ending::{Outcome, usage};
use super::session::Session;
use super::speak::{self, Manner};
use crate::output::json::statement::Speech;

/// Says that a released version must not be used
///
/// Nothing is deleted: whoever has pinned it can still pull it. Tags that move go to the highest version that still counts;
/// one that no such version asks for stays where it is, and is named. `list`, `info`, `whatis` and `deploy` say that it is
/// yanked, and why.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll yank v1.4.0 --reason \"loses messages\" --dry-run
  plimsoll yank v1.4.0 --reason \"loses messages\"")]
pub(super) struct Yank {
    /// The git tag, or the version
    #[arg(value_name = "TAG")]
    pub tag: String,
    /// Why, for everybody to read
    #[arg(long, value_name = "TEXT", env = "PLIMSOLL_REASON", value_parser = NonEmptyStringValueParser::new())]
    pub reason: String,
    /// How.
    #[command(flatten)]
    pub manner: Manner,
}

/// Takes a yank back: the version counts again
///
/// Tags that move are then at it again, where it is the newest.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll unyank v1.4.0 --dry-run
  plimsoll unyank v1.4.0")]
pub(super) struct Unyank {
    /// The git tag, or the version
    #[arg(value_name = "TAG")]
    pub tag: String,
    /// How.
    #[command(flatten)]
    pub manner: Manner,
}

impl Yank {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        if self.reason.chars().any(char::is_control) {
            let message = "a reason is one line of text";
            return Err(usage(message).into());
        }
        let reason = self.reason.clone();
        speak::run_for(session, Speech::Yank, &self.tag, self.manner, |release| Saying::Yank {
            version: release.version.clone(),
            record: release.seal.record.clone(),
            reason,
        })
    }
}

impl Unyank {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        speak::run_for(session, Speech::Unyank, &self.tag, self.manner, |release| Saying::Unyank {
            version: release.version.clone(),
        })
    }
}
