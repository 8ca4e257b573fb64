//! `list`: all releases.

use clap::Args;

use super::arguments::Where;
use super::chart_ledgers::{ChartLedger, read_chart_ledgers};
use super::ending::{Ended, Outcome};
use super::session::Session;
use super::subject::{Library, Reach};
use crate::output::Answer;
use crate::output::json::releases::Releases;

/// Lists all releases
///
/// They are read from the claims, the ledger and the registries; or from the one place that is named.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll list
  plimsoll list -o json | jq -r '.releases[].version'
  plimsoll list --ref origin/main
  plimsoll list --registry ghcr.io/acme/app")]
pub(super) struct List {
    /// Where.
    #[command(flatten)]
    pub at: Where,
}

impl List {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(async {
            let library = Library::open(session, "list", None, &self.at, Reach::Everything).await?;
            let mut catalogue = library.read().await?;
            let said = library.hear(&mut catalogue).await?;
            let git_ref = self.at.git_ref.as_deref();
            let charts = read_chart_ledgers(session, &library, git_ref).await;
            library.quiet();
            let (charts, doubted) = charts?;
            library.check_emptiness(&catalogue, &said)?;
            let newest = library.judge_newest(&catalogue, &said);
            let component = library.subject.as_ref().map(|subject| &subject.project().name);
            let mut problems = library.warnings(&catalogue.doubts);
            problems.extend(library.warn_of(&said).into_iter().chain(doubted));
            let source = library.source.clone();
            let list = Releases::of(component, catalogue.entries(), newest, &said, source, &problems);
            let list = Releases { charts: charts.iter().map(ChartLedger::listed).collect(), ..list };
            Ok(Ended::with(Answer::Releases(list), problems))
        })
    }
}
