//! Ledgers of charts that are released by themselves: they lie below the project's.

use super::{Library, Reach};
use crate::cli::ending::Failure;
use crate::cli::session::Session;
use crate::cli::subject::Subject;

impl Library {
    /// The ledger of each chart that can be released by itself; none where no project is at hand.
    pub(crate) async fn of_charts(
        &self,
        session: &Session<'_>,
        git_ref: Option<&str>,
        reach: Reach,
    ) -> Result<Vec<Library>, Failure> {
        let Some(subject) = &self.subject else { return Ok(Vec::new()) };
        let project = subject.project();
        let mut found = Vec::new();
        for alone in project.charts.iter().filter_map(|chart| project.of_chart(chart)) {
            let mut config = subject.config.clone();
            config.project = alone;
            let subject = Subject {
                repository: subject.repository.clone(),
                config,
                signing_files: subject.signing_files,
                remote: subject.remote.clone(),
                asked: subject.asked.clone(),
            };
            found.push(Library::of_subject(session, subject, git_ref, reach).await?);
        }
        Ok(found)
    }
}
