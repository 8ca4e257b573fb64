//! Where a release puts what it makes.

use std::collections::BTreeMap;

use plimsoll_oci::name::{ImageRepository, ImageTag};
use serde_json::Value;

use super::artifact::ArtifactName;

/// One artifact in one repository, with the tags that it gets there.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Target {
    /// The artifact.
    pub artifact: ArtifactName,
    /// The repository.
    pub repository: ImageRepository,
    /// Whether the release waits for it.
    pub necessity: Necessity,
    /// Tags that are written once and never again: those with the whole version in them.
    pub version_tags: Vec<ImageTag>,
    /// Tags that are kept if they are there: `sha-…`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first_wins: Vec<ImageTag>,
    /// Tags that follow a line: intentions, settled from the whole ledger.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moving: Vec<ImageTag>,
    /// Whatever newer versions added.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, Value>,
}

/// Whether a release waits for a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Necessity {
    /// The release is not done before this repository has everything.
    Required,
    /// A mirror that is reported when it fails and repaired by running again.
    Optional,
}
