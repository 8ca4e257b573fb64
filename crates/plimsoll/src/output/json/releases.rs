//! All releases.

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::ledger::release::{Release, find_latest};
use serde::Serialize;

use super::release::state;

/// `plimsoll.releases/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Releases {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// The newest published version that is no pre-release.
    pub latest: Option<String>,
    /// All of them, highest version first.
    pub releases: Vec<ListedRelease>,
}

/// One release of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedRelease {
    /// The version, without `v`.
    pub version: String,
    /// The git tag.
    pub tag: String,
    /// `committed`, `published` or `burnt`.
    pub state: &'static str,
    /// When it was sealed, RFC 3339.
    pub released: String,
    /// The commit.
    pub commit: String,
    /// Whether it is a pre-release.
    pub prerelease: bool,
    /// The names of its images.
    pub images: Vec<String>,
}

impl Releases {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.releases/v1";

    /// The list.
    pub fn of(component: &ArtifactName, releases: &[Release]) -> Releases {
        Releases {
            schema: Releases::SCHEMA,
            component: component.to_string(),
            latest: find_latest(releases).map(|release| release.version.to_string()),
            releases: releases.iter().map(listed).collect(),
        }
    }
}

fn listed(release: &Release) -> ListedRelease {
    ListedRelease {
        version: release.version.to_string(),
        tag: release.tag.name.to_string(),
        state: state(release.state),
        released: release.seal.time.to_string(),
        commit: release.tag.commit.to_string(),
        prerelease: release.version.is_prerelease(),
        images: release.seal.artifacts.keys().map(ToString::to_string).collect(),
    }
}
