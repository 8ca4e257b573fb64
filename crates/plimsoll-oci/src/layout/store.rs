//! A layout as a repository.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use futures_util::StreamExt as _;

use super::aside::aside;
use super::blob::BlobWriter;
use super::folder::{Changed, Layout, entry_of};
use super::index::{IndexFile, REF_NAME};
use super::referrers::referrers;
use crate::content::{Content, give_way};
use crate::model::{Descriptor, Manifest, MediaType};
use crate::name::{Digest, ImageRepository, ImageTag};
use crate::store::{Prune, Pull, Store, StoreError, Work};

impl Pull for Layout {
    fn resolve<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, Option<Descriptor>> {
        Box::pin(async move { resolve_in(&self.read_index()?, tag, self.path()) })
    }

    fn manifest<'a>(&'a self, at: &'a Digest) -> Work<'a, Option<Manifest>> {
        Box::pin(async move {
            give_way().await;
            self.read_manifest(at)
        })
    }

    fn blob<'a>(&'a self, at: &'a Descriptor) -> Work<'a, Option<Arc<dyn Content>>> {
        Box::pin(async move {
            give_way().await;
            let content = || Arc::new(self.content(at)) as Arc<dyn Content>;
            Ok(self.has_blob(at)?.then(content))
        })
    }

    fn tags(&self) -> Work<'_, Vec<ImageTag>> {
        Box::pin(async move { Ok(tags_in(&self.read_index()?)) })
    }

    fn referrers<'a>(
        &'a self,
        subject: &'a Digest,
        kind: Option<&'a MediaType>,
    ) -> Work<'a, Vec<Descriptor>> {
        Box::pin(async move {
            let index = self.read_index()?;
            referrers(&index, self.subjects(), subject, kind, &mut |at| self.read_manifest(at))
        })
    }
}

impl Store for Layout {
    fn put_blob<'a>(
        &'a self,
        content: &'a dyn Content,
        _mount_from: Option<&'a ImageRepository>,
    ) -> Work<'a, ()> {
        Box::pin(async move {
            let Descriptor { digest, size, .. } = content.descriptor();
            if matches!(self.has_blob(content.descriptor()), Ok(true)) {
                self.touch(digest);
                return Ok(());
            }
            let mut writer = BlobWriter::new(self, digest.algorithm())?;
            // The writer computes the digest of what it writes.
            let mut stream = content.open_to_hash(0).await?;
            while let Some(piece) = stream.next().await {
                writer.write_all(&piece?).map_err(|e| StoreError::io(self.blob_path(digest), e))?;
                if writer.size() > *size {
                    break;
                }
                give_way().await;
            }
            // Bringing bytes to the disk takes its time, and several at once take little more.
            let (path, digest, size) = (self.blob_path(digest), digest.clone(), *size);
            aside(move || writer.keep_as(&digest, size)).await.map_err(|error| StoreError::io(path, error))?
        })
    }

    fn put_manifest<'a>(&'a self, manifest: &'a Manifest) -> Work<'a, ()> {
        Box::pin(async move {
            give_way().await;
            self.require_below(manifest)?;
            self.keep_manifest(manifest)?;
            // Garbage may have been collected since the first look. Now that the manifest is there it is kept.
            self.alone(|| self.require_below(manifest))
        })
    }

    fn point<'a>(&'a self, tag: &'a ImageTag, to: &'a Digest, was: Option<&'a Digest>) -> Work<'a, ()> {
        Box::pin(async move {
            give_way().await;
            self.change_index(|index| {
                let manifest = self.read_manifest(to)?.ok_or_else(|| self.missing(to))?;
                let now = resolve_in(index, tag, self.path())?.map(|now| now.digest);
                if now.as_ref() == Some(to) {
                    return Ok(Changed::No);
                }
                if now.as_ref() != was {
                    return Err(StoreError::TagMoved { place: self.place().to_owned(), tag: tag.clone() });
                }
                index.remove_name(tag.as_str());
                let mut entry = entry_of(&manifest);
                entry.annotations.insert(REF_NAME.into(), tag.as_str().into());
                index.add(entry);
                Ok(Changed::Yes)
            })
        })
    }
}

impl Prune for Layout {
    fn remove_tag<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, ()> {
        Box::pin(async move {
            self.change_index(|index| {
                if index.named(tag.as_str()).next().is_none() {
                    return Ok(Changed::No);
                }
                index.remove_name(tag.as_str());
                Ok(Changed::Yes)
            })
        })
    }

    fn remove_manifest<'a>(&'a self, at: &'a Digest) -> Work<'a, ()> {
        Box::pin(async move {
            // First the names, so that nobody is led to what goes; and all in one, so that nobody points a tag at it between.
            self.change_index(|index| {
                index.remove(at);
                self.replace_index(index)?;
                self.remove_blob(at)?;
                Ok(Changed::No)
            })
        })
    }
}

impl Layout {
    /// Refuses a manifest whose children or blobs are not there, as registries do. Its subject need not be, and
    /// neither need a layer that says where else it may be had.
    fn require_below(&self, manifest: &Manifest) -> Result<(), StoreError> {
        for below in manifest.children().iter().chain(manifest.blobs()) {
            if !self.has_blob(below)? && below.urls.is_empty() {
                return Err(self.missing(&below.digest));
            }
        }
        Ok(())
    }
}

/// What a tag points at. Two answers are none: whoever reads the layout next might take the other.
pub(crate) fn resolve_in(
    index: &IndexFile,
    tag: &ImageTag,
    place: &Path,
) -> Result<Option<Descriptor>, StoreError> {
    let mut found = index.named(tag.as_str());
    let first = found.next();
    if found.any(|other| Some(&other.digest) != first.map(|first| &first.digest)) {
        let why = format!("tag `{tag}` is on several manifests");
        return Err(StoreError::Broken { path: place.join("index.json"), why });
    }
    Ok(first.map(|entry| Descriptor::new(entry.media_type.clone(), entry.digest.clone(), entry.size)))
}

/// All names that are tags; other tools write whole references there, too.
pub(crate) fn tags_in(index: &IndexFile) -> Vec<ImageTag> {
    let names = index.descriptors().filter_map(|entry| entry.annotations.get(REF_NAME));
    let tags: BTreeSet<ImageTag> = names.filter_map(|name| name.parse().ok()).collect();
    tags.into_iter().collect()
}
