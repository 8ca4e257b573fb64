//! Layers of the image under a tag beside its subject, which everybody who signs reads, adds to and writes again.

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

/// Layers below a tag beside their subject, added in one write.
#[derive(Clone, Debug)]
pub struct SharedLayers {
    /// What they are about.
    pub subject: Digest,
    /// The tag.
    pub tag: ImageTag,
    /// Each layer with its bytes; its annotations are part of what is attached.
    pub layers: Vec<(Descriptor, Bytes)>,
}

impl SharedLayers {
    /// What lies under the tag now.
    async fn look(&self, pull: &dyn Pull) -> Result<Option<Manifest>, WorldError> {
        let Some(there) = pull.resolve(&self.tag).await? else { return Ok(None) };
        Ok(pull.manifest(&there.digest).await?)
    }

    /// Those that are not in what lies there.
    fn missing_in(&self, manifest: &Manifest) -> Vec<&(Descriptor, Bytes)> {
        let is_there = |wanted: &Descriptor| {
            let same =
                |layer: &Descriptor| layer.digest == wanted.digest && layer.annotations == wanted.annotations;
            manifest.blobs().skip(1).any(same)
        };
        self.layers.iter().filter(|(layer, _)| !is_there(layer)).collect()
    }

    async fn merge(&self, repository: &dyn RepositoryWriter) -> Result<(), WorldError> {
        let pull = repository.pull();
        let there = self.look(pull).await?;
        let missing = match &there {
            Some(there) => self.missing_in(there),
            None => self.layers.iter().collect(),
        };
        if missing.is_empty() {
            return Ok(());
        }
        let mut image = match &there {
            Some(there) => read_image(pull, there).await?,
            None => LegacyImage::new(),
        };
        missing.iter().for_each(|(layer, _)| image.add(layer));
        let (manifest, config, config_bytes) = image.render().map_err(StoreError::from)?;
        for (layer, bytes) in missing {
            repository.put_blob(&written(layer, bytes)).await?;
        }
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

impl Attachment for SharedLayers {
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
        Box::pin(
            async move { Ok(self.look(pull).await?.is_some_and(|there| self.missing_in(&there).is_empty())) },
        )
    }
}
