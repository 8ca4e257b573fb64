//! A1–A7: from a version that may be free to the commit point.

use crate::domain::claim::Seal;
use crate::domain::step::StepId;
use crate::ship::ensure::pause;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::name::{Digest, ImageRepository};

use super::chart_numbers::{reserve_numbers, sealed_numbers};
use super::delivery::REPOSITORIES_AT_ONCE;
use super::deployment::Deploying;
use super::git_tag::hold_to_tag;
use super::lost_claim::look_for_release;
use super::order::Order;
use super::readiness::demand_programs;
use super::released::Part;
use super::sealing::make_and_seal;
use super::signing::ready_to_sign;
use super::start::{Turn, decide};
use super::stop::Stop;
use super::swap::{Again, ClaimAt, Swapped, read, swap};
use super::whole::{Lading, RecordTag, ladings};
use crate::domain::claim::{Claim, State};
use crate::domain::diagnostic::Reach;
use crate::domain::event::Event;
use crate::domain::step::Phase;
use crate::domain::target::Necessity;
use crate::ship::ShipError;
use crate::ship::key::{Key, Sealed, Settled};
use crate::ship::version_tag::VersionTag;
use crate::statement::record::{Headline, file_name, role_file_name};
use crate::world::{World, WorldError};

/// How often content is pushed again when it is found missing just before the commit point.
const PUSHES: u32 = 3;
/// How often the commit is tried again while neither claim nor tag has changed.
const COMMITS: u32 = 5;

/// Runs A1 to A7; `there` is the claim as read at S2.
pub async fn before(world: &World, order: &Order<'_>, there: Option<ClaimAt>) -> Result<Turn, Stop> {
    if let Some(turn) = preflight(world, order, there.as_ref()).await? {
        return Ok(turn);
    }
    ready_to_sign(world, order).await?;
    let own = order.own_seal(world).await?;
    if own.is_none() {
        demand_programs(world.eyes(), order.project).await?;
        world.inspector.source().await?;
    }
    let reserved = begin(world, order, own, there.as_ref().map(|at| &at.claim));
    let reserved = match swap(world, order, there.as_ref(), reserved, None, Again::Send).await? {
        Swapped::Mine(at) => at,
        Swapped::Unchanged(error) => return Err(error.into()),
        Swapped::Other(now) => return decide(world, order, now).await,
    };
    Deploying::of(order).begin(world).await?;
    // A3.
    let numbers = reserve_numbers(world, order, &reserved.claim).await?;
    // A4.
    world.watcher.see(Event::Phase(Phase::Make));
    let sealed = make_and_seal(world, order, &numbers).await?;
    let at = if reserved.claim.seal.as_ref() == Some(sealed.seal()) {
        reserved
    } else {
        let seal = sealed.seal().clone();
        let next = reserved.claim.sealed(seal, order.nonce(world), order.holder(world));
        let next = next.with_numbers(&numbers);
        match swap(world, order, Some(&reserved), next, None, Again::Send).await? {
            Swapped::Mine(at) => at,
            Swapped::Unchanged(error) => return Err(error.into()),
            Swapped::Other(now) => return lost(&sealed, order, now),
        }
    };
    let ladings = ladings(order.name, order.tag, sealed.seal(), RecordTag::WithTheRest);
    let mut lacking = None;
    for _ in 0..PUSHES {
        push(world, &sealed, &ladings).await?;
        match commit(world, order, &sealed, &ladings, &at).await? {
            Committed::Turn(turn) => return Ok(*turn),
            Committed::Lacking(repository) => lacking = Some(repository),
        }
    }
    let step = StepId::new("push", lacking.map(ToString::to_string).unwrap_or_default());
    Err(Stop::Ship(ShipError::NoEffect { step }))
}

fn begin(world: &World, order: &Order<'_>, own: Option<Seal>, there: Option<&Claim>) -> Claim {
    let (name, nonce, holder) = (order.name, order.nonce(world), order.holder(world));
    let numbers = own.as_ref().map(|seal| sealed_numbers(order.project, seal)).unwrap_or_default();
    let claim = Claim::begin(name, nonce, order.tag.clone(), order.config(), order.plan.id(), holder, own);
    let claim = match there {
        Some(there) => claim.taking_over(there),
        None => claim,
    };
    claim.with_numbers(&numbers)
}

/// The ledger has a file under the name of this version's record or of another file of it, a chart repository lists this version, or
/// a tag that a chart is to have is on another commit. All are written only after `published`, so it is another release's.
pub(super) async fn find_taken_record(world: &World, order: &Order<'_>) -> Result<Option<Stop>, WorldError> {
    let version = &order.name.version;
    let made = order.project.file_roles().into_iter().map(|role| role_file_name(version, role));
    for file in std::iter::once(file_name(version)).chain(made) {
        if let Some(there) = world.eyes().ledger().read(&file).await? {
            let said = Headline::parse(&file, &there).ok().and_then(|headline| headline.component);
            let of_other = said.filter(|component| *component != order.name.component);
            return Ok(Some(Stop::Recorded { found: Digest::of(&there), file, of_other }));
        }
    }
    for own in &order.plan.own_tags {
        let found = world.eyes().git().find_tag(&own.git_tag).await?;
        if let Some(found) = found.filter(|found| *found != order.tag.commit) {
            return Ok(Some(Stop::OwnTagTaken { tag: own.git_tag.clone(), found }));
        }
    }
    for listed in &order.plan.listed {
        if let Some(found) = world.eyes().chart_repositories().find(listed).await? {
            return Ok(Some(Stop::Listed { listed: listed.clone(), found: found.package }));
        }
    }
    Ok(None)
}

/// A1: is a version tag there already, or a record in the ledger?
async fn preflight(world: &World, order: &Order<'_>, there: Option<&ClaimAt>) -> Result<Option<Turn>, Stop> {
    for target in &order.plan.targets {
        for tag in &target.version_tags {
            let resolved = world.eyes().pull(&target.repository).resolve(tag).await;
            let found = match (resolved, target.necessity) {
                (Ok(None), _) | (Err(_), Necessity::Optional) => continue,
                (Ok(Some(found)), _) => found.digest,
                (Err(error), Necessity::Required) => return Err(WorldError::from(error).into()),
            };
            // Whoever commits writes tags only afterwards: the claim tells whose this is.
            let now = read(world, order.name).await?;
            if now.as_ref() != there {
                return decide(world, order, now).await.map(Some);
            }
            let (repository, tag) = (target.repository.clone(), tag.clone());
            let claim = there.map(|at| at.claim.state);
            let taken = Stop::Taken { repository, tag, found, claim };
            if claim.is_none() {
                return Err(look_for_release(world.eyes(), order.name, order.tag, taken).await?);
            }
            // A run before this one has left its claim there.
            world.gate.go_on_from(Reach::Invisible);
            return Err(taken);
        }
    }
    if let Some(taken) = find_taken_record(world, order).await? {
        let now = read(world, order.name).await?;
        return if now.as_ref() == there { Err(taken) } else { decide(world, order, now).await.map(Some) };
    }
    Ok(None)
}

/// A5: whatever is missing goes up, side by side over repositories. An optional mirror that fails holds nobody up.
pub(super) async fn push<K: Key>(world: &World, key: &K, ladings: &[Lading]) -> Result<(), Stop> {
    world.watcher.see(Event::Phase(Phase::Push));
    let puts = ladings.iter().map(|lading| async move { (lading, lading.put(world, key).await) });
    let puts: Vec<_> = puts.collect();
    let ends: Vec<_> = stream::iter(puts).buffer_unordered(REPOSITORIES_AT_ONCE).collect().await;
    for (lading, end) in ends {
        match (end, lading.necessity) {
            (Ok(()), _) => {}
            (Err(ShipError::World(WorldError::Stopped)), _) => return Err(WorldError::Stopped.into()),
            (Err(error), Necessity::Optional) => {
                world.watcher.see(Event::Note(format!("optional mirror {}: {error}", lading.repository)));
            }
            (Err(error), Necessity::Required) => return Err(error.into()),
        }
    }
    Ok(())
}

/// What came of A6 and A7.
enum Committed<'a> {
    /// Where the claim leads.
    Turn(Box<Turn>),
    /// Something is missing in this repository: push again.
    Lacking(&'a ImageRepository),
}

/// A6 and A7: observe everything once more, then commit.
async fn commit<'a>(
    world: &World,
    order: &Order<'_>,
    sealed: &Sealed,
    ladings: &'a [Lading],
    at: &ClaimAt,
) -> Result<Committed<'a>, Stop> {
    world.watcher.see(Event::Phase(Phase::Commit));
    let mut refused = WorldError::Refused;
    // One write, sent as often as need be: the same bytes, so that a late copy of it does no harm.
    let next = at.claim.moved_on(State::Committed, order.nonce(world), order.holder(world));
    for _ in 0..COMMITS {
        let required = ladings.iter().filter(|lading| lading.necessity == Necessity::Required);
        let looks =
            required.map(|lading| async move { (lading, lading.is_whole_and_held::<Sealed>(world).await) });
        for (lading, whole) in join_all(looks).await {
            if !whole? {
                return Ok(Committed::Lacking(&lading.repository));
            }
        }
        for (lading, looked) in join_all(ladings.iter().map(|lading| find_foreign(world, lading))).await {
            let foreign = match (looked, lading.necessity) {
                (Ok(foreign), _) => foreign,
                (Err(_), Necessity::Optional) => continue,
                (Err(error), Necessity::Required) => return Err(error.into()),
            };
            if let Some((tag, found)) = foreign {
                let now = read(world, order.name).await?;
                if now.as_ref() != Some(at) {
                    return lost(sealed, order, now).map(|turn| Committed::Turn(Box::new(turn)));
                }
                let (repository, tag) = (tag.repository.clone(), tag.tag.clone());
                return Err(Stop::Taken { repository, tag, found, claim: Some(at.claim.state) });
            }
        }
        hold_to_tag(world, order.tag).await?;
        match swap(world, order, Some(at), next.clone(), Some(order.tag), Again::Ask).await? {
            Swapped::Mine(at) => return Ok(Committed::Turn(Box::new(Turn::Finish(at, Part::Made)))),
            Swapped::Other(now) => {
                return lost(sealed, order, now).map(|turn| Committed::Turn(Box::new(turn)));
            }
            // The tag may be what was refused: A6 again says so. What fails for good is said as it is.
            Swapped::Unchanged(error) if error.is_temporary() || matches!(error, WorldError::Refused) => {
                refused = error;
                pause(world, 1).await?;
            }
            Swapped::Unchanged(error) => return Err(error.into()),
        }
    }
    Err(refused.into())
}

async fn find_foreign<'a>(
    world: &World,
    lading: &'a Lading,
) -> (&'a Lading, Result<Option<(&'a VersionTag, Digest)>, WorldError>) {
    (lading, lading.find_foreign(world.eyes()).await)
}

/// A swap at A4 or A7 met another claim: somebody finishes our bytes, or burnt them, or took over.
fn lost(sealed: &Sealed, order: &Order<'_>, now: Option<ClaimAt>) -> Result<Turn, Stop> {
    let Some(at) = now else { return Err(Stop::Deposed { by: None }) };
    let ours = at.claim.seal.as_ref().is_some_and(|seal| seal.is_same_set(sealed.seal()))
        && at.claim.tag.object == order.tag.object
        && Settled::by_claim(&at.claim).is_some();
    match at.claim.state {
        State::Burnt => Ok(Turn::Burnt(at)),
        _ if ours => Ok(Turn::Finish(at, Part::Made)),
        _ => Err(Stop::Deposed { by: Some(Box::new(at.claim.holder)) }),
    }
}
