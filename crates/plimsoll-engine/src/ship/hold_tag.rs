//! A hold tag: keeps content that no version tag points at yet from being collected.

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use super::key::Permit;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::step::StepId;
use crate::world::{Eyes, Hands, Work};

/// One hold tag in one repository.
#[derive(Clone, Debug)]
pub struct HoldTag {
    /// Where.
    pub repository: ImageRepository,
    /// The tag.
    pub tag: ImageTag,
    /// What it keeps.
    pub digest: Digest,
}

impl<K: Permit> Step<K> for HoldTag {
    fn id(&self) -> StepId {
        StepId::new("hold", format_args!("{}:{}", self.repository, self.tag))
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            let there = eyes.pull(&self.repository).resolve(&self.tag).await?.map(|there| there.digest);
            Ok(match there {
                Some(there) if there == self.digest => Observation::Satisfied,
                from => Observation::Needed(Change { from, to: self.digest.clone() }),
            })
        })
    }

    fn apply<'a>(&'a self, hands: Hands<'a>, _key: &'a K, change: Change) -> Work<'a, (), ShipError> {
        Box::pin(async move {
            Ok(hands.store(&self.repository).point_hidden(&self.tag, change.to(), None).await?)
        })
    }
}
