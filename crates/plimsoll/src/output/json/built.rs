//! What `build` comes to.

use std::collections::BTreeMap;

use plimsoll_engine::act::build::BuiltImage;
use serde::Serialize;

/// `plimsoll.built/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BuildDone {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// What the images say is their version.
    pub version: String,
    /// The tag that they are called by on this machine.
    pub tag: String,
    /// The commit at the bottom.
    pub commit: String,
    /// Whether tracked files differed from that commit.
    pub modified: bool,
    /// The folder with the part, if one was written.
    pub output: Option<String>,
    /// The images.
    pub images: Vec<BuiltInfo>,
}

/// One image that was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BuiltInfo {
    /// Its name in the project.
    pub name: String,
    /// Where a release would put it.
    pub repository: String,
    /// The digest of its index.
    pub digest: String,
    /// Platform → digest of its manifest.
    pub platforms: BTreeMap<String, String>,
    /// The labels of its config.
    pub labels: BTreeMap<String, String>,
    /// What it is called in docker or podman, if it was loaded.
    pub loaded: Option<String>,
}

impl BuildDone {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.built/v1";
}

impl BuiltInfo {
    /// What is said of an image.
    pub fn of(built: &BuiltImage<'_>, loaded: Option<String>) -> BuiltInfo {
        let platforms = built.content.platforms.iter();
        BuiltInfo {
            name: built.image.name.to_string(),
            repository: built.image.repository.to_string(),
            digest: built.root.digest.to_string(),
            platforms: platforms.map(|(platform, digest)| (platform.clone(), digest.to_string())).collect(),
            labels: built.content.labels.clone(),
            loaded,
        }
    }
}
