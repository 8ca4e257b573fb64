//! The files that are built from, in a folder: those of a commit, or the working directory as it lies.

use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::WorldError;
use rustix::fs::{AtFlags, Timespec, Timestamps};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::files::{file_error, on_disk};
use super::git::Repository;

/// Which files are built from.
#[derive(Clone, Debug)]
pub(crate) enum Files {
    /// Those of a commit, with the commit's time.
    Commit(Oid, Moment),
    /// Those of the working directory, committed or not.
    Worktree,
}

/// A folder with the files that are built from. That of a commit is made when it is first needed, and thrown away.
pub(crate) struct Checkout {
    repository: Repository,
    files: Files,
    made: OnceCell<TempDir>,
}

impl Checkout {
    /// The files of `repository`.
    pub(crate) fn new(repository: &Repository, files: Files) -> Checkout {
        Checkout { repository: repository.clone(), files, made: OnceCell::new() }
    }

    /// The folder.
    pub(crate) async fn folder(&self) -> Result<PathBuf, WorldError> {
        match &self.files {
            Files::Worktree => Ok(self.repository.root().to_owned()),
            Files::Commit(commit, time) => {
                let made = self.made.get_or_try_init(|| self.make(commit, *time)).await?;
                Ok(made.path().join("tree"))
            }
        }
    }

    /// The user's working directory, where files may be that the commit does not have.
    pub(crate) fn worktree(&self) -> &Path {
        self.repository.root()
    }

    async fn make(&self, commit: &Oid, time: Moment) -> Result<TempDir, WorldError> {
        let made = tempfile::Builder::new().prefix("plimsoll-checkout-").tempdir();
        let made = made.map_err(|error| file_error(&std::env::temp_dir(), &error))?;
        let tree = made.path().join("tree");
        fs::create_dir(&tree).map_err(|error| file_error(&tree, &error))?;
        self.repository.check_out(commit, &tree, &made.path().join("index")).await?;
        on_disk(move || settle(&tree, time)).await?;
        Ok(made)
    }
}

/// Gives everything the commit's time and permissions that do not hang on the user's umask: both would get into layers.
fn settle(folder: &Path, time: Moment) -> Result<(), WorldError> {
    let seconds = Duration::from_secs(u64::try_from(time.0).unwrap_or(0));
    let failed = |error: std::io::Error| file_error(folder, &error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        let failed = |error: std::io::Error| file_error(&path, &error);
        if kind.is_dir() {
            settle(&path, time)?;
        } else if kind.is_symlink() {
            let at = Timespec { tv_sec: time.0, tv_nsec: 0 };
            let times = Timestamps { last_access: at, last_modification: at };
            let set = rustix::fs::utimensat(rustix::fs::CWD, &path, &times, AtFlags::SYMLINK_NOFOLLOW);
            set.map_err(|error| failed(error.into()))?;
        } else {
            let file = File::open(&path).map_err(failed)?;
            let mode = file.metadata().map_err(failed)?.permissions().mode();
            let mode = if mode & 0o100 == 0 { 0o644 } else { 0o755 };
            fs::set_permissions(&path, Permissions::from_mode(mode)).map_err(failed)?;
            file.set_times(FileTimes::new().set_modified(UNIX_EPOCH + seconds)).map_err(failed)?;
        }
    }
    fs::set_permissions(folder, Permissions::from_mode(0o755)).map_err(failed)?;
    let opened = File::open(folder).map_err(failed)?;
    opened.set_times(FileTimes::new().set_modified(UNIX_EPOCH + seconds)).map_err(failed)
}
