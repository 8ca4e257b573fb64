//! C1–C5: from the commit point to the end, by any number of runs at once.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::name::{Digest, ImageRepository};
use plimsoll_oci::store::StoreError;

use super::before::REPOSITORIES_AT_ONCE;
use super::ending::{MirrorTrouble, Part, Released, Stop};
use super::order::Order;
use super::settle::{repositories, settle};
use super::start::{Turn, death};
use super::swap::{Again, ClaimAt, Swapped, swap};
use super::whole::{Holding, Lading, ladings};
use crate::domain::claim::{State, Why};
use crate::domain::event::Event;
use crate::domain::project::Project;
use crate::domain::step::{Phase, StepId};
use crate::domain::target::Necessity;
use crate::ship::first_wins::FirstWins;
use crate::ship::key::{Key, Published, Settled};
use crate::ship::ledger_file::WriteFiles;
use crate::ship::version_tag::VersionTag;
use crate::ship::{Ensured, ShipError, ensure};
use crate::statement::record::Record;
use crate::statement::release::release_files;
use crate::world::git::TagNow;
use crate::world::ledger::LedgerFile;
use crate::world::{World, WorldError};

/// How a repository stands after C1.
#[derive(Debug)]
pub(super) enum Standing {
    /// Whole, with our tags. True if something was written.
    Done(bool),
    /// A version tag points at something else.
    Foreign(VersionTag, Digest),
    /// Content is missing that nobody has.
    Gone(Digest),
    /// It did not answer, or did not do it.
    Failed(ShipError),
}

impl Standing {
    /// What is wrong with an optional mirror that stands like this.
    pub(super) fn trouble(self) -> Option<MirrorTrouble> {
        match self {
            Standing::Done(_) => None,
            Standing::Foreign(tag, found) => Some(MirrorTrouble::Foreign { tag: tag.tag, found }),
            Standing::Gone(missing) => Some(MirrorTrouble::Gone { missing }),
            Standing::Failed(error) => Some(MirrorTrouble::Failed(error)),
        }
    }
}

/// What C1 to C5 came to: an end, or another turn.
pub enum Next {
    /// Another turn.
    Turn(Box<Turn>),
    /// Done.
    Released(Released),
}

/// Runs C1 to C5 for a claim that is committed or published.
pub async fn finish(world: &World, order: &Order<'_>, at: ClaimAt, part: Part) -> Result<Next, Stop> {
    let Some(settled) = Settled::by_claim(&at.claim) else { return Ok(Next::Turn(Box::new(Turn::Start))) };
    let ladings = ladings(order.name, &at.claim.tag, settled.seal(), Holding::Needed);
    let (required, optional): (Vec<&Lading>, Vec<&Lading>) =
        ladings.iter().partition(|lading| lading.necessity == Necessity::Required);
    world.watcher.see(Event::Phase(Phase::VersionTag));
    let mut changed = part != Part::Nothing;
    for (lading, standing) in tag_all(world, &settled, &required).await {
        match standing {
            Standing::Done(wrote) => changed |= wrote,
            Standing::Foreign(tag, found) => return foreign(at, tag, found),
            Standing::Gone(missing) => {
                return gone(world, order, at, lading.repository.clone(), missing).await;
            }
            Standing::Failed(error) => return Err(error.into()),
        }
    }
    // C2.
    let at = match at.claim.state {
        State::Published => at,
        _ => match publish(world, order, at).await? {
            Ok(at) => at,
            Err(turn) => return Ok(Next::Turn(Box::new(turn))),
        },
    };
    let Some(published) = Published::by_claim(&at.claim) else {
        return Ok(Next::Turn(Box::new(Turn::Start)));
    };
    // C3.
    let mut troubles = Vec::new();
    for (lading, standing) in tag_all(world, &settled, &optional).await {
        if let Standing::Failed(ShipError::World(WorldError::Stopped)) = standing {
            return Err(WorldError::Stopped.into());
        }
        changed |= matches!(standing, Standing::Done(true));
        troubles.extend(standing.trouble().map(|trouble| (lading.repository.clone(), trouble)));
    }
    // C4.
    let files = release_files(&Record::of_seal(order.name, &at.claim.tag, published.seal()));
    let recorded = write_files(world, &published, files).await?;
    changed |= follow(world, &published, &mut troubles).await?;
    let settling = settle(world, order.project, &published).await?;
    changed |= settling.wrote;
    report_silent(order.project, settling.silent, &mut troubles);
    // C5.
    match world.eyes().git().tag(&at.claim.tag).await? {
        TagNow::Same => {}
        TagNow::Gone => return Err(Stop::GitTagDrift { tag: Box::new(at.claim.tag), now: None }),
        TagNow::Other(now) => return Err(Stop::GitTagDrift { tag: Box::new(at.claim.tag), now: Some(now) }),
    }
    changed |= recorded?;
    if !troubles.is_empty() {
        return Err(Stop::Mirrors { troubles });
    }
    let part = if changed && part == Part::Nothing { Part::Adopted } else { part };
    Ok(Next::Released(Released { seal: published.seal().clone(), part, orphans: settling.orphans }))
}

/// C1 over several repositories side by side.
pub(super) async fn tag_all<'a>(
    world: &World,
    settled: &Settled,
    ladings: &[&'a Lading],
) -> Vec<(&'a Lading, Standing)> {
    let each: Vec<_> =
        ladings.iter().map(|lading| async { (*lading, tag_one(world, settled, lading).await) }).collect();
    stream::iter(each).buffer_unordered(REPOSITORIES_AT_ONCE).collect().await
}

/// C1: (a) read the version tags, (b) look whether it is whole and repair it, (c) write what is absent, and (a) again.
async fn tag_one(world: &World, settled: &Settled, lading: &Lading) -> Standing {
    match tag_one_inner(world, settled, lading).await {
        Ok(standing) => standing,
        Err(ShipError::Conflict { step, found }) => {
            let tag = lading.version_tags.iter().find(|tag| tag.name() == step);
            match tag {
                Some(tag) => Standing::Foreign(tag.clone(), found.digest),
                None => Standing::Failed(ShipError::Conflict { step, found }),
            }
        }
        Err(ShipError::Gone { missing, .. }) => Standing::Gone(missing),
        Err(error) => Standing::Failed(error),
    }
}

async fn tag_one_inner(world: &World, settled: &Settled, lading: &Lading) -> Result<Standing, ShipError> {
    let mut wrote = false;
    for _ in 0..3 {
        if let Some((tag, found)) = lading.find_foreign(world.eyes()).await? {
            return Ok(Standing::Foreign(tag.clone(), found));
        }
        if !lading.is_whole::<Settled>(world).await? {
            lading.put(world, settled).await?;
            wrote = true;
        }
        let mut all_were_there = true;
        for tag in &lading.version_tags {
            match ensure(world, settled, tag).await {
                Ok(Ensured::Made) => (all_were_there, wrote) = (false, true),
                Ok(Ensured::Already | Ensured::Superseded(_)) => {}
                // It was collected between the look and the write, and goes up again.
                Err(ShipError::World(WorldError::Store(StoreError::Missing { .. }))) => {
                    all_were_there = false
                }
                Err(error) => return Err(error),
            }
        }
        // What was written is looked at again: content may have been collected between the look and the write.
        if all_were_there || lading.is_whole::<Settled>(world).await? {
            return Ok(Standing::Done(wrote));
        }
    }
    let step = StepId::new("push", &lading.repository);
    Err(ShipError::NoEffect { step })
}

/// B1 for a foreign tag.
fn foreign(at: ClaimAt, tag: VersionTag, found: Digest) -> Result<Next, Stop> {
    if at.claim.state == State::Published {
        return Err(Stop::Drift { tag: Box::new(tag), found });
    }
    Ok(Next::Turn(Box::new(Turn::Burn(at, Why::Conflict { repository: tag.repository, found }))))
}

/// B1 for bytes that are gone: the machine that has them can still finish, until its run is dead.
async fn gone(
    world: &World,
    order: &Order<'_>,
    at: ClaimAt,
    repository: ImageRepository,
    missing: Digest,
) -> Result<Next, Stop> {
    if at.claim.state == State::Published {
        return Err(Stop::Lost { repository, missing });
    }
    match death(world, order, &at).await? {
        Some(_) => Ok(Next::Turn(Box::new(Turn::Burn(at, Why::Gone { repository, missing })))),
        None => Err(Stop::Gone { repository, missing, holder: Some(Box::new(at.claim.holder)) }),
    }
}

/// C2: every version tag of every required repository was read back.
async fn publish(world: &World, order: &Order<'_>, at: ClaimAt) -> Result<Result<ClaimAt, Turn>, Stop> {
    let next = at.claim.moved_on(State::Published, order.nonce(world), order.holder(world));
    match swap(world, order, Some(&at), next, None, Again::Send).await? {
        Swapped::Mine(at) => Ok(Ok(at)),
        Swapped::Unchanged(error) => Err(error.into()),
        Swapped::Other(Some(at)) if at.claim.state == State::Published => Ok(Ok(at)),
        Swapped::Other(Some(at)) if at.claim.state == State::Burnt => Ok(Err(Turn::Burnt(at))),
        Swapped::Other(_) => Ok(Err(Turn::Start)),
    }
}

/// C4: the ledger's files. True inside if they were written. An error inside is told at the end: what is wrong with a file
/// keeps no tag from its head. The outer error ends the run at once.
pub(super) async fn write_files(
    world: &World,
    published: &Published,
    files: Vec<LedgerFile>,
) -> Result<Result<bool, ShipError>, Stop> {
    match ensure(world, published, &WriteFiles { files }).await {
        Err(error @ ShipError::World(WorldError::Stopped)) => Err(error.into()),
        ended => Ok(ended.map(|ensured| ensured == Ensured::Made)),
    }
}

/// C4: first-wins tags. True if something was written. An optional mirror that fails joins the troubles.
pub(super) async fn follow(
    world: &World,
    published: &Published,
    troubles: &mut Vec<(ImageRepository, MirrorTrouble)>,
) -> Result<bool, Stop> {
    let mut changed = false;
    for target in &published.seal().targets {
        for tag in &target.first_wins {
            if troubles.iter().any(|(repository, _)| *repository == target.repository) {
                break;
            }
            let Some(digest) = published.seal().artifacts.get(&target.artifact).cloned() else { continue };
            let step = FirstWins { repository: target.repository.clone(), tag: tag.clone(), digest };
            match (ensure(world, published, &step).await, target.necessity) {
                (Ok(ensured), _) => changed |= ensured == Ensured::Made,
                (Err(error @ ShipError::World(WorldError::Stopped)), _)
                | (Err(error), Necessity::Required) => {
                    return Err(error.into());
                }
                (Err(error), Necessity::Optional) => {
                    troubles.push((target.repository.clone(), MirrorTrouble::Failed(error)));
                }
            }
        }
    }
    Ok(changed)
}

/// Optional mirrors of this project whose moving tags could not be settled join the troubles.
pub(super) fn report_silent(
    project: &Project,
    silent: BTreeMap<ImageRepository, WorldError>,
    troubles: &mut Vec<(ImageRepository, MirrorTrouble)>,
) {
    let configured = repositories(project);
    for (repository, error) in silent {
        let known = troubles.iter().any(|(troubled, _)| *troubled == repository);
        if configured.contains_key(&repository) && !known {
            troubles.push((repository, MirrorTrouble::Failed(error.into())));
        }
    }
}
