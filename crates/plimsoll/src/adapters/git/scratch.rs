//! A repository of this process's own: what is fetched, and what is made to be pushed, goes here.
//!
//! It sees the user's objects as alternates, so that nothing is fetched that is there. Runs side by side share neither
//! refs nor `FETCH_HEAD`, and the user's repository stays as it is.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use plimsoll_engine::world::error::GitError;
use tempfile::TempDir;

use super::program::GitCall;
use super::remote::{NAME, Remote, reach};
use super::repository::Repository;

/// How long a remote may take to list refs or to take a claim.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a remote may take to send commits.
const LONG_PATIENCE: Duration = Duration::from_secs(1800);

/// The scratch repository; it is deleted with the last [`Repository`] that uses it.
pub(super) struct Scratch {
    folder: TempDir,
    fetches: AtomicU64,
}

/// How much is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// Blobs: no commit is offered in exchange, which would only cost time.
    Blobs,
    /// One commit without those before it.
    OneCommit,
    /// Every commit that the user's repository lacks.
    Missing,
    /// All commits, without their files.
    Graph,
}

impl Scratch {
    async fn make(repository: &Repository) -> Result<Scratch, GitError> {
        let failed = |why: std::io::Error| GitError::Failed { command: "init".into(), why: why.to_string() };
        let folder = TempDir::with_prefix("plimsoll-git-").map_err(failed)?;
        let init =
            repository.program().call(folder.path(), "init").args(["--quiet", "--bare", "--template="]);
        init.arg(format!("--object-format={}", repository.object_format())).arg(".").success().await?;
        let alternates = format!("{}\n", repository.objects().display());
        fs::create_dir_all(folder.path().join("objects/info")).map_err(failed)?;
        fs::write(folder.path().join("objects/info/alternates"), alternates).map_err(failed)?;
        Ok(Scratch { folder, fetches: AtomicU64::new(0) })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Repository {
    /// A command on the scratch repository; relative paths are still those of the user's.
    pub(super) async fn scratch_call(&self, command: &'static str) -> Result<GitCall, GitError> {
        let scratch = self.scratch().await?;
        let call = self.program().call(self.root(), command).set("GIT_DIR", scratch.path());
        // In a shallow clone the commits of the alternate's refs can't be walked.
        Ok(call.settings([("core.alternateRefsPrefixes".into(), "refs/plimsoll/no-such-refs/".into())]))
    }

    /// A command that speaks to a remote, which it knows as [`NAME`].
    pub(super) async fn remote_call(
        &self,
        remote: &Remote,
        command: &'static str,
    ) -> Result<GitCall, GitError> {
        Ok(self.scratch_call(command).await?.settings(remote.settings()).patience(PATIENCE))
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

    /// Fetches the remote's ref `from`, or all refs that fit it if it ends with `*`. The first has the fresh name that is
    /// returned here, the others have it with whatever stood for the star behind it. A pattern that fits nothing is no
    /// error.
    pub(super) async fn fetch(
        &self,
        remote: &Remote,
        from: &str,
        amount: Amount,
    ) -> Result<String, GitError> {
        let count = self.scratch().await?.fetches.fetch_add(1, Ordering::Relaxed);
        let into = format!("refs/fetched/{count}/it");
        let star = if from.ends_with('*') { "*" } else { "" };
        let call = self.remote_call(remote, "fetch").await?.args(["--quiet", "--no-tags"]);
        let call = call.args(["--no-write-fetch-head", "--no-recurse-submodules"]);
        let no_offers = [("fetch.negotiationAlgorithm".to_owned(), "noop".to_owned())];
        let call = match amount {
            Amount::Blobs => call.settings(no_offers),
            Amount::OneCommit => call.arg("--depth=1").settings(no_offers).patience(LONG_PATIENCE),
            Amount::Missing => {
                let offers = [("core.alternateRefsPrefixes".to_owned(), "refs/".to_owned())];
                call.settings(offers).patience(LONG_PATIENCE)
            }
            Amount::Graph => call.arg("--filter=tree:0").patience(LONG_PATIENCE),
        };
        let call = call.arg(NAME).arg(format!("+{from}:{into}{star}"));
        reach(remote, "fetch", call).await?;
        Ok(into)
    }

    async fn scratch(&self) -> Result<&Scratch, GitError> {
        self.scratch_cell().get_or_try_init(|| Scratch::make(self)).await
    }
}
