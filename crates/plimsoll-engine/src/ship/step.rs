//! A step: `observe` looks and never changes, `apply` makes it so.

use plimsoll_oci::name::Digest;

use super::key::Permit;
use crate::domain::step::StepId;
use crate::world::{Eyes, Hands, Work, WorldError};

/// What a look at the world says of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// It is as it should be.
    Satisfied,
    /// Something that may move has rightly moved on.
    Superseded(Digest),
    /// Something is to be done.
    Needed(Change),
    /// Something else is there that is never overwritten.
    Conflict(Digest),
}

/// What is to be done: what is there and what should be. Only `observe` makes one, so that nothing is applied that
/// was not looked at first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub(super) from: Option<Digest>,
    pub(super) to: Digest,
}

impl Change {
    /// What is there now.
    pub fn from(&self) -> Option<&Digest> {
        self.from.as_ref()
    }

    /// What should be there.
    pub fn to(&self) -> &Digest {
        &self.to
    }
}

/// Why a step did not come to rest.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ShipError {
    /// The world did not do it, or did not answer.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Something else is there.
    #[error("{step}: {found} is there")]
    Conflict {
        /// The step.
        step: StepId,
        /// What is there.
        found: Digest,
    },
    /// Content is missing and nobody has it.
    #[error("{step}: {missing} is nowhere to be found")]
    Gone {
        /// The step.
        step: StepId,
        /// What is missing.
        missing: Digest,
    },
    /// It was done and done again and still does not show.
    #[error("{step} was done but does not take effect")]
    NoEffect {
        /// The step.
        step: StepId,
    },
}

/// One thing of a release, looked at and made so. `K` is the key that opens it.
pub trait Step<K: Permit>: Send + Sync {
    /// Its name.
    fn id(&self) -> StepId;
    /// Looks.
    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation>;
    /// Whether somebody else may be at it right now, where that can be seen.
    fn is_underway<'a>(&'a self, _eyes: Eyes<'a>) -> Work<'a, bool> {
        Box::pin(async { Ok(false) })
    }
    /// Makes it so. What it does more than once it does with the same end.
    fn apply<'a>(&'a self, hands: Hands<'a>, key: &'a K, change: Change) -> Work<'a, (), ShipError>;
}
