//! How runs end, without the details.

use plimsoll_engine::domain::claim::State;
use plimsoll_engine::run::released::{Part, Released};
use plimsoll_engine::run::stop::{MirrorTrouble, Stop};
use plimsoll_oci::name::Digest;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Done: exit 0. With the digest of the set's record.
    Released(Part, Digest),
    /// The claim and the git tag were taken back.
    Withdrawn,
    /// There is no such git tag.
    NoTag,
    /// Anything else, by the name of its variant.
    Stopped(Stopped),
}

/// Why a run stopped, without the details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// A live run holds the claim.
    Held,
    /// Somebody else's content is under a version tag.
    Taken,
    /// The git tag was moved before the commit point.
    TagMoved,
    /// The version was released from another tag object.
    TagMovedSince,
    /// Another run took over.
    Deposed,
    /// A chart's number would be an image's tag.
    Collision,
    /// The version is burnt.
    Burnt,
    /// Published, but a required repository differs.
    Drift,
    /// Published, but content is gone.
    Lost,
    /// Published, but the git tag was moved.
    GitTagDrift,
    /// Content is missing, and its machine may come back.
    Gone,
    /// Done except for optional mirrors.
    Mirrors,
    /// Done, but a version tag of an optional mirror is somebody else's.
    MirrorDrift,
    /// Moving tags did not come to rest.
    Unsettled,
    /// Something was said that can't be understood.
    Mark,
    /// Several sets announce themselves.
    Contested,
    /// Released before, and its claim is gone.
    ClaimLost,
    /// Past the commit point.
    NotWithdrawable(State),
    PublicUnclaimed,
    /// Something else went wrong.
    Failed(String),
}

impl Ended {
    /// The exit code (claim protocol, section 2).
    pub(crate) fn exit(&self) -> u8 {
        match self {
            Ended::Released(..) | Ended::Withdrawn => 0,
            Ended::NoTag => 5,
            Ended::Stopped(stopped) => match stopped {
                Stopped::Taken
                | Stopped::TagMoved
                | Stopped::TagMovedSince
                | Stopped::Deposed
                | Stopped::Burnt
                | Stopped::Contested
                | Stopped::NotWithdrawable(_)
                | Stopped::PublicUnclaimed => 5,
                Stopped::Drift
                | Stopped::Lost
                | Stopped::MirrorDrift
                | Stopped::GitTagDrift
                | Stopped::ClaimLost => 7,
                Stopped::Mark | Stopped::Collision => 2,
                Stopped::Failed(_) => 8,
                Stopped::Held | Stopped::Gone | Stopped::Mirrors | Stopped::Unsettled => 9,
            },
        }
    }

    /// True if the run reported success.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Ended::Released(..))
    }

    /// From what a release gave.
    pub(crate) fn of(outcome: Result<Released, Stop>) -> Ended {
        match outcome {
            Ok(released) => match released.judge() {
                Ok(()) => Ended::Released(released.part, released.seal.record),
                Err(stop) => Ended::Stopped(Stopped::of(stop)),
            },
            Err(stop) => Ended::Stopped(Stopped::of(stop)),
        }
    }
}

impl Stopped {
    /// From why a run stopped.
    pub(crate) fn of(stop: Stop) -> Stopped {
        match stop {
            Stop::Held { .. } => Stopped::Held,
            Stop::Taken { .. } => Stopped::Taken,
            Stop::TagMoved { .. } => Stopped::TagMoved,
            Stop::TagMovedSince { .. } => Stopped::TagMovedSince,
            Stop::Deposed { .. } => Stopped::Deposed,
            Stop::Collision(_) => Stopped::Collision,
            Stop::Burnt { .. } => Stopped::Burnt,
            Stop::Drift { .. } => Stopped::Drift,
            Stop::Lost { .. } => Stopped::Lost,
            Stop::GitTagDrift { .. } | Stop::OwnTagDrift { .. } => Stopped::GitTagDrift,
            Stop::Gone { .. } => Stopped::Gone,
            Stop::Mirrors { troubles } => {
                let foreign =
                    |trouble: &(_, MirrorTrouble)| matches!(trouble.1, MirrorTrouble::Foreign { .. });
                if troubles.iter().any(foreign) { Stopped::MirrorDrift } else { Stopped::Mirrors }
            }
            Stop::Unsettled => Stopped::Unsettled,
            Stop::Mark(_) => Stopped::Mark,
            Stop::Contested { .. } => Stopped::Contested,
            Stop::NotWithdrawable { state } => Stopped::NotWithdrawable(state),
            Stop::PublicUnclaimed { .. } => Stopped::PublicUnclaimed,
            Stop::ClaimLost(_) => Stopped::ClaimLost,
            other => Stopped::Failed(format!("{other:?}")),
        }
    }
}
