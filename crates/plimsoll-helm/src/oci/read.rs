//! A package that was published.

use bytes::Bytes;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::name::ImageTag;
use plimsoll_oci::store::{Pull, StoreError};

use super::artifact::CHART;
use crate::CHART_LIMIT;

/// The media type that Helm gave packages before it had its own, and still reads.
const OLDER: &str = "application/tar+gzip";

/// What stands under a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A chart, by its package.
    Package(Bytes),
    /// Something else.
    NoChart,
    /// Nothing.
    Nothing,
}

/// Reads the package of the chart that stands under a tag. Its bytes are those that its manifest names.
///
/// # Errors
/// The repository did not answer, what it has is not what it says, or the package is larger than charts may be.
pub async fn read_package(pull: &dyn Pull, tag: &ImageTag) -> Result<Found, StoreError> {
    let Some(found) = pull.resolve(tag).await? else { return Ok(Found::Nothing) };
    let Some(manifest) = pull.manifest(&found.digest).await? else { return Ok(Found::Nothing) };
    let is_package = |media_type: &str| media_type == CHART.as_str() || media_type == OLDER;
    let Some(layer) = manifest.blobs().find(|blob| is_package(blob.media_type.as_str())) else {
        return Ok(Found::NoChart);
    };
    match pull.blob(layer).await? {
        Some(content) => Ok(Found::Package(read_whole(&*content, CHART_LIMIT).await?)),
        None => Ok(Found::Nothing),
    }
}
