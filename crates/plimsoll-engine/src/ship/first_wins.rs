//! A first-wins tag (`sha-…`): kept if it is there, whatever it points at.

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use super::key::Published;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::step::StepId;
use crate::world::{Eyes, Hands, Work};

/// One first-wins tag in one repository.
#[derive(Clone, Debug)]
pub struct FirstWins {
    /// Where.
    pub repository: ImageRepository,
    /// The tag.
    pub tag: ImageTag,
    /// What it points at if nobody was first.
    pub digest: Digest,
}

impl Step<Published> for FirstWins {
    fn id(&self) -> StepId {
        StepId::new("first-wins", format_args!("{}:{}", self.repository, self.tag))
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            let there = eyes.pull(&self.repository).resolve(&self.tag).await?;
            Ok(match there {
                None => Observation::Needed(Change { from: None, to: self.digest.clone() }),
                Some(there) if there.digest == self.digest => Observation::Satisfied,
                Some(there) => Observation::Superseded(there.digest),
            })
        })
    }

    fn apply<'a>(&'a self, hands: Hands<'a>, _key: &'a Published, change: Change) -> Work<'a, (), ShipError> {
        Box::pin(async move { Ok(hands.store(&self.repository).point(&self.tag, change.to(), None).await?) })
    }
}
