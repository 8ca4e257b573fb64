//! Sigstore bundles, each in a manifest that refers to its subject.

use std::collections::BTreeMap;

use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, StoreError};

use super::{Attached, Listed, find_layer};
use crate::domain::attestation::{AttachedForm, Signed};
use crate::statement::attestation::{BUNDLE, CREATED, find_predicate_type};

/// The manifests that attach them, without those that are listed as stating something else: first what is listed as stating just this,
/// each in the order of their digests, so that whoever chooses among them chooses the same.
pub(super) async fn list(
    pull: &dyn Pull,
    subject: &Digest,
    predicate_type: &str,
) -> Result<Vec<Listed>, StoreError> {
    let mut meant = BTreeMap::new();
    for mut one in pull.referrers(subject, Some(&BUNDLE)).await? {
        let stated = find_predicate_type(&one.annotations);
        if stated.is_none_or(|stated| stated == predicate_type) {
            meant.insert((stated.is_none(), one.digest), one.annotations.remove(CREATED));
        }
    }
    Ok(meant.into_iter().map(|((_, digest), created)| Listed::Bundle(digest, created)).collect())
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
