//! Signatures and statements as cosign attached them first: layers of one manifest under a tag beside the subject.

use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::Pull;

use super::{Attached, check_count, find_layer};
use crate::domain::attestation::{AttachedForm, Signed};
use crate::statement::legacy::LegacyTag;
use crate::world::WorldError;

/// What a layer says of the type of its statement.
const PREDICATE_TYPE: &str = "predicateType";

/// The layers that do not say that they state something else, in their manifest's order.
pub(super) async fn read(
    pull: &dyn Pull,
    subject: &Digest,
    predicate_type: &str,
) -> Result<Vec<Attached>, WorldError> {
    let place = LegacyTag::of_type(predicate_type);
    let Some(tag) = place.beside(subject) else { return Ok(Vec::new()) };
    let Some(there) = pull.resolve(&tag).await? else { return Ok(Vec::new()) };
    let Some(manifest) = pull.manifest(&there.digest).await? else { return Ok(Vec::new()) };
    let kind = place.layer();
    let meant = |layer: &&Descriptor| {
        let stated = layer.annotations.get(PREDICATE_TYPE);
        layer.media_type == kind && stated.is_none_or(|stated| stated == predicate_type)
    };
    let layers: Vec<_> = manifest.blobs().skip(1).filter(meant).collect();
    check_count(subject, layers.len())?;
    let mut attached = Vec::new();
    for layer in layers {
        let Some(bytes) = find_layer(pull, layer).await? else { continue };
        let signed = Signed { bytes, annotations: layer.annotations.clone() };
        attached.push(Attached { manifest: there.digest.clone(), form: AttachedForm::Legacy, signed });
    }
    Ok(attached)
}
