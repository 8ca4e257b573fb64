//! Compare-and-swap, and *look*: an answer is never believed, the claim is read.

use super::order::Order;
use super::stop::Stop;
use crate::domain::claim::{Claim, ClaimName};
use crate::domain::git::TagAt;
use crate::domain::step::StepId;
use crate::ship::ensure::pause;
use crate::world::claims::ClaimId;
use crate::world::{World, WorldError};

/// How often a swap is sent again while the claim stays what it was.
const TRIES: u32 = 5;

/// A claim as it was read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimAt {
    /// What it says.
    pub claim: Claim,
    /// What a swap must expect.
    pub id: ClaimId,
}

/// What a look after a swap found.
#[derive(Clone, Debug)]
pub enum Swapped {
    /// Byte for byte what was sent.
    Mine(ClaimAt),
    /// What was expected before, also after sending again; why the last try failed.
    Unchanged(WorldError),
    /// Anything else.
    Other(Option<ClaimAt>),
}

/// Reads a claim, again where the answer fails to come.
pub async fn read(world: &World, name: &ClaimName) -> Result<Option<ClaimAt>, Stop> {
    let mut round = 0;
    loop {
        match world.eyes().claims().read(name).await {
            Ok(None) => return Ok(None),
            Ok(Some(held)) => {
                return Ok(Some(ClaimAt { claim: Claim::parse(name, &held.bytes)?, id: held.id }));
            }
            Err(error) if error.is_temporary() && round + 1 < TRIES => {
                round += 1;
                pause(world, round).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether a refused swap is sent again by itself while the claim stays what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The same bytes again: a late copy can then do no harm.
    Send,
    /// No: the caller has to look at other things first (A7: the tag may be what was refused).
    Ask,
}

/// Swaps `expected` for `new` and looks.
pub async fn swap(
    world: &World,
    order: &Order<'_>,
    expected: Option<&ClaimAt>,
    new: Claim,
    with_tag: Option<&TagAt>,
    again: Again,
) -> Result<Swapped, Stop> {
    let step = StepId::new("claim", format_args!("{} {}", order.name, new.state));
    let mut round = 0;
    loop {
        let sent =
            world.hands(&step).swap(order.name, expected.map(|claim| &claim.id), Some(&new), with_tag).await;
        let error = match sent {
            Ok(Some(id)) => return Ok(Swapped::Mine(ClaimAt { claim: new, id })),
            Ok(None) => WorldError::Refused,
            Err(WorldError::Stopped) => return Err(WorldError::Stopped.into()),
            Err(error) => error,
        };
        let there = read(world, order.name).await?;
        match there {
            Some(there) if there.claim == new => return Ok(Swapped::Mine(there)),
            there if there.as_ref().map(|there| &there.id) == expected.map(|claim| &claim.id) => {
                round += 1;
                let hopeless = !error.is_temporary() && !matches!(error, WorldError::Refused);
                if again == Again::Ask || hopeless || round >= TRIES {
                    return Ok(Swapped::Unchanged(error));
                }
                pause(world, round).await?;
            }
            there => return Ok(Swapped::Other(there)),
        }
    }
}
