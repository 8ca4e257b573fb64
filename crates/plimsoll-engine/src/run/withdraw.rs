//! W: taking an attempt back. First the claim, then the git tag (F11), then drafts.

use super::lost_claim::look_for_release;
use super::page::withdraw_page;
use super::stop::Stop;
use super::swap::read;
use crate::domain::claim::{ClaimName, Holder, State, Vital};
use crate::domain::git::TagAt;
use crate::domain::project::ClaimPolicy;
use crate::domain::step::StepId;
use crate::domain::target::Target;
use crate::ship::ensure::pause;
use crate::world::{World, WorldError};

/// How often the claim's removal is tried, and how often a claim that is there again is removed.
const TRIES: u32 = 4;

/// What is to be taken back.
#[derive(Clone, Copy, Debug)]
pub struct Withdrawal<'a> {
    /// Its claim.
    pub name: &'a ClaimName,
    /// The git tag.
    pub tag: &'a TagAt,
    /// Where a version tag would say that it is public.
    pub targets: &'a [Target],
    /// Whether a claim speaks for what is released.
    pub claim: ClaimPolicy,
}

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
///
/// Where there is no claim, a version tag of its targets that is there already says that the version is public.
pub async fn withdraw(world: &World, withdrawal: &Withdrawal<'_>) -> Result<Withdrawn, Stop> {
    let Withdrawal { name, tag, .. } = *withdrawal;
    let step = StepId::new("withdraw", name);
    let mut withdrawn = Withdrawn::TagOnly;
    for _ in 0..TRIES {
        if remove_claim(world, name, &step).await? {
            withdrawn = Withdrawn::ClaimAndTag;
        }
        if withdrawn == Withdrawn::TagOnly {
            refuse_public(world, withdrawal).await?;
        }
        // A run that began meanwhile may be past its commit point, and then the tag is a release's. One that has not come there
        // does not find the tag and stops.
        if read(world, name).await?.is_none() {
            world.hands(&step).delete_tag(&tag.name, &tag.object).await?;
            withdraw_page(world, &tag.name).await?;
            return Ok(withdrawn);
        }
    }
    Err(Stop::Outpaced)
}

/// Removes an uncommitted claim. True if there was one.
async fn remove_claim(world: &World, name: &ClaimName, step: &StepId) -> Result<bool, Stop> {
    let mut round = 0;
    loop {
        let Some(at) = read(world, name).await? else { return Ok(round > 0) };
        if at.claim.state >= State::Committed {
            return Err(Stop::NotWithdrawable { state: at.claim.state });
        }
        match world.hands(step).swap(name, Some(&at.id), None, None).await {
            Ok(_) => return Ok(true),
            // Whatever changed the claim meanwhile is read at the top; a run may have committed.
            Err(error) if round < TRIES && (error.is_temporary() || matches!(error, WorldError::Refused)) => {
                pause(world, round).await?;
            }
            Err(error) => return Err(error.into()),
        }
        round += 1;
    }
}

/// Says what [`withdraw`] would take back, and changes nothing.
///
/// # Errors
/// What `withdraw` would refuse, or something that can't be asked.
pub async fn foresee_withdrawal(world: &World, withdrawal: &Withdrawal<'_>) -> Result<Withdrawn, Stop> {
    match read(world, withdrawal.name).await? {
        Some(at) if at.claim.state >= State::Committed => {
            Err(Stop::NotWithdrawable { state: at.claim.state })
        }
        Some(_) => Ok(Withdrawn::ClaimAndTag),
        None => refuse_public(world, withdrawal).await.map(|()| Withdrawn::TagOnly),
    }
}

/// The run that may still be at work on what is to be taken back; none where its claim is gone, or it is known to be dead. Taking the
/// claim away stops it before anything is visible.
///
/// # Errors
/// The claim can't be read.
pub async fn find_run_at_work(world: &World, withdrawal: &Withdrawal<'_>) -> Result<Option<Holder>, Stop> {
    let ClaimPolicy::Held { stale_after } = withdrawal.claim else { return Ok(None) };
    let Some(at) = read(world, withdrawal.name).await? else { return Ok(None) };
    let holder = at.claim.holder;
    let is_stale = world.clock.now().seconds_since(holder.since) > stale_after;
    let is_over = at.claim.state >= State::Committed || is_stale;
    let is_dead = is_over || world.eyes().liveness().vital(&holder).await? == Vital::Gone;
    Ok((!is_dead).then_some(holder))
}

async fn refuse_public(world: &World, withdrawal: &Withdrawal<'_>) -> Result<(), Stop> {
    for target in withdrawal.targets {
        let repository = &target.repository;
        for tag in &target.version_tags {
            if let Some(found) = world.eyes().pull(repository).resolve(tag).await.map_err(WorldError::from)? {
                let (repository, tag) = (repository.clone(), tag.clone());
                let public = Stop::PublicUnclaimed { repository, tag, found: found.digest };
                return Err(match withdrawal.claim {
                    ClaimPolicy::Held { .. } => {
                        look_for_release(world.eyes(), withdrawal.name, withdrawal.tag, public).await?
                    }
                    ClaimPolicy::None => public,
                });
            }
        }
    }
    Ok(())
}
