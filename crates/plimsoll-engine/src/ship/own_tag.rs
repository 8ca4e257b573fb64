//! The git tag that a chart has of its own.

use plimsoll_oci::name::Digest;

use super::key::Published;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::git::{GitTag, Oid};
use crate::domain::step::StepId;
use crate::world::{Eyes, Hands, Work};

/// A git tag on the commit that something was released from. One that is there stays where it is.
#[derive(Clone, Debug)]
pub struct OwnTag {
    /// The tag.
    pub tag: GitTag,
    /// The commit.
    pub commit: Oid,
}

/// Commits have no digests; a step tells them apart by those of their names.
fn told_apart(commit: &Oid) -> Digest {
    Digest::of(commit.as_str().as_bytes())
}

impl Step<Published> for OwnTag {
    fn id(&self) -> StepId {
        StepId::new("git-tag", &self.tag)
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            Ok(match eyes.git().find_tag(&self.tag).await? {
                Some(there) if there == self.commit => Observation::Satisfied,
                Some(there) => Observation::Conflict(told_apart(&there)),
                None => Observation::Needed(Change { from: None, to: told_apart(&self.commit) }),
            })
        })
    }

    fn apply<'a>(
        &'a self,
        hands: Hands<'a>,
        _key: &'a Published,
        _change: Change,
    ) -> Work<'a, (), ShipError> {
        Box::pin(async move { Ok(hands.make_tag(&self.tag, &self.commit).await?) })
    }
}
