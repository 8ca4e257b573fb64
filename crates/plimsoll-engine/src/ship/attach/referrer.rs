//! An artifact that refers to its subject, listed by the registry, or under the subject's fallback tag.

use bytes::Bytes;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_oci::store::Pull;

use super::{Attachment, written};
use crate::statement::artifact::{Artifact, LayerBytes};
use crate::world::Work;
use crate::world::repository_writer::RepositoryWriter;

/// An artifact that refers to its subject. All its layers are written here.
#[derive(Clone, Debug)]
pub struct Referrer {
    subject: Digest,
    artifact: Artifact,
}

impl Referrer {
    /// An artifact whose manifest refers to `subject`.
    pub fn new(subject: Digest, artifact: Artifact) -> Referrer {
        Referrer { subject, artifact }
    }

    /// The manifest that refers.
    pub fn manifest(&self) -> &Digest {
        self.artifact.manifest.digest()
    }
}

impl Attachment for Referrer {
    fn subject(&self) -> &Digest {
        &self.subject
    }

    fn shared_tag(&self) -> Option<ImageTag> {
        Some(ImageTag::of_referrers(&self.subject))
    }

    fn write<'a>(&'a self, repository: &'a dyn RepositoryWriter) -> Work<'a, ()> {
        Box::pin(async move {
            repository.put_blob(&written(&Descriptor::empty(), &Bytes::from_static(b"{}"))).await?;
            for layer in &self.artifact.layers {
                if let LayerBytes::Written(bytes) = &layer.bytes {
                    repository.put_blob(&written(&layer.descriptor, bytes)).await?;
                }
            }
            repository.put_manifest(&self.artifact.manifest).await
        })
    }

    fn is_found<'a>(&'a self, pull: &'a dyn Pull) -> Work<'a, bool> {
        Box::pin(async move {
            let kind = self.artifact.manifest.artifact_type();
            let listed = pull.referrers(&self.subject, kind).await?;
            Ok(listed.iter().any(|one| one.digest == *self.manifest()))
        })
    }
}
