//! What was said of releases, and is not in every repository of theirs: who asks there alone does not hear it.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::{Digest, ImageRepository};

use super::filed::find_subject;
use super::verify::{Check, Outcome};
use crate::domain::claim::Seal;
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
        Check::in_repository(&self.repository, subject, self.necessity, outcome)
    }
}

/// The marks that repositories of the project lack, of those that answered. A mark belongs where the versions that it is about were
/// released, as their own records say, and there alone: a repository that was added later has nothing of them.
pub(super) fn find_unsaid<'a>(
    project: &Project,
    survey: &Survey,
    releases: impl Iterator<Item = &'a Release>,
) -> Vec<Unsaid> {
    let releases: BTreeMap<&str, &Release> =
        releases.map(|release| (release.record.version.as_str(), release)).collect();
    let mut unsaid = Vec::new();
    for repository in repositories(project).into_keys() {
        let Some(there) = survey.said_in.get(&repository) else { continue };
        for (digest, _) in survey.marks.all().filter(|(digest, _)| !there.contains(digest)) {
            // What was said of a burnt version is in its claim.
            let Some(version) = find_subject(&survey.marks, digest) else { continue };
            let Some(bytes) = survey.statements.get(digest).cloned() else { continue };
            let about = survey.marks.versions_of(digest).into_iter();
            let about: Vec<&Seal> = about.filter_map(|version| Some(&releases.get(version)?.seal)).collect();
            let Some(necessity) = find_necessity(&about, &repository) else { continue };
            let (repository, digest) = (repository.clone(), digest.clone());
            unsaid.push(Unsaid { repository, necessity, version, digest, bytes });
        }
    }
    unsaid
}

/// Whether one of some releases waited for a repository; none if none of them went there.
fn find_necessity(releases: &[&Seal], repository: &ImageRepository) -> Option<Necessity> {
    let went_there = |seal: &Seal| seal.targets.iter().any(|target| target.repository == *repository);
    match releases.iter().any(|seal| seal.requires(repository)) {
        true => Some(Necessity::Required),
        false => releases.iter().any(|seal| went_there(seal)).then_some(Necessity::Optional),
    }
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
