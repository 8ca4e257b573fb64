//! Marks as they stand in the registries: the union over repositories.

use std::collections::BTreeSet;

use plimsoll_oci::content::read_whole;
use plimsoll_oci::name::{ImageRepository, ImageTag};
use plimsoll_oci::store::Pull;

use crate::domain::artifact::ArtifactName;
use crate::domain::marks::Marks;
use crate::statement::artifact::{Artifact, MARK, MARK_PREFIX};
use crate::statement::mark;
use crate::world::stores::StoresView;
use crate::world::{Eyes, WorldError};

/// The largest mark that is read.
const LIMIT: u64 = 64 * 1024;

/// Reads the marks of a component from some repositories; one that can't be read is an error, since a mark that is
/// not seen could let a yanked version through.
pub async fn read_marks(
    eyes: Eyes<'_>,
    component: &ArtifactName,
    repositories: &BTreeSet<ImageRepository>,
) -> Result<Marks, WorldError> {
    read_marks_of(eyes.stores(), component, repositories).await
}

/// The same, wherever the repositories are.
pub async fn read_marks_of(
    stores: &dyn StoresView,
    component: &ArtifactName,
    repositories: &BTreeSet<ImageRepository>,
) -> Result<Marks, WorldError> {
    let mut marks = Marks::default();
    for repository in repositories {
        let pull = stores.pull(repository);
        let tags = pull.tags().await?;
        marks.merge(read_tagged(&*pull, component, &tags).await?);
    }
    Ok(marks)
}

/// Reads the marks among the tags of one repository.
pub async fn read_tagged(
    pull: &dyn Pull,
    component: &ArtifactName,
    tags: &[ImageTag],
) -> Result<Marks, WorldError> {
    let mut marks = Marks::default();
    for tag in tags.iter().filter(|tag| tag.as_str().starts_with(MARK_PREFIX)) {
        let Some(root) = pull.resolve(tag).await? else { continue };
        let Some(manifest) = pull.manifest(&root.digest).await? else { continue };
        let Some(layer) = Artifact::find_layer(&manifest, &MARK) else { continue };
        let Some(content) = pull.blob(layer).await? else { continue };
        let bytes = read_whole(&*content, LIMIT).await?;
        if let Some(mark) = mark::parse(component, &bytes) {
            marks.add(layer.digest.clone(), mark);
        }
    }
    Ok(marks)
}
