//! A store whose every effect passes the gate.

use std::sync::Arc;

use plimsoll_oci::content::Content;
use plimsoll_oci::model::Manifest;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_oci::store::{Pull, Store, StoreError};

use super::eyes_hands::Hands;
use super::gate::{Subject, Verb};
use super::repository_writer::RepositoryWriter;
use super::{Work, WorldError};

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

    /// Makes manifests be there that refer to others, and are listed with those in one go: one effect, named by the first of them.
    pub async fn put_referrers(&self, manifests: &[Manifest]) -> Result<(), WorldError> {
        let Some(first) = manifests.first() else { return Ok(()) };
        let subject = Subject::Content(self.repository.clone(), first.digest().clone());
        self.hands.pass(Verb::PutManifest, subject, self.store.put_referrers(manifests)).await
    }

    /// Points a tag that people see.
    pub async fn point(&self, tag: &ImageTag, to: &Digest, was: Option<&Digest>) -> Result<(), WorldError> {
        let subject = Subject::Tag(self.repository.clone(), tag.clone());
        self.hands.pass(Verb::Point, subject, self.store.point(tag, to, was)).await
    }

    /// Points a tag that nobody looks for.
    pub async fn point_hidden(
        &self,
        tag: &ImageTag,
        to: &Digest,
        was: Option<&Digest>,
    ) -> Result<(), WorldError> {
        let subject = Subject::Hidden(self.repository.clone(), tag.clone());
        self.hands.pass(Verb::Point, subject, self.store.point(tag, to, was)).await
    }

    /// Writes what a tag points at under it once more, which changes nothing.
    pub async fn rewrite(&self, tag: &ImageTag) -> Result<(), WorldError> {
        let subject = Subject::Hidden(self.repository.clone(), tag.clone());
        self.hands.pass(Verb::Point, subject, self.store.rewrite(tag)).await
    }
}

impl RepositoryWriter for GatedStore<'_> {
    fn pull(&self) -> &dyn Pull {
        self.pull()
    }

    fn put_blob<'a>(&'a self, content: &'a dyn Content) -> Work<'a, ()> {
        Box::pin(self.put_blob(content, None))
    }

    fn put_manifest<'a>(&'a self, manifest: &'a Manifest) -> Work<'a, ()> {
        Box::pin(self.put_manifest(manifest))
    }

    fn put_referrers<'a>(&'a self, manifests: &'a [Manifest]) -> Work<'a, ()> {
        Box::pin(self.put_referrers(manifests))
    }

    fn point_hidden<'a>(
        &'a self,
        tag: &'a ImageTag,
        to: &'a Digest,
        was: Option<&'a Digest>,
    ) -> Work<'a, ()> {
        Box::pin(self.point_hidden(tag, to, was))
    }

    fn rewrite<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, ()> {
        Box::pin(self.rewrite(tag))
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
