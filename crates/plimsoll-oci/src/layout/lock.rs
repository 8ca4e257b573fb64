//! Locks that hold between processes.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::aside::aside;
use crate::store::{StoreError, Work};

/// An exclusive lock on a file, held until it is dropped or the process ends, however it ends.
///
/// The file is made if it is absent, is never removed, and what is in it does not matter. Two locks on one file
/// exclude each other within one process too: who holds one must not ask for another.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, and blocks the calling thread as long as somebody else holds it.
    pub fn acquire(path: &Path) -> Result<Lock, StoreError> {
        let file = open(path)?;
        file.lock().map_err(|e| StoreError::io(path, e))?;
        Ok(Lock { _file: file })
    }

    /// Takes the lock if nobody else holds it.
    pub fn try_acquire(path: &Path) -> Result<Option<Lock>, StoreError> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(StoreError::io(path, error)),
        }
    }

    /// Takes the lock without blocking the executor: a thread of its own waits for it. This is the one for locks
    /// that are held across other work.
    pub fn wait(path: &Path) -> Work<'static, Lock> {
        let path = path.to_owned();
        Box::pin(async move {
            if let Some(lock) = Lock::try_acquire(&path)? {
                return Ok(lock);
            }
            waited(path).await
        })
    }
}

fn open(path: &Path) -> Result<File, StoreError> {
    let io = |error| StoreError::io(path, error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    File::options().create(true).truncate(false).write(true).open(path).map_err(io)
}

/// If the task is given up the thread still gets the lock some time, and lets it go at once.
async fn waited(path: PathBuf) -> Result<Lock, StoreError> {
    let shown = path.clone();
    aside(move || Lock::acquire(&path)).await.map_err(|error| StoreError::io(shown, error))?
}
