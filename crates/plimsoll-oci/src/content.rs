//! Bytes known by digest that can be opened again.

mod file;

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};

use crate::model::{Descriptor, MANIFEST_LIMIT, Manifest, MediaType};
use crate::name::{Digest, Digester};
use crate::store::{StoreError, Work};

pub use file::FileContent;
pub(crate) use file::open_regular;

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
    /// The same for who hands the bytes to somebody that compares the digest, as registries do with uploads: where that
    /// saves computing it here as well, it is not computed. The size is checked all the same.
    fn open_unchecked(&self, from: u64) -> Work<'_, ByteStream> {
        self.open(from)
    }
    /// The same for who computes the digest of what comes, and compares it.
    fn open_to_hash(&self, from: u64) -> Work<'_, ByteStream> {
        self.open_unchecked(from)
    }
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

/// Reads the bytes found under the digest `at` as a manifest, once it is sure that they have it.
///
/// # Errors
/// [`StoreError::TooLarge`], [`StoreError::Lies`], or what [`Manifest::parse`] says.
pub fn parse_manifest(
    at: &Digest,
    bytes: Bytes,
    served_as: Option<&MediaType>,
) -> Result<Manifest, StoreError> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > MANIFEST_LIMIT {
        return Err(StoreError::TooLarge { what: at.to_string(), size, limit: MANIFEST_LIMIT });
    }
    let mut digester = Digester::new(at.algorithm());
    digester.update(&bytes);
    let found = digester.finish();
    if found != *at {
        return Err(StoreError::Lies { want: at.clone(), found });
    }
    Ok(Manifest::parse(bytes, served_as)?.known_as(found))
}

/// Lets the other tasks of an executor have a turn.
///
/// Files and memory are always ready, so that work on them would never return to the executor by itself.
pub(crate) async fn give_way() {
    let mut given = false;
    poll_fn(|context| {
        if std::mem::replace(&mut given, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
