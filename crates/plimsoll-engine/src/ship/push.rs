//! An image's content, by digest, in one repository.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use plimsoll_oci::content::Content;
use plimsoll_oci::copy::{Metered, Progress};
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::{Digest, ImageRepository};
use plimsoll_oci::store::{Pull, StoreError};
use plimsoll_oci::walk::{Tree, tree, whole};

use super::key::Permit;
use super::step::{Change, Observation, ShipError, Step};
use crate::domain::artifact::ArtifactName;
use crate::domain::event::{Event, Watcher};
use crate::domain::step::StepId;
use crate::world::{Eyes, Hands, Work, WorldError};

/// How many manifests of one image go up side by side.
const MANIFESTS_AT_ONCE: usize = 16;
/// How many blobs of one image go up side by side. What is too much for a registry its client knows.
const BLOBS_AT_ONCE: usize = 32;

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

impl<K: Permit> Step<K> for PushImage {
    fn id(&self) -> StepId {
        StepId::new("push", format_args!("{}@{}", self.repository, self.root.digest))
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
        let sources = sources(eyes, &self.others);
        let gone = |missing: Digest| {
            let step = StepId::new("push", format_args!("{}@{}", self.repository, self.root.digest));
            ShipError::Gone { step, missing }
        };
        let tree = find_tree(&sources, change.to()).await?.ok_or_else(|| gone(change.to().clone()))?;
        let store = hands.store(&self.repository);
        let mount_from = self.others.iter().find(|other| other.registry() == self.repository.registry());
        let (sources, store, gone) = (&sources, &store, &gone);
        let send = |blob: &Descriptor| {
            let blob = blob.clone();
            async move {
                match store.pull().blob(&blob).await {
                    Ok(Some(_)) => return Ok(()),
                    // What was torn there is written anew.
                    Ok(None) | Err(StoreError::Size { .. } | StoreError::Lies { .. }) => {}
                    Err(error) => return Err(WorldError::from(error).into()),
                }
                let Some(content) = find_blob(sources, &blob).await? else {
                    // A foreign layer may be had elsewhere, and often only there.
                    return if blob.urls.is_empty() { Err(gone(blob.digest.clone())) } else { Ok(()) };
                };
                let progress = Arc::new(Loading::new(eyes.watcher(), &self.artifact, &self.repository));
                store.put_blob(&Metered::new(content, progress), mount_from).await?;
                Ok::<(), ShipError>(())
            }
        };
        let sent: Vec<_> = tree.blobs.iter().map(send).collect();
        stream::iter(sent).buffer_unordered(BLOBS_AT_ONCE).try_collect::<Vec<()>>().await?;
        // Children before parents: a registry may refuse a manifest whose parts it does not have.
        for step in &tree.steps {
            let sent: Vec<_> = step.iter().map(|manifest| store.put_manifest(manifest)).collect();
            stream::iter(sent).buffer_unordered(MANIFESTS_AT_ONCE).try_collect::<Vec<()>>().await?;
        }
        Ok(())
    }
}

/// Tells the watcher of each further byte of one blob. After a broken connection a blob is read again from an earlier
/// place; what was told once is not told again.
struct Loading {
    watcher: Arc<dyn Watcher>,
    artifact: ArtifactName,
    repository: ImageRepository,
    told: AtomicU64,
}

impl Loading {
    fn new(watcher: Arc<dyn Watcher>, artifact: &ArtifactName, repository: &ImageRepository) -> Loading {
        Loading {
            watcher,
            artifact: artifact.clone(),
            repository: repository.clone(),
            told: AtomicU64::new(0),
        }
    }
}

impl Progress for Loading {
    fn reached(&self, _blob: &Digest, position: u64) {
        let more = position.saturating_sub(self.told.fetch_max(position, Ordering::Relaxed));
        if more > 0 {
            let (artifact, repository) = (self.artifact.clone(), self.repository.clone());
            self.watcher.see(Event::Bytes { artifact, repository, more });
        }
    }
}

/// Where content may come from: this machine, then repositories.
pub(crate) fn sources<'a>(
    eyes: Eyes<'_>,
    repositories: impl IntoIterator<Item = &'a ImageRepository>,
) -> Vec<Arc<dyn Pull>> {
    let here = std::iter::once(eyes.workshop().pull());
    here.chain(repositories.into_iter().map(|repository| eyes.pull(repository))).collect()
}

/// The image's manifests from the first source that has all of them. A source that fails hides no other; that all
/// others lack it is said only if none failed.
async fn find_tree(sources: &[Arc<dyn Pull>], root: &Digest) -> Result<Option<Tree>, WorldError> {
    let mut failed = None;
    for source in sources {
        match tree(&**source, root).await {
            Ok(tree) => return Ok(Some(tree)),
            Err(StoreError::Missing { .. }) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(None), |error| Err(error.into()))
}

/// A blob from the first source that has it. A source that fails hides no other.
pub(crate) async fn find_blob(
    sources: &[Arc<dyn Pull>],
    blob: &Descriptor,
) -> Result<Option<Arc<dyn Content>>, WorldError> {
    let mut failed = None;
    for source in sources {
        match source.blob(blob).await {
            Ok(Some(content)) => return Ok(Some(content)),
            Ok(None) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(None), |error| Err(error.into()))
}

/// Looks for something below `root` that is there and is not what its digest says. Bytes are read only where that costs no
/// transfer; elsewhere a blob is known by its size alone.
pub async fn find_damage(
    eyes: Eyes<'_>,
    pull: &dyn Pull,
    root: &Digest,
) -> Result<Option<StoreError>, WorldError> {
    let missing = whole(pull, root).await?;
    if !missing.is_empty() || !eyes.stores().are_at_hand() {
        return Ok(missing.into_iter().find_map(|missing| missing.damage));
    }
    for blob in tree(pull, root).await?.blobs {
        let Some(content) = pull.blob(&blob).await? else { continue };
        match read_through(&*content).await {
            Ok(()) => {}
            Err(error @ (StoreError::Size { .. } | StoreError::Lies { .. })) => return Ok(Some(error)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// Reads content to its end: read from its beginning it is held against its descriptor.
async fn read_through(content: &dyn Content) -> Result<(), StoreError> {
    content.open(0).await?.try_for_each(|_| async { Ok(()) }).await
}

/// Looks for something below `root` that a repository lacks, or has in another size; `None` if it has everything.
pub async fn find_missing(pull: &dyn Pull, root: &Digest) -> Result<Option<Digest>, WorldError> {
    Ok(whole(pull, root).await?.into_iter().next().map(|missing| missing.digest))
}
