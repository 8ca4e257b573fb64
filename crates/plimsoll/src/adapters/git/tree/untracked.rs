//! Files of the working directory that the commit does not have: build outputs.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::tree::{FileStanding, TreeFile};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use crate::adapters::files::{broken, check_relative, escapes, file_error, find_inside, on_disk};

/// The largest piece of a file that is held in memory, in bytes.
const PIECE: usize = 256 * 1024;

/// How deep a directory may be nested.
const DEPTH: usize = 64;

/// Where a path really is, below `root`; `None` if nothing is there. Symbolic links are followed as long as they stay
/// inside.
pub(super) async fn find(root: &Path, path: &str) -> Result<Option<PathBuf>, WorldError> {
    let path = check_relative(path)?;
    if path.split('/').any(is_git) {
        return Err(escapes(&path, "git's own files are no input"));
    }
    let root = root.to_owned();
    on_disk(move || {
        let Some(real) = find_inside(&root, &path)? else { return Ok(None) };
        // A link may lead there, too.
        let inside = std::fs::canonicalize(&root).map_err(|error| file_error(&root, &error))?;
        let mut parts = real.strip_prefix(&inside).unwrap_or(&real).components();
        match parts.any(|part| part.as_os_str().to_str().is_some_and(is_git)) {
            true => Err(escapes(&path, "git's own files are no input")),
            false => Ok(Some(real)),
        }
    })
    .await
}

fn is_git(name: &str) -> bool {
    name.eq_ignore_ascii_case(".git")
}

/// Opens a file below `root`; `None` if there is none.
pub(super) async fn open(root: &Path, path: &str) -> Result<Option<TreeFile>, WorldError> {
    let Some(real) = find(root, path).await? else { return Ok(None) };
    let path = check_relative(path)?;
    let found = tokio::fs::metadata(&real).await.map_err(|error| file_error(&real, &error))?;
    if found.is_dir() {
        let why = format!("it is a directory; to take everything in it write `{path}/`");
        return Err(broken(path.as_ref(), why));
    }
    if !found.is_file() {
        return Err(broken(path.as_ref(), "it is no regular file"));
    }
    let (size, executable) = (found.len(), found.mode() & 0o111 != 0);
    let bytes = stream::once(async move {
        // Not before somebody reads: a directory may have more files than a process may have open.
        let file = File::open(&real).await.map_err(|error| file_error(&real, &error))?;
        Ok::<_, WorldError>(read(real, file, size))
    });
    Ok(Some(TreeFile {
        path,
        size,
        executable,
        standing: FileStanding::Untracked,
        bytes: bytes.try_flatten().boxed(),
    }))
}

/// Opens every file below a directory, in the order of paths; `None` if there is no such directory.
pub(super) async fn open_below(root: &Path, directory: &str) -> Result<Option<Vec<TreeFile>>, WorldError> {
    open_listed(root, directory, None).await
}

/// The same, with the files of folders that links in it lead to.
pub(super) async fn open_linked(root: &Path, directory: &str) -> Result<Option<Vec<TreeFile>>, WorldError> {
    let inside = root.to_owned();
    let real = on_disk(move || std::fs::canonicalize(&inside).map_err(|error| file_error(&inside, &error)));
    open_listed(root, directory, Some(real.await?)).await
}

async fn open_listed(
    root: &Path,
    directory: &str,
    linked: Option<PathBuf>,
) -> Result<Option<Vec<TreeFile>>, WorldError> {
    let Some(real) = find(root, directory).await? else { return Ok(None) };
    let directory = check_relative(directory)?;
    if !real.is_dir() {
        return Err(broken(directory.as_ref(), "it is no directory: write it without `/` at its end"));
    }
    let mut paths = on_disk(move || list_below(&real, &directory, DEPTH, linked.as_deref())).await?;
    paths.sort_unstable();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        // A file that has gone meanwhile would have changed while it was read.
        let gone = || broken(path.as_ref(), "it went away while the directory was read");
        files.push(open(root, &path).await?.ok_or_else(gone)?);
    }
    Ok(Some(files))
}

/// The paths of all files below `folder`, each behind `path`. A folder that a link leads to is one of it where it lies below
/// `linked`.
fn list_below(
    folder: &Path,
    path: &str,
    depth: usize,
    linked: Option<&Path>,
) -> Result<Vec<String>, WorldError> {
    let Some(deeper) = depth.checked_sub(1) else {
        return Err(broken(folder, "directories are nested too deep"));
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| file_error(folder, &error))? {
        let entry = entry.map_err(|error| file_error(folder, &error))?;
        let kind = entry.file_type().map_err(|error| file_error(&entry.path(), &error))?;
        let name = entry.file_name().into_string();
        let name = name.map_err(|_| broken(&entry.path(), "its name is no UTF-8"))?;
        let below = format!("{path}/{name}");
        if is_git(&name) {
            return Err(escapes(&below, "git's own files are no input"));
        }
        // A link to a directory might lead to itself; one to a file is opened as the file.
        if kind.is_symlink() && entry.path().is_dir() {
            let real =
                std::fs::canonicalize(entry.path()).map_err(|error| file_error(&entry.path(), &error))?;
            if !linked.is_some_and(|root| real.starts_with(root)) || folder.starts_with(&real) {
                return Err(broken(below.as_ref(), "it is a symbolic link to a directory"));
            }
            paths.extend(list_below(&real, &below, deeper, None)?);
            continue;
        }
        match kind.is_dir() {
            true => paths.extend(list_below(&entry.path(), &below, deeper, linked)?),
            false => paths.push(below),
        }
    }
    Ok(paths)
}

fn read(path: PathBuf, file: File, size: u64) -> BoxStream<'static, Result<Bytes, WorldError>> {
    stream::try_unfold((path, file, size), |(path, mut file, left)| async move {
        let mut piece = BytesMut::with_capacity(PIECE);
        let count = file.read_buf(&mut piece).await.map_err(|error| file_error(&path, &error))?;
        match (count, left.checked_sub(u64::try_from(count).unwrap_or(u64::MAX))) {
            (0, Some(0)) => Ok(None),
            (1.., Some(left)) => Ok(Some((piece.freeze(), (path, file, left)))),
            _ => Err(broken(&path, "it changed while it was read")),
        }
    })
    .boxed()
}
