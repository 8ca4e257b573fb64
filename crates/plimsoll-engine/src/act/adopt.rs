//! `ledger adopt`: a record for a release that was made before its record was.
//!
//! Nothing is pushed or tagged. What the version tags point at is what was released; the record says so, and that it was
//! written later.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::model::{Descriptor, Manifest, View};
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_oci::store::{Pull, StoreError};

use crate::check::seal::{ImageFault, read_config};
use crate::domain::artifact::ArtifactName;
use crate::domain::claim::{ClaimName, RecordFormat, SealedImage};
use crate::domain::git::TagAt;
use crate::domain::target::{Necessity, Target};
use crate::domain::time::Moment;
use crate::ledger::recorded::find_recorded_at;
use crate::statement::record::{Facts, Record, file_name};
use crate::world::{Eyes, WorldError};

/// What is to be adopted.
#[derive(Clone, Copy, Debug)]
pub struct Adoption<'a> {
    /// Which release.
    pub name: &'a ClaimName,
    /// Its git tag.
    pub tag: &'a TagAt,
    /// When its commit was made: the record's time, since nobody knows a better one.
    pub time: Moment,
    /// Where its images would go today, under which tags.
    pub targets: &'a [Target],
}

/// Why a release can't be adopted.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AdoptError {
    /// The world did not answer.
    #[error(transparent)]
    World(#[from] WorldError),
    /// It has a claim: Plimsoll released it, or is about to.
    #[error("{0} has a claim")]
    Claimed(ClaimName),
    /// It has a record.
    #[error("{0} has a record already")]
    Recorded(String),
    /// Its record lies beside its images: Plimsoll released it, and what is lost of it can be written again.
    #[error("{name} has a record in {repository} already")]
    Released {
        /// The release.
        name: ClaimName,
        /// Where.
        repository: ImageRepository,
        /// The tag of the record.
        record: ImageTag,
    },
    /// An image has none of its version tags.
    #[error("image `{image}` has no version tag in {repository}")]
    Untagged {
        /// The image.
        image: ArtifactName,
        /// Where it was looked for.
        repository: ImageRepository,
        /// The tags that were looked for.
        tags: Vec<ImageTag>,
    },
    /// Two version tags of an image point at different content.
    #[error("the version tags of image `{image}` in {repository} differ")]
    Torn {
        /// The image.
        image: ArtifactName,
        /// Where.
        repository: ImageRepository,
        /// What was found.
        found: BTreeSet<Digest>,
    },
    /// An image can't be read.
    #[error(transparent)]
    Image(#[from] ImageFault),
}

/// The record of a release as the registries have it.
pub async fn adopt(eyes: Eyes<'_>, adoption: Adoption<'_>) -> Result<Record, AdoptError> {
    let name = adoption.name;
    if eyes.claims().read(name).await?.is_some() {
        return Err(AdoptError::Claimed(name.clone()));
    }
    let file = file_name(&name.version);
    if eyes.ledger().read(&file).await?.is_some() {
        return Err(AdoptError::Recorded(file));
    }
    let (mut artifacts, mut images, mut targets) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for target in adoption.targets {
        let pull = eyes.pull(&target.repository);
        let found = find_tagged(&*pull, target).await?;
        match artifacts.get(&target.artifact) {
            // The first repository says what the image is; a mirror that has something else is none of this release.
            Some(digest) if found.as_ref().is_none_or(|(root, _)| root.digest != *digest) => continue,
            Some(_) => {}
            None => {
                let Some((root, tags)) = &found else {
                    let (image, repository) = (target.artifact.clone(), target.repository.clone());
                    return Err(AdoptError::Untagged {
                        image,
                        repository,
                        tags: target.version_tags.clone(),
                    });
                };
                for tag in tags {
                    let place = (&target.repository, tag);
                    if let Some(set) = find_recorded_at(eyes.stores(), name, place, &root.digest).await? {
                        let (repository, record) = (target.repository.clone(), set.tag().clone());
                        return Err(AdoptError::Released { name: name.clone(), repository, record });
                    }
                }
                images.insert(target.artifact.clone(), describe(&*pull, root).await?);
                artifacts.insert(target.artifact.clone(), root.digest.clone());
            }
        }
        let version_tags = found.map(|(_, tags)| tags).unwrap_or_default();
        let necessity = if targets.is_empty() { Necessity::Required } else { target.necessity };
        targets.push(Target { version_tags, necessity, first_wins: Vec::new(), ..target.clone() });
    }
    let record = Record::of(Facts {
        name,
        tag: adoption.tag,
        time: adoption.time,
        format: RecordFormat::Two,
        artifacts: &artifacts,
        images: &images,
        charts: &BTreeMap::new(),
        files: &BTreeMap::new(),
        signing: None,
        statements: &[],
        targets: &targets,
    });
    Ok(Record { adopted: true, ..record })
}

/// What the version tags that are there point at, and which they are.
async fn find_tagged(
    pull: &dyn Pull,
    target: &Target,
) -> Result<Option<(Descriptor, Vec<ImageTag>)>, AdoptError> {
    let mut found: Vec<(Descriptor, ImageTag)> = Vec::new();
    for tag in &target.version_tags {
        if let Some(root) = pull.resolve(tag).await.map_err(WorldError::from)? {
            found.push((root, tag.clone()));
        }
    }
    let digests: BTreeSet<Digest> = found.iter().map(|(root, _)| root.digest.clone()).collect();
    if digests.len() > 1 {
        let (image, repository) = (target.artifact.clone(), target.repository.clone());
        return Err(AdoptError::Torn { image, repository, found: digests });
    }
    let tags = found.iter().map(|(_, tag)| tag.clone()).collect();
    Ok(found.into_iter().next().map(|(root, _)| (root, tags)))
}

/// What there is to say of an image that others made: an index, or one platform alone.
async fn describe(pull: &dyn Pull, root: &Descriptor) -> Result<SealedImage, AdoptError> {
    let manifest = read(pull, &root.digest).await?;
    let mut platforms = BTreeMap::new();
    let mut labels = None;
    match manifest.view() {
        View::Image(_) => {
            let config = read_config(pull, &manifest).await?;
            labels = Some(config.labels());
            platforms.insert(config.platform.normalised().to_string(), root.digest.clone());
        }
        _ => {
            for child in manifest.children() {
                let Some(platform) = child.platform.as_ref().filter(|platform| platform.os != "unknown")
                else {
                    continue;
                };
                let config = read_config(pull, &read(pull, &child.digest).await?).await?;
                labels.get_or_insert_with(|| config.labels());
                platforms.insert(platform.normalised().to_string(), child.digest.clone());
            }
        }
    }
    let (media_type, size) = (manifest.media_type().clone(), manifest.descriptor().size);
    Ok(SealedImage {
        media_type,
        size,
        platforms,
        labels: labels.unwrap_or_default(),
        unknown: BTreeMap::new(),
    })
}

async fn read(pull: &dyn Pull, digest: &Digest) -> Result<Manifest, AdoptError> {
    let manifest = pull.manifest(digest).await.map_err(WorldError::from)?;
    let missing = || StoreError::Missing { place: "the registry".into(), digest: digest.clone() };
    Ok(manifest.ok_or_else(missing).map_err(WorldError::from)?)
}
