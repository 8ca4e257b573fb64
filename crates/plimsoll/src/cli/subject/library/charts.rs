//! Ledgers of charts that are released by themselves: they lie below the project's.

use super::{Library, Reach};
use crate::cli::ending::Failure;
use crate::cli::session::Session;

impl Library {
    /// The ledger of each chart that can be released by itself; none where no project is at hand.
    pub(crate) async fn of_charts(
        &self,
        session: &Session<'_>,
        git_ref: Option<&str>,
        reach: Reach,
    ) -> Result<Vec<Library>, Failure> {
        let Some(subject) = &self.subject else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for chart in subject.of_own_charts() {
            found.push(Library::of_subject(session, chart, git_ref, reach).await?);
        }
        Ok(found)
    }
}
