//! `ledger rebuild`: files that are missing or damaged, from claims, registries and release pages.

use clap::Args;
use plimsoll_engine::check::Findings;

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
/// said of releases later; of charts that were released by themselves, too. A damaged file is replaced where a digest proves what was released, and kept aside; any other that differs
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
        let component = subject.project().name.to_string();
        let (mut rebuilt, mut problems) = (Rebuilt::nothing(component), Findings::default());
        let charts = subject.of_own_charts();
        for (part, folder) in std::iter::once((&subject, None)).chain(charts.iter().map(in_folder)) {
            let voyage = part.voyage(session, &head, Purpose::Change, Stage::Real)?;
            let restored = restore(part, &voyage).await;
            voyage.display.clear();
            let Restored { written, replaced, present, problems: left } = restored?;
            rebuilt.written.extend(written.iter().map(|name| below(folder, name)));
            let replaced = replaced.into_iter().map(ReplacedInfo::from);
            let placed =
                |replaced: ReplacedInfo| ReplacedInfo { file: below(folder, &replaced.file), ..replaced };
            rebuilt.replaced.extend(replaced.map(placed));
            rebuilt.present += present;
            problems.extend(left.all().iter().cloned());
        }
        Ok(Ended::with(Answer::Rebuilt(rebuilt), problems))
    }
}

/// A chart that is released by itself has its files in a folder of its name.
fn in_folder(chart: &Subject) -> (&Subject, Option<&str>) {
    (chart, Some(chart.project().name.as_str()))
}

fn below(folder: Option<&str>, name: &str) -> String {
    folder.map_or_else(|| name.to_owned(), |folder| format!("{folder}/{name}"))
}
