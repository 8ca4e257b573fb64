//! An artifact, put into a registry once.

use bytes::Bytes;
use futures_util::future::try_join_all;
use plimsoll_oci::content::MemoryContent;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Store, StoreError};

use super::Artifact;

/// What publishing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// The tag was written.
    Now,
    /// The tag points at this very artifact already.
    Before,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The version is published with other content, and versions are written once.
    #[error("tag `{tag}` points at {found}, not at {want}")]
    Taken {
        /// The tag.
        tag: String,
        /// What it points at.
        found: Digest,
        /// The artifact's digest.
        want: Digest,
    },
    /// The registry refused, or can't be reached.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A blob does not have the digest that the manifest names. This is a bug.
    #[error("blob {digest} is not what the manifest names")]
    Blob {
        /// The digest.
        digest: Digest,
    },
}

/// Makes an artifact be there: blobs, manifest, then the tag. What is there is not sent again, and a tag that points
/// elsewhere is never moved.
///
/// # Errors
/// See [`PublishError`].
pub async fn publish(store: &dyn Store, artifact: &Artifact) -> Result<Published, PublishError> {
    let want = artifact.manifest.digest();
    if let Some(found) = store.resolve(&artifact.tag).await? {
        return if found.digest == *want {
            Ok(Published::Before)
        } else {
            Err(taken(artifact, found.digest))
        };
    }
    let put = |(descriptor, bytes): &(Descriptor, Bytes)| {
        let content = MemoryContent::new(descriptor.clone(), bytes.clone())
            .ok_or_else(|| PublishError::Blob { digest: descriptor.digest.clone() });
        async move { Ok::<(), PublishError>(store.put_blob(&content?, None).await?) }
    };
    // A registry's round trips are what takes time: all blobs at once.
    try_join_all(artifact.blobs.iter().map(put)).await?;
    store.put_manifest(&artifact.manifest).await?;
    store.point(&artifact.tag, want, None).await?;
    // Registries do not compare: somebody else may have written at the same time.
    match store.resolve(&artifact.tag).await? {
        Some(found) if found.digest == *want => Ok(Published::Now),
        Some(found) => Err(taken(artifact, found.digest)),
        None => Err(StoreError::Missing { place: artifact.tag.to_string(), digest: want.clone() }.into()),
    }
}

fn taken(artifact: &Artifact, found: Digest) -> PublishError {
    PublishError::Taken { tag: artifact.tag.to_string(), found, want: artifact.manifest.digest().clone() }
}
