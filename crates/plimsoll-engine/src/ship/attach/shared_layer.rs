//! A layer of the image under a tag beside its subject, which everybody who signs reads, adds to and writes again.

use bytes::Bytes;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::model::{Descriptor, Manifest};
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_oci::store::{Pull, StoreError};

use super::{Attachment, written};
use crate::statement::legacy::LegacyImage;
use crate::world::repository_writer::RepositoryWriter;
use crate::world::{Work, WorldError};

/// The largest config that is read, in bytes.
const CONFIG_LIMIT: u64 = 4 * 1024 * 1024;

/// One layer below a tag beside its subject.
#[derive(Clone, Debug)]
pub struct SharedLayer {
    /// What it is about.
    pub subject: Digest,
    /// The tag.
    pub tag: ImageTag,
    /// The layer; its annotations are part of what is attached.
    pub layer: Descriptor,
    /// Its bytes.
    pub bytes: Bytes,
}

impl SharedLayer {
    /// What lies under the tag now.
    async fn look(&self, pull: &dyn Pull) -> Result<Option<Manifest>, WorldError> {
        let Some(there) = pull.resolve(&self.tag).await? else { return Ok(None) };
        Ok(pull.manifest(&there.digest).await?)
    }

    fn is_in(&self, manifest: &Manifest) -> bool {
        let same = |layer: &Descriptor| {
            layer.digest == self.layer.digest && layer.annotations == self.layer.annotations
        };
        manifest.blobs().skip(1).any(same)
    }

    async fn merge(&self, repository: &dyn RepositoryWriter) -> Result<(), WorldError> {
        let pull = repository.pull();
        let there = self.look(pull).await?;
        let mut image = match &there {
            Some(there) if self.is_in(there) => return Ok(()),
            Some(there) => read_image(pull, there).await?,
            None => LegacyImage::new(),
        };
        image.add(&self.layer);
        let (manifest, config, config_bytes) = image.render().map_err(StoreError::from)?;
        repository.put_blob(&written(&self.layer, &self.bytes)).await?;
        repository.put_blob(&written(&config, &config_bytes)).await?;
        repository.put_manifest(&manifest).await?;
        let was = there.as_ref().map(Manifest::digest);
        match repository.point_hidden(&self.tag, manifest.digest(), was).await {
            // Somebody was faster. Whoever looks sees that ours is not there, and writes it again.
            Err(WorldError::Store(StoreError::TagMoved { .. })) => Ok(()),
            answer => answer,
        }
    }
}

async fn read_image(pull: &dyn Pull, manifest: &Manifest) -> Result<LegacyImage, WorldError> {
    let config = match manifest.blobs().next() {
        Some(config) => match pull.blob(config).await? {
            Some(content) => read_whole(&*content, CONFIG_LIMIT).await?,
            // What others left out is made anew.
            None => Bytes::from_static(b"{}"),
        },
        None => Bytes::from_static(b"{}"),
    };
    Ok(LegacyImage::parse(manifest, &config).map_err(StoreError::from)?)
}

impl Attachment for SharedLayer {
    fn subject(&self) -> &Digest {
        &self.subject
    }

    fn shared_tag(&self) -> Option<ImageTag> {
        Some(self.tag.clone())
    }

    fn write<'a>(&'a self, repository: &'a dyn RepositoryWriter) -> Work<'a, ()> {
        Box::pin(self.merge(repository))
    }

    fn is_found<'a>(&'a self, pull: &'a dyn Pull) -> Work<'a, bool> {
        Box::pin(async move { Ok(self.look(pull).await?.is_some_and(|there| self.is_in(&there))) })
    }
}
