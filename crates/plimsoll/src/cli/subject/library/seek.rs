//! The release that a tag or version names.

use std::sync::PoisonError;

use plimsoll_engine::domain::claim::ClaimName;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ledger::doubt::find_others;
use plimsoll_engine::ledger::release::{Answer, Comparing, Release, find_release};
use plimsoll_engine::run::swap::read;

use super::Library;
use super::known::{bare, pick, unknown};
use crate::cli::ending::{Failure, usage};
use crate::explain;

/// A release that was looked for, and what tells of it.
enum Sought {
    /// A claim, or a file of the ledger.
    Known(Box<Release>),
    /// A record in a repository of the project alone: its claim was lost.
    Unclaimed(Box<Release>),
}

impl Library {
    /// The release of a tag or version. Where its version alone does not find it, all are looked through.
    pub(crate) async fn find(&self, tag: &str, comparing: Comparing) -> Result<Release, Failure> {
        match self.seek(tag, comparing).await? {
            Sought::Known(release) => Ok(*release),
            Sought::Unclaimed(release) => {
                self.quiet();
                Err(explain::claim::lost(&[release.tag.name.0.as_str()], &self.asked).into())
            }
        }
    }

    /// The same, also where neither a claim nor a file tells of it, but a record beside its version tags in a repository of the
    /// project: such a version counts, so that something can be said of it.
    pub(crate) async fn find_counted(&self, tag: &str, comparing: Comparing) -> Result<Release, Failure> {
        match self.seek(tag, comparing).await? {
            Sought::Known(release) | Sought::Unclaimed(release) => Ok(*release),
        }
    }

    async fn seek(&self, tag: &str, comparing: Comparing) -> Result<Sought, Failure> {
        if bare(tag).is_empty() {
            let message = format!("`{tag}` is no git tag and no version");
            return Err(usage(message).help("name a release: `v1.4.0`, or `1.4.0`").into());
        }
        // A version can be asked for at once. What has a slash is none, but a tag such as `release/1.0.0`.
        if !tag.contains('/')
            && let Some(release) = self.find_version(bare(tag), comparing).await?
        {
            return Ok(Sought::Known(Box::new(release)));
        }
        let catalogue = self.read().await?;
        if let Some(doubt) = catalogue.doubts.iter().find(|doubt| doubt.version == bare(tag)) {
            return Err(self.explain_doubt(doubt).into());
        }
        if let Some(release) = self.find_release_of_number(tag).await? {
            self.quiet();
            let message = format!("{tag} is the chart of {release}, which was released with its images");
            return Err(Diagnostic::error(Code::UnknownRelease, Cure::FixThenRunAgain, message)
                .help("ask about that release: it has the chart, and everything that was released with it")
                .into());
        }
        let unknown = || unknown(catalogue.entries(), tag, &self.asked);
        let Some(entry) = pick(catalogue.entries(), tag) else {
            let lost = self.find_lost(tag).await?;
            self.quiet();
            return lost.map(|release| Sought::Unclaimed(Box::new(release))).ok_or_else(|| unknown().into());
        };
        let found = self.find_version(&entry.written, comparing).await?;
        found.map(|release| Sought::Known(Box::new(release))).ok_or_else(|| unknown().into())
    }

    /// The release that has a chart's own git tag for its chart.
    async fn find_release_of_number(&self, tag: &str) -> Result<Option<String>, Failure> {
        let (Some(subject), Some(voyage)) = (&self.subject, &self.voyage) else { return Ok(None) };
        let project = subject.project();
        let Some(version) = project.tags.read(tag).version().map(ToString::to_string) else {
            return Ok(None);
        };
        let name = ClaimName { component: project.name.clone(), version };
        let at = read(&voyage.world, &name).await.map_err(|stop| explain::findings(&stop, &self.asked))?;
        Ok(at.and_then(|at| at.claim.number_for))
    }

    /// The release of a version.
    async fn find_version(&self, version: &str, comparing: Comparing) -> Result<Option<Release>, Failure> {
        let found = find_release(self.archive.sources(), self.scope(), version, comparing).await;
        match self.settle(found)? {
            Answer::Release(release) => {
                let others = find_others(self.archive.sources(), &release).await;
                let others = self.settle(others)?;
                let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
                if met.iter().all(|one| one.version != release.record.version) {
                    met.extend(others);
                }
                Ok(Some(*release))
            }
            Answer::Doubt(doubt) => Err(self.explain_doubt(&doubt).into()),
            Answer::Unknown => Ok(None),
        }
    }
}
