//! A release page that is there, as a draft if nobody has published it.

use plimsoll_oci::name::Digest;

use super::key::Published;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::page::NewPage;
use crate::domain::step::StepId;
use crate::world::{Eyes, Hands, Work};

/// The page of a tag. One that is there is kept as it is, whoever made it.
#[derive(Clone, Debug)]
pub struct DraftPage {
    /// What it is made as if there is none.
    pub page: NewPage,
}

impl Step<Published> for DraftPage {
    fn id(&self) -> StepId {
        StepId::new("forge-draft", &self.page.tag)
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            Ok(match eyes.forge().find_page(&self.page.tag).await? {
                Some(_) => Observation::Satisfied,
                None => Observation::Needed(Change { from: None, to: Digest::of(self.page.body.as_bytes()) }),
            })
        })
    }

    fn apply<'a>(
        &'a self,
        hands: Hands<'a>,
        _key: &'a Published,
        _change: Change,
    ) -> Work<'a, (), ShipError> {
        Box::pin(async move { Ok(hands.draft_page(&self.page).await?) })
    }
}
