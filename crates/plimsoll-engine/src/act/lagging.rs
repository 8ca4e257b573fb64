//! What published releases may lack of all that comes after `published`: who was killed in between leaves it to the next run.

use std::collections::BTreeSet;

use plimsoll_oci::name::ImageRepository;

use crate::domain::claim::{Claim, State};
use crate::domain::line::MovingTag;
use crate::domain::project::Project;
use crate::run::mirrors::Mirrors;
use crate::run::settle::look;
use crate::run::stop::Stop;
use crate::statement::record::{RECORD_ENDING, file_name};
use crate::world::ledger::Coverage;
use crate::world::{Eyes, WorldError};

/// What has not followed the releases that are published.
#[derive(Clone, Debug, Default)]
pub struct Lagging {
    /// Moving tags that are not where they should be, and the version that each should be at.
    pub tags: Vec<(MovingTag, String)>,
    /// The versions that the ledger has no record of. Of a checkout, which may be of any time, it is not asked.
    pub unrecorded: Vec<String>,
    /// The optional mirrors that did not answer, of whose tags nothing is known, and why.
    pub silent: Vec<(ImageRepository, WorldError)>,
}

/// Looks for what has not followed the releases of these claims.
///
/// # Errors
/// What counts can't be read.
pub async fn find_lagging(eyes: Eyes<'_>, project: &Project, claims: &[Claim]) -> Result<Lagging, Stop> {
    let mut lagging = Lagging::default();
    let published = || claims.iter().filter(|claim| claim.state == State::Published && claim.seal.is_some());
    if published().next().is_none() {
        return Ok(lagging);
    }
    let mut mirrors = Mirrors::new(project);
    // The first look tells which tags there are, the second where they were before anything else was read.
    let known = look(eyes, project, &BTreeSet::new(), &mut mirrors).await?.into_keys().collect();
    for (tag, course) in look(eyes, project, &known, &mut mirrors).await? {
        if let Some((version, _)) = course.find_move() {
            lagging.tags.push((tag, version.clone()));
        }
    }
    lagging.silent = mirrors.silences().map(|(place, error)| (place.clone(), error.clone())).collect();
    if eyes.ledger().coverage() == Coverage::All {
        let files = eyes.ledger().read_all(RECORD_ENDING).await?;
        let recorded: BTreeSet<String> = files.into_iter().map(|file| file.name).collect();
        let missing = published().filter(|claim| !recorded.contains(&file_name(&claim.version)));
        lagging.unrecorded.extend(missing.map(|claim| claim.version.clone()));
    }
    Ok(lagging)
}
