//! The git tag, read again: before the commit point and at the end.

use super::stop::Stop;
use crate::domain::git::{Oid, TagAt};
use crate::world::git::TagNow;
use crate::world::{World, WorldError};

/// Where a git tag is that was moved; none if it is gone.
struct Moved(Option<Oid>);

/// A6: the tag must still be what the run began with, or nothing is committed, nor said by a promotion.
pub(crate) async fn hold_to_tag(world: &World, tag: &TagAt) -> Result<(), Stop> {
    match find_move(world, tag).await? {
        None => Ok(()),
        Some(Moved(now)) => Err(Stop::TagMoved { tag: Box::new(tag.clone()), now }),
    }
}

/// C5: whether the tag still says what was released.
pub(crate) async fn compare_with_tag(world: &World, tag: &TagAt) -> Result<(), Stop> {
    find_drift(world, tag).await?.map_or(Ok(()), Err)
}

/// How a release ends at C5; none if its tag is what it was.
pub(crate) async fn find_drift(world: &World, tag: &TagAt) -> Result<Option<Stop>, WorldError> {
    let moved = find_move(world, tag).await?;
    Ok(moved.map(|Moved(now)| Stop::GitTagDrift { tag: Box::new(tag.clone()), now }))
}

async fn find_move(world: &World, tag: &TagAt) -> Result<Option<Moved>, WorldError> {
    Ok(match world.eyes().git().tag(tag).await? {
        TagNow::Same => None,
        TagNow::Gone => Some(Moved(None)),
        TagNow::Other(now) => Some(Moved(Some(now))),
    })
}
