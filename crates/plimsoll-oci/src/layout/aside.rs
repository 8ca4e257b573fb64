//! Work that blocks, on a thread of its own: whatever executor there is goes on with its other tasks.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::thread;

/// What the thread and the waiting task share.
struct Handover<T> {
    outcome: Option<T>,
    waker: Option<Waker>,
}

/// Does `work` on a thread of its own. If the task is given up, the work is done all the same, and what came of it is
/// dropped.
///
/// # Errors
/// The system gives no thread.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<T> {
    let ours = Arc::new(Mutex::new(Handover { outcome: None, waker: None }));
    let theirs = Arc::downgrade(&ours);
    let run = move || {
        let outcome = work();
        if let Some(handover) = theirs.upgrade() {
            let mut handover = handover.lock().unwrap_or_else(PoisonError::into_inner);
            handover.outcome = Some(outcome);
            if let Some(waker) = handover.waker.take() {
                waker.wake();
            }
        }
    };
    thread::Builder::new().name("layout".into()).spawn(run)?;
    let outcome = poll_fn(|context| {
        let mut handover = ours.lock().unwrap_or_else(PoisonError::into_inner);
        match handover.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                handover.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    });
    Ok(outcome.await)
}
