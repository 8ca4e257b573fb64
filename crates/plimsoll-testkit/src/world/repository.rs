//! What one repository or layout holds.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use plimsoll_engine::domain::attestation::{AttachedForm, Attestation};
use plimsoll_engine::statement::attestation::BUNDLE;
use plimsoll_engine::statement::legacy::LegacyTag;
use plimsoll_oci::model::{Manifest, MediaType};
use plimsoll_oci::name::{Digest, ImageTag};

/// Blobs, manifests and tags, kept as registries keep them: a manifest is only taken when everything that it lists is
/// there.
#[derive(Clone, Debug, Default)]
pub struct Repository {
    pub(super) blobs: BTreeMap<Digest, Bytes>,
    pub(super) manifests: BTreeMap<Digest, Manifest>,
    pub(super) tags: BTreeMap<ImageTag, Digest>,
}

impl Repository {
    /// What a tag points at.
    pub fn tag(&self, tag: &ImageTag) -> Option<&Digest> {
        self.tags.get(tag)
    }

    /// All tags and what they point at.
    pub fn tags(&self) -> &BTreeMap<ImageTag, Digest> {
        &self.tags
    }

    /// A manifest.
    pub fn manifest(&self, digest: &Digest) -> Option<&Manifest> {
        self.manifests.get(digest)
    }

    /// A blob.
    pub fn blob(&self, digest: &Digest) -> Option<&Bytes> {
        self.blobs.get(digest)
    }

    /// The first manifest or blob at or below `root` that is not there.
    pub fn find_missing(&self, root: &Digest) -> Option<Digest> {
        let Some(manifest) = self.manifests.get(root) else { return Some(root.clone()) };
        let blob = manifest.blobs().find(|blob| !self.blobs.contains_key(&blob.digest));
        blob.map(|blob| blob.digest.clone())
            .or_else(|| manifest.children().iter().find_map(|child| self.find_missing(&child.digest)))
    }

    /// True if an artifact of type `kind` is whole here whose only layer is `layer`.
    pub fn has_statement(&self, kind: &MediaType, layer: &Digest) -> bool {
        self.manifests.values().any(|manifest| {
            manifest.artifact_type() == Some(kind)
                && manifest.blobs().skip(1).any(|blob| blob.digest == *layer)
                && self.find_missing(manifest.digest()).is_none()
        })
    }

    /// The signed statements that are attached to `subject` and whole.
    pub fn bundles<'a>(&'a self, subject: &'a Digest) -> impl Iterator<Item = Bytes> + 'a {
        let attached = self.referrers(subject).filter(|manifest| manifest.artifact_type() == Some(&BUNDLE));
        attached.filter_map(|manifest| self.blobs.get(&manifest.blobs().nth(1)?.digest).cloned())
    }

    /// What is attached to `subject` and whole, in the attestation's form.
    pub fn attached(&self, subject: &Digest, attestation: &Attestation) -> Vec<Bytes> {
        match attestation.form {
            AttachedForm::Bundle => self.bundles(subject).collect(),
            AttachedForm::Legacy => {
                let tag = LegacyTag::of_type(&attestation.predicate_type).beside(subject);
                let manifest = tag.and_then(|tag| self.manifests.get(self.tags.get(&tag)?));
                let layers = manifest.into_iter().flat_map(|manifest| manifest.blobs().skip(1));
                layers.filter_map(|layer| self.blobs.get(&layer.digest).cloned()).collect()
            }
        }
    }

    /// Removes what no tag holds, neither itself nor by being referred to by, or referring to, something held.
    pub(super) fn collect(&mut self) -> usize {
        let mut kept: BTreeSet<Digest> = BTreeSet::new();
        let mut todo: Vec<Digest> = self.tags.values().cloned().collect();
        while let Some(digest) = todo.pop() {
            if !kept.insert(digest.clone()) {
                continue;
            }
            if let Some(manifest) = self.manifests.get(&digest) {
                todo.extend(
                    manifest.children().iter().chain(manifest.blobs()).map(|below| below.digest.clone()),
                );
            }
            todo.extend(self.referrers(&digest).map(|referrer| referrer.digest().clone()));
        }
        let before = self.blobs.len() + self.manifests.len();
        self.manifests.retain(|digest, _| kept.contains(digest));
        self.blobs.retain(|digest, _| kept.contains(digest));
        before - self.blobs.len() - self.manifests.len()
    }

    /// Removes a manifest, everything below it that nothing else needs, and the tags on it.
    pub(super) fn delete(&mut self, root: &Digest) {
        self.tags.retain(|_, digest| digest != root);
        let below = self.manifests.remove(root);
        let children: Vec<Digest> = below
            .iter()
            .flat_map(|manifest| manifest.children().iter().chain(manifest.blobs()))
            .map(|below| below.digest.clone())
            .collect();
        for child in children {
            let needed = self.manifests.values().any(|other| {
                other.children().iter().chain(other.blobs()).any(|listed| listed.digest == child)
            });
            if !needed {
                self.blobs.remove(&child);
                self.delete(&child);
            }
        }
    }

    /// The manifests that refer to `subject`.
    pub fn referrers<'a>(&'a self, subject: &'a Digest) -> impl Iterator<Item = &'a Manifest> {
        self.manifests.values().filter(move |manifest| {
            manifest.subject().is_some_and(|descriptor| descriptor.digest == *subject)
        })
    }
}
