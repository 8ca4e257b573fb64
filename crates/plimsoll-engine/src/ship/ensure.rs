//! Look, act if needed, look again.

use std::time::Duration;

use plimsoll_oci::name::Digest;

use super::key::Permit;
use super::step::{Observation, ShipError, Step};
use crate::domain::event::Event;
use crate::world::{World, WorldError};

/// How often a step is tried before it is given up.
const TRIES: u32 = 4;
/// How often the world is looked at after a change before the change is tried again: reads may lag behind writes.
const LOOKS: u32 = 5;
/// How often it is looked at while somebody else may be at it.
const LOOKS_AT_OTHERS: u32 = 3;

/// How a step came to rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ensured {
    /// It was so already.
    Already,
    /// It is so now.
    Made,
    /// It has rightly moved on.
    Superseded(Digest),
}

/// Looks; if something is to be done, does it and looks again. An answer to an effect is never believed: the look
/// afterwards decides.
pub async fn ensure<K: Permit>(world: &World, key: &K, step: &dyn Step<K>) -> Result<Ensured, ShipError> {
    let id = step.id();
    let mut made = false;
    let mut trouble = None;
    for round in 0..TRIES {
        let mut looks = 0;
        let mut is_contended = false;
        // What our own attempt has left broken nobody goes on with.
        let is_ours = matches!(&trouble, Some(ShipError::World(error)) if error.is_temporary());
        let change = loop {
            match observe(world, step).await? {
                Observation::Satisfied => {
                    world.watcher.see(if made { Event::Done(id) } else { Event::Satisfied(id) });
                    return Ok(if made { Ensured::Made } else { Ensured::Already });
                }
                Observation::Superseded(found) => return Ok(Ensured::Superseded(found)),
                Observation::Conflict(found) => return Err(ShipError::Conflict { step: id, found }),
                Observation::Needed(_) if made && trouble.is_none() && looks < LOOKS => {
                    looks += 1;
                    pause(world, looks).await?;
                }
                Observation::Needed(_)
                    if !is_ours && looks < LOOKS_AT_OTHERS && step.is_underway(world.eyes()).await? =>
                {
                    is_contended = true;
                    looks += 1;
                    pause(world, looks).await?;
                }
                Observation::Needed(change) => break change,
            }
        };
        match trouble.take() {
            // Where somebody else was at it the refusal may be about that.
            Some(ShipError::World(error)) if !error.is_temporary() && !is_contended => {
                // Whoever was at it may have ended between the two looks.
                return match observe(world, step).await? {
                    Observation::Satisfied => Ok(Ensured::Made),
                    _ => Err(error.into()),
                };
            }
            Some(ShipError::World(_)) => pause(world, round).await?,
            Some(error) => return Err(error),
            None => {}
        }
        world.watcher.see(Event::Started(id.clone()));
        trouble = step.apply(world.hands(&id), key, change).await.err();
        if let Some(ShipError::World(WorldError::Stopped)) = trouble {
            return Err(WorldError::Stopped.into());
        }
        made = true;
    }
    match observe(world, step).await? {
        Observation::Satisfied => Ok(Ensured::Made),
        Observation::Superseded(found) => Ok(Ensured::Superseded(found)),
        Observation::Conflict(found) => Err(ShipError::Conflict { step: id, found }),
        Observation::Needed(_) => Err(trouble.unwrap_or(ShipError::NoEffect { step: id })),
    }
}

/// Looks, and looks again where an answer failed to come.
async fn observe<K: Permit>(world: &World, step: &dyn Step<K>) -> Result<Observation, WorldError> {
    let mut round = 0;
    loop {
        match step.observe(world.eyes()).await {
            Err(error) if error.is_temporary() && round + 1 < TRIES => {
                round += 1;
                pause(world, round).await?;
            }
            answer => return answer,
        }
    }
}

/// Waits a quarter of a second in round 0 and twice as long in each further one, up to four seconds: long enough for a
/// hiccup, short enough for a person.
pub(crate) async fn pause(world: &World, round: u32) -> Result<(), WorldError> {
    world.clock.sleep(Duration::from_millis(250u64 << round.min(4))).await
}
