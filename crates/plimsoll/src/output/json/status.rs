//! Releases that are under way or stalled.

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::claim::{Claim, Why};
use plimsoll_engine::domain::line::MovingTag;
use serde::Serialize;

use super::plan::StepInfo;

/// `plimsoll.status/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// The claims that were asked for: of one version, or all that are not final.
    pub claims: Vec<ClaimInfo>,
    /// With a tag: the steps of its release. Otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<StepInfo>>,
    /// Without a tag: moving tags that have not followed what is published.
    pub behind: Vec<BehindInfo>,
    /// Without a tag: published versions that the ledger has no record of.
    pub unrecorded: Vec<String>,
    /// What to do, one command or sentence each.
    pub advice: Vec<String>,
}

/// A moving tag that is not where it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BehindInfo {
    /// Its name: `ghcr.io/acme/app:latest`.
    pub tag: String,
    /// The version that it should be at.
    pub version: String,
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimInfo {
    /// The version, without `v`.
    pub version: String,
    /// `reserved`, `sealed`, `committed`, `published` or `burnt`.
    pub state: String,
    /// The git tag.
    pub tag: String,
    /// The commit.
    pub commit: String,
    /// The machine that wrote it.
    pub host: String,
    /// Where that run can be watched.
    pub url: Option<String>,
    /// When it was written, RFC 3339.
    pub since: String,
    /// Why it was burnt.
    pub why: Option<String>,
}

impl Status {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.status/v1";

    /// The state of some claims.
    pub fn of(component: &ArtifactName, claims: &[Claim]) -> Status {
        Status {
            schema: Status::SCHEMA,
            component: component.to_string(),
            claims: claims.iter().map(ClaimInfo::of).collect(),
            steps: None,
            behind: Vec::new(),
            unrecorded: Vec::new(),
            advice: Vec::new(),
        }
    }
}

impl BehindInfo {
    /// A tag, and the version that it should be at.
    pub fn of(((repository, tag), version): &(MovingTag, String)) -> BehindInfo {
        BehindInfo { tag: format!("{repository}:{tag}"), version: version.clone() }
    }
}

impl ClaimInfo {
    /// What there is to say of a claim.
    pub fn of(claim: &Claim) -> ClaimInfo {
        ClaimInfo {
            version: claim.version.clone(),
            state: claim.state.to_string(),
            tag: claim.tag.name.to_string(),
            commit: claim.tag.commit.to_string(),
            host: claim.holder.host.clone(),
            url: claim.holder.url.clone(),
            since: claim.holder.since.to_string(),
            why: claim.why.as_ref().map(why),
        }
    }
}

/// Why a claim was burnt, as a sentence.
pub fn why(why: &Why) -> String {
    match why {
        Why::Conflict { repository, found } => {
            format!("a version tag in {repository} points at {found}, which is not of this release")
        }
        Why::Gone { repository, missing } => format!("{missing} was lost from {repository}"),
    }
}
