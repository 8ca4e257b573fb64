//! `verify` and `audit`: what promotions of a release have made on the forge, observed again.

use super::verify::Check;
use super::verify_deployment::check_deployments;
use super::verify_page::check_promotion_page;
use crate::domain::deployment::DeployOn;
use crate::domain::git::{GitTag, Oid};
use crate::domain::marks::{Mark, Marks};
use crate::domain::page::PagePolicy;
use crate::domain::project::Project;
use crate::ledger::release::Release;
use crate::run::deployment::Deploying;
use crate::world::Eyes;

/// Whether promotions make anything on the forge.
pub(super) fn do_promotions_show(project: &Project) -> bool {
    let follows = project.deployments.kept().iter().any(|kept| kept.on == DeployOn::Promotion);
    follows || project.pages == PagePolicy::Stable
}

/// The tags that promote a version, each with its commit.
pub(super) fn promotion_tags<'a>(
    marks: &'a Marks,
    version: &'a str,
) -> impl Iterator<Item = (&'a GitTag, &'a Oid)> {
    marks.promotions(version).filter_map(|(_, mark)| match mark {
        Mark::Promotion { tag, commit, .. } => Some((tag, commit)),
        Mark::Yank { .. } | Mark::Hold { .. } | Mark::Lift { .. } => None,
    })
}

/// The pages and the entries of deployments that the promotions of a release should have.
pub(super) async fn check_promotions(
    eyes: Eyes<'_>,
    project: &Project,
    release: &Release,
    marks: &Marks,
) -> Vec<Check> {
    let (version, planned) = (release.record.version.as_str(), &project.deployments.kept());
    let mut checks = Vec::new();
    for (tag, commit) in promotion_tags(marks, version) {
        checks.extend(check_promotion_page(eyes, project, release, tag).await);
        let deploying = Deploying { project, planned, tag, commit, version };
        checks.extend(check_deployments(eyes, &deploying, DeployOn::Promotion).await);
    }
    checks
}
