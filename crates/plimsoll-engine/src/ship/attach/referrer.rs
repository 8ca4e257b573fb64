//! Artifacts that refer to their subject, listed by the registry, or under the subject's fallback tag.

use bytes::Bytes;
use plimsoll_oci::model::{Descriptor, Manifest};
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_oci::store::Pull;

use super::{Attachment, written};
use crate::statement::artifact::{Artifact, LayerBytes};
use crate::world::Work;
use crate::world::repository_writer::RepositoryWriter;

/// Artifacts that refer to one subject, and are listed in one go. All their layers are written here.
#[derive(Clone, Debug)]
pub struct Referrers {
    subject: Digest,
    artifacts: Vec<Artifact>,
}

impl Referrers {
    /// Artifacts whose manifests refer to `subject`.
    pub fn new(subject: Digest, artifacts: Vec<Artifact>) -> Referrers {
        Referrers { subject, artifacts }
    }
}

impl Attachment for Referrers {
    fn subject(&self) -> &Digest {
        &self.subject
    }

    fn shared_tag(&self) -> Option<ImageTag> {
        Some(ImageTag::of_referrers(&self.subject))
    }

    fn write<'a>(&'a self, repository: &'a dyn RepositoryWriter) -> Work<'a, ()> {
        Box::pin(async move {
            repository.put_blob(&written(&Descriptor::empty(), &Bytes::from_static(b"{}"))).await?;
            for layer in self.artifacts.iter().flat_map(|artifact| &artifact.layers) {
                if let LayerBytes::Written(bytes) = &layer.bytes {
                    repository.put_blob(&written(&layer.descriptor, bytes)).await?;
                }
            }
            let manifests: Vec<Manifest> =
                self.artifacts.iter().map(|artifact| artifact.manifest.clone()).collect();
            repository.put_referrers(&manifests).await
        })
    }

    fn is_found<'a>(&'a self, pull: &'a dyn Pull) -> Work<'a, bool> {
        Box::pin(async move {
            let kind = self.artifacts.first().and_then(|artifact| artifact.manifest.artifact_type());
            let listed = pull.referrers(&self.subject, kind).await?;
            let is_listed =
                |wanted: &Artifact| listed.iter().any(|one| one.digest == *wanted.manifest.digest());
            Ok(self.artifacts.iter().all(is_listed))
        })
    }
}
