//! A version tag: written once, never moved.

use crate::world::WorldError;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use super::key::Settled;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::step::StepId;
use crate::world::{Eyes, Hands, Work};

/// One version tag in one repository.
#[derive(Clone, Debug)]
pub struct VersionTag {
    /// Where.
    pub repository: ImageRepository,
    /// The tag.
    pub tag: ImageTag,
    /// What it points at.
    pub digest: Digest,
}

impl VersionTag {
    /// The step's name.
    pub fn name(&self) -> StepId {
        StepId::new("version-tag", format_args!("{}:{}", self.repository, self.tag))
    }

    /// Looks.
    pub async fn look(&self, eyes: Eyes<'_>) -> Result<Observation, WorldError> {
        let there = eyes.pull(&self.repository).resolve(&self.tag).await?;
        Ok(match there {
            None => Observation::Needed(Change { from: None, to: self.digest.clone() }),
            Some(there) if there.digest == self.digest => Observation::Satisfied,
            Some(there) => Observation::Conflict(there.digest),
        })
    }
}

impl Step<Settled> for VersionTag {
    fn id(&self) -> StepId {
        self.name()
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(self.look(eyes))
    }

    fn apply<'a>(&'a self, hands: Hands<'a>, _key: &'a Settled, change: Change) -> Work<'a, (), ShipError> {
        Box::pin(async move {
            Ok(hands.store(&self.repository).point(&self.tag, change.to(), change.from()).await?)
        })
    }
}
