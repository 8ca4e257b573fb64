//! A repository whose name no registry can have: every use of it says so.

use std::sync::Arc;

use plimsoll_oci::content::Content;
use plimsoll_oci::model::{Descriptor, Manifest, MediaType};
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_oci::store::{Pull, Store, StoreError, Work};

/// What is wrong with the repository.
pub(super) struct Unusable(pub(super) StoreError);

impl Unusable {
    fn fail<T>(&self) -> Work<'_, T> {
        Box::pin(async { Err(self.0.clone()) })
    }
}

impl Pull for Unusable {
    fn resolve<'a>(&'a self, _tag: &'a ImageTag) -> Work<'a, Option<Descriptor>> {
        self.fail()
    }

    fn manifest<'a>(&'a self, _at: &'a Digest) -> Work<'a, Option<Manifest>> {
        self.fail()
    }

    fn blob<'a>(&'a self, _at: &'a Descriptor) -> Work<'a, Option<Arc<dyn Content>>> {
        self.fail()
    }

    fn tags(&self) -> Work<'_, Vec<ImageTag>> {
        self.fail()
    }

    fn referrers<'a>(
        &'a self,
        _subject: &'a Digest,
        _kind: Option<&'a MediaType>,
    ) -> Work<'a, Vec<Descriptor>> {
        self.fail()
    }
}

impl Store for Unusable {
    fn put_blob<'a>(
        &'a self,
        _content: &'a dyn Content,
        _mount_from: Option<&'a ImageRepository>,
    ) -> Work<'a, ()> {
        self.fail()
    }

    fn put_manifest<'a>(&'a self, _manifest: &'a Manifest) -> Work<'a, ()> {
        self.fail()
    }

    fn point<'a>(&'a self, _tag: &'a ImageTag, _to: &'a Digest, _was: Option<&'a Digest>) -> Work<'a, ()> {
        self.fail()
    }
}
