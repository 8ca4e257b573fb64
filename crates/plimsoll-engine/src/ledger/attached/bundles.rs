//! Sigstore bundles, each in a manifest that refers to its subject.

use plimsoll_oci::name::Digest;
use plimsoll_oci::store::Pull;

use super::{Attached, check_count, find_layer};
use crate::domain::attestation::{AttachedForm, Signed};
use crate::statement::attestation::{BUNDLE, find_predicate_type};
use crate::world::WorldError;

/// The bundles that do not say that they state something else, in the order of their manifests' digests: whoever chooses
/// among them chooses the same.
pub(super) async fn read(
    pull: &dyn Pull,
    subject: &Digest,
    predicate_type: &str,
) -> Result<Vec<Attached>, WorldError> {
    let mut listed: Vec<Digest> =
        pull.referrers(subject, Some(&BUNDLE)).await?.into_iter().map(|one| one.digest).collect();
    listed.sort();
    listed.dedup();
    check_count(subject, listed.len())?;
    let mut attached = Vec::new();
    for digest in listed {
        // A list may name what is gone.
        let Some(manifest) = pull.manifest(&digest).await? else { continue };
        if find_predicate_type(manifest.annotations()).is_some_and(|stated| stated != predicate_type) {
            continue;
        }
        // The first blob is the config, the second the first layer.
        let Some(layer) = manifest.blobs().nth(1).filter(|layer| layer.media_type == BUNDLE) else {
            continue;
        };
        let Some(bytes) = find_layer(pull, layer).await? else { continue };
        let signed = Signed::bundle(bytes);
        attached.push(Attached { manifest: digest, form: AttachedForm::Bundle, signed });
    }
    Ok(attached)
}
