//! One repository of a registry.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::try_join_all;

use super::auth::Scopes;
use super::refusal::Purpose;
use super::registry::{Errand, RemoteRegistry};
use super::{blob, manifest, referrers, tag};
use crate::content::Content;
use crate::model::{Descriptor, Manifest, MediaType};
use crate::name::{Digest, ImageRepository, ImageTag};
use crate::store::{Prune, Pull, Store, StoreError, Work};

/// What a repository is going to be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading only.
    Pull,
    /// Reading and writing.
    Push,
}

/// One repository of a registry, over HTTP. Clones are the same repository.
#[derive(Clone)]
pub struct RemoteRepository {
    pub(super) registry: Arc<RemoteRegistry>,
    pub(super) name: ImageRepository,
    pub(super) manifests: Arc<manifest::Recent>,
    pub(super) absent: Arc<blob::Absent>,
    reading: Scopes,
}

impl RemoteRepository {
    pub(super) fn new(registry: Arc<RemoteRegistry>, name: ImageRepository, access: Access) -> Self {
        let reading = match access {
            Access::Pull => Scopes::pull(name.path()),
            Access::Push => Scopes::push(name.path()),
        };
        Self { registry, name, manifests: Arc::default(), absent: Arc::default(), reading }
    }

    /// Its name.
    pub fn name(&self) -> &ImageRepository {
        &self.name
    }

    /// Opens an upload and cancels it: true knowledge of whether this login may push, before any work is done.
    ///
    /// # Errors
    /// [`StoreError::Unauthorized`] and [`StoreError::Denied`] among others.
    pub async fn check_push(&self) -> Result<(), StoreError> {
        blob::check_push(self).await
    }

    /// Whether the registry lists referrers by itself, asked without writing anything; `None` where that shows only once
    /// there is something in the repository.
    pub async fn lists_referrers(&self) -> Result<Option<bool>, StoreError> {
        referrers::is_listing(self).await
    }

    /// When the registry says that it is, in whole seconds; `None` if it does not say. Asked without a login.
    ///
    /// # Errors
    /// The registry did not answer.
    pub async fn read_time(&self) -> Result<Option<SystemTime>, StoreError> {
        self.registry.read_time(self.pulling()).await
    }

    /// Reading.
    pub(super) fn pulling(&self) -> Errand<'_> {
        Errand { path: self.name.path(), scopes: &self.reading, purpose: Purpose::Pull }
    }

    /// Something that needs more than reading.
    pub(super) fn errand<'a>(&'a self, purpose: Purpose, scopes: &'a Scopes) -> Errand<'a> {
        Errand { path: self.name.path(), scopes, purpose }
    }
}

impl fmt::Debug for RemoteRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteRepository({})", self.name)
    }
}

impl Pull for RemoteRepository {
    fn expect(&self, requests: usize) {
        self.registry.expect(requests);
    }

    fn resolve<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, Option<Descriptor>> {
        Box::pin(manifest::resolve(self, tag))
    }

    fn manifest<'a>(&'a self, at: &'a Digest) -> Work<'a, Option<Manifest>> {
        Box::pin(manifest::get_by_digest(self, at))
    }

    fn manifest_to_read<'a>(&'a self, at: &'a Digest) -> Work<'a, Option<Manifest>> {
        Box::pin(manifest::find_recent_or_get(self, at))
    }

    fn blob<'a>(&'a self, at: &'a Descriptor) -> Work<'a, Option<Arc<dyn Content>>> {
        Box::pin(blob::find(self, at))
    }

    fn blob_to_read<'a>(&'a self, at: &'a Descriptor) -> Work<'a, Option<Arc<dyn Content>>> {
        Box::pin(async move { Ok(Some(blob::unasked(self, at))) })
    }

    fn tags(&self) -> Work<'_, Vec<ImageTag>> {
        Box::pin(tag::list(self))
    }

    fn referrers<'a>(
        &'a self,
        subject: &'a Digest,
        kind: Option<&'a MediaType>,
    ) -> Work<'a, Vec<Descriptor>> {
        Box::pin(referrers::list(self, subject, kind))
    }

    fn referrers_tag(&self, subject: &Digest) -> Option<ImageTag> {
        referrers::fallback_tag(self, subject)
    }
}

impl Store for RemoteRepository {
    fn put_blob<'a>(
        &'a self,
        content: &'a dyn Content,
        mount_from: Option<&'a ImageRepository>,
    ) -> Work<'a, ()> {
        Box::pin(blob::put(self, content, mount_from))
    }

    fn put_manifest<'a>(&'a self, manifest: &'a Manifest) -> Work<'a, ()> {
        Box::pin(async move {
            let says = manifest::put_by_digest(self, manifest).await?;
            referrers::ensure_listed(self, &[(manifest, says)]).await
        })
    }

    fn put_referrers<'a>(&'a self, manifests: &'a [Manifest]) -> Work<'a, ()> {
        Box::pin(async move {
            let puts = manifests.iter().map(async |manifest| {
                Ok::<_, StoreError>((manifest, manifest::put_by_digest(self, manifest).await?))
            });
            let written: Vec<_> = try_join_all(puts).await?;
            referrers::ensure_listed(self, &written).await
        })
    }

    fn point<'a>(&'a self, tag: &'a ImageTag, to: &'a Digest, was: Option<&'a Digest>) -> Work<'a, ()> {
        Box::pin(async move {
            // The distribution API cannot compare and swap; who points looks before and after.
            if was == Some(to) { Ok(()) } else { manifest::point(self, tag, to).await }
        })
    }

    fn rewrite<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, ()> {
        Box::pin(manifest::rewrite(self, tag))
    }
}

impl Prune for RemoteRepository {
    fn remove_tag<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, ()> {
        Box::pin(manifest::delete(self, tag.as_str()))
    }

    fn remove_manifest<'a>(&'a self, at: &'a Digest) -> Work<'a, ()> {
        Box::pin(async move {
            let subject = match manifest::get_by_digest(self, at).await? {
                Some(manifest) => manifest.subject().cloned(),
                None => return Ok(()),
            };
            manifest::delete(self, &at.to_string()).await?;
            match subject {
                Some(subject) => referrers::ensure_unlisted(self, &subject.digest, at).await,
                None => Ok(()),
            }
        })
    }
}
