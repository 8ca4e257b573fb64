//! A package in a chart repository over HTTP: on a branch of the git remote, or in a folder.

use plimsoll_helm::index::{Entry, Merged, Merging, Place, read};

use super::{Publish, read_provenance};
use crate::cli::chart::files::source_date;
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::session::Session;
use crate::cli::subject;
use crate::explain::chart::{broken_entry, index_error, merge_error};
use crate::explain::{Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::chart::IndexedCharts;
use crate::wire::{self, ChartBranches, ChartFolder, ListError, NewCharts};

impl Publish {
    /// Lists a package.
    pub(super) fn list(&self, session: &Session<'_>, mut entry: Entry, package: Vec<u8>) -> Outcome {
        let name = format!("{}-{}.tgz", entry.metadata.name, entry.metadata.version);
        entry.file.clone_from(&name);
        let place = self.url.clone().unwrap_or(Place::BesideIndex);
        let time = source_date(session)?.unwrap_or_else(wire::now);
        let mut files = Vec::new();
        if place == Place::BesideIndex {
            let provenance = read_provenance(session, &self.package, (&entry, &package))?;
            files.extend(provenance.map(|bytes| (format!("{name}.prov"), bytes)));
            files.push((name, package));
        }
        let how = Merging { place: place.clone(), time: time.to_string() };
        let new = NewCharts { entries: vec![entry], files, how };
        let (name, merged) = match (&self.branch, &self.folder) {
            (Some(branch), _) => {
                (format!("{branch}:index.yaml"), session.look(self.add_to_branch(session, branch, &new))?)
            }
            (None, folder) => {
                let folder = folder.clone().unwrap_or_default();
                let name = folder.join("index.yaml").display().to_string();
                let merged = ChartFolder::at(session.path(&folder)).add(&new);
                (name.clone(), merged.map_err(|error| explain(&name, &error))?)
            }
        };
        let index = read(&merged.text).map_err(|error| index_error(&name, &error))?;
        let problems = index.broken().iter().map(|one| broken_entry(&name, one)).collect();
        let answer = IndexedCharts::of(&name, &index, &new.entries, &merged.outcomes, &place);
        Ok(Ended::with(Answer::ChartIndexed(answer), problems))
    }

    async fn add_to_branch(
        &self,
        session: &Session<'_>,
        branch: &str,
        new: &NewCharts,
    ) -> Result<Merged, Failure> {
        let asked = asked();
        let repository = subject::open(session, &asked).await?;
        let remote = repository.read_remote(None).await;
        let remote = remote.map_err(|error| Failure::from(error.explain(&asked)))?;
        let added = ChartBranches::new(repository, remote).add(branch, new).await;
        added.map_err(|error| explain(&format!("{branch}:index.yaml"), &error))
    }
}

fn asked() -> Asked {
    Asked { verb: "chart publish", ..Asked::default() }
}

fn explain(index: &str, error: &ListError) -> Failure {
    match error {
        ListError::Merge(error) => merge_error(index, error).into(),
        ListError::World(error) => error.explain(&asked()).into(),
    }
}
