//! Watches a request for silence.
//!
//! The HTTP library's own read timeout starts when a request is sent and so would end every upload that takes
//! longer. This one starts anew whenever a piece of the body leaves.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::time::Instant;

use crate::limit::Timeouts;
use crate::request::{BodyError, BodyStream};

/// What is known of one request under way.
#[derive(Debug, Clone)]
pub(super) struct Watch(Arc<Mutex<Progress>>);

#[derive(Debug)]
struct Progress {
    last: Instant,
    stage: Stage,
    failure: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No streamed body, or it is still being sent.
    Moving,
    /// The streamed body is sent, its answer not there.
    Sent,
}

impl Watch {
    pub(super) fn new() -> Self {
        let progress = Progress { last: Instant::now(), stage: Stage::Moving, failure: None };
        Self(Arc::new(Mutex::new(progress)))
    }

    /// The same stream, watched.
    pub(super) fn over(
        &self,
        stream: BodyStream,
    ) -> impl Stream<Item = Result<bytes::Bytes, BodyError>> + Send + use<> {
        let (each, end) = (self.clone(), self.clone());
        stream
            .inspect(move |piece| {
                each.update(|progress| {
                    progress.last = Instant::now();
                    if let Err(failure) = piece {
                        progress.failure = Some(failure.to_string());
                    }
                });
            })
            .chain(futures_util::stream::poll_fn(move |_| {
                end.update(|progress| {
                    progress.last = Instant::now();
                    progress.stage = Stage::Sent;
                });
                std::task::Poll::Ready(None)
            }))
    }

    /// What the body's stream said when it failed.
    pub(super) fn body_failure(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).failure.clone()
    }

    /// Ends when nothing has moved for too long; says for how long.
    pub(super) async fn stalled(&self, timeouts: &Timeouts) -> Duration {
        loop {
            let (last, limit) = {
                let progress = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                let limit = match progress.stage {
                    Stage::Moving => timeouts.idle,
                    Stage::Sent => timeouts.answer,
                };
                (progress.last, limit)
            };
            if last.elapsed() >= limit {
                return limit;
            }
            tokio::time::sleep_until(last + limit).await;
        }
    }

    fn update(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
