//! Chart repositories in folders: one that somebody serves, or what branches would be beside the local registry.

use std::fs::{self, File};
use std::path::PathBuf;

use plimsoll_engine::domain::chart::ListedVersion;
use plimsoll_engine::world::chart_repositories::{
    Beside, ChartRepositories, ChartRepositoriesView, Listing, StandingChart,
};
use plimsoll_engine::world::error::FileProblem;
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_helm::CHART_LIMIT;
use plimsoll_helm::index::{INDEX_LIMIT, Merged, Use};
use plimsoll_oci::name::Digest;

use super::chart_index::{self, INDEX, ListError, Named, NewCharts};
use super::files::{check_name, check_relative, read_bounded, write_whole};

/// A chart repository in a folder.
pub struct ChartFolder(PathBuf);

impl ChartFolder {
    /// The one in this folder, which need not be there.
    pub fn at(folder: PathBuf) -> ChartFolder {
        ChartFolder(folder)
    }

    /// Lists packages. Others on this machine wait meanwhile.
    ///
    /// # Errors
    /// See [`ListError`].
    pub fn add(&self, new: &NewCharts) -> Result<Merged, ListError> {
        let _lock = self.lock()?;
        let before = self.read_index()?;
        let merged = new.add_to(before.as_deref())?;
        // Packages first: an index never names what is not there.
        for (name, bytes) in &new.files {
            check_name(name)?;
            write_whole(&self.0.join(name), bytes)?;
        }
        if before.as_ref() != Some(&merged.text) {
            write_whole(&self.0.join(INDEX), merged.text.as_bytes())?;
        }
        Ok(merged)
    }

    /// The folder itself is locked, so that no lock file is left in what somebody serves.
    fn lock(&self) -> Result<File, WorldError> {
        let lock = fs::create_dir_all(&self.0).and_then(|()| File::open(&self.0)).and_then(|folder| {
            folder.lock()?;
            Ok(folder)
        });
        lock.map_err(|error| WorldError::File {
            path: self.0.display().to_string(),
            why: error.to_string(),
            kind: FileProblem::Refused,
        })
    }

    /// The digest of a file beside the index.
    fn find_digest(&self, file: &str) -> Result<Option<Digest>, WorldError> {
        check_name(file)?;
        Ok(read_bounded(&self.0.join(file), CHART_LIMIT)?.map(|bytes| Digest::of(&bytes)))
    }

    fn read_index(&self) -> Result<Option<String>, WorldError> {
        let path = self.0.join(INDEX);
        let bytes = read_bounded(&path, INDEX_LIMIT as u64)?;
        bytes.map(|bytes| chart_index::to_text(&path.display().to_string(), bytes)).transpose()
    }
}

/// Chart repositories of the local registry, one folder per branch.
pub(crate) struct ChartFolders(PathBuf);

impl ChartFolders {
    /// Those below `folder`.
    pub(crate) fn new(folder: PathBuf) -> ChartFolders {
        ChartFolders(folder)
    }

    fn open(&self, branch: &str) -> Result<ChartFolder, WorldError> {
        Ok(ChartFolder::at(self.0.join(check_relative(branch)?)))
    }
}

impl ChartRepositoriesView for ChartFolders {
    fn versions<'a>(&'a self, branch: &'a str, chart: &'a str) -> Work<'a, Vec<String>> {
        Box::pin(async move {
            let folder = self.open(branch)?;
            let Some(text) = folder.read_index()? else { return Ok(Vec::new()) };
            chart_index::versions(&folder.0.join(INDEX).display().to_string(), &text, chart)
        })
    }

    fn find<'a>(&'a self, version: &'a ListedVersion) -> Work<'a, Option<StandingChart>> {
        Box::pin(async move {
            let folder = self.open(&version.branch)?;
            let Some(text) = folder.read_index()? else { return Ok(None) };
            let name = folder.0.join(INDEX).display().to_string();
            let Some(Named { package, file }) = chart_index::find(&name, &text, version)? else {
                return Ok(None);
            };
            let beside = match file {
                Some(file) => Some(Beside {
                    provenance: folder.find_digest(&format!("{file}.prov"))?,
                    package: folder.find_digest(&file)?,
                }),
                None => None,
            };
            Ok(Some(StandingChart { package, beside }))
        })
    }

    fn is_marked<'a>(&'a self, version: &'a ListedVersion, wanted: Use) -> Work<'a, Option<bool>> {
        Box::pin(async move {
            let folder = self.open(&version.branch)?;
            let Some(text) = folder.read_index()? else { return Ok(None) };
            let marked = chart_index::mark(INDEX, &text, version, wanted)?;
            Ok(marked.map(|marked| marked == text))
        })
    }
}

impl ChartRepositories for ChartFolders {
    fn list<'a>(&'a self, listing: Listing<'a>) -> Work<'a, ()> {
        Box::pin(async move {
            let (new, folder) = (NewCharts::of(listing)?, self.open(&listing.version.branch)?);
            folder.add(&new).map(|_| ()).map_err(|error| error.of_run(INDEX))
        })
    }

    fn mark<'a>(&'a self, version: &'a ListedVersion, wanted: Use) -> Work<'a, ()> {
        Box::pin(async move {
            let folder = self.open(&version.branch)?;
            let _lock = folder.lock()?;
            let Some(text) = folder.read_index()? else { return Ok(()) };
            match chart_index::mark(INDEX, &text, version, wanted)?.filter(|marked| *marked != text) {
                Some(marked) => write_whole(&folder.0.join(INDEX), marked.as_bytes()),
                None => Ok(()),
            }
        })
    }
}
