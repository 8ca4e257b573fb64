//! Content as the body of a request.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use plimsoll_http::request::Body;

use crate::content::{ByteStream, Content};
use crate::name::Digest;
use crate::store::StoreError;

/// Keeps the typed error of a source whose stream was given away to be sent.
#[derive(Clone, Default)]
pub(super) struct SourceFailure(Arc<Mutex<Option<StoreError>>>);

impl SourceFailure {
    /// The error, if the source failed.
    pub(super) fn take(&self) -> Option<StoreError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep(&self, error: StoreError) -> StoreError {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        error
    }
}

/// `length` bytes of content from `from` on.
pub(super) async fn part(
    content: &dyn Content,
    from: u64,
    length: u64,
) -> Result<(Body, SourceFailure), StoreError> {
    let failure = SourceFailure::default();
    let source = content.open_unchecked(from).await?;
    let part = Part { source, left: length, of: content.descriptor().digest.clone(), length };
    let kept = failure.clone();
    let stream = stream::try_unfold(part, move |mut part| {
        let kept = kept.clone();
        async move {
            match part.next().await {
                Ok(piece) => Ok(piece.map(|piece| (piece, part))),
                Err(error) => Err(kept.keep(error).into()),
            }
        }
    });
    Ok((Body::Stream { length, stream: Box::pin(stream) }, failure))
}

struct Part {
    source: ByteStream,
    left: u64,
    of: Digest,
    length: u64,
}

impl Part {
    /// The next piece; `None` when the part is whole. A source that ends early is an error, lest the request hangs.
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        if self.left == 0 {
            return Ok(None);
        }
        let Some(piece) = self.source.next().await else {
            let (want, digest) = (self.length, self.of.clone());
            return Err(StoreError::Size { digest, want, found: want.saturating_sub(self.left) });
        };
        let mut piece = piece?;
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        piece.truncate(most);
        self.left = self.left.saturating_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        Ok(Some(piece))
    }
}
