//! A store whose every effect passes the gate.

use std::sync::Arc;

use plimsoll_oci::content::Content;
use plimsoll_oci::model::Manifest;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_oci::store::{Pull, Store, StoreError};

use super::WorldError;
use super::eyes_hands::Hands;
use super::gate::{Subject, Verb};

/// One repository, written through the gate.
pub struct GatedStore<'a> {
    hands: Hands<'a>,
    repository: ImageRepository,
    store: Arc<dyn Store>,
}

impl<'a> GatedStore<'a> {
    pub(super) fn new(
        hands: Hands<'a>,
        repository: &ImageRepository,
        store: Arc<dyn Store>,
    ) -> GatedStore<'a> {
        GatedStore { hands, repository: repository.clone(), store }
    }

    /// The same repository, read.
    pub fn pull(&self) -> &dyn Pull {
        &*self.store
    }

    /// Makes a blob be there.
    pub async fn put_blob(
        &self,
        content: &dyn Content,
        mount_from: Option<&ImageRepository>,
    ) -> Result<(), WorldError> {
        let subject = Subject::Content(self.repository.clone(), content.descriptor().digest.clone());
        self.hands.pass(Verb::PutBlob, subject, self.store.put_blob(content, mount_from)).await
    }

    /// Makes a manifest be there.
    pub async fn put_manifest(&self, manifest: &Manifest) -> Result<(), WorldError> {
        let subject = Subject::Content(self.repository.clone(), manifest.digest().clone());
        self.hands.pass(Verb::PutManifest, subject, self.store.put_manifest(manifest)).await
    }

    /// Points a tag that people see.
    pub async fn point(&self, tag: &ImageTag, to: &Digest, was: Option<&Digest>) -> Result<(), WorldError> {
        let subject = Subject::Tag(self.repository.clone(), tag.clone());
        self.hands.pass(Verb::Point, subject, self.store.point(tag, to, was)).await
    }

    /// Points a tag that nobody looks for.
    pub async fn point_hidden(&self, tag: &ImageTag, to: &Digest) -> Result<(), WorldError> {
        let subject = Subject::Hidden(self.repository.clone(), tag.clone());
        self.hands.pass(Verb::Point, subject, self.store.point(tag, to, None)).await
    }
}

impl<'a> Hands<'a> {
    async fn pass(
        &self,
        verb: Verb,
        subject: Subject,
        effect: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), WorldError> {
        self.through_gate(verb, subject, async move { effect.await.map_err(WorldError::from) }).await
    }
}
