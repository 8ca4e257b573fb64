//! Releases of which only image repositories tell: their claims were lost.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use plimsoll_oci::name::{ImageRepository, ImageTag};

use crate::domain::claim::ClaimName;
use crate::domain::project::{ClaimPolicy, Project};
use crate::ledger::recorded::{find_recorded, find_versions};
use crate::ledger::release::{Release, Scope};
use crate::ledger::sources::Sources;
use crate::run::mirrors::repositories;
use crate::statement::artifact::is_hold_of;
use crate::world::{Eyes, WorldError};

/// How many versions are looked for side by side.
const VERSIONS_AT_ONCE: usize = 8;

/// The releases of a project that have a record beside their version tags and no claim, and are not among the versions that are
/// `known`, lowest first. Silent repositories tell of none.
///
/// # Errors
/// Claims can't be read, or a required repository falls silent where something was found.
pub async fn find_lost_claims(
    eyes: Eyes<'_>,
    project: &Project,
    known: &BTreeSet<String>,
) -> Result<Vec<Release>, WorldError> {
    if project.claim == ClaimPolicy::None {
        return Ok(Vec::new());
    }
    let versions = find_versions(project, &list_tags(eyes, project).await, known);
    let looks =
        versions.into_iter().map(|version| async move { find_lost_claim(eyes, project, &version).await });
    let looks: Vec<_> = looks.collect();
    let found: Vec<Option<Release>> = stream::iter(looks).buffered(VERSIONS_AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// The release of a version that has a record beside its version tags and no claim.
///
/// # Errors
/// The claim or a required repository can't be read.
pub async fn find_lost_claim(
    eyes: Eyes<'_>,
    project: &Project,
    version: &str,
) -> Result<Option<Release>, WorldError> {
    let name = ClaimName { component: project.name.clone(), version: version.to_owned() };
    // A claim of a run that is under way speaks for its version.
    if project.claim == ClaimPolicy::None || eyes.claims().read(&name).await?.is_some() {
        return Ok(None);
    }
    Ok(find_records(eyes, project, version).await?.into_iter().next())
}

/// The releases of a version that records in the project's repositories tell of and version tags confirm, the first that was sealed
/// first.
///
/// # Errors
/// A required repository does not answer.
pub async fn find_records(
    eyes: Eyes<'_>,
    project: &Project,
    version: &str,
) -> Result<Vec<Release>, WorldError> {
    let name = ClaimName { component: project.name.clone(), version: version.to_owned() };
    find_recorded(Sources::of(eyes), Scope::of_project(project), &repositories(project), &name).await
}

/// Whether somebody has pushed content for a version, which then lies under its hold tags. Silent repositories tell of nothing.
pub async fn was_begun(eyes: Eyes<'_>, project: &Project, version: &str) -> bool {
    let listed = list_tags(eyes, project).await;
    listed.values().flatten().any(|tag| is_hold_of(tag, version))
}

/// The tags of those repositories that answer.
pub(super) async fn list_tags(eyes: Eyes<'_>, project: &Project) -> BTreeMap<ImageRepository, Vec<ImageTag>> {
    let places = repositories(project).into_keys();
    let listed = places.map(|place| async { (eyes.pull(&place).tags().await, place) });
    let listed = join_all(listed).await.into_iter();
    listed.filter_map(|(tags, place)| Some((place, tags.ok()?))).collect()
}
