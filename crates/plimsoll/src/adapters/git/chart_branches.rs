//! Chart repositories on branches of the remote: index and packages in one commit, on top of whatever others pushed.

use plimsoll_engine::domain::chart::ListedVersion;
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::chart_repositories::{
    Beside, ChartRepositories, ChartRepositoriesView, Listing, StandingChart,
};
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_helm::CHART_LIMIT;
use plimsoll_helm::index::{INDEX_LIMIT, Merged, Use};
use plimsoll_oci::name::Digest;

use super::branch::{Change, Pushed, RemoteBranch};
use super::remote::Remote;
use super::repository::Repository;
use crate::adapters::chart_index::{self, INDEX, ListError, Named, NewCharts};

/// Chart repositories of one remote.
pub struct ChartBranches {
    repository: Repository,
    remote: Remote,
}

impl ChartBranches {
    /// Those on branches of `remote`.
    pub fn new(repository: Repository, remote: Remote) -> ChartBranches {
        ChartBranches { repository, remote }
    }

    /// Lists packages on a branch, which is made if it is not there.
    ///
    /// # Errors
    /// See [`ListError`].
    pub async fn add(&self, branch: &str, new: &NewCharts) -> Result<Merged, ListError> {
        let mut merged = None;
        let edit = |text: Option<&str>| {
            let found = new.add_to(text)?;
            let text = found.text.clone();
            merged = Some(found);
            Ok(Some(text))
        };
        self.edit(branch, edit, Some(new), render_message(new)).await?;
        // Whoever edits has merged.
        merged.ok_or_else(|| WorldError::Refused.into())
    }

    /// Edits the index on a branch, on top of whatever others push meanwhile; what `edit` leaves as it is, or has nothing for,
    /// is not committed. Files of what is `new` that the index names and the branch has not got are committed all the same.
    async fn edit(
        &self,
        branch: &str,
        mut edit: impl FnMut(Option<&str>) -> Result<Option<String>, ListError>,
        new: Option<&NewCharts>,
        message: String,
    ) -> Result<(), ListError> {
        let there = RemoteBranch::new(&self.repository, &self.remote, branch);
        let mut attempts = there.attempts();
        loop {
            let tip = attempts.fetch_tip().await?;
            let text = self.read_index(branch, tip.as_ref()).await?;
            let Some(edited) = edit(text.as_deref())? else { return Ok(()) };
            let mut files: Vec<(String, &[u8])> = match (new, &tip) {
                (Some(new), Some(tip)) if text.as_ref() == Some(&edited) => {
                    self.find_lacking(tip, &edited, new).await?
                }
                (new, _) => new.into_iter().flat_map(NewCharts::named_files).collect(),
            };
            if text.as_ref() != Some(&edited) {
                files.push((INDEX.to_owned(), edited.as_bytes()));
            }
            if files.is_empty() {
                return Ok(());
            }
            let author = there.read_author().await.map_err(WorldError::from)?;
            let change = Change { files, message: message.clone(), author };
            let commit = there.commit(tip.as_ref(), &change).await?;
            if attempts.push(&commit).await? == Pushed::Yes {
                return Ok(());
            }
        }
    }

    /// The files that an index names beside it, and that are not there as they should be.
    async fn find_lacking<'n>(
        &self,
        tip: &Oid,
        text: &str,
        new: &'n NewCharts,
    ) -> Result<Vec<(String, &'n [u8])>, WorldError> {
        let mut lacking = Vec::new();
        for (name, bytes) in new.named_files().filter(|_| new.are_beside(text)) {
            if self.repository.read_file(tip, &name, CHART_LIMIT).await?.as_deref() != Some(bytes) {
                lacking.push((name, bytes));
            }
        }
        Ok(lacking)
    }

    /// The digest of a file beside the index.
    async fn find_digest(&self, tip: &Oid, file: &str) -> Result<Option<Digest>, WorldError> {
        let bytes = self.repository.read_file(tip, file, CHART_LIMIT).await?;
        Ok(bytes.map(|bytes| Digest::of(&bytes)))
    }

    async fn read_index(&self, branch: &str, tip: Option<&Oid>) -> Result<Option<String>, WorldError> {
        let Some(tip) = tip else { return Ok(None) };
        let bytes = self.repository.read_file(tip, INDEX, INDEX_LIMIT as u64).await?;
        bytes.map(|bytes| chart_index::to_text(&name_index(branch), bytes)).transpose()
    }
}

/// How messages name the index.
fn name_index(branch: &str) -> String {
    format!("{branch}:{INDEX}")
}

fn render_message(new: &NewCharts) -> String {
    let names = new.entries.iter().map(|entry| {
        let metadata = &entry.metadata;
        format!("{} {}", metadata.name, metadata.version)
    });
    format!("chore(charts): list {}\n", names.collect::<Vec<_>>().join(", "))
}

impl ChartRepositoriesView for ChartBranches {
    fn versions<'a>(&'a self, branch: &'a str, chart: &'a str) -> Work<'a, Vec<String>> {
        Box::pin(async move {
            let tip = RemoteBranch::new(&self.repository, &self.remote, branch).fetch_tip().await?;
            match self.read_index(branch, tip.as_ref()).await? {
                Some(text) => chart_index::versions(&name_index(branch), &text, chart),
                None => Ok(Vec::new()),
            }
        })
    }

    fn find<'a>(&'a self, version: &'a ListedVersion) -> Work<'a, Option<StandingChart>> {
        Box::pin(async move {
            let branch = &version.branch;
            let tip = RemoteBranch::new(&self.repository, &self.remote, branch).fetch_tip().await?;
            let (Some(text), Some(tip)) = (self.read_index(branch, tip.as_ref()).await?, tip) else {
                return Ok(None);
            };
            let Some(Named { package, file }) = chart_index::find(&name_index(branch), &text, version)?
            else {
                return Ok(None);
            };
            let beside = match file {
                Some(file) => Some(Beside {
                    provenance: self.find_digest(&tip, &format!("{file}.prov")).await?,
                    package: self.find_digest(&tip, &file).await?,
                }),
                None => None,
            };
            Ok(Some(StandingChart { package, beside }))
        })
    }

    fn is_marked<'a>(&'a self, version: &'a ListedVersion, wanted: Use) -> Work<'a, Option<bool>> {
        Box::pin(async move {
            let branch = &version.branch;
            let tip = RemoteBranch::new(&self.repository, &self.remote, branch).fetch_tip().await?;
            let Some(text) = self.read_index(branch, tip.as_ref()).await? else { return Ok(None) };
            let marked = chart_index::mark(&name_index(branch), &text, version, wanted)?;
            Ok(marked.map(|marked| marked == text))
        })
    }
}

impl ChartRepositories for ChartBranches {
    fn list<'a>(&'a self, listing: Listing<'a>) -> Work<'a, ()> {
        Box::pin(async move {
            let (new, branch) = (NewCharts::of(listing)?, &listing.version.branch);
            let added = self.add(branch, &new).await;
            added.map(|_| ()).map_err(|error| error.of_run(&name_index(branch)))
        })
    }

    fn mark<'a>(&'a self, version: &'a ListedVersion, wanted: Use) -> Work<'a, ()> {
        Box::pin(async move {
            let (branch, name) = (&version.branch, name_index(&version.branch));
            let edit = |text: Option<&str>| match text {
                Some(text) => Ok(chart_index::mark(&name, text, version, wanted)?),
                None => Ok(None),
            };
            let done = match wanted {
                Use::Yanked => "yank",
                Use::Open | Use::Undeprecated => "take back the yank of",
            };
            let message = format!("chore(charts): {done} {} {}\n", version.chart, version.version);
            self.edit(branch, edit, None, message).await.map_err(|error| error.of_run(&name))
        })
    }
}

#[cfg(test)]
mod tests;
