//! `list`: all releases.

use clap::Args;

use super::arguments::Place;
use super::ending::{Ended, Outcome};
use super::session::Session;
use super::subject::Worktree;
use crate::explain::Asked;
use crate::output::Answer;
use crate::output::json::releases::Releases;

/// Lists all releases
///
/// They are read from the claims and from the record files of this directory.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll list
  plimsoll list -o json | jq -r '.releases[].version'")]
pub(super) struct List {
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

impl List {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(self.list(session))
    }

    async fn list(&self, session: &Session<'_>) -> Outcome {
        let asked = Asked { verb: "list", tag: None, keeping: self.place.keeping() };
        let worktree = Worktree::open(session, asked).await?;
        let voyage = worktree.look(session)?;
        let account = worktree.read_releases(&voyage).await;
        voyage.display.clear();
        let account = account?;
        let list = Releases::of(&worktree.subject.project().name, &account.releases);
        Ok(Ended::with(Answer::Releases(list), worktree.warnings_with(&account.doubts)))
    }
}
