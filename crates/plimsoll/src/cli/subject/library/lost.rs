//! Releases whose claims were lost: only image repositories tell of them.

use std::collections::BTreeSet;

use plimsoll_engine::act;
use plimsoll_engine::ledger::release::{LedgerError, Release};
use plimsoll_tags::version::Version;

use super::Library;
use super::known::bare;
use crate::cli::ending::Failure;

impl Library {
    /// The releases of the project that no claim speaks for, beside the versions that are `known`.
    pub(super) async fn find_lost_claims(&self, known: &BTreeSet<String>) -> Result<Vec<Release>, Failure> {
        let (Some(subject), Some(voyage)) = (&self.subject, &self.voyage) else { return Ok(Vec::new()) };
        let lost = act::find_lost_claims(voyage.world.eyes(), subject.project(), known).await;
        self.settle(lost.map_err(LedgerError::from))
    }

    /// The release of a version that neither a claim nor a file tells of, but a record in a repository of the project.
    pub(super) async fn find_lost(&self, tag: &str) -> Result<Option<Release>, Failure> {
        let (Some(subject), Some(voyage)) = (&self.subject, &self.voyage) else { return Ok(None) };
        let project = subject.project();
        let version = project.tags.read(tag).version().cloned();
        let bare = || Version::parse(project.tags.scheme(), bare(tag)).ok();
        // Of what names no version there is no claim either.
        let Some(version) = version.or_else(bare) else { return Ok(None) };
        let found = act::find_lost_claim(voyage.world.eyes(), project, &version.to_string()).await;
        self.settle(found.map_err(LedgerError::from))
    }
}
