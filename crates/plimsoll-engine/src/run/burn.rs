//! B1–B3: a committed version that can't be finished.

use super::order::Order;
use super::released::Part;
use super::say::push_mark;
use super::start::Turn;
use super::stop::Stop;
use super::swap::{Again, ClaimAt, Swapped, swap};
use crate::domain::claim::{State, Why};
use crate::domain::marks::Mark;
use crate::statement::mark;
use crate::world::World;

/// B2: `committed → burnt`.
pub async fn burn(world: &World, order: &Order<'_>, at: ClaimAt, why: Why) -> Result<Turn, Stop> {
    let next = at.claim.burnt(why, order.nonce(world), order.holder(world));
    match swap(world, order, Some(&at), next, None, Again::Send).await? {
        Swapped::Mine(at) => Ok(Turn::Burnt(at)),
        Swapped::Unchanged(error) => Err(error.into()),
        Swapped::Other(Some(at)) if at.claim.state == State::Burnt => Ok(Turn::Burnt(at)),
        // The other run may have repaired it: look at everything again.
        Swapped::Other(Some(at)) if at.claim.state == State::Published => Ok(Turn::Finish(at, Part::Adopted)),
        Swapped::Other(_) => Ok(Turn::Start),
    }
}

/// B3: says that the version is yanked, if nobody said so yet.
pub async fn burnt(world: &World, order: &Order<'_>, at: &ClaimAt) -> Result<(), Stop> {
    let reason = match &at.claim.why {
        Some(Why::Conflict { repository, .. }) => {
            format!("burnt: a version tag of {repository} was somebody else's")
        }
        Some(Why::Gone { repository, .. }) => format!("burnt: content was lost from {repository}"),
        None => "burnt".to_owned(),
    };
    let yank = Mark::Yank { version: order.name.version.clone(), record: None, reason };
    let artifact = mark::wrap(&order.name.component, &yank);
    let place = at.claim.seal.as_ref().and_then(super::whole::announcement_place);
    let Some(repository) = place else { return Ok(()) };
    push_mark(world, repository, artifact).await.map(|_| ())
}
