//! Removing what nothing refers to.
//!
//! What is kept: whatever `index.json` names, whatever the caller names, whatever was written or asked for lately, all
//! that these list, and all that refers to any of it. The rest can't be reached by anybody.
//!
//! Others may write meanwhile. The lock of `index.json` is held from the first look to the last removal, and whoever adds
//! a manifest looks under the same lock whether what it lists is still there. A killed collection has removed parents
//! before their children, so that nothing is left without what it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::folder::{Changed, Layout};
use super::index::{IndexFile, REF_NAME};
use crate::model::{MANIFEST_LIMIT, Manifest};
use crate::name::{Algorithm, Digest};
use crate::store::StoreError;

/// What a collection keeps besides what it finds referred to.
#[derive(Clone, Debug, Default)]
pub struct Keep {
    /// Content that something outside of the layout names, with all below it.
    pub digests: BTreeSet<Digest>,
    /// What was written or asked for less than this ago, with all below it: somebody may be about to refer to it.
    pub grace: Duration,
}

/// What a collection removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Manifests and blobs, each with its size in bytes.
    pub removed: BTreeMap<Digest, u64>,
    /// How many manifests and blobs were kept.
    pub kept: usize,
}

impl Collected {
    /// How many bytes were removed.
    pub fn bytes(&self) -> u64 {
        self.removed.values().fold(0, |sum, size| sum.saturating_add(*size))
    }
}

/// A file under `blobs/`.
struct Found {
    size: u64,
    /// Written or asked for lately.
    young: bool,
}

impl Layout {
    /// Removes what nothing refers to and `keep` does not name.
    ///
    /// # Errors
    /// Nothing is removed if something that is referred to can't be understood: it may refer to anything.
    pub fn collect(&self, keep: &Keep) -> Result<Collected, StoreError> {
        let mut collected = Collected::default();
        self.change_index(|index| {
            let found = self.files(keep.grace)?;
            let live = self.live(index, &found, keep)?;
            let dead = |digest: &Digest| !live.contains(digest);
            let gone: Vec<Digest> =
                index.descriptors().map(|entry| entry.digest.clone()).filter(dead).collect();
            // First the names, so that nobody is led to what goes.
            if !gone.is_empty() {
                gone.iter().for_each(|digest| index.remove(digest));
                self.replace_index(index)?;
            }
            let mut garbage: Vec<(&Digest, &Found)> =
                found.iter().filter(|(digest, _)| dead(digest)).collect();
            let listed = self.listed_below(garbage.iter().map(|(digest, _)| *digest))?;
            garbage.sort_by_key(|(digest, _)| listed.get(*digest).copied().unwrap_or(0));
            for (digest, file) in garbage {
                if self.remove_blob(digest)? {
                    collected.removed.insert(digest.clone(), file.size);
                }
            }
            collected.kept = found.len().saturating_sub(collected.removed.len());
            Ok(Changed::No)
        })?;
        Ok(collected)
    }

    /// Notes that somebody has asked for what lies under a digest and may be about to refer to it, so that it is not
    /// collected before he does. Where that can't be noted, nothing can be collected either.
    pub fn touch(&self, at: &Digest) {
        /// Noting it more often would only write more.
        const OFTEN: Duration = Duration::from_secs(60);
        let Ok(Some(file)) = crate::content::open_regular(&self.blob_path(at)) else { return };
        let age = file.metadata().and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
        if !matches!(age, Ok(Ok(age)) if age < OFTEN) {
            let _ = file.set_modified(SystemTime::now());
        }
    }

    /// Every file that is called by a digest.
    fn files(&self, grace: Duration) -> Result<BTreeMap<Digest, Found>, StoreError> {
        let mut found = BTreeMap::new();
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            let folder = self.path().join("blobs").join(algorithm.name());
            let io = |error| StoreError::io(&folder, error);
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(io(error)),
            };
            for entry in entries {
                let entry = entry.map_err(io)?;
                let name = entry.file_name().to_str().map(|hex| format!("{}:{hex}", algorithm.name()));
                // Anything else is none of ours.
                let Some(Ok(digest)) = name.map(|name| name.parse::<Digest>()) else { continue };
                if let Some(file) = look_at(&entry.path(), grace)? {
                    found.insert(digest, file);
                }
            }
        }
        Ok(found)
    }

    /// All that is to stay.
    fn live(
        &self,
        index: &IndexFile,
        found: &BTreeMap<Digest, Found>,
        keep: &Keep,
    ) -> Result<BTreeSet<Digest>, StoreError> {
        let (mut live, mut referrers) = (BTreeSet::new(), Vec::new());
        if index.has_unknown_entries() {
            let why = "it lists something that can't be understood, so nothing is removed".to_owned();
            return Err(StoreError::Broken { path: self.path().join("index.json"), why });
        }
        for entry in index.descriptors() {
            let subject = self.subjects().of(entry, &mut |at| self.read_manifest(at))?;
            match subject {
                Some(subject) if !entry.annotations.contains_key(REF_NAME) => {
                    referrers.push((entry.digest.clone(), subject));
                }
                // Of a kind that is not known here it may list things as well.
                _ if entry.media_type.as_str().ends_with("json") => {
                    self.reach(&entry.digest, &mut live, Reading::Must)?;
                }
                _ => self.reach(&entry.digest, &mut live, Reading::May)?,
            }
        }
        for digest in &keep.digests {
            self.reach(digest, &mut live, Reading::May)?;
        }
        for (digest, _) in found.iter().filter(|(_, file)| file.young) {
            self.reach(digest, &mut live, Reading::May)?;
        }
        // What refers to something that stays, stays; and so does what refers to that.
        loop {
            let (reached, waiting): (Vec<_>, Vec<_>) =
                referrers.into_iter().partition(|(_, subject)| live.contains(subject));
            if reached.is_empty() {
                return Ok(live);
            }
            for (digest, _) in &reached {
                self.reach(digest, &mut live, Reading::Must)?;
            }
            referrers = waiting;
        }
    }

    /// Adds a digest and all below it.
    fn reach(&self, from: &Digest, live: &mut BTreeSet<Digest>, reading: Reading) -> Result<(), StoreError> {
        let mut waiting = vec![(from.clone(), reading)];
        while let Some((digest, reading)) = waiting.pop() {
            if !live.insert(digest.clone()) {
                continue;
            }
            let Some(manifest) = self.read_as(&digest, reading)? else { continue };
            for child in manifest.children() {
                let reading = if child.media_type.is_manifest() { Reading::Must } else { Reading::May };
                waiting.push((child.digest.clone(), reading));
            }
            live.extend(manifest.blobs().map(|blob| blob.digest.clone()));
        }
        Ok(())
    }

    fn read_as(&self, digest: &Digest, reading: Reading) -> Result<Option<Manifest>, StoreError> {
        match reading {
            Reading::Must => self.read_manifest(digest),
            Reading::May => match self.open_blob(digest)? {
                Some((_, size)) if size <= MANIFEST_LIMIT => match self.read_manifest(digest) {
                    // What is damaged is of no use to anybody as a manifest.
                    Err(StoreError::Model(_) | StoreError::Lies { .. }) => Ok(None),
                    read => read,
                },
                _ => Ok(None),
            },
        }
    }

    /// How deep under other manifests of `these` each of them lies, for those that lie under any.
    fn listed_below<'a>(
        &self,
        these: impl Iterator<Item = &'a Digest>,
    ) -> Result<BTreeMap<Digest, usize>, StoreError> {
        let mut manifests = Vec::new();
        for digest in these {
            let size = self.open_blob(digest)?.map_or(0, |(_, size)| size);
            // What is no manifest lists nothing, and what is damaged is no manifest any more.
            if size <= MANIFEST_LIMIT
                && let Ok(Some(manifest)) = self.read_manifest(digest)
            {
                manifests.push(manifest);
            }
        }
        let mut depths = BTreeMap::new();
        // A manifest holds the digests of its children, so that there is no circle and this comes to an end.
        let mut changed = true;
        while changed {
            changed = false;
            for manifest in &manifests {
                let depth = depths.get(manifest.digest()).copied().unwrap_or(0) + 1;
                for below in manifest.children().iter().chain(manifest.blobs()) {
                    let known = depths.entry(below.digest.clone()).or_insert(0);
                    if *known < depth {
                        *known = depth;
                        changed = true;
                    }
                }
            }
        }
        Ok(depths)
    }
}

/// Whether something has to be a manifest.
#[derive(Clone, Copy)]
enum Reading {
    /// It is listed as one.
    Must,
    /// It may be one: nothing says what it is.
    May,
}

fn look_at(path: &Path, grace: Duration) -> Result<Option<Found>, StoreError> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata,
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::io(path, error)),
    };
    let modified = metadata.modified().map_err(|error| StoreError::io(path, error))?;
    // What was written in the future was written by a clock that is not to be trusted.
    let young = modified.elapsed().map_or(true, |age| age < grace);
    Ok(Some(Found { size: metadata.len(), young }))
}
