//! Every manifest and blob below a manifest.
//!
//! [`tree`] reads all manifests below one; [`whole`] tells what of them is missing. Both are bounded in depth, number
//! and bytes, since whoever makes an index decides what it lists. A cycle would need a manifest that holds its own
//! digest.

mod gather;

use futures_util::{StreamExt as _, stream};

use crate::model::{Descriptor, Manifest};
use crate::name::Digest;
use crate::store::{Pull, StoreError};

pub(crate) use gather::Gathering;

/// How many indexes may be inside one another.
pub const DEPTH_LIMIT: usize = 8;
/// How many manifests may be below one.
pub const MANIFESTS_LIMIT: usize = 10_000;
/// How many blobs may be below one manifest.
pub const BLOBS_LIMIT: usize = 100_000;
/// How many bytes all manifests below one may have together.
pub const BYTES_LIMIT: u64 = 256 * 1024 * 1024;
/// How many questions are asked at once.
const AT_ONCE: usize = 16;

/// A manifest and all that is below it, each once.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Manifests in steps: those of a step have children in earlier steps only. The last step holds the root.
    pub steps: Vec<Vec<Manifest>>,
    /// Configs, layers, and whatever else an index lists that is no manifest.
    pub blobs: Vec<Descriptor>,
}

impl Tree {
    /// All manifests, children before parents.
    pub fn manifests(&self) -> impl DoubleEndedIterator<Item = &Manifest> {
        self.steps.iter().flatten()
    }

    /// What all of it has in bytes.
    pub fn size(&self) -> u64 {
        let manifests = self.manifests().map(|manifest| manifest.descriptor().size);
        manifests.chain(self.blobs.iter().map(|blob| blob.size)).fold(0, u64::saturating_add)
    }
}

/// Something below a manifest that is not there as it should be.
#[derive(Clone, Debug)]
pub struct Missing {
    /// What is missing.
    pub digest: Digest,
    /// Its size, where a parent tells.
    pub size: Option<u64>,
    /// The manifest that lists it; none for the root.
    pub parent: Option<Digest>,
    /// What is wrong with what is there instead; none if there is nothing.
    pub damage: Option<StoreError>,
}

/// Reads every manifest below `root` and checks each against the descriptor that names it: digest, size, media type.
/// Fails if one is missing; blobs are not looked at.
pub async fn tree(from: &dyn Pull, root: &Digest) -> Result<Tree, StoreError> {
    let mut gathering = Gathering::new(from);
    gathering.add(root).await?;
    gathering.require_all("the source")?;
    Ok(gathering.into_tree())
}

/// Tells what is missing below `root`, the root included. Manifests are read, of blobs is only asked whether they are
/// there with their size. A layer that says where else it may be had may be missing.
pub async fn whole(store: &dyn Pull, root: &Digest) -> Result<Vec<Missing>, StoreError> {
    let mut gathering = Gathering::new(store);
    gathering.add(root).await?;
    let (mut missing, blobs) = gathering.into_findings();
    let look = |(blob, parent): (Descriptor, Digest)| async move {
        let damage = match store.blob(&blob).await {
            Ok(Some(_)) => return Ok(None),
            Ok(None) if !blob.urls.is_empty() => return Ok(None),
            Ok(None) => None,
            Err(error) if is_damage(&error) => Some(error),
            Err(error) => return Err(error),
        };
        Ok(Some(Missing { digest: blob.digest, size: Some(blob.size), parent: Some(parent), damage }))
    };
    let mut looks = stream::iter(blobs.into_iter().map(look)).buffered(AT_ONCE);
    while let Some(looked) = looks.next().await {
        missing.extend(looked?);
    }
    Ok(missing)
}

/// True if the error tells of content that is there but not what it should be, so that it can be put there again.
pub(crate) fn is_damage(error: &StoreError) -> bool {
    matches!(error, StoreError::Size { .. } | StoreError::Lies { .. })
}
