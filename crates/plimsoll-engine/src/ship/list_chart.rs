//! A chart in a repository over HTTP: listed once, never with another package.

use bytes::Bytes;
use plimsoll_helm::CHART_LIMIT;
use plimsoll_helm::oci::{CHART, PROVENANCE};
use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::{Descriptor, MediaType};
use plimsoll_oci::name::{Digest, ImageRepository};

use super::key::Published;
use super::push::{find_blob, sources};
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::chart::ListedVersion;
use crate::domain::claim::SealedFile;
use crate::domain::git::GitTag;
use crate::domain::step::StepId;
use crate::domain::time::Moment;
use crate::world::chart_repositories::Listing;
use crate::world::forge_error::ForgeError;
use crate::world::{Eyes, Hands, Work, WorldError};

/// One package in one chart repository.
#[derive(Clone, Debug)]
pub struct ListChart {
    /// Where, and as which version.
    pub version: ListedVersion,
    /// The package.
    pub package: SealedFile,
    /// What signs it; put beside it.
    pub provenance: Option<SealedFile>,
    /// The repositories that have it.
    pub places: Vec<ImageRepository>,
    /// The release page whose file the entry names; none: the package is put beside the index.
    pub page: Option<GitTag>,
    /// The time that its entry says: that of the seal, so that every run writes the same.
    pub time: Moment,
}

impl ListChart {
    fn name(&self) -> StepId {
        StepId::new("chart-index", &self.version)
    }

    fn signed(&self) -> Option<&Digest> {
        self.provenance.as_ref().map(|file| &file.digest)
    }

    /// A file of the chart, from a repository that has it.
    async fn read(
        &self,
        eyes: Eyes<'_>,
        media_type: MediaType,
        digest: &Digest,
        size: u64,
    ) -> Result<Bytes, ShipError> {
        let blob = Descriptor::new(media_type, digest.clone(), size);
        let gone = || ShipError::Gone { step: self.name(), missing: digest.clone() };
        let content = find_blob(&sources(eyes, &self.places), &blob).await?.ok_or_else(gone)?;
        Ok(read_whole(&*content, CHART_LIMIT).await.map_err(WorldError::from)?)
    }

    /// The address that the entry names, once everybody gets the package there.
    async fn find_url(&self, eyes: Eyes<'_>) -> Result<Option<String>, ShipError> {
        let Some(tag) = &self.page else { return Ok(None) };
        let forge = eyes.forge();
        let url = forge.asset_url(tag, &forge.asset_name(&self.version.file_name()));
        match forge.read_public(&url).await? {
            Some(found) if found == self.package.digest => Ok(Some(url)),
            Some(found) => Err(ShipError::Conflict { step: self.name(), found }),
            None => {
                let why = "nobody gets the package there without a login, and the index is not to name what is not there";
                Err(WorldError::from(ForgeError::Unreachable { forge: url, why: why.to_owned() }).into())
            }
        }
    }
}

impl Step<Published> for ListChart {
    fn id(&self) -> StepId {
        self.name()
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            Ok(match eyes.chart_repositories().find(&self.version).await? {
                None => Observation::Needed(Change { from: None, to: self.package.digest.clone() }),
                Some(found) if found.package != self.package.digest => Observation::Conflict(found.package),
                Some(found) if self.page.is_none() && found.lacks(&self.package.digest, self.signed()) => {
                    Observation::Needed(Change { from: None, to: self.package.digest.clone() })
                }
                Some(_) => Observation::Satisfied,
            })
        })
    }

    fn apply<'a>(&'a self, hands: Hands<'a>, _key: &'a Published, change: Change) -> Work<'a, (), ShipError> {
        Box::pin(async move {
            let package = self.read(hands.eyes(), CHART, change.to(), self.package.size).await?;
            let provenance = match &self.provenance {
                Some(file) => Some(self.read(hands.eyes(), PROVENANCE, &file.digest, file.size).await?),
                None => None,
            };
            let url = self.find_url(hands.eyes()).await?;
            let listing = Listing {
                version: &self.version,
                package: &package,
                provenance: provenance.as_deref(),
                url: url.as_deref(),
                time: self.time,
            };
            Ok(hands.list_chart(listing).await?)
        })
    }
}
