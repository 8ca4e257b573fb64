//! S2: read the claim before asking whether the version is free.

use super::order::{Order, Takeover};
use super::released::Part;
use super::stop::Stop;
use super::swap::{ClaimAt, read};
use crate::domain::claim::{Death, State, Why, pronounce};
use crate::domain::diagnostic::Reach;
use crate::domain::event::Event;
use crate::domain::project::ClaimPolicy;
use crate::world::World;
use crate::world::git::TagNow;

/// Where a run goes on.
#[derive(Clone, Debug)]
pub enum Turn {
    /// S2: read the claim.
    Start,
    /// A1: the version may be free. With the claim as read: absent, or of a run that is dead.
    Fresh(Option<ClaimAt>),
    /// C1: the set is settled.
    Finish(ClaimAt, Part),
    /// B2: burn.
    Burn(ClaimAt, Why),
    /// B3: it is burnt.
    Burnt(ClaimAt),
}

/// Reads the claim and decides.
pub async fn start(world: &World, order: &Order<'_>) -> Result<Turn, Stop> {
    let there = read(world, order.name).await?;
    decide(world, order, there).await
}

/// Decides from a claim as read.
pub async fn decide(world: &World, order: &Order<'_>, there: Option<ClaimAt>) -> Result<Turn, Stop> {
    let Some(at) = there else { return Ok(Turn::Fresh(None)) };
    // A number of another release's chart is never a version of its own.
    if let Some(release) = at.claim.number_for.clone() {
        return Err(Stop::NumberTaken { number: order.name.clone(), release });
    }
    match at.claim.state {
        State::Reserved | State::Sealed => match death(world, order, &at).await? {
            Some(death) => {
                if death != Death::Ourselves {
                    let host = &at.claim.holder.host;
                    world.watcher.see(Event::Note(format!("taking over from {host}: {death}")));
                }
                Ok(Turn::Fresh(Some(at)))
            }
            None => Err(Stop::Held { state: at.claim.state, holder: Box::new(at.claim.holder) }),
        },
        State::Committed | State::Published if at.claim.tag.object == order.tag.object => {
            world.watcher.see(Event::Note(format!("the claim is {}: adopting its content", at.claim.state)));
            let (part, reach) = match at.claim.state {
                State::Published => (Part::Nothing, Reach::Published),
                _ => (Part::Adopted, Reach::Visible),
            };
            world.gate.go_on_from(reach);
            Ok(Turn::Finish(at, part))
        }
        State::Committed | State::Published => Err(Stop::TagMovedSince { released: Box::new(at.claim.tag) }),
        State::Burnt => Ok(Turn::Burnt(at)),
    }
}

/// Whether the run that wrote a claim is dead.
pub async fn death(world: &World, order: &Order<'_>, at: &ClaimAt) -> Result<Option<Death>, Stop> {
    if order.takeover == Takeover::Now {
        return Ok(Some(Death::TakenOver));
    }
    let holder = &at.claim.holder;
    let vital = world.eyes().liveness().vital(holder).await?;
    let stands = at.claim.tag.object == order.tag.object
        || world.eyes().git().tag(&at.claim.tag).await? == TagNow::Same;
    let stale_after = match order.project.claim {
        ClaimPolicy::Held { stale_after } => stale_after,
        ClaimPolicy::None => u64::MAX,
    };
    Ok(pronounce(holder, order.me, vital, stands, world.clock.now(), stale_after))
}
