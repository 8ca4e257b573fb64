//! Claims in files beside the local registry, changed under an exclusive lock (`docs/design/claim.md`, section 7).
//!
//! A claim is `<component>/<version>.json`; its identity is the digest of its bytes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::claim::ClaimName;
use plimsoll_engine::world::claims::{ClaimId, Claims, ClaimsView, Held, Swap};
use plimsoll_engine::world::git::{GitView, TagNow};
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::layout::Lock;
use plimsoll_oci::name::Digest;

use super::files::{check_name, list_names, on_disk, read_bounded, remove, write_whole};

/// The largest claim that is read, in bytes.
const CLAIM_LIMIT: u64 = 1024 * 1024;
const SUFFIX: &str = ".json";
/// Begins with a dot, as no component can.
const LOCK: &str = ".lock";

/// Claims in a folder that every run on this machine shares.
pub(crate) struct FileClaims {
    folder: PathBuf,
    git: Arc<dyn GitView>,
}

impl FileClaims {
    /// The claims in `folder`; `git` says whether a leased tag has moved.
    pub(crate) fn new(folder: PathBuf, git: Arc<dyn GitView>) -> FileClaims {
        FileClaims { folder, git }
    }

    fn path(&self, name: &ClaimName) -> Result<PathBuf, WorldError> {
        let file = format!("{}{SUFFIX}", name.version);
        Ok(self.folder.join(name.component.as_str()).join(check_name(&file)?))
    }

    async fn compare_and_swap(&self, swap: Swap<'_>) -> Result<Option<ClaimId>, WorldError> {
        let path = self.path(swap.name)?;
        let lock = Lock::wait(&self.folder.join(LOCK)).await?;
        // The lock keeps other runs away while the tag is looked at.
        if let Some(tag) = swap.with_tag
            && self.git.tag(tag).await? != TagNow::Same
        {
            return Err(WorldError::Refused);
        }
        let (expected, new) = (swap.expected.cloned(), swap.new.map(<[u8]>::to_vec));
        on_disk(move || {
            // Whoever gives up waiting does not take the lock from what is being written.
            let _lock = lock;
            let there = read(&path)?;
            if there.map(|held| held.id) != expected {
                return Err(WorldError::Refused);
            }
            match new {
                Some(bytes) => write_whole(&path, &bytes).map(|()| Some(identify(&bytes))),
                None => remove(&path).map(|()| None),
            }
        })
        .await
    }
}

fn read(path: &Path) -> Result<Option<Held>, WorldError> {
    Ok(read_bounded(path, CLAIM_LIMIT)?.map(|bytes| Held { id: identify(&bytes), bytes }))
}

fn identify(bytes: &[u8]) -> ClaimId {
    ClaimId(Digest::of(bytes).to_string())
}

impl ClaimsView for FileClaims {
    fn read<'a>(&'a self, name: &'a ClaimName) -> Work<'a, Option<Held>> {
        Box::pin(async move {
            let path = self.path(name)?;
            on_disk(move || read(&path)).await
        })
    }

    fn list<'a>(&'a self, component: &'a ArtifactName) -> Work<'a, Vec<(String, Held)>> {
        Box::pin(async move {
            let folder = self.folder.join(component.as_str());
            on_disk(move || {
                let mut claims = Vec::new();
                for name in list_names(&folder)? {
                    let Some(version) = name.strip_suffix(SUFFIX) else { continue };
                    // One that was withdrawn meanwhile is not listed.
                    claims.extend(read(&folder.join(&name))?.map(|held| (version.to_owned(), held)));
                }
                Ok(claims)
            })
            .await
        })
    }
}

impl Claims for FileClaims {
    fn swap<'a>(&'a self, swap: Swap<'a>) -> Work<'a, Option<ClaimId>> {
        Box::pin(self.compare_and_swap(swap))
    }
}

#[cfg(test)]
mod tests;
