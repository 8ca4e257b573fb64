//! Bringing names to the disk: those who ask for one folder at the same time wait for the same work.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::incoming::sync_folder;
use crate::store::StoreError;

/// The folders of one layout whose names are brought to the disk.
#[derive(Debug, Default)]
pub(super) struct Names(Mutex<HashMap<PathBuf, Arc<Rounds>>>);

/// Rounds of work on one folder, one at a time. A round covers every name that was there before it began.
#[derive(Debug, Default)]
struct Rounds {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// How many were begun.
    begun: u64,
    /// Whether the last one begun is under way.
    under_way: bool,
    /// The last one that failed, and why. The disk tells it once.
    failed: Option<(u64, StoreError)>,
}

impl Names {
    /// Brings the names in a folder to the disk, or waits until somebody has who began after this was called.
    ///
    /// # Errors
    /// The disk did not take them.
    pub(super) fn keep(&self, folder: &Path) -> Result<(), StoreError> {
        let rounds = {
            let mut folders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(folders.entry(folder.to_owned()).or_default())
        };
        rounds.take_part(|| sync_folder(folder))
    }
}

impl Rounds {
    fn take_part(&self, work: impl FnOnce() -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is under way may have gone past our name.
        let ours = state.begun + 1;
        while state.under_way {
            state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
            if state.begun > ours || (state.begun == ours && !state.under_way) {
                return state.outcome(ours);
            }
        }
        state.begun += 1;
        state.under_way = true;
        let number = state.begun;
        drop(state);
        let outcome = work();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.under_way = false;
        if let Err(error) = &outcome {
            state.failed = Some((number, error.clone()));
        }
        self.ended.notify_all();
        outcome
    }
}

impl State {
    /// What came of a round, or of a later one: then it is not sure that the names are there.
    fn outcome(&self, round: u64) -> Result<(), StoreError> {
        match &self.failed {
            Some((number, error)) if *number >= round => Err(error.clone()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn slow(count: &AtomicUsize) -> Result<(), StoreError> {
        count.fetch_add(1, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(50));
        Ok(())
    }

    #[test]
    fn many_at_once_share_a_round_that_begins_after_they_asked() {
        let (rounds, count, start) = (Rounds::default(), AtomicUsize::new(0), Barrier::new(20));
        thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    start.wait();
                    rounds.take_part(|| slow(&count)).unwrap();
                });
            }
        });
        let worked = count.load(Ordering::SeqCst);
        assert!((2..10).contains(&worked), "{worked} rounds for twenty");
        rounds.take_part(|| slow(&count)).unwrap();
        assert_eq!(
            count.load(Ordering::SeqCst),
            worked + 1,
            "what has ended covers nothing that comes later"
        );
    }

    #[test]
    fn whoever_waits_hears_of_a_failure() {
        let full = || StoreError::Full { place: "x".into(), why: "full".into() };
        let (rounds, heard) = (Rounds::default(), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..10 {
                scope.spawn(|| {
                    let failing = || {
                        thread::sleep(Duration::from_millis(50));
                        Err(full())
                    };
                    heard.fetch_add(usize::from(rounds.take_part(failing).is_err()), Ordering::SeqCst);
                });
            }
        });
        assert_eq!(heard.load(Ordering::SeqCst), 10);
        rounds.take_part(|| Ok(())).unwrap();
    }
}
