//! Whole indexes from one store to another, byte-identical.

mod progress;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt as _, Shared, try_join};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::model::{Descriptor, Manifest};
use crate::name::{Digest, ImageRepository};
use crate::store::{Pull, Store, StoreError};
use crate::walk::{Gathering, Tree, is_damage};

pub use progress::{Metered, Progress, Silent};

/// How many blobs are under way at once when nothing else is said.
const AT_ONCE: usize = 64;
/// How many manifests at once it is asked of what refers to them.
const LISTS_AT_ONCE: usize = 16;

/// Whether what refers to the content goes along: signatures, attestations, and what refers to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Referrers {
    /// It goes along.
    Follow,
    /// It stays behind.
    Leave,
}

/// How to copy.
#[derive(Clone)]
pub struct CopyOptions<'a> {
    /// Whether what refers to the content goes along.
    pub referrers: Referrers,
    /// A repository of the target's registry that has the blobs, from where they may be taken over unsent.
    pub mount_from: Option<&'a ImageRepository>,
    /// How many blobs or manifests are under way at once; 0 counts as 1.
    pub at_once: usize,
    /// Who hears how far it has come.
    pub progress: Arc<dyn Progress>,
}

impl Default for CopyOptions<'_> {
    fn default() -> Self {
        CopyOptions {
            referrers: Referrers::Leave,
            mount_from: None,
            at_once: AT_ONCE,
            progress: Arc::new(Silent),
        }
    }
}

/// What a copy did.
#[derive(Clone, Debug)]
pub struct Copied {
    /// What was asked for.
    pub root: Descriptor,
    /// Manifests and blobs that were put there.
    pub sent: Vec<Descriptor>,
    /// Manifests and blobs that were there.
    pub present: Vec<Descriptor>,
}

/// Makes `root` and all below it be in `to`, byte for byte as it is in `from`.
///
/// Sends only what is missing or damaged there: all blobs first, then manifests, children before parents, so that
/// nothing is ever there without what it needs. Every platform's manifest is compared with the descriptor that names
/// it, and every blob with its digest, on the way. Tags are not touched.
///
/// A layer that says where else it may be had, and is not in `from`, is left out.
pub async fn copy(
    from: &dyn Pull,
    to: &dyn Store,
    root: &Digest,
    options: &CopyOptions<'_>,
) -> Result<Copied, StoreError> {
    let copied = copy_all(from, to, std::slice::from_ref(root), options).await?;
    let missing = || StoreError::Missing { place: "the source".into(), digest: root.clone() };
    let root = copied.roots.into_iter().next().ok_or_else(missing)?;
    Ok(Copied { root, sent: copied.sent, present: copied.present })
}

/// What a copy of several manifests did.
#[derive(Clone, Debug)]
pub struct CopiedAll {
    /// What was asked for, in that order.
    pub roots: Vec<Descriptor>,
    /// Manifests and blobs that were put there.
    pub sent: Vec<Descriptor>,
    /// Manifests and blobs that were there.
    pub present: Vec<Descriptor>,
}

/// As [`copy`] of each of several manifests, but what they share is looked for and sent once.
pub async fn copy_all(
    from: &dyn Pull,
    to: &dyn Store,
    roots: &[Digest],
    options: &CopyOptions<'_>,
) -> Result<CopiedAll, StoreError> {
    let mut gathering = Gathering::to_read(from);
    gathering.add_all(roots).await?;
    gathering.require_all("the source")?;
    let first = gathering.blobs();
    to.expect(first.len().min(options.at_once));
    // Blobs go ahead while it is asked what refers to them: at a distance each answer takes a blob's time.
    let tree: Growing<'_> = follow(from, gathering, options.referrers).boxed().shared();
    let looking = async { find_manifests(to, &*tree.clone().await?, options).await };
    let copying = copy_blobs(from, to, first, tree.clone(), options);
    let (outcomes, there) = try_join(copying, looking).await?;
    let tree = tree.await?;
    let described: HashMap<&Digest, &Descriptor> =
        tree.manifests().map(|manifest| (manifest.digest(), manifest.descriptor())).collect();
    let describe = |root: &Digest| {
        let missing = || StoreError::Missing { place: "the source".into(), digest: root.clone() };
        described.get(root).map(|found| Descriptor::clone(found)).ok_or_else(missing)
    };
    let roots = roots.iter().map(describe).collect::<Result<Vec<_>, _>>()?;
    let mut copied = CopiedAll { roots, sent: Vec::new(), present: Vec::new() };
    outcomes.into_iter().for_each(|outcome| copied.note(outcome));
    copy_manifests(to, &tree, &there, options, &mut copied).await?;
    Ok(copied)
}

/// Everything that is copied, once it is known.
type Growing<'a> = Shared<BoxFuture<'a, Result<Arc<Tree>, StoreError>>>;

/// All that was found, with what refers to it if that goes along.
async fn follow(
    from: &dyn Pull,
    mut gathering: Gathering<'_>,
    referrers: Referrers,
) -> Result<Arc<Tree>, StoreError> {
    if referrers == Referrers::Follow {
        follow_referrers(from, &mut gathering).await?;
        gathering.require_all("the source")?;
    }
    Ok(Arc::new(gathering.into_tree()))
}

/// Adds what refers to anything found so far, until nothing new is found.
async fn follow_referrers(from: &dyn Pull, gathering: &mut Gathering<'_>) -> Result<(), StoreError> {
    let mut asked = 0;
    loop {
        let subjects = gathering.order().get(asked..).unwrap_or_default().to_vec();
        if subjects.is_empty() {
            return Ok(());
        }
        asked += subjects.len();
        let list = |subject: Digest| async move { from.referrers(&subject, None).await };
        let lists: Vec<_> = subjects.into_iter().map(list).collect();
        let lists: Vec<_> = stream::iter(lists).buffered(LISTS_AT_ONCE).try_collect().await?;
        let found: Vec<Digest> = lists.into_iter().flatten().map(|referrer| referrer.digest).collect();
        gathering.add_all(&found).await?;
    }
}

enum Outcome {
    Sent(Descriptor),
    Present(Descriptor),
    LeftOut,
}

impl CopiedAll {
    fn note(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Sent(descriptor) => self.sent.push(descriptor),
            Outcome::Present(descriptor) => self.present.push(descriptor),
            Outcome::LeftOut => {}
        }
    }
}

/// Copies blobs that are known, then those that are in the whole tree as well.
async fn copy_blobs(
    from: &dyn Pull,
    to: &dyn Store,
    first: Vec<Descriptor>,
    tree: Growing<'_>,
    options: &CopyOptions<'_>,
) -> Result<Vec<Outcome>, StoreError> {
    let known = first.len();
    options.progress.planned(known, bytes(&first));
    let rest = async move {
        let tree = tree.await?;
        if tree.blobs.len() > known {
            options.progress.planned(tree.blobs.len(), bytes(&tree.blobs));
        }
        Ok::<_, StoreError>(largest_first(tree.blobs.iter().skip(known).cloned().collect()))
    };
    let rest = stream::once(rest).flat_map(|rest| {
        let blobs = rest.map_or_else(|error| vec![Err(error)], |blobs| blobs.into_iter().map(Ok).collect());
        stream::iter(blobs)
    });
    let all = stream::iter(largest_first(first).into_iter().map(Ok)).chain(rest);
    let copies = all.map(|blob| async move { copy_blob(from, to, &blob?, options).await });
    let mut copies = Box::pin(copies.buffer_unordered(options.at_once.max(1)));
    let mut outcomes = Vec::new();
    while let Some(outcome) = copies.next().await {
        outcomes.push(outcome?);
    }
    Ok(outcomes)
}

fn bytes(blobs: &[Descriptor]) -> u64 {
    blobs.iter().fold(0_u64, |sum, blob| sum.saturating_add(blob.size))
}

/// The largest first: begun last it would go on alone after all others.
fn largest_first(mut blobs: Vec<Descriptor>) -> Vec<Descriptor> {
    blobs.sort_by_key(|blob| std::cmp::Reverse(blob.size));
    blobs
}

async fn copy_blob(
    from: &dyn Pull,
    to: &dyn Store,
    blob: &Descriptor,
    options: &CopyOptions<'_>,
) -> Result<Outcome, StoreError> {
    match to.blob(blob).await {
        Ok(Some(_)) => {
            options.progress.present(blob);
            return Ok(Outcome::Present(blob.clone()));
        }
        Ok(None) => {}
        Err(error) if is_damage(&error) => {}
        Err(error) => return Err(error),
    }
    let content = match blob.urls.is_empty() {
        true => from.blob_to_read(blob).await?,
        // It may well not be there, and need not be.
        false => from.blob(blob).await?,
    };
    let Some(content) = content else {
        return match blob.urls.is_empty() {
            true => Err(StoreError::Missing { place: "the source".into(), digest: blob.digest.clone() }),
            false => Ok(Outcome::LeftOut),
        };
    };
    let metered = Metered { content, progress: options.progress.clone() };
    to.put_blob(&metered, options.mount_from).await?;
    options.progress.sent(blob);
    Ok(Outcome::Sent(blob.clone()))
}

/// Which manifests are there already, whole: asked while blobs are on their way, so that nobody waits for the answers.
async fn find_manifests(
    to: &dyn Store,
    tree: &Tree,
    options: &CopyOptions<'_>,
) -> Result<HashSet<Digest>, StoreError> {
    let look = |manifest: &Manifest| {
        let digest = manifest.digest().clone();
        async move {
            match to.manifest(&digest).await {
                Ok(found) => Ok(found.map(|_| digest)),
                Err(error) if is_damage(&error) => Ok(None),
                Err(error) => Err(error),
            }
        }
    };
    let mut looks = stream::iter(tree.manifests().map(look)).buffer_unordered(options.at_once.max(1));
    let mut there = HashSet::new();
    while let Some(found) = looks.next().await {
        there.extend(found?);
    }
    Ok(there)
}

async fn copy_manifests(
    to: &dyn Store,
    tree: &Tree,
    there: &HashSet<Digest>,
    options: &CopyOptions<'_>,
    copied: &mut CopiedAll,
) -> Result<(), StoreError> {
    for step in &tree.steps {
        let copies = step.iter().map(|manifest| copy_manifest(to, manifest, there));
        let mut copies = stream::iter(copies).buffer_unordered(options.at_once.max(1));
        while let Some(outcome) = copies.next().await {
            copied.note(outcome?);
        }
    }
    Ok(())
}

async fn copy_manifest(
    to: &dyn Store,
    manifest: &Manifest,
    there: &HashSet<Digest>,
) -> Result<Outcome, StoreError> {
    let descriptor = manifest.descriptor().clone();
    if there.contains(&descriptor.digest) {
        return Ok(Outcome::Present(descriptor));
    }
    to.put_manifest(manifest).await?;
    Ok(Outcome::Sent(descriptor))
}
