//! An image that something else made: an index is taken byte for byte, a single image is put into an index.

use std::collections::BTreeMap;

use plimsoll_oci::copy::{CopyOptions, copy};
use plimsoll_oci::model::{Descriptor, ImageIndex, Manifest, MediaType, View};
use plimsoll_oci::store::{Pull, Store, StoreError};

use super::labels::annotations;
use super::{Ground, MadeImage, MakeError};
use crate::check::seal::read_config;
use crate::domain::event::Event;
use crate::domain::project::{Content, Image};
use crate::domain::provenance::Material;
use crate::world::Eyes;
use crate::world::origins::{Opened, Whence};
use crate::world::workshop::{Workshop, missing};

pub(super) async fn import(
    eyes: Eyes<'_>,
    workshop: &dyn Workshop,
    ground: Ground<'_>,
    image: &Image,
    content: &Content,
) -> Result<MadeImage, MakeError> {
    let found = open_content(eyes, image, content).await?;
    let store = workshop.store();
    copy(&*found.pull, &*store, &found.root.digest, &CopyOptions::default()).await?;
    let root = store.manifest(&found.root.digest).await?.ok_or_else(|| missing(&found.root.digest))?;
    let materials = vec![material(content, &found)];
    match root.view() {
        View::Index(_) => Ok(MadeImage { root: root.descriptor().clone(), materials }),
        View::Image(_) => {
            let config = read_config(&*store, &root).await;
            let config = config.map_err(|fault| MakeError::Content { image: image.name.clone(), fault })?;
            let mut child = root.descriptor().clone();
            child.platform = Some(config.platform.normalised());
            let index = index_of(vec![child], annotations(ground, image));
            store.put_manifest(&index).await?;
            Ok(MadeImage { root: index.descriptor().clone(), materials })
        }
    }
}

/// Content that was opened, as something that an image is made of.
pub(super) fn material(content: &Content, found: &Opened) -> Material {
    let digest = &found.root.digest;
    match content {
        Content::Layout { path, .. } | Content::Archive { path, .. } => Material::named(path, digest),
        Content::Registry(reference) => Material::resolved(reference, digest),
    }
}

/// Opens content, and says so if it is not in the commit.
pub(super) async fn open_content(
    eyes: Eyes<'_>,
    image: &Image,
    content: &Content,
) -> Result<Opened, MakeError> {
    let found = eyes.origins().open(content).await?;
    if let (Whence::WorkingDirectory, Content::Layout { path, .. } | Content::Archive { path, .. }) =
        (found.whence, content)
    {
        let note = format!("image {} takes `{path}`, which is not in the commit", image.name);
        eyes.tell(Event::Remark(note));
    }
    Ok(found)
}

/// An index of our own making.
pub(super) fn index_of(mut manifests: Vec<Descriptor>, annotations: BTreeMap<String, String>) -> Manifest {
    for manifest in &mut manifests {
        // What is for no platform says something about another manifest, and its own annotations say about which.
        if manifest.platform.as_ref().is_some_and(|platform| platform.os != "unknown") {
            manifest.annotations.clone_from(&annotations);
        }
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

/// Copies one blob into the workshop, unless it is there.
pub(super) async fn take_blob(from: &dyn Pull, to: &dyn Store, blob: &Descriptor) -> Result<(), MakeError> {
    if to.blob(blob).await?.is_some() {
        return Ok(());
    }
    let missing = || StoreError::Missing { place: "its origin".into(), digest: blob.digest.clone() };
    let content = from.blob(blob).await?.ok_or_else(missing)?;
    Ok(to.put_blob(&*content, None).await?)
}
