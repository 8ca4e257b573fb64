//! A file of a release page.

use bytes::Bytes;
use plimsoll_oci::name::Digest;

use super::key::Published;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::git::GitTag;
use crate::domain::page::PageId;
use crate::domain::step::StepId;
use crate::world::forge::{Arrival, Asset, Page, PageStanding, read_digest};
use crate::world::{Eyes, Hands, Work, WorldError};

/// One file of one page, by size and digest. On a page that people see another file of its name is never replaced; on a
/// draft it is, since it is from an attempt that nobody saw.
#[derive(Clone, Debug)]
pub struct AttachAsset {
    /// The page's git tag.
    pub tag: GitTag,
    /// The page.
    pub page: PageId,
    /// Its name on the page.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

impl AttachAsset {
    /// Compares the file with what the page has.
    ///
    /// # Errors
    /// The forge does not tell digests, and the file can't be read.
    pub async fn compare(&self, eyes: Eyes<'_>, page: &Page) -> Result<Observation, WorldError> {
        let to = Digest::of(&self.bytes);
        let whole: Vec<&Asset> =
            self.namesakes(page).filter(|asset| asset.arrival == Arrival::Whole).collect();
        let mut found = None;
        for asset in &whole {
            let there = read_digest(eyes.forge(), &page.id, asset).await?;
            found = found.or(Some(there).filter(|there| *there != to));
        }
        Ok(match (found, whole.len(), page.standing) {
            (None, 1, _) => Observation::Satisfied,
            // Nobody can add anything to it or take anything away.
            (None, 0, PageStanding::Immutable) => Observation::Satisfied,
            (Some(other), _, PageStanding::Published | PageStanding::Immutable) => {
                Observation::Conflict(other)
            }
            // The same file twice, where the forge lets two have one name.
            (None, _, PageStanding::Immutable) => Observation::Satisfied,
            (from, _, _) => Observation::Needed(Change { from, to }),
        })
    }

    fn namesakes<'p>(&self, page: &'p Page) -> impl Iterator<Item = &'p Asset> {
        page.assets.iter().filter(|asset| asset.name == self.name)
    }

    fn name(&self) -> StepId {
        StepId::new("forge-asset", format_args!("{}/{}", self.tag, self.name))
    }
}

impl Step<Published> for AttachAsset {
    fn id(&self) -> StepId {
        self.name()
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            match eyes.forge().find_page_by_id(&self.page).await? {
                Some(page) => self.compare(eyes, &page).await,
                None => Ok(Observation::Needed(Change { from: None, to: Digest::of(&self.bytes) })),
            }
        })
    }

    /// What a run that broke off has left looks like what another run is just sending.
    fn is_underway<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, bool> {
        Box::pin(async move {
            let page = eyes.forge().find_page_by_id(&self.page).await?;
            let begun = |page: &Page| self.namesakes(page).any(|asset| asset.arrival == Arrival::Broken);
            Ok(page.as_ref().is_some_and(begun))
        })
    }

    fn apply<'a>(&'a self, hands: Hands<'a>, _key: &'a Published, change: Change) -> Work<'a, (), ShipError> {
        Box::pin(async move {
            let Some(page) = hands.eyes().forge().find_page_by_id(&self.page).await? else {
                return Err(ShipError::NoEffect { step: self.name() });
            };
            // The first of several that are right stays; what broke off, or is of another attempt, goes.
            let mut kept = false;
            for asset in self.namesakes(&page) {
                let right = asset.arrival == Arrival::Whole
                    && read_digest(hands.eyes().forge(), &page.id, asset).await? == *change.to();
                if right && !kept {
                    kept = true;
                } else {
                    hands.detach(&self.tag, &page.id, asset).await?;
                }
            }
            match kept {
                true => Ok(()),
                false => Ok(hands.attach(&self.tag, &page.id, &self.name, self.bytes.clone()).await?),
            }
        })
    }
}
