//! What `publish` would do.

use std::collections::BTreeMap;

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::step::Phase;
use plimsoll_engine::plan::publish::PublishPlan;
use plimsoll_engine::plan::steps::{About, PlannedStep};
use plimsoll_oci::name::Digest;
use serde::Serialize;

use super::plan::{StepInfo, VerdictInfo};
use super::published::describe;

/// `plimsoll.publish-plan/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublishPlanInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The component.
    pub component: String,
    /// `branch` or `pull-request`.
    pub occasion: &'static str,
    /// The branch or pull request, for people.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The commit.
    pub commit: String,
    /// What images say is their version.
    pub version: String,
    /// The images that are published of this commit already, and not made again; null if nothing was looked at.
    pub adopted: Option<BTreeMap<String, String>>,
    /// The steps, in their order.
    pub steps: Vec<StepInfo>,
    /// Image tags that the rules do not give this time, and why.
    pub skipped: Vec<String>,
}

impl PublishPlanInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.publish-plan/v1";

    /// A plan; `found` is what is published of the commit, if that was looked at.
    pub fn of(
        component: &ArtifactName,
        plan: &PublishPlan,
        found: Option<&BTreeMap<ArtifactName, Digest>>,
    ) -> PublishPlanInfo {
        let steps = plan.steps().into_iter().map(|step| {
            let verdict = found.and_then(|found| verdict(&step, found));
            StepInfo { step, verdict }
        });
        let texts = |(name, digest): (&ArtifactName, &Digest)| (name.to_string(), digest.to_string());
        let (occasion, reference) = describe(&plan.line);
        PublishPlanInfo {
            schema: PublishPlanInfo::SCHEMA,
            component: component.to_string(),
            occasion,
            reference,
            commit: plan.commit.to_string(),
            version: plan.version.clone(),
            adopted: found.map(|found| found.iter().map(texts).collect()),
            steps: steps.collect(),
            skipped: plan.skipped.clone(),
        }
    }
}

/// What becomes of a step, where the image that is published decides it. Where moving tags end shows only when they are
/// moved.
fn verdict(step: &PlannedStep, found: &BTreeMap<ArtifactName, Digest>) -> Option<VerdictInfo> {
    let of = |artifact: &ArtifactName| match found.get(artifact) {
        Some(digest) => VerdictInfo::AlreadyThere { digest: Some(digest.to_string()) },
        None => VerdictInfo::Create { digest: None },
    };
    match (&step.about, step.phase) {
        (_, Phase::MovingTag) => None,
        (About::Artifact { artifact } | About::Content { artifact, .. } | About::Tag { artifact, .. }, _) => {
            Some(of(artifact))
        }
        _ => None,
    }
}
