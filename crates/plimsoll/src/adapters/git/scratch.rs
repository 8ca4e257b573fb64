//! Repositories of this process's own: what is fetched, and what is made to be pushed, goes there.
//!
//! Runs side by side share neither refs nor `FETCH_HEAD`, and the user's repository stays as it is.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use plimsoll_engine::world::error::GitError;
use tempfile::TempDir;

use super::program::GitCall;
use super::remote::{NAME, Remote, reach};
use super::repository::{History, Repository};

/// How long a remote may take to list refs or to take a claim.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a remote may take to send commits.
const LONG_PATIENCE: Duration = Duration::from_secs(1800);

/// A bare repository in a temporary folder, deleted when this is dropped.
pub(super) struct Scratch {
    folder: TempDir,
    fetches: AtomicU64,
}

/// Whether a scratch repository sees the user's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Objects {
    /// It does: nothing is fetched that is there, and what is there can be pushed.
    Borrowed,
    /// It has only its own.
    Own,
}

/// How much is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// Blobs: no commit is offered in exchange, which would only cost time.
    Blobs,
    /// One commit without those before it.
    OneCommit,
    /// One commit and the names of its files.
    OneTree,
    /// Everything that the user's repository lacks.
    Missing,
    /// All commits, without their files.
    Graph,
}

impl Scratch {
    pub(super) async fn make(repository: &Repository, objects: Objects) -> Result<Scratch, GitError> {
        let folder = TempDir::with_prefix("plimsoll-git-").map_err(|error| failed(&error))?;
        let init =
            repository.program().call(folder.path(), "init").args(["--quiet", "--bare", "--template="]);
        init.arg(format!("--object-format={}", repository.object_format())).arg(".").success().await?;
        if objects == Objects::Borrowed {
            borrow_objects(folder.path(), repository).map_err(|error| failed(&error))?;
        }
        Ok(Scratch { folder, fetches: AtomicU64::new(0) })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A command on this repository; relative paths are those of the user's.
    pub(super) fn call(&self, repository: &Repository, command: &'static str) -> GitCall {
        let call = repository.program().call(repository.root(), command).set("GIT_DIR", self.path());
        // The user's refs say nothing here, and with ten thousand tags they cost time.
        call.settings([("core.alternateRefsPrefixes".into(), "refs/plimsoll/no-such-refs/".into())])
    }

    /// Fetches the remote's ref `from`, or all refs that fit it if it ends with `*`. The first has the fresh name that is
    /// returned here, the others have it with whatever stood for the star behind it. A pattern that fits nothing is no
    /// error.
    pub(super) async fn fetch(
        &self,
        repository: &Repository,
        remote: &Remote,
        from: &str,
        amount: Amount,
    ) -> Result<String, GitError> {
        let into = format!("refs/fetched/{}/it", self.fetches.fetch_add(1, Ordering::Relaxed));
        let star = if from.ends_with('*') { "*" } else { "" };
        let call = remote.introduce(self.call(repository, "fetch"));
        let call = call.args(["--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"]);
        let no_offers = [("fetch.negotiationAlgorithm".to_owned(), "noop".to_owned())];
        let call = match amount {
            Amount::Blobs => call.settings(no_offers).patience(PATIENCE),
            Amount::OneCommit => call.arg("--depth=1").settings(no_offers).patience(LONG_PATIENCE),
            Amount::OneTree => {
                call.args(["--depth=1", "--filter=blob:none"]).settings(no_offers).patience(LONG_PATIENCE)
            }
            Amount::Missing => {
                let offers = [("core.alternateRefsPrefixes".to_owned(), "refs/".to_owned())];
                call.settings(offers).patience(LONG_PATIENCE)
            }
            Amount::Graph => call.arg("--filter=tree:0").settings(no_offers).patience(LONG_PATIENCE),
        };
        reach(remote, "fetch", call.arg(NAME).arg(format!("+{from}:{into}{star}"))).await?;
        Ok(into)
    }
}

fn borrow_objects(folder: &Path, repository: &Repository) -> io::Result<()> {
    let alternates = format!("{}\n", repository.objects().display());
    fs::create_dir_all(folder.join("objects/info"))?;
    fs::write(folder.join("objects/info/alternates"), alternates)?;
    if repository.history() == History::Shallow {
        // Without it the commits at the edge would seem broken.
        fs::copy(repository.shallow_file(), folder.join("shallow"))?;
    }
    Ok(())
}

fn failed(error: &io::Error) -> GitError {
    GitError::Failed { command: "init".into(), why: error.to_string() }
}

impl Repository {
    /// A command on the scratch repository that borrows the user's objects.
    pub(super) async fn scratch_call(&self, command: &'static str) -> Result<GitCall, GitError> {
        Ok(self.scratch().await?.call(self, command))
    }

    /// A command that speaks to a remote, which it knows as [`NAME`].
    pub(super) async fn remote_call(
        &self,
        remote: &Remote,
        command: &'static str,
    ) -> Result<GitCall, GitError> {
        Ok(remote.introduce(self.scratch_call(command).await?).patience(PATIENCE))
    }

    /// A command on the user's repository that also sees what was fetched.
    pub(super) fn objects_call(&self, command: &'static str) -> GitCall {
        match self.scratch_cell().get() {
            Some(scratch) => {
                self.call(command).set("GIT_ALTERNATE_OBJECT_DIRECTORIES", scratch.path().join("objects"))
            }
            None => self.call(command),
        }
    }

    /// Fetches into the scratch repository that borrows the user's objects; see [`Scratch::fetch`].
    pub(super) async fn fetch(
        &self,
        remote: &Remote,
        from: &str,
        amount: Amount,
    ) -> Result<String, GitError> {
        self.scratch().await?.fetch(self, remote, from, amount).await
    }

    async fn scratch(&self) -> Result<&Scratch, GitError> {
        self.scratch_cell().get_or_try_init(|| Scratch::make(self, Objects::Borrowed)).await
    }
}
