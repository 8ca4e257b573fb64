//! An image that something else made: an index is taken byte for byte, a single image is put into an index.

use std::collections::BTreeMap;

use plimsoll_oci::model::{Descriptor, ImageIndex, Manifest, MediaType, View};
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, Store, StoreError};

use super::labels::annotations;
use super::{Ground, MakeError};
use crate::check::seal::read_config;
use crate::domain::project::{Content, Image};
use crate::world::Eyes;
use crate::world::workshop::Workshop;

/// How deep indexes may lie in indexes.
const DEPTH: usize = 4;

pub(super) async fn import(
    eyes: Eyes<'_>,
    workshop: &dyn Workshop,
    ground: Ground<'_>,
    image: &Image,
    content: &Content,
) -> Result<Descriptor, MakeError> {
    let found = eyes.origins().open(content).await?;
    let store = workshop.store();
    let root = take(&*found.pull, &*store, &found.root.digest).await?;
    match root.view() {
        View::Index(_) => Ok(root.descriptor().clone()),
        View::Image(_) => {
            let config = read_config(&*store, &root).await;
            let config = config.map_err(|fault| MakeError::Content { image: image.name.clone(), fault })?;
            let mut child = root.descriptor().clone();
            child.platform = Some(config.platform.normalised());
            let index = index_of(vec![child], annotations(ground, image));
            store.put_manifest(&index).await?;
            Ok(index.descriptor().clone())
        }
    }
}

/// An index of our own making.
pub(super) fn index_of(mut manifests: Vec<Descriptor>, annotations: BTreeMap<String, String>) -> Manifest {
    for manifest in &mut manifests {
        manifest.annotations.clone_from(&annotations);
    }
    Manifest::from_index(ImageIndex {
        schema_version: 2,
        media_type: Some(MediaType::INDEX),
        artifact_type: None,
        manifests,
        subject: None,
        annotations,
    })
}

/// Copies everything below `root` into the workshop, children first; gives the root.
pub(super) async fn take(from: &dyn Pull, to: &dyn Store, root: &Digest) -> Result<Manifest, MakeError> {
    let missing =
        |digest: &Digest| StoreError::Missing { place: "its origin".into(), digest: digest.clone() };
    let mut manifests = Vec::new();
    let mut level = vec![root.clone()];
    for _ in 0..DEPTH {
        let mut below = Vec::new();
        for digest in level {
            let manifest = from.manifest(&digest).await?.ok_or_else(|| missing(&digest))?;
            below.extend(manifest.children().iter().map(|child| child.digest.clone()));
            manifests.push(manifest);
        }
        level = below;
    }
    for manifest in manifests.iter().rev() {
        for blob in manifest.blobs() {
            take_blob(from, to, blob).await?;
        }
        to.put_manifest(manifest).await?;
    }
    Ok(manifests.swap_remove(0))
}

/// Copies one blob into the workshop, unless it is there.
pub(super) async fn take_blob(from: &dyn Pull, to: &dyn Store, blob: &Descriptor) -> Result<(), MakeError> {
    if to.blob(blob).await?.is_some() {
        return Ok(());
    }
    let missing = || StoreError::Missing { place: "its origin".into(), digest: blob.digest.clone() };
    let content = from.blob(blob).await?.ok_or_else(missing)?;
    Ok(to.put_blob(&*content, None).await?)
}
