//! What the registry holds.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::Digest;
use serde_json::Value;

/// A manifest as it was put.
#[derive(Debug, Clone)]
pub(super) struct StoredManifest {
    pub(super) digest: String,
    pub(super) media_type: String,
    pub(super) bytes: Vec<u8>,
}

/// All repositories.
#[derive(Default)]
pub(super) struct Shelves {
    repositories: BTreeMap<String, Shelf>,
    uploads: BTreeMap<String, Upload>,
    opened: usize,
}

#[derive(Default)]
struct Shelf {
    blobs: BTreeMap<String, Vec<u8>>,
    manifests: BTreeMap<String, StoredManifest>,
    tags: BTreeMap<String, String>,
}

/// An upload under way.
#[derive(Default)]
pub(super) struct Upload {
    pub(super) bytes: Vec<u8>,
    /// Counts the answers: only the newest location is good.
    pub(super) state: usize,
}

impl Shelf {
    /// What tags keep: what they point at, what that lists, and what refers to either.
    fn kept(&self) -> BTreeSet<String> {
        let mut kept = BTreeSet::new();
        let mut open: Vec<String> = self.tags.values().cloned().collect();
        while let Some(digest) = open.pop() {
            let Some(manifest) = self.manifests.get(&digest) else { continue };
            let view: Value = serde_json::from_slice(&manifest.bytes).unwrap_or_default();
            let children = view["manifests"].as_array().into_iter().flatten();
            open.extend(children.filter_map(|child| Some(child["digest"].as_str()?.to_owned())));
            kept.insert(digest.clone());
            let refers = |other: &&StoredManifest| {
                let view: Value = serde_json::from_slice(&other.bytes).unwrap_or_default();
                view["subject"]["digest"].as_str() == Some(&digest) && !kept.contains(&other.digest)
            };
            open.extend(self.manifests.values().filter(refers).map(|other| other.digest.clone()));
        }
        kept
    }
}

impl Shelves {
    pub(super) fn create(&mut self, repository: &str) {
        self.shelf(repository);
    }

    pub(super) fn has(&self, repository: &str) -> bool {
        self.repositories.contains_key(repository)
    }

    pub(super) fn collect_untagged(&mut self) {
        for shelf in self.repositories.values_mut() {
            let kept = shelf.kept();
            shelf.manifests.retain(|digest, _| kept.contains(digest));
        }
    }

    pub(super) fn put_blob(&mut self, repository: &str, bytes: &[u8]) -> String {
        let digest = Digest::of(bytes).to_string();
        self.shelf(repository).blobs.insert(digest.clone(), bytes.to_vec());
        digest
    }

    pub(super) fn blob(&self, repository: &str, digest: &str) -> Option<Vec<u8>> {
        self.repositories.get(repository)?.blobs.get(digest).cloned()
    }

    pub(super) fn put_manifest(
        &mut self,
        repository: &str,
        reference: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> String {
        let digest = Digest::of(bytes).to_string();
        let shelf = self.shelf(repository);
        let (media_type, bytes) = (media_type.to_owned(), bytes.to_vec());
        shelf.manifests.insert(digest.clone(), StoredManifest { digest: digest.clone(), media_type, bytes });
        if !reference.contains(':') {
            shelf.tags.insert(reference.to_owned(), digest.clone());
        }
        digest
    }

    pub(super) fn manifest(&self, repository: &str, reference: &str) -> Option<StoredManifest> {
        let shelf = self.repositories.get(repository)?;
        let digest = shelf.tags.get(reference).map_or(reference, String::as_str);
        shelf.manifests.get(digest).cloned()
    }

    pub(super) fn manifests(&self, repository: &str) -> Vec<StoredManifest> {
        self.repositories
            .get(repository)
            .map(|shelf| shelf.manifests.values().cloned().collect())
            .unwrap_or_default()
    }

    /// Takes a tag, or a manifest and its tags, away; says whether it was there.
    pub(super) fn delete_manifest(&mut self, repository: &str, reference: &str) -> bool {
        let shelf = self.shelf(repository);
        if shelf.tags.remove(reference).is_some() {
            return true;
        }
        shelf.tags.retain(|_, digest| digest != reference);
        shelf.manifests.remove(reference).is_some()
    }

    /// All tags; `None` if there is no such repository.
    pub(super) fn tags(&self, repository: &str) -> Option<Vec<String>> {
        Some(self.repositories.get(repository)?.tags.keys().cloned().collect())
    }

    pub(super) fn open_upload(&mut self) -> String {
        self.opened += 1;
        let id = format!("upload-{}", self.opened);
        self.uploads.insert(id.clone(), Upload::default());
        id
    }

    pub(super) fn upload(&mut self, id: &str) -> Option<&mut Upload> {
        self.uploads.get_mut(id)
    }

    pub(super) fn close_upload(&mut self, id: &str) -> Option<Upload> {
        self.uploads.remove(id)
    }

    fn shelf(&mut self, repository: &str) -> &mut Shelf {
        self.repositories.entry(repository.to_owned()).or_default()
    }
}
