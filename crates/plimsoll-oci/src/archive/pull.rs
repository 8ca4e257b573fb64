//! An archive as a repository that can be read.

use std::sync::Arc;

use super::Archive;
use crate::content::{Content, give_way};
use crate::layout::{referrers, resolve_in, tags_in};
use crate::model::{Descriptor, Manifest, MediaType};
use crate::name::{Digest, ImageTag};
use crate::store::{Pull, StoreError, Work};

impl Pull for Archive {
    fn resolve<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, Option<Descriptor>> {
        Box::pin(async move { resolve_in(&self.index, tag, self.contents.path()) })
    }

    fn manifest<'a>(&'a self, at: &'a Digest) -> Work<'a, Option<Manifest>> {
        Box::pin(async move {
            give_way().await;
            self.read_manifest(at)
        })
    }

    fn blob<'a>(&'a self, at: &'a Descriptor) -> Work<'a, Option<Arc<dyn Content>>> {
        Box::pin(async move {
            let Some(place) = self.blobs.get(&at.digest) else { return Ok(None) };
            if place.size != at.size {
                let digest = at.digest.clone();
                return Err(StoreError::Size { digest, want: at.size, found: place.size });
            }
            Ok(Some(Arc::new(self.contents.content(at.clone(), *place)) as Arc<dyn Content>))
        })
    }

    fn tags(&self) -> Work<'_, Vec<ImageTag>> {
        Box::pin(async move { Ok(tags_in(&self.index)) })
    }

    fn referrers<'a>(
        &'a self,
        subject: &'a Digest,
        kind: Option<&'a MediaType>,
    ) -> Work<'a, Vec<Descriptor>> {
        Box::pin(async move {
            referrers(&self.index, &self.subjects, subject, kind, &mut |at| self.read_manifest(at))
        })
    }
}
