//! A tag that names one commit: under it the commit's image is found again.

use plimsoll_oci::name::{Digest, ImageRepository};

use super::key::Checked;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::commit::{CommitTag, Sight, Tenure};
use crate::domain::step::StepId;
use crate::world::{Eyes, Hands, Work};

/// The tag of one commit in one repository.
#[derive(Clone, Debug)]
pub struct PointCommitTag {
    /// Where.
    pub repository: ImageRepository,
    /// The tag.
    pub tag: CommitTag,
    /// What it points at if nobody was first.
    pub digest: Digest,
}

impl Step<Checked> for PointCommitTag {
    fn id(&self) -> StepId {
        StepId::new("commit-tag", format_args!("{}:{}", self.repository, self.tag.name))
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            let there = eyes.pull(&self.repository).resolve(&self.tag.name).await?.map(|there| there.digest);
            Ok(match (there, self.tag.tenure) {
                (Some(there), _) if there == self.digest => Observation::Satisfied,
                (Some(there), Tenure::First) => Observation::Superseded(there),
                (from, _) => Observation::Needed(Change { from, to: self.digest.clone() }),
            })
        })
    }

    fn apply<'a>(&'a self, hands: Hands<'a>, _key: &'a Checked, change: Change) -> Work<'a, (), ShipError> {
        Box::pin(async move {
            let store = hands.store(&self.repository);
            match self.tag.sight {
                Sight::Visible => store.point(&self.tag.name, change.to(), change.from()).await?,
                Sight::Hidden => store.point_hidden(&self.tag.name, change.to(), None).await?,
            }
            Ok(())
        })
    }
}
