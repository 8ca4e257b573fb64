//! The files of a commit, and untracked ones of the working directory where the commit has none.

mod batch;
mod listing;
mod untracked;

use std::path::PathBuf;

use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::error::{FileProblem, GitError};
use plimsoll_engine::world::tree::{FileStanding, Tree, TreeFile};
use plimsoll_engine::world::{Work, WorldError};
use tokio::sync::OnceCell;

use super::repository::{Repository, text};
use crate::adapters::files::check_relative;
use batch::Blobs;
use listing::{Kind, Listing};

/// The files of one commit. Nothing is read before a file is opened.
pub(crate) struct CommitTree {
    repository: Repository,
    commit: Oid,
    root: PathBuf,
    listing: OnceCell<Listing>,
    blobs: Blobs,
}

impl Repository {
    /// The files of `commit`, with the untracked ones of the working directory behind them.
    pub(crate) fn tree(&self, commit: &Oid) -> CommitTree {
        CommitTree {
            repository: self.clone(),
            commit: commit.clone(),
            root: self.root().to_owned(),
            listing: OnceCell::new(),
            blobs: Blobs::new(self.clone()),
        }
    }

    /// A file of `commit`, whole; `None` if the commit has none there. Refuses more than `limit` bytes.
    ///
    /// For single files; who needs many opens the commit's tree, which lists it once.
    pub async fn read_file(
        &self,
        commit: &Oid,
        path: &str,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, WorldError> {
        let path = check_relative(path)?;
        let list = self.objects_call("ls-tree").args(["-z", "--full-tree", commit.as_str(), "--", &path]);
        let listed = list.set("GIT_LITERAL_PATHSPECS", "1").success().await?;
        let Some(entry) = parse_listing(&listed.stdout)?.find(&path) else { return Ok(None) };
        if entry.kind.is_odd() {
            return Err(odd(&path, format!("it is {} in the commit", entry.kind.noun())));
        }
        let size = self.objects_call("cat-file").args(["-s", entry.oid.as_str()]);
        let size = text(&size.success().await?);
        if size.parse::<u64>().map_or(true, |size| size > limit) {
            return Err(odd(&path, format!("{size} bytes, more than {limit}")));
        }
        let contents = self.objects_call("cat-file").args(["blob", entry.oid.as_str()]);
        Ok(Some(contents.success().await?.stdout))
    }
}

fn parse_listing(bytes: &[u8]) -> Result<Listing, GitError> {
    let broken = |why: String| GitError::Failed { command: "ls-tree".into(), why };
    Listing::parse(bytes).map_err(|error| broken(error.to_string()))
}

impl CommitTree {
    async fn listing(&self) -> Result<&Listing, GitError> {
        let read = || async {
            let call = self.repository.objects_call("ls-tree");
            let output = call.args(["-r", "-z", "--full-tree", self.commit.as_str()]).success().await?;
            parse_listing(&output.stdout)
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
        if entry.kind.is_odd() {
            return Err(odd(&path, format!("it is {} in the commit", entry.kind.noun())));
        }
        let executable = entry.kind == Kind::Executable;
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
