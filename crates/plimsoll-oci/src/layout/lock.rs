//! Locks that hold between processes.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

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

/// What the waiting thread and the waiting task share. If the task is given up the thread still gets the lock some
/// time, and lets it go at once.
#[derive(Default)]
struct Handover {
    outcome: Option<Result<Lock, StoreError>>,
    waker: Option<Waker>,
}

async fn waited(path: PathBuf) -> Result<Lock, StoreError> {
    let ours = Arc::new(Mutex::new(Handover::default()));
    let theirs = Arc::downgrade(&ours);
    let shown = path.clone();
    let wait = move || {
        let outcome = Lock::acquire(&path);
        if let Some(handover) = theirs.upgrade() {
            let mut handover = handover.lock().unwrap_or_else(PoisonError::into_inner);
            handover.outcome = Some(outcome);
            if let Some(waker) = handover.waker.take() {
                waker.wake();
            }
        }
    };
    let thread = std::thread::Builder::new().name("lock".into());
    thread.spawn(wait).map_err(|e| StoreError::io(shown, e))?;
    std::future::poll_fn(|context| {
        let mut handover = ours.lock().unwrap_or_else(PoisonError::into_inner);
        match handover.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                handover.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    })
    .await
}
