//! Reading manifests downwards, level by level.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt as _, stream};

use super::{AT_ONCE, BLOBS_LIMIT, BYTES_LIMIT, DEPTH_LIMIT, MANIFESTS_LIMIT, Missing, Tree, is_damage};
use crate::model::{Descriptor, Manifest, ModelError};
use crate::name::Digest;
use crate::store::{Pull, StoreError};

/// All that was found below one root or several.
pub(crate) struct Gathering<'a> {
    from: &'a dyn Pull,
    aim: Aim,
    manifests: HashMap<Digest, Manifest>,
    /// Digests in the order in which they were found.
    order: Vec<Digest>,
    blobs: Vec<(Descriptor, Digest)>,
    sizes: HashMap<Digest, u64>,
    seen_manifests: HashSet<Digest>,
    seen_blobs: HashSet<Digest>,
    missing: Vec<Missing>,
    bytes: u64,
}

/// What manifests are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aim {
    /// To know that they are there.
    Look,
    /// To have them.
    Read,
}

/// A manifest that is looked for, and what its parent says of it.
struct Wanted {
    digest: Digest,
    listed: Option<(Descriptor, Digest)>,
}

impl<'a> Gathering<'a> {
    /// For who wants to know what is there.
    pub(crate) fn new(from: &'a dyn Pull) -> Gathering<'a> {
        Gathering::with(from, Aim::Look)
    }

    /// For who wants the manifests, wherever they come from.
    pub(crate) fn to_read(from: &'a dyn Pull) -> Gathering<'a> {
        Gathering::with(from, Aim::Read)
    }

    fn with(from: &'a dyn Pull, aim: Aim) -> Gathering<'a> {
        Gathering {
            from,
            aim,
            manifests: HashMap::new(),
            order: Vec::new(),
            blobs: Vec::new(),
            sizes: HashMap::new(),
            seen_manifests: HashSet::new(),
            seen_blobs: HashSet::new(),
            missing: Vec::new(),
            bytes: 0,
        }
    }

    /// The digests of all manifests found, in the order in which they were.
    pub(crate) fn order(&self) -> &[Digest] {
        &self.order
    }

    /// All blobs found, in the order in which they were, which is the order that the tree has them in.
    pub(crate) fn blobs(&self) -> Vec<Descriptor> {
        self.blobs.iter().map(|(blob, _)| blob.clone()).collect()
    }

    /// Adds everything below `root`. What is missing is noted, not an error.
    pub(crate) async fn add(&mut self, root: &Digest) -> Result<(), StoreError> {
        self.add_all(std::slice::from_ref(root)).await
    }

    /// Adds everything below each of these, side by side.
    pub(crate) async fn add_all(&mut self, roots: &[Digest]) -> Result<(), StoreError> {
        let mut level = Vec::new();
        for root in roots {
            if self.seen_manifests.insert(root.clone()) {
                level.push(Wanted { digest: root.clone(), listed: None });
            }
        }
        let mut depth = 0;
        while !level.is_empty() {
            if depth > DEPTH_LIMIT {
                return Err(too_many("indexes inside one another", DEPTH_LIMIT));
            }
            depth += 1;
            level = self.read_level(level).await?;
        }
        Ok(())
    }

    async fn read_level(&mut self, level: Vec<Wanted>) -> Result<Vec<Wanted>, StoreError> {
        let (from, aim) = (self.from, self.aim);
        let read = |wanted: Wanted| async move {
            let found = match aim {
                Aim::Look => from.manifest(&wanted.digest).await,
                Aim::Read => from.manifest_to_read(&wanted.digest).await,
            };
            (wanted, found)
        };
        let mut next = Vec::new();
        let mut reads = stream::iter(level.into_iter().map(read)).buffered(AT_ONCE);
        while let Some((wanted, found)) = reads.next().await {
            let damage = match found {
                Ok(Some(manifest)) => {
                    check(&wanted, &manifest)?;
                    self.take(manifest, &mut next)?;
                    continue;
                }
                Ok(None) => None,
                Err(error) if is_damage(&error) => Some(error),
                Err(error) => return Err(error),
            };
            let (size, parent) = wanted.listed.map(|(listed, parent)| (listed.size, parent)).unzip();
            self.missing.push(Missing { digest: wanted.digest, size, parent, damage });
        }
        Ok(next)
    }

    fn take(&mut self, manifest: Manifest, next: &mut Vec<Wanted>) -> Result<(), StoreError> {
        self.bytes = self.bytes.saturating_add(manifest.descriptor().size);
        if self.bytes > BYTES_LIMIT {
            let what = "the manifests together".to_owned();
            return Err(StoreError::TooLarge { what, size: self.bytes, limit: BYTES_LIMIT });
        }
        let parent = manifest.digest();
        for child in manifest.children().iter().chain(manifest.blobs()) {
            self.note_size(child)?;
            // An index may list things of which we do not know what they are; registries keep them as blobs.
            if child.media_type.is_manifest() {
                if self.seen_manifests.insert(child.digest.clone()) {
                    let listed = Some((child.clone(), parent.clone()));
                    next.push(Wanted { digest: child.digest.clone(), listed });
                }
            } else if self.seen_blobs.insert(child.digest.clone()) {
                self.blobs.push((child.clone(), parent.clone()));
            }
        }
        if self.order.len() + next.len() > MANIFESTS_LIMIT {
            return Err(too_many("manifests", MANIFESTS_LIMIT));
        }
        if self.blobs.len() > BLOBS_LIMIT {
            return Err(too_many("blobs", BLOBS_LIMIT));
        }
        self.order.push(parent.clone());
        self.manifests.insert(parent.clone(), manifest);
        Ok(())
    }

    /// Two parents that name different sizes for one digest can't both be right.
    fn note_size(&mut self, child: &Descriptor) -> Result<(), StoreError> {
        let noted = *self.sizes.entry(child.digest.clone()).or_insert(child.size);
        match noted == child.size {
            true => Ok(()),
            false => Err(StoreError::Size { digest: child.digest.clone(), want: noted, found: child.size }),
        }
    }

    /// Fails if a manifest was missing.
    pub(crate) fn require_all(&self, place: &str) -> Result<(), StoreError> {
        match self.missing.first() {
            None => Ok(()),
            Some(Missing { damage: Some(damage), .. }) => Err(damage.clone()),
            Some(Missing { digest, .. }) => {
                Err(StoreError::Missing { place: place.to_owned(), digest: digest.clone() })
            }
        }
    }

    /// What was missing, and every blob with the manifest that lists it.
    pub(super) fn into_findings(self) -> (Vec<Missing>, Vec<(Descriptor, Digest)>) {
        (self.missing, self.blobs)
    }

    /// Everything, in steps from the leaves up.
    pub(crate) fn into_tree(mut self) -> Tree {
        let mut heights: HashMap<Digest, usize> = HashMap::new();
        let mut steps: Vec<Vec<Manifest>> = Vec::new();
        // Parents are mostly found before their children, so that few rounds are needed from the back.
        let mut waiting: Vec<Digest> = std::mem::take(&mut self.order);
        while !waiting.is_empty() {
            let mut left = Vec::new();
            for digest in waiting.into_iter().rev() {
                let Some(manifest) = self.manifests.get(&digest) else { continue };
                let below =
                    manifest.children().iter().filter(|child| self.manifests.contains_key(&child.digest));
                let heights_below: Option<Vec<usize>> =
                    below.map(|child| heights.get(&child.digest).map(|height| height + 1)).collect();
                match heights_below {
                    None => left.push(digest),
                    Some(below) => {
                        heights.insert(digest, below.into_iter().max().unwrap_or(0));
                    }
                }
            }
            left.reverse();
            waiting = left;
        }
        let mut by_height: Vec<(usize, Digest)> =
            heights.into_iter().map(|(d, height)| (height, d)).collect();
        by_height.sort();
        for (height, digest) in by_height {
            steps.resize_with(steps.len().max(height + 1), Vec::new);
            if let (Some(step), Some(manifest)) = (steps.get_mut(height), self.manifests.remove(&digest)) {
                step.push(manifest);
            }
        }
        Tree { steps, blobs: self.blobs.into_iter().map(|(blob, _)| blob).collect() }
    }
}

fn check(wanted: &Wanted, manifest: &Manifest) -> Result<(), StoreError> {
    let Some((listed, _)) = &wanted.listed else { return Ok(()) };
    let found = manifest.descriptor();
    if found.size != listed.size {
        let digest = wanted.digest.clone();
        return Err(StoreError::Size { digest, want: listed.size, found: found.size });
    }
    if found.media_type != listed.media_type {
        return Err(StoreError::Model(ModelError::Disagree {
            digest: wanted.digest.clone(),
            inside: found.media_type.clone(),
            outside: listed.media_type.clone(),
        }));
    }
    Ok(())
}

fn too_many(what: &str, limit: usize) -> StoreError {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    StoreError::TooLarge { what: format!("the number of {what}"), size: limit.saturating_add(1), limit }
}
