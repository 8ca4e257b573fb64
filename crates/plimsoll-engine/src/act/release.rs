//! `release`: from a git tag to its one truthful end.

use crate::domain::claim::State;
use crate::domain::event::Event;
use crate::domain::project::ClaimPolicy;
use crate::run::before::before;
use crate::run::burn::{burn, burnt};
use crate::run::deployment::Deploying;
use crate::run::finish::{Next, finish};
use crate::run::order::Order;
use crate::run::released::Released;
use crate::run::start::{Turn, start};
use crate::run::stop::Stop;
use crate::run::swap::read;
use crate::run::unclaimed::release_unclaimed;
use crate::world::World;

/// How often the claim may send a run back to the start before it gives up: each time somebody else has changed it.
const TURNS: u32 = 50;

/// Releases a version, or finishes what is missing of it, or finds that nothing is.
///
/// # Errors
/// Something is wrong; what the forge says of deployments is then that they failed, unless another run holds the claim.
pub async fn release(world: &World, order: &Order<'_>) -> Result<Released, Stop> {
    let ended = run(world, order).await;
    let deploying = Deploying::of(order);
    if ended.as_ref().is_err_and(Stop::is_failure) && !deploying.planned.is_empty() {
        match is_over(world, order).await {
            Ok(true) => deploying.fail(world).await,
            Ok(false) => {}
            Err(stop) => {
                let note = format!(
                    "what became of deployments is not said, since the claim could not be read: {stop}"
                );
                world.watcher.see(Event::Remark(note));
            }
        }
    }
    ended
}

/// Whether nobody is at work on the version where this run has failed. Another run that holds the claim may be, and what the forge
/// says of its deployments is for that run to say.
async fn is_over(world: &World, order: &Order<'_>) -> Result<bool, Stop> {
    let at = read(world, order.name).await?;
    Ok(at.is_none_or(|at| at.claim.state == State::Burnt || at.claim.holder.run == order.me.run))
}

async fn run(world: &World, order: &Order<'_>) -> Result<Released, Stop> {
    if order.project.claim == ClaimPolicy::None {
        return release_unclaimed(world, order).await;
    }
    let mut turn = Turn::Start;
    for _ in 0..TURNS {
        turn = match turn {
            Turn::Start => start(world, order).await?,
            Turn::Fresh(there) => before(world, order, there).await?,
            Turn::Finish(at, part) => match finish(world, order, at, part).await? {
                Next::Turn(turn) => *turn,
                Next::Released(released) => return Ok(*released),
            },
            Turn::Burn(at, why) => burn(world, order, at, why).await?,
            Turn::Burnt(at) => {
                burnt(world, order, &at).await?;
                return Err(Stop::Burnt { why: at.claim.why });
            }
        };
    }
    Err(Stop::Outpaced)
}
