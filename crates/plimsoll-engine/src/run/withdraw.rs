//! W: taking an attempt back. First the claim, then the git tag (F11).

use super::ending::Stop;
use super::swap::read;
use crate::domain::claim::{ClaimName, State};
use crate::domain::git::TagAt;
use crate::domain::step::StepId;
use crate::ship::ensure::pause;
use crate::world::{World, WorldError};

/// What was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// The claim and the git tag.
    ClaimAndTag,
    /// There was no claim: only the git tag.
    TagOnly,
}

/// Deletes an uncommitted claim and then the git tag. Refuses from the commit point on, burnt versions included: their
/// number is spent.
pub async fn withdraw(world: &World, name: &ClaimName, tag: &TagAt) -> Result<Withdrawn, Stop> {
    let step = StepId::new("withdraw", name);
    let mut withdrawn = Withdrawn::TagOnly;
    let mut round = 0;
    loop {
        let Some(at) = read(world, name).await? else { break };
        if at.claim.state >= State::Committed {
            return Err(Stop::NotWithdrawable { state: at.claim.state });
        }
        withdrawn = Withdrawn::ClaimAndTag;
        match world.hands(&step).swap(name, Some(&at.id), None, None).await {
            Ok(_) => break,
            Err(error) if error.is_temporary() && round < 4 => pause(world, round).await?,
            // Whatever changed the claim meanwhile is read at the top; a run may have committed.
            Err(WorldError::Refused) => {}
            Err(error) => return Err(error.into()),
        }
        round += 1;
    }
    world.hands(&step).delete_tag(&tag.name, &tag.object).await?;
    Ok(withdrawn)
}
