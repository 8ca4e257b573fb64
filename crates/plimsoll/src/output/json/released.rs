//! What `release` and `rehearse` come to.

use plimsoll_engine::domain::claim::ClaimName;
use plimsoll_engine::domain::git::TagAt;
use plimsoll_engine::domain::marks::Mark;
use plimsoll_engine::run::released::{Part, Released};
use serde::Serialize;

use super::charts::{ReleasedChart, charts_of};
use super::images::{ReleasedImage, images_of, leave_out, leave_out_mirrors};
use super::on_forge::{DeploymentInfo, PageInfo};
use super::statement::KeptTag;
use super::word::words;

/// `plimsoll.released/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReleaseDone {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// The version, without `v`.
    pub version: String,
    /// The git tag.
    pub tag: String,
    /// The commit.
    pub commit: String,
    /// What became of it.
    pub status: ReleasedStatus,
    /// Whether this run changed anything.
    pub changed: bool,
    /// The digest of its record.
    pub record: String,
    /// The commands of the gates that succeeded in this run. A run that finishes what another had sealed runs none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<String>,
    /// The commands of the gates that this run did not run, since it finishes what was sealed once they had succeeded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates_before: Vec<String>,
    /// Its images.
    pub images: Vec<ReleasedImage>,
    /// Its page on the forge; null if it gets none.
    pub page: Option<PageInfo>,
    /// What stands in its environments.
    pub deployments: Vec<DeploymentInfo>,
    /// Why it has no page and can have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pageless: Option<&'static str>,
    /// Its charts.
    pub charts: Vec<ReleasedChart>,
    /// Moving tags that no version is left for, as `repository:tag`. They stay where they are.
    pub orphaned_tags: Vec<String>,
    /// Moving tags that are at a newer version of another tool. They stay there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept_tags: Vec<KeptTag>,
    /// What was said of it that keeps it from counting (`docs/formats/mark.md`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<Mark>,
    /// The command that verifies it where this run left it.
    #[serde(skip)]
    pub verify: String,
    /// Optional mirrors that were left behind: no image here names them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub behind: Vec<String>,
}

words! {
    /// What became of a release.
    ReleasedStatus {
        /// This run made it.
        Released = "released",
        /// This run finished what another had committed.
        Finished = "finished",
        /// Nothing was missing.
        AlreadyReleased = "already-released",
        /// It was thrown away again.
        Rehearsed = "rehearsed",
    }
}

impl ReleaseDone {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.released/v1";

    /// What a run came to.
    pub fn of(name: &ClaimName, tag: &TagAt, released: &Released) -> ReleaseDone {
        let mut images = images_of(&released.seal);
        leave_out(&mut images, &released.elsewhere);
        let behind = leave_out_mirrors(images.iter_mut().map(|image| &mut image.mirrors), &released.behind);
        ReleaseDone {
            schema: ReleaseDone::SCHEMA,
            verify: format!("plimsoll verify {}", tag.name),
            component: name.component.to_string(),
            version: name.version.clone(),
            tag: tag.name.to_string(),
            commit: tag.commit.to_string(),
            status: match released.part {
                Part::Made => ReleasedStatus::Released,
                Part::Adopted => ReleasedStatus::Finished,
                Part::Nothing => ReleasedStatus::AlreadyReleased,
            },
            changed: released.part != Part::Nothing,
            record: released.seal.record.to_string(),
            gates: Vec::new(),
            gates_before: Vec::new(),
            images,
            page: released.page.as_ref().map(PageInfo::of),
            deployments: released.deployments.iter().map(DeploymentInfo::of).collect(),
            pageless: None,
            charts: charts_of(&released.seal),
            orphaned_tags: released
                .orphans
                .iter()
                .map(|(repository, tag)| format!("{repository}:{tag}"))
                .collect(),
            kept_tags: KeptTag::all(&released.kept),
            passed_over: released.passed_over.clone(),
            behind,
        }
    }
}
