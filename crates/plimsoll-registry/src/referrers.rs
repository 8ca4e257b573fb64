//! Lists of what refers to a manifest (OCI distribution-spec 1.1, "Listing Referrers").

use std::collections::BTreeMap;

use http::{HeaderName, StatusCode};
use plimsoll_oci::model::{ImageIndex, Manifest, MediaType};
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::Pull as _;

use crate::answer::Answer;
use crate::refusal::Refusal;
use crate::route::{Place, Query};
use crate::service::{Inner, on_disk};

const FILTERS: HeaderName = HeaderName::from_static("oci-filters-applied");

/// An index of all manifests that refer to `subject`, or of those of one artifact type. It may be empty; neither the
/// subject nor the repository need be there.
pub(crate) async fn list(
    service: &Inner,
    place: &Place,
    subject: Digest,
    query: &Query,
) -> Result<Answer, Refusal> {
    let kind = query.first("artifactType").filter(|kind| !kind.is_empty()).map(MediaType::from);
    let (repository, filter) = (service.repository(place), kind.clone());
    let found = on_disk(move || async move { repository.referrers(&subject, filter.as_ref()).await });
    let index = Manifest::from_index(ImageIndex {
        schema_version: 2,
        media_type: Some(MediaType::INDEX),
        artifact_type: None,
        manifests: found.await?,
        subject: None,
        annotations: BTreeMap::new(),
    });
    let answer = Answer::text(StatusCode::OK, MediaType::INDEX.as_str(), index.bytes().clone());
    Ok(match kind {
        Some(_) => answer.header(FILTERS, "artifactType"),
        None => answer,
    })
}
