//! `plan --online` and `status`: what would become of what the forge shows.

use plimsoll_tags::version::Version;

use super::Verdict;
use crate::domain::claim::{ClaimName, Seal};
use crate::domain::deployment::DeploymentState;
use crate::domain::git::{GitTag, TagAt};
use crate::domain::project::Project;
use crate::run::deployment::Deploying;
use crate::run::latest_page::look_at_latest;
use crate::run::mirrors::Mirrors;
use crate::run::page::expected_assets;
use crate::run::stop::Stop;
use crate::world::forge::PageStanding;
use crate::world::{Eyes, WorldError};

/// The page of a tag: there, once it is published with every file by its name.
pub(super) async fn preview_page(
    eyes: Eyes<'_>,
    (name, released): (&ClaimName, &TagAt),
    settled: Option<&Seal>,
    tag: &GitTag,
) -> Result<Verdict, WorldError> {
    let forge = eyes.forge();
    let (Some(_), Some(seal)) = (forge.kind(), settled) else { return Ok(Verdict::Create(None)) };
    let Some(page) = forge.find_page(tag).await? else { return Ok(Verdict::Create(None)) };
    let wanted = expected_assets(forge, name, released, seal);
    let whole = wanted.iter().all(|name| page.has(name));
    Ok(match (page.standing, whole) {
        (PageStanding::Immutable, _) | (PageStanding::Published, true) => Verdict::AlreadyThere(None),
        _ => Verdict::Create(None),
    })
}

/// The page of a tag that a chart has of its own: there, once it is published with the package by its name.
pub(super) async fn preview_own_page(
    eyes: Eyes<'_>,
    settled: Option<&Seal>,
    tag: &GitTag,
) -> Result<Verdict, WorldError> {
    let (forge, charts) = (eyes.forge(), settled.iter().flat_map(|seal| seal.charts.values()));
    let Some(chart) = charts.into_iter().find(|chart| chart.own_page() == Some(tag)) else {
        return Ok(Verdict::Create(None));
    };
    if forge.kind().is_none() {
        return Ok(Verdict::Create(None));
    }
    Ok(match forge.find_page(tag).await? {
        Some(page) if page.standing == PageStanding::Draft => Verdict::Create(None),
        Some(page) if page.standing == PageStanding::Immutable => Verdict::AlreadyThere(None),
        Some(page) if chart.files().all(|(name, _)| page.has(&forge.asset_name(&name))) => {
            Verdict::AlreadyThere(None)
        }
        Some(_) | None => Verdict::Create(None),
    })
}

/// What the forge shows as the latest, as it would be once this version is published.
pub(super) async fn preview_latest(
    eyes: Eyes<'_>,
    project: &Project,
    version: &Version,
    tag: &GitTag,
) -> Result<Verdict, Stop> {
    let Some(course) = look_at_latest(eyes, project, &mut Mirrors::new(project)).await? else {
        return Ok(Verdict::AlreadyThere(None));
    };
    if let Some(doubt) = course.doubt {
        return Ok(Verdict::Unreachable(doubt.to_string()));
    }
    Ok(match course.head {
        Some(head) if head.version > *version => Verdict::Stays { at: head.version.to_string() },
        _ if course.now.as_ref() == Some(tag) => Verdict::AlreadyThere(None),
        _ => Verdict::Create(None),
    })
}

/// The entry of an environment: there, once it stands or stood.
pub(super) async fn preview_deployment(
    eyes: Eyes<'_>,
    deploying: &Deploying<'_>,
    environment: &str,
) -> Result<Verdict, Stop> {
    let planned = deploying.planned.iter().find(|planned| planned.environment == environment);
    let Some(planned) = planned else { return Ok(Verdict::AlreadyThere(None)) };
    let found = eyes.forge().find_deployments(&deploying.entry(planned)).await?;
    if found.iter().any(|standing| standing.state.has_reached(DeploymentState::Success)) {
        return Ok(Verdict::AlreadyThere(None));
    }
    let outranking = deploying.outranking(eyes, planned.on).await?;
    Ok(outranking.map_or(Verdict::Create(None), |at| Verdict::Stays { at }))
}
