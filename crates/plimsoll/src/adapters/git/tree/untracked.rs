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

use super::unreadable;
use crate::adapters::files::{broken, check_relative, escapes, file_error, find_inside, on_disk, unfollowed};

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
    let Some(listed) = list(root, directory, Links::Refused).await? else { return Ok(None) };
    let mut files = Vec::with_capacity(listed.len());
    for Listed { path, fault } in listed {
        match fault {
            Some(fault) => return Err(fault),
            None => files.push(open_listed(root, &path).await?),
        }
    }
    Ok(Some(files))
}

/// The same of a chart, with the files of folders that links in it lead to. What can't be read fails when it is: the chart may
/// leave it out.
pub(super) async fn open_linked(root: &Path, directory: &str) -> Result<Option<Vec<TreeFile>>, WorldError> {
    let inside = root.to_owned();
    let real = on_disk(move || std::fs::canonicalize(&inside).map_err(|error| file_error(&inside, &error)));
    let links = Links::Followed(real.await?);
    let Some(listed) = list(root, directory, links).await? else { return Ok(None) };
    let mut files = Vec::with_capacity(listed.len());
    for Listed { path, fault } in listed {
        let opened = match fault {
            Some(fault) => Err(fault),
            None => open_listed(root, &path).await,
        };
        files.push(opened.unwrap_or_else(|error| unreadable(path, error)));
    }
    Ok(Some(files))
}

async fn open_listed(root: &Path, path: &str) -> Result<TreeFile, WorldError> {
    // A file that has gone meanwhile would have changed while it was read.
    let gone = || broken(path.as_ref(), "it went away while the directory was read");
    open(root, path).await?.ok_or_else(gone)
}

async fn list(root: &Path, directory: &str, links: Links) -> Result<Option<Vec<Listed>>, WorldError> {
    let Some(real) = find(root, directory).await? else { return Ok(None) };
    let directory = check_relative(directory)?;
    if !real.is_dir() {
        return Err(broken(directory.as_ref(), "it is no directory: write it without `/` at its end"));
    }
    let mut listed = on_disk(move || list_below(&real, &directory, DEPTH, &links)).await?;
    listed.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    Ok(Some(listed))
}

/// Something that lies below a directory.
struct Listed {
    path: String,
    /// Why it can't be taken.
    fault: Option<WorldError>,
}

/// What becomes of symbolic links.
#[derive(Clone)]
enum Links {
    /// Those to folders are refused.
    Refused,
    /// They are followed as long as they stay below this folder.
    Followed(PathBuf),
    /// The same in a folder that a link led to: what is a folder behind a further link may be that folder itself.
    FollowedOnce(PathBuf),
}

/// What a link leads to.
enum Behind {
    File,
    Folder(PathBuf),
}

impl Links {
    /// Looks behind a link that lies in `folder`.
    fn look(&self, folder: &Path, link: &Path, path: &str) -> Result<Behind, WorldError> {
        let target = std::fs::read_link(link).map_err(|error| file_error(link, &error))?;
        let refuse = |why: &str| Err(unfollowed(path, format!("it leads to {}, {why}", target.display())));
        let Ok(real) = std::fs::canonicalize(link) else { return refuse("where nothing is") };
        let root = match self {
            // A link to a directory might lead to itself; one to a file is opened as the file.
            Links::Refused if real.is_dir() => {
                return Err(broken(path.as_ref(), "it is a symbolic link to a directory"));
            }
            Links::Refused => return Ok(Behind::File),
            Links::Followed(root) | Links::FollowedOnce(root) => root,
        };
        let Some(inside) = real.strip_prefix(root).ok().filter(|_| !target.is_absolute()) else {
            return refuse("out of the repository: others do not have what is there");
        };
        if inside.iter().any(|part| part.to_str().is_some_and(is_git)) {
            return refuse("and git's own files are no input");
        }
        match (real.is_dir(), self) {
            (false, _) => Ok(Behind::File),
            (true, Links::FollowedOnce(_)) => refuse("a folder, from a folder that a link leads to"),
            (true, _) if folder.starts_with(&real) => refuse("a folder that it lies in itself"),
            (true, _) => Ok(Behind::Folder(real)),
        }
    }
}

/// All files below `folder`, each behind `path`.
fn list_below(folder: &Path, path: &str, depth: usize, links: &Links) -> Result<Vec<Listed>, WorldError> {
    let Some(deeper) = depth.checked_sub(1) else {
        return Err(broken(folder, "directories are nested too deep"));
    };
    let mut listed = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| file_error(folder, &error))? {
        let entry = entry.map_err(|error| file_error(folder, &error))?;
        let kind = entry.file_type().map_err(|error| file_error(&entry.path(), &error))?;
        let name = entry.file_name().into_string();
        let name = name.map_err(|_| broken(&entry.path(), "its name is no UTF-8"))?;
        let below = format!("{path}/{name}");
        if is_git(&name) {
            return Err(escapes(&below, "git's own files are no input"));
        }
        if kind.is_dir() {
            listed.extend(list_below(&entry.path(), &below, deeper, links)?);
            continue;
        }
        let behind = match kind.is_symlink() {
            true => links.look(folder, &entry.path(), &below),
            false => Ok(Behind::File),
        };
        match (behind, links) {
            (Ok(Behind::Folder(real)), Links::Followed(root) | Links::FollowedOnce(root)) => {
                let links = Links::FollowedOnce(root.clone());
                listed.extend(list_below(&real, &below, deeper, &links)?);
            }
            (Ok(_), _) => listed.push(Listed { path: below, fault: None }),
            (Err(fault), _) => listed.push(Listed { path: below, fault: Some(fault) }),
        }
    }
    Ok(listed)
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
