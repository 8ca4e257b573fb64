//! `latest`: the newest release.

use clap::Args;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ledger::release::find_latest;

use super::arguments::Place;
use super::ending::{Ended, Outcome};
use super::session::Session;
use super::subject::Worktree;
use crate::explain::Asked;
use crate::output::Answer;
use crate::output::json::release::ReleaseInfo;

/// Shows the newest release that is no pre-release
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll latest
  plimsoll latest -o json | jq -r .version")]
pub(super) struct Latest {
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

impl Latest {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(self.latest(session))
    }

    async fn latest(&self, session: &Session<'_>) -> Outcome {
        let asked = Asked { verb: "latest", tag: None, keeping: self.place.keeping() };
        let worktree = Worktree::open(session, asked).await?;
        let voyage = worktree.look(session)?;
        let account = worktree.read_releases(&voyage).await;
        voyage.display.clear();
        let account = account?;
        let Some(latest) = find_latest(&account.releases) else {
            let message = format!("{} has no published release", worktree.subject.project().name);
            let asked = &worktree.subject.asked;
            return Err(Diagnostic::error(Code::UnknownRelease, Cure::FixThenRunAgain, message)
                .help(format!("see all: `{}`", asked.command("list")))
                .into());
        };
        Ok(Ended::with(Answer::Release(ReleaseInfo::of(latest)), worktree.warnings_with(&account.doubts)))
    }
}
