//! The files of a commit, and untracked ones of the working directory where the commit has none.

mod batch;
mod listing;
mod untracked;

use std::path::PathBuf;

use futures_util::StreamExt as _;
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::error::{FileProblem, GitError};
use plimsoll_engine::world::tree::{FileStanding, Tree, TreeFile};
use plimsoll_engine::world::{Work, WorldError};
use tokio::sync::OnceCell;

use super::repository::{Repository, RepositoryError};
use crate::adapters::files::check_relative;
use batch::Blobs;
use listing::{Kind, Listing};

/// The files of one commit. Nothing is read before a file is opened.
pub struct CommitTree {
    repository: Repository,
    commit: Oid,
    root: PathBuf,
    listing: OnceCell<Listing>,
    blobs: Blobs,
}

impl Repository {
    /// The files of `commit`, with the untracked ones of the working directory behind them.
    pub fn tree(&self, commit: &Oid) -> CommitTree {
        CommitTree {
            repository: self.clone(),
            commit: commit.clone(),
            root: self.root().to_owned(),
            listing: OnceCell::new(),
            blobs: Blobs::new(self.clone()),
        }
    }

    /// A file of `commit`, whole; `None` if the commit has none there. Refuses more than `limit` bytes.
    pub async fn read_file(
        &self,
        commit: &Oid,
        path: &str,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, WorldError> {
        let Some(mut file) = self.tree(commit).open_tracked(path).await? else { return Ok(None) };
        if file.size > limit {
            return Err(odd(path, format!("{} bytes, more than {limit}", file.size)));
        }
        let mut whole = Vec::new();
        while let Some(piece) = file.bytes.next().await {
            whole.extend_from_slice(&piece?);
        }
        Ok(Some(whole))
    }
}

impl CommitTree {
    /// The paths of all files that the commit has; those whose names are not UTF-8 are left out.
    pub async fn read_paths(&self) -> Result<Vec<String>, RepositoryError> {
        let listing = self.listing().await?;
        Ok(listing.files().filter_map(|path| std::str::from_utf8(path).ok()).map(str::to_owned).collect())
    }

    async fn listing(&self) -> Result<&Listing, GitError> {
        let read = || async {
            let call = self.repository.objects_call("ls-tree");
            let output = call.args(["-r", "-z", "--full-tree", self.commit.as_str()]).success().await?;
            let broken = |why: String| GitError::Failed { command: "ls-tree".into(), why };
            Listing::parse(&output.stdout).map_err(|error| broken(error.to_string()))
        };
        self.listing.get_or_try_init(read).await
    }

    async fn open_tracked(&self, path: &str) -> Result<Option<TreeFile>, WorldError> {
        let path = check_relative(path)?;
        let listing = self.listing().await?;
        if let Some((above, kind)) = listing.find_above(&path) {
            return Err(odd(&path, format!("`{above}` is {} in the commit", kind.noun())));
        }
        let Some(entry) = listing.find(&path) else { return Ok(None) };
        let executable = match entry.kind {
            Kind::File => false,
            Kind::Executable => true,
            Kind::Link | Kind::Submodule | Kind::Folder => {
                return Err(odd(&path, format!("it is {} in the commit", entry.kind.noun())));
            }
        };
        let size = self.blobs.read_size(&entry.oid).await?;
        let bytes = self.blobs.stream(entry.oid, size);
        Ok(Some(TreeFile { path, size, executable, standing: FileStanding::Tracked, bytes }))
    }
}

impl Tree for CommitTree {
    fn open<'a>(&'a self, path: &'a str) -> Work<'a, Option<TreeFile>> {
        Box::pin(async move {
            match self.open_tracked(path).await? {
                Some(file) => Ok(Some(file)),
                None => untracked::open(&self.root, path).await,
            }
        })
    }
}

/// Something that can't be taken as a file.
fn odd(path: &str, why: String) -> WorldError {
    WorldError::File { path: path.to_owned(), why, kind: FileProblem::Broken }
}

#[cfg(test)]
mod tests;
