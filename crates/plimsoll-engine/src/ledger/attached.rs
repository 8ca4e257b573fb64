//! What is attached to a manifest, in whichever form.

mod bundles;
mod layers;

use bytes::Bytes;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, StoreError};

use crate::domain::attestation::{AttachedForm, Signed};
use crate::world::WorldError;

/// The largest layer that is read, in bytes.
const LIMIT: u64 = 8 * 1024 * 1024;
/// The most attachments of one manifest that are looked at.
const MOST: usize = 1_000;

/// Something signed that is attached to a manifest. Nothing of it was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The manifest that attaches it.
    pub manifest: Digest,
    /// How.
    pub form: AttachedForm,
    /// What.
    pub signed: Signed,
}

/// What is attached to `subject` in one form and does not say that it states something else than `predicate_type`, in an order
/// that is the same for everybody.
///
/// # Errors
/// The repository can't be read, or there is more than anybody could mean.
pub async fn read_attached(
    pull: &dyn Pull,
    form: AttachedForm,
    subject: &Digest,
    predicate_type: &str,
) -> Result<Vec<Attached>, WorldError> {
    match form {
        AttachedForm::Bundle => bundles::read(pull, subject, predicate_type).await,
        AttachedForm::Legacy => layers::read(pull, subject, predicate_type).await,
    }
}

/// Refuses more than anybody could mean.
fn check_count(subject: &Digest, count: usize) -> Result<(), StoreError> {
    if count <= MOST {
        return Ok(());
    }
    let what = format!("the list of what is attached to {subject}");
    let (size, limit) = (u64::try_from(count).unwrap_or(u64::MAX), MOST as u64);
    Err(StoreError::TooLarge { what, size, limit })
}

/// The bytes of a layer; none if it is gone or too large: nobody has to read what a stranger attached.
async fn find_layer(pull: &dyn Pull, layer: &Descriptor) -> Result<Option<Bytes>, StoreError> {
    let Some(content) = pull.blob(layer).await? else { return Ok(None) };
    match read_whole(&*content, LIMIT).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(StoreError::TooLarge { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
