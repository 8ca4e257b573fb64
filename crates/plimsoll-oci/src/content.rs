//! Bytes known by digest that can be opened again.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};

use crate::model::Descriptor;
use crate::name::Digester;
use crate::store::{StoreError, Work};

/// Bytes in order; an error ends the stream.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, StoreError>> + Send>>;

/// Bytes known by digest that can be opened again at any offset, as a retry or a resumed upload needs.
///
/// Opened from 0 and read to its end, the stream checks size and digest and ends with an error if either is not
/// what the descriptor says. Opened elsewhere it can check only the size.
pub trait Content: Send + Sync {
    /// What the bytes are.
    fn descriptor(&self) -> &Descriptor;
    /// The bytes from offset `from` to the end.
    fn open(&self, from: u64) -> Work<'_, ByteStream>;
}

/// Content that is in memory.
pub struct MemoryContent {
    descriptor: Descriptor,
    bytes: Bytes,
}

impl MemoryContent {
    /// Takes `bytes` as what `descriptor` describes; `None` if they are not.
    pub fn new(descriptor: Descriptor, bytes: Bytes) -> Option<MemoryContent> {
        let fits = u64::try_from(bytes.len()) == Ok(descriptor.size) && descriptor.digest.matches(&bytes);
        fits.then_some(MemoryContent { descriptor, bytes })
    }
}

impl Content for MemoryContent {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn open(&self, from: u64) -> Work<'_, ByteStream> {
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(self.bytes.len());
        let rest = self.bytes.slice(from..);
        Box::pin(async move { Ok(stream::iter([Ok(rest)]).boxed()) })
    }
}

/// Reads content whole into memory, checking size and digest; refuses more than `limit` bytes.
pub async fn read_whole(content: &dyn Content, limit: u64) -> Result<Bytes, StoreError> {
    let want = content.descriptor();
    if want.size > limit {
        return Err(StoreError::TooLarge { what: want.digest.to_string(), size: want.size, limit });
    }
    let mut stream = content.open(0).await?;
    let mut digester = Digester::new(want.digest.algorithm());
    let mut whole = Vec::new();
    while let Some(piece) = stream.next().await {
        let piece = piece?;
        whole.extend_from_slice(&piece);
        digester.update(&piece);
        if u64::try_from(whole.len()).unwrap_or(u64::MAX) > want.size {
            break;
        }
    }
    let found = u64::try_from(whole.len()).unwrap_or(u64::MAX);
    if found != want.size {
        return Err(StoreError::Size { digest: want.digest.clone(), want: want.size, found });
    }
    let found = digester.finish();
    if found != want.digest {
        return Err(StoreError::Lies { want: want.digest.clone(), found });
    }
    Ok(whole.into())
}
