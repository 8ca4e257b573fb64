//! What was said of releases, and is not in every repository of theirs: who asks there alone does not hear it.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::{Digest, ImageRepository};

use super::filed::find_subject;
use super::verify::{Check, Outcome, Place};
use crate::domain::project::Project;
use crate::domain::target::Necessity;
use crate::ledger::release::Release;
use crate::run::mirrors::{Mirrors, repositories};
use crate::run::say::{Pushed, push_mark};
use crate::run::stop::Stop;
use crate::run::survey::Survey;
use crate::ship::ShipError;
use crate::statement::artifact::mark_tag;
use crate::statement::mark::wrap_bytes;
use crate::world::World;

/// A mark that a repository lacks.
#[derive(Clone, Debug)]
pub struct Unsaid {
    /// The repository.
    pub repository: ImageRepository,
    /// Whether a release waits for it.
    pub necessity: Necessity,
    /// The version that the mark is told with.
    pub version: String,
    /// The mark's digest.
    pub digest: Digest,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Unsaid {
    /// What an audit says of it.
    pub(super) fn check(&self) -> Check {
        let subject = format!("mark {}:{}", self.repository, mark_tag(&self.digest));
        let outcome = Outcome::Drift { want: self.digest.to_string(), found: None };
        Check { subject, place: Place::Registry, necessity: self.necessity, outcome }
    }
}

/// The marks that repositories of the project lack which releases went to, of those that answered.
pub(super) fn find_unsaid<'a>(
    project: &Project,
    survey: &Survey,
    releases: impl Iterator<Item = &'a Release>,
) -> Vec<Unsaid> {
    let targets = releases.flat_map(|release| &release.seal.targets);
    let released_to: BTreeSet<&ImageRepository> = targets.map(|target| &target.repository).collect();
    let places: BTreeMap<ImageRepository, Necessity> = repositories(project);
    let mut unsaid = Vec::new();
    for (repository, necessity) in places.into_iter().filter(|(place, _)| released_to.contains(place)) {
        let Some(there) = survey.said_in.get(&repository) else { continue };
        for (digest, _) in survey.marks.all().filter(|(digest, _)| !there.contains(digest)) {
            // What was said of a burnt version is in its claim.
            let Some(version) = find_subject(&survey.marks, digest) else { continue };
            let Some(bytes) = survey.statements.get(digest).cloned() else { continue };
            let (repository, digest) = (repository.clone(), digest.clone());
            unsaid.push(Unsaid { repository, necessity, version, digest, bytes });
        }
    }
    unsaid
}

/// Writes marks where they are missing; gives those that are there now.
///
/// # Errors
/// A repository that a release waits for does not take one.
pub(super) async fn say_again(
    world: &World,
    unsaid: &[Unsaid],
    mirrors: &mut Mirrors,
) -> Result<BTreeSet<String>, Stop> {
    let mut said = BTreeSet::new();
    for Unsaid { repository, version, bytes, .. } in unsaid {
        if mirrors.find_silence(repository).is_some() {
            continue;
        }
        match push_mark(world, repository, wrap_bytes(bytes.clone())).await {
            Ok(Pushed::Now | Pushed::Before) => {
                said.insert(version.clone());
            }
            Err(Stop::Ship(ShipError::World(error))) => {
                mirrors.excuse::<()>(repository, Err(error))?;
            }
            Err(stop) => return Err(stop),
        }
    }
    Ok(said)
}
