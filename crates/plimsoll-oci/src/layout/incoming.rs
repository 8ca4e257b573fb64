//! Where files lie while they are written.

use std::collections::hash_map::RandomState;
use std::fs::{self, File};
use std::hash::BuildHasher as _;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};

use super::names::Names;
use crate::name::{Algorithm, Digest, Digester};
use crate::store::StoreError;

/// In `.incoming/`: held shared by every writer, so that whoever gets it exclusively knows that all other files there
/// belong to the dead.
const WRITERS: &str = "writers";

/// The folder for files that are being written: in the same file system as those that they become.
#[derive(Debug)]
pub(super) struct Incoming {
    folder: PathBuf,
    sweep: Once,
    names: Arc<Names>,
}

/// A file that is being written. Dropped before it was moved into place, it is removed.
#[derive(Debug)]
pub(super) struct IncomingFile {
    pub(super) file: File,
    path: PathBuf,
    stage: Stage,
    names: Arc<Names>,
    _writers: File,
}

/// Whose a file's path is.
#[derive(Debug, PartialEq, Eq)]
enum Stage {
    /// Ours: the file lies there.
    Written,
    /// Whoever's: the file lies elsewhere.
    Moved,
}

impl Incoming {
    pub(super) fn new(folder: PathBuf) -> Incoming {
        Incoming { folder, sweep: Once::new(), names: Arc::default() }
    }

    /// Begins a file under a name that nobody else has.
    pub(super) fn begin(&self) -> Result<IncomingFile, StoreError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        if !self.folder.is_dir() {
            self.folder.parent().map_or(Ok(()), make_folder)?;
            // What lies in it need not outlive the machine, so that its name need not be brought to the disk.
            match fs::create_dir(&self.folder) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(StoreError::io(&self.folder, error));
                }
                _ => {}
            }
        }
        // Through a link, sweeping would remove files of somebody else.
        if !is_real_folder(&self.folder) {
            let why = "it is a link or no folder".to_owned();
            return Err(StoreError::Broken { path: self.folder.clone(), why });
        }
        let writers = self.join_writers()?;
        loop {
            // Processes of several containers may have one number, and count alike.
            let chance = RandomState::new().hash_one(&self.folder);
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = self.folder.join(format!("{}-{count}-{chance:016x}", process::id()));
            match File::options().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    let names = Arc::clone(&self.names);
                    let stage = Stage::Written;
                    return Ok(IncomingFile { file, path, stage, names, _writers: writers });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(StoreError::io(path, error)),
            }
        }
    }

    fn join_writers(&self) -> Result<File, StoreError> {
        let path = self.folder.join(WRITERS);
        let io = |error| StoreError::io(&path, error);
        let writers = File::options().create(true).truncate(false).write(true).open(&path).map_err(io)?;
        self.sweep.call_once(|| {
            // Being kept from sweeping is no reason not to write.
            if writers.try_lock().is_ok() {
                sweep(&self.folder);
                let _ = writers.unlock();
            }
        });
        writers.lock_shared().map_err(io)?;
        Ok(writers)
    }
}

fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_ours) {
            // Whatever can't be removed harms nobody where it is.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// True for names as [`Incoming::begin`] makes them, and as it made them before, without chance.
fn is_ours(name: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = name.splitn(3, '-');
    let numbers = [parts.next(), parts.next()];
    let chance = |part: &str| part.len() == 16 && part.bytes().all(|b| b.is_ascii_hexdigit());
    numbers.iter().all(|part| part.is_some_and(digits)) && parts.next().is_none_or(chance)
}

fn is_real_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

impl IncomingFile {
    /// Where it lies for now.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file again and computes its digest.
    pub(super) fn digest(&self, algorithm: Algorithm) -> Result<Digest, StoreError> {
        let io = |error| StoreError::io(&self.path, error);
        let mut file = File::open(&self.path).map_err(io)?;
        let mut digester = Digester::new(algorithm);
        let mut piece = vec![0; 128 * 1024];
        loop {
            match file.read(&mut piece).map_err(io)? {
                0 => return Ok(digester.finish()),
                read => digester.update(piece.get(..read).unwrap_or_default()),
            }
        }
    }

    /// Brings the bytes to the disk, then gives them the name `to`, taking the place of what was there.
    pub(super) fn move_to(mut self, to: &Path) -> Result<(), StoreError> {
        self.file.sync_all().map_err(|e| StoreError::io(&self.path, e))?;
        fs::rename(&self.path, to).map_err(|e| StoreError::io(to, e))?;
        self.stage = Stage::Moved;
        self.names.keep(folder_of(to))
    }
}

impl Drop for IncomingFile {
    fn drop(&mut self) {
        if self.stage == Stage::Written {
            // What can't be removed now is swept later.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes a folder and those above it, and brings their names to the disk.
pub(super) fn make_folder(path: &Path) -> Result<(), StoreError> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    path.parent().map_or(Ok(()), make_folder)?;
    match fs::create_dir(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(StoreError::io(path, error)),
        _ => sync_folder_of(path),
    }
}

/// Brings the names in a file's folder to the disk.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    sync_folder(folder_of(path))
}

/// Brings the names in a folder to the disk.
pub(super) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let sync = File::open(folder).and_then(|folder| folder.sync_all());
    sync.map_err(|e| StoreError::io(folder, e))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_swept_is_ours() {
        for (name, ours) in [
            ("999999-7", true),
            ("1-2-00ff00ff00ff00ff", true),
            ("1-2-00ff", false),
            ("1-2-00ff00ff00ff00fg", false),
            ("1-2-00ff00ff00ff00ff-3", false),
            ("1-", false),
            ("1", false),
            ("-1", false),
            ("notes", false),
            ("writers", false),
        ] {
            assert_eq!(is_ours(name), ours, "{name}");
        }
    }
}
