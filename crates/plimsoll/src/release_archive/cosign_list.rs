//! What cosign says of an image under a tag beside it, added to what others say of it there.
//!
//! Everybody who signs an image adds to the manifest under that tag (cosign, `specs/SIGNATURE_SPEC.md`, "Storage"). Whoever would
//! write the archive's over it would take off the signatures that were added in the new place.

use plimsoll_engine::ship::attach::{AttachError, SharedLayers, attach};
use plimsoll_engine::world::clock::Clock;
use plimsoll_engine::world::repository_writer::Ungated;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_oci::store::{Pull, Store, StoreError};

use super::FILE_LIMIT;
use super::allowance::{Allowance, TooMuch};

/// Why nothing was added.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The archive, or the place.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It did not stay there.
    #[error(transparent)]
    Attach(#[from] AttachError),
    /// There is more than cosign ever writes.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
}

/// Sees that everything is listed under a tag that lies in `archive` under it. Its manifest and layers were sent.
///
/// # Errors
/// It can't be read or written, or does not stay listed.
pub(super) async fn add_to_list(
    archive: &dyn Pull,
    store: &dyn Store,
    clock: &dyn Clock,
    (tag, listed): (&ImageTag, &Digest),
) -> Result<(), ListError> {
    match store.resolve(tag).await? {
        Some(there) if there.digest == *listed => return Ok(()),
        Some(_) => {}
        None => return Ok(store.point(tag, listed, None).await?),
    }
    let missing =
        |digest: &Digest| StoreError::Missing { place: "the archive".into(), digest: digest.clone() };
    let manifest = archive.manifest_to_read(listed).await?.ok_or_else(|| missing(listed))?;
    let (mut allowance, mut layers) = (Allowance::new(), Vec::new());
    // The first blob is the config.
    for layer in manifest.blobs().skip(1) {
        let content = archive.blob_to_read(layer).await?.ok_or_else(|| missing(&layer.digest))?;
        allowance.take(content.descriptor().size)?;
        layers.push((layer.clone(), read_whole(&*content, FILE_LIMIT).await?));
    }
    let list = SharedLayers { subject: listed.clone(), tag: tag.clone(), layers };
    Ok(attach(&Ungated(store), clock, &list).await?)
}
