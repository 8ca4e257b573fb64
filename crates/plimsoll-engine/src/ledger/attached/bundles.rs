//! Sigstore bundles, each in a manifest that refers to its subject.

use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, StoreError};

use super::{Attached, Listed, find_layer};
use crate::domain::attestation::{AttachedForm, Signed};
use crate::statement::attestation::{BUNDLE, find_predicate_type};

/// The manifests that attach them, in the order of their digests: whoever chooses among them chooses the same.
pub(super) async fn list(pull: &dyn Pull, subject: &Digest) -> Result<Vec<Listed>, StoreError> {
    let mut listed: Vec<Digest> =
        pull.referrers(subject, Some(&BUNDLE)).await?.into_iter().map(|one| one.digest).collect();
    listed.sort();
    listed.dedup();
    Ok(listed.into_iter().map(Listed::Bundle).collect())
}

/// The bundle that a manifest attaches; none if it is gone, is none, or says that it states something else.
pub(super) async fn read(
    pull: &dyn Pull,
    digest: &Digest,
    predicate_type: &str,
) -> Result<Option<Attached>, StoreError> {
    // A list may name what is gone.
    let Some(manifest) = pull.manifest(digest).await? else { return Ok(None) };
    if find_predicate_type(manifest.annotations()).is_some_and(|stated| stated != predicate_type) {
        return Ok(None);
    }
    // The first blob is the config, the second the first layer.
    let Some(layer) = manifest.blobs().nth(1).filter(|layer| layer.media_type == BUNDLE) else {
        return Ok(None);
    };
    let Some(bytes) = find_layer(pull, layer).await? else { return Ok(None) };
    let signed = Signed::bundle(bytes);
    Ok(Some(Attached { manifest: digest.clone(), form: AttachedForm::Bundle, signed }))
}
