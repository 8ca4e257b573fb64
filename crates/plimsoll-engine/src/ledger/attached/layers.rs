//! Signatures and statements as cosign attached them first: layers of one manifest under a tag beside the subject.

use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, StoreError};

use super::{Attached, Listed, PassedOver, find_layer, is_of_content};
use crate::domain::attestation::{AttachedForm, Signed};
use crate::statement::legacy::LegacyTag;

/// What a layer says of the type of its statement.
const PREDICATE_TYPE: &str = "predicateType";

/// The layers that do not say that they state something else, in their manifest's order.
pub(super) async fn list(
    pull: &dyn Pull,
    subject: &Digest,
    predicate_type: &str,
    passed_over: &mut Vec<PassedOver>,
) -> Result<Vec<Listed>, StoreError> {
    let place = LegacyTag::of_type(predicate_type);
    let Some(tag) = place.beside(subject) else { return Ok(Vec::new()) };
    let Some(there) = pull.resolve(&tag).await? else { return Ok(Vec::new()) };
    let manifest = match pull.manifest(&there.digest).await {
        Ok(Some(manifest)) => manifest,
        Ok(None) => return Ok(Vec::new()),
        Err(why) if is_of_content(&why) => {
            passed_over.push(PassedOver { manifest: there.digest, why });
            return Ok(Vec::new());
        }
        Err(why) => return Err(why),
    };
    let kind = place.layer();
    let meant = |layer: &&Descriptor| {
        let stated = layer.annotations.get(PREDICATE_TYPE);
        layer.media_type == kind && stated.is_none_or(|stated| stated == predicate_type)
    };
    let layers = manifest.blobs().skip(1).filter(meant).cloned().map(Box::new);
    Ok(layers.map(|layer| Listed::Layer(there.digest.clone(), layer)).collect())
}

/// What is in a layer of a manifest; none if it is gone.
pub(super) async fn read(
    pull: &dyn Pull,
    manifest: &Digest,
    layer: &Descriptor,
) -> Result<Option<Attached>, StoreError> {
    let Some(bytes) = find_layer(pull, layer).await? else { return Ok(None) };
    let signed = Signed { bytes, annotations: layer.annotations.clone() };
    Ok(Some(Attached { manifest: manifest.clone(), form: AttachedForm::Legacy, signed }))
}
