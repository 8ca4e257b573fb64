//! The ledgers of charts that are released by themselves, read beside the project's.

use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::ledger::catalogue::Catalogue;
use plimsoll_engine::run::hearing::Hearing;

use super::ending::Failure;
use super::session::Session;
use super::subject::{Library, Reach};
use crate::output::json::releases::{ChartReleases, Releases};

/// What there is of a chart by itself.
pub(super) struct ChartLedger {
    pub(super) library: Library,
    pub(super) catalogue: Catalogue,
    pub(super) said: Hearing,
    pub(super) list: Releases,
}

impl ChartLedger {
    /// What a list says of it.
    pub(super) fn listed(&self) -> ChartReleases {
        let component = self.list.component.clone().unwrap_or_default();
        ChartReleases { component, latest: self.list.latest.clone(), releases: self.list.releases.clone() }
    }
}

/// The charts of a project that were released by themselves; and why there may be more of them, or of their releases.
pub(super) async fn read_chart_ledgers(
    session: &Session<'_>,
    library: &Library,
    git_ref: Option<&str>,
) -> Result<(Vec<ChartLedger>, Vec<Diagnostic>), Failure> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for charts in library.of_charts(session, git_ref, Reach::Everything).await? {
        let read = read(charts).await;
        // What is known of the project is worth showing whatever becomes of its charts.
        let told = match &read {
            Ok((_, told)) => told.clone(),
            Err(failure) => failure.problems.all().iter().cloned().map(Diagnostic::as_warning).collect(),
        };
        problems.extend(told);
        let ledger = read.ok().map(|(ledger, _)| ledger);
        found.extend(ledger.filter(|ledger| !ledger.list.releases.is_empty()));
    }
    Ok((found, problems))
}

async fn read(library: Library) -> Result<(ChartLedger, Vec<Diagnostic>), Failure> {
    let mut catalogue = library.read().await?;
    let said = library.hear(&mut catalogue).await?;
    library.quiet();
    let newest = library.judge_newest(&catalogue, &said);
    let component = library.subject.as_ref().map(|subject| &subject.project().name);
    let mut problems = library.warn_of_doubts(&catalogue.doubts);
    problems.extend(library.warn_of(&said));
    let told = problems.iter().cloned().collect();
    let list = Releases::of(component, catalogue.entries(), newest, &said, library.source.clone(), &told);
    Ok((ChartLedger { library, catalogue, said, list }, problems))
}
