//! The local layout in which things are made, and the seals of what was made there.

use std::sync::Arc;

use plimsoll_oci::layer::{Packed, Parents};
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, Store, StoreError};

use super::Work;
use crate::domain::claim::{ClaimName, Seal};
use crate::domain::git::Oid;
use crate::domain::time::Moment;
use crate::world::tree::TreeFile;

/// Says that the local layout lacks what was made there, or what that names.
pub fn missing(digest: &Digest) -> StoreError {
    StoreError::Missing { place: "the local layout".into(), digest: digest.clone() }
}

/// What a sealed layout was made for: it is used again only for the very same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealKey {
    /// Component and version.
    pub name: ClaimName,
    /// The tag object.
    pub object: Oid,
    /// The hash of the configuration.
    pub config: Digest,
    /// The id of the plan.
    pub plan: Digest,
}

/// A layer to be packed.
pub struct LayerPlan {
    /// Its files.
    pub files: Vec<LayerFile>,
    /// The time of everything in it.
    pub time: Moment,
    /// Whether directories above the files are made.
    pub parents: Parents,
}

/// One file of a layer.
pub struct LayerFile {
    /// Its absolute path in the image.
    pub to: String,
    /// Its permission bits.
    pub mode: u32,
    /// Its bytes.
    pub file: TreeFile,
}

/// The workshop, looked at.
pub trait WorkshopView: Send + Sync {
    /// The seal of a layout that was made for exactly `key` and still lies here.
    fn sealed<'a>(&'a self, key: &'a SealKey) -> Work<'a, Option<Seal>>;
    /// What lies here.
    fn pull(&self) -> Arc<dyn Pull>;
}

/// The workshop, worked in. Nothing in it is visible outside this machine.
pub trait Workshop: WorkshopView {
    /// Where to put what is made.
    fn store(&self) -> Arc<dyn Store>;
    /// Packs a layer and keeps it as a blob; the same files give the same bytes on every machine.
    fn pack(&self, layer: LayerPlan) -> Work<'_, Packed>;
    /// Keeps a seal for later runs on this machine.
    fn keep<'a>(&'a self, key: &'a SealKey, seal: &'a Seal) -> Work<'a, ()>;
}
