//! A release page that everybody sees.

use plimsoll_oci::name::Digest;

use super::key::Published;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::git::GitTag;
use crate::domain::page::PageId;
use crate::domain::step::StepId;
use crate::world::forge::PageStanding;
use crate::world::{Eyes, Hands, Work};

/// One page, published by us or by anybody.
#[derive(Clone, Debug)]
pub struct PublishPage {
    /// Its git tag.
    pub tag: GitTag,
    /// The draft that has everything.
    pub page: PageId,
}

impl Step<Published> for PublishPage {
    fn id(&self) -> StepId {
        StepId::new("forge-release", &self.tag)
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            let found = eyes.forge().find_page(&self.tag).await?;
            Ok(match found {
                Some(page) if page.standing != PageStanding::Draft => Observation::Satisfied,
                _ => Observation::Needed(Change { from: None, to: Digest::of(self.page.0.as_bytes()) }),
            })
        })
    }

    fn apply<'a>(
        &'a self,
        hands: Hands<'a>,
        _key: &'a Published,
        _change: Change,
    ) -> Work<'a, (), ShipError> {
        Box::pin(async move { Ok(hands.publish_page(&self.tag, &self.page).await?) })
    }
}
