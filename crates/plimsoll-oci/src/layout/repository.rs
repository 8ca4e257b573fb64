//! One repository of this machine's own registry.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::folder::Layout;
use super::registry::LocalRegistry;
use crate::content::Content;
use crate::model::{Descriptor, Manifest, MediaType};
use crate::name::{Digest, ImageRepository, ImageTag};
use crate::store::{Prune, Pull, Store, StoreError, Work};

/// A repository of a [`LocalRegistry`]. Reading one that is not there finds nothing; writing makes it.
#[derive(Debug)]
pub struct LocalRepository {
    registry: LocalRegistry,
    name: ImageRepository,
    folder: PathBuf,
    layout: OnceLock<Layout>,
}

impl LocalRepository {
    pub(super) fn new(registry: LocalRegistry, name: ImageRepository, folder: PathBuf) -> LocalRepository {
        LocalRepository { registry, name, folder, layout: OnceLock::new() }
    }

    /// What it is called.
    pub fn name(&self) -> &ImageRepository {
        &self.name
    }

    /// The folder of its layout, which may not be there yet.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its layout, if anything was ever written.
    pub fn layout(&self) -> Result<Option<&Layout>, StoreError> {
        if let Some(layout) = self.layout.get() {
            return Ok(Some(layout));
        }
        let found = Layout::find_as(&self.folder, self.name.to_string())?;
        Ok(found.map(|found| self.layout.get_or_init(|| found)))
    }

    /// Its layout, made if need be.
    pub fn ensure_layout(&self) -> Result<&Layout, StoreError> {
        if let Some(layout) = self.layout()? {
            return Ok(layout);
        }
        let made = Layout::create_as(&self.folder, self.name.to_string())?;
        Ok(self.layout.get_or_init(|| made))
    }

    /// Takes a blob over from another repository by giving the same file a second name; true if it worked.
    fn mount(&self, at: &Descriptor, from: &ImageRepository) -> Result<bool, StoreError> {
        let source = self.registry.repository(from);
        match source.layout()? {
            Some(source) if matches!(source.has_blob(at), Ok(true)) => {
                self.ensure_layout()?.link_blob(&at.digest, source)
            }
            _ => Ok(false),
        }
    }
}

impl Pull for LocalRepository {
    fn resolve<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, Option<Descriptor>> {
        Box::pin(async move {
            match self.layout()? {
                Some(layout) => layout.resolve(tag).await,
                None => Ok(None),
            }
        })
    }

    fn manifest<'a>(&'a self, at: &'a Digest) -> Work<'a, Option<Manifest>> {
        Box::pin(async move {
            match self.layout()? {
                Some(layout) => layout.manifest(at).await,
                None => Ok(None),
            }
        })
    }

    fn blob<'a>(&'a self, at: &'a Descriptor) -> Work<'a, Option<Arc<dyn Content>>> {
        Box::pin(async move {
            match self.layout()? {
                Some(layout) => layout.blob(at).await,
                None => Ok(None),
            }
        })
    }

    fn tags(&self) -> Work<'_, Vec<ImageTag>> {
        Box::pin(async move {
            match self.layout()? {
                Some(layout) => layout.tags().await,
                None => Ok(Vec::new()),
            }
        })
    }

    fn referrers<'a>(
        &'a self,
        subject: &'a Digest,
        kind: Option<&'a MediaType>,
    ) -> Work<'a, Vec<Descriptor>> {
        Box::pin(async move {
            match self.layout()? {
                Some(layout) => layout.referrers(subject, kind).await,
                None => Ok(Vec::new()),
            }
        })
    }
}

impl Store for LocalRepository {
    fn put_blob<'a>(
        &'a self,
        content: &'a dyn Content,
        mount_from: Option<&'a ImageRepository>,
    ) -> Work<'a, ()> {
        Box::pin(async move {
            let layout = self.ensure_layout()?;
            let at = content.descriptor();
            if let Some(from) = mount_from
                && !matches!(layout.has_blob(at), Ok(true))
                && self.mount(at, from)?
            {
                return Ok(());
            }
            layout.put_blob(content, None).await
        })
    }

    fn put_manifest<'a>(&'a self, manifest: &'a Manifest) -> Work<'a, ()> {
        Box::pin(async move { self.ensure_layout()?.put_manifest(manifest).await })
    }

    fn point<'a>(&'a self, tag: &'a ImageTag, to: &'a Digest, was: Option<&'a Digest>) -> Work<'a, ()> {
        Box::pin(async move {
            let missing = || StoreError::Missing { place: self.name.to_string(), digest: to.clone() };
            self.layout()?.ok_or_else(missing)?.point(tag, to, was).await
        })
    }
}

impl Prune for LocalRepository {
    fn remove_tag<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, ()> {
        Box::pin(async move {
            match self.layout()? {
                Some(layout) => layout.remove_tag(tag).await,
                None => Ok(()),
            }
        })
    }

    fn remove_manifest<'a>(&'a self, at: &'a Digest) -> Work<'a, ()> {
        Box::pin(async move {
            match self.layout()? {
                Some(layout) => layout.remove_manifest(at).await,
                None => Ok(()),
            }
        })
    }
}
