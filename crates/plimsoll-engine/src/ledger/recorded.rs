//! Releases of which only records in image repositories tell: their claims were lost.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use super::announcement::{Announcement, read_recorded};
use super::doubt::doubt;
use super::published::by_tags;
use super::release::unclaimed::from_artifact;
use super::release::{Release, Scope};
use super::sources::Sources;
use crate::domain::claim::ClaimName;
use crate::domain::line::PublishedVersion;
use crate::domain::project::Project;
use crate::domain::target::Necessity;
use crate::world::WorldError;
use crate::world::stores::StoresView;

/// The releases of a version whose records lie in some repositories and are confirmed by the version tags, the first that was
/// sealed first: runs that lost leave records behind, and where builds are reproducible these name the same content. Only
/// places that a release waits for are asked, and only for records that say so of them: who may write to a mirror does not say
/// there what was released.
///
/// # Errors
/// A required repository does not answer.
pub async fn find_recorded(
    sources: Sources<'_>,
    scope: Scope<'_>,
    places: &BTreeMap<ImageRepository, Necessity>,
    name: &ClaimName,
) -> Result<Vec<Release>, WorldError> {
    let mut found: BTreeMap<_, Release> = BTreeMap::new();
    let required = places.iter().filter(|(_, necessity)| **necessity == Necessity::Required);
    for (place, _) in required {
        for set in read_recorded(&*sources.stores.pull(place), name).await? {
            let digest = set.seal().record.clone();
            let Some(release) = from_artifact(set.record().clone(), digest.clone(), scope) else { continue };
            if release.seal.requires(place) && doubt(sources, &release).await.is_none() {
                found.insert((release.seal.time, digest), release);
            }
        }
    }
    Ok(found.into_values().collect())
}

/// The set under a version tag, as a record beside it tells; none if none does.
///
/// # Errors
/// The repository does not answer.
pub async fn find_recorded_at(
    stores: &dyn StoresView,
    name: &ClaimName,
    (place, tag): (&ImageRepository, &ImageTag),
    found: &Digest,
) -> Result<Option<Announcement>, WorldError> {
    let sets = read_recorded(&*stores.pull(place), name).await?;
    Ok(sets.into_iter().find(|set| set.has(place, tag, found)))
}

/// The versions that have a version tag and something that may be a record of them, and are not among those that are `known`.
pub fn find_versions(
    project: &Project,
    tags: &BTreeMap<ImageRepository, Vec<ImageTag>>,
    known: &BTreeSet<String>,
) -> Vec<String> {
    let recorded = by_tags(project, tags, known).into_iter().filter(PublishedVersion::is_ours);
    recorded.map(|published| published.version.to_string()).collect()
}
