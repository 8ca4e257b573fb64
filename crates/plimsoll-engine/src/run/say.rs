//! Says something of released versions: first the statement, in every place where somebody looks for it. Moving tags
//! are settled after it (claim protocol, section 3).

use std::collections::BTreeSet;

use plimsoll_oci::name::{Digest, ImageRepository};

use super::mirrors::{Mirrors, repositories};
use super::stop::Stop;
use super::survey::Survey;
use crate::domain::claim::Nonce;
use crate::domain::marks::Mark;
use crate::domain::project::Project;
use crate::domain::step::StepId;
use crate::ledger::marks::Statement;
use crate::plan::saying::{Settlement, Words};
use crate::ship::ensure::pause;
use crate::ship::record::PushStatement;
use crate::ship::{Observation, Sealed, ShipError, Step};
use crate::statement::artifact::{Artifact, mark_tag};
use crate::statement::mark::{Said, mark_file_name, render, render_said, wrap_bytes};
use crate::world::ledger::LedgerFile;
use crate::world::{World, WorldError};

/// How often a mark is written before it is given up.
const TRIES: u32 = 4;

/// What was said.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// The statements, said now or before.
    pub statements: BTreeSet<Digest>,
    /// Whether this run wrote any of them anywhere.
    pub wrote: bool,
    /// What kept the ledger from having their files; that keeps no tag from its place, so it is told at the end.
    pub unfiled: Option<WorldError>,
}

/// The statement that a settlement needs and nobody has made yet. Each time another, but for promotions: whoever promotes
/// one tag says the same.
pub fn word(world: &World, project: &Project, settlement: &Settlement) -> Option<Statement> {
    let Words::New(mark) = &settlement.words else { return None };
    let bytes = match mark {
        Mark::Promotion { .. } => render(&project.name, mark),
        Mark::Yank { .. } | Mark::Hold { .. } | Mark::Lift { .. } => {
            let said = Said { time: world.clock.now(), nonce: Nonce::new(world.clock.random()) };
            render_said(&project.name, mark, &said)
        }
    };
    Some(Statement { bytes, mark: mark.clone() })
}

/// Makes the statements stand everywhere: those that a settlement names, and the new one.
pub async fn say(
    world: &World,
    project: &Project,
    survey: &Survey,
    settlement: &Settlement,
    new: Option<&Statement>,
    mirrors: &mut Mirrors,
) -> Result<Spoken, Stop> {
    let mut texts: Vec<Vec<u8>> = new.iter().map(|statement| statement.bytes.clone()).collect();
    if let Words::Said(digests) = &settlement.words {
        texts.extend(digests.iter().filter_map(|digest| survey.statements.get(digest)).cloned());
    }
    let concerned = marked_in(survey, settlement);
    let places: BTreeSet<_> = repositories(project).into_keys().chain(concerned.iter().cloned()).collect();
    let mut spoken = Spoken { statements: BTreeSet::new(), wrote: false, unfiled: None };
    for bytes in texts {
        let artifact = wrap_bytes(bytes.clone());
        let digest = artifact.layer.digest.clone();
        for repository in &places {
            if mirrors.find_silence(repository).is_some() {
                continue;
            }
            match push_mark(world, repository, artifact.clone()).await {
                Ok(Pushed::Now) => spoken.wrote = true,
                Ok(Pushed::Before) => {}
                // Others look there for what was said of it, whatever this configuration names.
                Err(stop) if concerned.contains(repository) => return Err(stop),
                Err(Stop::Ship(ShipError::World(error))) => {
                    mirrors.excuse::<()>(repository, Err(error))?;
                }
                Err(stop) => return Err(stop),
            }
        }
        match file(world, settlement, &digest, bytes).await {
            Ok(Pushed::Now) => spoken.wrote = true,
            Ok(Pushed::Before) => {}
            Err(WorldError::Stopped) => return Err(WorldError::Stopped.into()),
            Err(error) => spoken.unfiled = Some(error),
        }
        spoken.statements.insert(digest);
    }
    Ok(spoken)
}

/// Where somebody looks who wants to know what was said, beside the repositories of the configuration: in the first of those
/// that each version was released to.
fn marked_in(survey: &Survey, settlement: &Settlement) -> BTreeSet<ImageRepository> {
    let about = |written: &str| settlement.about.contains(written);
    let concerned = survey.versions.iter().filter(|published| about(&published.version.to_string()));
    concerned.filter_map(|published| published.marked_in.clone()).collect()
}

/// Puts a statement among the ledger's files.
async fn file(
    world: &World,
    settlement: &Settlement,
    digest: &Digest,
    bytes: Vec<u8>,
) -> Result<Pushed, WorldError> {
    let version = settlement.back_to.as_ref().or(settlement.about.first());
    let Some(version) = version else { return Ok(Pushed::Before) };
    let name = mark_file_name(version, digest);
    if world.eyes().ledger().read(&name).await?.is_some_and(|there| there == bytes) {
        return Ok(Pushed::Before);
    }
    let step = StepId::new("ledger-file", &name);
    world.hands(&step).write_files(&[LedgerFile { name, bytes }]).await?;
    Ok(Pushed::Now)
}

/// Whether a mark was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It is there now.
    Now,
    /// It was there before.
    Before,
}

/// Makes a mark stand in a repository, under its tag. It opens nothing and needs no key: whoever may write the repository may
/// say it.
pub(crate) async fn push_mark(
    world: &World,
    repository: &ImageRepository,
    mark: Artifact,
) -> Result<Pushed, Stop> {
    let (repository, tag) = (repository.clone(), Some(mark_tag(&mark.layer.digest)));
    let statement = PushStatement { repository, artifact: mark, tag, others: Vec::new() };
    let id = Step::<Sealed>::id(&statement);
    let mut pushed = Pushed::Before;
    for round in 0..TRIES {
        let Observation::Needed(change) = Step::<Sealed>::observe(&statement, world.eyes()).await? else {
            return Ok(pushed);
        };
        pushed = Pushed::Now;
        match statement.push(world.hands(&id), &change).await {
            Ok(()) => {}
            Err(ShipError::World(error)) if error.is_temporary() => pause(world, round).await?,
            Err(error) => return Err(error.into()),
        }
    }
    match Step::<Sealed>::observe(&statement, world.eyes()).await? {
        Observation::Needed(_) => Err(ShipError::NoEffect { step: id }.into()),
        _ => Ok(pushed),
    }
}
