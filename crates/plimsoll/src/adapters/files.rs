//! Files that are there whole or not at all, and paths that stay where they must.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::error::FileProblem;

/// What the names of half-written files begin with. Nothing else that is kept begins with a dot.
const HALF_WRITTEN: &str = ".half-written-";

/// An error of the file system at `path`.
pub(crate) fn file_error(path: &Path, error: &io::Error) -> WorldError {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => FileProblem::Missing,
        _ => FileProblem::Refused,
    };
    WorldError::File { path: path.display().to_string(), why: error.to_string(), kind }
}

/// A file that is not what it should be.
pub(crate) fn broken(path: &Path, why: impl Into<String>) -> WorldError {
    WorldError::File { path: path.display().to_string(), why: why.into(), kind: FileProblem::Broken }
}

/// A symbolic link that is not followed.
pub(crate) fn unfollowed(path: impl Into<String>, why: impl Into<String>) -> WorldError {
    WorldError::File { path: path.into(), why: why.into(), kind: FileProblem::Link }
}

/// A path that leads outside of where it must stay.
pub(crate) fn escapes(path: impl AsRef<Path>, why: impl Into<String>) -> WorldError {
    let path = path.as_ref().display().to_string();
    WorldError::File { path, why: why.into(), kind: FileProblem::Escapes }
}

/// Runs what waits for the disk where waiting holds up nobody.
pub(crate) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WorldError> + Send + 'static,
) -> Result<T, WorldError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime is being shut down.
        Err(_) => Err(WorldError::Stopped),
    }
}

/// Writes a file so that every reader, also after a crash, sees the old bytes or the new ones.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), WorldError> {
    let refused = |error: &io::Error| file_error(path, error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| refused(&error))?;
    // Temporary files are private by default; this one is to be as open as the user's other files.
    let mut half = tempfile::Builder::new()
        .prefix(HALF_WRITTEN)
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(|error| refused(&error))?;
    half.write_all(bytes).and_then(|()| half.as_file().sync_all()).map_err(|error| refused(&error))?;
    half.persist(path).map_err(|error| refused(&error.error))?;
    sync_folder(folder)
}

/// Writes a file that must not be there yet, readable for its owner alone or for all.
pub(crate) fn write_new(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), WorldError> {
    let mode = match readers {
        Readers::Owner => 0o600,
        Readers::All => 0o644,
    };
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let written = made.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|error| file_error(path, &error))
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its owner: it holds a secret.
    Owner,
    /// Everybody.
    All,
}

/// Removes a file, durably; one that is not there is fine.
pub(crate) fn remove(path: &Path) -> Result<(), WorldError> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(path.parent().unwrap_or(Path::new("."))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(file_error(path, &error)),
    }
}

fn sync_folder(folder: &Path) -> Result<(), WorldError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| file_error(folder, &error))
}

/// Reads a file; `None` if it is not there. Refuses more than `limit` bytes.
pub(crate) fn read_bounded(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, WorldError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file_error(path, &error)),
    };
    let bound = limit.saturating_add(1);
    // One read takes a file whose length is known, and a second one sees its end.
    let length = file.metadata().map_or(0, |about| about.len()).min(bound);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0).saturating_add(1));
    io::Read::read_to_end(&mut io::Read::take(file, bound), &mut bytes)
        .map_err(|error| file_error(path, &error))?;
    match u64::try_from(bytes.len()).is_ok_and(|length| length <= limit) {
        true => Ok(Some(bytes)),
        false => Err(broken(path, format!("more than {limit} bytes"))),
    }
}

/// How many of many small files one reader takes, of several that read side by side; at least 1.
pub(crate) fn share_of(files: usize) -> usize {
    const WORTH_A_READER: usize = 500;
    const MOST_READERS: usize = 4;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let readers = (files / WORTH_A_READER).clamp(1, MOST_READERS.min(cores));
    files.div_ceil(readers).max(1)
}

/// The names of the files in a folder, sorted; none if there is no such folder.
pub(crate) fn list_names(folder: &Path) -> Result<Vec<String>, WorldError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(file_error(folder, &error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| file_error(folder, &error))?;
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        // A name that is not text is none of ours.
        names.extend(entry.file_name().into_string().ok().filter(|name| is_file && !name.starts_with('.')));
    }
    names.sort_unstable();
    Ok(names)
}

/// Checks that `name` is a plain file name: one part, not hidden.
pub(crate) fn check_name(name: &str) -> Result<&str, WorldError> {
    let plain = !name.is_empty()
        && !name.starts_with('.')
        && !name.chars().any(|c| matches!(c, '/' | '\\') || c.is_control());
    if plain { Ok(name) } else { Err(escapes(name, "this is no plain file name")) }
}

/// Checks that `path` goes down from the root and nowhere else; gives it without `.` parts.
pub(crate) fn check_relative(path: &str) -> Result<String, WorldError> {
    let mut parts = Vec::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(part) => parts.push(part.to_string_lossy()),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(escapes(path, "the path leads outside of the repository"));
            }
        }
    }
    match parts.is_empty() || path.contains('\0') {
        true => Err(escapes(path, "the path names no file")),
        false => Ok(parts.join("/")),
    }
}

/// Where `path` really lies, every symbolic link followed; `None` if nothing is there, an error if that is not inside
/// of `root`.
pub(crate) fn find_inside(root: &Path, path: &str) -> Result<Option<PathBuf>, WorldError> {
    let path = root.join(check_relative(path)?);
    let real_root = fs::canonicalize(root).map_err(|error| file_error(root, &error))?;
    let real = match fs::canonicalize(&path) {
        Ok(real) => real,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(file_error(&path, &error)),
    };
    match real.starts_with(&real_root) {
        true => Ok(Some(real)),
        false => Err(escapes(&path, "a symbolic link leads outside of the repository")),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn writes_over_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/file");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(read_bounded(&path, 3).unwrap().as_deref(), Some(b"two".as_slice()));
        assert_eq!(fs::read_dir(folder.path().join("deep")).unwrap().count(), 1);
        assert!(matches!(read_bounded(&path, 2), Err(WorldError::File { kind: FileProblem::Broken, .. })));
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert_eq!(read_bounded(&path, 3).unwrap(), None);
    }

    #[test]
    fn few_files_have_one_reader() {
        assert_eq!((share_of(0), share_of(1), share_of(999)), (1, 1, 999));
        assert!(share_of(100_000) >= 25_000);
    }

    #[test]
    fn names_are_plain() {
        for good in ["a", "v1.0.0-release-info.json", "1.0.0+build", "1!2.0", "ä"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", ".a", "a/b", "../a", "a\\b", "a\0b", "a\nb"] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn links_may_not_lead_out() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(outside.path().join("secret"), "x").unwrap();
        fs::write(inside.path().join("file"), "x").unwrap();
        symlink(outside.path(), inside.path().join("out")).unwrap();
        symlink("file", inside.path().join("in")).unwrap();
        let find = |path| find_inside(inside.path(), path);
        assert!(find("in").unwrap().is_some_and(|path| path.ends_with("file")));
        assert_eq!((find("none").unwrap(), find("file/below").unwrap()), (None, None));
        for path in ["out/secret", "out", "../x", "/etc/passwd", "a/../../x", "", "."] {
            let error = find(path).unwrap_err();
            assert!(matches!(error, WorldError::File { kind: FileProblem::Escapes, .. }), "{path}: {error}");
        }
    }

    proptest! {
        #[test]
        fn a_checked_path_stays_below(path in "[a./]{0,12}") {
            if let Ok(path) = check_relative(&path) {
                prop_assert!(!path.starts_with('/') && path.split('/').all(|part| !matches!(part, "" | "." | "..")));
            }
        }
    }
}
