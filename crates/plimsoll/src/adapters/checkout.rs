//! The files that are built from, in a folder: those of a commit, or the working directory as it lies.

use std::fs::{self, File, FileTimes, Permissions};
use std::io::{self, Read as _};
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
use super::git::{POINTER, Repository};

/// Which files are built from.
#[derive(Clone, Debug)]
pub(crate) enum Files {
    /// Those of a commit, with the commit's time.
    Commit(Oid, Moment),
    /// Those of the working directory, committed or not.
    Worktree,
}

/// A folder with the files that are built from. That of a commit is made when it is first needed, for one user, and thrown away.
pub(crate) struct Checkout {
    repository: Repository,
    files: Files,
    made: OnceCell<Made>,
}

struct Made {
    folder: TempDir,
    hollow: Vec<Hollow>,
}

/// Something that a commit only points at, and that is not in this clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hollow {
    /// Where it should be, from the root.
    pub(crate) path: String,
    /// What stands there instead.
    pub(crate) instead: &'static str,
}

/// What stands where a submodule should be.
const NO_SUBMODULE: &str =
    "the commit has a submodule there, and this clone has not got the submodule's commit";
/// What stands where a file of Git LFS should be.
const NO_LARGE_FILE: &str = "the commit has only a Git LFS pointer in its place";
/// The largest pointer, in bytes (the Git LFS specification, "The Pointer").
const POINTER_LIMIT: u64 = 1024;

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
                Ok(made.folder.path().join("tree"))
            }
        }
    }

    /// What the folder lacks, in the order of paths; it must have been asked for. Of a working directory nobody knows.
    pub(crate) fn hollow(&self) -> &[Hollow] {
        self.made.get().map(|made| made.hollow.as_slice()).unwrap_or_default()
    }

    /// The user's working directory, where files may be that the commit does not have.
    pub(crate) fn worktree(&self) -> &Path {
        self.repository.root()
    }

    async fn make(&self, commit: &Oid, time: Moment) -> Result<Made, WorldError> {
        let made = tempfile::Builder::new().prefix("plimsoll-checkout-").tempdir();
        let made = made.map_err(|error| file_error(&std::env::temp_dir(), &error))?;
        let tree = made.path().join("tree");
        fs::create_dir(&tree).map_err(|error| file_error(&tree, &error))?;
        let empty = self.repository.check_out(commit, &tree, &made.path().join("index")).await?;
        let pointers = on_disk(move || {
            let mut pointers = Vec::new();
            settle(&tree, time, &mut pointers)?;
            Ok(pointers
                .iter()
                .filter_map(|path| Some(path.strip_prefix(&tree).ok()?.display().to_string()))
                .collect::<Vec<_>>())
        });
        let hollow = |instead| move |path| Hollow { path, instead };
        let mut found: Vec<Hollow> = empty.into_iter().map(hollow(NO_SUBMODULE)).collect();
        found.extend(pointers.await?.into_iter().map(hollow(NO_LARGE_FILE)));
        found.sort_by(|one, two| one.path.cmp(&two.path));
        Ok(Made { folder: made, hollow: found })
    }
}

/// Gives everything the commit's time and permissions that do not hang on the user's umask: both would get into layers. Notes the
/// files that are pointers of Git LFS.
fn settle(folder: &Path, time: Moment, pointers: &mut Vec<PathBuf>) -> Result<(), WorldError> {
    let seconds = Duration::from_secs(u64::try_from(time.0).unwrap_or(0));
    let failed = |error: io::Error| file_error(folder, &error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        let failed = |error: io::Error| file_error(&path, &error);
        if kind.is_dir() {
            settle(&path, time, pointers)?;
        } else if kind.is_symlink() {
            let at = Timespec { tv_sec: time.0, tv_nsec: 0 };
            let times = Timestamps { last_access: at, last_modification: at };
            let set = rustix::fs::utimensat(rustix::fs::CWD, &path, &times, AtFlags::SYMLINK_NOFOLLOW);
            set.map_err(|error| failed(error.into()))?;
        } else {
            let mut file = File::open(&path).map_err(failed)?;
            let about = file.metadata().map_err(failed)?;
            if about.len() <= POINTER_LIMIT && is_pointer(&mut file).map_err(failed)? {
                pointers.push(path.clone());
            }
            let mode = about.permissions().mode();
            let mode = if mode & 0o100 == 0 { 0o644 } else { 0o755 };
            fs::set_permissions(&path, Permissions::from_mode(mode)).map_err(failed)?;
            file.set_times(FileTimes::new().set_modified(UNIX_EPOCH + seconds)).map_err(failed)?;
        }
    }
    fs::set_permissions(folder, Permissions::from_mode(0o755)).map_err(failed)?;
    let opened = File::open(folder).map_err(failed)?;
    opened.set_times(FileTimes::new().set_modified(UNIX_EPOCH + seconds)).map_err(failed)
}

fn is_pointer(file: &mut File) -> io::Result<bool> {
    let mut begin = Vec::new();
    file.take(POINTER.len() as u64).read_to_end(&mut begin)?;
    Ok(begin == POINTER)
}
