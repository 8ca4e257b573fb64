//! `ledger rebuild`: files that are missing, from claims, registries and release pages.

use clap::Args;

use super::restore::{Restored, restore};
use crate::cli::arguments::Place;
use crate::cli::ending::{Ended, Outcome};
use crate::cli::session::Session;
use crate::cli::subject::{Stage, Subject};
use crate::explain::{Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::rebuilt::Rebuilt;
use crate::wire::Purpose;

/// Writes files of the ledger that are missing, from claims, registries and release pages
///
/// Only records that a claim or the version tags confirm are written, wherever they lie. A file that is there is never
/// written over: one that differs is named.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll ledger rebuild
  plimsoll ledger rebuild --local")]
pub(in crate::cli) struct Rebuild {
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

impl Rebuild {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        session.change(self.rebuild(session))
    }

    async fn rebuild(&self, session: &Session<'_>) -> Outcome {
        let asked = Asked { verb: "ledger rebuild", tag: None, keeping: self.place.keeping() };
        let subject = Subject::of_worktree(session, asked).await?;
        let head =
            subject.repository.read_head().await.map_err(|error| error.explain(&subject.asked))?.commit;
        let voyage = subject.voyage(session, &head, Purpose::Change, Stage::Real)?;
        let restored = restore(&subject, &voyage).await?;
        voyage.display.clear();
        let Restored { written, present, problems } = restored;
        let component = subject.project().name.to_string();
        let rebuilt = Rebuilt { schema: Rebuilt::SCHEMA, component, written, present };
        Ok(Ended::with(Answer::Rebuilt(rebuilt), problems))
    }
}
