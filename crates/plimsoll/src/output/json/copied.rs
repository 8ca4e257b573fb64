//! What `copy` did.

use plimsoll_oci::copy::CopiedAll;
use plimsoll_oci::model::Descriptor;
use serde::Serialize;

/// `plimsoll.copied/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CopiedInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// Where it was, as it was named.
    pub source: String,
    /// Where it is now, as it was named.
    pub target: String,
    /// The digests of what was asked for.
    pub digests: Vec<String>,
    /// Its tags.
    pub tags: Vec<CopiedTag>,
    /// What was sent or mounted.
    pub sent: Amount,
    /// What was there.
    pub present: Amount,
}

/// A tag of the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CopiedTag {
    /// Its name.
    pub tag: String,
    /// What it points at.
    pub digest: String,
    /// What it pointed at before; null if it was not there.
    pub was: Option<String>,
}

/// Manifests and blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// How many manifests.
    pub manifests: usize,
    /// How many blobs.
    pub blobs: usize,
    /// How many bytes they have together.
    pub bytes: u64,
}

impl CopiedInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.copied/v1";

    /// What was done.
    pub fn of(source: String, target: String, copied: &CopiedAll, tags: Vec<CopiedTag>) -> CopiedInfo {
        CopiedInfo {
            schema: CopiedInfo::SCHEMA,
            source,
            target,
            digests: copied.roots.iter().map(|root| root.digest.to_string()).collect(),
            tags,
            sent: Amount::of(&copied.sent),
            present: Amount::of(&copied.present),
        }
    }
}

impl Amount {
    /// All of these together.
    pub fn of(descriptors: &[Descriptor]) -> Amount {
        let manifests = descriptors.iter().filter(|one| one.media_type.is_manifest()).count();
        Amount {
            manifests,
            blobs: descriptors.len().saturating_sub(manifests),
            bytes: descriptors.iter().fold(0, |sum, one| sum.saturating_add(one.size)),
        }
    }
}
