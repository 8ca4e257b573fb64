//! Whether another run's unfinished claim may be taken over politely.
//!
//! Being wrong costs work, never safety: only compare-and-swap decides (claim protocol, section 7).

use std::fmt;

use super::Holder;
use crate::domain::time::Moment;

/// What is known of the process that holds a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vital {
    /// It runs on this machine.
    Alive,
    /// It ran on this machine and is gone, or the machine was started again.
    Gone,
    /// It is on another machine.
    Elsewhere,
}

/// Why a run counts as dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// It is this very run.
    Ourselves,
    /// It is an earlier attempt of our own CI run.
    EarlierAttempt,
    /// Its process on this machine is gone.
    ProcessGone,
    /// Its tag object is no longer the remote's.
    TagGone,
    /// It has not written for longer than the configured time.
    Stale,
    /// The user said so.
    TakenOver,
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Death::Ourselves => "it is this very run",
            Death::EarlierAttempt => "it was an earlier attempt of this CI run",
            Death::ProcessGone => "its process is gone",
            Death::TagGone => "its git tag was moved since",
            Death::Stale => "it has not written for too long",
            Death::TakenOver => "`--take-over` says so",
        })
    }
}

/// Decides whether `holder` is dead; `None` means that it may be alive.
pub fn pronounce(
    holder: &Holder,
    me: &Holder,
    vital: Vital,
    its_tag_stands: bool,
    now: Moment,
    stale_after: u64,
) -> Option<Death> {
    if holder.run == me.run {
        return Some(Death::Ourselves);
    }
    if let (Some(theirs), Some(ours)) = (&holder.ci, &me.ci) {
        let same =
            (&theirs.server, &theirs.repository, &theirs.id) == (&ours.server, &ours.repository, &ours.id);
        if same && theirs.attempt < ours.attempt {
            return Some(Death::EarlierAttempt);
        }
    }
    if vital == Vital::Gone {
        return Some(Death::ProcessGone);
    }
    if !its_tag_stands {
        return Some(Death::TagGone);
    }
    (now.seconds_since(holder.since) > stale_after).then_some(Death::Stale)
}
