//! An image's content, by digest, in one repository.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use plimsoll_oci::content::Content;
use plimsoll_oci::model::{Descriptor, Manifest};
use plimsoll_oci::name::{Digest, ImageRepository};
use plimsoll_oci::store::Pull;

use super::key::Key;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::artifact::ArtifactName;
use crate::domain::event::Event;
use crate::domain::step::{Phase, StepId};
use crate::world::{Eyes, Hands, Work, WorldError};

/// How many blobs of one image go up side by side.
const BLOBS_AT_ONCE: usize = 6;
/// How deep indexes may lie in indexes.
const DEPTH: usize = 4;

/// One image in one repository: every manifest and blob, untagged.
#[derive(Clone, Debug)]
pub struct PushImage {
    /// The image.
    pub artifact: ArtifactName,
    /// Where.
    pub repository: ImageRepository,
    /// Its index.
    pub root: Descriptor,
    /// Other repositories of the same image: where bytes may come from if this machine does not have them.
    pub others: Vec<ImageRepository>,
}

impl<K: Key> Step<K> for PushImage {
    fn id(&self) -> StepId {
        StepId::new("push", format_args!("{}@{}", self.repository, self.root.digest))
    }

    fn phase(&self) -> Phase {
        Phase::Push
    }

    fn observe<'a>(&'a self, eyes: Eyes<'a>) -> Work<'a, Observation> {
        Box::pin(async move {
            let pull = eyes.pull(&self.repository);
            Ok(match find_missing(&*pull, &self.root.digest).await? {
                None => Observation::Satisfied,
                Some(_) => Observation::Needed(Change { from: None, to: self.root.digest.clone() }),
            })
        })
    }

    fn apply<'a>(&'a self, hands: Hands<'a>, _key: &'a K, change: Change) -> Work<'a, (), ShipError> {
        Box::pin(self.push(hands, change))
    }
}

impl PushImage {
    async fn push(&self, hands: Hands<'_>, change: Change) -> Result<(), ShipError> {
        let eyes = hands.eyes();
        let mut sources: Vec<Arc<dyn Pull>> = vec![eyes.workshop().pull()];
        sources.extend(self.others.iter().map(|other| eyes.pull(other)));
        let gone = |missing: Digest| {
            let step = StepId::new("push", format_args!("{}@{}", self.repository, self.root.digest));
            ShipError::Gone { step, missing }
        };
        let mut manifests = Vec::new();
        let mut level = vec![change.to().clone()];
        for _ in 0..DEPTH {
            let mut below = Vec::new();
            for digest in level {
                let manifest = find_manifest(&sources, &digest).await?.ok_or_else(|| gone(digest))?;
                below.extend(manifest.children().iter().map(|child| child.digest.clone()));
                manifests.push(manifest);
            }
            level = below;
        }
        let store = hands.store(&self.repository);
        let mount_from = self.others.iter().find(|other| other.registry() == self.repository.registry());
        let mut blobs: Vec<&Descriptor> = manifests.iter().flat_map(Manifest::blobs).collect();
        blobs.sort_by(|a, b| a.digest.cmp(&b.digest));
        blobs.dedup_by(|a, b| a.digest == b.digest);
        let (sources, store, gone) = (&sources, &store, &gone);
        let send = |blob: &Descriptor| {
            let blob = blob.clone();
            async move {
                if store.pull().blob(&blob).await.map_err(WorldError::from)?.is_some() {
                    return Ok(());
                }
                let content = find_blob(sources, &blob).await?.ok_or_else(|| gone(blob.digest.clone()))?;
                store.put_blob(&*content, mount_from).await?;
                let (artifact, repository) = (self.artifact.clone(), self.repository.clone());
                eyes.tell(Event::Bytes { artifact, repository, more: blob.size });
                Ok::<(), ShipError>(())
            }
        };
        let sent: Vec<_> = blobs.into_iter().map(send).collect();
        stream::iter(sent).buffer_unordered(BLOBS_AT_ONCE).try_collect::<Vec<()>>().await?;
        // Children before parents: a registry may refuse a manifest whose parts it does not have.
        for manifest in manifests.iter().rev() {
            store.put_manifest(manifest).await?;
        }
        Ok(())
    }
}

async fn find_manifest(sources: &[Arc<dyn Pull>], digest: &Digest) -> Result<Option<Manifest>, WorldError> {
    for source in sources {
        if let Some(manifest) = source.manifest(digest).await? {
            return Ok(Some(manifest));
        }
    }
    Ok(None)
}

async fn find_blob(
    sources: &[Arc<dyn Pull>],
    blob: &Descriptor,
) -> Result<Option<Arc<dyn Content>>, WorldError> {
    for source in sources {
        if let Some(content) = source.blob(blob).await? {
            return Ok(Some(content));
        }
    }
    Ok(None)
}

/// Looks for the first thing below `root` that a repository lacks; `None` if it has everything.
pub async fn find_missing(pull: &dyn Pull, root: &Digest) -> Result<Option<Digest>, WorldError> {
    let mut level = vec![root.clone()];
    let mut blobs: Vec<Descriptor> = Vec::new();
    for _ in 0..DEPTH {
        let mut below = Vec::new();
        let read = stream::iter(level).map(|digest| async move { (pull.manifest(&digest).await, digest) });
        let read: Vec<_> = read.buffered(BLOBS_AT_ONCE).collect().await;
        for (manifest, digest) in read {
            let Some(manifest) = manifest? else { return Ok(Some(digest)) };
            below.extend(manifest.children().iter().map(|child| child.digest.clone()));
            blobs.extend(manifest.blobs().cloned());
        }
        level = below;
    }
    blobs.sort_by(|a, b| a.digest.cmp(&b.digest));
    blobs.dedup_by(|a, b| a.digest == b.digest);
    let looks = stream::iter(blobs)
        .map(|blob| async move { (pull.blob(&blob).await.map(|there| there.is_some()), blob) });
    let looks: Vec<_> = looks.buffered(BLOBS_AT_ONCE).collect().await;
    for (there, blob) in looks {
        if !there? {
            return Ok(Some(blob.digest));
        }
    }
    Ok(None)
}
