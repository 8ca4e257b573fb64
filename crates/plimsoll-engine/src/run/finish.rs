//! C1 and C2: from the commit point to a published release, by any number of runs at once.

use plimsoll_oci::name::{Digest, ImageRepository};

use super::delivery::{Delivery, by_necessity, deliver_all, prove_sight};
use super::following::{Out, follow};
use super::order::Order;
use super::released::{Part, Released};
use super::start::{Turn, death};
use super::stop::Stop;
use super::swap::{Again, ClaimAt, Swapped, swap};
use super::whole::{RecordTag, ladings};
use crate::domain::claim::{State, Why};
use crate::domain::event::Event;
use crate::domain::step::Phase;
use crate::ship::key::{Key as _, Published, Settled};
use crate::ship::version_tag::VersionTag;
use crate::world::World;

/// What C1 to C5 came to: an end, or another turn.
pub enum Next {
    /// Another turn.
    Turn(Box<Turn>),
    /// Done.
    Released(Box<Released>),
}

/// Runs C1 to C5 for a claim that is committed or published.
pub async fn finish(world: &World, order: &Order<'_>, at: ClaimAt, part: Part) -> Result<Next, Stop> {
    let Some(settled) = Settled::by_claim(&at.claim) else { return Ok(Next::Turn(Box::new(Turn::Start))) };
    let ladings = ladings(order.name, &at.claim.tag, settled.seal(), RecordTag::WithTheRest);
    let (required, mirrors) = by_necessity(&ladings);
    world.watcher.see(Event::Phase(Phase::VersionTag));
    let mut changed = part != Part::Nothing;
    for (lading, delivery) in deliver_all(world, &settled, &required).await {
        match delivery {
            Delivery::Done(wrote) => changed |= wrote,
            Delivery::Foreign(tag, found) => return foreign(at, tag, found),
            Delivery::Gone(missing) => {
                prove_sight(world, settled.seal()).await?;
                return gone(world, order, at, lading.repository.clone(), missing).await;
            }
            Delivery::Failed(error) => return Err(error.into()),
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
    let (settled, published, tag, mirrors) = (&settled, &published, &at.claim.tag, &mirrors);
    let released = follow(world, order, Out { settled, published, tag, mirrors, part, changed }).await?;
    Ok(Next::Released(Box::new(released)))
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
