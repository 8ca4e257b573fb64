//! Signed statements that are attached to a manifest.

use bytes::Bytes;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, StoreError};

use crate::statement::attestation::{BUNDLE, find_predicate_type};
use crate::world::WorldError;

/// The largest bundle that is read, in bytes.
const LIMIT: u64 = 8 * 1024 * 1024;
/// The most bundles of one manifest that are looked at.
const MOST: usize = 1_000;

/// A bundle that is attached to a manifest. Nothing of it was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedBundle {
    /// The manifest that attaches it.
    pub manifest: Digest,
    /// Its bytes.
    pub bytes: Bytes,
}

/// The bundles that are attached to `subject` and do not say that they state something else than `predicate_type`, in the
/// order of their digests: whoever chooses among them chooses the same.
///
/// # Errors
/// The repository can't be read, or there are more than anybody could mean.
pub async fn read_bundles(
    pull: &dyn Pull,
    subject: &Digest,
    predicate_type: &str,
) -> Result<Vec<AttachedBundle>, WorldError> {
    let mut listed: Vec<Digest> =
        pull.referrers(subject, Some(&BUNDLE)).await?.into_iter().map(|one| one.digest).collect();
    listed.sort();
    listed.dedup();
    if listed.len() > MOST {
        let what = format!("the list of what is attached to {subject}");
        let (size, limit) = (u64::try_from(listed.len()).unwrap_or(u64::MAX), MOST as u64);
        return Err(StoreError::TooLarge { what, size, limit }.into());
    }
    let mut bundles = Vec::new();
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
        let Some(content) = pull.blob(layer).await? else { continue };
        match read_whole(&*content, LIMIT).await {
            Ok(bytes) => bundles.push(AttachedBundle { manifest: digest, bytes }),
            // Nobody has to read what a stranger attached.
            Err(StoreError::TooLarge { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(bundles)
}
