//! One repository that things are written to, whoever guards it.

use plimsoll_oci::content::Content;
use plimsoll_oci::model::Manifest;
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_oci::store::{Pull, Store};

use super::{Work, WorldError};

/// One repository that things are written to: through the gate in a release, directly by a command that has no release.
pub trait RepositoryWriter: Send + Sync {
    /// The same repository, read.
    fn pull(&self) -> &dyn Pull;
    /// Makes a blob be there.
    fn put_blob<'a>(&'a self, content: &'a dyn Content) -> Work<'a, ()>;
    /// Makes a manifest be there.
    fn put_manifest<'a>(&'a self, manifest: &'a Manifest) -> Work<'a, ()>;
    /// Makes manifests be there that refer to others, and are listed with those in one go.
    fn put_referrers<'a>(&'a self, manifests: &'a [Manifest]) -> Work<'a, ()>;
    /// Points a tag that nobody looks for; `was` is what it was seen to point at.
    fn point_hidden<'a>(&'a self, tag: &'a ImageTag, to: &'a Digest, was: Option<&'a Digest>)
    -> Work<'a, ()>;
    /// Writes what a tag points at under it once more, which changes nothing: refused where no tag is written twice.
    fn rewrite<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, ()>;
}

/// A repository that is written without a gate.
pub struct Ungated<'a>(pub &'a dyn Store);

impl RepositoryWriter for Ungated<'_> {
    fn pull(&self) -> &dyn Pull {
        self.0
    }

    fn put_blob<'a>(&'a self, content: &'a dyn Content) -> Work<'a, ()> {
        Box::pin(async move { self.0.put_blob(content, None).await.map_err(WorldError::from) })
    }

    fn put_manifest<'a>(&'a self, manifest: &'a Manifest) -> Work<'a, ()> {
        Box::pin(async move { self.0.put_manifest(manifest).await.map_err(WorldError::from) })
    }

    fn put_referrers<'a>(&'a self, manifests: &'a [Manifest]) -> Work<'a, ()> {
        Box::pin(async move { self.0.put_referrers(manifests).await.map_err(WorldError::from) })
    }

    fn point_hidden<'a>(
        &'a self,
        tag: &'a ImageTag,
        to: &'a Digest,
        was: Option<&'a Digest>,
    ) -> Work<'a, ()> {
        Box::pin(async move { self.0.point(tag, to, was).await.map_err(WorldError::from) })
    }
    fn rewrite<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, ()> {
        Box::pin(async move { self.0.rewrite(tag).await.map_err(WorldError::from) })
    }
}
