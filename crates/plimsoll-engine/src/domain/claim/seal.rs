//! The seal: what a set is, frozen when it was made and only copied ever after.

use std::collections::BTreeMap;

use plimsoll_oci::model::{Descriptor, MediaType};
use plimsoll_oci::name::Digest;

use crate::domain::artifact::ArtifactName;
use crate::domain::target::Target;
use crate::domain::time::Moment;

/// Every digest of one set, where it goes, and the record that says so.
///
/// A takeover copies a seal, it never makes one anew: the record is a function of seal and tag alone, so that every
/// run on every machine writes the same record bytes (claim protocol, F9).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Seal {
    /// When the set was sealed; the record's time.
    pub time: Moment,
    /// Name → digest.
    pub artifacts: BTreeMap<ArtifactName, Digest>,
    /// What the record says of each image.
    pub images: BTreeMap<ArtifactName, SealedImage>,
    /// Where each artifact goes, under which tags.
    pub targets: Vec<Target>,
    /// The digest of the record's bytes.
    pub record: Digest,
}

/// One sealed image.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SealedImage {
    /// The index's media type.
    pub media_type: MediaType,
    /// The index's size in bytes.
    pub size: u64,
    /// Platform → digest of its manifest, in the spelling `os/architecture[/variant]`.
    pub platforms: BTreeMap<String, Digest>,
    /// The labels of its config; of the first platform's if they differ.
    pub labels: BTreeMap<String, String>,
}

impl Seal {
    /// The descriptor of an artifact's index; `None` for an artifact that is not in the seal.
    pub fn descriptor(&self, artifact: &ArtifactName) -> Option<Descriptor> {
        let digest = self.artifacts.get(artifact)?;
        let image = self.images.get(artifact)?;
        Some(Descriptor::new(image.media_type.clone(), digest.clone(), image.size))
    }

    /// The same set: the same digests under the same names.
    pub fn is_same_set(&self, other: &Seal) -> bool {
        self.artifacts == other.artifacts && self.record == other.record
    }
}
