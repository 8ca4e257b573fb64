//! The seal's check of a chart: everything of its artifact is there, and its files are those that the seal names.

use plimsoll_helm::CHART_LIMIT;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::Manifest;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, StoreError};

use crate::domain::claim::SealedChart;
use crate::world::workshop::missing;

/// Checks that a chart lies in `pull` as the seal has it.
pub(super) async fn verify(pull: &dyn Pull, digest: &Digest, chart: &SealedChart) -> Result<(), StoreError> {
    let manifest: Manifest = pull.manifest(digest).await?.ok_or_else(|| missing(digest))?;
    for blob in manifest.blobs() {
        let content = pull.blob(blob).await?.ok_or_else(|| missing(&blob.digest))?;
        // Reading compares every byte with the digest.
        read_whole(&*content, CHART_LIMIT).await?;
    }
    for (_, file) in chart.files() {
        let named = manifest.blobs().any(|blob| blob.digest == file.digest && blob.size == file.size);
        if !named {
            return Err(missing(&file.digest));
        }
    }
    Ok(())
}
