//! The seal's check of a chart: everything of its artifact is there, and the package is the one that the seal names.

use plimsoll_helm::CHART_LIMIT;
use plimsoll_helm::oci::CHART;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::{Descriptor, Manifest};
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
    let package = Descriptor::new(CHART, chart.package.digest.clone(), chart.package.size);
    let named = manifest.blobs().any(|blob| blob.digest == package.digest && blob.size == package.size);
    if named { Ok(()) } else { Err(missing(&package.digest)) }
}
