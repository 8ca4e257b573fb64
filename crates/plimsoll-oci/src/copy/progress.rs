//! Telling how far a copy has come.

use std::sync::Arc;

use futures_util::StreamExt as _;

use crate::content::{ByteStream, Content};
use crate::model::Descriptor;
use crate::name::Digest;
use crate::store::Work;

/// Hears how far a copy has come. It is called often and from within the work, so it must return at once.
pub trait Progress: Send + Sync {
    /// What there is to do: how many blobs, and their bytes. Some may turn out to be there already. It is said again, of
    /// all blobs, if more are found on the way.
    fn planned(&self, _blobs: usize, _bytes: u64) {}
    /// A blob is there already.
    fn present(&self, _blob: &Descriptor) {}
    /// A blob has been read up to `position`. After a broken connection it goes on from an earlier one.
    fn reached(&self, _blob: &Digest, _position: u64) {}
    /// A blob was sent.
    fn sent(&self, _blob: &Descriptor) {}
}

/// Hears and does nothing.
pub struct Silent;

impl Progress for Silent {}

/// Content that tells how far it has been read.
pub struct Metered {
    pub(super) content: Arc<dyn Content>,
    pub(super) progress: Arc<dyn Progress>,
}

impl Metered {
    /// The same content; whenever some of it was read, `progress` hears of it.
    pub fn new(content: Arc<dyn Content>, progress: Arc<dyn Progress>) -> Metered {
        Metered { content, progress }
    }

    fn meter(&self, from: u64, stream: ByteStream) -> ByteStream {
        let (digest, progress) = (self.descriptor().digest.clone(), self.progress.clone());
        let mut position = from;
        let metered = stream.inspect(move |piece| {
            let length = piece.as_ref().map_or(0, |piece| piece.len());
            position = position.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
            progress.reached(&digest, position);
        });
        metered.boxed()
    }
}

impl Content for Metered {
    fn descriptor(&self) -> &Descriptor {
        self.content.descriptor()
    }

    fn open(&self, from: u64) -> Work<'_, ByteStream> {
        Box::pin(async move { Ok(self.meter(from, self.content.open(from).await?)) })
    }

    fn open_unchecked(&self, from: u64) -> Work<'_, ByteStream> {
        Box::pin(async move { Ok(self.meter(from, self.content.open_unchecked(from).await?)) })
    }

    fn open_to_hash(&self, from: u64) -> Work<'_, ByteStream> {
        Box::pin(async move { Ok(self.meter(from, self.content.open_to_hash(from).await?)) })
    }
}
