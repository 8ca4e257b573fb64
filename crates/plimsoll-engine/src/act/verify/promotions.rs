//! `verify` and `audit`: what promotions of a release have made on the forge, observed again.

use super::check::Check;
use super::deployments::check_deployments;
use super::git_tag::check_tag_commit;
use super::page::check_promotion_page;
use crate::domain::deployment::DeployOn;
use crate::domain::marks::{Marks, PromotionMark};
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

/// The pages and the entries of deployments that the promotions of a release should have.
pub(in crate::act) async fn check_promotions(
    eyes: Eyes<'_>,
    project: &Project,
    release: &Release,
    marks: &Marks,
) -> Vec<Check> {
    let (version, planned) = (release.record.version.as_str(), &project.deployments.kept());
    let mut checks = Vec::new();
    let promotions = marks.promotions(version);
    let promotions = promotions.filter(|said| said.is_of(&release.seal.record, &release.tag.commit));
    for PromotionMark { tag, commit, .. } in promotions {
        checks.push(check_tag_commit(eyes, tag, commit).await);
        checks.extend(check_promotion_page(eyes, project, release, tag).await);
        let deploying = Deploying { project, planned, tag, commit, version };
        checks.extend(check_deployments(eyes, &deploying, DeployOn::Promotion).await);
    }
    checks
}
