//! `plan --online` of a promotion: what would become of what the forge shows.

use super::Verdict;
use super::page::{preview_deployment, preview_latest, preview_page};
use crate::act::promote::Promotion;
use crate::plan::steps::{About, PlannedStep};
use crate::run::stop::Stop;
use crate::world::Eyes;

/// What would become of a step on the forge; `None` if it is none.
///
/// # Errors
/// The forge did not answer, or what counts can't be read.
pub async fn preview_on_forge(
    eyes: Eyes<'_>,
    promotion: &Promotion<'_>,
    step: &PlannedStep,
) -> Result<Option<Verdict>, Stop> {
    let Promotion { project, release, .. } = promotion;
    Ok(Some(match &step.about {
        About::Page { tag } => {
            preview_page(eyes, (&release.claim_name(), &release.tag), Some(&release.seal), tag).await?
        }
        About::LatestPage { tag } => preview_latest(eyes, project, &release.version, tag).await?,
        About::Deployment { environment } => {
            preview_deployment(eyes, &promotion.deploying(), environment).await?
        }
        _ => return Ok(None),
    }))
}
