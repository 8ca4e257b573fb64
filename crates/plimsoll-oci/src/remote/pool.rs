//! How many requests one host gets at once.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

/// The places for requests under way at one host.
///
/// A place is held from the request until the headers of its answer: an upload counts whole, a download does not,
/// so that copying within one host cannot wait for itself.
#[derive(Debug, Clone)]
pub(super) struct Pool(Arc<Semaphore>);

impl Pool {
    /// Makes a pool with room for `places` requests, at least one.
    pub(super) fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places.max(1))))
    }

    /// Waits for a place.
    pub(super) async fn place(&self) -> SemaphorePermit<'_> {
        self.0.acquire().await.expect("the pool is never closed")
    }
}
