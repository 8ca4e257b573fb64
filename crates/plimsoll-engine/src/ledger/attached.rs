//! What is attached to a manifest, in whichever form.

use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, StoreError};

use super::bundles::{AttachedBundle, read_bundles};
use crate::domain::attestation::{AttachedForm, Signed};
use crate::statement::legacy::LegacyTag;
use crate::world::WorldError;

/// What a layer says of the type of its statement.
const PREDICATE_TYPE: &str = "predicateType";
/// The largest layer that is read, in bytes.
const LIMIT: u64 = 8 * 1024 * 1024;
/// The most layers that are looked at.
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
        AttachedForm::Bundle => {
            let bundles = read_bundles(pull, subject, predicate_type).await?.into_iter();
            let attached = |bundle: AttachedBundle| Attached {
                manifest: bundle.manifest,
                form,
                signed: Signed::bundle(bundle.bytes),
            };
            Ok(bundles.map(attached).collect())
        }
        AttachedForm::Legacy => read_layers(pull, subject, predicate_type).await,
    }
}

/// What lies under the tag beside it.
async fn read_layers(
    pull: &dyn Pull,
    subject: &Digest,
    predicate_type: &str,
) -> Result<Vec<Attached>, WorldError> {
    let place = LegacyTag::of_type(predicate_type);
    let Some(tag) = place.beside(subject) else { return Ok(Vec::new()) };
    let Some(there) = pull.resolve(&tag).await? else { return Ok(Vec::new()) };
    let Some(manifest) = pull.manifest(&there.digest).await? else { return Ok(Vec::new()) };
    let kind = place.layer();
    let other = |layer: &&Descriptor| {
        let stated = layer.annotations.get(PREDICATE_TYPE);
        layer.media_type == kind && stated.is_none_or(|stated| stated == predicate_type)
    };
    let layers: Vec<_> = manifest.blobs().skip(1).filter(other).collect();
    if layers.len() > MOST {
        let what = format!("the list of what is attached to {subject}");
        let (size, limit) = (u64::try_from(layers.len()).unwrap_or(u64::MAX), MOST as u64);
        return Err(StoreError::TooLarge { what, size, limit }.into());
    }
    let mut attached = Vec::new();
    for layer in layers {
        let Some(content) = pull.blob(layer).await? else { continue };
        match read_whole(&*content, LIMIT).await {
            Ok(bytes) => attached.push(Attached {
                manifest: there.digest.clone(),
                form: AttachedForm::Legacy,
                signed: Signed { bytes, annotations: layer.annotations.clone() },
            }),
            // Nobody has to read what a stranger attached.
            Err(StoreError::TooLarge { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(attached)
}
