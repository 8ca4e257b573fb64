//! Whole indexes from one store to another, byte-identical.

mod progress;

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};

use crate::model::{Descriptor, Manifest};
use crate::name::{Digest, ImageRepository};
use crate::store::{Pull, Store, StoreError};
use crate::walk::{Gathering, Tree, is_damage};

pub use progress::{Metered, Progress, Silent};

/// How many blobs are under way at once when nothing else is said.
const AT_ONCE: usize = 16;

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
    let mut gathering = Gathering::new(from);
    gathering.add(root).await?;
    gathering.require_all("the source")?;
    if options.referrers == Referrers::Follow {
        follow_referrers(from, &mut gathering).await?;
        gathering.require_all("the source")?;
    }
    let tree = gathering.into_tree();
    let described = tree.manifests().map(Manifest::descriptor).find(|found| found.digest == *root).cloned();
    let missing = || StoreError::Missing { place: "the source".into(), digest: root.clone() };
    let mut copied = Copied { root: described.ok_or_else(missing)?, sent: Vec::new(), present: Vec::new() };
    copy_blobs(from, to, &tree, options, &mut copied).await?;
    copy_manifests(to, tree, options, &mut copied).await?;
    Ok(copied)
}

/// Adds what refers to anything found so far, until nothing new is found.
async fn follow_referrers(from: &dyn Pull, gathering: &mut Gathering<'_>) -> Result<(), StoreError> {
    let mut asked = 0;
    while let Some(subject) = gathering.order().get(asked).cloned() {
        asked += 1;
        for referrer in from.referrers(&subject, None).await? {
            if !gathering.has_seen(&referrer.digest) {
                gathering.add(&referrer.digest).await?;
            }
        }
    }
    Ok(())
}

enum Outcome {
    Sent(Descriptor),
    Present(Descriptor),
    LeftOut,
}

impl Copied {
    fn note(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Sent(descriptor) => self.sent.push(descriptor),
            Outcome::Present(descriptor) => self.present.push(descriptor),
            Outcome::LeftOut => {}
        }
    }
}

async fn copy_blobs(
    from: &dyn Pull,
    to: &dyn Store,
    tree: &Tree,
    options: &CopyOptions<'_>,
    copied: &mut Copied,
) -> Result<(), StoreError> {
    let bytes = tree.blobs.iter().fold(0_u64, |sum, blob| sum.saturating_add(blob.size));
    options.progress.planned(tree.blobs.len(), bytes);
    let mut blobs: Vec<&Descriptor> = tree.blobs.iter().collect();
    // The largest first: begun last it would go on alone after all others.
    blobs.sort_by_key(|blob| std::cmp::Reverse(blob.size));
    let copies = blobs.into_iter().map(|blob| copy_blob(from, to, blob, options));
    let mut copies = stream::iter(copies).buffer_unordered(options.at_once.max(1));
    while let Some(outcome) = copies.next().await {
        copied.note(outcome?);
    }
    Ok(())
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
    let Some(content) = from.blob(blob).await? else {
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

async fn copy_manifests(
    to: &dyn Store,
    tree: Tree,
    options: &CopyOptions<'_>,
    copied: &mut Copied,
) -> Result<(), StoreError> {
    for step in &tree.steps {
        let copies = step.iter().map(|manifest| copy_manifest(to, manifest));
        let mut copies = stream::iter(copies).buffer_unordered(options.at_once.max(1));
        while let Some(outcome) = copies.next().await {
            copied.note(outcome?);
        }
    }
    Ok(())
}

async fn copy_manifest(to: &dyn Store, manifest: &Manifest) -> Result<Outcome, StoreError> {
    match to.manifest(manifest.digest()).await {
        Ok(Some(_)) => return Ok(Outcome::Present(manifest.descriptor().clone())),
        Ok(None) => {}
        Err(error) if is_damage(&error) => {}
        Err(error) => return Err(error),
    }
    to.put_manifest(manifest).await?;
    Ok(Outcome::Sent(manifest.descriptor().clone()))
}
