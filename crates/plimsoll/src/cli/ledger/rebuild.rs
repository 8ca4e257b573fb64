//! `ledger rebuild`: files that are missing or damaged, from claims, registries and release pages.

use clap::Args;

use super::restore::{Restored, restore};
use crate::cli::arguments::Place;
use crate::cli::ending::{Ended, Outcome};
use crate::cli::session::Session;
use crate::cli::subject::{Stage, Subject};
use crate::explain::{Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::rebuilt::{Rebuilt, ReplacedInfo};
use crate::wire::Purpose;

/// Writes files of the ledger that are missing or damaged, from claims, registries and release pages
///
/// Only records that a claim or the version tags confirm are written, wherever they lie; beside them their signatures, and what was
/// said of releases later. A damaged file is replaced where a digest proves what was released, and kept aside; any other that differs
/// is named.
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
        let Restored { written, replaced, present, problems } = restored;
        let replaced = replaced.into_iter().map(ReplacedInfo::from).collect();
        let component = subject.project().name.to_string();
        let rebuilt = Rebuilt { schema: Rebuilt::SCHEMA, component, written, replaced, present };
        Ok(Ended::with(Answer::Rebuilt(rebuilt), problems))
    }
}
