//! Which manifests refer to which, found through an index.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use super::index::{IndexFile, REF_NAME, SUBJECT};
use crate::model::{Descriptor, Manifest, MediaType};
use crate::name::{Digest, ImageTag};
use crate::store::StoreError;

/// What manifests refer to, as far as it was asked for. A digest's subject never changes, so nothing in it gets old.
#[derive(Debug, Default)]
pub(crate) struct Subjects(Mutex<HashMap<Digest, Option<Digest>>>);

type Read<'a> = dyn FnMut(&Digest) -> Result<Option<Manifest>, StoreError> + 'a;

impl Subjects {
    /// The digest of what an entry refers to: from its annotation, from memory, or from the manifest itself. An
    /// entry whose manifest is missing or can't be read refers to nothing, as for every other reader.
    pub(crate) fn of(&self, entry: &Descriptor, read: &mut Read<'_>) -> Result<Option<Digest>, StoreError> {
        if let Some(Ok(subject)) = entry.annotations.get(SUBJECT).map(|subject| subject.parse()) {
            return Ok(Some(subject));
        }
        if !entry.media_type.is_manifest() {
            return Ok(None);
        }
        let memory = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(subject) = memory().get(&entry.digest) {
            return Ok(subject.clone());
        }
        let manifest = match read(&entry.digest) {
            Ok(Some(manifest)) => manifest,
            Ok(None) | Err(StoreError::Model(_) | StoreError::Lies { .. } | StoreError::TooLarge { .. }) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let subject = manifest.subject().map(|subject| subject.digest.clone());
        memory().insert(entry.digest.clone(), subject.clone());
        Ok(subject)
    }
}

/// The manifests that refer to `subject`, listed as a registry lists them: with artifact type and annotations of the
/// manifest itself (OCI distribution-spec 1.1, "Listing Referrers").
pub(crate) fn referrers(
    index: &IndexFile,
    subjects: &Subjects,
    subject: &Digest,
    kind: Option<&MediaType>,
    read: &mut Read<'_>,
) -> Result<Vec<Descriptor>, StoreError> {
    let mut candidates = Vec::new();
    for entry in index.descriptors() {
        if subjects.of(entry, read)?.as_ref() == Some(subject) {
            candidates.push(entry.digest.clone());
        }
    }
    candidates.extend(listed_under_fallback_tag(index, subject, read)?);
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for digest in candidates {
        if !seen.insert(digest.clone()) {
            continue;
        }
        let Some(manifest) = read(&digest)?.filter(|m| m.subject().is_some_and(|s| s.digest == *subject))
        else {
            continue;
        };
        let artifact_type = manifest.artifact_type().cloned();
        if kind.is_none() || kind == artifact_type.as_ref() {
            let annotations = manifest.annotations().clone();
            found.push(Descriptor { artifact_type, annotations, ..manifest.descriptor().clone() });
        }
    }
    Ok(found)
}

/// Some tools write into a layout what they write into registries that can't list referrers: an index under a tag
/// made of the subject's digest (OCI distribution-spec 1.1, "Referrers Tag Schema").
fn listed_under_fallback_tag(
    index: &IndexFile,
    subject: &Digest,
    read: &mut Read<'_>,
) -> Result<Vec<Digest>, StoreError> {
    let Some(entry) = index.named(ImageTag::of_referrers(subject).as_str()).next() else {
        return Ok(Vec::new());
    };
    let listed = read(&entry.digest)?;
    Ok(listed.iter().flat_map(|listed| listed.children()).map(|child| child.digest.clone()).collect())
}

/// True for names that only list referrers or signatures, and are no image's.
pub(super) fn is_fallback_tag(entry: &Descriptor) -> bool {
    let name = entry.annotations.get(REF_NAME).and_then(|name| name.split_once('-'));
    name.is_some_and(|(algorithm, rest)| {
        let hex = rest.split('.').next().unwrap_or(rest);
        matches!(algorithm, "sha256" | "sha512")
            && hex.len() == 64
            && hex.bytes().all(|b| b.is_ascii_hexdigit())
    })
}
